package io.thalweg.storm.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.storm.BoltHarness;
import io.thalweg.storm.FailurePolicy;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TickSpout;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.kafka.Readings;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.storm.Config;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.IRichBolt;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of {@link JdbcSink} on SQLite, on simulated time. */
public class JdbcSinkTest {

  public static final String TABLE =
      "CREATE TABLE IF NOT EXISTS sums (id TEXT PRIMARY KEY, epoch INTEGER NOT NULL,"
          + " number INTEGER NOT NULL, \"group\" TEXT, sum INTEGER, deleted INTEGER)";

  @TempDir Path folder;
  private String url;
  private BoltHarness rig;
  private Time.SimulatedTime time;
  private Driver slowDriver;
  private boolean withLetters = true;

  @BeforeEach
  void start() {
    url = "jdbc:sqlite:" + folder.resolve("sums.db");
    time = new Time.SimulatedTime();
    Time.advanceTime(1_000_000);
  }

  @AfterEach
  void stop() throws SQLException {
    time.close();
    if (slowDriver != null) {
      DriverManager.deregisterDriver(slowDriver);
    }
  }

  JdbcSink sink() {
    return new JdbcSink(url, "sums")
        .withSetup(TABLE)
        .withColumn("group", TupleFields.KEY)
        .withColumn("sum", "sum")
        .withColumn("deleted", TupleFields.DELETED);
  }

  /** Bolt that declares the fields of the sink. */
  static final class Source extends BaseRichBolt {
    private static final long serialVersionUID = 1;

    @Override
    public void prepare(Map<String, Object> conf, TopologyContext context, OutputCollector out) {}

    @Override
    public void execute(Tuple input) {}

    @Override
    public void declareOutputFields(OutputFieldsDeclarer declarer) {
      declarer.declare(
          new Fields("key", "id", "epoch", "number", "record_timestamp", "deleted", "sum"));
    }
  }

  private BoltHarness.Task start(JdbcSink sink) {
    TopologyBuilder builder = new TopologyBuilder();
    builder.setSpout("tick", new TickSpout(Duration.ofMillis(50)));
    builder.setBolt("source", new Source()).globalGrouping("tick", Streams.TICK);
    builder.setBolt("sink", sink).globalGrouping("source").allGrouping("tick", Streams.TICK);
    if (withLetters) {
      builder.setBolt("letters", new Source()).globalGrouping("sink", Streams.DEAD_LETTER);
    }
    rig = new BoltHarness(builder);
    return rig.start("sink");
  }

  private Tuple row(String id, long epoch, long number, long sum) {
    return row(id, epoch, number, sum, false);
  }

  private Tuple row(String id, long epoch, long number, long sum, boolean deleted) {
    List<Object> values = new ArrayList<>(List.of("k", id, epoch, number, 999_000L, deleted, sum));
    return rig.tuple("source", "default", values);
  }

  private Tuple tickOfTheSpout() {
    return rig.tuple("tick", Streams.TICK, new ArrayList<>(List.of(1L)));
  }

  private List<String> rows() {
    return query(url, "SELECT id, epoch, number, \"group\", sum, deleted FROM sums ORDER BY id");
  }

  public static List<String> query(String url, String sql) {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> found = new ArrayList<>();
      while (rows.next()) {
        StringBuilder row = new StringBuilder();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          row.append(i == 1 ? "" : " ").append(rows.getObject(i));
        }
        found.add(row.toString());
      }
      return found;
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void row_afterAPause_isCommittedAtOnceAndThenAcked() {
    BoltHarness.Task task = start(sink());
    Tuple row = row("a", 1, 1, 10);
    task.execute(row);
    assertThat(rows()).containsExactly("a 1 1 k 10 0");
    assertThat(task.recorder().acked).containsExactly(row);
  }

  @Test
  void version_newer_replacesAndOlderOrEqualDoesNot() {
    BoltHarness.Task task = start(sink());
    task.execute(row("a", 2, 5, 25));
    task.execute(row("a", 2, 5, 99));
    task.execute(row("a", 2, 4, 24));
    task.execute(row("a", 1, 9, 19));
    assertThat(rows()).containsExactly("a 2 5 k 25 0");
    task.execute(row("a", 2, 6, 26));
    assertThat(rows()).containsExactly("a 2 6 k 26 0");
    task.execute(row("a", 3, 1, 31));
    assertThat(rows()).containsExactly("a 3 1 k 31 0");
    assertThat(task.recorder().acked).hasSize(6);
    assertThat(task.recorder().counter("unchanged")).isEqualTo(3);
    assertThat(task.recorder().counter("rows")).isEqualTo(6);
  }

