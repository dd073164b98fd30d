package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class CovarianceTest {

  @Property(tries = 200)
  void add_anyCut_isWithinTheStatedErrorOfExact(
      @ForAll("finite") double[] x,
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 300) int run) {
    SplittableRandom random = new SplittableRandom(seed);
    double slope = random.nextGaussian();
    double[] y = new double[x.length];
    CovarianceAccumulator accumulator = new CovarianceAccumulator();
    CovarianceAccumulator part = new CovarianceAccumulator();
    for (int i = 0; i < x.length; i++) {
      y[i] = slope * x[i] + random.nextGaussian();
      part.add(x[i], y[i]);
      if (i % run == run - 1) {
        accumulator.merge(part);
        part.clear();
      }
    }
    accumulator.merge(part);
    Covariance covariance = accumulator.toCovariance();
    assertThat(covariance.count()).isEqualTo(x.length);
    assertThat(Exact.ulps(covariance.m2X(), Exact.m2(x))).isLessThanOrEqualTo(2);
    assertThat(Exact.ulps(covariance.m2Y(), Exact.m2(y))).isLessThanOrEqualTo(2);
    assertErrors(covariance, x, y);
  }

  /** Checks codeviation and residuals against the stated bounds. */
  private static void assertErrors(Covariance covariance, double[] x, double[] y) {
    BigDecimal m2X = Exact.m2(x);
    BigDecimal m2Y = Exact.m2(y);
    BigDecimal codeviation = Exact.codeviation(x, y);
    if (m2X.signum() == 0 || m2Y.signum() == 0) {
      assertThat(covariance.codeviation()).as("codeviation of a constant").isZero();
      assertThat(covariance.m2Residuals())
          .isEqualTo(Double.valueOf(m2X.signum() == 0 ? Double.NaN : 0));
      return;
    }
    double root = m2X.multiply(m2Y).sqrt(Exact.DIGITS).doubleValue();
    double bound =
        x.length
            * 0x1p-104
            * (1
                + Math.abs(covariance.meanX()) / covariance.x().populationStandardDeviation()
                + Math.abs(covariance.meanY()) / covariance.y().populationStandardDeviation());
    assertThat(error(covariance.codeviation(), codeviation))
        .as("codeviation of %d", x.length)
        .isLessThanOrEqualTo(Math.ulp(covariance.codeviation()) + bound * root);
    BigDecimal residuals = m2Y.subtract(codeviation.pow(2).divide(m2X, Exact.DIGITS));
    assertThat(error(covariance.m2Residuals(), residuals))
        .as("residuals of %d", x.length)
        .isLessThanOrEqualTo(Math.ulp(covariance.m2Residuals()) + 4 * bound * m2Y.doubleValue());
  }

  private static double error(double actual, BigDecimal exact) {
    return exact.subtract(new BigDecimal(actual)).abs().doubleValue();
  }

  /** Offsets to 1e11 spreads, scales from 1e-60 to 1e60, noise from 1e-13 of the spread. */
  @Property(tries = 300)
  void add_anyScaleOffsetAndNoise_isWithinTheStatedErrorOfExact(
      @ForAll long seed, @ForAll @IntRange(min = 3, max = 300) int n) {
    SplittableRandom random = new SplittableRandom(seed);
    double unitX = Math.pow(10, random.nextInt(-60, 61));
    double slope = Math.pow(10, random.nextInt(-60, 61)) * (random.nextBoolean() ? 1 : -1);
    double offsetX = random.nextInt(3) == 0 ? 0 : unitX * Math.pow(10, random.nextInt(12));
    double offsetY = random.nextInt(3) == 0 ? 0 : slope * unitX * Math.pow(10, random.nextInt(12));
    double noise = slope * unitX * Math.pow(10, random.nextInt(-13, 1));
    double[] x = new double[n];
    double[] y = new double[n];
    CovarianceAccumulator whole = new CovarianceAccumulator();
    CovarianceAccumulator merged = new CovarianceAccumulator();
    for (int i = 0; i < n; i++) {
      double place = unitX * random.nextGaussian();
      x[i] = offsetX + place;
      y[i] = offsetY + slope * place + noise * random.nextGaussian();
      whole.add(x[i], y[i]);
      CovarianceAccumulator one = new CovarianceAccumulator();
      one.add(x[i], y[i]);
      merged.merge(one);
    }
    assertErrors(whole.toCovariance(), x, y);
    assertErrors(merged.toCovariance(), x, y);
  }

  @Test
  void residualStandardError_noiseBelowTheRoundingOfTheCorrelation_isThatOfTheResiduals() {
    SplittableRandom random = new SplittableRandom(4);
    for (double noise : new double[] {1, 1e-4, 1e-8, 1e-10}) {
      CovarianceAccumulator accumulator = new CovarianceAccumulator();
      double[] x = new double[1000];
      double[] y = new double[1000];
      for (int i = 0; i < x.length; i++) {
        x[i] = 1e9 * random.nextDouble();
        y[i] = 2 * x[i] + 1e9 * noise * random.nextGaussian();
        accumulator.add(x[i], y[i]);
      }
      BigDecimal residuals =
          Exact.m2(y).subtract(Exact.codeviation(x, y).pow(2).divide(Exact.m2(x), Exact.DIGITS));
      BigDecimal exact = residuals.divide(new BigDecimal(998), Exact.DIGITS).sqrt(Exact.DIGITS);
      assertThat(Exact.relativeError(accumulator.toCovariance().residualStandardError(), exact))
          .isLessThan(1e-8);
    }
  }

  @Test
  void result_line_isFound() {
    CovarianceAccumulator accumulator = new CovarianceAccumulator();
    for (int i = 0; i < 10; i++) {
      accumulator.add(1e9 + i, 3 - 2.0 * i);
    }
    Covariance covariance = accumulator.toCovariance();
    assertThat(covariance.slope()).isEqualTo(-2);
    assertThat(covariance.intercept()).isEqualTo(2e9 + 3);
    assertThat(covariance.predict(1e9 + 20)).isEqualTo(-37);
    assertThat(covariance.correlation()).isEqualTo(-1);
    assertThat(covariance.residualStandardError()).isZero();
    assertThat(covariance.sampleCovariance()).isEqualTo(-2 * covariance.x().sampleVariance());
    assertThat(covariance.populationCovariance())
        .isEqualTo(-2 * covariance.x().populationVariance());
    assertThat(covariance.y().mean()).isEqualTo(-6);
  }

  /**
   * The published regression of Anscombe's first set (1973, doi:10.1080/00031305.1973.10478966).
   */
  @Test
  void result_anscombe_givesThePublishedValues() {
    double[] x = {10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5};
    double[] y = {8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68};
    CovarianceAccumulator accumulator = new CovarianceAccumulator();
    for (int i = 0; i < x.length; i++) {
      accumulator.add(x[i], y[i]);
    }
    Covariance covariance = accumulator.toCovariance();
    assertThat(covariance.slope()).isCloseTo(0.5001, within(5e-5));
    assertThat(covariance.intercept()).isCloseTo(3.0001, within(5e-5));
    assertThat(covariance.correlation()).isCloseTo(0.8164, within(5e-5));
    assertThat(covariance.residualStandardError()).isCloseTo(1.237, within(5e-4));
  }

  @Test
  void result_degenerate_isNaN() {
    CovarianceAccumulator accumulator = new CovarianceAccumulator();
    assertThat(accumulator.toCovariance().correlation()).isNaN();
    assertThat(accumulator.toCovariance().meanX()).isNaN();
    accumulator.add(1, 2);
    assertThat(accumulator.toCovariance().populationCovariance()).isZero();
    assertThat(accumulator.toCovariance().sampleCovariance()).isNaN();
    assertThat(accumulator.toCovariance().slope()).isNaN();
    assertThat(accumulator.toCovariance().residualStandardError()).isNaN();
    accumulator.add(1, 3);
    assertThat(accumulator.toCovariance().correlation()).isNaN();
    assertThat(accumulator.toCovariance().slope()).isNaN();
    accumulator.add(1, 4);
    assertThat(accumulator.toCovariance().residualStandardError()).isNaN();
    accumulator.add(Double.POSITIVE_INFINITY, 3);
    assertThat(accumulator.toCovariance().meanY()).isNaN();
    assertThat(accumulator.toCovariance().codeviation()).isNaN();
  }

  @Provide
  Arbitrary<double[]> finite() {
    return Sequences.finite(2);
  }
}
