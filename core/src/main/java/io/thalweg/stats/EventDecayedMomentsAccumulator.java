package io.thalweg.stats;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Collects {@link DecayedMoments} by arrival: each value takes a share α of the weight and leaves
 * {@code 1 - α} to all before it; the first has it all. Half the weight is gone after {@code ln 2 /
 * -ln(1 - α)} values. Not mergeable: what a value weighs depends on how many came after.
 *
 * <p>By the recursion of Finch (2009, Incremental calculation of weighted mean and variance,
 * section 9): {@code mean += α δ; variance = (1 - α)(variance + α δ²)} with {@code δ = x - mean}.
 * No difference of squares is formed, so the variance is never negative. The mean is one double: an
 * offset of 1e9 spreads leaves the variance 7 digits or more; where that is too few subtract the
 * offset, or decay by time.
 *
 * <p>A value that is not finite makes mean and variance NaN for ever. A value costs 6
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
   * @throws IllegalArgumentException if it is not
   */
  public EventDecayedMomentsAccumulator(double share) {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("share must be above 0 and at most 1: " + share);
    }
    this.share = share;
    rest = 1 - share;
  }

  /**
   * The binary form of an accumulator.
   *
   * @param share the share of the accumulators; a record of another is refused
   * @return a codec
   */
  public static Codec<EventDecayedMomentsAccumulator> codec(double share) {
    new EventDecayedMomentsAccumulator(share); // refuses here, not at the first record
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
      variance = value - value; // 0, or NaN for what is not finite
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
   * How many values were added.
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
    count = AccumulatorMethods.readCount(in);
    mean = in.readDouble();
    variance = in.readDouble();
    return this;
  }
}
