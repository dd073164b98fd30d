package io.thalweg.storm;

import static io.thalweg.storm.kafka.Readings.record;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregates;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Processor;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.storm.BoltHarness.EmittedTuple;
import io.thalweg.storm.jdbc.JdbcStateStore;
import io.thalweg.storm.kafka.Readings;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Tuple;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of {@link FailurePolicy} in {@link ProcessorBolt}. */
class FailurePolicyTest {

  private static final long POISON = 666;
  private static final Pane WINDOW = new Pane(1, 0, 10_000, Pane.Timing.ON_TIME, 0, true);

  @TempDir Path folder;
  private final RecordTranslator<byte[], byte[]> translator =
      Readings.translator(Readings.source());
  private BoltHarness rig;
  private BoltHarness.Task task;

  @AfterEach
  void stop() {
    if (task != null) {
      task.bolt().cleanup();
    }
  }

  /** Running sums per key, which throw for {@link #POISON} after their state has changed. */
  private static final class Sums implements Processor<String, Long, Long> {
    private final Map<String, Long> sums = new HashMap<>();
    private final boolean orderSensitive;

    Sums(boolean orderSensitive) {
      this.orderSensitive = orderSensitive;
    }

    @Override
    public void process(String key, Long number, long timestamp, Output<String, Long> out) {
      long sum = sums.merge(key, number, Long::sum);
      if (number == POISON) {
        throw new IllegalStateException("half done");
      }
      out.emit(key, sum);
    }

    @Override
    public boolean orderSensitive() {
      return orderSensitive;
    }

    @Override
    public void save(StateWriter<String> to) {
      sums.forEach((key, sum) -> to.put(key, 0, ByteBuffer.allocate(8).putLong(sum).array()));
    }

    @Override
    public void restore(StateReader<String> shard) {
      shard.forEach((key, part, state) -> sums.put(key, ByteBuffer.wrap(state).getLong()));
    }
  }

  /** Bolt that receives dead letters. */
  private static final class Letters extends BaseRichBolt {
    private static final long serialVersionUID = 1;

    @Override
    public void prepare(Map<String, Object> conf, TopologyContext context, OutputCollector out) {}

    @Override
    public void execute(Tuple input) {}

    @Override
    public void declareOutputFields(OutputFieldsDeclarer declarer) {}
  }

  private ProcessorBolt<String, Long, Long> bolt(FailurePolicy policy) {
    return Readings.bolt(() -> new Sums(false))
        .withMapping(TupleMapping.<Long>columns().with("sum", sum -> sum))
        .withStateStore(new JdbcStateStore("jdbc:sqlite:" + folder.resolve("state.db")))
        .withCommitInterval(Duration.ofHours(1))
        .withFailurePolicy(policy);
  }

  private void start(TopologyBuilder topology) {
    topology.setBolt("letters", new Letters()).globalGrouping("sums", Streams.DEAD_LETTER);
    rig = new BoltHarness(topology, Map.of("topology.message.timeout.secs", 20_000));
    task = rig.start("sums");
  }

  private List<EmittedTuple> execute(long offset, long number) {
    return task.execute(
        rig.tuple(
            "numbers",
            "default",
            translator.apply(record(0, offset, "a", 1_000 + offset, number))));
  }

  private static void collect(
      EmittedTuple output, Map<String, Object> sums, Set<Object> deadLetters) {
    if (output.stream().equals(Streams.DEAD_LETTER)) {
      deadLetters.add(output.get("offset"));
    } else {
      sums.put((String) output.get("key"), output.get("sum"));
    }
  }

  private static List<Object> sums(List<EmittedTuple> emissions) {
    return emissions.stream()
        .map(each -> each.stream().equals("default") ? each.get("sum") : each.get("reason"))
        .toList();
  }

