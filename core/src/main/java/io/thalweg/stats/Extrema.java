package io.thalweg.stats;

import io.thalweg.Aggregate;
import io.thalweg.Fifo;
import io.thalweg.NonFinite;
import java.util.function.ToDoubleFunction;

/**
 * Minimum and maximum of values.
 *
 * <p>Read from an {@link ExtremaAccumulator}. Empty: count 0, the rest NaN. A NaN among the values
 * makes both NaN; infinities are ordinary values; -0.0 is less than 0.0.
 *
 * @param count the number of values
 * @param min the minimum; NaN when empty
 * @param max the maximum; NaN when empty
 */
public record Extrema(long count, double min, double max) {

  /**
   * An aggregate of the extrema of a field of the events. NaN and infinite values are rejected by
   * {@link Aggregate#check}.
   *
   * @param field reads the value from an event
   * @param <E> the events
   * @return a mergeable, commutative aggregate of 40 bytes a state
   */
  public static <E> Aggregate<E, ExtremaAccumulator, Extrema> over(
      ToDoubleFunction<? super E> field) {
    return over(field, NonFinite.REJECT);
  }

  /**
   * An aggregate of the extrema of a field of the events.
   *
   * @param field reads the value from an event
   * @param policy the handling of NaN and infinite values
   * @param <E> the events
   * @return a mergeable, commutative aggregate of 40 bytes a state
   */
  public static <E> Aggregate<E, ExtremaAccumulator, Extrema> over(
      ToDoubleFunction<? super E> field, NonFinite policy) {
    return ExtremaAccumulator.METHODS.aggregate(ExtremaAccumulator::add, field, policy);
  }

  /**
   * The extrema of the last values, by two stacks, unboxed. A NaN inside makes both NaN until it is
   * evicted. O(1) amortised a value, one eviction in n costs O(n); 24 to 48 bytes a value inside.
   *
   * @return an empty FIFO whose results are detached
   */
  public static Fifo.OfDouble<Extrema> fifo() {
    return new ExtremaFifo<>(ExtremaAccumulator::toExtrema);
  }

  /**
   * The difference of the extrema.
   *
   * @return {@code max - min}; NaN when empty
   */
  public double range() {
    return max - min;
  }
}
