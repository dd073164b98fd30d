package io.thalweg.storm;

import static io.thalweg.storm.kafka.Readings.record;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Pane;
import io.thalweg.stats.LongSum;
import io.thalweg.storm.jdbc.JdbcSink;
import io.thalweg.storm.jdbc.JdbcStateStore;
import io.thalweg.storm.kafka.Readings;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Metrics of the bolts, and their list in the guide. */
class MetricsTest {

  /** Nothing measured is brought up to date later than this. */
  private static final int SECOND = 1_000;

  private final RecordTranslator<byte[], byte[]> translator =
      Readings.translator(Readings.source());
  @TempDir Path folder;
  private Time.SimulatedTime time;
  private BoltHarness rig;
  private BoltHarness.Task task;
  private long sequence;

  @BeforeEach
  void start() {
    time = new Time.SimulatedTime();
    Time.advanceTime(1_000_000);
    ProcessorBolt<String, Long, LongSum> windows =
        new ProcessorBolt<String, Long, LongSum>(
                () ->
                    WindowedAggregator.of(
                            LongSum.over(Long::longValue), Windows.tumbling(ofSeconds(10)))
                        .build(),
                Readings::decode,
                TupleMapping.<LongSum>columns().with("sum", sum -> sum.value().longValueExact()))
            .withStateStore(new JdbcStateStore(url()));
    TopologyBuilder topology = Readings.lowWatermarkTopology(windows, 1);
    topology
        .setBolt("rows", new JdbcSink("jdbc:sqlite:" + folder.resolve("rows.db"), "sums"))
        .fieldsGrouping("sums", new Fields(TupleFields.ID));
    rig = new BoltHarness(topology);
    task = rig.start("sums");
  }

  @AfterEach
  void stop() {
    task.bolt().cleanup();
    time.close();
  }

  private String url() {
    return "jdbc:sqlite:" + folder.resolve("state.db");
  }

  private Tuple event(long offset, String key, long timestamp, String value) {
    return rig.tuple(
        "numbers",
        "default",
        translator.apply(
            record(0, offset, timestamp + 5, key.getBytes(), timestamp + " " + value)));
  }

  private void heartbeat(long watermark, long confirmed) {
    Time.advanceTime(SECOND);
    byte[] marks = SettledMarks.encode(Map.of());
    task.execute(
        rig.tuple(
            "numbers",
            Streams.WATERMARK,
            new ArrayList<>(
                List.of(
                    watermark, 1, 7L, sequence++, confirmed, false, marks, Heartbeat.NO_CLOCK))));
  }

  @Test
  void metrics_ofABolt_sayWhatHappened() {
    task.execute(event(1, "a", 990_000, "5"));
    task.execute(event(2, "a", 990_001, "6"));
    task.execute(event(2, "a", 990_001, "6"));
    task.execute(event(3, "b", 995_000, "7"));
    task.execute(event(4, "b", 995_000, "no number"));
    heartbeat(995_000, -1);
    BoltHarness.Recorder of = task.recorder();

    assertThat(of.counter("events")).isEqualTo(5);
    assertThat(of.counter("applied")).isEqualTo(4);
    assertThat(of.counter("duplicates")).isEqualTo(1);
    assertThat(of.counter("deadLetters")).isEqualTo(1);
    assertThat(of.counter("results")).isZero();
    assertThat(of.counter("windowsClosed")).isZero();
    assertThat(of.gauge("processor.keys")).isEqualTo(2L);
    assertThat(of.gauge("watermarkLagMs")).isEqualTo(1_001_000L - 995_000);
    assertThat(of.gauge("heartbeatDelayMs")).isEqualTo(1_000L);
    assertThat(of.gauge("pendingAcks")).isEqualTo(6L);
    assertThat(of.gauge("outbox")).as("the dead letter").isEqualTo(1L);
    assertThat(of.histogram("commitBytes").getSnapshot().getValues()).hasSize(1);
    assertThat(of.counter("committedBytes")).isPositive();
    assertThat(of.timer("commit").getCount()).isEqualTo(1);
    assertThat(of.counter("commitFailures")).isZero();

    heartbeat(1_000_000, -1);
    task.execute(event(5, "b", 990_000, "8"));
    heartbeat(1_000_000, 0);

    assertThat(of.counter("results")).isEqualTo(2);
    assertThat(of.counter("windowsClosed")).isEqualTo(2);
    assertThat(of.counter("late")).isEqualTo(1);
    assertThat(of.gauge("processor.keys")).isEqualTo(0L);
    assertThat(of.gauge("outbox")).as("two windows, a dead letter, a late event").isEqualTo(4L);
    assertThat(of.timer("commit").getCount()).isEqualTo(3);

    heartbeat(1_000_000, 1);
    assertThat(of.gauge("outbox")).as("the windows have arrived").isEqualTo(2L);
  }