  @Test
  void processor_throwingHalfWay_leavesTheStateAsWithoutTheRecord() {
    start(Readings.topology(bolt(FailurePolicy.deadLetter())));
    assertThat(execute(0, 1)).isEmpty();
    assertThat(execute(1, 2)).isEmpty();

    List<EmittedTuple> first = execute(2, POISON);
    assertThat(sums(first)).containsExactly(1L, 3L, "processor must not throw: half done");
    assertThat((byte[]) first.get(2).get("value")).isEqualTo("1002 666".getBytes(UTF_8));
    assertThat(first.get(2).get("offset")).isEqualTo(2L);
    assertThat(first.get(2).anchors()).hasSize(1);
    assertThat(task.recorder().acked).hasSize(3);

    assertThat(execute(3, 4)).isEmpty();
    assertThat(sums(execute(4, POISON))).containsExactly(7L, "processor must not throw: half done");
    assertThat(sums(execute(2, POISON)))
        .as("a repetition is answered from the ledger")
        .containsExactly("processor must not throw: half done");
    assertThat(task.recorder().failed).isEmpty();
  }

  @Test
  void processor_throwingBehindOrdered_rejectsTheWaitingRecord() {
    ProcessorBolt<String, Long, Long> bolt =
        bolt(FailurePolicy.deadLetter())
            .withFactory(() -> new Sums(true))
            .withGuarantee(Guarantee.EFFECTIVELY_ONCE);
    start(Readings.lowWatermarkTopology(bolt, 1));
    List<Long> numbers = List.of(1L, POISON, 2L, POISON);
    for (int i = 0; i < numbers.size(); i++) {
      execute(i, numbers.get(i));
    }
    Heartbeat.Id id = new Heartbeat.Id(new Heartbeat.Incarnation(spout(), 7), 0);
    Heartbeat heartbeat = new Heartbeat(id, 5_000, -1, false, Map.of(), Heartbeat.NO_CLOCK);
    List<EmittedTuple> emissions =
        new ArrayList<>(task.execute(rig.tuple("numbers", Streams.WATERMARK, heartbeat.values())));
    emissions.removeIf(each -> each.stream().equals(Streams.WATERMARK));
    assertThat(sums(emissions))
        .containsExactly(
            1L, "processor must not throw: half done", 3L, "processor must not throw: half done");
    assertThat(task.recorder().acked).hasSize(5);
  }

  @Test
  void processor_throwingBehindOrderedWithGoodRecordsBetween_goesOn() {
    ProcessorBolt<String, Long, Long> bolt =
        bolt(FailurePolicy.deadLetter(2))
            .withFactory(() -> new Sums(true))
            .withGuarantee(Guarantee.EFFECTIVELY_ONCE);
    start(Readings.lowWatermarkTopology(bolt, 1));
    List<Long> numbers = List.of(POISON, 1L, POISON, 2L, POISON, 3L, POISON);
    for (int i = 0; i < numbers.size(); i++) {
      execute(i, numbers.get(i));
    }
    Heartbeat.Id id = new Heartbeat.Id(new Heartbeat.Incarnation(spout(), 7), 0);
    Heartbeat heartbeat = new Heartbeat(id, 5_000, -1, false, Map.of(), Heartbeat.NO_CLOCK);
    task.execute(rig.tuple("numbers", Streams.WATERMARK, heartbeat.values()));
    assertThat(task.recorder().acked).hasSize(8);
  }

  @Test
  void processor_throwingBeforeTheFirstHeartbeat_commitsNothing() {
    start(
        Readings.lowWatermarkTopology(
            bolt(FailurePolicy.deadLetter()).withGuarantee(Guarantee.EFFECTIVELY_ONCE), 1));
    assertThat(execute(0, POISON)).isEmpty();
    assertThat(task.recorder().acked).as("the state may be missing").isEmpty();
    Heartbeat.Id id = new Heartbeat.Id(new Heartbeat.Incarnation(spout(), 7), 0);
    Heartbeat heartbeat = new Heartbeat(id, 500, -1, false, Map.of(), Heartbeat.NO_CLOCK);
    task.execute(rig.tuple("numbers", Streams.WATERMARK, heartbeat.values()));
    execute(1, POISON);
    assertThat(task.recorder().acked).hasSize(3);
  }

