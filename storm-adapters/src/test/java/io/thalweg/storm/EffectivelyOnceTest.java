package io.thalweg.storm;

import static io.thalweg.storm.kafka.Readings.record;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Pane;
import io.thalweg.Processor;
import io.thalweg.stats.LongSum;
import io.thalweg.storm.BoltHarness.EmittedTuple;
import io.thalweg.storm.jdbc.JdbcStateStore;
import io.thalweg.storm.kafka.Readings;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.apache.storm.Config;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The order of things in a task that commits, step by step. */
class EffectivelyOnceTest {

  private final RecordTranslator<byte[], byte[]> translator =
      Readings.translator(Readings.source());
  private Time.SimulatedTime time;
  private BoltHarness rig;
  private long sequence;

  @BeforeEach
  void start() {
    time = new Time.SimulatedTime();
    Time.advanceTime(1_000_000);
    rig = new BoltHarness(Readings.lowWatermarkTopology(bolt(), 1));
  }

  @AfterEach
  void stop() {
    time.close();
  }

  private static ProcessorBolt<String, Long, Long> bolt() {
    return new ProcessorBolt<>(
        Readings::sums,
        Readings::decode,
        TupleMapping.<Long>columns().with("sum", s -> s).with("bytes", s -> null));
  }

  /** Answers each number with its double, in any order. */
  private static ProcessorBolt<String, Long, Long> doubles() {
    return bolt()
        .withFactory(() -> Processor.stateless((key, number, t, out) -> out.emit(key, 2 * number)));
  }

  private Tuple event(ConsumerRecord<byte[], byte[]> record) {
    return rig.tuple("numbers", "default", translator.apply(record));
  }

  private Tuple heartbeat(long watermark) {
    return heartbeat(watermark, sequence++, -1, Map.of());
  }

  private Tuple heartbeat(long watermark, long sequence, long confirmed, Map<String, Long> marks) {
    return rig.tuple(
        "numbers",
        Streams.WATERMARK,
        List.of(
            watermark,
            1,
            77L,
            sequence,
            confirmed,
            false,
            SettledMarks.encode(marks),
            Heartbeat.NO_CLOCK));
  }

  @Test
  void outputs_waitForTheCommit_thenLeaveThenAreAcked() {
    BoltHarness.Task task = rig.start("sums", doubles());
    Tuple one = event(record(0, 1, "a", 1_000, 5));
    Tuple two = event(record(0, 2, "b", 1_001, 6));
    assertThat(task.execute(one)).isEmpty();
    assertThat(task.execute(two)).isEmpty();
    Time.advanceTime(200);
    Tuple beat = heartbeat(900);

    List<EmittedTuple> emissions = task.execute(beat);

    assertThat(task.recorder().log)
        .containsExactly("emit default", "emit default", "emit watermark", "ack", "ack", "ack");
    assertThat(task.recorder().acked).containsExactly(one, two, beat);
    assertThat(emissions)
        .extracting(EmittedTuple::anchors)
        .extracting(a -> a.get(0))
        .containsExactly(one, two, beat);
    assertThat(emissions.get(2).get("watermark")).isEqualTo(900L);
    assertThat(emissions.get(2).get("sequence")).isEqualTo(0L);
  }

  @Test
  void repetition_beforeTheCommit_isAckedWithItAndAnsweredToo() {
    BoltHarness.Task task = rig.start("sums", doubles());
    Tuple first = event(record(0, 1, "a", 1_000, 5));
    Tuple again = event(record(0, 1, "a", 1_000, 5));
    task.execute(first);
    task.execute(again);
    assertThat(task.recorder().log).isEmpty();
    Time.advanceTime(200);
    List<EmittedTuple> emissions = task.execute(heartbeat(900));
    assertThat(emissions.subList(0, 2)).extracting(e -> e.get("sum")).containsExactly(10L, 10L);
    assertThat(emissions.get(0).get("number")).isEqualTo(emissions.get(1).get("number"));
    assertThat(emissions.get(1).anchors()).containsExactly(again);
    assertThat(task.recorder().acked).contains(first, again);
    assertThat(task.recorder().counter("applied")).isEqualTo(1);
  }