  @Test
  void latency_isThatOfAnswers_fromKafkaToTheirEmission() {
    ProcessorBolt<String, Long, Long> bolt = Readings.bolt();
    rig = new BoltHarness(Readings.topology(bolt));
    BoltHarness.Task sums = rig.start("sums");
    sums.execute(event(1, "a", 990_000, "5"));
    assertThat(sums.recorder().histogram("latencyMs").getSnapshot().getValues())
        .containsExactly(1_000_000 - 990_005);
  }

  @Test
  void windowsClosed_areThoseWhoseFirstFinalResultCame() {
    ProcessorBolt<String, Long, Long> bolt =
        Readings.bolt(
            () ->
                (key, number, timestamp, out) -> {
                  for (Pane.Timing timing : Pane.Timing.values()) {
                    out.update(key, new Pane(0, 0, 10, timing, 0, false), number, null);
                  }
                  out.retract(key, new Pane(0, 0, 10, Pane.Timing.ON_TIME, 0, false), number);
                });
    rig = new BoltHarness(Readings.topology(bolt));
    BoltHarness.Task sums = rig.start("sums");
    sums.execute(event(1, "a", 990_000, "5"));
    assertThat(sums.recorder().counter("results")).isEqualTo(4);
    assertThat(sums.recorder().counter("windowsClosed")).isEqualTo(1);
  }

  @Test
  void commitThatFails_isCounted() throws Exception {
    task.execute(event(1, "a", 990_000, "5"));
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      statement.execute("DROP TABLE thalweg_log");
    }
    assertThatThrownBy(() -> heartbeat(995_000, -1)).isInstanceOf(IllegalStateException.class);
    assertThat(task.recorder().counter("commitFailures")).isEqualTo(1);
    assertThat(task.recorder().timer("commit").getCount()).isZero();
  }

  /** The guide names two metrics of a processor for all. */
  @Test
  void guide_namesAllMetrics_andNoOthers() throws Exception {
    Set<String> bolt = new TreeSet<>(task.recorder().metrics());
    bolt.removeIf(name -> name.startsWith("processor."));
    bolt.addAll(Set.of("processor.keys", "processor.waiting"));
    JdbcSink sink =
        new JdbcSink("jdbc:sqlite:" + folder.resolve("rows.db"), "sums")
            .withSetup("CREATE TABLE sums (id TEXT PRIMARY KEY, epoch BIGINT, number BIGINT)");
    Set<String> rows = rig.start("rows", sink).recorder().metrics();
    // The spout's are registered when it opens, which takes a broker.
    Set<String> spout =
        Set.of(
            "deadLetters",
            "unreceived",
            "retries",
            "givenUp",
            "removedUnread",
            "unacked",
            "watermarkLagMs",
            "unconfirmedHeartbeats",
            "partitionSkewMs",
            "waitingBytes");

    String guide = Files.readString(Path.of("../docs/operations.md"));
    assertThat(named(guide, "bolt")).isEqualTo(bolt);
    assertThat(named(guide, "sink")).isEqualTo(rows);
    assertThat(named(guide, "spout")).isEqualTo(spout);
  }

  /** The metrics in the rows of the guide's tables whose second column holds a component. */
  private static Set<String> named(String guide, String component) {
    Set<String> names = new TreeSet<>();
    Pattern row = Pattern.compile("(?m)^\\| (`[^|]*) \\| ([^|]*) \\|.*\\|$");
    row.matcher(guide)
        .results()
        .filter(found -> List.of(found.group(2).split(", ")).contains(component))
        .map(found -> found.group(1))
        .forEach(
            cell ->
                Pattern.compile("`([^`]+)`")
                    .matcher(cell)
                    .results()
                    .map((MatchResult name) -> name.group(1))
                    .forEach(names::add));
    return names;
  }
}
