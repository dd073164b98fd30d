package io.thalweg.stats;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import java.util.function.ToLongFunction;

/**
 * How long ago the last event was. That there was none is told apart from "just now".
 *
 * @param count how many events
 * @param last the largest timestamp in milliseconds; {@code Long.MIN_VALUE}, which is no time, when
 *     empty
 */
public record LastSeen(long count, long last) {

  /**
   * An aggregate of the time since the last event.
   *
   * @param timestamp reads the event's time in milliseconds
   * @param <E> the events
   * @return a mergeable, commutative, exact aggregate of 32 bytes a state
   */
  public static <E> Aggregate<E, ?, LastSeen> over(ToLongFunction<? super E> timestamp) {
    requireNonNull(timestamp, "timestamp");
    return LastSeenAccumulator.METHODS.aggregate(
        (state, event) -> state.add(timestamp.applyAsLong(event)));
  }

  /**
   * The time from the last event to another time.
   *
   * @param at a time in milliseconds
   * @return milliseconds, negative if the last event is later; NaN if there was none
   */
  public double millis(long at) {
    if (count == 0) {
      return Double.NaN;
    }
    long difference = at - last;
    boolean overflow = ((at ^ last) & (at ^ difference)) < 0;
    return overflow ? (double) at - last : difference;
  }
}
