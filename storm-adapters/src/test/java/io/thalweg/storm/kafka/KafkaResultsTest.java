package io.thalweg.storm.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Pane;
import io.thalweg.storm.BoltHarness;
import java.util.ArrayList;
import java.util.List;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Utils;
import org.junit.jupiter.api.Test;

/** Test of {@link KafkaResults}. */
class KafkaResultsTest {

  @Test
  void mapper_resultAndRetraction_haveTheSameKeyAndTheRetractionNoValue() {
    Pane pane = new Pane(0, 0, 10_000, Pane.Timing.ON_TIME, 0, true);
    BoltHarness rig = new BoltHarness(Readings.topology(Readings.bolt()));
    BoltHarness.Task task =
        rig.start(
            "sums",
            Readings.bolt(
                () ->
                    (key, number, timestamp, out) -> {
                      out.update(key, pane, number, null);
                      out.retract(key, pane, number);
                    }));
    Tuple event =
        rig.tuple(
            "numbers",
            Utils.DEFAULT_STREAM_ID,
            Readings.translator(Readings.source()).apply(Readings.record(0, 1, "a", 1_000, 7)));
    var results = task.execute(event);
    KafkaResults mapper = new KafkaResults(t -> ("" + t.getLongByField("sum")).getBytes(UTF_8));
    assertThat(results)
        .allSatisfy(
            r ->
                assertThat(mapper.getKeyFromTuple(r.tuple()))
                    .isEqualTo("sums/a/0/0/10000".getBytes(UTF_8)));
    assertThat(mapper.getMessageFromTuple(results.get(0).tuple())).isEqualTo("7".getBytes(UTF_8));
    assertThat(mapper.getMessageFromTuple(results.get(1).tuple())).isNull();
  }

  @Test
  void sideOutputs_lateEventAndDeadLetter_haveTheIdOfTheirRecordAndAllFields() {
    BoltHarness rig = new BoltHarness(Readings.topology(Readings.bolt()));
    BoltHarness.Task task = rig.start("sums");
    KafkaResults mapper = KafkaResults.sideOutputs();
    List<String> records = new ArrayList<>();
    for (int number : new int[] {13, 14, 13}) {
      Tuple event =
          rig.tuple(
              "numbers",
              Utils.DEFAULT_STREAM_ID,
              Readings.translator(Readings.source())
                  .apply(Readings.record(0, number, "a\"\\", 1_000, number)));
      Tuple output = task.execute(event).get(0).tuple();
      records.add(
          new String(mapper.getKeyFromTuple(output), UTF_8)
              + " "
              + new String(mapper.getMessageFromTuple(output), UTF_8));
    }
    String source =
        "\"topic\":\"numbers\",\"topic_id\":\"" + Readings.TOPIC_ID + "\",\"partition\":0";
    assertThat(records.get(0))
        .matches("sums/" + Readings.TOPIC_ID + "/0/13/[0-9a-f]{8} .*")
        .endsWith(
            "{\"reason\":\"number must not be unlucky: 13\","
                + source
                + ",\"offset\":13,\"record_timestamp\":1005,\"record_key\":null,"
                + "\"value\":\"MTAwMCAxMw==\"}");
    assertThat(records.get(1))
        .isEqualTo(
            "sums/"
                + Readings.TOPIC_ID
                + "/0/14/ {\"key\":\"a\\\"\\\\\",\"timestamp\":1000,\"watermark\":1001,"
                + source
                + ",\"offset\":14,\"ordinal\":\"\",\"record_timestamp\":1005,"
                + "\"value\":\"MTAwMCAxNA==\"}");
    assertThat(records.get(2)).as("a repetition").isEqualTo(records.get(0));
  }
}
