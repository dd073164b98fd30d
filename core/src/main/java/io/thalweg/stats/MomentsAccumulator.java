package io.thalweg.stats;

import io.thalweg.Codec;
import io.thalweg.Fifo;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Objects;

/**
 * Accumulator of {@link Moments} , one value at a time. Mergeable.
 *
 * <p>Adding follows Welford (1962, <a
 * href="https://doi.org/10.1080/00401706.1962.10490022">doi:10.1080/00401706.1962.10490022</a>),
 * merging Chan, Golub and LeVeque (1983, <a
 * href="https://doi.org/10.1080/00031305.1983.10483115">doi:10.1080/00031305.1983.10483115</a>),
 * both with the mean and the sum of squared deviations carried as the unevaluated sum of two
 * doubles, so that neither a large offset nor the order of merging reduces the accuracy. Nothing is
 * ever subtracted from the sum of squared deviations, so it is never negative.
 *
 * <p>Error: count, mean and variance are those of exact arithmetic on the given doubles to 2 units
 * in the last place, as long as the spread is not below 1e-12 of the offset nor the mean below
 * 1e-12 of the spread, and the squares of the deviations do not underflow (deviations above
 * 1e-140). Constant values have a variance of exactly 0.
 *
 * <p>Edge cases: a sum of squared deviations beyond {@code Double.MAX_VALUE} is infinite, and so
 * are variances and standard deviations of spreads above 1e154; the mean stays finite and as exact.
 * Divide such values by a common factor first. An infinite value makes the mean infinite and the
 * variance NaN; NaN, or infinities of both signs, make both NaN.
 *
 * <p>Cost: about 40 floating-point operations a value, with one division, which is not on the
 * dependency chain between values; about 60 and two divisions a merge. The state is five words;
 * nothing is allocated. It needs the fused multiply-add of the processor (x86-64 since 2013,
 * ARMv8); without it, it is correct but slow. Not thread-safe.
 */
public final class MomentsAccumulator {

  static final Codec<MomentsAccumulator> CODEC =
      Codec.of("thalweg.moments", MomentsAccumulator::write, MomentsAccumulator::read);

  static final AccumulatorMethods<MomentsAccumulator, Moments> METHODS =
      new AccumulatorMethods<>(
          MomentsAccumulator::new,
          MomentsAccumulator::merge,
          MomentsAccumulator::clear,
          MomentsAccumulator::toMoments,
          CODEC);

  /** Differences beyond this are processed by a slower method with scaling. */
  private static final double LARGE = 0x1p900;

  /** Factor of values in the method with scaling. */
  private static final double FRACTION = 0x1p-128;

  /** Number of values in a block, whose sums are formed without compensation and then merged. */
  private static final int BLOCK = 128;

  private long count;
  private double mean;
  private double meanLow;
  private double m2;
  private double m2Low;

  /** Creates an empty accumulator. */
  public MomentsAccumulator() {}

  /**
   * The moments of the last values, as {@link Moments#fifo} but without allocation: its result is
   * always the same accumulator, which the next call of {@code result} overwrites.
   *
   * @return an empty FIFO whose result is live
   */
  public static Fifo.OfDouble<MomentsAccumulator> fifo() {
    return new MomentsFifo<>(result -> result);
  }

  /**
   * Adds a value.
   *
   * @param value the value
   */
  public void add(double value) {
    long n = ++count;
    double inverse = 1.0 / n; // independent of earlier values
    double difference = value - mean;
    if (!(Math.abs(difference) <= LARGE)) {
      addExtreme(value);
      return;
    }
    // delta + deltaLow = value - mean - meanLow, by two-sum
    double shift = difference - value;
    double rest = (value - (difference - shift)) - (mean + shift) - meanLow;
    double delta = difference + rest;
    double deltaLow = rest - (delta - difference);
    // step + stepLow = delta / n: the remainder of the rounded quotient is exact by fma
    double step = delta * inverse;
    double stepLow = (Math.fma(-step, n, delta) + deltaLow) * inverse;
    addToMean(step, stepLow);
    // Welford: M2 += delta · (value - new mean), and value - new mean = delta - step
    double left = delta - step;
    double leftLow = (delta - left) - step + (deltaLow - stepLow);
    double product = delta * left;
    double productLow = Math.fma(delta, left, -product) + (delta * leftLow + deltaLow * left);
    addToM2(product, productLow);
  }

