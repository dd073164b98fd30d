package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.SplittableRandom;
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
    assertErrors(accumulator.toHigherMoments(), values);
  }

  /** Checks mean, variance, skewness and kurtosis against the stated errors. */
  private static void assertErrors(HigherMoments actual, double... values) {
    BigDecimal n = new BigDecimal(values.length);
    BigDecimal mean = Exact.mean(values);
    BigDecimal m2 = Exact.m2(values);
    assertThat(actual.count()).isEqualTo(values.length);
    if (m2.signum() == 0) {
      assertThat(actual.m2()).isZero();
      assertThat(actual.populationSkewness()).isNaN();
      assertThat(actual.populationExcessKurtosis()).isNaN();
      return;
    }
    BigDecimal cubes = BigDecimal.ZERO;
    for (double value : values) {
      cubes = cubes.add(new BigDecimal(value).subtract(mean).abs().pow(3));
    }
    BigDecimal root = m2.multiply(m2.sqrt(Exact.DIGITS));
    BigDecimal skewness =
        n.sqrt(Exact.DIGITS).multiply(Exact.deviations(3, values)).divide(root, Exact.DIGITS);
    double absolute = n.sqrt(Exact.DIGITS).multiply(cubes).divide(root, Exact.DIGITS).doubleValue();
    assertThat(error(actual.populationSkewness(), skewness))
        .as("skewness")
        .isLessThanOrEqualTo(2e-13 * absolute);
    BigDecimal kurtosis = n.multiply(Exact.deviations(4, values)).divide(m2.pow(2), Exact.DIGITS);
    assertThat(error(actual.populationExcessKurtosis(), kurtosis.subtract(new BigDecimal(3))))
        .as("kurtosis")
        .isLessThanOrEqualTo(2e-13 * kurtosis.doubleValue() + Math.ulp(3.0));
    double variance = m2.doubleValue();
    if (variance > 1e-290 && variance < Double.MAX_VALUE) {
      assertThat(Exact.relativeError(actual.m2(), m2)).isLessThanOrEqualTo(1e-13);
    }
    assertThat(error(actual.mean(), mean))
        .isLessThanOrEqualTo(
            2 * Math.ulp(actual.mean()) + 1e-28 * m2.sqrt(Exact.DIGITS).doubleValue());
  }

  private static double error(double actual, BigDecimal exact) {
    return exact.subtract(new BigDecimal(actual)).abs().doubleValue();
  }

  /** Spreads from 1e-300 to 1e306 around 0 or an offset, constant runs, steps of scale. */
  @Property(tries = 300)
  void add_spreadsOfAnyMagnitude_areWithinTheStatedErrorOfExact(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int n) {
    SplittableRandom random = new SplittableRandom(seed);
    int scale = random.nextInt(-300, 306);
    int other = random.nextInt(3) == 0 ? random.nextInt(-300, 306) : scale;
    double offset = random.nextInt(3) == 0 ? Math.pow(10, scale) * random.nextInt(1000) : 0;
    double[] values = new double[n];
    HigherMomentsAccumulator whole = new HigherMomentsAccumulator();
    HigherMomentsAccumulator merged = new HigherMomentsAccumulator();
    HigherMomentsAccumulator part = new HigherMomentsAccumulator();
    for (int i = 0; i < n; i++) {
      values[i] =
          i > 0 && random.nextInt(4) == 0
              ? values[i - 1]
              : offset + Math.pow(10, i < n / 2 ? scale : other) * random.nextGaussian();
      whole.add(values[i]);
      part.add(values[i]);
      if (random.nextInt(5) == 0) {
        merged.merge(part);
        part.clear();
      }
      if (random.nextInt(9) == 0) {
        merged =
            HigherMomentsAccumulator.CODEC.decode(HigherMomentsAccumulator.CODEC.encode(merged));
      }
    }
    merged.merge(part);
    assertErrors(whole.toHigherMoments(), values);
    assertErrors(merged.toHigherMoments(), values);
  }

  @Test
  void result_smallestAndLargestSpread_isThatOfTheSameShape() {
    HigherMoments expected = folded(1, 2, 2, 4, 8).toHigherMoments();
    for (int exponent = -1000; exponent <= 1020; exponent++) {
      double unit = Math.scalb(1.0, exponent);
      HigherMoments shape = folded(unit, 2 * unit, 2 * unit, 4 * unit, 8 * unit).toHigherMoments();
      assertThat(shape.sampleSkewness()).isCloseTo(expected.sampleSkewness(), within(1e-14));
      assertThat(shape.sampleExcessKurtosis())
          .isCloseTo(expected.sampleExcessKurtosis(), within(1e-13));
    }
  }

  @Test
  void codec_versionOne_isRead() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeLong(4);
    for (double number : new double[] {2.5, 0, 5, 0, 10.25}) {
      out.writeDouble(number);
    }
    HigherMomentsAccumulator read =
        HigherMomentsAccumulator.CODEC.read(
            new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())), 1);
    assertThat(read.toHigherMoments()).isEqualTo(folded(1, 2, 3, 4).toHigherMoments());
    assertThat(HigherMomentsAccumulator.CODEC.encode(read))
        .isEqualTo(HigherMomentsAccumulator.CODEC.encode(folded(1, 2, 3, 4)));
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
    assertThat(infinite.populationExcessKurtosis()).isNaN();
    assertThat(folded(-Double.MAX_VALUE, Double.MAX_VALUE).toHigherMoments().m2()).isNaN();
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
