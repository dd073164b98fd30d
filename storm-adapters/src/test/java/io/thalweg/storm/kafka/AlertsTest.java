package io.thalweg.storm.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.StateWriter;
import io.thalweg.stats.LongSum;
import io.thalweg.storm.BoltHarness;
import io.thalweg.storm.FailurePolicy;
import io.thalweg.storm.Heartbeat;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.StateStore;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.storm.jdbc.JdbcSink;
import io.thalweg.storm.jdbc.JdbcStateStore;
import io.thalweg.storm.kafka.SpoutDriver.Emission;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.metrics2.StormMetricRegistry;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.topology.IRichBolt;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Each alert of the guide fires in the situation for which it is documented, and not before. */
class AlertsTest {

  private static final long NOW = 1_000_000;

  private final Map<String, Executable> situations = new LinkedHashMap<>();
  private final RecordTranslator<byte[], byte[]> translator =
      Readings.translator(Readings.source());
  @TempDir Path folder;
  private int files;

  AlertsTest() {
    situations.put("`watermarkLagMs` of bolt", this::bolt_watermarkStops);
    situations.put("`heartbeatDelayMs` of bolt", this::bolt_heartbeatsStop);
    situations.put("`commit` (timer) of bolt", this::bolt_storeIsSlow);
    situations.put("`commitBytes` (histogram) of bolt", this::bolt_statesAreLarge);
    situations.put("`commitFailures` of bolt", this::bolt_storeFails);
    situations.put("`pendingAcks` of bolt", this::bolt_commitsLimitTheRate);
    situations.put("`outbox` of bolt", this::bolt_sinkDoesNotAck);
    situations.put("`duplicates` / `events` of bolt", this::bolt_tuplesTimeOut);
    situations.put("`late`, `deadLetters` of bolt", this::bolt_eventsAreLateOrUnreadable);
    situations.put("`unreceived` of bolt", this::bolt_sideStreamsHaveNoSink);
    situations.put("`processor.keys` of bolt", this::bolt_manyKeys);
    situations.put("`processor.waiting` of bolt", this::bolt_eventsWait);
    situations.put("`deadLetters` of spout", this::spout_recordsAreUnreadable);
    situations.put("`unreceived` of spout", this::spout_deadLettersHaveNoSink);
    situations.put("`givenUp` of spout", this::spout_recordFailsForEver);
    situations.put("`removedUnread` of spout", this::spout_retentionOvertakes);
    situations.put("`unconfirmedHeartbeats` of spout", this::spout_sinkDoesNotAck);
    situations.put("`partitionSkewMs` of spout", this::spout_partitionLags);
    situations.put("`waitingBytes` of spout", this::spout_recordsWait);
    situations.put("`rows`, `unchanged` of sink", this::sink_rowsAreRepeated);
    situations.put("`deadLetters` of sink", this::sink_databaseRefusesRows);
  }

  @TestFactory
  Stream<DynamicTest> alerts() throws IOException {
    return alertsOfGuide().stream()
        .map(
            alert ->
                DynamicTest.dynamicTest(
                    alert,
                    () -> {
                      assertThat(situations).as("situations").containsKey(alert);
                      try (Time.SimulatedTime time = new Time.SimulatedTime()) {
                        assertThat(time).isNotNull();
                        Time.advanceTime(NOW);
                        situations.get(alert).execute();
                      }
                    }));
  }

  @Test
  void situations_areAllInTheGuide() throws IOException {
    assertThat(alertsOfGuide()).containsAll(situations.keySet());
  }

  private static Collection<String> alertsOfGuide() throws IOException {
    String guide = Files.readString(Path.of("../docs/operations.md"));
    int start = guide.indexOf("Metrics to alert on:");
    String table = guide.substring(start, guide.indexOf("Further metrics", start));
    Matcher row = Pattern.compile("(?m)^\\| (`[^|]*) \\| ([^|]*) \\|.*\\|$").matcher(table);
    Collection<String> alerts = new TreeSet<>();
    while (row.find()) {
      alerts.add(row.group(1) + " of " + row.group(2));
    }
    return alerts;
  }

