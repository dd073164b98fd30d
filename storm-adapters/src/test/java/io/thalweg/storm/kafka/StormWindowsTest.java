package io.thalweg.storm.kafka;

import static io.thalweg.storm.kafka.Readings.record;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregates;
import io.thalweg.storm.BoltHarness;
import io.thalweg.storm.BoltHarness.EmittedTuple;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.SettledMarks;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.storm.kafka.spout.KafkaTuple;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.topology.StormWatermark;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.topology.base.BaseWindowedBolt;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.apache.storm.windowing.TupleWindow;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Comparison of Storm's windowed bolt with a processor bolt on the same records: windows of ten
 * seconds, and records with a bounded disorder. Storm's bolt acks some records that were in no
 * window, without notice. The counts are those in the documentation.
 */
class StormWindowsTest {

  private static final int SIZE = 10_000;

  private Time.SimulatedTime time;

  @BeforeEach
  void start() {
    time = new Time.SimulatedTime();
    Time.advanceTime(2_000_000);
    CountingBolt.reset();
  }

  @AfterEach
  void stop() {
    time.close();
  }

  /** Windowed bolt as a user writes it. */
  private static final class CountingBolt extends BaseWindowedBolt {
    private static final long serialVersionUID = 1;

    /** Static, because Storm serializes bolts. */
    private static Consumer<TupleWindow> windows;

    private static Set<String> counted;

    static void reset() {
      windows = window -> {};
      counted = new HashSet<>();
    }

    @Override
    public void execute(TupleWindow window) {
      windows.accept(window);
      window.get().forEach(tuple -> counted.add(place(tuple)));
    }
  }

  private static String place(Tuple tuple) {
    return tuple.getIntegerByField(TupleFields.PARTITION)
        + "/"
        + tuple.getLongByField(TupleFields.OFFSET);
  }

  /** Storm's windowed bolt, with its timer called by the test. */
  private static final class StormBolt {
    private final BoltHarness rig;
    private final BoltHarness.Task task;
    private final RecordTranslator<byte[], byte[]> translator =
        Readings.translator(
            Readings.source().withMaxFuture(ChronoUnit.FOREVER.getDuration())); // as Storm's

    StormBolt(int lag) {
      this(new CountingBolt(), lag);
    }

    StormBolt(BaseWindowedBolt bolt, int lag) {
      TopologyBuilder builder = new TopologyBuilder();
      builder.setSpout("numbers", Readings.source().spout());
      builder
          .setBolt(
              "windows",
              bolt.withTumblingWindow(BaseWindowedBolt.Duration.of(SIZE))
                  .withTimestampField(TupleFields.TIMESTAMP)
                  .withLag(BaseWindowedBolt.Duration.of(lag))
                  .withWatermarkInterval(BaseWindowedBolt.Duration.hours(1)))
          .shuffleGrouping("numbers");
      rig = new BoltHarness(builder);
      task = rig.start("windows");
    }

    void receive(ConsumerRecord<byte[], byte[]> record) {
      task.bolt().execute(rig.tuple("numbers", "default", translator.apply(record)));
    }

    void advance() {
      StormWatermark.fire(task.bolt());
    }

    /** Returns the records that were acked although no window contained them. */
    Set<String> lost() {
      Set<String> lost = new HashSet<>();
      task.recorder().acked.forEach(tuple -> lost.add(place(tuple)));
      lost.removeAll(CountingBolt.counted);
      return lost;
    }

    void close() {
      task.bolt().cleanup();
    }
  }

  /** A processor bolt behind the watermark of a {@link LowWatermarkKafkaSpout}. */
  private static final class ThalwegBolt {
    private final BoltHarness rig;
    private final BoltHarness.Task task;
    private final RecordTranslator<byte[], byte[]> translator;
    private final LowWatermark<Integer> low;
    private final Map<String, Long> windows = new HashMap<>();
    final List<Tuple> late = new ArrayList<>();
    int deadLetters;
    private int settled;

    ThalwegBolt(int disorder, int partitions) {
      KafkaSources.Builder source =
          Readings.source()
              .withDisorder(Duration.ofMillis(disorder))
              .withMaxFuture(Duration.ofMinutes(1));
      translator = Readings.translator(source);
      low = new LowWatermark<>(disorder, 5_000, LowWatermark.NO_DISTANCE);
      for (int i = 0; i < partitions; i++) {
        low.assign(
            i, Readings.TOPIC_ID + "/" + i, 0, InFlightOffsets.NO_TIME, Time.currentTimeMillis());
      }
      rig =
          new BoltHarness(
              Readings.lowWatermarkTopology(
                  new ProcessorBolt<String, Long, Long>(
                      () ->
                          WindowedAggregator.of(
                                  Aggregates.<Long>count(),
                                  Windows.tumbling(Duration.ofMillis(SIZE)))
                              .build(),
                      Readings::decode,
                      TupleMapping.<Long>columns().with("n", n -> n)),
                  1));
      task = rig.start("sums");
    }

    void receive(ConsumerRecord<byte[], byte[]> record) {
      List<Object> values = translator.apply(record);
      if (((KafkaTuple) values).getStream().equals(Streams.DEAD_LETTER)) {
        low.onEmitted(record.partition(), record.offset(), InFlightOffsets.NO_TIME);
        low.onSettled(record.partition(), record.offset());
        deadLetters++;
        return;
      }
      Tuple tuple = rig.tuple("numbers", "default", values);
      low.onEmitted(
          record.partition(), record.offset(), tuple.getLongByField(TupleFields.TIMESTAMP));
      collect(task.execute(tuple));
    }

