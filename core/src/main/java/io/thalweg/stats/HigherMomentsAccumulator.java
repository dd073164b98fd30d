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
 * <p>Error: of the k-th moment below 1e-13 {@code Σ |x - mean|^k} for up to a million values, so of
 * the kurtosis {@code n m4 / m2²} below 2e-13 of it; for mean and variance alone {@link
 * MomentsAccumulator} is more exact. The sums are in units of a power of two near the spread, so
 * skewness and kurtosis are right for any spread, from 1e-300 to 1e307. A sum of squares beyond
 * {@code Double.MAX_VALUE} is infinite, one below 1e-308 loses digits.
 *
 * <p>A value that is not finite, or a difference beyond {@code Double.MAX_VALUE}, makes everything
 * but the count NaN. A value costs about 40 operations with one division, which is not on the
 * dependency chain between values; a merge two divisions and about 80. Not thread-safe.
 */
public final class HigherMomentsAccumulator {

  static final Codec<HigherMomentsAccumulator> CODEC =
      new Codec<>() {
        @Override
        public String name() {
          return "thalweg.shape";
        }

        @Override
        public int version() {
          return 2;
        }

        @Override
        public void write(HigherMomentsAccumulator value, DataOutput out) throws IOException {
          value.write(out);
        }

        @Override
        public HigherMomentsAccumulator read(DataInput in, int version) throws IOException {
          HigherMomentsAccumulator value = new HigherMomentsAccumulator();
          value.read(in, version);
          return value;
        }
      };

  static final AccumulatorMethods<HigherMomentsAccumulator, HigherMoments> METHODS =
      new AccumulatorMethods<>(
          HigherMomentsAccumulator::new,
          HigherMomentsAccumulator::merge,
          HigherMomentsAccumulator::clear,
          HigherMomentsAccumulator::toHigherMoments,
          CODEC);

  /** Differences beyond this many units change the unit. */
  private static final double LARGE = 0x1p200;

  private long count;
  private double mean;
  private double meanLow;

