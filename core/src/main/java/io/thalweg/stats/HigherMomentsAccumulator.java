package io.thalweg.stats;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Accumulator of {@link HigherMoments} , one value at a time. Mergeable.
 *
 * <p>By the updating formulas of Pébay (2008, <a
 * href="https://doi.org/10.2172/1028931">doi:10.2172/1028931</a>), with the mean as the unevaluated
 * sum of two doubles, so that a large offset costs no digits.
 *
 * <p>Error: of the k-th moment below 1e-13 {@code Σ |x - mean|^k} for up to a million values; for
 * mean and variance alone {@link MomentsAccumulator} is more exact.
 *
 * <p>Moments beyond {@code Double.MAX_VALUE} are infinite or NaN; a value that is not finite makes
 * everything but the count NaN. A value costs about 40 operations with one division, which is not
 * on the dependency chain between values; a merge two divisions and about 70. Not thread-safe.
 */
public final class HigherMomentsAccumulator {

  static final Codec<HigherMomentsAccumulator> CODEC =
      Codec.of("thalweg.shape", HigherMomentsAccumulator::write, HigherMomentsAccumulator::read);

  static final AccumulatorMethods<HigherMomentsAccumulator, HigherMoments> METHODS =
      new AccumulatorMethods<>(
          HigherMomentsAccumulator::new,
          HigherMomentsAccumulator::merge,
          HigherMomentsAccumulator::clear,
          HigherMomentsAccumulator::toHigherMoments,
          CODEC);

  private long count;
  private double mean;
  private double meanLow;
  private double m2;
  private double m3;
  private double m4;

  /** Creates an empty accumulator. */
  public HigherMomentsAccumulator() {}

  /**
   * Adds a value.
   *
   * @param value the value
   */
  public void add(double value) {
    double n = ++count;
    double inverse = 1.0 / n;
    double difference = value - mean;
    double shift = difference - value;
    double rest = (value - (difference - shift)) - (mean + shift) - meanLow;
    double delta = difference + rest;
    double deltaLow = rest - (delta - difference);
    double step = delta * inverse;
    addToMean(step, (Math.fma(-step, n, delta) + deltaLow) * inverse);
    // Pébay's equations 1.1 to 1.4 for one value; the order of the lines is theirs
    double squared = step * step;
    double product = delta * (delta - step);
    m4 += product * squared * (n * n - 3 * n + 3) + 6 * squared * m2 - 4 * step * m3;
    m3 += product * step * (n - 2) - 3 * step * m2;
    m2 += product;
  }

  private void addToMean(double step, double stepLow) {
    double sum = mean + step;
    double shift = sum - mean;
    double rest = (mean - (sum - shift)) + (step - shift) + (meanLow + stepLow);
    mean = sum + rest;
    meanLow = rest - (mean - sum);
  }

  /**
   * Merges another accumulator into this one.
   *
   * @param other the later part; unchanged
   */
  public void merge(HigherMomentsAccumulator other) {
    if (other.count == 0) {
      return;
    }
    if (count == 0) {
      set(other);
      return;
    }
    double a = count;
    double b = other.count;
    double n = a + b;
    count += other.count;
    double difference = other.mean - mean;
    double shift = difference - other.mean;
    double rest = (other.mean - (difference - shift)) - (mean + shift) + (other.meanLow - meanLow);
    double delta = difference + rest;
    double deltaLow = rest - (delta - difference);
    double scaled = delta * b;
    double scaledLow = Math.fma(delta, b, -scaled) + deltaLow * b;
    double step = scaled / n;
    addToMean(step, (Math.fma(-step, n, scaled) + scaledLow) / n);
    double unit = delta / n;
    double squared = unit * unit;
    double product = delta * unit * a * b;
    m4 +=
        other.m4
            + product * squared * (a * a - a * b + b * b)
            + 6 * squared * (a * a * other.m2 + b * b * m2)
            + 4 * unit * (a * other.m3 - b * m3);
    m3 += other.m3 + product * unit * (a - b) + 3 * unit * (a * other.m2 - b * m2);
    m2 += other.m2 + product;
  }

  private void set(HigherMomentsAccumulator other) {
    count = other.count;
    mean = other.mean;
    meanLow = other.meanLow;
    m2 = other.m2;
    m3 = other.m3;
    m4 = other.m4;
  }

  /** Empties the accumulator. */
  public void clear() {
    count = 0;
    mean = 0;
    meanLow = 0;
    m2 = 0;
    m3 = 0;
    m4 = 0;
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
   * Reads the moments.
   *
   * @return the moments, detached
   */
  public HigherMoments toHigherMoments() {
    return count == 0
        ? new HigherMoments(0, Double.NaN, Double.NaN, Double.NaN, Double.NaN)
        : new HigherMoments(count, mean, m2, m3, m4);
  }

  private void write(DataOutput out) throws IOException {
    out.writeLong(count);
    out.writeDouble(mean);
    out.writeDouble(meanLow);
    out.writeDouble(m2);
    out.writeDouble(m3);
    out.writeDouble(m4);
  }

  private static HigherMomentsAccumulator read(DataInput in) throws IOException {
    HigherMomentsAccumulator value = new HigherMomentsAccumulator();
    value.count = AccumulatorMethods.readCount(in);
    value.mean = in.readDouble();
    value.meanLow = in.readDouble();
    value.m2 = in.readDouble();
    value.m3 = in.readDouble();
    value.m4 = in.readDouble();
    return value;
  }
}
