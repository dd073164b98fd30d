package io.thalweg.storm.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.storm.BoltHarness;
import io.thalweg.storm.FailurePolicy;
import io.thalweg.storm.StateStore;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TickSpout;
import io.thalweg.storm.TupleFields;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tests of {@link JdbcSink} and {@link JdbcStateStore} that need PostgreSQL. */
class PostgresSinkTest {

  private static final String TABLE =
      "CREATE TABLE sums (id TEXT PRIMARY KEY, epoch BIGINT, number BIGINT, k TEXT, sum BIGINT)";

  private static EmbeddedPostgres server;
  private BoltHarness rig;
  private BoltHarness.Task task;

  @BeforeAll
  static void start() throws IOException {
    server = EmbeddedPostgres.builder().setServerConfig("fsync", "off").start();
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
  }

  @AfterEach
  void drop() throws SQLException {
    if (task != null) {
      task.bolt().cleanup();
    }
    execute("DROP TABLE IF EXISTS sums");
  }

  private static String url() {
    return server.getJdbcUrl("postgres", "postgres");
  }

  private static void execute(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static JdbcSink sink(String url) {
    return new JdbcSink(url, "sums")
        .withSetup(TABLE)
        .withMaxDelay(Duration.ofHours(1))
        .withColumn("k", TupleFields.KEY)
        .withColumn("sum", "sum");
  }

  private void start(JdbcSink sink) {
    TopologyBuilder builder = new TopologyBuilder();
    builder.setSpout("tick", new TickSpout(Duration.ofMillis(50)));
    builder.setBolt("source", new JdbcSinkTest.Source()).globalGrouping("tick", Streams.TICK);
    builder.setBolt("sink", sink).globalGrouping("source");
    builder
        .setBolt("letters", new JdbcSinkTest.Source())
        .globalGrouping("sink", Streams.DEAD_LETTER);
    rig = new BoltHarness(builder);
    task = rig.start("sink");
  }

  private void write(String key, String id, long number) {
    List<Object> values = new ArrayList<>(List.of(key, id, 1L, number, 999_000L, false, number));
    Tuple row = rig.tuple("source", "default", values);
    task.execute(row);
  }

  private static List<String> rows() {
    return JdbcSinkTest.query(url(), "SELECT id, k, sum FROM sums ORDER BY id");
  }

  @Test
  void text_withANul_isStoredWithItsSymbol() {
    start(sink(url()));
    write("a\0b", "sums/a\0b/1", 1);
    write("c", "sums/c/1", 2);
    task.execute(rig.tick());
    assertThat(rows()).containsExactly("sums/a\u2400b/1 a\u2400b 1", "sums/c/1 c 2");
    assertThat(task.recorder().acked).hasSize(2);
  }

  @Test
  void batch_rewrittenByTheDriver_keepsTheNewestVersionOfEachId() throws SQLException {
    SlowDriver driver = new SlowDriver(1_000); // so that rows wait for a batch
    DriverManager.registerDriver(driver);
    try (Time.SimulatedTime time = new Time.SimulatedTime()) {
      assertThat(time).isNotNull();
      start(sink(SlowDriver.url(url() + "&reWriteBatchedInserts=true")));
      write("k", "first", 0);
      for (int version = 1; version <= 3; version++) {
        for (String id : List.of("a", "b", "c")) {
          write("k", id, version);
          write("k", id, version - 1);
        }
      }
      assertThat(rows()).containsExactly("first k 0");
      task.execute(rig.tick());
      assertThat(rows()).containsExactly("a k 3", "b k 3", "c k 3", "first k 0");
      assertThat(task.recorder().acked).hasSize(19);
    } finally {
      DriverManager.deregisterDriver(driver);
    }
  }

  @Test
  void id_tooLongForTheIndex_becomesADeadLetter() {
    start(sink(url()).withFailurePolicy(FailurePolicy.deadLetter()));
    write("first", "first", 0);
    String longId = StateStoreContract.longKey();
    write("k", "a", 1);
    write("k", longId, 2);
    write("k", "b", 3);
    task.execute(rig.tick());
    List<BoltHarness.EmittedTuple> letters = task.recorder().emissions;
    assertThat(rows()).containsExactly("a k 1", "b k 3", "first first 0");
    assertThat(letters).hasSize(1);
    assertThat((String) letters.get(0).get("reason"))
        .startsWith("database must accept the row: ERROR: index row");
    assertThat(task.recorder().acked).hasSize(4);
  }

  @Test
  void waits_onPostgres_areBoundedUnlessTheUserBoundsThem() throws SQLException {
    String settings =
        "CREATE TABLE sums AS SELECT name AS id, setting AS k, 0 AS epoch, 0 AS number, 0 AS sum"
            + " FROM pg_settings WHERE name IN ('lock_timeout', 'statement_timeout')";
    start(new JdbcSink(url(), "sums").withSetup(settings));
    assertThat(rows()).containsExactly("lock_timeout 30000 0", "statement_timeout 300000 0");
    task.bolt().cleanup();
    execute("DROP TABLE sums");
    start(
        new JdbcSink(url(), "sums")
            .withSetup(settings)
            .withProperty("options", "-c statement_timeout=1h"));
    assertThat(rows()).containsExactly("lock_timeout 30000 0", "statement_timeout 3600000 0");
  }

  @Test
  void commit_lockedByAnother_namesTheRemedy() throws SQLException {
    JdbcStateStore store =
        new JdbcStateStore(url())
            .withTablePrefix("locked_")
            .withProperty("options", "-c lock_timeout=50ms");
    StateStore.Task holder = new StateStore.Task("job", "bolt", 0, 1, 0);
    try (StateStore.Shard shard = store.acquire(holder);
        Connection other = DriverManager.getConnection(url());
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE locked_shard IN ACCESS EXCLUSIVE MODE");
      assertThatThrownBy(shard::commit)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("lock timeout")
          .hasMessageContaining("find the holder of the lock in pg_locks");
      other.rollback();
    }
  }
}