  /**
   * Adds values of an array, in blocks: several times as fast as one by one. The sums of a block
   * are formed in two passes without compensation, so the relative error of the variance may be
   * 4e-15, and the error of the mean 4e-15 of the spread.
   *
   * @param values the values
   * @param from the index of the first
   * @param to the index behind the last
   * @throws IndexOutOfBoundsException if the range is not within the array
   */
  public void addAll(double[] values, int from, int to) {
    Objects.checkFromToIndex(from, to, values.length);
    int at = from;
    for (; to - at >= BLOCK; at += BLOCK) {
      addBlock(values, at);
    }
    for (; at < to; at++) {
      add(values[at]);
    }
  }

  private void addBlock(double[] values, int from) {
    // Four independent sums each, so that additions overlap in the processor.
    double anchor = values[from];
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    for (int i = from; i < from + BLOCK; i += 4) {
      a += values[i] - anchor;
      b += values[i + 1] - anchor;
      c += values[i + 2] - anchor;
      d += values[i + 3] - anchor;
    }
    double near = anchor + ((a + b) + (c + d)) / BLOCK;
    double a2 = 0;
    double b2 = 0;
    double c2 = 0;
    double d2 = 0;
    a = 0;
    b = 0;
    c = 0;
    d = 0;
    for (int i = from; i < from + BLOCK; i += 4) {
      double x = values[i] - near;
      double y = values[i + 1] - near;
      double z = values[i + 2] - near;
      double w = values[i + 3] - near;
      a += x;
      b += y;
      c += z;
      d += w;
      a2 = Math.fma(x, x, a2);
      b2 = Math.fma(y, y, b2);
      c2 = Math.fma(z, z, c2);
      d2 = Math.fma(w, w, d2);
    }
    double correction = ((a + b) + (c + d)) / BLOCK;
    double squares = (a2 + b2) + (c2 + d2);
    if (!(squares <= Double.MAX_VALUE)) {
      for (int i = from; i < from + BLOCK; i++) {
        add(values[i]);
      }
      return;
    }
    // near is within rounding of the mean, so the part subtracted is below rounding
    double deviations = Math.max(0, squares - correction * correction * BLOCK);
    double high = near + correction;
    merge(BLOCK, high, correction - (high - near), deviations, 0);
  }

  private void addToMean(double step, double stepLow) {
    double sum = mean + step;
    double shift = sum - mean;
    double rest = (mean - (sum - shift)) + (step - shift) + (meanLow + stepLow);
    mean = sum + rest;
    meanLow = rest - (mean - sum);
  }

  private void addToM2(double product, double productLow) {
    double sum = m2 + product;
    double shift = sum - m2;
    double rest = (m2 - (sum - shift)) + (product - shift) + (m2Low + productLow);
    m2 = sum + rest;
    m2Low = rest - (m2 - sum);
    if (!(sum <= Double.MAX_VALUE)) {
      m2 = sum; // overflow: rest is NaN
      m2Low = 0;
    }
  }

  /** Adds a value if it or the mean is not finite, or if their difference overflows. */
  private void addExtreme(double value) {
    mergeExtreme(count - 1, 1, value, 0, 0);
  }

  private void mergeExtreme(
      long before, long others, double otherMean, double otherLow, double otherM2) {
    if (Double.isFinite(mean) && Double.isFinite(otherMean)) {
      // the same formula for a fraction of the values, whose differences are finite
      DoubleDouble scaled = new DoubleDouble();
      scaled.set(otherMean * FRACTION, otherLow * FRACTION);
      scaled.add(-mean * FRACTION, -meanLow * FRACTION);
      scaled.multiply(others);
      scaled.divide(before + others);
      scaled.add(mean * FRACTION, meanLow * FRACTION);
      mean = scaled.high / FRACTION;
      meanLow = scaled.low / FRACTION;
      m2 = before == 0 ? otherM2 : Double.POSITIVE_INFINITY;
    } else {
      mean =
          Double.isFinite(mean) ? otherMean : Double.isFinite(otherMean) ? mean : mean + otherMean;
      meanLow = 0;
      m2 = Double.NaN;
    }
    m2Low = 0;
  }