  @Test
  void orderSensitiveProcessor_waitsForTheWatermarkAndSeesEventTimeOrder() {
    BoltHarness.Task task = rig.start("sums"); // running sums depend on the order
    task.execute(event(record(0, 2, "a", 2_000, 3)));
    task.execute(event(record(0, 1, "a", 1_000, 5)));
    Time.advanceTime(200);
    assertThat(task.execute(heartbeat(1_000)))
        .extracting(EmittedTuple::stream)
        .containsExactly("watermark");
    assertThat(task.recorder().acked).as("what waits is saved, so it is acked").hasSize(3);
    Time.advanceTime(200);
    List<EmittedTuple> released = task.execute(heartbeat(5_000));
    assertThat(released.subList(0, 2)).extracting(e -> e.get("sum")).containsExactly(5L, 8L);
    assertThat(released.subList(0, 2)).extracting(e -> e.get("offset")).containsExactly(1L, 2L);
    assertThat(released.get(2).get("watermark"))
        .as("held below answers that may not have arrived")
        .isEqualTo(1_000L);
    Time.advanceTime(200);
    List<EmittedTuple> next = task.execute(heartbeat(6_000, sequence++, 1, Map.of()));
    assertThat(next.get(0).get("watermark")).as("confirmed").isEqualTo(6_000L);
  }

  @Test
  void heartbeat_thatComesAgain_bringsItsOutputsAgain() {
    BoltHarness.Task task = rig.start("sums");
    task.execute(event(record(0, 1, "a", 1_000, 5)));
    Time.advanceTime(200);
    List<EmittedTuple> first = task.execute(heartbeat(2_000, 0, -1, Map.of()));
    Time.advanceTime(200);
    List<EmittedTuple> again = task.execute(heartbeat(2_000, 0, -1, Map.of()));
    assertThat(again.get(0).tuple().getValues()).isEqualTo(first.get(0).tuple().getValues());
    Time.advanceTime(200);
    assertThat(task.execute(heartbeat(2_000, 1, 0, Map.of())))
        .extracting(EmittedTuple::stream)
        .containsExactly("watermark");
  }

  @Test
  void copiesOfAHeartbeat_inOneCommit_bringItsOutputsOncePerAttempt() {
    BoltHarness.Task task = rig.start("sums");
    task.execute(event(record(0, 1, "a", 1_000, 5)));
    Time.advanceTime(200);
    task.execute(rig.tick());
    Tuple first = heartbeat(2_000, 0, -1, Map.of());
    Tuple copy = rig.copy(first);
    Tuple retry = heartbeat(2_000, 0, -1, Map.of());
    assertThat(task.execute(first)).isEmpty();
    assertThat(task.execute(copy)).isEmpty();
    assertThat(task.execute(retry)).isEmpty();
    Time.advanceTime(200);
    List<EmittedTuple> emissions = task.execute(rig.copy(first));
    assertThat(emissions)
        .extracting(EmittedTuple::stream)
        .containsExactly("default", "watermark", "default", "watermark");
    assertThat(emissions)
        .extracting(e -> e.anchors().get(0))
        .containsExactly(first, first, retry, retry);
    assertThat(task.recorder().acked).hasSize(5).contains(first, copy, retry);
  }

  @Test
  void outputsOfAnIncarnationThatIsGone_comeUnderTheNext() {
    BoltHarness.Task task = rig.start("sums");
    task.execute(event(record(0, 1, "a", 1_000, 5)));
    Time.advanceTime(200);
    Object id = task.execute(heartbeat(2_000)).get(0).get("id");
    Time.advanceTime(200);
    Tuple other =
        rig.tuple(
            "numbers",
            Streams.WATERMARK,
            List.of(
                1_500L, 1, 78L, 0L, -1L, false, SettledMarks.encode(Map.of()), Heartbeat.NO_CLOCK));
    List<EmittedTuple> adopted = task.execute(other);
    assertThat(adopted.get(0).get("id")).isEqualTo(id);
    assertThat(adopted.get(0).anchors()).containsExactly(other);
  }

