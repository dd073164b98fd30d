package io.thalweg.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.KeyedState;
import io.thalweg.testing.RecordedResult;
import io.thalweg.testing.Recording;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Features at the ends of the range of timestamps, and bounds of keys. */
class FeatureExtremesTest {

  private final Recording<String, FeatureRow<Act>> out = new Recording<>();

  private FeatureVector answer(FeatureOperator<String, Act> operator, String key, long time) {
    operator.process(key, Act.paid(2), time, out);
    List<RecordedResult<String, FeatureRow<Act>>> results = out.drain();
    assertThat(results).hasSize(1);
    assertThat(results.get(0)).isInstanceOf(RecordedResult.Answer.class);
    return ((RecordedResult.Answer<String, FeatureRow<Act>>) results.get(0)).value().vector();
  }

  private static FeatureSet.Builder<Act> counts() {
    return FeatureSet.<Act>named("counts")
        .feature("last")
        .last(Duration.ofMillis(10))
        .count()
        .feature("longest")
        .last(Duration.ofMillis(Long.MAX_VALUE))
        .count()
        .feature("tumbling")
        .tumbling(Duration.ofMillis(10))
        .count()
        .feature("tiled")
        .last(Duration.ofMillis(20))
        .tiled(Duration.ofMillis(10))
        .count()
        .feature("since")
        .sinceLast();
  }

  @Test
  void vectors_firstAndLastTimestamps_doNotWrap() {
    FeatureOperator<String, Act> operator = counts().idle(KeyedState.FOREVER).build().operator();
    assertThat(answer(operator, "a", Long.MIN_VALUE + 1).number("last")).isZero();
    FeatureVector second = answer(operator, "a", Long.MIN_VALUE + 5);
    for (String window : List.of("last", "longest", "tumbling", "tiled")) {
      assertThat(second.number(window)).as(window).isEqualTo(1);
    }
    assertThat(second.number("since")).isEqualTo(0.004);
    operator.advance(Long.MIN_VALUE + 6, out);
    FeatureVector far = answer(operator, "a", Long.MAX_VALUE - 1);
    for (String window : List.of("last", "longest", "tumbling", "tiled")) {
      assertThat(far.number(window)).as(window).isZero();
    }
    assertThat(far.number("since")).isBetween(1.8e16, 1.9e16);
    FeatureVector last = answer(operator, "a", Long.MAX_VALUE - 1);
    for (String window : List.of("last", "longest", "tumbling", "tiled")) {
      assertThat(last.number(window)).as(window).isEqualTo(1);
    }
    operator.advance(Long.MAX_VALUE, out);
  }

  @Test
  void vectors_keyForgottenOverTheWholeRange_beginAnew() {
    FeatureOperator<String, Act> operator =
        FeatureSet.<Act>named("since")
            .feature("since")
            .sinceLast()
            .idle(Duration.ofDays(1))
            .build()
            .operator();
    answer(operator, "a", Long.MIN_VALUE + 1);
    assertThat(answer(operator, "a", Long.MAX_VALUE - 1).number("since")).isNaN();
  }

  @Test
  void process_oneKeyTooMany_rejectedUntilOneExpires() {
    FeatureOperator<String, Act> operator =
        FeatureSet.<Act>named("counts")
            .feature("n")
            .last(Duration.ofMillis(100))
            .count()
            .lateness(Duration.ZERO)
            .maxKeys(2)
            .build()
            .operator();
    answer(operator, "a", 1_000);
    answer(operator, "b", 1_050);
    operator.process("c", Act.paid(2), 1_060, out);
    assertThat(out.drain()).singleElement().isInstanceOf(RecordedResult.Rejection.class);
    operator.advance(1_100, out);
    assertThat(answer(operator, "c", 1_100).number("n")).isZero();
    assertThat(answer(operator, "b", 1_100).number("n")).isEqualTo(1);
    Map<String, Long> counters = new TreeMap<>();
    operator.counters(counters::put);
    assertThat(counters).containsEntry("keys", 2L).containsEntry("rejected", 1L);
  }

  @Test
  void build_unboundedFeatureWithoutIdle_namesTheFeatureAndTheRemedy() {
    assertThatThrownBy(() -> counts().build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("since")
        .hasMessageContaining("idle");
  }
}
