package io.thalweg.examples.sensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.examples.runtime.DemoException;
import io.thalweg.examples.runtime.EmbeddedKafka;
import io.thalweg.examples.runtime.SqliteFile;
import io.thalweg.examples.runtime.StopSignal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Complete runs of the command against one broker, and its error messages. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SensorsCommandTest {

  private EmbeddedKafka kafka;

  @BeforeAll
  void startKafka() {
    kafka = EmbeddedKafka.start();
  }

  @AfterAll
  void stopKafka() {
    kafka.close();
  }

  private int run(Path database, String duration, String group, StringWriter out, StopSignal stop) {
    SensorsCommand command = new SensorsCommand();
    CommandLines.of(command)
        .parseArgs(
            "--bootstrap-servers=" + kafka.bootstrapServers(),
            "--database=" + database,
            "--duration=" + duration,
            "--group-id=" + group,
            "--rate=400",
            "--devices=3",
            "--seed=7",
            "--create-topics");
    return command.run(new PrintWriter(out), stop);
  }

  private static Map<String, String> rows(Path database) {
    Map<String, String> rows = new TreeMap<>();
    new SqliteFile(database)
        .query(
            "SELECT * FROM alerts",
            row -> {
              StringBuilder text = new StringBuilder();
              for (int i = 2; i <= row.getMetaData().getColumnCount(); i++) {
                text.append(row.getString(i)).append('|');
              }
              rows.put(row.getString("id"), text.toString());
            });
    return rows;
  }

  @Test
  @Order(1)
  void call_missingTopic_printsRemedy(@TempDir Path folder) {
    CommandResult result =
        command(
            "--database=" + folder.resolve("a.db"),
            "--bootstrap-servers=" + kafka.bootstrapServers());
    assertThat(result.code).isEqualTo(1);
    assertThat(result.err.strip())
        .isEqualTo(
            "error: missing at "
                + kafka.bootstrapServers()
                + ": topic sensor_readings, topic sensor_readings_dlq, topic anomaly_alerts;"
                + " create it, or use --create-topics");
  }

  @Test
  @Order(2)
  void call_secondRun_addsRowsAndKeepsOthers(@TempDir Path folder) {
    Path database = folder.resolve("alerts.db");
    StringWriter first = new StringWriter();
    int code = run(database, "2s", "first", first, new StopSignal());
    assertThat(code).as("%s", first).isZero();
    Map<String, String> rows = rows(database);
    assertThat(rows.size()).as("%s", first).isGreaterThan(10);
    assertThat(first.toString())
        .contains("alerts              " + rows.size() + ": ")
        .contains(" table alerts: %1$d rows, %1$d of them new".formatted(rows.size()))
        .contains("; 0 late, 0 dead-lettered")
        .contains("sqlite3 -box " + database);

    // the second run reads all records of the first, writes its own, and is interrupted
    StringWriter second = new StringWriter();
    StopSignal stop = new StopSignal();
    CompletableFuture<Integer> running =
        CompletableFuture.supplyAsync(
            () -> run(database, "1h", "second", second, stop),
            // Kafka and Storm need the common pool, which may have a single thread.
            task -> new Thread(task).start());
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> running.isDone() || rows(database).size() > rows.size() + 10);
    stop.send();
    assertThat(running.orTimeout(60, TimeUnit.SECONDS).join()).as("%s", second).isZero();
    Map<String, String> all = rows(database);
    assertThat(all).as("%s", second).containsAllEntriesOf(rows);
    int own = all.size() - rows.size();
    assertThat(own).isGreaterThan(10);
    assertThat(second.toString())
        .contains("alerts              " + own + ": ")
        .contains(" table alerts: %d rows, %d of them new".formatted(all.size(), own));
  }

  @Test
  void start_portInUse_throwsWithRemedy() {
    String address = kafka.bootstrapServers();
    int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
    assertThatThrownBy(() -> EmbeddedKafka.start(port))
        .isInstanceOf(DemoException.class)
        .hasMessage(
            "port %d of 127.0.0.1 is taken: choose another --port, or 0 for a free one", port);
  }

  @Test
  void call_stoppedBeforeStart_startsNoTopology(@TempDir Path folder) {
    StringWriter out = new StringWriter();
    StopSignal stop = new StopSignal();
    stop.send();
    assertThat(run(folder.resolve("a.db"), "1h", "none", out, stop)).isZero();
    assertThat(out.toString().lines())
        .containsExactly(
            "connecting to kafka at " + kafka.bootstrapServers(),
            "stopped before the first record");
  }

  private record CommandResult(int code, String out, String err) {}

  private static CommandResult command(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        CommandLines.of(new SensorsCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new CommandResult(code, out.toString(), err.toString());
  }

  @Test
  void command_noBrokerAtAddress_printsRemedyInOneLine(@TempDir Path folder) throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    CommandResult result =
        command(
            "--database",
            folder.resolve("a.db").toString(),
            "--bootstrap-servers",
            "127.0.0.1:" + free);
    assertThat(result.code).isEqualTo(1);
    assertThat(result.out.strip()).isEqualTo("connecting to kafka at 127.0.0.1:" + free);
    assertThat(result.err.strip())
        .isEqualTo(
            "error: no kafka answers at 127.0.0.1:"
                + free
                + ": start one there, or correct --bootstrap-servers");
  }

  @Test
  void command_missingFolder_printsRemedyInOneLine(@TempDir Path folder) {
    Path missing = folder.resolve("missing");
    CommandResult result = command("--database", missing.resolve("a.db").toString());
    assertThat(result.code).isEqualTo(1);
    assertThat(result.err.strip())
        .isEqualTo(
            "error: there is no folder " + missing + ": create it, or choose another --database");
  }

  @Test
  void command_fileIsNoDatabase_printsRemedyInOneLine(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("a.db"), "text, not a database".repeat(50));
    CommandResult result = command("--database", file.toString());
    assertThat(result.code).isEqualTo(1);
    assertThat(result.err.strip())
        .isEqualTo("error: " + file + " is not a SQLite database: choose another --database");
    CommandResult ofState =
        command(
            "--database=" + folder.resolve("b.db"),
            "--bootstrap-servers=" + kafka.bootstrapServers(),
            "--state=" + file);
    assertThat(ofState.code).isEqualTo(1);
    assertThat(ofState.err.strip())
        .isEqualTo("error: " + file + " is not a SQLite database: choose another --state");
  }

  @Test
  void command_databaseIsFolder_printsRemedyInOneLine(@TempDir Path folder) {
    for (Path each : new Path[] {folder, folder.getRoot()}) {
      CommandResult result = command("--database", each.toString());
      assertThat(result.code).isEqualTo(1);
      assertThat(result.err.strip())
          .isEqualTo("error: " + each + " is a folder: name a file in it as --database");
    }
  }

  @Test
  void command_readOnlyFolder_printsRemedyInOneLine() {
    Path proc = Path.of("/proc"); // not writable by root either
    assumeTrue(Files.isDirectory(proc));
    CommandResult result = command("--database", proc.resolve("a.db").toString());
    assertThat(result.code).isEqualTo(1);
    assertThat(result.err.strip())
        .startsWith("error: cannot write database /proc/a.db (")
        .endsWith("make it writable, or choose another --database")
        .doesNotContain("\n");
  }

  @Test
  void command_incompatibleTable_printsRemedyInOneLine(@TempDir Path folder) throws SQLException {
    Path file = folder.resolve("a.db");
    try (Connection connection = DriverManager.getConnection(new SqliteFile(file).url());
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE alerts (id TEXT PRIMARY KEY, device_id TEXT)");
    }
    CommandResult result = command("--database", file.toString());
    assertThat(result.code).isEqualTo(1);
    assertThat(result.err.strip())
        .startsWith("error: table alerts of " + file + " does not belong to this example (")
        .endsWith("choose another --database")
        .doesNotContain("\n");
  }

  @ParameterizedTest
  @CsvSource({
    "--rate 20001,            '--rate must be 1 to 20000: 20001'",
    "--rate 0,                '--rate must be 1 to 20000: 0'",
    "--rate -5,               '--rate must be 1 to 20000: -5'",
    "--rate many,             'Invalid value for option ''--rate'': ''many'' is not an int'",
    "--devices 0,             '--devices must be 1 to 100000: 0'",
    "--threshold NaN,         '--threshold must be above 0 and finite: NaN'",
    "--threshold -1,          '--threshold must be above 0 and finite: -1.0'",
    "--duration 0s,           'Invalid value for option ''--duration'': must be 1s to 24h, such as'",
    "--duration -3,           'Invalid value for option ''--duration'': must be 1s to 24h, such as'",
    "--duration 999999999h,   'Invalid value for option ''--duration'': must be 1s to 24h, such as'",
    "--no-generate,           '--no-generate needs --bootstrap-servers'",
    "--bootstrap-servers= ,   '--bootstrap-servers must not be empty'",
    "--group-id= ,            '--group-id must not be empty'",
    "--false-alerts 1,        '--false-alerts must be above 0 and below 1: 1.0'",
    "--detector other,        'Invalid value for option ''--detector'': must be default, book or standard: other'",
    "--book-pace --rate 100,  '--book-pace and --rate exclude each other: use one of them'"
  })
  void command_invalidOption_printsErrorInOneLine(String arguments, String error) {
    CommandResult result = command(arguments.split(" "));
    assertThat(result.code).isEqualTo(2);
    assertThat(result.out).isEmpty();
    assertThat(result.err.strip()).startsWith("error: " + error).doesNotContain("\n");
  }
}
