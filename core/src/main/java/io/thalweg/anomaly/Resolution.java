package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.IOException;
import java.io.StreamCorruptedException;

/**
 * Smallest deviation and greatest magnitude that the detectors of the library distinguish.
 *
 * <p>Deviations within the {@linkplain #floor floor} are rounding, not change: measurements carry
 * fewer than ten significant digits. Magnitudes above {@value #LIMIT} count as {@value #LIMIT}, so
 * that no square or sum of a detector overflows.
 */
final class Resolution {

  /** The greatest magnitude. */
  static final double LIMIT = 1e150;

  /** The smallest deviation relative to the value from which it is measured. */
  static final double RELATIVE_FLOOR = 1e-10;

  /** The smallest deviation of values near 0. */
  static final double ABSOLUTE_FLOOR = 1e-15;

  private Resolution() {}

  /** Returns a value reduced to the greatest magnitude. */
  static double limit(double value) {
    return Math.min(LIMIT, Math.max(-LIMIT, value));
  }

  /** Returns the greatest deviation from a value that is rounding. */
  static double floor(double value) {
    return Math.max(RELATIVE_FLOOR * Math.abs(value), ABSOLUTE_FLOOR);
  }

  /** Sets a range. An end beyond the greatest magnitude, or NaN, is unbounded. */
  static void expect(double centre, double low, double high, ExpectedRange range) {
    range.set(
        centre,
        low > -LIMIT ? low : Double.NEGATIVE_INFINITY,
        high < LIMIT ? high : Double.POSITIVE_INFINITY);
  }

  /** Reads a value within the limit. */
  static double readValue(DataInput in) throws IOException {
    double value = in.readDouble();
    require(Math.abs(value) <= LIMIT, "values must be finite and at most 1e150", value);
    return value;
  }

  /** Reads a number from a range. */
  static int readInt(DataInput in, int least, int most) throws IOException {
    int number = in.readInt();
    require(number >= least && number <= most, "must be from " + least + " to " + most, number);
    return number;
  }

  /** Rejects a state that breaks a rule. */
  static void require(boolean holds, String rule, Object written) throws IOException {
    if (!holds) {
      throw new StreamCorruptedException("state of a detector: " + rule + ": " + written);
    }
  }
}