  // ---------------------------------------------------------------- bolts

  private String url() {
    return "jdbc:sqlite:" + folder.resolve("state" + files++ + ".db");
  }

  private static ProcessorBolt<String, Long, LongSum> windows(StateStore store) {
    return new ProcessorBolt<String, Long, LongSum>(
            () ->
                WindowedAggregator.of(
                        LongSum.over(Long::longValue), Windows.tumbling(Duration.ofSeconds(10)))
                    .build(),
            Readings::decode,
            TupleMapping.<LongSum>columns().with("sum", sum -> sum.value().longValueExact()))
        .withStateStore(store);
  }

  /** Bolt behind the watermark, whose events wait for it. */
  private static ProcessorBolt<String, Long, Long> ordered(StateStore store) {
    return new ProcessorBolt<String, Long, Long>(
            Readings::sums, Readings::decode, TupleMapping.<Long>columns().with("sum", sum -> sum))
        .withStateStore(store);
  }

  private final class Bolt {
    final BoltHarness rig;
    final BoltHarness.Task task;
    final BoltHarness.Recorder metrics;
    long offset;
    long sequence;

    Bolt(ProcessorBolt<?, ?, ?> bolt) {
      this(bolt, Readings.source());
    }

    Bolt(ProcessorBolt<?, ?, ?> bolt, KafkaSources.Builder source) {
      TopologyBuilder topology = new TopologyBuilder();
      topology.setSpout("numbers", source.lowWatermarkSpout(), 1);
      topology
          .setBolt("sums", bolt, 1)
          .fieldsGrouping("numbers", new Fields(TupleFields.KEY))
          .allGrouping("numbers", Streams.WATERMARK);
      rig = new BoltHarness(topology);
      task = rig.start("sums");
      metrics = task.recorder();
    }

    Tuple event(String key, long timestamp, String value) {
      return rig.tuple(
          "numbers",
          "default",
          translator.apply(
              Readings.record(
                  0, offset++, timestamp, key.getBytes(UTF_8), timestamp + " " + value)));
    }

    Tuple heartbeat(long watermark, boolean idle) {
      Heartbeat.Id id = new Heartbeat.Id(new Heartbeat.Incarnation(1, 7), sequence++);
      return rig.tuple(
          "numbers",
          Streams.WATERMARK,
          new ArrayList<>(
              new Heartbeat(id, watermark, -1, idle, Map.of(), Heartbeat.NO_CLOCK).values()));
    }

    /** Sends a heartbeat after the next commit is due. */
    void advance(long watermark) {
      Time.advanceTime(200);
      task.execute(heartbeat(watermark, false));
    }

    long gauge(String name) {
      return (Long) metrics.gauge(name);
    }
  }

  private void bolt_watermarkStops() {
    Bolt bolt = new Bolt(windows(StateStore.inMemory()));
    bolt.advance(NOW);
    assertThat(bolt.gauge("watermarkLagMs")).isEqualTo(200);
    for (int i = 0; i < 50; i++) {
      bolt.advance(NOW);
    }
    assertThat(bolt.gauge("watermarkLagMs")).isEqualTo(51 * 200);
    Time.advanceTime(60_000);
    assertThat(bolt.gauge("watermarkLagMs")).as("no heartbeat").isEqualTo(60_000 + 51 * 200);
    bolt.task.execute(bolt.heartbeat(NOW, true));
    assertThat(bolt.gauge("watermarkLagMs")).as("all is read and settled").isZero();
  }

  /** A partition without event times holds the watermark from the start. */
  @Test
  void watermarkLag_withoutAWatermark_isTheTimeSinceTheStart() {
    try (Time.SimulatedTime time = new Time.SimulatedTime()) {
      assertThat(time).isNotNull();
      Bolt bolt = new Bolt(windows(StateStore.inMemory()));
      bolt.advance(Long.MIN_VALUE);
      Time.advanceTime(60_000);
      assertThat(bolt.gauge("watermarkLagMs")).isEqualTo(60_200);
    }
  }

