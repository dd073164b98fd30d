package io.thalweg.storm.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.storm.StateStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.apache.storm.utils.Time;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of {@link JdbcStateStore} on SQLite: its log, its errors and its locks. */
class JdbcStateStoreTest {

  private static final byte[] BYTES = {1, 2, 3};
  private static final String UNUSABLE =
      "state store must be reachable and writable, and its tables thalweg_... must be of this release:"
          + " ";

  @TempDir Path folder;
  private String url;
  private JdbcStateStore store;

  @BeforeEach
  void create() {
    url = "jdbc:sqlite:" + folder.resolve("state.db");
    store = new JdbcStateStore(url);
  }

  private static StateStore.Task task(int index, int tasks, long deployment) {
    return new StateStore.Task("job", "detector", index, tasks, deployment);
  }

  private StateStore.Shard acquire() {
    return store.acquire(task(0, 1, 0));
  }

  private void execute(String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      for (String each : statements) {
        statement.execute(each);
      }
    }
  }

  private static Map<Object, byte[]> read(StateStore.Shard shard) {
    Map<Object, byte[]> read = new HashMap<>();
    shard.saved().get(0).state().forEach((key, part, state) -> read.put(key, state));
    return read;
  }

  @Test
  void acquire_byDefault_setsWriteAheadLogging() throws SQLException {
    acquire().close();
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA journal_mode")) {
      assertThat(row.getString(1)).isEqualTo("wal");
    }
  }

  @Test
  void withTablePrefix_anotherPrefix_isAnotherStore() {
    try (StateStore.Shard shard = acquire()) {
      shard.changes().put("a", 0, BYTES);
      shard.commit();
    }
    JdbcStateStore other = new JdbcStateStore(url).withTablePrefix("other_");
    try (StateStore.Shard shard = other.acquire(task(0, 1, 0))) {
      assertThat(shard.saved()).isEmpty();
    }
    assertThatThrownBy(() -> store.withTablePrefix("x; DROP TABLE y"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "table prefix must be letters, digits and underscores, no digit first: x; DROP TABLE"
                + " y");
  }

  @Test
  void acquire_namesWithQuotes_areBoundAsValues() {
    StateStore.Task odd = new StateStore.Task("it's", "a\"b'; --", 0, 1, 0);
    try (StateStore.Shard shard = store.acquire(odd)) {
      shard.changes().scope("'; DROP").put("'", 0, BYTES);
      shard.commit();
    }
    try (StateStore.Shard shard = store.acquire(odd)) {
      shard
          .saved()
          .get(0)
          .state()
          .scope("'; DROP")
          .forEach((key, part, state) -> assertThat(key).isEqualTo("'"));
    }
  }

  @Test
  void acquire_afterSerialization_readsTheSameState() throws Exception {
    try (StateStore.Shard shard = acquire()) {
      shard.changes().put("a", 0, BYTES);
      shard.commit();
    }
    JdbcStateStore submitted =
        new JdbcStateStore()
            .withUrl(url)
            .withTablePrefix("thalweg_")
            .withProperty("busy_timeout", "1000");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(submitted);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      store = (JdbcStateStore) in.readObject();
    }
    assertThat(store.durable()).isTrue();
    try (StateStore.Shard shard = acquire()) {
      assertThat(read(shard)).containsEntry("a", BYTES);
    }
  }

  @Test
  void epoch_ofANewStore_exceedsThoseOfALostOne() {
    try (Time.SimulatedTime time = new Time.SimulatedTime()) {
      Time.advanceTime(1_000_000);
      long before = acquireTwice(store);
      Time.advanceTime(1000);
      long after = acquireTwice(new JdbcStateStore("jdbc:sqlite:" + folder.resolve("anew.db")));
      assertThat(before).isEqualTo(1_000_001);
      assertThat(after).isEqualTo(1_001_001);
      assertThat(time).isNotNull();
    }
  }

  private static long acquireTwice(JdbcStateStore store) {
    store.acquire(task(0, 1, 0)).close();
    try (StateStore.Shard shard = store.acquire(task(0, 1, 0))) {
      return shard.epoch();
    }
  }

  @Test
  void key_ofAnotherType_isRefused() {
    try (StateStore.Shard shard = acquire()) {
      assertThatThrownBy(() -> shard.changes().put(1, 0, BYTES))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("key must be a String or a Long: java.lang.Integer");
      assertThatThrownBy(() -> shard.changes().remove(null))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("key must be a String or a Long: null");
      assertThatThrownBy(() -> shard.changes().scope("a/b"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("scope must not be empty nor contain a slash: a/b");
    }
  }

  @Test
  void shard_closed_commitsNothing() {
    StateStore.Shard shard = acquire();
    shard.close();
    assertThatThrownBy(shard::commit)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("it was closed: " + shard.name());
  }

  @Test
  void task_ofAnOlderDeployment_isRefusedAndFencesNobody_untilTheDatesAreForgotten()
      throws Exception {
    try (StateStore.Shard shard = store.acquire(task(0, 2, 7))) {
      assertThatThrownBy(() -> store.acquire(task(0, 3, 6)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "detector: task must belong to the newest deployment, which is 7: 6, in "
                  + Jdbc.withoutSecrets(url));
      shard.commit();
    }
    String guide = Files.readString(Path.of("../docs/storm.md"));
    execute(guide.substring(guide.indexOf("UPDATE thalweg_shard")).split("`")[0]);
    store.acquire(task(0, 3, 6)).close();
  }

  // ---------------------------------------------------------------- the log

  private long number(String select) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(select)) {
      row.next();
      return row.getLong(1);
    }
  }

  private long rows() throws SQLException {
    return number("SELECT COUNT(*) FROM thalweg_state");
  }

  private long entries() throws SQLException {
    return number("SELECT COUNT(*) FROM thalweg_log");
  }

  /** Commits one record per key, of about 100 bytes with its overhead. */
  private static void commit(StateStore.Shard shard, long from, long to) {
    for (long key = from; key < to; key++) {
      shard.changes().put(key, 0, new byte[70]);
    }
    shard.commit();
  }

  /** A task that restarts again and again, before its log is full, must fold it all the same. */
  @ParameterizedTest
  @CsvSource({"1000, 1", "1000, 50", "7, 1", "7, 50", "11, 50", "1, 1"})
  void log_ofManyCommits_neverExceedsTwoSegmentsAndACommit(int commitsUntilARestart, int keys)
      throws SQLException {
    store = new JdbcStateStore(url, 1_000); // seven commits
    StateStore.Shard shard = acquire();
    try {
      for (int i = 1; i <= 200; i++) {
        commit(shard, i % keys, i % keys + 1);
        assertThat(entries()).as("after %d commits", i).isLessThan(2 * 7);
        if (i % commitsUntilARestart == 0) {
          shard.close();
          shard = acquire();
          assertThat(read(shard)).hasSize(Math.min(i, keys));
        }
      }
    } finally {
      shard.close();
    }
    assertThat(rows()).isEqualTo(keys);
  }

  @Test
  void segment_full_isFoldedInStepsByTheNextCommits() throws SQLException {
    store = new JdbcStateStore(url, 10_000);
    try (StateStore.Shard shard = acquire()) {
      commit(shard, 0, 90);
      assertThat(rows()).isZero();
      shard.commit(); // no changes
      commit(shard, 90, 100);
      assertThat(List.of(rows(), entries())).containsExactly(0L, 2L);
      long written = 0;
      for (int step = 1; step < 10; step++) {
        commit(shard, 1_000, 1_010); // a tenth of a segment
        assertThat(rows()).isBetween(9L, 12L);
        assertThat(entries()).isEqualTo(2 + step);
        written += rows();
        execute("DELETE FROM thalweg_state"); // shows whether a row is written twice
      }
      commit(shard, 1_000, 1_020);
      assertThat(List.of(written + rows(), entries()))
          .as("the next segment is full")
          .containsExactly(100L, 10L);
      execute("DELETE FROM thalweg_state");
      commit(shard, 2_000, 2_100);
      assertThat(rows()).as("the first segment is not folded again").isEqualTo(20 + 100);
    }
  }

  @Test
  void commit_largerThanASegment_goesToTheRowsAtOnceWithTheLog() throws SQLException {
    store = new JdbcStateStore(url, 10_000);
    try (StateStore.Shard shard = acquire()) {
      commit(shard, 0, 90);
      commit(shard, 90, 100);
      commit(shard, 100, 110);
      execute(
          "CREATE TRIGGER twice BEFORE INSERT ON thalweg_log"
              + " BEGIN SELECT RAISE(ABORT, 'written twice'); END");
      commit(shard, 200, 400);
      execute("DROP TRIGGER twice");
      assertThat(List.of(rows(), entries())).containsExactly(310L, 0L);
      commit(shard, 0, 1);
      assertThat(List.of(rows(), entries())).containsExactly(310L, 1L);
    }
    try (StateStore.Shard shard = acquire()) {
      assertThat(read(shard)).hasSize(310);
      shard.commit();
      assertThat(shard.saved()).isEmpty();
    }
  }

  @Test
  void key_removedAndPutAgain_isFoldedInThatOrder() throws SQLException {
    store = new JdbcStateStore(url, 5_000);
    try (StateStore.Shard shard = acquire()) {
      shard.changes().put("a", -1, BYTES);
      shard.commit();
      shard.changes().remove("a");
      for (int part = 0; part < 50; part++) {
        shard.changes().put("a", part, new byte[90]);
        if (part % 25 == 24) {
          shard.commit(); // the second fills a segment
        }
      }
      for (int step = 1; step <= 9; step++) {
        commit(shard, 0, 5);
        assertThat(rows()).isBetween(5L * step - 5, 6L * step);
      }
      assertThat(rows()).isEqualTo(50);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 300, 1 << 20})
  void removals_ofEachKind_applyToRowsAndToTheLog(long segmentBytes) {
    store = new JdbcStateStore(url, segmentBytes);
    List<Consumer<StateWriter<Object>>> commits =
        List.of(
            to -> Set.of("a", "b", "c").forEach(key -> to.put(key, 1, BYTES)),
            to -> Set.of("a", "b", "c").forEach(key -> to.put(key, 2, BYTES)),
            to -> to.remove("a", 2),
            to -> to.remove("b"),
            to -> to.put("c", 3, BYTES),
            to -> to.removeBefore(2),
            to -> to.put("d", 1, BYTES),
            StateWriter::clear,
            to -> to.put("e", 2, BYTES));
    List<Set<String>> expected =
        List.of(
            Set.of("a1", "b1", "c1"),
            Set.of("a1", "b1", "c1", "a2", "b2", "c2"),
            Set.of("a1", "b1", "c1", "b2", "c2"),
            Set.of("a1", "c1", "c2"),
            Set.of("a1", "c1", "c2", "c3"),
            Set.of("c2", "c3"),
            Set.of("c2", "c3", "d1"),
            Set.of(),
            Set.of("e2"));
    StateStore.Shard shard = acquire();
    shard.changes().putOperatorState(BYTES);
    for (int i = 0; i < commits.size(); i++) {
      commits.get(i).accept(shard.changes());
      shard.commit();
      shard.close();
      shard = acquire();
      List<String> read = new ArrayList<>();
      StateReader<Object> saved = shard.saved().get(0).state();
      saved.forEach((key, part, state) -> read.add(key + "" + part));
      assertThat(read).containsExactlyInAnyOrderElementsOf(expected.get(i));
      assertThat(saved.operatorState()).isEqualTo(i < 7 ? BYTES : null);
    }
    shard.close();
  }

  @Test
  void folding_failed_keepsEarlierCommitsAndStartsAgain() throws SQLException {
    store = new JdbcStateStore(url, 10_000);
    try (StateStore.Shard shard = acquire()) {
      commit(shard, 0, 50);
      shard.changes().remove(7L);
      commit(shard, 50, 110);
      commit(shard, 0, 5);
      assertThat(rows()).as("folding has started").isBetween(1L, 20L);
      execute(
          "CREATE TRIGGER full BEFORE INSERT ON thalweg_state"
              + " BEGIN SELECT RAISE(ABORT, 'full'); END");
      assertThatThrownBy(() -> commit(shard, 200, 250))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("full");
      execute("DROP TRIGGER full");
    }
    for (int i = 0; i < 3; i++) {
      try (StateStore.Shard shard = acquire()) {
        assertThat(read(shard)).hasSize(109).doesNotContainKeys(7L, 200L);
        commit(shard, 50, 100);
      }
    }
    assertThat(rows()).isEqualTo(109);
  }

  @Test
  void acquire_tablesWithoutALog_readsTheirRows() throws SQLException {
    store = new JdbcStateStore(url, 0);
    try (StateStore.Shard shard = acquire()) {
      commit(shard, 0, 10);
    }
    execute("DROP TABLE thalweg_log");
    store = new JdbcStateStore(url, 10_000);
    try (StateStore.Shard shard = acquire()) {
      assertThat(read(shard)).hasSize(10);
      shard.changes().remove(3L);
      commit(shard, 10, 12);
      assertThat(List.of(rows(), entries())).containsExactly(10L, 1L);
    }
    try (StateStore.Shard shard = acquire()) {
      assertThat(read(shard)).hasSize(11).doesNotContainKey(3L);
    }
  }

  // ---------------------------------------------------------------- errors

  @Test
  void acquire_withoutUrl_throws() {
    assertThatThrownBy(() -> new JdbcStateStore().acquire(task(0, 1, 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("url must be set, by the constructor or by withUrl");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:sqlite:",
        "jdbc:sqlite::memory:",
        "jdbc:sqlite:file::memory:?cache=shared",
        "jdbc:sqlite:file:x?mode=memory"
      })
  void acquire_databaseInMemory_throws(String memory) {
    assertThatThrownBy(() -> new JdbcStateStore(memory).acquire(task(0, 1, 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(
            "database of a state store must be a file, because state in memory is lost with its"
                + " worker: jdbc:sqlite:");
  }

  @Test
  void acquire_unreachableDatabase_namesIt() {
    String nowhere = "jdbc:sqlite:" + folder.resolve("no").resolve("state.db");
    assertThatThrownBy(() -> new JdbcStateStore(nowhere).acquire(task(0, 1, 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(UNUSABLE + nowhere + ": ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://me:secret@127.0.0.1:1/state?password=secret",
        "jdbc:unknown://me:secret@127.0.0.1:1/state;password=secret"
      })
  void acquire_passwordInTheUrl_isNotInTheMessage(String url) {
    assertThatThrownBy(() -> new JdbcStateStore(url).acquire(task(0, 1, 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("://127.0.0.1:1/state: ")
        .satisfies(
            e -> {
              for (Throwable each = e; each != null; each = each.getCause()) {
                assertThat(each.toString()).doesNotContain("secret");
              }
            });
  }

  @ParameterizedTest
  @CsvSource({
    "jdbc:postgresql://db:5432/state, jdbc:postgresql://db:5432/state",
    "jdbc:postgresql://me:secret@db/state?user=me&password=secret, jdbc:postgresql://db/state",
    "jdbc:postgresql://me:se/cr@et@db/state, jdbc:postgresql://db/state",
    "jdbc:oracle:thin:me/secret@//db/state, jdbc:oracle://db/state",
    "jdbc:sqlserver://db;password=secret, jdbc:sqlserver://db",
    "jdbc:sqlite:/var/a@b/state.db?x=secret, jdbc:sqlite:/var/a@b/state.db",
    "postgresql://me:secret@db/state, postgresql://db/state"
  })
  void withoutSecrets_url_keepsTheLocation(String url, String expected) {
    assertThat(Jdbc.withoutSecrets(url)).isEqualTo(expected);
  }

  @Test
  void acquire_readOnlyFile_throws() {
    acquire().close();
    JdbcStateStore readOnly = new JdbcStateStore(url).withProperty("open_mode", "1");
    assertThatThrownBy(() -> readOnly.acquire(task(0, 1, 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(UNUSABLE + url + ": ")
        .hasMessageContaining("readonly");
  }

  @Test
  void acquire_tablesOfAnotherRelease_namesTheColumn() throws SQLException {
    acquire().close();
    execute("ALTER TABLE thalweg_shard RENAME COLUMN generation TO layout");
    assertThatThrownBy(this::acquire)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(UNUSABLE + url + ": ")
        .hasMessageContaining("no such column: generation");
    try (StateStore.Shard shard = store.withTablePrefix("new_").acquire(task(0, 1, 0))) {
      shard.commit();
    }
  }

  @Test
  void acquire_folderInsteadOfAFile_namesIt() {
    JdbcStateStore ofFolder = new JdbcStateStore("jdbc:sqlite:" + folder);
    assertThatThrownBy(() -> ofFolder.acquire(task(0, 1, 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(UNUSABLE + "jdbc:sqlite:" + folder + ": ");
  }

  @Test
  void acquire_urlWithoutADriver_namesIt() {
    assertThatThrownBy(() -> new JdbcStateStore("state.db").acquire(task(0, 1, 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith(
            "url must begin with jdbc: and its driver must be on the class path: state.db");
  }

  /** A worker starts in a folder of its own, which is removed with it. */
  @ParameterizedTest
  @CsvSource({
    "jdbc:sqlite:state.db, jdbc:sqlite:HERE/state.db",
    "jdbc:sqlite:a/b c.db?busy_timeout=1, jdbc:sqlite:HERE/a/b c.db?busy_timeout=1",
    "jdbc:sqlite:/var/lib/state.db, jdbc:sqlite:/var/lib/state.db",
    "jdbc:sqlite:, jdbc:sqlite:",
    "jdbc:sqlite:?x=1, jdbc:sqlite:?x=1",
    "jdbc:sqlite::memory:, jdbc:sqlite::memory:",
    "jdbc:sqlite:file:/a.db?mode=ro, jdbc:sqlite:file:/a.db?mode=ro",
    "jdbc:postgresql://host/state, jdbc:postgresql://host/state"
  })
  void withAbsolutePath_relativePath_isResolvedWhereTheStoreIsCreated(String url, String expected) {
    String here = Path.of("").toAbsolutePath().toString();
    assertThat(Jdbc.withAbsolutePath(url)).isEqualTo(expected.replace("HERE", here));
  }

  @Test
  void options_null_areNamed() {
    assertThatThrownBy(() -> store.withUrl(null)).hasMessage("url");
    assertThatThrownBy(() -> store.withTablePrefix(null)).hasMessageEndingWith("first: null");
    assertThatThrownBy(() -> store.withProperty("user", null)).hasMessage("value");
  }

  @Test
  void acquire_fileThatIsNoDatabase_throws() throws Exception {
    Files.writeString(folder.resolve("state.db"), "not a database ".repeat(100));
    assertThatThrownBy(this::acquire)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("not a database");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x''", "x'09'", "x'0361'", "x'01FF'", "x'0261'", "'text'"})
  void forEach_damagedKey_namesIt(String key) throws SQLException {
    store = new JdbcStateStore(url, 0);
    try (StateStore.Shard shard = acquire()) {
      shard.changes().put("a", 0, BYTES);
      shard.commit();
    }
    execute("UPDATE thalweg_state SET \"key\" = " + key);
    try (StateStore.Shard shard = acquire()) {
      assertThatThrownBy(() -> read(shard))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith(
              "scope '' must be readable, for %s of %s: key must be a string or a long in its binary form: "
                  .formatted(shard.name(), url));
    }
  }

  @Test
  void acquire_damagedScope_namesIt() throws SQLException {
    store = new JdbcStateStore(url, 0);
    try (StateStore.Shard shard = acquire()) {
      shard.changes().putOperatorState(BYTES);
      shard.commit();
    }
    execute("UPDATE thalweg_scope SET path = 'a//b'");
    assertThatThrownBy(this::acquire)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageMatching(
            "state of shard \\d+, read for detector/\\d+/0 of .*, must be unchanged since it was"
                + " written: scope must not be empty nor contain a slash: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zeroblob(50)",
        "substr(changes, 1, length(changes) - 1)",
        "substr(changes, 1, 40) || x'00' || substr(changes, 42)",
        "NULL || ''",
        "'text'"
      })
  void acquire_damagedLog_namesIt(String changes) throws SQLException {
    try (StateStore.Shard shard = acquire()) {
      shard.changes().scope("processor").put("a", 0, BYTES);
      shard.commit();
      execute("UPDATE thalweg_log SET changes = coalesce(" + changes + ", x'')");
      assertThatThrownBy(this::acquire)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("state of shard ")
          .hasMessageContaining(
              " read for %s of %s, must be unchanged since it was written: thalweg.storm.changes:"
                      .formatted(shard.name(), url)
                  + " damaged record: ");
    }
  }

  @Test
  void forEachAndCommit_droppedTable_throw() throws SQLException {
    store = new JdbcStateStore(url, 0);
    try (StateStore.Shard shard = acquire()) {
      shard.changes().put("a", 0, BYTES);
      shard.commit();
    }
    try (StateStore.Shard shard = acquire()) {
      execute("DROP TABLE thalweg_state");
      assertThatThrownBy(() -> read(shard))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("scope '' must be readable, for " + shard.name());
      shard.changes().put("a", 0, BYTES);
      assertThatThrownBy(shard::commit)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith(
              "state store must accept the changes; all or none of them were committed: "
                  + shard.name());
    }
  }

  @Test
  void acquire_completeGenerationBesideAnOlderOne_inheritsTheCompleteOneOnly() throws SQLException {
    try (StateStore.Shard old = acquire()) {
      old.changes().put("a", 0, BYTES);
      old.commit();
    }
    try (StateStore.Shard first = store.acquire(task(0, 2, 0));
        StateStore.Shard second = store.acquire(task(1, 2, 0))) {
      first.commit();
      execute(
          "CREATE TRIGGER kept BEFORE DELETE ON thalweg_shard"
              + " BEGIN SELECT RAISE(ABORT, 'kept'); END");
      assertThatThrownBy(second::commit)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("all or none of them were committed");
      execute("DROP TRIGGER kept");
    }
    try (StateStore.Shard shard = acquire()) {
      assertThat(shard.saved()).hasSize(2).noneMatch(StateStore.SavedShard::isOwnShard);
      shard.commit();
    }
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM thalweg_shard")) {
      assertThat(row.getInt(1)).isEqualTo(1);
    }
  }

  // ---------------------------------------------------------------- locks

  @Test
  void commit_lockedDatabase_waits() throws Exception {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (StateStore.Shard shard = acquire();
        Connection other = DriverManager.getConnection(url);
        Statement statement = other.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      CountDownLatch begun = new CountDownLatch(1);
      shard.changes().put("a", 0, BYTES);
      Future<?> commit =
          thread.submit(
              () -> {
                begun.countDown();
                shard.commit();
              });
      begun.await();
      assertThat(commit.isDone()).isFalse();
      statement.execute("COMMIT");
      commit.get();
      assertThat(shard.saved()).isEmpty();
    } finally {
      thread.shutdownNow();
    }
    try (StateStore.Shard shard = acquire()) {
      assertThat(read(shard)).containsEntry("a", BYTES);
    }
  }

  @Test
  void commit_databaseLockedTooLong_commitsNothing() throws Exception {
    store.withProperty("busy_timeout", "1");
    try (StateStore.Shard shard = acquire()) {
      shard.changes().put("a", 0, BYTES);
      try (Connection other = DriverManager.getConnection(url);
          Statement statement = other.createStatement()) {
        statement.execute("BEGIN IMMEDIATE");
        assertThatThrownBy(shard::commit)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("SQLITE_BUSY");
      }
    }
    try (StateStore.Shard shard = acquire()) {
      assertThat(shard.saved()).isEmpty();
    }
  }

  @Test
  void forEach_whileAnotherShardCommits_readsOn() {
    store = new JdbcStateStore(url, 0);
    try (StateStore.Shard shard = acquire()) {
      for (long key = 0; key < 100; key++) {
        shard.changes().put(key, 0, BYTES);
      }
      shard.commit();
    }
    try (StateStore.Shard shard = acquire();
        StateStore.Shard other = store.acquire(new StateStore.Task("job", "other", 0, 1, 0))) {
      int[] read = {0};
      StateStore.SavedShard saved = shard.saved().get(0);
      saved
          .state()
          .forEach(
              (key, part, state) -> {
                saved.state().scope("nothing").forEach((k, p, s) -> read[0] = -1000);
                other.changes().put(key, 0, state);
                other.commit();
                read[0]++;
              });
      assertThat(read[0]).isEqualTo(100);
      shard.changes().put(1L, 0, BYTES);
      shard.commit();
    }
  }

  @Test
  void acquire_newFileOpenedByManyTasksAtOnce_succeedsForAll() throws Exception {
    int tasks = 6;
    ExecutorService threads = Executors.newFixedThreadPool(tasks);
    try {
      for (int round = 0; round < 30; round++) {
        JdbcStateStore store =
            new JdbcStateStore("jdbc:sqlite:" + folder.resolve("new" + round + ".db"));
        CyclicBarrier together = new CyclicBarrier(tasks);
        List<Future<Long>> epochs = new ArrayList<>();
        for (int i = 0; i < tasks; i++) {
          int index = i;
          epochs.add(
              threads.submit(
                  () -> {
                    together.await();
                    try (StateStore.Shard shard = store.acquire(task(index, tasks, 1))) {
                      shard.commit();
                      return shard.epoch();
                    }
                  }));
        }
        Set<Long> different = new HashSet<>();
        for (Future<Long> epoch : epochs) {
          different.add(epoch.get());
        }
        assertThat(different).hasSize(tasks);
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
