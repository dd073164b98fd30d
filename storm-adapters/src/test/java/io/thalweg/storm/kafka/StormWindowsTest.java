package io.thalweg.storm.kafka;

import static io.thalweg.storm.kafka.Readings.record;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregates;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.Rig;
import io.thalweg.storm.Rig.Emission;
import io.thalweg.storm.SettledMarks;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.time.Duration;
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
 * The same records through Storm's windowed bolt and through a processor bolt: windows of ten
 * seconds, records at most so many milliseconds out of order. Storm's acks records that were in no
 * window and says nothing; what is counted here is the part of the docs that says so.
 */
class StormWindowsTest {

  private static final int SIZE = 10_000;

  private Time.SimulatedTime time;

  @BeforeEach
  void start() {
    time = new Time.SimulatedTime();
    Time.advanceTime(1_000_000);
    Counting.reset();
  }

  @AfterEach
  void stop() {
    time.close();
  }

  /** What a user writes for Storm. */
  private static final class Counting extends BaseWindowedBolt {
    private static final long serialVersionUID = 1;

    /** Storm makes bolts anew from their bytes. */
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

  /** Storm's windowed bolt, whose timer the test is. */
  private static final class Storms {
    private final Rig rig;
    private final Rig.Task task;
    private final RecordTranslator<byte[], byte[]> translator =
        Readings.translator(Readings.source());

    Storms(int lag) {
      this(new Counting(), lag);
    }

    Storms(BaseWindowedBolt bolt, int lag) {
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
      rig = new Rig(builder);
      task = rig.start("windows");
    }

    void receive(ConsumerRecord<byte[], byte[]> record) {
      task.bolt().execute(rig.tuple("numbers", "default", translator.apply(record)));
    }

    void beat() {
      StormWatermark.fire(task.bolt());
    }

    /** Records that were acked though no window had them. */
    Set<String> lost() {
      Set<String> lost = new HashSet<>();
      task.recorder().acked.forEach(tuple -> lost.add(place(tuple)));
      lost.removeAll(Counting.counted);
      return lost;
    }

    void close() {
      task.bolt().cleanup();
    }
  }

  /** A processor bolt behind the watermark of a {@link LowWatermarkKafkaSpout}. */
  private static final class Ours {
    private final Rig rig;
    private final Rig.Task task;
    private final RecordTranslator<byte[], byte[]> translator;
    private final LowWatermark<Integer> low;
    private final Map<String, Long> windows = new HashMap<>();
    final List<Tuple> late = new ArrayList<>();
    int deadLetters;
    private int settled;

    Ours(int disorder, int partitions) {
      KafkaSources.Builder source =
          Readings.source()
              .withDisorder(Duration.ofMillis(disorder))
              .withMaxFuture(Duration.ofMinutes(1));
      translator = Readings.translator(source);
      low = new LowWatermark<>(disorder, 5_000);
      for (int i = 0; i < partitions; i++) {
        low.assign(
            i, Readings.TOPIC_ID + "/" + i, 0, InFlightOffsets.NONE, Time.currentTimeMillis());
      }
      rig =
          new Rig(
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
        low.emitted(record.partition(), record.offset(), InFlightOffsets.NONE);
        low.settled(record.partition(), record.offset());
        deadLetters++;
        return;
      }
      Tuple tuple = rig.tuple("numbers", "default", values);
      low.emitted(record.partition(), record.offset(), tuple.getLongByField(TupleFields.TIMESTAMP));
      take(task.execute(tuple));
    }