  private void bolt_heartbeatsStop() {
    Bolt bolt = new Bolt(windows(StateStore.inMemory()));
    bolt.advance(NOW);
    bolt.advance(NOW);
    assertThat(bolt.gauge("heartbeatDelayMs")).isEqualTo(200);
    Time.advanceTime(2_001);
    assertThat(bolt.gauge("heartbeatDelayMs")).isEqualTo(2_001);
  }

  /** Store whose commits take the given time. */
  private record SlowStore(StateStore store, long millis) implements StateStore {
    private static final long serialVersionUID = 1;

    @Override
    public boolean durable() {
      return store.durable();
    }

    @Override
    public Shard acquire(Task task) {
      Shard shard = store.acquire(task);
      return new Shard() {
        @Override
        public String name() {
          return shard.name();
        }

        @Override
        public long epoch() {
          return shard.epoch();
        }

        @Override
        public List<SavedShard> saved() {
          return shard.saved();
        }

        @Override
        public StateWriter<Object> changes() {
          return shard.changes();
        }

        @Override
        public void requireHeld() {
          shard.requireHeld();
        }

        @Override
        public void commit() {
          Time.advanceTime(millis);
          shard.commit();
        }

        @Override
        public void close() {
          shard.close();
        }
      };
    }
  }

  private void bolt_storeIsSlow() {
    double quarterOfTheTimeout = 30e9 / 4;
    Bolt fast = new Bolt(windows(new JdbcStateStore(url())));
    fast.advance(NOW);
    assertThat(fast.metrics.timer("commit").getSnapshot().get99thPercentile())
        .isLessThan(quarterOfTheTimeout);
    Bolt slow = new Bolt(windows(new SlowStore(new JdbcStateStore(url()), 8_000)));
    slow.advance(NOW);
    assertThat(slow.metrics.timer("commit").getSnapshot().get99thPercentile())
        .isGreaterThan(quarterOfTheTimeout);
  }

  private void bolt_statesAreLarge() {
    Bolt bolt = new Bolt(ordered(new JdbcStateStore(url())));
    for (int i = 0; i < 10; i++) {
      bolt.task.execute(bolt.event("a", NOW, "5"));
      bolt.advance(NOW);
    }
    long before = bolt.metrics.counter("committedBytes");
    assertThat(bolt.metrics.histogram("commitBytes").getSnapshot().get99thPercentile())
        .isPositive()
        .isLessThan(1e6);
    for (int i = 0; i < 11; i++) {
      bolt.task.execute(bolt.event("a", NOW, "5 " + "x".repeat(1_000_000)));
    }
    bolt.advance(NOW);
    assertThat(bolt.metrics.histogram("commitBytes").getSnapshot().get99thPercentile())
        .isGreaterThan(10e6);
    assertThat(bolt.metrics.counter("committedBytes") - before).isGreaterThan(11_000_000);
  }

