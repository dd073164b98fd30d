package io.thalweg.stats;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Number as the unevaluated sum of two doubles, about 106 bits, for sums that cancel.
 *
 * <p>Additions and products follow Dekker (1971, <a
 * href="https://doi.org/10.1007/BF01397083">doi:10.1007/BF01397083</a>) and Knuth's two-sum
 * (Seminumerical Algorithms, 4.2.2, theorem B); the low part is at most half a unit in the last
 * place of the high part. A number that has overflowed or is not finite has only its high part.
 */
final class DoubleDouble {

  double high;
  double low;

  /** Returns the number, rounded once. */
  double value() {
    return Double.isFinite(high) ? high + low : high;
  }

  void set(double high, double low) {
    this.high = high;
    this.low = low;
  }

  void set(DoubleDouble other) {
    set(other.high, other.low);
  }

  void clear() {
    set(0, 0);
  }

  void add(double value) {
    add(value, 0);
  }

  void add(DoubleDouble other) {
    add(other.high, other.low);
  }

  /** Adds high + low. */
  void add(double otherHigh, double otherLow) {
    double sum = high + otherHigh;
    double shift = sum - high;
    double rest = (high - (sum - shift)) + (otherHigh - shift) + (low + otherLow);
    high = sum + rest;
    low = rest - (high - sum);
    if (!Double.isFinite(sum)) {
      set(sum, 0);
    }
  }

  void subtract(DoubleDouble other) {
    add(-other.high, -other.low);
  }

  /** Adds the exact product of two doubles. */
  void addProduct(double a, double b) {
    double product = a * b;
    add(product, Math.fma(a, b, -product));
  }

  void multiply(double factor) {
    double product = high * factor;
    double rest = Math.fma(high, factor, -product) + low * factor;
    high = product + rest;
    low = rest - (high - product);
    if (!Double.isFinite(product)) {
      set(product, 0);
    }
  }

  void multiply(DoubleDouble other) {
    double product = high * other.high;
    double rest = Math.fma(high, other.high, -product) + (high * other.low + low * other.high);
    high = product + rest;
    low = rest - (high - product);
    if (!Double.isFinite(product)) {
      set(product, 0);
    }
  }

  void divide(double divisor) {
    double quotient = high / divisor;
    double rest = (Math.fma(-quotient, divisor, high) + low) / divisor;
    high = quotient + rest;
    low = rest - (high - quotient);
    if (!Double.isFinite(quotient)) {
      set(quotient, 0);
    }
  }

  void divide(DoubleDouble divisor) {
    double quotient = high / divisor.high;
    double rest =
        (Math.fma(-quotient, divisor.high, high) + low - quotient * divisor.low) / divisor.high;
    high = quotient + rest;
    low = rest - (high - quotient);
    if (!Double.isFinite(quotient)) {
      set(quotient, 0);
    }
  }

  void write(DataOutput out) throws IOException {
    out.writeDouble(high);
    out.writeDouble(low);
  }

  void read(DataInput in) throws IOException {
    set(in.readDouble(), in.readDouble());
    StateChecks.requirePair(high, low);
  }
}
