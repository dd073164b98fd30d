package io.thalweg.stats;

import io.thalweg.Aggregate;
import io.thalweg.NonFinite;
import java.util.function.ToDoubleFunction;

/**
 * Sum of doubles.
 *
 * <p>Read from a {@link SumAccumulator}. Empty: count 0, sum 0, mean NaN.
 *
 * @param count the number of values
 * @param value the sum of the values
 */
public record Sum(long count, double value) {

  /**
   * An aggregate of the sum of a field of the events. NaN and infinite values are rejected by
   * {@link Aggregate#check}.
   *
   * @param field reads the value from an event
   * @param <E> the events
   * @return a mergeable, commutative aggregate of 56 bytes a state
   */
  public static <E> Aggregate<E, SumAccumulator, Sum> over(ToDoubleFunction<? super E> field) {
    return over(field, NonFinite.REJECT);
  }

  /**
   * An aggregate of the sum of a field of the events.
   *
   * @param field reads the value from an event
   * @param policy the handling of NaN and infinite values
   * @param <E> the events
   * @return a mergeable, commutative aggregate of 56 bytes a state
   */
  public static <E> Aggregate<E, SumAccumulator, Sum> over(
      ToDoubleFunction<? super E> field, NonFinite policy) {
    return SumAccumulator.METHODS.aggregate(SumAccumulator::add, field, policy);
  }

  /**
   * The mean of the values.
   *
   * @return sum / count; NaN when empty
   */
  public double mean() {
    return value / count;
  }
}
