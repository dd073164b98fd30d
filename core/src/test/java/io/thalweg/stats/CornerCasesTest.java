package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.Fifo;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Inputs on which libraries have been found wrong, with the exact answers. Each names where the
 * failure was reported.
 */
class CornerCasesTest {

  private static final double MAX = Double.MAX_VALUE;
  private static final double INF = Double.POSITIVE_INFINITY;

  @Test
  void variance_offsetOfBillion_isExact() {
    MomentsAccumulator moments = MomentsTest.folded(1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16);
    assertThat(moments.mean()).isEqualTo(1000000010);
    assertThat(moments.sampleVariance()).isEqualTo(30);
    assertThat(moments.populationVariance()).isEqualTo(22.5);
  }

  @Test
  void variance_tinyAroundBillion_isThatOfTheDoubles() {
    double[] values = series(10_000, i -> i % 2 == 0 ? 1e9 + 5e-4 : 1e9 - 5e-4);
    double variance = MomentsTest.folded(values).sampleVariance();
    assertThat(Exact.ulps(variance, Exact.sampleVariance(values))).isLessThanOrEqualTo(2);
    assertThat(variance).isCloseTo(2.49989e-07, within(1e-12));
  }

  @Test
  void variance_oneUnitInTheLastPlace_isExact() {
    double[] values = {1, 1, 1, 1, 1, 1, 1.00000000000001};
    assertThat(MomentsTest.folded(values).sampleVariance()).isEqualTo(1.4262886902433472e-29);
  }

  @Test
  void moments_largestDoubles_meanIsFinite() {
    assertThat(MomentsTest.folded(MAX, MAX).toMoments()).isEqualTo(new Moments(2, MAX, 0));
    MomentsAccumulator three = MomentsTest.folded(MAX, MAX, -MAX);
    assertThat(three.mean()).isCloseTo(MAX / 3, within(4 * Math.ulp(MAX / 3)));
    assertThat(three.sampleVariance()).isEqualTo(INF);
    MomentsAccumulator other = MomentsTest.folded(-MAX, 1, 1);
    assertThat(other.mean())
        .isCloseTo(-5.992310449541052e307, within(4 * Math.ulp(5.992310449541052e307)));
    assertThat(other.populationVariance()).isEqualTo(INF);
    assertThat(MomentsTest.folded(0, 0x1p1023).sampleVariance()).isEqualTo(INF);
    MomentsAccumulator merged = MomentsTest.folded(-MAX);
    merged.merge(MomentsTest.folded(series(1000, i -> MAX)));
    assertThat(merged.mean()).isCloseTo(MAX / 1001 * 999, within(8 * Math.ulp(MAX)));
  }

  @Test
  void moments_infinities_followTheRules() {
    MomentsAccumulator one = MomentsTest.folded(1, INF);
    assertThat(one.mean()).isEqualTo(INF);
    assertThat(one.populationVariance()).isNaN();
    MomentsAccumulator both = MomentsTest.folded(INF, -INF);
    assertThat(both.mean()).isNaN();
    assertThat(both.populationVariance()).isNaN();
    assertThat(MomentsTest.folded(INF, 3, 4).mean()).isEqualTo(INF);
  }

  @Test
  void merge_emptyOneAndSelf_loseNothing() {
    MomentsAccumulator moments = MomentsTest.folded(1, 2, 3);
    moments.merge(new MomentsAccumulator());
    moments.merge(MomentsTest.folded(100));
    assertThat(moments.count()).isEqualTo(4);
    assertThat(moments.mean()).isEqualTo(26.5);
    assertThat(moments.sampleVariance()).isEqualTo(2401.6666666666665);
    MomentsAccumulator empty = new MomentsAccumulator();
    empty.merge(new MomentsAccumulator());
    byte[] created = MomentsAccumulator.CODEC.encode(new MomentsAccumulator());
    assertThat(MomentsAccumulator.CODEC.encode(empty)).isEqualTo(created);
    MomentsAccumulator some = MomentsTest.folded(0.1, 0.7, 1e9);
    byte[] bits = MomentsAccumulator.CODEC.encode(some);
    some.merge(empty);
    assertThat(MomentsAccumulator.CODEC.encode(some)).isEqualTo(bits);
    empty.merge(some);
    assertThat(MomentsAccumulator.CODEC.encode(empty)).isEqualTo(bits);
    moments.merge(MomentsTest.folded(1, 2, 3, 100));
    assertThat(moments.count()).isEqualTo(8);
    assertThat(moments.mean()).isEqualTo(26.5);
    moments.merge(moments);
    assertThat(moments.count()).isEqualTo(16);
    assertThat(moments.mean()).isEqualTo(26.5);
    assertThat(moments.populationVariance()).isEqualTo(7205 / 4.0);
  }

  @Test
  void window_spikeAmongSmall_isExactAfter() { // pandas 28244
    assertLastVariance(0.3035015625, 1e-15, 4, 9.54e8, .6225, 0, 1.14, 0);
  }

  @Test
  void window_hugeThenSmall_isExactAfter() { // pandas 54518
    assertLastVariance(12.5, 0, 2, 1.2e3, 1.3e17, 1.5e17, 1995, 1990);
  }

  @Test
  void window_stepThenSmall_isExactAfter() { // pandas 48950
    assertThat(Math.sqrt(lastVariance(3, 1e5, .1, .2, .3, .4))).isCloseTo(0.1, within(2e-17));
  }

