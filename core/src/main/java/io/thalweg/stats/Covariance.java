package io.thalweg.stats;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.NonFinite;
import java.util.function.ToDoubleFunction;

/**
 * Covariance, correlation and least-squares line of pairs of values.
 *
 * <p>Read from a {@link CovarianceAccumulator}. Empty: count 0, the rest NaN. If x or y is
 * constant, the correlation is 0/0, NaN; if x is constant, the slope is NaN. An example: of (1, 2),
 * (2, 4), (3, 6) the sample covariance is 2, the correlation 1 and the line {@code y = 2x}.
 *
 * @param count how many pairs
 * @param meanX the mean of x; NaN when empty
 * @param meanY the mean of y; NaN when empty
 * @param m2X {@code Σ (x - mean)²}; NaN when empty, never negative
 * @param m2Y {@code Σ (y - mean)²}; NaN when empty, never negative
 * @param codeviation {@code Σ (x - mean x)(y - mean y)}; NaN when empty
 * @param m2Residuals {@code Σ (y - predict(x))²}, the sum of squared residuals of the line of least
 *     squares; NaN when empty or x is constant, never negative
 */
public record Covariance(
    long count,
    double meanX,
    double meanY,
    double m2X,
    double m2Y,
    double codeviation,
    double m2Residuals) {

  /**
   * An aggregate of the covariance of two fields of the events. NaN and infinite values are
   * rejected by {@link Aggregate#check}.
   *
   * @param x reads one value from an event
   * @param y reads the other
   * @param <E> the events
   * @return a mergeable, commutative aggregate of 384 bytes a state
   */
  public static <E> Aggregate<E, CovarianceAccumulator, Covariance> over(
      ToDoubleFunction<? super E> x, ToDoubleFunction<? super E> y) {
    return over(x, y, NonFinite.REJECT);
  }

  /**
   * An aggregate of the covariance of two fields of the events.
   *
   * @param x reads one value from an event
   * @param y reads the other
   * @param policy the handling of pairs with a NaN or infinite value
   * @param <E> the events
   * @return a mergeable, commutative aggregate of 384 bytes a state
   */
  public static <E> Aggregate<E, CovarianceAccumulator, Covariance> over(
      ToDoubleFunction<? super E> x, ToDoubleFunction<? super E> y, NonFinite policy) {
    requireNonNull(x, "x");
    requireNonNull(y, "y");
    requireNonNull(policy, "policy");
    return CovarianceAccumulator.METHODS.aggregate(
        event -> {
          policy.check(x.applyAsDouble(event));
          policy.check(y.applyAsDouble(event));
        },
        (state, event) -> {
          double first = x.applyAsDouble(event);
          double second = y.applyAsDouble(event);
          if (policy.accepts(first) && policy.accepts(second)) {
            state.add(first, second);
          }
        });
  }

  /**
   * The moments of x.
   *
   * @return count, mean and sum of squared deviations
   */
  public Moments x() {
    return new Moments(count, meanX, m2X);
  }

  /**
   * The moments of y.
   *
   * @return count, mean and sum of squared deviations
   */
  public Moments y() {
    return new Moments(count, meanY, m2Y);
  }

  /**
   * The covariance of the pairs as the whole population.
   *
   * @return {@code codeviation / n}; NaN when empty
   */
  public double populationCovariance() {
    return codeviation / count;
  }

  /**
   * The unbiased covariance of the population that the pairs are a sample of.
   *
   * @return {@code codeviation / (n - 1)}; NaN for less than two pairs
   */
  public double sampleCovariance() {
    return count < 2 ? Double.NaN : codeviation / (count - 1);
  }

  /**
   * Pearson's correlation coefficient.
   *
   * @return {@code codeviation / √(m2X m2Y)}, from -1 to 1; NaN if x or y is constant
   */
  public double correlation() {
    double r = codeviation / (Math.sqrt(m2X) * Math.sqrt(m2Y));
    return Math.max(-1, Math.min(1, r));
  }

  /**
   * The slope of the line of least squares of y on x.
   *
   * @return {@code codeviation / m2X}; NaN if x is constant
   */
  public double slope() {
    return m2X == 0 ? Double.NaN : codeviation / m2X;
  }

  /**
   * The intercept of the line of least squares, its value at x = 0.
   *
   * @return {@code mean y - slope · mean x}; NaN if x is constant
   */
  public double intercept() {
    return Math.fma(-slope(), meanX, meanY);
  }

  /**
   * Returns the value of the line of least squares at a given x.
   *
   * @param x the abscissa
   * @return {@code mean y + slope · (x - mean x)}; NaN if x is constant
   */
  public double predict(double x) {
    return Math.fma(slope(), x - meanX, meanY);
  }

  /**
   * The standard error of the residuals of the line of least squares.
   *
   * @return {@code √(m2Residuals / (n - 2))}; NaN for less than three pairs or if x is constant
   */
  public double residualStandardError() {
    return count < 3 ? Double.NaN : Math.sqrt(m2Residuals / (count - 2));
  }
}
