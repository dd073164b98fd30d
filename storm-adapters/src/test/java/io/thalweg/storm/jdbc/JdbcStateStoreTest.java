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

/** What is peculiar to SQLite, and what goes wrong. */
class JdbcStateStoreTest {

  private static final byte[] BYTES = {1, 2, 3};
  private static final String MUST =
      "state store must answer, be writable, and have no other tables thalweg_... than this release"
          + " makes: ";

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
  void journalAndSync_byDefault_areWalAndNormal() throws SQLException {
    acquire().close();
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA journal_mode")) {
      assertThat(row.getString(1)).isEqualTo("wal");
    }
  }

  @Test
  void tables_ofAnotherPrefix_areApart() {
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
  void names_withQuotes_areValuesOnly() {
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
  void store_afterItsWayToTheWorker_findsTheSame() throws Exception {
    try (StateStore.Shard shard = acquire()) {
      shard.changes().put("a", 0, BYTES);
      shard.commit();
    }
    JdbcStateStore submitted = new JdbcStateStore();
    submitted.setUrl(url);
    submitted.setTablePrefix("thalweg_");
    submitted.setProperties(Map.of("busy_timeout", "1000"));
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
  void epoch_ofAStoreThatWasLost_exceedsTheOldOnes() {
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
          .hasMessage("scope must not be empty nor hold a slash: a/b");
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
              "detector: task must belong to the newest deployment, 7: 6, in " + Jdbc.place(url));
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

  /** Commits a record for each key, of 100 bytes with all that belongs to it. */
  private static void commit(StateStore.Shard shard, long from, long to) {
    for (long key = from; key < to; key++) {
      shard.changes().put(key, 0, new byte[70]);
    }
    shard.commit();
  }

  /**
   * A task that comes back again and again, before its log is full, must see to it all the same.
   */
  @ParameterizedTest
  @CsvSource({"1000, 1", "1000, 50", "7, 1", "7, 50", "11, 50", "1, 1"})
  void log_ofManyCommits_neverExceedsTwoSegmentsAndACommit(int commitsUntilARestart, int keys)
      throws SQLException {
    store.withSegmentBytes(1_000); // seven of them
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
  void segment_thatIsFull_goesToTheRowsABitWithEachCommit() throws SQLException {
    store.withSegmentBytes(10_000);
    try (StateStore.Shard shard = acquire()) {
      commit(shard, 0, 90);
      assertThat(rows()).isZero();
      shard.commit(); // nothing
      commit(shard, 90, 100);
      assertThat(List.of(rows(), entries())).containsExactly(0L, 2L);
      long written = 0;
      for (int bit = 1; bit < 10; bit++) {
        commit(shard, 1_000, 1_010); // a tenth of a segment
        assertThat(rows()).isBetween(9L, 12L);
        assertThat(entries()).isEqualTo(2 + bit);
        written += rows();
        execute("DELETE FROM thalweg_state"); // so that it is seen whether one is written again
      }
      commit(shard, 1_000, 1_020);
      assertThat(List.of(written + rows(), entries()))
          .as("the next is full")
          .containsExactly(100L, 10L);
      execute("DELETE FROM thalweg_state");
      commit(shard, 2_000, 2_100);
      assertThat(rows()).as("the first is done with").isEqualTo(20 + 100);
    }
  }

  @Test
  void commit_ofASegment_goesToTheRowsAtOnceWithAllThatTheLogHas() throws SQLException {
    store.withSegmentBytes(10_000);
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
  void key_removedAndWrittenAgain_isFoldedInThatOrder() throws SQLException {
    store.withSegmentBytes(5_000);
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
      for (int bit = 1; bit <= 9; bit++) {
        commit(shard, 0, 5);
        assertThat(rows()).isBetween(5L * bit - 5, 6L * bit);
      }
      assertThat(rows()).isEqualTo(50);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 300, 1 << 20})
  void removals_ofEachKind_areOfWhatIsInRowsAndOfWhatIsInTheLog(long segmentBytes) {
    store.withSegmentBytes(segmentBytes);
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
  void folding_thatFails_losesNoCommitBeforeAndMayBeginAgain() throws SQLException {
    store.withSegmentBytes(10_000);
    try (StateStore.Shard shard = acquire()) {
      commit(shard, 0, 50);
      shard.changes().remove(7L);
      commit(shard, 50, 110);
      commit(shard, 0, 5);
      assertThat(rows()).as("begun").isBetween(1L, 20L);
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
  void tables_ofTheReleaseBeforeTheLog_areTakenUp() throws SQLException {
    store.withSegmentBytes(0);
    try (StateStore.Shard shard = acquire()) {
      commit(shard, 0, 10);
    }
    execute("DROP TABLE thalweg_log");
    store.withSegmentBytes(10_000);
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

  // ---------------------------------------------------------------- what goes wrong

  @Test
  void url_missing_isAsked() {
    assertThatThrownBy(() -> new JdbcStateStore().acquire(task(0, 1, 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a jdbc state store needs a url");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:sqlite:",
        "jdbc:sqlite::memory:",
        "jdbc:sqlite:file::memory:?cache=shared",
        "jdbc:sqlite:file:x?mode=memory"
      })
  void database_inMemory_isRefused(String memory) {
    assertThatThrownBy(() -> new JdbcStateStore(memory).acquire(task(0, 1, 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("state must be in a file to outlive its worker: jdbc:sqlite:");
  }

  @Test
  void database_outOfReach_saysWhere() {
    String nowhere = "jdbc:sqlite:" + folder.resolve("no").resolve("state.db");
    assertThatThrownBy(() -> new JdbcStateStore(nowhere).acquire(task(0, 1, 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(MUST + nowhere + ": ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://me:secret@127.0.0.1:1/state?password=secret",
        "jdbc:unknown://me:secret@127.0.0.1:1/state;password=secret"
      })
  void password_inTheUrl_isNotShown(String url) {
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

  @Test
  void file_readOnly_saysThatItMustBeWritable() {
    acquire().close();
    JdbcStateStore readOnly = new JdbcStateStore(url).withProperty("open_mode", "1");
    assertThatThrownBy(() -> readOnly.acquire(task(0, 1, 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(MUST + url + ": ")
        .hasMessageContaining("readonly");
  }

  @Test
  void tables_ofAnotherRelease_areNamed() throws SQLException {
    acquire().close();
    execute("ALTER TABLE thalweg_shard RENAME COLUMN generation TO layout");
    assertThatThrownBy(this::acquire)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(MUST + url + ": ")
        .hasMessageContaining("no such column: generation");
    try (StateStore.Shard shard = store.withTablePrefix("new_").acquire(task(0, 1, 0))) {
      shard.commit();
    }
  }

  @Test
  void folder_inThePlaceOfTheFile_isNamed() {
    JdbcStateStore ofFolder = new JdbcStateStore("jdbc:sqlite:" + folder);
    assertThatThrownBy(() -> ofFolder.acquire(task(0, 1, 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(MUST + "jdbc:sqlite:" + folder + ": ");
  }

  @Test
  void url_withoutADriver_saysWhatItBeginsWith() {
    assertThatThrownBy(() -> new JdbcStateStore("state.db").acquire(task(0, 1, 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith(
            "url must begin with jdbc: and have its driver on the class path: state.db");
  }

  /** The folder of a worker is removed with it. */
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
  void file_relative_isThatOfTheSubmitter(String url, String expected) {
    String here = Path.of("").toAbsolutePath().toString();
    assertThat(Jdbc.absolute(url)).isEqualTo(expected.replace("HERE", here));
  }

  @Test
  void settings_thatAreNull_areNamed() {
    assertThatThrownBy(() -> store.withUrl(null)).hasMessage("url");
    assertThatThrownBy(() -> store.withTablePrefix(null)).hasMessageEndingWith("first: null");
    assertThatThrownBy(() -> store.withProperty("user", null)).hasMessage("value");
  }

  @Test
  void file_noDatabase_saysSo() throws Exception {
    Files.writeString(folder.resolve("state.db"), "not a database ".repeat(100));
    assertThatThrownBy(this::acquire)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("not a database");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x''", "x'09'", "x'0361'", "x'01FF'", "x'0261'", "'text'"})
  void key_thatWasNeverWritten_isShown(String key) throws SQLException {
    store.withSegmentBytes(0);
    try (StateStore.Shard shard = acquire()) {
      shard.changes().put("a", 0, BYTES);
      shard.commit();
    }
    execute("UPDATE thalweg_state SET \"key\" = " + key);
    try (StateStore.Shard shard = acquire()) {
      assertThatThrownBy(() -> read(shard))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith(
              "state must be readable: scope '' for %s of %s: key must be a string or a long in its binary form: "
                  .formatted(shard.name(), url));
    }
  }

  @Test
  void scope_thatWasNeverWritten_isShown() throws SQLException {
    store.withSegmentBytes(0);
    try (StateStore.Shard shard = acquire()) {
      shard.changes().putOperatorState(BYTES);
      shard.commit();
    }
    execute("UPDATE thalweg_scope SET path = 'a//b'");
    assertThatThrownBy(this::acquire)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(
            "state must be as it was written; scope must not be empty nor hold a slash: ;");
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
  void log_thatWasNeverWritten_isShown(String changes) throws SQLException {
    try (StateStore.Shard shard = acquire()) {
      shard.changes().scope("processor").put("a", 0, BYTES);
      shard.commit();
      execute("UPDATE thalweg_log SET changes = coalesce(" + changes + ", x'')");
      assertThatThrownBy(this::acquire)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith(
              "state must be as it was written; thalweg.storm.changes: damaged record: ")
          .hasMessageEndingWith(" for " + shard.name() + " of " + url);
    }
  }

  @Test
  void table_dropped_endsTheCommitAndTheReading() throws SQLException {
    store.withSegmentBytes(0);
    try (StateStore.Shard shard = acquire()) {
      shard.changes().put("a", 0, BYTES);
      shard.commit();
    }
    try (StateStore.Shard shard = acquire()) {
      execute("DROP TABLE thalweg_state");
      assertThatThrownBy(() -> read(shard))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("state must be readable: scope '' for " + shard.name());
      shard.changes().put("a", 0, BYTES);
      assertThatThrownBy(shard::commit)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith(
              "state store must take the changes; all or none were committed: " + shard.name());
    }
  }

  @Test
  void generation_completeButTheOneBeforeNotDeleted_isAllThatIsInherited() throws SQLException {
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
          .hasMessageContaining("all or none were committed");
      execute("DROP TRIGGER kept");
    }
    try (StateStore.Shard shard = acquire()) {
      assertThat(shard.saved()).hasSize(2).noneMatch(StateStore.SavedShard::own);
      shard.commit();
    }
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM thalweg_shard")) {
      assertThat(row.getInt(1)).isEqualTo(1);
    }
  }

  // ---------------------------------------------------------------- waiting

  @Test
  void database_locked_isWaitedFor() throws Exception {
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
  void database_lockedForTooLong_committedNothing() throws Exception {
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
  void reader_inTheMiddle_readsOnWhileAnotherWrites() {
    store.withSegmentBytes(0);
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
  void newFiles_openedByManyTasksAtOnce_areTakenByAll() throws Exception {
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
