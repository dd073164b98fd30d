package io.thalweg.stats;

import io.thalweg.Aggregate;
import io.thalweg.Fifo;
import io.thalweg.NonFinite;
import java.util.function.ToDoubleFunction;

/**
 * Count, mean and sum of squared deviations of values, and the variances derived from them.
 *
 * <p>Read from a {@link MomentsAccumulator}, which documents error and cost. Empty: count 0, sum 0,
 * everything else NaN. One value: the population variance is 0, the sample variance NaN. Standard
 * deviations are right from 1e-140 to {@code 1e154 / √n}; beyond, the sum of squares is infinite.
 * An example: of 1, 2, 3, 4 the mean is 2.5, the population variance 1.25 and the sample variance
 * 5/3.
 *
 * @param count the number of values
 * @param mean their mean; NaN when empty
 * @param sumOfSquaredDeviations {@code Σ (x - mean)²}; NaN when empty, never negative
 */
public record Moments(long count, double mean, double sumOfSquaredDeviations) {

  /**
   * An aggregate of the moments of a field of the events. NaN and infinite values are rejected by
   * {@link Aggregate#check}.
   *
   * @param field reads the value from an event
   * @param <E> the events
   * @return a mergeable, commutative aggregate of 56 bytes a state
   */
  public static <E> Aggregate<E, MomentsAccumulator, Moments> over(
      ToDoubleFunction<? super E> field) {
    return over(field, NonFinite.REJECT);
  }

  /**
   * An aggregate of the moments of a field of the events.
   *
   * @param field reads the value from an event
   * @param policy the handling of NaN and infinite values
   * @param <E> the events
   * @return a mergeable, commutative aggregate of 56 bytes a state
   */
  public static <E> Aggregate<E, MomentsAccumulator, Moments> over(
      ToDoubleFunction<? super E> field, NonFinite policy) {
    return MomentsAccumulator.METHODS.aggregate(MomentsAccumulator::add, field, policy);
  }

  /**
   * The moments of the last values, by the two-stacks algorithm, without subtraction and unboxed.
   * Values that are not finite are added, as by {@link NonFinite#PROPAGATE}, and have no effect
   * after they are evicted.
   *
   * <p>The relative error of the variance is below 1e-13, whatever values were inside before; it is
   * never negative, and exactly 0 when all values inside are equal. O(1) amortised a value, one
   * eviction in n costs O(n); 24 to 48 bytes a value inside.
   *
   * @return an empty FIFO whose results are detached
   */
  public static Fifo.OfDouble<Moments> fifo() {
    return new MomentsFifo<>(MomentsAccumulator::toMoments);
  }

  /**
   * The sum of the values.
   *
   * @return {@code count · mean}; 0 when empty
   */
  public double sum() {
    return count == 0 ? 0 : count * mean;
  }

  /**
   * The variance of the values as the whole population, {@code Σ (x - mean)² / n}.
   *
   * @return the variance; NaN when empty, 0 for one value
   */
  public double populationVariance() {
    return sumOfSquaredDeviations / count;
  }

  /**
   * The square root of {@link #populationVariance}.
   *
   * @return the standard deviation, in the unit of the values
   */
  public double populationStandardDeviation() {
    return Math.sqrt(populationVariance());
  }

  /**
   * The unbiased variance of the population that the values are a sample of, {@code Σ (x - mean)² /
   * (n - 1)}.
   *
   * @return the variance; NaN for less than two values
   */
  public double sampleVariance() {
    return count < 2 ? Double.NaN : sumOfSquaredDeviations / (count - 1);
  }

  /**
   * The square root of {@link #sampleVariance}.
   *
   * @return the standard deviation, in the unit of the values
   */
  public double sampleStandardDeviation() {
    return Math.sqrt(sampleVariance());
  }
}
