package io.thalweg.examples.leaderboard;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Event time that runs faster than the clock, and arrives at the present when the run is over.
 *
 * @param factor how many times as fast
 * @param begin when the run begins, in milliseconds of the clock
 * @param start the event time at that moment
 */
record TimeLapse(int factor, long begin, long start) implements LongSupplier {

  /**
   * A run that begins now.
   *
   * @param duration how long it lasts
   * @param factor how many times as fast event time runs, positive
   * @return its event time
   */
  static TimeLapse of(Duration duration, int factor) {
    long now = System.currentTimeMillis();
    return new TimeLapse(factor, now, now - (factor - 1) * duration.toMillis());
  }

  /**
   * How often something is done that is done every so often in event time: never more than once a
   * second.
   *
   * @param period the period in event time
   * @return the period by the clock
   */
  Duration shortened(Duration period) {
    return Duration.ofMillis(Math.max(1_000, period.toMillis() / factor));
  }

  /** The event time now. */
  @Override
  public long getAsLong() {
    return at(System.currentTimeMillis());
  }

  /** The event time at a time of the clock. */
  long at(long clock) {
    return start + (clock - begin) * factor;
  }
}
