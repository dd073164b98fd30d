package io.thalweg.stats;

import io.thalweg.Aggregate;
import java.util.function.ToLongFunction;

/**
 * Time of the last event. Unlike the maximum of the timestamps, it distinguishes "no event yet"
 * from "just now", and is exact for timestamps beyond 2^53.
 *
 * @param count the number of events
 * @param last the largest timestamp in milliseconds; {@code Long.MIN_VALUE} when empty
 */
public record LastSeen(long count, long last) {

  /**
   * An aggregate of the time of the last event.
   *
   * @param timestamp reads the event's time in milliseconds
   * @param <E> the events
   * @return a mergeable, commutative, exact aggregate of 32 bytes a state
   */
  public static <E> Aggregate<E, ?, LastSeen> over(ToLongFunction<? super E> timestamp) {
    return LastSeenAccumulator.METHODS.aggregate(LastSeenAccumulator::add, timestamp);
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
