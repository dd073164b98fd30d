package io.thalweg.feature;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Output;
import io.thalweg.testing.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class FeatureSetTest {

  private static final ToDoubleFunction<Sample> VALUE = Sample::value;

  private static List<FeatureVector> play(FeatureSet<Sample> set, double[]... timesAndValues) {
    FeatureOperator<String, Sample> operator = set.operator();
    List<FeatureVector> vectors = new ArrayList<>();
    Output<String, FeatureRow<Sample>> out = Output.strict((key, row) -> vectors.add(row.vector()));
    for (double[] each : timesAndValues) {
      operator.process("k", new Sample(each[1], 0), (long) each[0], out);
    }
    return vectors;
  }

  @Test
  void mean_ofLastSecond_excludesTheEventItselfAndThoseASecondOld() {
    FeatureSet<Sample> set =
        FeatureSet.<Sample>named("s")
            .feature("mean")
            .last(ofSeconds(1))
            .mean(VALUE)
            .feature("count")
            .last(ofSeconds(1))
            .count()
            .feature("with")
            .including()
            .last(ofSeconds(1))
            .count()
            .feature("rate")
            .last(ofMillis(500))
            .rate()
            .build();
    List<FeatureVector> vectors =
        play(
            set,
            new double[] {0, 3},
            new double[] {0, 5},
            new double[] {999, 7},
            new double[] {1000, 8},
            new double[] {1200, 9});
    assertThat(vectors.stream().map(vector -> vector.number("count")))
        .containsExactly(0.0, 1.0, 2.0, 1.0, 2.0);
    assertThat(vectors.stream().map(vector -> vector.number("with")))
        .containsExactly(1.0, 2.0, 3.0, 2.0, 3.0);
    assertThat(vectors.stream().map(vector -> vector.number("mean")))
        .containsExactly(Double.NaN, 3.0, 4.0, 7.0, 7.5);
    assertThat(vectors.stream().map(vector -> vector.number("rate")))
        .containsExactly(0.0, 2.0, 0.0, 2.0, 4.0);
  }

  @Test
  void answer_sameEvents_fillsTheRowOfTheVector() {
    FeatureSet<Sample> set = FeatureLawsTest.everything();
    FeatureOperator<String, Sample> rows = set.operator();
    FeatureOperator<String, Sample> vectors = set.operator();
    double[] row = new double[set.schema().size()];
    double[] expected = new double[row.length];
    for (int i = 0; i < 500; i++) {
      Sample event = new Sample(i * 31 % 85, i);
      List<FeatureVector> answered = new ArrayList<>();
      vectors.process("k", event, i * 7L, Output.strict((k, r) -> answered.add(r.vector())));
      boolean isAnswered =
          rows.answer("k", event, i * 7L, Output.<String, Object>strict((k, r) -> {}), row);
      assertThat(isAnswered).isEqualTo(!answered.isEmpty());
      if (isAnswered) {
        answered.get(0).copyNumbers(expected);
        assertThat(row).isEqualTo(expected);
      }
    }
  }
}
