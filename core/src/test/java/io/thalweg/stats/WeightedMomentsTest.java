package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
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

  /** Weights from 1e-160 to 1e160 beside each other, and two that differ by 1e16. */
  @Property(tries = 300)
  void add_weightsOfAnyMagnitude_isWithinTheStatedErrorOfExact(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 60) int n) {
    SplittableRandom random = new SplittableRandom(seed);
    int spread = new int[] {0, 1, 16, 160}[random.nextInt(4)];
    int unit = random.nextInt(-160, 161) * (160 - spread) / 160;
    double[] values = new double[n];
    double[] weights = new double[n];
    WeightedMomentsAccumulator moments = new WeightedMomentsAccumulator();
    WeightedMomentsAccumulator merged = new WeightedMomentsAccumulator();
    for (int i = 0; i < n; i++) {
      values[i] = 10 + random.nextGaussian();
      weights[i] =
          (1 + random.nextDouble()) * Math.pow(10, unit + random.nextInt(-spread, spread + 1));
      moments.add(values[i], weights[i]);
      WeightedMomentsAccumulator one = new WeightedMomentsAccumulator();
      one.add(values[i], weights[i]);
      if (random.nextBoolean()) {
        merged.merge(one);
      } else {
        one.merge(merged);
        merged = one;
      }
    }
    assertErrors(moments.toWeightedMoments(), values, weights);
    assertErrors(merged.toWeightedMoments(), values, weights);
  }

  private static void assertErrors(WeightedMoments result, double[] values, double[] weights) {
    BigDecimal w = Exact.sum(weights);
    BigDecimal sum = BigDecimal.ZERO;
    BigDecimal squares = BigDecimal.ZERO;
    BigDecimal squaredWeights = BigDecimal.ZERO;
    for (int i = 0; i < values.length; i++) {
      BigDecimal x = new BigDecimal(values[i]);
      BigDecimal wx = new BigDecimal(weights[i]).multiply(x);
      sum = sum.add(wx);
      squares = squares.add(wx.multiply(x));
      squaredWeights = squaredWeights.add(new BigDecimal(weights[i]).pow(2));
    }
    BigDecimal m2 = squares.multiply(w).subtract(sum.pow(2)).divide(w, Exact.DIGITS);
    BigDecimal divisor = w.pow(2).subtract(squaredWeights).divide(w, Exact.DIGITS);
    assertThat(Exact.ulps(result.weight(), w)).isLessThanOrEqualTo(1);
    assertThat(Exact.ulps(result.mean(), sum.divide(w, Exact.DIGITS))).isLessThanOrEqualTo(2);
    assertThat(Exact.ulps(result.sumOfSquaredDeviations(), m2)).isLessThanOrEqualTo(2);
    assertThat(Exact.ulps(result.reliabilityDivisor(), divisor)).isLessThanOrEqualTo(2);
    assertThat(Exact.ulps(result.effectiveCount(), w.pow(2).divide(squaredWeights, Exact.DIGITS)))
        .isLessThanOrEqualTo(2);
    assertThat(Exact.ulps(result.reliabilityVariance(), m2.divide(divisor, Exact.DIGITS)))
        .isLessThanOrEqualTo(4);
  }

  @Test
  void reliabilityVariance_oneWeightDominates_isThatOfTwoValues() {
    for (double weight : new double[] {1, 1e3, 1e15, 1e16, 1e17, 1e20, 1e300, 1e-300}) {
      for (boolean first : new boolean[] {true, false}) {
        WeightedMomentsAccumulator moments = new WeightedMomentsAccumulator();
        moments.add(first ? 10 : 20, first ? weight : 1);
        moments.add(first ? 20 : 10, first ? 1 : weight);
        assertThat(moments.toWeightedMoments().reliabilityVariance())
            .isCloseTo(50, within(4 * Math.ulp(50.0)));
      }
    }
  }

  @Test
  void codec_versionOne_isRead() throws IOException {
    WeightedMomentsAccumulator moments = new WeightedMomentsAccumulator();
    moments.add(10, 3);
    moments.add(20, 4);
    moments.add(24, 2);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeLong(3);
    // squared weight, weight, mean, sum of squares
    for (double number : new double[] {29, 9, 0, 158 / 9.0, 0, 0, 0}) {
      out.writeDouble(number);
    }
    WeightedMoments read =
        WeightedMomentsAccumulator.CODEC
            .read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())), 1)
            .toWeightedMoments();
    assertThat(read.weight()).isEqualTo(9);
    assertThat(read.mean()).isEqualTo(158 / 9.0);
    assertThat(read.effectiveCount()).isEqualTo(81 / 29.0);
    assertThat(read.reliabilityDivisor()).isEqualTo(52 / 9.0);
    assertThat(moments.toWeightedMoments().reliabilityDivisor()).isEqualTo(52 / 9.0);
    assertThat(moments.toWeightedMoments().effectiveCount()).isEqualTo(81 / 29.0);
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
        .isEqualTo(new WeightedMoments(0, 0, 0, Double.NaN, Double.NaN, Double.NaN));
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
