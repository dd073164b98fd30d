package io.thalweg.storm.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MICROSECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.storm.StateStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Property of a process that is killed while it commits: the state is that of one commit, either
 * the last completed one or the one in progress.
 *
 * <p>{@code -Dthalweg.kills=100} kills a hundred times.
 */
class KilledProcessTest {

  private static final int KILLS = Integer.getInteger("thalweg.kills", 4);
  private static final int SLOTS = 300;
  private static final int KEPT = 20;

  @TempDir private Path folder;

  private String url() {
    return "jdbc:sqlite:" + folder.resolve("state.db");
  }

  /** A commit is about 3 kB; each fiftieth one is about 20 kB, and is not logged. */
  @ParameterizedTest
  @ValueSource(longs = {0, 12_000})
  void state_afterAKillAtAnyTime_isThatOfOneCommit(long segmentBytes) throws Exception {
    Random random = new Random(segmentBytes);
    long last = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      List<String> printed = new ArrayList<>();
      Process process = start(segmentBytes);
      try (BufferedReader out = process.inputReader(UTF_8)) {
        String line = out.readLine();
        for (int commits = random.nextInt(100); line != null && commits > 0; commits--) {
          printed.add(line);
          line = out.readLine();
        }
        boolean ended = process.waitFor(random.nextInt(20_000), MICROSECONDS);
        process.toHandle().destroyForcibly(); // its output can still be read
        for (; line != null; line = out.readLine()) {
          printed.add(line);
        }
        assertThat(ended)
            .as("process must run until it is killed; it printed %s", printed)
            .isFalse();
      }
      process.waitFor();
      assertThat(printed).as("counters").isNotEmpty().allMatch(line -> line.matches("\\d+"));
      assertThat(Long.parseLong(printed.get(0)))
          .as("counter read after kill %d, with segments of %d bytes", kill, segmentBytes)
          .isBetween(last, last + 1);
      last = Long.parseLong(printed.get(printed.size() - 1));
    }
    try (StateStore.Shard shard = acquire(url(), segmentBytes)) {
      long counter = readCounter(shard);
      assertThat(counter).isBetween(last, last + 1).isGreaterThan(KILLS);
      for (int i = 0; i < 100 || counter % 50 != 3; i++) {
        change(shard.changes(), ++counter);
        shard.commit();
      }
      last = counter;
    }
    assertThat(rows("log")).isEqualTo(segmentBytes == 0 ? 0 : 3);
    assertThat(rows("state")).isPositive();
    try (StateStore.Shard shard = acquire(url(), segmentBytes)) {
      assertThat(readCounter(shard)).isEqualTo(last);
    }
  }

  private Process start(long segmentBytes) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED", // for sqlite-jdbc, on JDK 24 and later
            "-cp",
            System.getProperty("java.class.path"),
            KilledProcessTest.class.getName(),
            url(),
            Long.toString(segmentBytes))
        .redirectErrorStream(true)
        .start();
  }

  private long rows(String table) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM thalweg_" + table)) {
      row.next();
      return row.getLong(1);
    }
  }

  // ---------------------------------------------------------------- the process

  /** Prints the counter that it reads, then each one that it has committed. */
  public static void main(String... arguments) {
    try (StateStore.Shard shard = acquire(arguments[0], Long.parseLong(arguments[1]))) {
      for (long counter = readCounter(shard); ; ) {
        System.out.println(counter);
        change(shard.changes(), ++counter);
        shard.commit();
      }
    }
  }

  private static StateStore.Shard acquire(String url, long segmentBytes) {
    return new JdbcStateStore(url, segmentBytes)
        .acquire(new StateStore.Task("topology", "bolt", 0, 1, 0));
  }

  private static byte[] bytes(long number) {
    return ByteBuffer.allocate(32).putLong(number).array();
  }

  /** Applies the changes of a counter. */
  private static void change(StateWriter<Object> root, long counter) {
    root.putOperatorState(bytes(counter));
    for (int slot = 0; slot < SLOTS; slot++) {
      if (counter % 50 == 0 || slot % 10 == counter % 10) {
        root.scope("slots").put("slot " + slot, slot, bytes(counter));
      }
    }
    root.scope("window").put(counter % 2, counter, bytes(counter));
    root.scope("window").removeBefore(counter - KEPT + 1);
    StateWriter<Object> keys = root.scope("window").scope("keys");
    keys.put(counter % 40, counter, bytes(counter));
    keys.put(counter % 40, counter + 1, bytes(counter));
    keys.remove(counter % 40, counter);
    keys.remove((counter + 20) % 40);
    StateWriter<Object> since = root.scope("since");
    if (counter % 7 == 0) {
      since.clear();
    }
    since.put("it was empty", counter, bytes(counter));
  }

  /** Returns the state after the commit of a counter, computed without its history. */
  private static TreeMap<String, Long> expected(long counter) {
    TreeMap<String, Long> state = new TreeMap<>();
    for (int slot = 0; slot < SLOTS; slot++) {
      long changed = Math.max(counter - counter % 50, counter - Math.floorMod(counter - slot, 10));
      if (changed > 0) {
        state.put("slots: slot %d, %d".formatted(slot, slot), changed);
      }
    }
    for (long before = Math.max(1, counter - KEPT + 1); before <= counter; before++) {
      state.put("window: %d, %d".formatted(before % 2, before), before);
      state.put("window/keys: %d, %d".formatted(before % 40, before + 1), before);
    }
    for (long after = Math.max(1, counter - counter % 7); after <= counter; after++) {
      state.put("since: it was empty, %d".formatted(after), after);
    }
    return state;
  }

  /** Checks that the state is that of one counter, and returns it. */
  private static long readCounter(StateStore.Shard shard) {
    if (shard.saved().isEmpty()) {
      return 0;
    }
    StateReader<Object> root = shard.saved().get(0).state();
    long counter = ByteBuffer.wrap(root.operatorState()).getLong();
    TreeMap<String, Long> state = new TreeMap<>();
    for (String path : List.of("slots", "window", "window/keys", "since")) {
      StateReader<Object> scope = root;
      for (String name : path.split("/")) {
        scope = scope.scope(name);
      }
      scope.forEach(
          (key, part, bytes) ->
              assertThat(
                      state.put(
                          "%s: %s, %d".formatted(path, key, part),
                          ByteBuffer.wrap(bytes).getLong()))
                  .as("twice: %s: %s, %d", path, key, part)
                  .isNull());
    }
    assertThat(state).as("the state of %d", counter).isEqualTo(expected(counter));
    return counter;
  }
}
