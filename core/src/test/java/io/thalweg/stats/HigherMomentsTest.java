package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.util.Arrays;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class HigherMomentsTest {

  @Property(tries = 200)
  void add_anyCut_isWithinTheStatedErrorOfExact(
      @ForAll("finite") double[] values, @ForAll @IntRange(min = 1, max = 300) int run) {
    HigherMomentsAccumulator accumulator = new HigherMomentsAccumulator();
    for (int from = 0; from < values.length; from += run) {
      accumulator.merge(
          folded(Arrays.copyOfRange(values, from, Math.min(from + run, values.length))));
    }
    HigherMoments shape = accumulator.toHigherMoments();
    BigDecimal mean = Exact.mean(values);
    double[] absolute = new double[5];
    for (double value : values) {
      double deviation = new BigDecimal(value).subtract(mean).abs().doubleValue();
      for (int k = 2; k <= 4; k++) {
        absolute[k] += Math.pow(deviation, k);
      }
    }
    double[] actual = {0, 0, shape.m2(), shape.m3(), shape.m4()};
    for (int k = 2; k <= 4; k++) {
      assertThat(
              Exact.deviations(k, values).subtract(new BigDecimal(actual[k])).abs().doubleValue())
          .as("moment %d", k)
          .isLessThanOrEqualTo(1e-13 * absolute[k]);
    }
    assertThat(Exact.ulps(shape.mean(), mean))
        .satisfiesAnyOf(
            ulps -> assertThat(ulps).isLessThanOrEqualTo(2),
            ulps ->
                assertThat(ulps * Math.ulp(shape.mean()))
                    .isLessThan(1e-28 * Math.sqrt(absolute[2])));
  }

  @Test
  void result_knownSets_givesThePublishedValues() {
    HigherMoments small = folded(1, 2, 3, 4).toHigherMoments();
    assertThat(small.moments()).isEqualTo(new Moments(4, 2.5, 5));
    assertThat(small.populationSkewness()).isZero();
    assertThat(small.populationExcessKurtosis()).isCloseTo(-1.36, within(1e-15));
    assertThat(small.sampleExcessKurtosis()).isCloseTo(-1.2, within(1e-14));
    HigherMoments some = folded(14, 8, 11, 10, 7, 9, 10, 11, 10, 15, 5, 10).toHigherMoments();
    assertThat(some.moments().sampleVariance()).isEqualTo(7.454545454545454);
    assertThat(some.populationSkewness()).isCloseTo(0.13995586384317182, within(1e-15));
    assertThat(some.sampleSkewness()).isCloseTo(0.16079704551948942, within(1e-15));
    assertThat(some.populationExcessKurtosis()).isCloseTo(-0.1338488994646044, within(2e-15));
    assertThat(some.sampleExcessKurtosis()).isCloseTo(0.5206623041840175, within(4e-15));
    HigherMoments skewed = folded(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 50).toHigherMoments();
    assertThat(skewed.mean()).isEqualTo(8.75);
    assertThat(skewed.moments().sampleVariance()).isEqualTo(178.75);
    assertThat(skewed.populationSkewness()).isCloseTo(2.716501877554543, within(1e-14));
    assertThat(skewed.sampleSkewness()).isCloseTo(3.12102304301005, within(1e-14));
    assertThat(skewed.populationExcessKurtosis()).isCloseTo(6.028323412125065, within(2e-14));
    assertThat(skewed.sampleExcessKurtosis()).isCloseTo(10.311669421487604, within(4e-14));
  }

  @Test
  void result_tooFewOrEqual_isNaN() {
    assertThat(new HigherMomentsAccumulator().toHigherMoments().populationSkewness()).isNaN();
    assertThat(new HigherMomentsAccumulator().toHigherMoments().mean()).isNaN();
    HigherMoments equal = folded(1e9, 1e9, 1e9, 1e9, 1e9).toHigherMoments();
    assertThat(equal.m2()).isZero();
    assertThat(equal.populationSkewness()).isNaN();
    assertThat(equal.sampleExcessKurtosis()).isNaN();
    assertThat(folded(1, 2).toHigherMoments().sampleSkewness()).isNaN();
    assertThat(folded(1, 2, 4).toHigherMoments().sampleExcessKurtosis()).isNaN();
    HigherMoments infinite = folded(1, Double.POSITIVE_INFINITY, 2).toHigherMoments();
    assertThat(infinite.mean()).isNaN();
    assertThat(infinite.m4()).isNaN();
  }

  @Provide
  Arbitrary<double[]> finite() {
    return Sequences.finite(1);
  }

  private static HigherMomentsAccumulator folded(double... values) {
    HigherMomentsAccumulator shape = new HigherMomentsAccumulator();
    for (double value : values) {
      shape.add(value);
    }
    return shape;
  }
}