  private void bolt_storeFails() throws Exception {
    String url = url();
    Bolt bolt = new Bolt(windows(new JdbcStateStore(url)));
    bolt.advance(NOW);
    assertThat(bolt.metrics.counter("commitFailures")).isZero();
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute("DROP TABLE thalweg_log");
    }
    bolt.task.execute(bolt.event("a", NOW, "5"));
    assertThatThrownBy(() -> bolt.advance(NOW)).isInstanceOf(IllegalStateException.class);
    assertThat(bolt.metrics.counter("commitFailures")).isEqualTo(1);
  }

  private void bolt_commitsLimitTheRate() {
    int share = 800 / 2;
    Bolt bolt =
        new Bolt(
            windows(new JdbcStateStore(url())),
            Readings.source().withMaxUncommittedOffsets(2 * share));
    for (int i = 0; i < share - 1; i++) {
      bolt.task.execute(bolt.event("a", NOW, "5"));
      assertThat(bolt.gauge("pendingAcks")).isEqualTo(i + 1);
    }
    bolt.task.execute(bolt.event("a", NOW, "5"));
    assertThat(bolt.gauge("pendingAcks")).as("of the last commit").isEqualTo(share);
  }

  private void bolt_sinkDoesNotAck() {
    Bolt bolt = new Bolt(windows(new JdbcStateStore(url())));
    for (int i = 1; i <= 5; i++) {
      bolt.task.execute(bolt.event("a", NOW + 10_000 * i, "5"));
      bolt.advance(NOW + 10_000 * i + 10_000);
      assertThat(bolt.gauge("outbox")).isEqualTo(i);
    }
  }

  private void bolt_tuplesTimeOut() {
    Bolt bolt = new Bolt(windows(new JdbcStateStore(url())));
    Tuple event = bolt.event("a", NOW, "5");
    bolt.task.execute(event);
    bolt.advance(NOW);
    assertThat(bolt.metrics.counter("duplicates")).isZero();
    bolt.task.execute(event);
    assertThat(bolt.metrics.counter("duplicates") / (double) bolt.metrics.counter("events"))
        .isEqualTo(0.5);
  }

  private void bolt_eventsAreLateOrUnreadable() {
    Bolt bolt = new Bolt(windows(new JdbcStateStore(url())));
    bolt.task.execute(bolt.event("a", NOW, "no number"));
    assertThat(bolt.metrics.counter("deadLetters")).isEqualTo(1);
    bolt.advance(NOW + 20_000);
    bolt.task.execute(bolt.event("a", NOW, "5"));
    assertThat(bolt.metrics.counter("late")).isEqualTo(1);
  }

  private void bolt_sideStreamsHaveNoSink() {
    Bolt bolt = new Bolt(windows(new JdbcStateStore(url())));
    bolt.task.execute(bolt.event("a", NOW, "5"));
    bolt.advance(NOW + 20_000);
    assertThat(bolt.metrics.counter("unreceived")).isZero();
    bolt.task.execute(bolt.event("a", NOW, "no number"));
    bolt.task.execute(bolt.event("a", NOW, "5"));
    assertThat(bolt.metrics.counter("unreceived")).isEqualTo(2);
  }

  private void bolt_manyKeys() {
    Bolt bolt = new Bolt(windows(new JdbcStateStore(url())));
    for (int i = 0; i < 500; i++) {
      bolt.task.execute(bolt.event("key" + i, NOW, "5"));
    }
    bolt.advance(NOW);
    assertThat(bolt.gauge("processor.keys")).isEqualTo(500);
  }

  private void bolt_eventsWait() {
    Bolt bolt = new Bolt(ordered(new JdbcStateStore(url())));
    for (int i = 0; i < 500; i++) {
      bolt.task.execute(bolt.event("a", NOW, "5"));
    }
    bolt.advance(NOW);
    assertThat(bolt.gauge("processor.waiting")).isEqualTo(500);
    bolt.advance(NOW + 1);
    assertThat(bolt.gauge("processor.waiting")).isZero();
  }

  /** A sink that is stalled blocks the thread of the bolt in the emission of its outputs. */
  @Test
  void stalledSink_blocksTheBolt_andTheAlertsFire() throws Exception {
    try (Time.SimulatedTime time = new Time.SimulatedTime()) {
      assertThat(time).isNotNull();
      Time.advanceTime(NOW);
      Bolt bolt = new Bolt(windows(StateStore.inMemory()));
      CountDownLatch stalled = new CountDownLatch(1);
      CountDownLatch resumed = new CountDownLatch(1);
      StormMetricRegistry registry = new StormMetricRegistry();
      BoltHarness.Recorder recorder =
          bolt.rig.new Recorder("sums", registry) {
            @Override
            public List<Integer> emit(String stream, Collection<Tuple> to, List<Object> values) {
              stalled.countDown();
              try {
                resumed.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return super.emit(stream, to, values);
            }
          };
      IRichBolt blocked = bolt.rig.bolt("sums");
      blocked.prepare(
          bolt.rig.conf(), bolt.rig.context("sums", registry), new OutputCollector(recorder));
      Thread thread =
          new Thread(
              () -> {
                blocked.execute(bolt.event("a", NOW, "5"));
                Time.advanceTime(200);
                blocked.execute(bolt.heartbeat(NOW + 20_000, false));
              });
      thread.start();
      assertThat(stalled.await(1, TimeUnit.MINUTES)).isTrue();
      assertThat((Long) recorder.gauge("outbox")).isEqualTo(1);
      Time.advanceTime(60_000);
      assertThat((Long) recorder.gauge("heartbeatDelayMs")).isEqualTo(60_000);
      assertThat((Long) recorder.gauge("watermarkLagMs")).isEqualTo(60_000 + 200 - 20_000);
      resumed.countDown();
      thread.join();
    }
  }

  // ---------------------------------------------------------------- spouts

  private static KafkaSources.Builder source() {
    return KafkaSources.bytes("memory", "numbers")
        .withGroupId("group")
        .withProperty("max.poll.records", 50)
        .withRetryDelays(Duration.ofMillis(50), Duration.ofMillis(50))
        .withMaxFuture(ChronoUnit.FOREVER.getDuration())
        .withHeader(record -> new Header("k", Long.parseLong(new String(record.value(), UTF_8))));
  }

  private static MemoryKafka kafka(int partitions) {
    MemoryKafka kafka = new MemoryKafka("numbers");
    for (int i = 0; i < partitions; i++) {
      kafka.addPartition();
    }
    return kafka;
  }

  private void spout_recordsAreUnreadable() {
    MemoryKafka kafka = kafka(1);
    kafka.append(0, Long.toString(NOW));
    try (SpoutDriver driver = new SpoutDriver(kafka.spout(source()))) {
      driver.until("a record", () -> driver.records.size() == 1);
      assertThat(driver.counter("deadLetters")).isZero();
      kafka.append(0, "none");
      driver.until("a dead letter", () -> driver.counter("deadLetters") == 1);
    }
  }

  private void spout_deadLettersHaveNoSink() {
    MemoryKafka kafka = kafka(1);
    kafka.append(0, Long.toString(NOW));
    try (SpoutDriver driver = new SpoutDriver(kafka.spout(source()))) {
      driver.until("a record", () -> driver.records.size() == 1);
      assertThat(driver.counter("unreceived")).isZero();
      kafka.append(0, "none");
      driver.until("a lost dead letter", () -> driver.counter("unreceived") == 1);
    }
  }

  private void spout_recordFailsForEver() {
    MemoryKafka kafka = kafka(1);
    kafka.append(0, Long.toString(NOW));
    kafka.append(0, Long.toString(NOW + 1));
    try (SpoutDriver driver = new SpoutDriver(kafka.spout(source().withMaxRetries(2)))) {
      driver.onEmission =
          emission -> {
            if (!emission.isHeartbeat() && emission.number(TupleFields.OFFSET) == 0) {
              driver.fail(emission);
              kafka.append(0, Long.toString(NOW)); // its ack makes the next failure count
            } else {
              driver.ack(emission);
            }
          };
      assertThat(driver.counter("givenUp")).isZero();
      driver.until("given up", () -> driver.counter("givenUp") == 1);
    }
  }

  private void spout_retentionOvertakes() {
    MemoryKafka kafka = kafka(1);
    kafka.append(0, Long.toString(NOW));
    KafkaSources.Builder source = source().withCommitPeriod(Duration.ofMillis(200));
    try (SpoutDriver driver = new SpoutDriver(kafka.spout(source))) {
      driver.until("a record", () -> driver.records.size() == 1);
      assertThat(driver.counter("removedUnread")).isZero();
      kafka.stall(0, true);
      for (int i = 0; i < 10; i++) {
        kafka.append(0, Long.toString(NOW + i));
      }
      kafka.deleteBelow(0, 6);
      driver.until("removed", () -> driver.counter("removedUnread") == 5);
    }
  }

  private void spout_sinkDoesNotAck() {
    MemoryKafka kafka = kafka(1);
    try (SpoutDriver driver = new SpoutDriver(kafka.spout(source()))) {
      driver.steps(100);
      assertThat(driver.gauge("unconfirmedHeartbeats")).isLessThan(5);
      List<Emission> held = new ArrayList<>();
      driver.onEmission = held::add;
      driver.steps(520);
      assertThat(driver.gauge("unconfirmedHeartbeats")).isBetween(51L, 55L);
      driver.onEmission = driver::ack;
      held.forEach(driver::ack);
      driver.steps(20);
      assertThat(driver.gauge("unconfirmedHeartbeats")).isLessThan(5);
      Time.advanceTime(11_000); // back-pressure: Storm does not call the spout
      assertThat(driver.gauge("unconfirmedHeartbeats")).isBetween(51L, 60L);
    }
  }

  private void spout_partitionLags() {
    MemoryKafka kafka = kafka(2);
    kafka.append(0, Long.toString(NOW));
    kafka.append(1, Long.toString(NOW + 1_000));
    try (SpoutDriver driver =
        new SpoutDriver(kafka.spout(source().withMaxFuture(Duration.ofMinutes(5))))) {
      driver.until("skew", () -> driver.gauge("partitionSkewMs") == 1_000);
      kafka.append(1, Long.toString(NOW + 70_000));
      driver.until("a minute", () -> driver.gauge("partitionSkewMs") == 70_000);
    }
  }

  private void spout_recordsWait() {
    MemoryKafka kafka = kafka(2);
    kafka.append(0, Long.toString(NOW));
    try (SpoutDriver driver = new SpoutDriver(kafka.spout(source().withMaxWaitingBytes(10_000)))) {
      driver.until("a record", () -> driver.records.size() == 1);
      assertThat(driver.gauge("waitingBytes")).isLessThan(10_000);
      for (int i = 0; i < 100; i++) {
        kafka.append(1, Long.toString(NOW + 10_000 + i));
      }
      driver.until("the bound", () -> driver.gauge("waitingBytes") > 10_000);
    }
  }

  // ---------------------------------------------------------------- sinks

  /** Sink of the results of windows, and a result. */
  private final class Sink {
    final BoltHarness rig;
    final BoltHarness.Recorder metrics;
    final BoltHarness.Task task;
    final List<Object> result;

    Sink(String constraint) {
      String url = url();
      TopologyBuilder topology = Readings.lowWatermarkTopology(windows(StateStore.inMemory()), 1);
      topology
          .setBolt(
              "rows",
              new JdbcSink(url, "sums")
                  .withSetup(
                      "CREATE TABLE sums (id TEXT PRIMARY KEY, epoch BIGINT, number BIGINT"
                          + constraint
                          + ")")
                  .withFailurePolicy(FailurePolicy.deadLetter()))
          .fieldsGrouping("sums", new Fields(TupleFields.ID));
      topology
          .setBolt("letters", JdbcSink.deadLetters(url, "letters"))
          .globalGrouping("rows", Streams.DEAD_LETTER);
      Bolt windows = new Bolt(windows(StateStore.inMemory()));
      windows.task.execute(windows.event("a", NOW, "5"));
      windows.advance(NOW + 20_000);
      result =
          windows.metrics.emissions.stream()
              .filter(each -> each.stream().equals("default"))
              .findFirst()
              .orElseThrow()
              .tuple()
              .getValues();
      rig = new BoltHarness(topology);
      task = rig.start("rows");
      metrics = task.recorder();
    }

    void write() {
      Time.advanceTime(1_000);
      task.execute(rig.tuple("sums", "default", result));
    }
  }

  private void sink_rowsAreRepeated() {
    Sink sink = new Sink("");
    sink.write();
    assertThat(sink.metrics.counter("rows")).isEqualTo(1);
    assertThat(sink.metrics.counter("unchanged")).isZero();
    sink.write();
    assertThat(sink.metrics.counter("unchanged")).isEqualTo(1);
  }

  private void sink_databaseRefusesRows() {
    Sink sink = new Sink(", CHECK (number < 0)");
    assertThat(sink.metrics.counter("deadLetters")).isZero();
    sink.write();
    assertThat(sink.metrics.counter("deadLetters")).isEqualTo(1);
  }
}
