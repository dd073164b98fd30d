package io.thalweg.stats;

import io.thalweg.Milliseconds;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;

/** Exponential decay over event time. */
final class Decay {

  private static final double LN2 = 0.6931471805599453;

  final long halfLifeMillis;
  private final double rate;
  private long lastAge;
  private double lastFactor = 1;

  Decay(Duration halfLife) {
    this(Milliseconds.positive("half-life", halfLife));
  }

  private Decay(long halfLifeMillis) {
    this.halfLifeMillis = halfLifeMillis;
    rate = -LN2 / halfLifeMillis;
  }

  /**
   * Returns the factor of the decay from one time to a later one, 2^-(age / half-life). The age is
   * an unsigned long, so any two times have one. Streams have few different ages, so the last
   * factor is cached.
   */
  double factor(long from, long to) {
    long age = to - from;
    if (age != lastAge) {
      lastAge = age;
      lastFactor = Math.exp(rate * unsigned(age));
    }
    return lastFactor;
  }

  /** Returns the integral of the factor over the times between two, in milliseconds. */
  double integral(long from, long to) {
    return Math.expm1(rate * unsigned(to - from)) / rate;
  }

  private static double unsigned(long age) {
    return age >= 0 ? age : 2.0 * (age >>> 1);
  }

  /** Returns the weight that a steady stream of one event a second reaches. */
  double secondsOfFullWeight() {
    return halfLifeMillis / LN2 / 1000;
  }

  /** Rejects a sum of weights of which the newest is 1 and the others at most 1. */
  static void checkWeight(long count, double weight) throws IOException {
    StateChecks.require(
        count == 0 || weight >= 1 && weight <= count * (1 + StateChecks.TOLERANCE),
        "weight must be from 1 to the count, " + count,
        weight);
  }

  void write(DataOutput out) throws IOException {
    out.writeLong(halfLifeMillis);
  }

  void check(DataInput in) throws IOException {
    long written = in.readLong();
    if (written != halfLifeMillis) {
      throw new IOException(
          "half-life must be " + halfLifeMillis + " ms, as configured: " + written);
    }
  }
}