    void beat() {
      Time.advanceTime(200);
      low.advance(Time.currentTimeMillis());
      take(
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
                      low.idle(),
                      SettledMarks.encode(low.marks())))));
      List<Tuple> acked = task.recorder().acked;
      for (; settled < acked.size(); settled++) {
        Tuple tuple = acked.get(settled);
        if (tuple.getSourceStreamId().equals(Streams.WATERMARK)) {
          low.confirm(tuple.getLongByField(TupleFields.SEQUENCE));
        } else {
          low.settled(
              tuple.getIntegerByField(TupleFields.PARTITION),
              tuple.getLongByField(TupleFields.OFFSET));
        }
      }
    }

    private void take(List<Emission> emissions) {
      for (Emission each : emissions) {
        if (each.stream().equals("default")) {
          windows.put((String) each.get(TupleFields.ID), (Long) each.get("n"));
        } else if (each.stream().equals(Streams.LATE)) {
          late.add(each.tuple());
        }
      }
    }

    /** Ends the stream, and says how many records the windows hold. */
    long counted() {
      low.end();
      beat();
      return windows.values().stream().mapToLong(n -> n).sum();
    }
  }

  @Test
  void partitionHalfAMinuteBehind_ofStormsOnly299Of300AreLost() {
    Storms storms = new Storms(5_000);
    Ours ours = new Ours(5_000, 2);
    for (int i = 0; i < 300; i++) {
      // in order within each partition, one record a second
      for (ConsumerRecord<byte[], byte[]> record :
          List.of(
              record(0, i, "a", 1_000_000 + i * 1_000L, i),
              record(1, i, "b", 1_030_000 + i * 1_000L, i))) {
        storms.receive(record);
        ours.receive(record);
      }
      storms.beat();
      ours.beat();
    }

    assertThat(storms.lost()).hasSize(299).allMatch(place -> place.startsWith("0/"));
    assertThat(ours.counted()).isEqualTo(600);
    assertThat(ours.late).isEmpty();
    storms.close();
  }

  @Test
  void oneRecordADayAhead_ofStorms899Of1000AreLost() {
    Storms storms = new Storms(5_000);
    Ours ours = new Ours(5_000, 1);
    for (int i = 0; i < 1_000; i++) {
      long now = 1_000_000 + i * 100L;
      ConsumerRecord<byte[], byte[]> record =
          i == 100
              ? record(0, i, now, "a".getBytes(), now + 86_400_000 + " 1")
              : record(0, i, "a", now, i);
      storms.receive(record);
      ours.receive(record);
      storms.beat();
      ours.beat();
    }

    assertThat(storms.lost()).hasSize(899);
    assertThat(ours.counted()).isEqualTo(999);
    assertThat(ours.deadLetters).isEqualTo(1);
    assertThat(ours.late).isEmpty();
    storms.close();
  }

  @Test
  void recordWhileAWindowIsAtTheUsers_stormAcksItUncounted() throws InterruptedException {
    Storms storms = new Storms(new Counting().withLateTupleStream("late"), 1_000);
    CountDownLatch atTheUsers = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Counting.windows =
        window -> {
          atTheUsers.countDown();
          await(goOn);
        };
    storms.receive(record(0, 1, "a", 1_000, 1));
    storms.receive(record(0, 2, "a", 11_500, 1));
    Thread timer = new Thread(storms::beat);
    timer.start();
    await(atTheUsers);
    // the window up to 10,000 is closed, and the user's code is not yet done with it
    storms.receive(record(0, 3, "a", 9_000, 1));
    goOn.countDown();
    timer.join();
    storms.receive(record(0, 4, "a", 40_000, 1));
    storms.beat();
    storms.receive(record(0, 5, "a", 80_000, 1));
    storms.beat();
    assertThat(storms.lost()).containsExactly("0/3");
    assertThat(storms.task.recorder().emissions).as("stream for late tuples").isEmpty();
    storms.close();

    Ours ours = new Ours(1_000, 1);
    ours.receive(record(0, 1, "a", 1_000, 1));
    ours.receive(record(0, 2, "a", 11_500, 1));
    ours.beat();
    ours.beat(); // what the first had acked no longer holds the watermark
    ours.receive(record(0, 3, "a", 9_000, 1));
    ours.receive(record(0, 4, "a", 40_000, 1));
    ours.beat();
    ours.receive(record(0, 5, "a", 80_000, 1));
    ours.beat();
    assertThat(ours.late).extracting(StormWindowsTest::place).containsExactly("0/3");
    assertThat(ours.counted()).isEqualTo(4);
  }

  @Test
  void lateTuple_onTheStreamThatStormHasForIt_cannotGoToAnotherWorker() {
    Storms storms = new Storms(new Counting().withLateTupleStream("late"), 1_000);
    storms.receive(record(0, 1, "a", 1_000, 1));
    storms.receive(record(0, 2, "a", 11_500, 1));
    storms.beat();
    assertThatThrownBy(() -> storms.receive(record(0, 3, "a", 9_000, 1)))
        .hasMessageContaining("Class is not registered: org.apache.storm.tuple.TupleImpl");
    storms.close();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
