package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.thalweg.Aggregate;
import io.thalweg.Aggregates;
import io.thalweg.NonFinite;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class MomentsTest {

  @Property(tries = 300)
  void add_anyFiniteValues_isWithinTwoUlpsOfExact(@ForAll("finite") double[] values) {
    check(folded(values), 2, values);
  }

  @Property(tries = 300)
  void merge_anyCut_isWithinTwoUlpsOfExact(
      @ForAll("finite") double[] values, @ForAll @IntRange(min = 1, max = 50) int run) {
    MomentsAccumulator whole = new MomentsAccumulator();
    for (int from = 0; from < values.length; from += run) {
      whole.merge(folded(Arrays.copyOfRange(values, from, Math.min(from + run, values.length))));
    }
    check(whole, 2, values);
  }

  @Property(tries = 300)
  void addAll_anyFiniteValues_hasTheStatedError(@ForAll("finite") double[] values) {
    MomentsAccumulator moments = new MomentsAccumulator();
    moments.addAll(values, 0, values.length);
    assertThat(moments.count()).isEqualTo(values.length);
    double m2 = Exact.m2(values).doubleValue();
    assertThat(Exact.relativeError(moments.sumOfSquaredDeviations(), Exact.m2(values)))
        .isLessThan(4.5e-15);
    assertThat(Math.abs(moments.mean() - Exact.mean(values).doubleValue()))
        .isLessThanOrEqualTo(2 * Math.ulp(moments.mean()) + 4e-15 * Math.sqrt(m2 / values.length));
  }

  @Test
  void addAll_rangeAndBlocks_addsThatRangeOnly() {
    double[] values = new SplittableRandom(5).doubles(1000).toArray();
    MomentsAccumulator moments = new MomentsAccumulator();
    moments.addAll(values, 13, 990);
    double[] part = Arrays.copyOfRange(values, 13, 990);
    assertThat(moments.count()).isEqualTo(977);
    assertThat(Exact.relativeError(moments.sumOfSquaredDeviations(), Exact.m2(part)))
        .isLessThan(4e-15);
    assertThatThrownBy(() -> moments.addAll(values, 13, 1001))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void addAll_nonFiniteOrHugeInBlock_equalsOneByOne() {
    double[] values = new double[300];
    Arrays.fill(values, 1e300);
    values[140] = -1e300;
    MomentsAccumulator block = new MomentsAccumulator();
    block.addAll(values, 0, 300);
    assertThat(Exact.ulps(block.mean(), Exact.mean(values))).isLessThan(3);
    assertThat(block.sampleVariance()).isInfinite();
    values[150] = Double.POSITIVE_INFINITY;
    block.clear();
    block.addAll(values, 0, 300);
    assertThat(block.mean()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(block.sampleVariance()).isNaN();
  }

  @Property(tries = 100)
  void add_constant_hasVarianceZero(
      @ForAll double value, @ForAll @IntRange(min = 1, max = 500) int count) {
    double[] values = new double[count];
    Arrays.fill(values, value);
    MomentsAccumulator moments = folded(values);
    assertThat(moments.mean()).isEqualTo(value);
    assertThat(moments.sumOfSquaredDeviations()).isZero();
    moments.merge(folded(values));
    assertThat(moments.mean()).isEqualTo(value);
    assertThat(moments.sumOfSquaredDeviations()).isZero();
  }

  @Test
  void add_outliersOfAllSizes_keepsThePermutationWithinFourUlps() {
    SplittableRandom random = new SplittableRandom(11);
    double[] values = new double[1000];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian() * Math.pow(10, random.nextInt(8));
    }
    double variance = folded(values).sampleVariance();
    for (int i = 0; i < 20; i++) {
      for (int j = values.length - 1; j > 0; j--) {
        int k = random.nextInt(j + 1);
        double swapped = values[j];
        values[j] = values[k];
        values[k] = swapped;
      }
      assertThat(Math.abs(folded(values).sampleVariance() - variance))
          .isLessThanOrEqualTo(4 * Math.ulp(variance));
    }
  }

  @Test
  void result_emptyAndOne_isNaNWhereUndefined() {
    Moments empty = new MomentsAccumulator().toMoments();
    assertThat(empty.count()).isZero();
    assertThat(empty.sum()).isZero();
    assertThat(empty.mean()).isNaN();
    assertThat(empty.sumOfSquaredDeviations()).isNaN();
    assertThat(empty.populationVariance()).isNaN();
    assertThat(empty.sampleVariance()).isNaN();
    assertThat(empty.populationStandardDeviation()).isNaN();
    assertThat(empty.sampleStandardDeviation()).isNaN();
    Moments one = folded(7).toMoments();
    assertThat(one.mean()).isEqualTo(7);
    assertThat(one.populationVariance()).isZero();
    assertThat(one.sampleVariance()).isNaN();
    assertThat(one.populationStandardDeviation()).isZero();
    assertThat(one.sampleStandardDeviation()).isNaN();
  }

  @Test
  void result_smallSet_givesBothVariances() {
    Moments moments = folded(1, 2, 3, 4).toMoments();
    assertThat(moments).isEqualTo(new Moments(4, 2.5, 5));
    assertThat(moments.sum()).isEqualTo(10);
    assertThat(moments.populationVariance()).isEqualTo(1.25);
    assertThat(moments.sampleVariance()).isEqualTo(1.6666666666666667);
    assertThat(moments.populationStandardDeviation()).isEqualTo(Math.sqrt(1.25));
    assertThat(moments.sampleStandardDeviation()).isEqualTo(Math.sqrt(5 / 3.0));
    MomentsAccumulator live = folded(1, 2, 3, 4);
    assertThat(live.populationVariance()).isEqualTo(1.25);
    assertThat(live.sampleVariance()).isEqualTo(1.6666666666666667);
    assertThat(live.populationStandardDeviation()).isEqualTo(Math.sqrt(1.25));
    assertThat(live.sampleStandardDeviation()).isEqualTo(Math.sqrt(5 / 3.0));
  }

  @Test
  void over_skipping_countsSkippedValues() {
    record Quality(Moments moments, long skipped) {}
    Aggregate<Double, ?, Quality> quality =
        Aggregates.all(
            Moments.over(Double::doubleValue, NonFinite.SKIP),
            NonFinite.count(Double::doubleValue),
            Quality::new);
    Quality result = fold(quality, 1.0, Double.NaN, 3.0);
    assertThat(result.moments().mean()).isEqualTo(2);
    assertThat(result.skipped()).isEqualTo(1);
    assertThat(fold(Moments.over(Double::doubleValue, NonFinite.PROPAGATE), 1.0, Double.NaN, 3.0))
        .isEqualTo(new Moments(3, Double.NaN, Double.NaN));
  }

  /** Values up to the largest double of both signs, added and merged. */
  @Property(tries = 500)
  void mean_differencesThatOverflow_isWithinTwoUlpsOfExact(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int n) {
    SplittableRandom random = new SplittableRandom(seed);
    double unit = random.nextBoolean() ? Double.MAX_VALUE : 3e300;
    double[] values = new double[n];
    MomentsAccumulator whole = new MomentsAccumulator();
    MomentsAccumulator merged = new MomentsAccumulator();
    MomentsAccumulator part = new MomentsAccumulator();
    for (int i = 0; i < n; i++) {
      values[i] = random.nextInt(9) == 0 ? unit : unit * random.nextDouble(-1, 1);
      whole.add(values[i]);
      part.add(values[i]);
      if (random.nextInt(4) == 0) {
        merged.merge(part);
        part.clear();
      }
    }
    merged.merge(part);
    java.math.BigDecimal mean = Exact.mean(values);
    if (mean.abs().doubleValue() > 1e-12 * unit) {
      assertThat(Exact.ulps(whole.mean(), mean)).isLessThanOrEqualTo(2);
      assertThat(Exact.ulps(merged.mean(), mean)).isLessThanOrEqualTo(2);
    }
  }

  @Test
  void standardDeviation_squaresBeyondTheLargestDouble_isInfiniteAsStated() {
    assertThat(folded(0, 2e154, 1e154).populationStandardDeviation()).isInfinite();
    assertThat(folded(0, 2e153, 1e153).populationStandardDeviation())
        .isCloseTo(8.16496580927726e152, withinPercentage(1e-12));
    assertThat(folded(0, 2e-140, 1e-140).populationStandardDeviation())
        .isCloseTo(8.16496580927726e-141, withinPercentage(1e-12));
  }

  @Test
  void codec_damagedCount_isRejected() {
    byte[] bytes = MomentsAccumulator.CODEC.encode(folded(1, 2));
    bytes[bytes.length - 44] = (byte) 0x80; // the count's sign
    assertThatThrownBy(() -> MomentsAccumulator.CODEC.decode(bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("damaged");
    assertThatThrownBy(
            () ->
                MomentsAccumulator.CODEC.read(
                    new java.io.DataInputStream(
                        new java.io.ByteArrayInputStream(
                            new byte[] {-1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})),
                    1))
        .isInstanceOf(java.io.IOException.class)
        .hasMessageStartingWith("count must not be negative: ");
  }

  @Provide
  Arbitrary<double[]> finite() {
    return Sequences.finite(1);
  }

  private static <E, A, R> R fold(Aggregate<E, A, R> aggregate, E first, E second, E third) {
    A state = aggregate.create();
    List.of(first, second, third).forEach(event -> aggregate.add(state, event));
    return aggregate.result(state);
  }

  static MomentsAccumulator folded(double... values) {
    MomentsAccumulator moments = new MomentsAccumulator();
    for (double value : values) {
      moments.add(value);
    }
    return moments;
  }

  private static void check(MomentsAccumulator moments, double ulps, double... values) {
    assertThat(moments.count()).isEqualTo(values.length);
    assertThat(Exact.ulps(moments.sumOfSquaredDeviations(), Exact.m2(values)))
        .as("sum of squared deviations")
        .isLessThanOrEqualTo(ulps);
    // where the values cancel the mean is exact to 1e-28 of their spread
    assertThat(
            Exact.mean(values)
                .subtract(new java.math.BigDecimal(moments.mean()))
                .abs()
                .doubleValue())
        .as("mean")
        .isLessThanOrEqualTo(
            ulps * Math.ulp(moments.mean()) + 1e-28 * Math.sqrt(Exact.m2(values).doubleValue()));
  }
}
