package io.thalweg.stats;

import java.io.DataInput;
import java.io.IOException;

/** Checks of the numbers in a saved state. NaN is the result of a value that is not finite. */
final class StateChecks {

  /** Relative error that no sum of a state reaches. */
  static final double TOLERANCE = 1e-3;

  private StateChecks() {}

  /** Rejects a state that breaks a rule. */
  static void require(boolean holds, String rule, Object written) throws IOException {
    if (!holds) {
      throw new IOException(rule + ": " + written);
    }
  }

  /** Reads a number of values, which is not negative. */
  static long readCount(DataInput in) throws IOException {
    long count = in.readLong();
    require(count >= 0, "count must not be negative", count);
    return count;
  }

  /** Rejects a negative sum of squares, or one that is not 0 for less than two values. */
  static void requireSquares(String name, long count, double written) throws IOException {
    require(!(written < 0), name + " must not be negative", written);
    require(count > 1 || !(written > 0), name + " must be 0 for less than two values", written);
  }

  /** Rejects a number of an empty state that is not 0. */
  static void requireEmpty(long count, double... written) throws IOException {
    for (double number : written) {
      require(count > 0 || number == 0, "number of an empty state must be 0", number);
    }
  }

  /** Rejects a low part that is not below the last place of the high part. */
  static void requirePair(double high, double low) throws IOException {
    require(
        !Double.isFinite(high) || Math.abs(low) <= 2 * Math.ulp(high),
        "low part must be below the last place of " + high,
        low);
  }
}
