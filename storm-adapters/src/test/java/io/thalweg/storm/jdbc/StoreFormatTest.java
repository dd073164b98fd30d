package io.thalweg.storm.jdbc;

import static io.thalweg.storm.jdbc.StoreFixture.columns;
import static io.thalweg.storm.jdbc.StoreFixture.event;
import static io.thalweg.storm.jdbc.StoreFixture.heartbeat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.stats.Moments;
import io.thalweg.storm.BoltHarness;
import io.thalweg.storm.BoltHarness.EmittedTuple;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import org.apache.storm.utils.Time;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of stores of other releases, and of saved results after a change of the mapping. */
class StoreFormatTest {

  @TempDir private Path folder;
  private Path file;
  private Time.SimulatedTime time;

  @BeforeEach
  void start() {
    file = folder.resolve("state.db");
    time = new Time.SimulatedTime();
    Time.advanceTime(2_000_000);
  }

  @AfterEach
  void stop() {
    time.close();
  }

  private void copy(String golden) throws Exception {
    try (InputStream from = getClass().getResourceAsStream("/state/" + golden + ".sqlite")) {
      Files.copy(from, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static List<String> results(List<EmittedTuple> emissions, String... fields) {
    return emissions.stream()
        .filter(emission -> emission.stream().equals("default"))
        .map(
            emission -> {
              StringBuilder text = new StringBuilder(emission.get(TupleFields.KEY).toString());
              for (String field : fields) {
                text.append(' ').append(emission.get(field));
              }
              return text.toString();
            })
        .toList();
  }

  private static List<String> windows(List<EmittedTuple> emissions) {
    return results(emissions, "query", "window_start", "window_end", "n", "mean", "deleted");
  }

  @ParameterizedTest
  @ValueSource(strings = {"store-1", "store-2"})
  void start_storeOfAnEarlierRelease_continues(String golden) throws Exception {
    copy(golden);
    BoltHarness rig = StoreFixture.topology(file, columns());

    BoltHarness.Task windows = rig.start("windows");
    String[] unconfirmed = {"a 0 0 10000 2 1.5 false", "a 1 1000 9000 2 1.5 false"};
    assertThat(windows(windows.execute(event(rig, 2, "a", 4_000))))
        .as("results that are not confirmed; the event is in the ledger")
        .containsExactlyInAnyOrder(unconfirmed);
    assertThat(windows(windows.execute(heartbeat(rig, 11_000, 0))))
        .as("a repeated heartbeat")
        .containsExactlyInAnyOrder(unconfirmed);
    assertThat(windows(windows.execute(heartbeat(rig, 40_000, 1))))
        .containsExactlyInAnyOrder(
            "a 0 0 10000 3 2.3333333333333335 false",
            "a 1 1000 9000 2 1.5 true",
            "a 1 1000 11000 3 2.3333333333333335 false",
            "b 0 10000 20000 1 3.0 false",
            "b 1 12000 17000 1 3.0 false");

    BoltHarness.Task detector = rig.start("detector");
    BoltHarness.Task counts = rig.start("counts");
    List<EmittedTuple> again = detector.execute(event(rig, 1, "a", 1_000));
    assertThat(results(again, "timestamp", "n")).containsExactly("a 1000 1", "a 4000 2");
    again.forEach(answer -> assertThat(results(counts.execute(answer.tuple()))).isEmpty());
    List<EmittedTuple> answers = detector.execute(heartbeat(rig, 20_000, 1));
    assertThat(results(answers, "timestamp", "n"))
        .as("the event that waited")
        .containsExactly("b 12000 1");
    answers.forEach(answer -> counts.execute(answer.tuple()));
    detector
        .execute(heartbeat(rig, 40_000, 2, 1))
        .forEach(
            forwarded ->
                assertThat(
                        results(
                            counts.execute(forwarded.tuple()), "window_start", "window_end", "n"))
                    .containsExactlyInAnyOrder("a 0 10000 2", "b 10000 20000 1"));
    assertThat(format()).isEqualTo(JdbcStateStore.FORMAT);
  }

  private int format() throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT MIN(committed) FROM thalweg_shard")) {
      row.next();
      return row.getInt(1);
    }
  }

  @Test
  void start_storeOfALaterFormat_refusesAndWritesNothing() throws Exception {
    copy("store-2");
    execute("UPDATE thalweg_shard SET committed = 77 WHERE component = 'windows'");
    String before = dump();
    Time.advanceTime(5_000);
    assertThatThrownBy(() -> StoreFixture.topology(file, columns()).start("windows"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(
            "windows: saved state must have format "
                + JdbcStateStore.FORMAT
                + " or an earlier one, but a later release has saved it: run that release again,")
        .hasMessageContaining("restore a copy of the database from before the upgrade")
        .hasMessageContaining(": 77, in jdbc:sqlite:");
    assertThat(dump()).isEqualTo(before);
    StoreFixture.topology(file, columns()).start("detector").bolt().cleanup(); // another component
  }

  private void execute(String sql) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  private String dump() throws Exception {
    StringBuilder text = new StringBuilder();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      for (String table : List.of("epoch", "shard", "scope", "state", "log")) {
        try (ResultSet row = statement.executeQuery("SELECT * FROM thalweg_" + table)) {
          while (row.next()) {
            text.append(table);
            for (int c = 1; c <= row.getMetaData().getColumnCount(); c++) {
              byte[] bytes = row.getBytes(c);
              text.append(' ').append(bytes == null ? 0 : Arrays.hashCode(bytes));
            }
            text.append('\n');
          }
        }
      }
    }
    return text.toString();
  }

  @Test
  void start_mappingWithOtherColumns_emitsSavedResultsByName() throws Exception {
    copy("store-2");
    TupleMapping<Moments> swapped =
        TupleMapping.<Moments>columns()
            .with("sum", Moments::sum)
            .with("mean", Moments::mean)
            .with("n", Moments::count);
    BoltHarness rig = StoreFixture.topology(file, swapped);
    for (int start = 0; start < 2; start++) { // the second one restores what the first has saved
      BoltHarness.Task task = rig.start("windows");
      assertThat(results(task.execute(rig.tick()), "query", "n", "mean", "sum"))
          .containsExactlyInAnyOrder("a 0 2 1.5 null", "a 1 2 1.5 null");
      task.execute(event(rig, 9, "b", 13_000));
      task.bolt().cleanup();
    }
    TupleMapping<Moments> fewer = TupleMapping.<Moments>columns().with("mean", Moments::mean);
    rig = StoreFixture.topology(file, fewer);
    BoltHarness.Task task = rig.start("windows");
    assertThat(results(task.execute(rig.tick()), "query", "mean"))
        .containsExactlyInAnyOrder("a 0 1.5", "a 1 1.5");
    assertThat(results(task.execute(heartbeat(rig, 40_000, 1)), "mean")).contains("b 6.0");
  }

  @Test
  void start_mappingWithAnotherType_saysWhatDiffersAndTheRemedy() throws Exception {
    copy("store-2");
    TupleMapping<Moments> typed =
        TupleMapping.<Moments>columns()
            .with("n", moments -> (double) moments.count())
            .with("mean", Moments::mean);
    BoltHarness rig = StoreFixture.topology(file, typed);
    BoltHarness.Task task = rig.start("windows");
    assertThatThrownBy(() -> task.execute(heartbeat(rig, 40_000, 1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(
            "windows: column n must keep its type while saved results with it are not confirmed:"
                + " give the new column another name, or deploy the former mapping until the gauge"
                + " outbox is 0: saved as Long, now Double");
  }

  @ParameterizedTest
  @CsvSource({"1, [mean]", "3, '[n, mean, sum]'"})
  void start_storeWithoutNamesAndOtherColumns_saysToUpgradeFirst(int columns, String names)
      throws Exception {
    copy("store-1");
    TupleMapping<Moments> mapping =
        columns == 1
            ? TupleMapping.<Moments>columns().with("mean", Moments::mean)
            : columns().with("sum", Moments::sum);
    assertThatThrownBy(() -> StoreFixture.topology(file, mapping).start("windows"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("windows: saved state must be complete and belong to")
        .hasMessageContaining("without the names of its columns")
        .hasMessageContaining("deploy this release with the former mapping first")
        .hasMessageEndingWith("2 saved columns, now " + names);
  }
}