  @Test
  void insertOnce_readAgain_leavesTheRowAsItWas() {
    BoltHarness.Task task =
        start(
            sink()
                .withColumn("epoch", TupleFields.EPOCH)
                .withColumn("number", TupleFields.NUMBER)
                .insertOnce());
    task.execute(row("a", 1, 1, 10));
    task.execute(row("a", 9, 9, 99));
    assertThat(query(url, "SELECT id, sum FROM sums")).containsExactly("a 10");
    assertThat(task.recorder().acked).hasSize(2);
  }

  @Test
  void insertOnce_tableWithoutVersion_isAccepted() {
    JdbcSink sink =
        new JdbcSink(url, "facts")
            .withSetup("CREATE TABLE facts (alert TEXT PRIMARY KEY, sum INTEGER)")
            .withColumn("alert", TupleFields.ID)
            .withColumn("sum", "sum")
            .insertOnce();
    start(sink).execute(row("a", 1, 1, 10));
    assertThat(query(url, "SELECT * FROM facts")).containsExactly("a 10");
  }

  /** Starts a sink whose commits take a while, so that rows after the first one wait. */
  private BoltHarness.Task startSlow(JdbcSink sink, long commitMillis) throws SQLException {
    slowDriver = new SlowDriver(commitMillis);
    DriverManager.registerDriver(slowDriver);
    BoltHarness.Task task = start(sink.withUrl(SlowDriver.url(url)));
    task.execute(row("first", 1, 1, 0));
    return task;
  }

  @Test
  void rows_underLoad_waitForAFullBatch() throws SQLException {
    JdbcSink sink = sink().withBatchSize(3);
    BoltHarness.Task task = startSlow(sink, 20);
    task.execute(row("a", 1, 2, 1));
    task.execute(row("b", 1, 3, 2));
    assertThat(rows()).hasSize(1);
    assertThat(task.recorder().acked).hasSize(1);
    task.execute(row("c", 1, 4, 3));
    assertThat(rows()).hasSize(4);
    assertThat(task.recorder().acked).hasSize(4);
    assertThat(task.recorder().counter("commits")).isEqualTo(2);
  }

  @Test
  void rows_underLoad_areCommittedByATickOrARowAfterAPause() throws SQLException {
    BoltHarness.Task task = startSlow(sink(), 20);
    task.execute(row("a", 1, 2, 1));
    assertThat(rows()).hasSize(1);
    task.execute(rig.tick());
    assertThat(rows()).hasSize(2);
    task.execute(row("b", 1, 3, 1));
    assertThat(rows()).hasSize(2);
    task.execute(tickOfTheSpout());
    assertThat(rows()).hasSize(3);
    task.execute(row("c", 1, 4, 1));
    Time.advanceTime(20);
    task.execute(row("d", 1, 5, 1));
    assertThat(rows()).hasSize(5);
  }

  /** Rows are acked before the tick, and a tick that is not acked would stop the source. */
  @Test
  void tick_isAckedAfterTheRowsBeforeIt() throws SQLException {
    BoltHarness.Task task = startSlow(sink(), 20);
    Tuple row = row("a", 1, 2, 1);
    task.execute(row);
    Tuple tick = tickOfTheSpout();
    task.execute(tick);
    assertThat(task.recorder().acked).endsWith(row, tick);
  }

  @Test
  void withMaxDelay_afterALongCommit_boundsThePause() throws SQLException {
    BoltHarness.Task task = startSlow(sink().withMaxDelay(Duration.ofMillis(5)), 60_000);
    Time.advanceTime(5);
    task.execute(row("a", 1, 2, 1));
    assertThat(rows()).hasSize(2);
  }

  @Test
  void listener_isCalledForEveryRowWithChangeAndLatency() {
    List<String> calls = new ArrayList<>();
    BoltHarness.Task task = start(sink());
    JdbcSink sink = (JdbcSink) rig.bolt("sink");
    sink.withListener(
        (row, changed, latency) ->
            calls.add(row.getStringByField("id") + " " + changed + " " + latency));
    task = rig.start("sink", sink);
    task.execute(row("a", 1, 2, 1));
    Time.advanceTime(500);
    task.execute(row("a", 1, 1, 1));
    assertThat(calls).containsExactly("a true 1000", "a false 1500");
  }