  /** Reciprocal of the unit of the sums, a power of two; infinite while all values are equal. */
  private double scale = Double.POSITIVE_INFINITY;

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
    double n = count + 1;
    double inverse = 1.0 / n;
    double difference = value - mean;
    if (!(Math.abs(difference * scale) <= LARGE) && !prepare(value, difference)) {
      return;
    }
    count++;
    double shift = difference - value;
    double rest = (value - (difference - shift)) - (mean + shift) - meanLow;
    double delta = difference + rest;
    double deltaLow = rest - (delta - difference);
    double step = delta * inverse;
    addToMean(step, (Math.fma(-step, n, delta) + deltaLow) * inverse);
    // Pébay's equations 1.1 to 1.4 for one value; the order of the lines is theirs
    delta *= scale;
    step *= scale;
    double squared = step * step;
    double product = delta * (delta - step);
    m4 += product * squared * (n * n - 3 * n + 3) + 6 * squared * m2 - 4 * step * m3;
    m3 += product * step * (n - 2) - 3 * step * m2;
    m2 += product;
  }

  /** Chooses the unit for a difference, or adds the value if it is the first, equal, or too far. */
  private boolean prepare(double value, double difference) {
    if (count > 0 && difference != 0 && Math.abs(difference) <= Double.MAX_VALUE) {
      setUnit(difference);
      return true;
    }
    count++;
    if (count == 1 && Math.abs(value) <= Double.MAX_VALUE) {
      mean = value;
    } else if (difference != 0) {
      setNaN();
    }
    return false;
  }

  /** Sets the unit near a difference: 1 unless it is below 2^-200 or above 2^200. */
  private void setUnit(double difference) {
    int exponent = Math.getExponent(difference);
    rescale(Math.abs(exponent) <= 200 ? 1 : Math.scalb(1.0, -exponent));
  }

  private void rescale(double other) {
    if (m2 > 0) {
      double factor = other / scale;
      m2 *= factor * factor;
      m3 *= factor * factor * factor;
      m4 *= factor * factor * factor * factor;
    }
    scale = other;
  }

  private void setNaN() {
    mean = Double.NaN;
    meanLow = 0;
    scale = 1;
    m2 = Double.NaN;
    m3 = Double.NaN;
    m4 = Double.NaN;
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
    double difference = other.mean - mean;
    if (!(Math.abs(difference) <= Double.MAX_VALUE)) {
      count += other.count;
      setNaN();
      return;
    }
    if (other.scale < scale) {
      rescale(other.scale);
    }
    if (!(Math.abs(difference * scale) <= LARGE) && difference != 0) {
      setUnit(difference);
    }
    double a = count;
    double b = other.count;
    double n = a + b;
    count += other.count;
    double shift = difference - other.mean;
    double rest = (other.mean - (difference - shift)) - (mean + shift) + (other.meanLow - meanLow);
    double delta = difference + rest;
    double deltaLow = rest - (delta - difference);
    double scaled = delta * b;
    double scaledLow = Math.fma(delta, b, -scaled) + deltaLow * b;
    double step = scaled / n;
    addToMean(step, (Math.fma(-step, n, scaled) + scaledLow) / n);
    if (scale == Double.POSITIVE_INFINITY) {
      return;
    }
    double factor = other.m2 > 0 ? scale / other.scale : 1;
    double other2 = other.m2 * factor * factor;
    double other3 = other.m3 * factor * factor * factor;
    double other4 = other.m4 * factor * factor * factor * factor;
    delta *= scale;
    double unit = delta / n;
    double squared = unit * unit;
    double product = delta * unit * a * b;
    m4 +=
        other4
            + product * squared * (a * a - a * b + b * b)
            + 6 * squared * (a * a * other2 + b * b * m2)
            + 4 * unit * (a * other3 - b * m3);
    m3 += other3 + product * unit * (a - b) + 3 * unit * (a * other2 - b * m2);
    m2 += other2 + product;
  }

  private void set(HigherMomentsAccumulator other) {
    count = other.count;
    mean = other.mean;
    meanLow = other.meanLow;
    scale = other.scale;
    m2 = other.m2;
    m3 = other.m3;
    m4 = other.m4;
  }

  /** Empties the accumulator. */
  public void clear() {
    count = 0;
    mean = 0;
    meanLow = 0;
    scale = Double.POSITIVE_INFINITY;
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
        : new HigherMoments(
            count,
            mean,
            m2 / scale / scale,
            Math.sqrt(count) * m3 / (m2 * Math.sqrt(m2)),
            count * (m4 / m2) / m2 - 3);
  }

  private void write(DataOutput out) throws IOException {
    out.writeLong(count);
    out.writeDouble(mean);
    out.writeDouble(meanLow);
    out.writeInt(m2 == 0 ? 0 : -Math.getExponent(scale));
    out.writeDouble(m2);
    out.writeDouble(m3);
    out.writeDouble(m4);
  }

  /**
   * Checks the sums; in version 1, which had no unit, the third and fourth may have underflowed.
   */
  private void check(int version) throws IOException {
    StateChecks.requireEmpty(count, mean, meanLow, m2, m3, m4);
    StateChecks.requirePair(mean, meanLow);
    StateChecks.requireSquares("second central sum", count, m2);
    if (version > 1 && count > 0 && m2 <= Double.MAX_VALUE) {
      double upper = 1 + StateChecks.TOLERANCE;
      StateChecks.require(
          m2 / count * m2 <= m4 * upper, "fourth central sum must be at least m2² / n", m4);
      StateChecks.require(
          Math.abs(m3) <= Math.sqrt(m2) * Math.sqrt(m4) * upper,
          "third central sum must be at most √(m2 m4)",
          m3);
    }
  }

  /** Version 1 has no unit. */
  private void read(DataInput in, int version) throws IOException {
    count = StateChecks.readCount(in);
    mean = in.readDouble();
    meanLow = in.readDouble();
    int exponent = version == 1 ? 0 : in.readInt();
    StateChecks.require(
        Math.abs(exponent) <= 1023, "exponent of the unit must be from -1023 to 1023", exponent);
    m2 = in.readDouble();
    m3 = in.readDouble();
    m4 = in.readDouble();
    check(version);
    scale = m2 == 0 ? Double.POSITIVE_INFINITY : Math.scalb(1.0, -exponent);
  }
}
