package io.thalweg.stats;

import io.thalweg.Aggregate;
import io.thalweg.NonFinite;
import java.util.function.ToDoubleFunction;

/**
 * Moments of values to the fourth order, for skewness and kurtosis.
 *
 * <p>Read from a {@link HigherMomentsAccumulator}. Empty: count 0, the rest NaN. If all values are
 * equal, skewness and kurtosis are 0/0, NaN. An example: of 1, 2, 3, 4 the skewness is 0, the
 * population excess kurtosis -1.36 and the sample one -1.2.
 *
 * @param count the number of values
 * @param mean their mean; NaN when empty
 * @param m2 {@code Σ (x - mean)²}; NaN when empty
 * @param populationSkewness the skewness of the values as the whole population, {@code g1 = √n m3 /
 *     m2^(3/2)} with {@code m3 = Σ (x - mean)³}; NaN when empty or all values are equal
 * @param populationExcessKurtosis the excess kurtosis of the values as the whole population, {@code
 *     g2 = n m4 / m2² - 3} with {@code m4 = Σ (x - mean)⁴}, 0 for a normal distribution; NaN when
 *     empty or all values are equal
 */
public record HigherMoments(
    long count,
    double mean,
    double m2,
    double populationSkewness,
    double populationExcessKurtosis) {

  /**
   * An aggregate of the higher moments of a field of the events. NaN and infinite values are
   * rejected by {@link Aggregate#check}.
   *
   * @param field reads the value from an event
   * @param <E> the events
   * @return a mergeable, commutative aggregate of 72 bytes a state
   */
  public static <E> Aggregate<E, HigherMomentsAccumulator, HigherMoments> over(
      ToDoubleFunction<? super E> field) {
    return over(field, NonFinite.REJECT);
  }

  /**
   * An aggregate of the higher moments of a field of the events.
   *
   * @param field reads the value from an event
   * @param policy the handling of NaN and infinite values
   * @param <E> the events
   * @return a mergeable, commutative aggregate of 72 bytes a state
   */
  public static <E> Aggregate<E, HigherMomentsAccumulator, HigherMoments> over(
      ToDoubleFunction<? super E> field, NonFinite policy) {
    return HigherMomentsAccumulator.METHODS.aggregate(HigherMomentsAccumulator::add, field, policy);
  }

  /**
   * The moments to the second order.
   *
   * @return count, mean and sum of squared deviations
   */
  public Moments moments() {
    return new Moments(count, mean, m2);
  }

  /**
   * The skewness adjusted for small samples, {@code G1 = g1 √(n(n-1)) / (n-2)}.
   *
   * @see <a href="https://doi.org/10.1111/1467-9884.00122">Joanes and Gill 1998</a>
   * @return the skewness; NaN for less than three values or all equal
   */
  public double sampleSkewness() {
    double n = count;
    return count < 3 ? Double.NaN : populationSkewness * Math.sqrt(n * (n - 1)) / (n - 2);
  }

  /**
   * The excess kurtosis adjusted for small samples, {@code G2 = (n-1) ((n+1) g2 + 6) /
   * ((n-2)(n-3))}.
   *
   * @see <a href="https://doi.org/10.1111/1467-9884.00122">Joanes and Gill 1998</a>
   * @return the excess kurtosis; NaN for less than four values or all equal
   */
  public double sampleExcessKurtosis() {
    double n = count;
    return count < 4
        ? Double.NaN
        : (n - 1) * ((n + 1) * populationExcessKurtosis + 6) / ((n - 2) * (n - 3));
  }
}
