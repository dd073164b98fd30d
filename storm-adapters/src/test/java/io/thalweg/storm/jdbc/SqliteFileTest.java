package io.thalweg.storm.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.storm.StateStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The SQLite file of a state store: permissions, order of the writers, size of its log. */
class SqliteFileTest {

  @TempDir private Path folder;
  private Path file;
  private String url;

  @BeforeEach
  void name() {
    file = folder.resolve("state.db");
    url = "jdbc:sqlite:" + file;
  }

  private static StateStore.Shard acquire(JdbcStateStore store, int index, int tasks) {
    return store.acquire(new StateStore.Task("topology", "bolt", index, tasks, 1));
  }

  private static void commit(StateStore.Shard shard, long key, int bytes) {
    shard.changes().put(key, 0, new byte[bytes]);
    shard.commit();
  }

  @Test
  void acquire_newFile_isReadableByItsOwnerOnly() throws IOException {
    try (StateStore.Shard shard = acquire(new JdbcStateStore(url), 0, 1)) {
      commit(shard, 1, 1);
      for (String suffix : List.of("", "-wal", "-shm")) {
        assertThat(Files.getPosixFilePermissions(folder.resolve("state.db" + suffix)))
            .as(suffix)
            .isEqualTo(PosixFilePermissions.fromString("rw-------"));
      }
    }
  }

  @Test
  void acquire_fileOfTheOperator_keepsItsPermissions() throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
    acquire(new JdbcStateStore("jdbc:sqlite:file:" + file + "?cache=private"), 0, 1).close();
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
  }

  @Test
  void commit_ofOneOfFourBusyTasks_isOvertakenByFewOthers() throws Exception {
    int tasks = 4;
    int commitsOfEach = 100;
    JdbcStateStore store = new JdbcStateStore(url);
    AtomicInteger commits = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(tasks);
    try {
      List<Future<Integer>> overtakings = new ArrayList<>();
      for (int t = 0; t < tasks; t++) {
        int index = t;
        overtakings.add(
            threads.submit(
                () -> {
                  int most = 0;
                  try (StateStore.Shard shard = acquire(store, index, tasks)) {
                    for (int i = 0; i < commitsOfEach; i++) {
                      int before = commits.get();
                      commit(shard, i, 1_000);
                      most = Math.max(most, commits.getAndIncrement() - before);
                    }
                  }
                  return most;
                }));
      }
      for (Future<Integer> each : overtakings) {
        assertThat(each.get()).as("commits of others during one commit").isLessThan(20);
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void commit_whileAReaderKeepsATransactionOpen_failsAtTheBoundAndNamesTheFile()
      throws SQLException, IOException {
    JdbcStateStore store = new JdbcStateStore(url).withMaxWalBytes(1 << 20);
    acquire(store, 0, 1).close();
    long committed = 0;
    try (Connection reader = DriverManager.getConnection(url);
        Statement query = reader.createStatement();
        StateStore.Shard shard = acquire(store, 0, 1)) {
      reader.setAutoCommit(false);
      query.executeQuery("SELECT * FROM thalweg_log").close();
      long[] key = {0};
      assertThatThrownBy(
              () -> {
                while (key[0] < 100) {
                  commit(shard, key[0], 100_000);
                  key[0]++;
                }
              })
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("log must have at most 1048576 bytes")
          .hasMessageContaining("state.db-wal")
          .hasMessageContaining("end that connection");
      committed = key[0];
      assertThat(Files.size(folder.resolve("state.db-wal")))
          .as("at most one commit above the bound")
          .isLessThan((1 << 20) + 150_000);
    }
    try (StateStore.Shard shard = acquire(store, 0, 1)) {
      assertThat(committed).isBetween(5L, 20L);
      List<Object> keys = new ArrayList<>();
      shard.saved().get(0).state().forEach((key, part, state) -> keys.add(key));
      assertThat(keys).as("all commits before").hasSize((int) committed);
      for (int i = 0; i < 30; i++) {
        commit(shard, i, 100_000); // the log is written again from its start
      }
    }
  }

  @Test
  void withMaxWalBytes_notPositive_throws() {
    assertThatThrownBy(() -> new JdbcStateStore(url).withMaxWalBytes(0))
        .hasMessage("bytes must be positive: 0");
  }

  @Test
  void acquire_byDefault_waitsForTheDiskWithEachCommit() throws SQLException {
    for (String[] pragma :
        new String[][] {{"synchronous", "2"}, {"journal_size_limit", "67108864"}}) {
      try (JdbcShard shard = (JdbcShard) acquire(new JdbcStateStore(url), 0, 1);
          Statement statement = shard.connection().createStatement();
          ResultSet row = statement.executeQuery("PRAGMA " + pragma[0])) {
        assertThat(row.getString(1)).as(pragma[0]).isEqualTo(pragma[1]);
      }
    }
  }
}
