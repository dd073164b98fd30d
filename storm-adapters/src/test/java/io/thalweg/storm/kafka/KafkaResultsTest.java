package io.thalweg.storm.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Pane;
import io.thalweg.storm.BoltHarness;
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
}