  @Test
  void settledIds_areForgottenAndStillCountAsApplied() {
    BoltHarness.Task task = rig.start("sums", doubles());
    task.execute(event(record(0, 1, "a", 1_000, 5)));
    Time.advanceTime(200);
    task.execute(heartbeat(900));
    Time.advanceTime(200);
    task.execute(heartbeat(900, sequence++, -1, Map.of(Readings.TOPIC_ID + "/0", 2L)));
    Tuple old = event(record(0, 1, "a", 1_000, 5));
    assertThat(task.execute(old)).isEmpty();
    assertThat(task.recorder().acked).last().isEqualTo(old);
    assertThat(task.recorder().counter("duplicates")).isEqualTo(1);
  }

  @Test
  void emissionAtOnce_leavesBeforeTheCommitAndIsAckedAfter() {
    BoltHarness.Task task =
        rig.start("sums", doubles().withEmission(io.thalweg.storm.Emission.AT_ONCE));
    assertThat(task.execute(event(record(0, 1, "a", 1_000, 5)))).hasSize(1);
    assertThat(task.recorder().acked).isEmpty();
    Time.advanceTime(200);
    assertThat(task.execute(heartbeat(900)))
        .extracting(EmittedTuple::stream)
        .containsExactly("watermark");
    assertThat(task.recorder().acked).hasSize(2);
  }

  @Test
  void shareOfWhatIsInFlight_makesACommitDue() {
    TopologyBuilder builder = new TopologyBuilder();
    builder.setSpout(
        "numbers", Readings.source().withMaxUncommittedOffsets(20).lowWatermarkSpout());
    builder
        .setBolt("sums", doubles(), 1)
        .fieldsGrouping("numbers", new Fields("key"))
        .allGrouping("numbers", Streams.WATERMARK);
    rig = new BoltHarness(builder);
    BoltHarness.Task task = rig.start("sums");
    for (int i = 1; i < 10; i++) {
      assertThat(task.execute(event(record(0, i, "a", 1_000, 5)))).isEmpty();
    }
    assertThat(task.execute(event(record(0, 10, "a", 1_000, 5)))).hasSize(10);
    assertThat(task.execute(event(record(0, 11, "a", 1_000, 5)))).as("counted anew").isEmpty();
  }

  /** Both bolts hold tuples of one spout. */
  @Test
  void share_twoBoltsHoldTuples_isHalfOfEach() {
    TopologyBuilder builder = new TopologyBuilder();
    builder.setSpout(
        "numbers", Readings.source().withMaxUncommittedOffsets(20).lowWatermarkSpout());
    for (String bolt : List.of("sums", "others")) {
      builder
          .setBolt(bolt, doubles(), 1)
          .fieldsGrouping("numbers", new Fields("key"))
          .allGrouping("numbers", Streams.WATERMARK);
    }
    rig = new BoltHarness(builder);
    assertThat(eventsUntilACommit(doubles())).isEqualTo(5);
  }

  /** Without a durable store, commits are cheap and the share is smaller. */
  @Test
  void share_unboundedSpout_isTheMaximum(@TempDir Path folder) {
    StateStore durable = new JdbcStateStore("jdbc:sqlite:" + folder.resolve("state.db"));
    assertThat(eventsUntilACommit(doubles())).isEqualTo(64);
    assertThat(eventsUntilACommit(doubles().withStateStore(durable))).isEqualTo(1_000);
  }

  private int eventsUntilACommit(ProcessorBolt<String, Long, Long> bolt) {
    BoltHarness.Task task = rig.start("sums", bolt);
    task.execute(heartbeat(900));
    int events = 0;
    while (task.recorder().acked.isEmpty()) {
      task.execute(event(record(0, ++events, "a", 1_000, 5)));
    }
    return events;
  }

  /** Two heartbeats are never quite an interval apart: not each second one shall commit. */
  @Test
  void heartbeat_commitsFromHalfAnIntervalOn() {
    BoltHarness.Task task = rig.start("sums", doubles());
    task.execute(event(record(0, 1, "a", 1_000, 5)));
    Time.advanceTime(99);
    assertThat(task.execute(heartbeat(900))).isEmpty();
    Time.advanceTime(1);
    assertThat(task.execute(heartbeat(900))).hasSize(3);
  }