  private int spout() {
    return rig.context("numbers").getComponentTasks("numbers").get(0);
  }

  @Test
  void processor_throwingInAClosedTask_doesNotFenceItsSuccessor() {
    start(Readings.topology(bolt(FailurePolicy.deadLetter()).withCommitInterval(Duration.ZERO)));
    BoltHarness.Task closed = task;
    closed.bolt().cleanup();
    task = rig.start("sums");
    assertThat(
            closed.execute(
                rig.tuple(
                    "numbers", "default", translator.apply(record(0, 0, "a", 1_000, POISON)))))
        .isEmpty();
    assertThat(sums(execute(1, 2))).containsExactly(2L);
  }

  /** Runs with failures, commits and restarts at random, against a model that skips the records. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void processor_throwingAtRandom_givesTheStateAndTheDeadLettersOfTheModel(long seed) {
    Random random = new Random(seed);
    start(Readings.topology(bolt(FailurePolicy.deadLetter())));
    Map<String, Long> model = new HashMap<>();
    Set<Long> poison = new TreeSet<>();
    Map<String, Object> sums = new HashMap<>();
    Set<Object> letters = new TreeSet<>();
    List<Tuple> unacked = new ArrayList<>();
    for (long offset = 0; offset < 60; offset++) {
      String key = "k" + random.nextInt(3);
      long number = random.nextInt(6) == 0 ? POISON : random.nextInt(100);
      if (number == POISON) {
        poison.add(offset);
      } else {
        model.merge(key, number, Long::sum);
      }
      unacked.add(
          rig.tuple(
              "numbers", "default", translator.apply(record(0, offset, key, offset, number))));
      List<Tuple> toExecute = List.of(unacked.get(unacked.size() - 1));
      if (random.nextInt(10) == 0) { // the worker dies, its tuples are replayed in any order
        task.bolt().cleanup();
        task = rig.start("sums");
        Collections.shuffle(unacked, random);
        toExecute = List.copyOf(unacked);
      }
      for (Tuple tuple : toExecute) {
        int before = task.recorder().acked.size();
        task.execute(tuple).forEach(output -> collect(output, sums, letters));
        unacked.removeAll(task.recorder().acked.subList(before, task.recorder().acked.size()));
      }
    }
    execute(60, POISON).forEach(output -> collect(output, sums, letters)); // commits
    poison.add(60L);
    assertThat(letters).isEqualTo(poison);
    assertThat(sums).isEqualTo(model);
  }

  @Test
  void processor_throwingTooOftenInARow_stops() {
    start(Readings.topology(bolt(FailurePolicy.deadLetter(2))));
    execute(0, 1);
    execute(1, POISON);
    execute(2, POISON);
    execute(3, 2); // ends the row
    execute(4, POISON);
    execute(5, POISON);
    assertThatThrownBy(() -> execute(6, POISON))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("record numbers/0/6 of key a with event time 1006: half done");
    assertThat(task.recorder().acked).as("the rest is committed").hasSize(6);
  }

  private static final TupleMapping<Long> ODD_ONLY =
      TupleMapping.<Long>columns().with("sum", FailurePolicyTest::odd);

  private static Long odd(Long sum) {
    if (sum % 2 == 0) {
      throw new IllegalArgumentException("even");
    }
    return sum;
  }

  @Test
  void mapping_throwing_makesTheResultADeadLetterAndKeepsTheState() {
    start(
        Readings.topology(
            bolt(FailurePolicy.deadLetter())
                .withMapping(ODD_ONLY)
                .withCommitInterval(Duration.ZERO)));
    assertThat(sums(execute(0, 1))).containsExactly(1L);
    EmittedTuple letter = execute(1, 1).get(0);
    assertThat(letter.get("reason"))
        .isEqualTo("mapping must not throw: result of key a at event time 1001: even");
    assertThat(new String((byte[]) letter.get("record_key"), UTF_8))
        .isEqualTo("sums/" + Readings.TOPIC_ID + "/0/1/0");
    assertThat((byte[]) letter.get("value")).isEqualTo("1001 1".getBytes(UTF_8));
    assertThat(sums(execute(2, 1))).containsExactly(3L);
  }

  @Test
  void mapping_throwingForAWindow_namesKeyAndWindow() {
    ProcessorBolt<String, Long, Long> bolt =
        bolt(FailurePolicy.deadLetter())
            .withFactory(
                () ->
                    Processor.stateless(
                        (String key, Long number, long timestamp, Output<String, Long> out) ->
                            out.update(key, WINDOW, number, null)))
            .withMapping(ODD_ONLY)
            .withCommitInterval(Duration.ZERO);
    start(Readings.topology(bolt));
    EmittedTuple letter = execute(0, 2).get(0);
    String reason =
        "mapping must not throw: result of key a at event time 9999, query 1, window from 0 to"
            + " 10000: even";
    assertThat(letter.get("reason")).isEqualTo(reason);
    assertThat(letter.get("offset")).isNull();
    assertThat(new String((byte[]) letter.get("record_key"), UTF_8)).isEqualTo("sums/a/1/0/10000");

    start(Readings.topology(bolt.withFailurePolicy(FailurePolicy.stop())));
    assertThatThrownBy(() -> execute(1, 2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith(reason);
  }

  @Test
  void aggregate_throwingWhenItsWindowCloses_stopsAndNamesTheWindow() {
    ProcessorBolt<String, Long, Long> bolt =
        bolt(FailurePolicy.deadLetter())
            .withFactory(
                () ->
                    WindowedAggregator.of(
                            Aggregates.<Long>count().map(FailurePolicyTest::odd),
                            Windows.tumbling(Duration.ofSeconds(10)))
                        .build())
            .withGuarantee(Guarantee.EFFECTIVELY_ONCE);
    start(Readings.lowWatermarkTopology(bolt, 1));
    execute(0, 5);
    execute(1, 5);
    Heartbeat.Id id = new Heartbeat.Id(new Heartbeat.Incarnation(spout(), 7), 0);
    Heartbeat heartbeat = new Heartbeat(id, 20_000, -1, false, Map.of(), Heartbeat.NO_CLOCK);
    Tuple tuple = rig.tuple("numbers", Streams.WATERMARK, heartbeat.values());
    assertThatThrownBy(() -> task.execute(tuple))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith(
            "advance to watermark 20000: even: results of the window from 0 to 10000");
  }

  @Test
  void mapping_throwingTooOftenInARow_stops() {
    start(
        Readings.topology(
            bolt(FailurePolicy.deadLetter(2))
                .withMapping(ODD_ONLY)
                .withCommitInterval(Duration.ZERO)));
    execute(0, 2);
    execute(1, 2);
    assertThatThrownBy(() -> execute(2, 2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("mapping must not throw");
  }

  @Test
  void mapping_throwingInAReplay_countsOnce() {
    start(Readings.topology(bolt(FailurePolicy.deadLetter(2)).withMapping(ODD_ONLY)));
    execute(0, 2);
    execute(1, POISON); // executes the first record again
    execute(2, 2);
    execute(3, POISON);
    assertThat(task.recorder().acked).hasSize(4);
  }

  @Test
  void prepare_policyWithoutSubscriberOrDurableStore_isRefused() {
    rig = new BoltHarness(Readings.topology(bolt(FailurePolicy.deadLetter())));
    assertThatThrownBy(() -> rig.start("sums"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("globalGrouping(\"sums\", Streams.DEAD_LETTER)");
    assertThatThrownBy(
            () ->
                start(
                    Readings.topology(
                        Readings.bolt().withFailurePolicy(FailurePolicy.deadLetter()))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("set one with withStateStore");
  }

  @Test
  void deadLetter_withoutABound_isRejected() {
    assertThatThrownBy(() -> FailurePolicy.deadLetter(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxConsecutive must be positive, use stop() for none: 0");
    assertThat(FailurePolicy.stop()).hasToString("stop at the first failure");
    assertThat(FailurePolicy.deadLetter(3)).hasToString("dead letter, at most 3 in a row");
  }
}
