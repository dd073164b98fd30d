package io.thalweg.stats;

import io.thalweg.Aggregate;
import java.time.Duration;
import java.util.function.ToLongFunction;

/**
 * Rate of events with exponential decay: each event counts {@code 2^-(age / half-life)}.
 *
 * <p>Read from a {@link RateAccumulator}. Empty: count 0, rates 0.
 *
 * @param count the number of events
 * @param first the smallest timestamp in milliseconds; 0 when empty
 * @param newest the largest timestamp in milliseconds; 0 when empty
 * @param weight the sum of the events' weights at {@code newest}
 * @param halfLifeMillis the age at which an event counts half
 */
public record Rate(long count, long first, long newest, double weight, long halfLifeMillis) {

  /**
   * An aggregate of the rate of the events.
   *
   * @param timestamp reads the event's time in milliseconds
   * @param halfLife the age at which an event counts half
   * @param <E> the events
   * @return a mergeable, commutative aggregate of 96 bytes a state
   * @throws IllegalArgumentException if the half-life is not a positive whole number of
   *     milliseconds
   */
  public static <E> Aggregate<E, RateAccumulator, Rate> over(
      ToLongFunction<? super E> timestamp, Duration halfLife) {
    new RateAccumulator(halfLife); // fails here, not at the first event
    return RateAccumulator.methods(halfLife).aggregate(RateAccumulator::add, timestamp);
  }

  /**
   * The decayed rate at a time: the weight at that time, divided by the weight that one event a
   * second would reach. It is 0 before the first event and approaches a steady rate in some
   * half-lives: after one half-life it is half of it.
   *
   * @param at a time in milliseconds, not before {@code newest}
   * @return events a second
   * @throws IllegalArgumentException if the time is before {@code newest}
   */
  public double perSecond(long at) {
    if (count == 0) {
      return 0;
    }
    if (at < newest) {
      throw new IllegalArgumentException("time must not be before " + newest + ": " + at);
    }
    Decay decay = new Decay(Duration.ofMillis(halfLifeMillis));
    return weight * decay.factor(newest, at) / decay.secondsOfFullWeight();
  }

  /**
   * The mean rate from the first event to the newest.
   *
   * @return {@code (count - 1) / (newest - first)} in events a second; NaN if they are equal
   */
  public double meanPerSecond() {
    double seconds = ((double) newest - first) / 1000;
    return seconds == 0 ? Double.NaN : (count - 1) / seconds;
  }
}
