package io.thalweg;

import java.time.Duration;

/**
 * Arithmetic of event time, in milliseconds. Durations are converted exactly: a fraction of a
 * millisecond is refused, not cut. Sums are clamped to the range of {@code long} and never wrap.
 *
 * <p>Thread-safe.
 */
public final class Milliseconds {

  private Milliseconds() {}

  /**
   * Returns a duration in milliseconds.
   *
   * @param name the name of the option, for the message
   * @param duration the duration
   * @return the number of milliseconds
   * @throws IllegalArgumentException if it is no whole number, or out of the range of {@code long}
   */
  public static long of(String name, Duration duration) {
    long millis;
    try {
      millis = duration.toMillis();
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(name + " must fit in long milliseconds: " + duration, e);
    }
    if (duration.getNano() % 1_000_000 != 0) {
      throw new IllegalArgumentException(
          name + " must be a whole number of milliseconds: " + duration);
    }
    return millis;
  }

  /**
   * Returns a duration of at least one millisecond in milliseconds.
   *
   * @param name the name of the option, for the message
   * @param duration the duration
   * @return the number of milliseconds, positive
   * @throws IllegalArgumentException if it is zero or negative, no whole number, or out of the
   *     range of {@code long}
   */
  public static long positive(String name, Duration duration) {
    if (duration.isZero() || duration.isNegative()) {
      throw new IllegalArgumentException(name + " must be positive: " + duration);
    }
    return of(name, duration);
  }

  /**
   * Returns a duration of zero or more in milliseconds.
   *
   * @param name the name of the option, for the message
   * @param duration the duration
   * @return the number of milliseconds, not negative
   * @throws IllegalArgumentException if it is negative, no whole number, or out of the range of
   *     {@code long}
   */
  public static long notNegative(String name, Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException(name + " must not be negative: " + duration);
    }
    return of(name, duration);
  }

  /**
   * Returns the sum of two times, clamped.
   *
   * @param a a time or length
   * @param b a time or length, of any sign
   * @return {@code a + b}; the nearest {@code long} if it is out of range
   */
  public static long plus(long a, long b) {
    long sum = a + b;
    if (((a ^ sum) & (b ^ sum)) < 0) {
      return a < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
    return sum;
  }

  /**
   * Returns the difference of two times, clamped.
   *
   * @param a a time or length
   * @param b a time or length, of any sign
   * @return {@code a - b}; the nearest {@code long} if it is out of range
   */
  public static long minus(long a, long b) {
    long difference = a - b;
    if (((a ^ b) & (a ^ difference)) < 0) {
      return a < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
    return difference;
  }
}