  @Test
  void database_failure_throwsAndAcksNothing() throws SQLException {
    BoltHarness.Task task = start(sink());
    try (Connection other = DriverManager.getConnection(url);
        Statement statement = other.createStatement()) {
      statement.execute("DROP TABLE sums");
    }
    assertThatThrownBy(() -> task.execute(row("a", 1, 1, 1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(
            "database must accept every row; none of the batch was acked: 1 rows, from id a to id a,"
                + " for table sums of "
                + url);
    assertThat(task.recorder().log).isEmpty();
  }

  /** SQLite stores a NaN as NULL. */
  @Test
  void row_rejectedByTheDatabase_isNamedByTheIdsOfItsBatch() throws SQLException {
    String strict =
        "CREATE TABLE strict (id TEXT PRIMARY KEY, epoch INTEGER, number INTEGER, sum REAL NOT NULL)";
    JdbcSink sink =
        new JdbcSink(url, "strict").withSetup(strict).withColumn("sum", "sum").withBatchSize(2);
    BoltHarness.Task task = startSlow(sink, 20);
    List<Object> nan = List.of("k", "nan", 1L, 3L, 999_000L, false, Double.NaN);
    task.execute(row("a", 1, 2, 1));
    assertThatThrownBy(() -> task.execute(rig.tuple("source", "default", new ArrayList<>(nan))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(
            "database must accept every row; none of the batch was acked: id nan, for table strict of "
                + SlowDriver.url(url))
        .hasMessageContaining("NOT NULL constraint failed: strict.sum");
  }

  @Test
  void row_refusedByTheDatabase_becomesADeadLetterAndTheOthersAreWritten() throws SQLException {
    String strict =
        "CREATE TABLE strict (id TEXT PRIMARY KEY, epoch INTEGER, number INTEGER, sum REAL NOT NULL)";
    JdbcSink sink =
        new JdbcSink(url, "strict")
            .withSetup(strict)
            .withColumn("sum", "sum")
            .withBatchSize(4)
            .withFailurePolicy(FailurePolicy.deadLetter(2));
    BoltHarness.Task task = startSlow(sink, 20);
    task.execute(row("a", 1, 2, 1));
    task.execute(nan("nan1"));
    task.execute(nan("nan2"));
    List<BoltHarness.EmittedTuple> letters = task.execute(row("b", 1, 5, 2));
    assertThat(query(url, "SELECT id, sum FROM strict"))
        .containsExactly("first 0.0", "a 1.0", "b 2.0");
    assertThat(task.recorder().acked).hasSize(5);
    assertThat(task.recorder().counter("rows")).isEqualTo(3);
    assertThat(task.recorder().counter("deadLetters")).isEqualTo(2);
    assertThat(letters)
        .hasSize(2)
        .extracting(letter -> letter.stream())
        .containsOnly("dead-letter");
    BoltHarness.EmittedTuple letter = letters.get(0);
    assertThat(letter.anchors()).hasSize(1);
    assertThat((String) letter.get("reason"))
        .startsWith("database must accept the row: ")
        .contains("NOT NULL constraint failed: strict.sum");
    assertThat((byte[]) letter.get("record_key")).isEqualTo("nan1".getBytes(UTF_8));
    assertThat(new String((byte[]) letter.get("value"), UTF_8))
        .startsWith("{\"key\":\"k\",\"id\":\"nan1\"")
        .endsWith("\"sum\":\"NaN\"}");

    for (String id : List.of("nan3", "nan4", "nan5")) {
      task.execute(nan(id));
    }
    assertThatThrownBy(() -> task.execute(rig.tick()))
        .as("the third in a row")
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("id nan5");
  }

  private Tuple nan(String id) {
    List<Object> nan = List.of("k", id, 1L, 3L, 999_000L, false, Double.NaN);
    return rig.tuple("source", "default", new ArrayList<>(nan));
  }

  @Test
  void prepare_policyWithoutSubscriber_isRefused() {
    withLetters = false;
    assertThatThrownBy(() -> start(sink().withFailurePolicy(FailurePolicy.deadLetter())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("globalGrouping(\"sink\", Streams.DEAD_LETTER)");
  }

  @Test
  void sideOutputs_lateEventsAndDeadLetters_areStoredOnceEach() {
    TopologyBuilder builder = Readings.topology(Readings.bolt());
    builder
        .setBolt("late", JdbcSink.lateEvents(url, "late_events"))
        .globalGrouping("sums", Streams.LATE);
    builder
        .setBolt("letters", JdbcSink.deadLetters(url, "dead_letters"))
        .globalGrouping("sums", Streams.DEAD_LETTER)
        .globalGrouping("numbers", Streams.DEAD_LETTER);
    rig = new BoltHarness(builder);
    BoltHarness.Task sums = rig.start("sums");
    BoltHarness.Task late = rig.start("late");
    BoltHarness.Task letters = rig.start("letters");
    var translator = Readings.translator(Readings.source());
    for (int copy = 0; copy < 2; copy++) {
      for (int number : new int[] {13, 14, 15}) {
        Tuple event =
            rig.tuple(
                "numbers",
                "default",
                translator.apply(Readings.record(0, number, "a", 1_000, number)));
        for (BoltHarness.EmittedTuple output : sums.execute(event)) {
          switch (output.stream()) {
            case Streams.LATE -> late.execute(output.tuple());
            case Streams.DEAD_LETTER -> letters.execute(output.tuple());
            default -> assertThat(number).isEqualTo(15);
          }
        }
      }
      letters.execute(
          rig.tuple(
              "numbers",
              Streams.DEAD_LETTER,
              translator.apply(Readings.record(1, 5, 1_000, null, "x"))));
    }
    late.execute(rig.tick());
    letters.execute(rig.tick());
    assertThat(query(url, "SELECT * FROM late_events"))
        .singleElement()
        .asString()
        .startsWith("sums/" + Readings.TOPIC_ID + "/0/14/ a 1000 1001 numbers ");
    assertThat(query(url, "SELECT reason, \"offset\" FROM dead_letters ORDER BY \"offset\" DESC"))
        .hasSize(2)
        .first()
        .isEqualTo("number must not be unlucky: 13 13");
    assertThat(query(url, "SELECT value FROM dead_letters WHERE \"offset\" = 13")).hasSize(1);
    late.bolt().cleanup();
    letters.bolt().cleanup();
  }

  @Test
  void sideOutput_tableWithoutId_isStoredOnceByItsOwnKey() {
    TopologyBuilder builder = Readings.topology(Readings.bolt());
    builder
        .setBolt(
            "late",
            new JdbcSink(url, "late")
                .withSetup("CREATE TABLE late (topic TEXT, off BIGINT, PRIMARY KEY (topic, off))")
                .withColumn("topic", TupleFields.TOPIC_ID)
                .withColumn("off", TupleFields.OFFSET)
                .insertOnce())
        .globalGrouping("sums", Streams.LATE);
    rig = new BoltHarness(builder);
    BoltHarness.Task sums = rig.start("sums");
    BoltHarness.Task late = rig.start("late");
    for (int copy = 0; copy < 2; copy++) {
      Tuple event =
          rig.tuple(
              "numbers",
              "default",
              Readings.translator(Readings.source()).apply(Readings.record(0, 5, "a", 1_000, 14)));
      sums.execute(event).forEach(output -> late.execute(output.tuple()));
    }
    late.execute(rig.tick());
    assertThat(query(url, "SELECT * FROM late")).containsExactly(Readings.TOPIC_ID + " 5");
    assertThat(late.recorder().acked).hasSize(2);
    late.bolt().cleanup();
  }

  @Test
  void sideOutput_byVersion_isRefused() {
    TopologyBuilder builder = Readings.topology(Readings.bolt());
    builder
        .setBolt("sink", new JdbcSink(url, "late").withColumn("value", "value"))
        .globalGrouping("sums", Streams.LATE);
    assertThatThrownBy(() -> new BoltHarness(builder).start("sink"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("late events and dead letters need insertOnce()");
  }

  @Test
  void setup_invalidStatement_isNamed() {
    assertThatThrownBy(() -> start(new JdbcSink(url, "t").withSetup("CREATE TABEL t (id TEXT)")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("setup statement must be executable: CREATE TABEL t (id TEXT): ")
        .hasMessageContaining("near \"TABEL\"");
  }

  @Test
  void url_relativePath_isResolvedWhereTheSinkIsCreated() {
    assertThatThrownBy(() -> start(new JdbcSink("jdbc:sqlite:no/such/folder.db", "t")))
        .hasMessageContaining("jdbc:sqlite:" + Path.of("no/such/folder.db").toAbsolutePath());
  }

  @Test
  void withBatchSize_largest_allocatesNothingInAdvance() {
    BoltHarness.Task task = start(sink().withBatchSize(Integer.MAX_VALUE));
    task.execute(row("a", 1, 2, 1));
    assertThat(rows()).hasSize(1);
  }

  @Test
  void options_null_areNamed() {
    assertThatThrownBy(() -> new JdbcSink(url, null)).hasMessageEndingWith("first: null");
    assertThatThrownBy(() -> sink().withColumn(null, "sum")).hasMessageEndingWith("first: null");
    assertThatThrownBy(() -> sink().withProperty(null, "1")).hasMessage("name");
  }

  @Test
  void retraction_withoutAColumnForIt_throws() {
    JdbcSink sink = new JdbcSink(url, "sums").withSetup(TABLE).withColumn("sum", "sum");
    BoltHarness.Task task = start(sink);
    assertThatThrownBy(() -> task.execute(row("a", 1, 1, 1, true)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("withColumn(\"deleted\", \"deleted\")");
    assertThat(task.recorder().log).isEmpty();
  }

  @Test
  void retraction_withAColumnForIt_marksTheRow() {
    BoltHarness.Task task = start(sink());
    task.execute(row("a", 1, 1, 10));
    task.execute(row("a", 1, 2, 10, true));
    assertThat(rows()).containsExactly("a 1 2 k 10 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a;", "a\"b", "1a", "a-b", "tésts", "a.b"})
  void names_otherThanIdentifiers_areRejected(String name) {
    assertThatThrownBy(() -> new JdbcSink(url, name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("table must be letters, digits and underscores, no digit first: " + name);
    assertThatThrownBy(() -> sink().withColumn(name, "f"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void prepare_missingUrlFieldOrColumn_namesIt() {
    assertThatThrownBy(() -> start(new JdbcSink().withTable("t")))
        .hasMessage(
            "url and table must be set, by the constructor or by withUrl and withTable; missing: url");
    assertThatThrownBy(() -> start(sink().withColumn("x", "nowhere")))
        .hasMessageContaining(
            "sink: input default of source must have the field nowhere for column x");
    assertThatThrownBy(() -> start(sink().withColumn("no_such", "sum")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no_such");
    assertThatThrownBy(() -> start(new JdbcSink("jdbc:nosuch://u:secret@h/d?password=secret", "t")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("database must be reachable");
    assertThatThrownBy(() -> start(new JdbcSink("jdbc:sqlite:/no/such/folder/x.db", "t")))
        .hasMessageContaining("jdbc:sqlite:/no/such/folder/x.db");
  }

  @Test
  void configuration_requestsATickPerSecond() {
    IRichBolt bolt = sink();
    assertThat(bolt.getComponentConfiguration())
        .containsEntry(Config.TOPOLOGY_TICK_TUPLE_FREQ_SECS, 1);
  }

  @Test
  void cleanup_doesNotCommitUnackedRows() throws SQLException {
    BoltHarness.Task task = startSlow(sink(), 20);
    task.execute(row("a", 1, 2, 1));
    task.bolt().cleanup();
    assertThat(rows()).hasSize(1);
    assertThat(task.recorder().acked).hasSize(1);
  }

  @Test
  void cleanup_beforeTheLastTuples_ignoresThem() {
    BoltHarness.Task task = start(sink());
    task.bolt().cleanup(); // Storm calls it from another thread, during execute
    task.execute(row("a", 1, 2, 1));
    task.execute(rig.tick());
    assertThat(rows()).isEmpty();
    assertThat(task.recorder().acked).isEmpty();
  }

  @Test
  void retractedRows_areMarkedAndRemovedAfterTheRetention() {
    JdbcSink sink =
        sink()
            .withSetup("ALTER TABLE sums ADD COLUMN written INTEGER")
            .withWrittenColumn("written")
            .withRetention(Duration.ofSeconds(10));
    BoltHarness.Task task = start(sink);
    task.execute(row("kept", 1, 1, 1, false));
    task.execute(row("gone", 1, 2, 2, false));
    task.execute(row("gone", 1, 3, 3, true));
    task.execute(row("gone", 1, 2, 2, false)); // an older version, repeated
    task.execute(rig.tick());
    assertThat(query(url, "SELECT id, deleted, written FROM sums ORDER BY id"))
        .containsExactly("gone 1 1000000", "kept 0 1000000");

    Time.advanceTime(10_000);
    task.execute(row("other", 1, 4, 4, false));
    task.execute(rig.tick());
    assertThat(query(url, "SELECT id FROM sums ORDER BY id"))
        .as("kept at exactly the retention time")
        .containsExactly("gone", "kept", "other");

    Time.advanceTime(1_001);
    task.execute(row("other", 1, 5, 5, false));
    task.execute(rig.tick());
    assertThat(query(url, "SELECT id, written FROM sums ORDER BY id"))
        .containsExactly("kept 1000000", "other 1011001");
    assertThat(task.recorder().counter("removed")).isEqualTo(1);
    task.bolt().cleanup();
  }
}