  @Test
  void eventsWithoutAnswers_countTowardsTheMemoryBound() {
    ProcessorBolt<String, Long, Long> silent =
        bolt()
            .withMaxPendingBytes(1_000)
            .withFactory(() -> Processor.stateless((key, number, t, out) -> {}));
    BoltHarness.Task task = rig.start("sums", silent);
    for (int i = 1; i <= 2; i++) {
      assertThat(task.recorder().acked).isEmpty();
      String value = "1000 5 " + "x".repeat(500);
      task.execute(event(record(0, i, 1_005, "a".getBytes(UTF_8), value)));
    }
    assertThat(task.recorder().acked).hasSize(2);
    task.execute(event(record(0, 3, "a", 1_000, 5)));
    assertThat(task.recorder().acked).as("counted anew").hasSize(2);
  }

  @Test
  void resultsOfWindows_countTowardsTheMemoryBound() {
    ProcessorBolt<String, Long, LongSum> windows =
        new ProcessorBolt<String, Long, LongSum>(
                () ->
                    WindowedAggregator.of(
                            LongSum.over(Long::longValue), Windows.tumbling(ofSeconds(10)))
                        .build(),
                Readings::decode,
                TupleMapping.<LongSum>columns()
                    .with("sum", sum -> sum.value().longValueExact())
                    .with("bytes", sum -> null))
            .withMaxPendingBytes(1_000);
    BoltHarness.Task task = rig.start("sums", windows);
    task.execute(event(record(0, 1, "a", 1_000, 5)));
    task.execute(event(record(0, 2, "b", 1_000, 5)));
    assertThat(task.execute(heartbeat(9_999))).isEmpty();
    assertThat(task.execute(heartbeat(10_000))).as("at the same instant").hasSize(4);
  }

  @Test
  void tick_commitsWhatNoHeartbeatDid() {
    BoltHarness.Task task = rig.start("sums", doubles());
    task.execute(event(record(0, 1, "a", 1_000, 5)));
    Time.advanceTime(1_000);
    assertThat(task.execute(rig.tick())).hasSize(1);
  }

