package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightedMomentsTest {

  private record Weighted(double value, double weight) {}

  @Property(tries = 200)
  void add_anyWeights_isWithinTwoUlpsOfExact(@ForAll("finite") double[] values, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    WeightedMomentsAccumulator moments = new WeightedMomentsAccumulator();
    WeightedMomentsAccumulator half = new WeightedMomentsAccumulator();
    BigDecimal weights = BigDecimal.ZERO;
    BigDecimal sum = BigDecimal.ZERO;
    BigDecimal squares = BigDecimal.ZERO;
    for (int i = 0; i < values.length; i++) {
      double weight = random.nextInt(9) == 0 ? 1e6 * random.nextDouble() : random.nextDouble();
      (i < values.length / 2 ? moments : half).add(values[i], weight);
      BigDecimal w = new BigDecimal(weight);
      BigDecimal x = new BigDecimal(values[i]);
      weights = weights.add(w);
      sum = sum.add(w.multiply(x));
      squares = squares.add(w.multiply(x).multiply(x));
    }
    moments.merge(half);
    WeightedMoments result = moments.toWeightedMoments();
    BigDecimal m2 =
        squares.multiply(weights).subtract(sum.multiply(sum)).divide(weights, Exact.DIGITS);
    assertThat(Exact.ulps(result.weight(), weights)).isLessThanOrEqualTo(1);
    assertThat(Exact.ulps(result.sumOfSquaredDeviations(), m2)).isLessThanOrEqualTo(2);
    assertThat(
            sum.divide(weights, Exact.DIGITS)
                .subtract(new BigDecimal(result.mean()))
                .abs()
                .doubleValue())
        .isLessThanOrEqualTo(
            2 * Math.ulp(result.mean()) + 1e-26 * Math.sqrt(result.populationVariance()));
  }

  @Test
  void result_wholeWeights_equalsRepeatedValues() {
    WeightedMomentsAccumulator weighted = new WeightedMomentsAccumulator();
    weighted.add(1, 3);
    weighted.add(7, 1);
    weighted.add(100, 0);
    weighted.add(4, 2);
    WeightedMoments result = weighted.toWeightedMoments();
    Moments repeated = MomentsTest.folded(1, 1, 1, 7, 4, 4).toMoments();
    assertThat(result.count()).isEqualTo(3);
    assertThat(result.weight()).isEqualTo(6);
    assertThat(result.mean()).isEqualTo(repeated.mean());
    assertThat(result.populationVariance()).isEqualTo(repeated.populationVariance());
    assertThat(result.frequencyVariance()).isEqualTo(repeated.sampleVariance());
    assertThat(result.reliabilityVariance())
        .isEqualTo(result.sumOfSquaredDeviations() / (6 - 14 / 6.0));
    assertThat(result.effectiveCount()).isCloseTo(36 / 14.0, within(1e-15));
  }

  @Test
  void result_emptyAndOne_isNaNWhereUndefined() {
    WeightedMomentsAccumulator moments = new WeightedMomentsAccumulator();
    assertThat(moments.toWeightedMoments())
        .isEqualTo(new WeightedMoments(0, 0, 0, Double.NaN, Double.NaN));
    assertThat(moments.toWeightedMoments().populationVariance()).isNaN();
    moments.add(3, 0.5);
    assertThat(moments.toWeightedMoments().populationVariance()).isZero();
    assertThat(moments.toWeightedMoments().frequencyVariance()).isNaN();
    assertThat(moments.toWeightedMoments().reliabilityVariance()).isNaN();
    moments.add(Double.POSITIVE_INFINITY, 1);
    assertThat(moments.toWeightedMoments().mean()).isNaN();
    assertThat(moments.toWeightedMoments().populationVariance()).isNaN();
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, Double.NaN, Double.POSITIVE_INFINITY})
  void add_badWeight_isRejected(double weight) {
    assertThatThrownBy(() -> new WeightedMomentsAccumulator().add(1, weight))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weight must be finite and not negative: " + weight);
    assertThatThrownBy(
            () ->
                WeightedMoments.over(Weighted::value, Weighted::weight)
                    .check(new Weighted(1, weight)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Provide
  Arbitrary<double[]> finite() {
    return Sequences.finite(2);
  }
}