  /**
   * Merges another accumulator into this one.
   *
   * @param other the later part; unchanged
   */
  public void merge(MomentsAccumulator other) {
    merge(other.count, other.mean, other.meanLow, other.m2, other.m2Low);
  }

  void merge(long others, double otherMean, double otherMeanLow, double otherM2, double otherLow) {
    if (others == 0) {
      return;
    }
    if (count == 0) {
      set(others, otherMean, otherMeanLow, otherM2, otherLow);
      return;
    }
    long before = count;
    long total = before + others;
    count = total;
    double difference = otherMean - mean;
    if (!(Math.abs(difference) <= LARGE)) {
      mergeExtreme(before, others, otherMean, otherMeanLow, otherM2);
      return;
    }
    double shift = difference - otherMean;
    double rest = (otherMean - (difference - shift)) - (mean + shift) + (otherMeanLow - meanLow);
    double delta = difference + rest;
    double deltaLow = rest - (delta - difference);
    // step = delta · others / total
    double scaled = delta * others;
    double scaledLow = Math.fma(delta, others, -scaled) + deltaLow * others;
    double step = scaled / total;
    double stepLow = (Math.fma(-step, total, scaled) + scaledLow) / total;
    addToMean(step, stepLow);
    // Chan et al.: M2 += other M2 + delta² · before · others / total
    double far = delta * before;
    double farLow = Math.fma(delta, before, -far) + deltaLow * before;
    double product = far * step;
    double productLow = Math.fma(far, step, -product) + (far * stepLow + farLow * step);
    addToM2(product, productLow);
    addToM2(otherM2, otherLow);
  }

  void set(long count, double mean, double meanLow, double m2, double m2Low) {
    this.count = count;
    this.mean = mean;
    this.meanLow = meanLow;
    this.m2 = m2;
    this.m2Low = m2Low;
  }

  /** Empties the accumulator. */
  public void clear() {
    set(0, 0, 0, 0, 0);
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
   * The mean of the values.
   *
   * @return the mean; NaN when empty
   */
  public double mean() {
    return count == 0 ? Double.NaN : mean;
  }

  /**
   * {@code Σ (x - mean)²}.
   *
   * @return the sum of squared deviations; NaN when empty
   */
  public double sumOfSquaredDeviations() {
    return count == 0 ? Double.NaN : m2;
  }

  /**
   * As {@link Moments#populationVariance}.
   *
   * @return the variance; NaN when empty, 0 for one value
   */
  public double populationVariance() {
    return m2 / count;
  }

  /**
   * As {@link Moments#sampleVariance}.
   *
   * @return the variance; NaN for less than two values
   */
  public double sampleVariance() {
    return count < 2 ? Double.NaN : m2 / (count - 1);
  }

  /**
   * As {@link Moments#populationStandardDeviation}.
   *
   * @return the standard deviation; NaN when empty, 0 for one value
   */
  public double populationStandardDeviation() {
    return Math.sqrt(populationVariance());
  }

  /**
   * As {@link Moments#sampleStandardDeviation}.
   *
   * @return the standard deviation; NaN for less than two values
   */
  public double sampleStandardDeviation() {
    return Math.sqrt(sampleVariance());
  }

  /**
   * Reads the moments.
   *
   * @return the moments, detached
   */
  public Moments toMoments() {
    return new Moments(count, mean(), sumOfSquaredDeviations());
  }

  private void write(DataOutput out) throws IOException {
    out.writeLong(count);
    out.writeDouble(mean);
    out.writeDouble(meanLow);
    out.writeDouble(m2);
    out.writeDouble(m2Low);
  }

  private static MomentsAccumulator read(DataInput in) throws IOException {
    MomentsAccumulator value = new MomentsAccumulator();
    value.set(
        StateChecks.readCount(in),
        in.readDouble(),
        in.readDouble(),
        in.readDouble(),
        in.readDouble());
    StateChecks.requireEmpty(value.count, value.mean, value.meanLow, value.m2, value.m2Low);
    StateChecks.requirePair(value.mean, value.meanLow);
    StateChecks.requireSquares("sum of squared deviations", value.count, value.m2);
    StateChecks.requirePair(value.m2, value.m2Low);
    return value;
  }
}
