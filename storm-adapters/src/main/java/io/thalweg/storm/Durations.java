package io.thalweg.storm;

import io.thalweg.Milliseconds;
import java.time.Duration;

/**
 * Durations of options, checked and converted to milliseconds.
 *
 * <p>Public for the packages of the adapters only.
 */
public final class Durations {

  private static final Duration LARGEST = Duration.ofMillis(Long.MAX_VALUE);

  private Durations() {}

  /**
   * Returns a duration of at least one millisecond.
   *
   * @param name name of the option, for the message
   * @param duration duration to convert
   * @return milliseconds; {@code Long.MAX_VALUE} if there are more, as in {@code FOREVER}
   * @throws IllegalArgumentException if the duration is less than a millisecond or no whole number
   *     of them
   */
  public static long positiveMillis(String name, Duration duration) {
    if (duration.compareTo(Duration.ofMillis(1)) < 0) {
      throw new IllegalArgumentException(name + " must be at least 1 ms: " + duration);
    }
    return millis(name, duration);
  }

  /**
   * Returns a duration of zero or more.
   *
   * @param name name of the option, for the message
   * @param duration duration to convert
   * @return milliseconds; {@code Long.MAX_VALUE} if there are more, as in {@code FOREVER}
   * @throws IllegalArgumentException if the duration is negative or no whole number of milliseconds
   */
  public static long nonNegativeMillis(String name, Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException(name + " must not be negative: " + duration);
    }
    return millis(name, duration);
  }

  private static long millis(String name, Duration duration) {
    return duration.compareTo(LARGEST) < 0 ? Milliseconds.of(name, duration) : Long.MAX_VALUE;
  }
}
