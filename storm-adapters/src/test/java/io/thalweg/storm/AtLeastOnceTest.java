package io.thalweg.storm;

import static io.thalweg.storm.kafka.Readings.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Processor;
import io.thalweg.ProcessorFactory;
import io.thalweg.storm.BoltHarness.EmittedTuple;
import io.thalweg.storm.kafka.Readings;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A task behind a plain spout, which finds its watermark itself. */
class AtLeastOnceTest {

  private final RecordTranslator<byte[], byte[]> translator =
      Readings.translator(Readings.source());
  private Time.SimulatedTime time;

  @BeforeEach
  void start() {
    time = new Time.SimulatedTime();
    Time.advanceTime(1_000_000);
  }

  @AfterEach
  void stop() {
    time.close();
  }

  /** Gives every watermark as a result, and 0 as an early one. */
  static final class Watermarks implements Processor<String, Long, Long> {
    @Override
    public void process(String key, Long event, long timestamp, Output<String, Long> out) {}

    @Override
    public void advance(long watermark, Output<String, Long> out) {
      out.update("all", new Pane(0, 0, 10, Pane.Timing.ON_TIME, 0, true), watermark, null);
    }

    @Override
    public void early(Output<String, Long> out) {
      out.update("all", new Pane(0, 0, 10, Pane.Timing.EARLY, 0, false), 0L, null);
    }
  }

  private static ProcessorBolt<String, Long, Long> bolt(
      ProcessorFactory<String, Long, Long> factory) {
    return Readings.bolt(factory);
  }

  private Tuple event(BoltHarness rig, int partition, long offset, long timestamp) {
    return rig.tuple("numbers", "default", translator.apply(at(partition, offset, timestamp)));
  }

  private static ConsumerRecord<byte[], byte[]> at(int partition, long offset, long timestamp) {
    return record(partition, offset, "a", timestamp, 1);
  }

  @Test
  void timestamp_atTheBeginningOfTime_doesNotCarryTheWatermarkToTheEnd() {
    BoltHarness rig = new BoltHarness(Readings.topology(bolt(Watermarks::new)));
    BoltHarness.Task task = rig.start("sums");
    assertThat(task.execute(event(rig, 0, 1, Long.MIN_VALUE + 1))).isEmpty();
    assertThat(task.execute(event(rig, 0, 2, Long.MIN_VALUE + 999))).isEmpty();
    assertThat(task.execute(event(rig, 0, 3, 5_000)))
        .extracting(e -> e.get("sum"))
        .containsExactly(4_000L);
  }

  @Test
  void timestamp_thatIsReserved_doesNotMoveTheWatermark() {
    BoltHarness rig = new BoltHarness(Readings.topology(bolt(Watermarks::new)));
    BoltHarness.Task task = rig.start("sums");
    List<Object> values = translator.apply(at(0, 1, 1_000));
    values.set(6, Long.MAX_VALUE);
    assertThat(task.execute(rig.tuple("numbers", "default", values))).isEmpty();
  }

  @Test
  void earlyResults_comeAlsoWhileThePartitionBehindHoldsTheWatermark() {
    BoltHarness rig =
        new BoltHarness(
            Readings.topology(bolt(Watermarks::new).withEarlyInterval(Duration.ofMillis(100))));
    BoltHarness.Task task = rig.start("sums");
    task.execute(event(rig, 0, 1, 5_000));
    Time.advanceTime(100);
    assertThat(task.execute(event(rig, 0, 2, 5_000)))
        .extracting(e -> e.get("timing"))
        .containsExactly("EARLY");
  }

  @Test
  void prepare_withACommitIntervalBeyondAnyTimeout_isRefused() {
    BoltHarness rig =
        new BoltHarness(
            Readings.topology(
                bolt(Watermarks::new)
                    .withCommitInterval(Duration.ofMillis(Long.MAX_VALUE / 4 + 1))));
    assertThatThrownBy(() -> rig.start("sums")).hasMessageContaining("at least 4 commit intervals");
  }

  @Test
  void valueThatIsNull_becomesADeadLetter() {
    BoltHarness rig = new BoltHarness(Readings.topology(bolt(Readings::sums)));
    BoltHarness.Task task = rig.start("sums");
    List<Object> values = translator.apply(at(0, 1, 1_000));
    values.set(7, null);
    List<EmittedTuple> letters = task.execute(rig.tuple("numbers", "default", values));
    assertThat(letters).extracting(EmittedTuple::stream).containsExactly("dead-letter");
    assertThat(letters.get(0).get("reason")).isEqualTo("value must not be null");
    assertThat(task.recorder().acked).hasSize(1);
  }

  @Test
  void keyOfAResult_thatIsNull_saysSo() {
    BoltHarness rig =
        new BoltHarness(
            Readings.topology(bolt(() -> (key, number, t, out) -> out.emit(null, number))));
    assertThatThrownBy(() -> rig.start("sums").execute(event(rig, 0, 1, 1_000)))
        .hasMessageEndingWith("sums: key of a result must be a String or a Long: null");
  }

  @Test
  void inputOfTwoTopics_keepsTheirOffsetsApart() {
    BoltHarness rig = new BoltHarness(Readings.topology(bolt(Readings::sums)));
    BoltHarness.Task task = rig.start("sums");
    for (long offset = 0; offset < 3; offset++) {
      for (String topic : List.of("one", "two")) {
        for (int partition : new int[] {0, 15, 16, 40, 20_000}) {
          List<Object> values = translator.apply(at(partition, offset, 1_000));
          values.set(1, topic);
          assertThat(task.execute(rig.tuple("numbers", "default", values))).hasSize(1);
          assertThat(task.execute(rig.tuple("numbers", "default", values))).hasSize(1);
        }
      }
    }
    assertThat(task.recorder().counter("applied")).isEqualTo(30);
    assertThat(task.recorder().counter("duplicates")).isEqualTo(30);
  }

  @Test
  void chain_whoseFirstBoltHearsNoWatermarks_isRefused() {
    TupleMapping<Long> events = TupleMapping.<Long>columns().with("value", s -> new byte[0]);
    var builder = Readings.topology(bolt(Readings::sums).withMapping(events));
    builder
        .setBolt("second", bolt(Readings::sums).withGuarantee(Guarantee.EFFECTIVELY_ONCE), 1)
        .fieldsGrouping("sums", new Fields("key"))
        .allGrouping("sums", Streams.WATERMARK);
    assertThatThrownBy(() -> new BoltHarness(builder).start("second"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(
            "second: heartbeats must come from a spout, and sums forwards them but receives none");
  }
}