  @Test
  void prepare_behindAPlainSpout_saysWhatToUse() {
    assertThatThrownBy(() -> new BoltHarness(Readings.topology(bolt())).start("sums"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("lowWatermarkSpout()")
        .hasMessageContaining("AT_LEAST_ONCE");
  }

  @Test
  void prepare_withoutTheWatermarksOfAnInput_saysWhatToAdd() {
    TopologyBuilder builder = new TopologyBuilder();
    builder.setSpout("numbers", Readings.source().lowWatermarkSpout());
    builder.setBolt("sums", bolt(), 1).fieldsGrouping("numbers", new Fields("key"));
    assertThatThrownBy(() -> new BoltHarness(builder).start("sums"))
        .hasMessageContaining("add allGrouping(\"numbers\", Streams.WATERMARK)");
    builder
        .setBolt("other", bolt(), 2)
        .fieldsGrouping("numbers", new Fields("key"))
        .shuffleGrouping("numbers", Streams.WATERMARK);
    assertThatThrownBy(() -> new BoltHarness(builder).start("other"))
        .hasMessageContaining("use allGrouping(\"numbers\", Streams.WATERMARK)");
  }

  @Test
  void prepare_withTimeoutsOffOrTooShort_saysWhatToSet() {
    assertThatThrownBy(() -> start(Map.of(Config.TOPOLOGY_ENABLE_MESSAGE_TIMEOUTS, false)))
        .hasMessageContaining("set topology.enable.message.timeouts to true");
    assertThatThrownBy(
            () ->
                new BoltHarness(
                        Readings.lowWatermarkTopology(
                            bolt().withCommitInterval(Duration.ofMillis(8_000)), 1),
                        Map.of(Config.TOPOLOGY_MESSAGE_TIMEOUT_SECS, 30))
                    .start("sums"))
        .hasMessageContaining("at least 4 commit intervals of 8000 ms");
  }

  @Test
  void prepare_withTooFewPending_saysHowManyItTakes() {
    assertThatThrownBy(() -> start(Map.of(Config.TOPOLOGY_MAX_SPOUT_PENDING, 100)))
        .hasMessageContaining("set it to at least 200: 100");
    assertThatThrownBy(() -> start(Map.of(Config.TOPOLOGY_MAX_SPOUT_PENDING, "100")))
        .hasMessageContaining("set it to at least 200: 100");
    start(Map.of(Config.TOPOLOGY_MAX_SPOUT_PENDING, 200));

    TopologyBuilder builder = Readings.lowWatermarkTopology(bolt(), 1);
    builder.setSpout("own", Readings.source().lowWatermarkSpout()).setMaxSpoutPending(100);
    Map<String, Object> enough = Map.of(Config.TOPOLOGY_MAX_SPOUT_PENDING, 200);
    assertThatThrownBy(() -> new BoltHarness(builder, enough).start("sums"))
        .hasMessageContaining("set it to at least 200: 100");
  }

  private void start(Map<String, Object> settings) {
    new BoltHarness(Readings.lowWatermarkTopology(bolt(), 1), settings).start("sums");
  }

  @Test
  void windowResults_asInput_areRefused() {
    BoltHarness rig =
        chain(bolt().withMapping(TupleMapping.<Long>columns().with("value", s -> null)));
    Pane pane = new Pane(0, 0, 10, Pane.Timing.ON_TIME, 0, true);
    ProcessorBolt<String, Long, Long> windows =
        bolt()
            .withMapping(TupleMapping.<Long>columns().with("value", s -> null))
            .withCommitInterval(Duration.ZERO)
            .withFactory(
                () -> Processor.stateless((key, n, t, out) -> out.update(key, pane, n, null)));
    BoltHarness.Task first = rig.start("sums", windows);
    Tuple event = rig.tuple("numbers", "default", translator.apply(record(0, 1, "a", 1_000, 5)));
    Tuple result = first.execute(event).get(0).tuple();
    BoltHarness.Task behind = rig.start("behind");
    assertThatThrownBy(() -> behind.execute(result))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "behind: results of windows feed sinks only, since they are revised: default of sums");
  }

  /** Once a bolt, not once a task. */
  @Test
  void stateInMemory_isWarnedOfOnce_withWhatADyingWorkerLoses(@TempDir Path folder) {
    StateStore durable = new JdbcStateStore("jdbc:sqlite:" + folder.resolve("state.db"));
    assertThat(warnings(bolt().withStateStore(durable))).isEmpty();
    assertThat(warnings(bolt().withGuarantee(Guarantee.AT_LEAST_ONCE))).isEmpty();
    assertThat(warnings(bolt()))
        .singleElement()
        .asString()
        .startsWith("sums keeps its state in the memory of the worker. If the worker dies, ")
        .contains("the state of the processor and the ledger are lost")
        .endsWith("with withStateStore(new JdbcStateStore(...)).");
  }

  private static List<String> warnings(ProcessorBolt<?, ?, ?> bolt) {
    List<String> warnings = new ArrayList<>();
    Logger logger = (Logger) LogManager.getLogger(ProcessorBolt.class);
    Appender appender =
        new AbstractAppender("warnings", null, null, true, Property.EMPTY_ARRAY) {
          @Override
          public void append(LogEvent event) {
            warnings.add(event.getMessage().getFormattedMessage());
          }
        };
    appender.start();
    Level before = logger.getLevel();
    logger.setLevel(Level.WARN);
    logger.addAppender(appender);
    logger.setAdditive(false); // heard here alone
    try {
      BoltHarness rig = new BoltHarness(Readings.lowWatermarkTopology(bolt, 2));
      for (int index = 0; index < 2; index++) {
        rig.start("sums", index).bolt().cleanup();
      }
    } finally {
      logger.removeAppender(appender);
      logger.setAdditive(true);
      logger.setLevel(before);
    }
    return warnings;
  }

  @Test
  void prepare_behindABoltWhoseAnswersAreNoEvents_saysWhatToAdd() {
    assertThatThrownBy(() -> chain(bolt()).start("behind"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(
            "behind: input default of sums must have the field value, the bytes of an event: add the"
                + " column to the mapping of that bolt: [key, ");
  }

  private static BoltHarness chain(ProcessorBolt<String, Long, Long> first) {
    TopologyBuilder topology = Readings.lowWatermarkTopology(first, 1);
    topology
        .setBolt("behind", bolt())
        .fieldsGrouping("sums", new Fields(TupleFields.KEY))
        .allGrouping("sums", Streams.WATERMARK);
    return new BoltHarness(topology);
  }
}
