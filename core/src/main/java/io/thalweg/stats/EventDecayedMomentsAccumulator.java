package io.thalweg.stats;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Accumulator of {@link DecayedMoments} with decay by number of values, the exponentially weighted
 * moving average (EWMA) of control charts: each value has the weight α and reduces the weight of
 * all earlier values by the factor {@code 1 - α}; the first value has the weight 1. The half-life
 * is {@code ln 2 / -ln(1 - α)} values. Not mergeable, because the weight of a value depends on the
 * number of later values; so no window uses it. For streams without timestamps, and where 2 ns a
 * value matter; otherwise use decay by time.
 *
 * <p>By the recursion of Finch (2009, Incremental calculation of weighted mean and variance,
 * section 9): {@code mean += α δ; variance = (1 - α)(variance + α δ²)} with {@code δ = x - mean}.
 * No difference of squares is formed, so the variance is never negative. The mean is one double: at
 * an offset of 1e9 spreads the variance has at least 7 correct digits. For more, subtract the
 * offset first or use decay by time.
 *
 * <p>A value that is not finite, or a difference beyond {@code Double.MAX_VALUE}, makes mean and
 * variance not finite permanently, and a squared deviation beyond it the variance. A value costs 6
 * floating-point operations, about 2 ns. Nothing is allocated. Not thread-safe.
 */
public final class EventDecayedMomentsAccumulator {

  private final double share;
  private final double rest;
  private long count;
  private double mean;
  private double variance;

  /**
   * Creates an empty accumulator.
   *
   * @param share the weight α of the newest value, from above 0 to 1
   * @throws IllegalArgumentException if the share is out of range
   */
  public EventDecayedMomentsAccumulator(double share) {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("share must be above 0 and at most 1: " + share);
    }
    this.share = share;
    rest = 1 - share;
  }

  /**
   * Returns a codec of accumulators.
   *
   * @param share the share of the accumulators; a record of another is rejected
   * @return a codec
   */
  public static Codec<EventDecayedMomentsAccumulator> codec(double share) {
    new EventDecayedMomentsAccumulator(share); // fails here, not at the first record
    return Codec.of(
        "thalweg.eventdecayedmoments",
        EventDecayedMomentsAccumulator::write,
        in -> new EventDecayedMomentsAccumulator(share).read(in));
  }

  /**
   * Adds a value.
   *
   * @param value the value
   */
  public void add(double value) {
    if (count++ == 0) {
      mean = value;
      variance = value - value; // 0, or NaN if the value is not finite
      return;
    }
    double delta = value - mean;
    double step = share * delta;
    mean += step;
    variance = rest * (variance + delta * step);
  }

  /** Empties the accumulator. */
  public void clear() {
    count = 0;
    mean = 0;
    variance = 0;
  }

  /**
   * Returns the number of values added.
   *
   * @return the count
   */
  public long count() {
    return count;
  }

  /**
   * The weighted mean.
   *
   * @return the mean; NaN when empty
   */
  public double mean() {
    return count == 0 ? Double.NaN : mean;
  }

  /**
   * The weighted mean of the squared deviations from the mean.
   *
   * @return the variance; NaN when empty, 0 for one value
   */
  public double variance() {
    return count == 0 ? Double.NaN : variance;
  }

  /**
   * The square root of the variance.
   *
   * @return the standard deviation; NaN when empty, 0 for one value
   */
  public double standardDeviation() {
    return Math.sqrt(variance());
  }

  /**
   * Reads the moments.
   *
   * @return the moments, detached
   */
  public DecayedMoments toDecayedMoments() {
    return new DecayedMoments(count, count == 0 ? 0 : 1, mean(), variance());
  }

  private void write(DataOutput out) throws IOException {
    out.writeDouble(share);
    out.writeLong(count);
    out.writeDouble(mean);
    out.writeDouble(variance);
  }

  private EventDecayedMomentsAccumulator read(DataInput in) throws IOException {
    double written = in.readDouble();
    if (written != share) {
      throw new IOException("share must be " + share + ", as configured: " + written);
    }
    count = StateChecks.readCount(in);
    mean = in.readDouble();
    variance = in.readDouble();
    StateChecks.requireEmpty(count, mean, variance);
    StateChecks.requireSquares("variance", count, variance);
    return this;
  }
}