    void advance() {
      Time.advanceTime(200);
      low.advance(Time.currentTimeMillis());
      collect(
          task.execute(
              rig.tuple(
                  "numbers",
                  Streams.WATERMARK,
                  List.of(
                      low.watermark(),
                      1,
                      77L,
                      low.nextSequence(),
                      low.confirmed(),
                      low.isIdle(),
                      SettledMarks.encode(low.marks()),
                      low.clock()))));
      List<Tuple> acked = task.recorder().acked;
      for (; settled < acked.size(); settled++) {
        Tuple tuple = acked.get(settled);
        if (tuple.getSourceStreamId().equals(Streams.WATERMARK)) {
          low.confirm(tuple.getLongByField(TupleFields.SEQUENCE));
        } else {
          low.onSettled(
              tuple.getIntegerByField(TupleFields.PARTITION),
              tuple.getLongByField(TupleFields.OFFSET));
        }
      }
    }

    private void collect(List<EmittedTuple> emissions) {
      for (EmittedTuple each : emissions) {
        if (each.stream().equals("default")) {
          windows.put((String) each.get(TupleFields.ID), (Long) each.get("n"));
        } else if (each.stream().equals(Streams.LATE)) {
          late.add(each.tuple());
        }
      }
    }

    /** Ends the stream, and returns the number of records in the windows. */
    long counted() {
      low.end();
      advance();
      return windows.values().stream().mapToLong(n -> n).sum();
    }
  }

  @Test
  void partitionHalfAMinuteBehind_stormLoses299Of300Records() {
    StormBolt storm = new StormBolt(5_000);
    ThalwegBolt thalweg = new ThalwegBolt(5_000, 2);
    for (int i = 0; i < 300; i++) {
      // in order within each partition, one record a second
      for (ConsumerRecord<byte[], byte[]> record :
          List.of(
              record(0, i, "a", 1_000_000 + i * 1_000L, i),
              record(1, i, "b", 1_030_000 + i * 1_000L, i))) {
        storm.receive(record);
        thalweg.receive(record);
      }
      storm.advance();
      thalweg.advance();
    }

    assertThat(storm.lost()).hasSize(299).allMatch(place -> place.startsWith("0/"));
    assertThat(thalweg.counted()).isEqualTo(600);
    assertThat(thalweg.late).isEmpty();
    storm.close();
  }

  @Test
  void recordADayAhead_stormLoses899Of1000Records() {
    StormBolt storm = new StormBolt(5_000);
    ThalwegBolt thalweg = new ThalwegBolt(5_000, 1);
    for (int i = 0; i < 1_000; i++) {
      long now = 1_000_000 + i * 100L;
      ConsumerRecord<byte[], byte[]> record =
          i == 100
              ? record(0, i, now, "a".getBytes(), now + 86_400_000 + " 1")
              : record(0, i, "a", now, i);
      storm.receive(record);
      thalweg.receive(record);
      storm.advance();
      thalweg.advance();
    }

    assertThat(storm.lost()).hasSize(899);
    assertThat(thalweg.counted()).isEqualTo(999);
    assertThat(thalweg.deadLetters).isEqualTo(1);
    assertThat(thalweg.late).isEmpty();
    storm.close();
  }

  @Test
  void recordDuringTheWindowFunction_stormAcksItUncounted() throws InterruptedException {
    StormBolt storm = new StormBolt(new CountingBolt().withLateTupleStream("late"), 1_000);
    CountDownLatch inWindowFunction = new CountDownLatch(1);
    CountDownLatch resume = new CountDownLatch(1);
    CountingBolt.windows =
        window -> {
          inWindowFunction.countDown();
          await(resume);
        };
    storm.receive(record(0, 1, "a", 1_000, 1));
    storm.receive(record(0, 2, "a", 11_500, 1));
    Thread timer = new Thread(storm::advance);
    timer.start();
    await(inWindowFunction);
    // the window up to 10,000 is closed, and the window function has not returned
    storm.receive(record(0, 3, "a", 9_000, 1));
    resume.countDown();
    timer.join();
    storm.receive(record(0, 4, "a", 40_000, 1));
    storm.advance();
    storm.receive(record(0, 5, "a", 80_000, 1));
    storm.advance();
    assertThat(storm.lost()).containsExactly("0/3");
    assertThat(storm.task.recorder().emissions).as("stream for late tuples").isEmpty();
    storm.close();

    ThalwegBolt thalweg = new ThalwegBolt(1_000, 1);
    thalweg.receive(record(0, 1, "a", 1_000, 1));
    thalweg.receive(record(0, 2, "a", 11_500, 1));
    thalweg.advance();
    thalweg.advance(); // the acked record no longer holds the watermark
    thalweg.receive(record(0, 3, "a", 9_000, 1));
    thalweg.receive(record(0, 4, "a", 40_000, 1));
    thalweg.advance();
    thalweg.receive(record(0, 5, "a", 80_000, 1));
    thalweg.advance();
    assertThat(thalweg.late).extracting(StormWindowsTest::place).containsExactly("0/3");
    assertThat(thalweg.counted()).isEqualTo(4);
  }

  @Test
  void lateTuple_onStormsLateStream_cannotBeSerialized() {
    StormBolt storm = new StormBolt(new CountingBolt().withLateTupleStream("late"), 1_000);
    storm.receive(record(0, 1, "a", 1_000, 1));
    storm.receive(record(0, 2, "a", 11_500, 1));
    storm.advance();
    assertThatThrownBy(() -> storm.receive(record(0, 3, "a", 9_000, 1)))
        .hasMessageContaining("Class is not registered: org.apache.storm.tuple.TupleImpl");
    storm.close();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