  @Test
  void window_toConstant_isZero() { // ajcr/rolling 20, polars 21677, pandas 42064, 44640
    assertLastVariance(0, 0, 3, 138, 136, 137, 137, 135, 136, 135, 135, 135);
    assertLastVariance(0, 0, 5, 1, 1e-7, 0, 0, 0, 0, 0, 0, 0, 0);
    double[] variances = variances(10, series(1000, i -> i == 0 ? 1000 : 0));
    assertThat(Arrays.stream(variances).skip(10)).containsOnly(0.0);
    for (int window : new int[] {3, 6}) {
      double[] dip = variances(window, series(16, i -> i == 7 ? -1 : 0));
      assertThat(Arrays.stream(dip).skip(7 + window)).containsOnly(0.0);
    }
  }

  @Test
  void window_tinyValues_areExact() { // pandas 38874
    double[] values = series(20, i -> new double[] {1e-8, -1.1e-8, 1.2e-8, -1.1e-8}[i % 4]);
    double sample = lastVariance(10, values);
    assertThat(Math.sqrt(sample * 9 / 10)).isCloseTo(1.112160060422959e-08, within(4e-24));
  }

  @Test
  void window_valuesFallingByFiftyOrders_areExact() { // pandas 52407
    double[] values = {
      0, 0, 3.16188252e-18, 2.95781651e-16, 2.23153542e-51, 0, 0, 5.39943432e-48, 1.38206260e-73, 0
    };
    double[] variances = variances(3, values);
    assertThat(variances[9]).isCloseTo(9.71796365866462e-96, within(1e-109));
    for (int i = 2; i < values.length; i++) {
      double[] inside = Arrays.copyOfRange(values, i - 2, i + 1);
      assertThat(Exact.relativeError(variances[i], Exact.sampleVariance(inside)))
          .as("at %d", i)
          .isLessThan(1e-13);
    }
  }

  @Test
  void weighted_valuesNearHundred_isExact() { // river 732
    double[] values = {
      99.99999978143265, 99.99999989071631, 99.99999994535816, 99.99999997267908,
      99.99999998633952, 99.99999999316977, 99.99999999829245, 99.99999999957309
    };
    double[] times = {6, 8, 6, 9, 10, 3, 5, 9};
    WeightedMomentsAccumulator moments = new WeightedMomentsAccumulator();
    for (int i = 0; i < values.length; i++) {
      moments.add(values[i], times[i]);
    }
    double exact = 4.648046815078954e-15;
    assertThat(moments.toWeightedMoments().frequencyVariance())
        .isCloseTo(exact, within(2 * Math.ulp(exact)));
  }

  @Test
  void arrays_changedByTheirOwner_changeNothing() {
    double[] values = series(300, i -> i);
    MomentsAccumulator moments = new MomentsAccumulator();
    moments.addAll(values, 0, values.length);
    Moments before = moments.toMoments();
    Arrays.fill(values, Double.NaN);
    assertThat(moments.toMoments()).isEqualTo(before);
    int[] lags = {1, 2};
    AutocorrelationAccumulator autocorrelation = new AutocorrelationAccumulator(lags);
    lags[0] = 7;
    assertThat(autocorrelation.toAutocorrelation().lags()).containsExactly(1, 2);
  }

  @Test
  void variance_epochMillis_isExact() { // mobius 152
    MomentsAccumulator moments =
        MomentsTest.folded(1788878897448.0, 1788878897449.0, 1788878897450.0);
    assertThat(moments.sampleVariance()).isEqualTo(1);
  }

  @Test
  void variance_constant_isZero() { // prometheus 4527
    double value = 1.5990505637277868;
    assertThat(MomentsTest.folded(value, value, value).sampleStandardDeviation()).isZero();
  }

  @Test
  void window_nanAndInfinity_recover() { // polars 23115
    for (double strange : new double[] {Double.NaN, INF, -INF}) {
      Fifo.OfDouble<MomentsAccumulator> fifo = MomentsAccumulator.fifo();
      double[] means = new double[7];
      double[] values = {0, 1, 3, strange, 5, 6, 7};
      for (int i = 0; i < values.length; i++) {
        if (fifo.size() == 3) {
          fifo.evict();
        }
        fifo.add(values[i]);
        means[i] = fifo.result().mean();
      }
      assertThat(means[2]).isCloseTo(4 / 3.0, within(1e-15));
      assertThat(Arrays.copyOfRange(means, 3, 6)).containsOnly(strange);
      assertThat(means[6]).isEqualTo(6);
      assertThat(fifo.result().sampleVariance()).isEqualTo(1);
    }
  }

  private static double[] series(int length, IntToDoubleFunction value) {
    return IntStream.range(0, length).mapToDouble(value).toArray();
  }

  private static void assertLastVariance(
      double expected, double relative, int window, double... values) {
    assertThat(lastVariance(window, values))
        .isCloseTo(expected, within(relative * Math.abs(expected)));
  }

  private static double lastVariance(int window, double... values) {
    double[] variances = variances(window, values);
    return variances[variances.length - 1];
  }

  private static double[] variances(int window, double... values) {
    Fifo.OfDouble<Moments> fifo = Moments.fifo();
    double[] variances = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      if (fifo.size() == window) {
        fifo.evict();
      }
      fifo.add(values[i]);
      variances[i] = fifo.result().sampleVariance();
    }
    return variances;
  }
}
