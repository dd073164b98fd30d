package io.thalweg.stats;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;

/** Statistics of doubles in exact arithmetic: numerators are exact, quotients have 60 digits. */
final class Exact {

  static final MathContext DIGITS = new MathContext(60);

  private Exact() {}

  static BigDecimal sum(double... values) {
    BigDecimal sum = BigDecimal.ZERO;
    for (double value : values) {
      sum = sum.add(new BigDecimal(value));
    }
    return sum;
  }

  static BigDecimal mean(double... values) {
    return sum(values).divide(BigDecimal.valueOf(values.length), DIGITS);
  }

  /** Σ (x - mean)² = (n Σx² - (Σx)²) / n. */
  static BigDecimal m2(double... values) {
    return codeviation(values, values);
  }

  /** Σ (x - mean x)(y - mean y) = (n Σxy - Σx Σy) / n. */
  static BigDecimal codeviation(double[] x, double[] y) {
    BigDecimal products = BigDecimal.ZERO;
    for (int i = 0; i < x.length; i++) {
      products = products.add(new BigDecimal(x[i]).multiply(new BigDecimal(y[i])));
    }
    BigDecimal n = BigDecimal.valueOf(x.length);
    return products.multiply(n).subtract(sum(x).multiply(sum(y))).divide(n, DIGITS);
  }

  /** Σ (x - mean)^power = Σ (n x - Σx)^power / n^power. */
  static BigDecimal deviations(int power, double... values) {
    BigDecimal total = sum(values);
    BigDecimal n = BigDecimal.valueOf(values.length);
    BigDecimal sum = BigDecimal.ZERO;
    for (double value : values) {
      sum = sum.add(new BigDecimal(value).multiply(n).subtract(total).pow(power));
    }
    return sum.divide(n.pow(power), DIGITS);
  }

  static BigDecimal sampleVariance(double... values) {
    return m2(values).divide(BigDecimal.valueOf(values.length - 1L), DIGITS);
  }

  static BigDecimal sampleStandardDeviation(double... values) {
    return sampleVariance(values).sqrt(DIGITS);
  }

  /** Returns the distance from the exact value in units in its last place. */
  static double ulps(double actual, BigDecimal exact) {
    if (!Double.isFinite(actual)) {
      return Double.POSITIVE_INFINITY;
    }
    BigDecimal error = new BigDecimal(actual).subtract(exact).abs();
    return error.divide(new BigDecimal(Math.ulp(exact.doubleValue())), DIGITS).doubleValue();
  }

  static double relativeError(double actual, BigDecimal exact) {
    if (exact.signum() == 0) {
      return actual == 0 ? 0 : Double.POSITIVE_INFINITY;
    }
    if (!Double.isFinite(actual)) {
      return Double.POSITIVE_INFINITY;
    }
    return new BigDecimal(actual).subtract(exact).abs().divide(exact.abs(), DIGITS).doubleValue();
  }

  static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
