package io.thalweg.storm;

import static io.thalweg.storm.kafka.Readings.record;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregates;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Processor;
import io.thalweg.storm.BoltHarness.EmittedTuple;
import io.thalweg.storm.jdbc.JdbcSink;
import io.thalweg.storm.jdbc.JdbcStateStore;
import io.thalweg.storm.kafka.KafkaSources;
import io.thalweg.storm.kafka.Readings;
import io.thalweg.window.AccumulationMode;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.storm.Config;
import org.apache.storm.kafka.spout.RecordTranslator;
import org.apache.storm.topology.BoltDeclarer;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.apache.storm.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessorBoltTest {

  private final RecordTranslator<byte[], byte[]> translator =
      Readings.translator(Readings.source());
  private final BoltHarness rig = new BoltHarness(Readings.topology(Readings.bolt()));
  private final BoltHarness.Task task = rig.start("sums");

  private Tuple tuple(ConsumerRecord<byte[], byte[]> record) {
    return rig.tuple("numbers", Utils.DEFAULT_STREAM_ID, translator.apply(record));
  }

  @Test
  void event_applied_isAnsweredWithItsIdentityThenAcked() {
    Tuple tuple = tuple(record(3, 42, "a", 1_000, 7));

    List<EmittedTuple> emissions = task.execute(tuple);

    assertThat(emissions).hasSize(1);
    EmittedTuple result = emissions.get(0);
    assertThat(result.anchors()).containsExactly(tuple);
    assertThat(result.stream()).isEqualTo("default");
    assertThat(result.get("key")).isEqualTo("a");
    assertThat(result.get("id")).isEqualTo("sums/" + Readings.TOPIC_ID + "/3/42/0");
    assertThat(result.get("timestamp")).isEqualTo(1_000L);
    assertThat(result.get("record_timestamp")).isEqualTo(1_005L);
    assertThat(result.get("topic")).isEqualTo("numbers");
    assertThat(result.get("topic_id")).isEqualTo(Readings.TOPIC_ID);
    assertThat(result.get("partition")).isEqualTo(3);
    assertThat(result.get("offset")).isEqualTo(42L);
    assertThat(result.get("ordinal")).isEqualTo("0");
    assertThat(result.get("number")).isEqualTo(1L);
    assertThat(result.get("deleted")).isEqualTo(false);
    for (String field : List.of("query", "window_start", "window_end", "timing", "pane", "last")) {
      assertThat(result.get(field)).as(field).isNull();
    }
    assertThat(result.get("sum")).isEqualTo(7L);
    assertThat((byte[]) result.get("bytes")).containsExactly(0, 0, 0, 0, 0, 0, 0, 7);
    assertThat(task.recorder().log).containsExactly("emit default", "ack");
    assertThat(task.recorder().acked).containsExactly(tuple);
  }

  @Test
  void outputs_ofOneEvent_areNumbered() {
    List<EmittedTuple> emissions = task.execute(tuple(record(0, 5, "a", 1_000, 8)));

    assertThat(emissions).extracting(e -> e.get("ordinal")).containsExactly("0", "1");
    assertThat(emissions).extracting(e -> e.get("number")).containsExactly(1L, 2L);
    assertThat(emissions).extracting(e -> e.get("sum")).containsExactly(8L, -8L);
    assertThat(emissions.get(1).get("id")).isEqualTo("sums/" + Readings.TOPIC_ID + "/0/5/1");
  }

  @Test
  void repetition_ofAnAppliedEvent_isAnsweredWithTheSameTupleAndChangesNothing() {
    List<EmittedTuple> first = task.execute(tuple(record(0, 1, "a", 1_000, 2)));
    task.execute(tuple(record(0, 2, "a", 1_001, 3)));
    Tuple repetition = tuple(record(0, 1, "a", 1_000, 2));

    List<EmittedTuple> again = task.execute(repetition);
    List<EmittedTuple> next = task.execute(tuple(record(0, 3, "a", 1_002, 5)));

    assertThat(again).hasSameSizeAs(first);
    for (int i = 0; i < again.size(); i++) {
      assertThat(again.get(i).tuple().getValues())
          .usingRecursiveComparison()
          .isEqualTo(first.get(i).tuple().getValues());
      assertThat(again.get(i).anchors()).containsExactly(repetition);
    }
    assertThat(task.recorder().acked).contains(repetition);
    assertThat(next.get(0).get("sum")).isEqualTo(10L);
    assertThat(task.recorder().counter("events")).isEqualTo(4);
    assertThat(task.recorder().counter("applied")).isEqualTo(3);
    assertThat(task.recorder().counter("duplicates")).isEqualTo(1);
    assertThat(task.recorder().counter("results")).isEqualTo(4);
  }

  @Test
  void olderEvent_afterNewerOnes_isNoRepetition() {
    task.execute(tuple(record(0, 9, "a", 1_009, 1)));
    List<EmittedTuple> older = task.execute(tuple(record(0, 3, "a", 1_003, 3)));
    assertThat(older.get(0).get("sum")).isEqualTo(4L);
  }

  @Test
  void sameOffset_ofAnotherPartitionOrTopicMadeAnew_isAnotherEvent() {
    task.execute(tuple(record(0, 1, "a", 1_000, 1)));
    task.execute(tuple(record(1, 1, "a", 1_000, 3)));
    List<Object> remade = translator.apply(record(0, 1, "a", 1_000, 5));
    remade.set(1, "anotherTopicIdAltogether");
    List<EmittedTuple> answers = task.execute(rig.tuple("numbers", "default", remade));
    assertThat(answers.get(0).get("sum")).isEqualTo(9L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1000 x", "1000", "1000 NaN"})
  void bytes_thatAreNoEvent_becomeADeadLetterAndAreAcked(String value) {
    ConsumerRecord<byte[], byte[]> bad = record(2, 7, 1_005, "a".getBytes(UTF_8), value);
    Tuple tuple = tuple(bad);

    List<EmittedTuple> emissions = task.execute(tuple);

    assertThat(emissions).hasSize(1);
    EmittedTuple letter = emissions.get(0);
    assertThat(letter.stream()).isEqualTo("dead-letter");
    assertThat(letter.anchors()).containsExactly(tuple);
    assertThat((String) letter.get("reason")).isNotBlank();
    assertThat((byte[]) letter.get("value")).isEqualTo(bad.value());
    assertThat(letter.get("topic")).isEqualTo("numbers");
    assertThat(letter.get("topic_id")).isEqualTo(Readings.TOPIC_ID);
    assertThat(letter.get("partition")).isEqualTo(2);
    assertThat(letter.get("offset")).isEqualTo(7L);
    assertThat(letter.get("record_timestamp")).isEqualTo(1_005L);
    assertThat(task.recorder().log).containsExactly("emit dead-letter", "ack");
    assertThat(task.execute(tuple(bad)).get(0).get("reason")).isEqualTo(letter.get("reason"));
  }

  @Test
  void decoder_givingNullOrExhaustingTheStack_makesADeadLetter() {
    ProcessorBolt<String, Long, Long> nulls = Readings.bolt().withDecoder(bytes -> null);
    ProcessorBolt<String, Long, Long> deep = Readings.bolt().withDecoder(b -> endless(1));
    for (ProcessorBolt<String, Long, Long> bolt : List.of(nulls, deep)) {
      BoltHarness.Task task = rig.start("sums", bolt);
      List<EmittedTuple> emissions = task.execute(tuple(record(0, 1, "a", 1_000, 1)));
      assertThat(emissions).extracting(EmittedTuple::stream).containsExactly("dead-letter");
      assertThat(task.recorder().acked).hasSize(1);
    }
  }

  @Test
  void value_framedByASchemaRegistry_isNamedInTheReason() {
    String framing =
        "value begins with byte 0 and schema id 7, as a serializer with a schema registry";
    List<Object> letter =
        translator.apply(record(0, 1, 1_005, "a".getBytes(UTF_8), "\0\0\0\0\7{}"));
    assertThat((String) letter.get(0)).startsWith(framing).contains("For input string");
    List<Object> values = translator.apply(record(0, 1, "a", 1_000, 1));
    values.set(TupleFields.RECORD.indexOf("value"), new byte[] {0, 0, 0, 0, 7, '{', '}'});
    EmittedTuple rejected = task.execute(rig.tuple("numbers", "default", values)).get(0);
    assertThat((String) rejected.get("reason")).startsWith(framing);
  }

  private static long endless(long n) {
    return endless(n + 1) + 1;
  }

  @Test
  void event_refusedByTheProcessor_becomesADeadLetter() {
    EmittedTuple letter = task.execute(tuple(record(0, 1, "a", 1_000, 13))).get(0);
    assertThat(letter.stream()).isEqualTo("dead-letter");
    assertThat(letter.get("reason")).isEqualTo("number must not be unlucky: 13");
    assertThat((byte[]) letter.get("value")).isEqualTo("1000 13".getBytes(UTF_8));
    assertThat(task.recorder().counter("deadLetters")).isEqualTo(1);
  }

  @Test
  void lateEvent_goesToTheLateStreamWithItsSourceAndBytes() {
    Tuple tuple = tuple(record(1, 8, "a", 1_000, 14));
    EmittedTuple late = task.execute(tuple).get(0);
    assertThat(late.stream()).isEqualTo("late");
    assertThat(late.anchors()).containsExactly(tuple);
    assertThat(late.get("key")).isEqualTo("a");
    assertThat(late.get("timestamp")).isEqualTo(1_000L);
    assertThat(late.get("watermark")).isEqualTo(1_001L);
    assertThat(late.get("offset")).isEqualTo(8L);
    assertThat((byte[]) late.get("value")).isEqualTo("1000 14".getBytes(UTF_8));
    assertThat(task.recorder().counter("late")).isEqualTo(1);
  }

  @Test
  void windowResults_areIdentifiedByTheirWindow() {
    Pane pane = new Pane(1, 0, 10_000, Pane.Timing.EARLY, 3, false);
    BoltHarness.Task task =
        rig.start(
            "sums",
            Readings.bolt(
                () ->
                    (key, event, timestamp, out) -> {
                      out.update(key, pane, 5L, null);
                      out.retract(key, pane, 5L);
                      out.emit(key, pane, 6L);
                    }));
    List<EmittedTuple> emissions = task.execute(tuple(record(0, 4, "a", 1_000, 1)));

    EmittedTuple update = emissions.get(0);
    assertThat(update.get("id")).isEqualTo("sums/a/1/0/10000");
    assertThat(update.get("timestamp")).isEqualTo(9_999L);
    assertThat(update.get("offset")).isNull();
    assertThat(update.get("query")).isEqualTo(1);
    assertThat(update.get("window_start")).isEqualTo(0L);
    assertThat(update.get("window_end")).isEqualTo(10_000L);
    assertThat(update.get("timing")).isEqualTo("EARLY");
    assertThat(update.get("pane")).isEqualTo(3L);
    assertThat(update.get("last")).isEqualTo(false);
    assertThat(update.get("sum")).isEqualTo(5L);
    assertThat(emissions.get(1).get("id")).isEqualTo("sums/a/1/0/10000");
    assertThat(emissions.get(1).get("deleted")).isEqualTo(true);
    assertThat(emissions.get(2).get("id")).isEqualTo("sums/" + Readings.TOPIC_ID + "/0/4/0");
    assertThat(emissions.get(2).get("window_end")).isEqualTo(10_000L);
    assertThat(emissions.get(2).get("timestamp")).isEqualTo(1_000L);
  }

  @Test
  void chain_ofTwoBolts_composesOrdinalsAndTellsOutputsOfOneEventApart() {
    TopologyBuilder builder = Readings.topology(Readings.bolt());
    // The payload of the first bolt contains the bytes of the events of the second.
    ProcessorBolt<String, Long, Long> first =
        new ProcessorBolt<>(
                Readings::sums,
                Readings::decode,
                TupleMapping.<Long>columns().with("value", s -> ("0 " + s).getBytes(UTF_8)))
            .withGuarantee(Guarantee.AT_LEAST_ONCE)
            .withCommitInterval(Duration.ZERO);
    builder.setBolt("first", first, 1).fieldsGrouping("numbers", new Fields("key"));
    builder
        .setBolt("second", Readings.bolt().withFactory(Readings::sums), 1)
        .fieldsGrouping("first", new Fields("key"));
    BoltHarness chain = new BoltHarness(builder);
    BoltHarness.Task one = chain.start("first");
    BoltHarness.Task two = chain.start("second");

    List<Object> ids = new ArrayList<>();
    for (int round = 0; round < 2; round++) {
      for (EmittedTuple output :
          one.execute(
              chain.tuple("numbers", "default", translator.apply(record(0, 5, "a", 9, 8))))) {
        for (EmittedTuple result : two.execute(output.tuple())) {
          ids.add(result.get("id"));
        }
      }
    }
    String source = "second/" + Readings.TOPIC_ID + "/0/5/";
    List<String> once = List.of(source + "0.0", source + "0.1", source + "1.0", source + "1.1");
    assertThat(ids.subList(0, 4)).isEqualTo(once);
    assertThat(ids.subList(4, 8)).isEqualTo(once);
    assertThat(two.recorder().counter("applied")).isEqualTo(2);
    assertThat(two.recorder().counter("duplicates")).isEqualTo(2);
  }

  @Test
  void execute_processorThrows_namesTheRecordAndAcksNothing() {
    BoltHarness.Task task =
        rig.start(
            "sums",
            Readings.bolt(
                () ->
                    (k, e, t, out) -> {
                      throw new IllegalStateException("defect");
                    }));
    assertThatThrownBy(() -> task.execute(tuple(record(2, 7, "a", 1_000, 1))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "sums: processor and mapping must not throw, since a restarted worker repeats the call:"
                + " record numbers/2/7 of key a with event time 1000: defect")
        .hasRootCauseMessage("defect");
    assertThat(task.recorder().log).isEmpty();
  }

  @Test
  void prepare_factoryThrowsOrReturnsNull_isRejected() {
    ProcessorBolt<String, Long, Long> throwing =
        Readings.bolt(
            () -> {
              throw new IllegalArgumentException("size must be positive: PT0S");
            });
    assertThatThrownBy(() -> rig.start("sums", throwing))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("sums: factory must create a processor: size must be positive: PT0S");
    assertThatThrownBy(() -> rig.start("sums", Readings.bolt(() -> null)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("sums: factory must create a processor: null");
  }

  /** Calls of late, reject and emit without an event. */
  @ParameterizedTest
  @ValueSource(strings = {"late", "reject", "emit"})
  void advance_callThatNeedsAnEvent_namesTheRule(String what) {
    ProcessorBolt<String, Long, Long> bolt =
        Readings.bolt(() -> new EventCaller(what)).withGuarantee(Guarantee.EFFECTIVELY_ONCE);
    BoltHarness rig = new BoltHarness(Readings.lowWatermarkTopology(bolt, 1));
    BoltHarness.Task task = rig.start("sums");
    Heartbeat.Id id = new Heartbeat.Id(new Heartbeat.Incarnation(1, 7), 0);
    Heartbeat heartbeat = new Heartbeat(id, 5_000, -1, false, Map.of(), Heartbeat.NO_CLOCK);
    Tuple tuple = rig.tuple("numbers", Streams.WATERMARK, heartbeat.values());
    assertThatThrownBy(() -> task.execute(tuple))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(
            "sums: processor and mapping must not throw, since a restarted worker repeats the call:"
                + " advance to watermark 5000: sums: a processor must ")
        .hasMessageContaining(" in process, ");
  }

  private record EventCaller(String what) implements Processor<String, Long, Long> {
    @Override
    public void process(String key, Long event, long timestamp, Output<String, Long> out) {}

    @Override
    public void advance(long watermark, Output<String, Long> out) {
      switch (what) {
        case "late" -> out.late("a", 5L, 1, watermark);
        case "reject" -> out.reject("a", 5L, 1, "odd");
        default -> out.emit("a", 5L);
      }
    }

    @Override
    public boolean orderSensitive() {
      return false;
    }
  }

  /** Values of another spout. */
  @ParameterizedTest
  @CsvSource({
    "topic, Long",
    "topic_id, Long",
    "topic_id,",
    "partition, Long",
    "partition,",
    "offset, Integer",
    "offset,",
    "record_timestamp, Integer",
    "timestamp, Integer",
    "timestamp,",
    "value, String"
  })
  void field_ofTheWrongType_isNamed(String field, String given) {
    Object value =
        given == null ? null : Map.of("Long", 5L, "Integer", 5, "String", "5").get(given);
    List<Object> values = translator.apply(record(0, 1, "a", 1_000, 1));
    values.set(TupleFields.RECORD.indexOf(field), value);
    Tuple tuple = rig.tuple("numbers", "default", values);
    assertThatThrownBy(() -> task.execute(tuple))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("field " + field + " of an input must be of type ")
        .hasMessageEndingWith(
            ": " + (given == null ? "null" : given + " 5") + " in default of numbers");
    assertThat(task.recorder().log).isEmpty();
  }

  @Test
  void prepare_withoutEvents_saysWhatToAdd() {
    TopologyBuilder builder = Readings.topology(Readings.bolt());
    builder.setBolt("deaf", Readings.bolt()).allGrouping("sums", Streams.WATERMARK);
    assertThatThrownBy(() -> new BoltHarness(builder).start("deaf"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(
            "deaf: a processor bolt must have an input of events: add fieldsGrouping(");
  }

  @Test
  void mapping_writingWhatNeedsRegistration_saysWhichColumn() {
    BoltHarness.Task task =
        rig.start(
            "sums",
            Readings.bolt()
                .withMapping(
                    TupleMapping.<Long>columns().with("sum", s -> s).with("bytes", List::of)));
    assertThatThrownBy(() -> task.execute(tuple(record(0, 1, "a", 1_000, 1))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("column bytes must be a primitive, a string or bytes");
  }

  @Test
  void key_ofUnstableHash_isRefused() {
    List<Object> values = translator.apply(record(0, 1, "a", 1_000, 1));
    values.set(5, "a".getBytes(UTF_8));
    Tuple tuple = rig.tuple("numbers", "default", values);
    assertThatThrownBy(() -> task.execute(tuple))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "sums: key must be a String or a Long, whose hash code is the same in every worker: [B");
    assertThat(task.recorder().acked).isEmpty();
  }

  @Test
  void prepare_withoutAckers_saysWhatToSet() {
    BoltHarness rig =
        new BoltHarness(
            Readings.topology(Readings.bolt()), Map.of(Config.TOPOLOGY_ACKER_EXECUTORS, 0));
    assertThatThrownBy(() -> rig.start("sums"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("set topology.acker.executors to at least 1: 0");
  }

  @Test
  void prepare_withoutANeededField_saysWhichAndWhere() {
    TopologyBuilder builder = Readings.topology(Readings.bolt());
    builder
        .setBolt("wrong", Readings.bolt(), 1)
        .fieldsGrouping("numbers", Streams.DEAD_LETTER, new Fields("topic"));
    assertThatThrownBy(() -> new BoltHarness(builder).start("wrong"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("wrong: input dead-letter of numbers must have the field key");
  }

  private static ProcessorBolt<String, Long, Long> sessions(AccumulationMode mode) {
    return new ProcessorBolt<String, Long, Long>(
            () -> {
              WindowedAggregator.Builder<Long, Long> sessions =
                  WindowedAggregator.of(Aggregates.<Long>count(), Windows.session(ofSeconds(2)))
                      .lateness(ofSeconds(60));
              return (mode == null ? sessions : sessions.mode(mode)).build();
            },
            Readings::decode,
            TupleMapping.<Long>columns().with("n", n -> n))
        .withCommitInterval(Duration.ZERO);
  }

  @Test
  void sessions_thatMerge_leaveNoRowBehind() {
    BoltHarness harness = new BoltHarness(Readings.lowWatermarkTopology(sessions(null), 1));
    BoltHarness.Task task = harness.start("sums");
    RecordTranslator<byte[], byte[]> translator = Readings.translator(Readings.source());
    long[] times = {0, 3_000, 1_500};
    for (int i = 0; i < times.length; i++) {
      task.execute(
          harness.tuple("numbers", "default", translator.apply(record(0, i, "a", times[i], 1))));
      if (i > 0) {
        task.execute(
            harness.tuple(
                "numbers",
                Streams.WATERMARK,
                List.of(
                    20_000L,
                    1,
                    77L,
                    (long) i,
                    -1L,
                    false,
                    SettledMarks.encode(Map.of()),
                    Heartbeat.NO_CLOCK)));
      }
    }
    Map<Object, Long> rows = new HashMap<>();
    for (EmittedTuple result : task.recorder().emissions) {
      if (result.stream().equals("default")) {
        rows.put(
            result.get(TupleFields.ID),
            (Boolean) result.get(TupleFields.DELETED) ? 0 : (Long) result.get("n"));
      }
    }
    assertThat(rows).hasSize(3);
    assertThat(rows.values().stream().mapToLong(n -> n).sum()).isEqualTo(3);
  }

  @Test
  void prepare_sessionsThatLeaveRows_saysWhichMode() {
    for (AccumulationMode mode :
        List.of(AccumulationMode.ACCUMULATING, AccumulationMode.DISCARDING)) {
      BoltHarness harness = new BoltHarness(Readings.lowWatermarkTopology(sessions(mode), 1));
      assertThatThrownBy(() -> harness.start("sums"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("sums: a processor must replace or retract each obsolete result")
          .hasMessageContaining(
              "sessions need AccumulationMode.RETRACTING, which is their default");
    }
    new BoltHarness(Readings.lowWatermarkTopology(sessions(AccumulationMode.RETRACTING), 1))
        .start("sums");
  }

  @Test
  void prepare_nameWithASlash_saysToRename() {
    TopologyBuilder builder = Readings.topology(Readings.bolt());
    builder.setBolt("sums/b", Readings.bolt()).fieldsGrouping("numbers", new Fields("key"));
    assertThatThrownBy(() -> new BoltHarness(builder).start("sums/b"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("name of a processor bolt must not contain a slash")
        .hasMessageEndingWith(
            "rename the component, whose state starts anew under the new name: sums/b");
  }

  @Test
  void prepare_answersToOneEventOnTwoPaths_saysHowToDivide() {
    TopologyBuilder builder = new TopologyBuilder();
    builder.setSpout("numbers", Readings.source().lowWatermarkSpout(), 1);
    for (String[] edge :
        new String[][] {
          {"numbers", "a"},
          {"numbers", "b"},
          {"a", "sums", "b"},
          {"a", "c"},
          {"b", "d"},
          {"c", "far", "d"},
          {"numbers", "unequal", "a"}
        }) {
      BoltDeclarer bolt = builder.setBolt(edge[1], passing());
      for (int i = 0; i < edge.length; i += 2) {
        bolt.fieldsGrouping(edge[i], new Fields("key")).allGrouping(edge[i], Streams.WATERMARK);
      }
    }
    BoltHarness diamond = new BoltHarness(builder);
    assertThatThrownBy(() -> diamond.start("sums"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("sums: an event must be answered on one path")
        .hasMessageContaining("compute them in one bolt, or give each its own downstream bolt")
        .hasMessageEndingWith("events of numbers come from a and b");
    assertThatThrownBy(() -> diamond.start("far"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("events of numbers come from c and d");
    for (String unique : List.of("a", "b", "c", "d", "unequal")) {
      diamond.start(unique).bolt().cleanup();
    }
  }

  private static ProcessorBolt<String, Long, Long> passing() {
    return new ProcessorBolt<>(
        Readings::sums,
        Readings::decode,
        TupleMapping.<Long>columns().with(TupleFields.VALUE, sum -> new byte[0]));
  }

  @Test
  void prepare_withAKeySpreadOverTasks_saysHowToGroup() {
    TopologyBuilder builder = Readings.topology(Readings.bolt());
    builder.setBolt("wide", Readings.bolt(), 2).shuffleGrouping("numbers");
    builder
        .setBolt("partly", Readings.bolt(), 2)
        .partialKeyGrouping("numbers", new Fields(TupleFields.KEY));
    builder.setBolt("direct", Readings.bolt(), 2).directGrouping("numbers");
    for (String component : List.of("wide", "partly", "direct")) {
      assertThatThrownBy(() -> new BoltHarness(builder).start(component))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("use fieldsGrouping(\"numbers\", new Fields(\"key\"))");
    }
  }

  @Test
  void bolt_withoutItsParts_saysWhichIsMissing() {
    ProcessorBolt<String, Long, Long> bolt = new ProcessorBolt<>();
    bolt.withFactory(Readings::sums).withDecoder(Readings::decode);
    TopologyBuilder builder = Readings.topology(bolt);
    assertThatThrownBy(builder::createTopology).hasMessageContaining("missing: mapping");
  }

  @Test
  void mapping_withANameOfTheBoltsOwn_isRefused() {
    TopologyBuilder builder =
        Readings.topology(
            Readings.bolt().withMapping(TupleMapping.<Long>columns().with("offset", s -> s)));
    assertThatThrownBy(builder::createTopology)
        .hasMessage(
            "columns of the mapping must differ from the fields of the bolt and from each other: offset");
    assertThatThrownBy(() -> TupleMapping.<Long>columns().with("a", s -> s).with("a", s -> s))
        .hasMessage("column names must differ: a");
    assertThatThrownBy(() -> TupleMapping.columns().with(null, s -> s)).hasMessage("name");
    assertThatThrownBy(() -> TupleMapping.columns().with("a", null)).hasMessage("value");
  }

  /** Builders driven by YAML take any of several methods of one name and number of arguments. */
  @ParameterizedTest
  @ValueSource(
      classes = {
        ProcessorBolt.class,
        JdbcSink.class,
        JdbcStateStore.class,
        TickSpout.class,
        KafkaSources.Builder.class
      })
  void component_hasNoTwoMethodsOfOneNameAndArity(Class<?> type) {
    Map<String, Integer> seen = new HashMap<>();
    Arrays.stream(type.getMethods())
        .filter(m -> m.getDeclaringClass() == type && !m.isBridge())
        .forEach(m -> seen.merge(m.getName() + "/" + m.getParameterCount(), 1, Integer::sum));
    Arrays.stream(type.getConstructors())
        .forEach(c -> seen.merge("new/" + c.getParameterCount(), 1, Integer::sum));
    assertThat(seen).isNotEmpty().allSatisfy((name, count) -> assertThat(count).isEqualTo(1));
  }

  @Test
  void version_ofARestartedTask_exceedsThatOfTheOneBefore() {
    try (Time.SimulatedTime time = new Time.SimulatedTime()) {
      assertThat(time).isNotNull();
      Time.advanceTime(1_000);
      Object before = rig.start("sums").execute(tuple(record(0, 1, "a", 9, 1))).get(0).get("epoch");
      Time.advanceTime(1);
      Object after = rig.start("sums").execute(tuple(record(0, 1, "a", 9, 1))).get(0).get("epoch");
      assertThat((Long) after).isGreaterThan((Long) before);
    }
  }

  @Test
  void tick_isIgnored() {
    assertThat(task.execute(rig.tick())).isEmpty();
  }

  @Test
  void longKeys_areKeptAsTheyAre() {
    ProcessorBolt<Long, Long, Long> bolt =
        new ProcessorBolt<>(
                () ->
                    Processor.stateless(
                        (Long k, Long e, long t, Output<Long, Long> o) -> o.emit(k, e)),
                Readings::decode,
                TupleMapping.<Long>columns().with("sum", s -> s).with("bytes", s -> null))
            .withGuarantee(Guarantee.AT_LEAST_ONCE)
            .withCommitInterval(Duration.ZERO);
    List<Object> values = translator.apply(record(0, 1, "a", 1_000, 1));
    values.set(5, 77L);
    EmittedTuple result =
        rig.start("sums", bolt).execute(rig.tuple("numbers", "default", values)).get(0);
    assertThat(result.get("key")).isEqualTo(77L);
  }
}
