package io.thalweg.stats;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Accumulator of {@link Covariance} , one pair at a time. Mergeable.
 *
 * <p>By the updating formula of Welford for products (Bennett et al. 2009, <a
 * href="https://doi.org/10.1109/CLUSTR.2009.5289161">doi:10.1109/CLUSTR.2009.5289161</a>), with
 * double-double sums. Error: of means and sums of squares as in {@link MomentsAccumulator}; of the
 * codeviation half a unit in the last place and
 *
 * <pre>
 * n 2^-104 (1 + |mean x| / σx + |mean y| / σy) √(m2X m2Y)
 * </pre>
 *
 * <p>with the population standard deviations σ, as long as neither spread is below 1e-12 of its
 * offset. The error of the sum of squared residuals is half a unit in its last place and four times
 * this bound with {@code m2Y} in place of the root: a thousand pairs without an offset give 8
 * digits of residuals of 1e-10 σy.
 *
 * <p>A pair in which a value is not finite, or whose differences overflow, makes everything but the
 * count NaN. A pair costs about 150 floating-point operations with two divisions. Nothing is
 * allocated. Not thread-safe.
 */
public final class CovarianceAccumulator {

  static final Codec<CovarianceAccumulator> CODEC =
      Codec.of("thalweg.covariance", CovarianceAccumulator::write, CovarianceAccumulator::read);

  static final AccumulatorMethods<CovarianceAccumulator, Covariance> METHODS =
      new AccumulatorMethods<>(
          CovarianceAccumulator::new,
          CovarianceAccumulator::merge,
          CovarianceAccumulator::clear,
          CovarianceAccumulator::toCovariance,
          CODEC);

  private long count;
  private final DoubleDouble meanX = new DoubleDouble();
  private final DoubleDouble meanY = new DoubleDouble();
  private final DoubleDouble m2X = new DoubleDouble();
  private final DoubleDouble m2Y = new DoubleDouble();
  private final DoubleDouble codeviation = new DoubleDouble();
  // temporaries of one call; fields, to avoid allocation
  private final DoubleDouble deltaX = new DoubleDouble();
  private final DoubleDouble deltaY = new DoubleDouble();
  private final DoubleDouble restX = new DoubleDouble();
  private final DoubleDouble restY = new DoubleDouble();
  private final DoubleDouble product = new DoubleDouble();

  /** Creates an empty accumulator. */
  public CovarianceAccumulator() {}

  /**
   * Adds a pair.
   *
   * @param x one value
   * @param y the other
   */
  public void add(double x, double y) {
    count++;
    deltaX.set(x, 0);
    deltaX.subtract(meanX);
    deltaY.set(y, 0);
    deltaY.subtract(meanY);
    // mean += delta / n, and rest = delta - delta / n = x - new mean
    restX.set(deltaX);
    restX.divide(count);
    meanX.add(restX);
    restX.multiply(-1);
    restX.add(deltaX);
    restY.set(deltaY);
    restY.divide(count);
    meanY.add(restY);
    restY.multiply(-1);
    restY.add(deltaY);
    addProducts();
  }

  /** Adds delta · rest to each sum. */
  private void addProducts() {
    addProduct(m2X, deltaX, restX);
    addProduct(m2Y, deltaY, restY);
    addProduct(codeviation, deltaX, restY);
    settle();
  }

  private void addProduct(DoubleDouble sum, DoubleDouble delta, DoubleDouble rest) {
    product.set(delta);
    product.multiply(rest);
    sum.add(product);
  }

  private void settle() {
    if (!Double.isFinite(meanX.high) || !Double.isFinite(meanY.high)) {
      meanX.set(Double.NaN, 0);
      meanY.set(Double.NaN, 0);
      m2X.set(Double.NaN, 0);
      m2Y.set(Double.NaN, 0);
      codeviation.set(Double.NaN, 0);
    }
  }

  /**
   * Merges another accumulator into this one.
   *
   * @param other the other part; unchanged
   */
  public void merge(CovarianceAccumulator other) {
    if (other.count == 0) {
      return;
    }
    if (count == 0) {
      set(other);
      return;
    }
    long before = count;
    count += other.count;
    restX.set(other.meanX);
    restX.subtract(meanX);
    deltaX.set(restX);
    restX.multiply(other.count);
    restX.divide(count);
    meanX.add(restX);
    restY.set(other.meanY);
    restY.subtract(meanY);
    deltaY.set(restY);
    restY.multiply(other.count);
    restY.divide(count);
    meanY.add(restY);
    // other sums + delta · delta · before · others / total
    deltaX.multiply(before);
    deltaY.multiply(before);
    m2X.add(other.m2X);
    m2Y.add(other.m2Y);
    codeviation.add(other.codeviation);
    addProducts();
  }

  private void set(CovarianceAccumulator other) {
    count = other.count;
    meanX.set(other.meanX);
    meanY.set(other.meanY);
    m2X.set(other.m2X);
    m2Y.set(other.m2Y);
    codeviation.set(other.codeviation);
  }

  /** Empties the accumulator. */
  public void clear() {
    count = 0;
    meanX.clear();
    meanY.clear();
    m2X.clear();
    m2Y.clear();
    codeviation.clear();
  }

  /**
   * Reads the covariance.
   *
   * @return the sums, detached
   */
  public Covariance toCovariance() {
    return count == 0
        ? new Covariance(0, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN)
        : new Covariance(
            count,
            meanX.value(),
            meanY.value(),
            m2X.value(),
            m2Y.value(),
            codeviation.value(),
            residuals());
  }

  /** Returns M2y - C / M2x · C, of which up to 30 digits may cancel. */
  private double residuals() {
    DoubleDouble residuals = new DoubleDouble();
    residuals.set(codeviation);
    residuals.divide(m2X);
    residuals.multiply(codeviation);
    residuals.multiply(-1);
    residuals.add(m2Y);
    return Math.max(0, residuals.value());
  }

  private void write(DataOutput out) throws IOException {
    out.writeLong(count);
    meanX.write(out);
    meanY.write(out);
    m2X.write(out);
    m2Y.write(out);
    codeviation.write(out);
  }

  private static CovarianceAccumulator read(DataInput in) throws IOException {
    CovarianceAccumulator value = new CovarianceAccumulator();
    value.count = StateChecks.readCount(in);
    value.meanX.read(in);
    value.meanY.read(in);
    value.m2X.read(in);
    value.m2Y.read(in);
    value.codeviation.read(in);
    value.check();
    return value;
  }

  private void check() throws IOException {
    StateChecks.requireEmpty(count, meanX.high, meanY.high, m2X.high, m2Y.high, codeviation.high);
    StateChecks.requireSquares("sum of squares of x", count, m2X.high);
    StateChecks.requireSquares("sum of squares of y", count, m2Y.high);
    double most = Math.sqrt(m2X.high) * Math.sqrt(m2Y.high);
    StateChecks.require(
        !(Math.abs(codeviation.high) > most * (1 + StateChecks.TOLERANCE))
            || Math.min(m2X.high, m2Y.high) < Double.MIN_NORMAL, // may have underflowed
        "codeviation must be at most √(m2X m2Y)",
        codeviation.high);
  }
}
