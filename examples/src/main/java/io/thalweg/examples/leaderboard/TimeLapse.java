package io.thalweg.examples.leaderboard;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Event time that runs faster than the clock and reaches the present at the end of the run.
 *
 * @param factor the speed relative to the clock
 * @param begin the start of the run, in milliseconds of the clock
 * @param start the event time at the start of the run
 */
record TimeLapse(int factor, long begin, long start) implements LongSupplier {

  /**
   * Returns the event time of a run that starts now.
   *
   * @param duration the length of the run
   * @param factor the speed relative to the clock, positive
   * @return the event time
   */
  static TimeLapse of(Duration duration, int factor) {
    long now = System.currentTimeMillis();
    return new TimeLapse(factor, now, now - (factor - 1) * duration.toMillis());
  }

  /**
   * Converts a period from event time to clock time; at least one second.
   *
   * @param period the period in event time
   * @return the period in clock time
   */
  Duration shortened(Duration period) {
    return Duration.ofMillis(Math.max(1_000, period.toMillis() / factor));
  }

  /** Returns the current event time. */
  @Override
  public long getAsLong() {
    return at(System.currentTimeMillis());
  }

  /** Returns the event time at a clock time. */
  long at(long clock) {
    return start + (clock - begin) * factor;
  }
}
