package io.thalweg.stats;

import io.thalweg.Fifo;

/**
 * Collects {@link Moments} one value at a time, and merges with others.
 *
 * <p>Adding follows Welford (1962, <a
 * href="https://doi.org/10.1080/00401706.1962.10490022">doi:10.1080/00401706.1962.10490022</a>),
 * merging Chan, Golub and LeVeque (1979). Nothing is ever subtracted from the sum of squared
 * deviations, so it is never negative.
 *
 * <p>NaN makes every later answer NaN, and so do infinities for the variance. A value costs one
 * division; the state is three words. Not thread-safe.
 */
public final class MomentsAccumulator {

  private long count;
  private double mean;
  private double m2;

  /** Creates an empty accumulator. */
  public MomentsAccumulator() {}

  /**
   * The moments of the last values, as {@link Moments#fifo} but without allocation: its result is
   * one and the same accumulator, overwritten by the next call of {@code result}.
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
    count++;
    double delta = value - mean;
    mean += delta / count;
    m2 += delta * (value - mean);
  }

  /**
   * Adds what another accumulator holds.
   *
   * @param other the later part; unchanged
   */
  public void merge(MomentsAccumulator other) {
    merge(other.count, other.mean, other.m2);
  }

  void merge(long otherCount, double otherMean, double otherM2) {
    if (otherCount == 0) {
      return;
    }
    if (count == 0) {
      set(otherCount, otherMean, otherM2);
      return;
    }
    long total = count + otherCount;
    double delta = otherMean - mean;
    double share = (double) otherCount / total;
    mean += delta * share;
    m2 += otherM2 + delta * delta * share * count;
    count = total;
  }

  void set(long count, double mean, double m2) {
    this.count = count;
    this.mean = mean;
    this.m2 = m2;
  }

  /** Empties the accumulator. */
  public void clear() {
    set(0, 0, 0);
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
   * As {@link Moments#populationStandardDeviation}.
   *
   * @return the standard deviation; NaN when empty, 0 for one value
   */
  public double populationStandardDeviation() {
    return Math.sqrt(m2 / count);
  }

  /**
   * As {@link Moments#sampleStandardDeviation}.
   *
   * @return the standard deviation; NaN for less than two values
   */
  public double sampleStandardDeviation() {
    return count < 2 ? Double.NaN : Math.sqrt(m2 / (count - 1));
  }

  /**
   * Reads the moments.
   *
   * @return the moments, detached
   */
  public Moments toMoments() {
    return new Moments(count, mean(), sumOfSquaredDeviations());
  }
}
