package io.thalweg.stats;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;

/** Exponential decay over event time. */
final class Decay {

  private static final double LN2 = 0.6931471805599453;
  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofMillis(Long.MAX_VALUE);

  final long halfLifeMillis;
  private final double rate;
  private long lastAge;
  private double lastFactor = 1;

  Decay(Duration halfLife) {
    this(millis(halfLife));
  }

  private Decay(long halfLifeMillis) {
    this.halfLifeMillis = halfLifeMillis;
    rate = -LN2 / halfLifeMillis;
  }

  private static long millis(Duration halfLife) {
    if (halfLife.compareTo(SHORTEST) < 0 || halfLife.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("half-life must be from 1 ms to 2^63 - 1 ms: " + halfLife);
    }
    return halfLife.toMillis();
  }

  /**
   * Returns the factor of the decay from one time to a later one, 2^-(age / half-life). An age
   * beyond the range of {@code long} gives 0. Streams have few different ages, so the last factor
   * is cached.
   */
  double factor(long from, long to) {
    long age = to - from;
    if (age != lastAge) {
      lastAge = age;
      lastFactor = age < 0 ? 0 : Math.exp(rate * age);
    }
    return lastFactor;
  }

  /** Returns the weight that a steady stream of one event a second reaches. */
  double secondsOfFullWeight() {
    return halfLifeMillis / LN2 / 1000;
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
