package io.thalweg.stats;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;

/**
 * Accumulator of {@link DecayedMoments} by event time. Mergeable.
 *
 * <p>A value's weight is {@code 2^-(age / half-life)}, its age counted from the newest timestamp,
 * so values may come in any order. By West (1979, <a
 * href="https://doi.org/10.1145/359146.359153">doi:10.1145/359146.359153</a>), with the mean as the
 * unevaluated sum of two doubles. Error: below 1e-12 of the variance and of the standard deviation
 * for up to a million values, whatever the offset; most of it is the error of the decay factors.
 *
 * <p>A value more than 1075 half-lives old has no weight left and no effect, whatever it is. Until
 * then a value that is not finite, or a difference beyond {@code Double.MAX_VALUE}, makes mean and
 * variance NaN, and squares of deviations beyond it make the variance infinite. Deviations should
 * be above 1e-140. Timestamps may be negative and far apart: the age is right for any two.
 *
 * <p>A value costs a division, and an exponential unless its age equals that of the previous value.
 * Nothing is allocated. Not thread-safe.
 */
public final class DecayedMomentsAccumulator {

  private final Decay decay;
  private long count;
  private long newest;
  private double weight;
  private double mean;
  private double meanLow;
  private double m2;

  /**
   * Creates an empty accumulator.
   *
   * @param halfLife the age at which a value counts half
   * @throws IllegalArgumentException if it is not a positive whole number of milliseconds
   */
  public DecayedMomentsAccumulator(Duration halfLife) {
    decay = new Decay(halfLife);
  }

  DecayedMomentsAccumulator(Decay decay) {
    this.decay = decay;
  }

  static AccumulatorMethods<DecayedMomentsAccumulator, DecayedMoments> methods(Duration halfLife) {
    return new AccumulatorMethods<>(
        () -> new DecayedMomentsAccumulator(halfLife),
        DecayedMomentsAccumulator::merge,
        DecayedMomentsAccumulator::clear,
        DecayedMomentsAccumulator::toDecayedMoments,
        Codec.of(
            "thalweg.decayedmoments",
            DecayedMomentsAccumulator::write,
            in -> new DecayedMomentsAccumulator(halfLife).read(in)));
  }

  /**
   * Adds a value.
   *
   * @param value the value
   * @param timestamp its time in milliseconds
   */
  public void add(double value, long timestamp) {
    count++;
    merge(timestamp, 1, value, 0, 0);
  }

  /** Adds a value with a weight at its time. */
  void add(double value, double itsWeight, long timestamp) {
    count++;
    merge(timestamp, itsWeight, value, 0, 0);
  }

  /** Returns a new accumulator with the same values. */
  DecayedMomentsAccumulator copy() {
    DecayedMomentsAccumulator copy = new DecayedMomentsAccumulator(decay);
    copy.merge(this);
    return copy;
  }

  /**
   * Merges another accumulator into this one.
   *
   * @param other the other part, of the same half-life; unchanged
   * @throws IllegalArgumentException if the half-lives differ
   */
  public void merge(DecayedMomentsAccumulator other) {
    if (other.decay.halfLifeMillis != decay.halfLifeMillis) {
      throw new IllegalArgumentException(
          "half-lives must be the same, "
              + decay.halfLifeMillis
              + " ms: "
              + other.decay.halfLifeMillis);
    }
    if (other.count > 0) {
      count += other.count;
      merge(other.newest, other.weight, other.mean, other.meanLow, other.m2);
    }
  }

  private void merge(
      long otherNewest, double otherWeight, double otherMean, double otherLow, double otherM2) {
    if (weight == 0) {
      replace(otherNewest, otherWeight, otherMean, otherLow, otherM2);
      return;
    }
    double fresh = 1;
    if (otherNewest > newest) {
      double factor = decay.factor(newest, otherNewest);
      weight *= factor;
      m2 *= factor;
      newest = otherNewest;
    } else if (otherNewest < newest) {
      fresh = decay.factor(otherNewest, newest);
    }
    double added = fresh * otherWeight;
    if (added == 0) {
      return;
    }
    if (weight == 0) {
      replace(otherNewest, otherWeight, otherMean, otherLow, otherM2);
      return;
    }
    double before = weight;
    weight += added;
    double difference = otherMean - mean;
    double shift = difference - otherMean;
    double rest = (otherMean - (difference - shift)) - (mean + shift) + (otherLow - meanLow);
    double delta = difference + rest;
    double step = delta * (added / weight);
    double sum = mean + step;
    double back = sum - mean;
    double low = (mean - (sum - back)) + (step - back) + meanLow;
    mean = sum + low;
    meanLow = low - (mean - sum);
    m2 += fresh * otherM2 + delta * step * before;
  }

  private void replace(
      long otherNewest, double otherWeight, double otherMean, double otherLow, double otherM2) {
    newest = otherNewest;
    weight = otherWeight;
    mean = Double.isFinite(otherMean) ? otherMean : Double.NaN;
    meanLow = otherLow;
    m2 = Double.isFinite(otherMean) ? otherM2 : Double.NaN;
  }

  /** Empties the accumulator. */
  public void clear() {
    count = 0;
    newest = 0;
    weight = 0;
    mean = 0;
    meanLow = 0;
    m2 = 0;
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
   * Returns the weighted mean of the values.
   *
   * @return the mean; NaN when empty
   */
  public double mean() {
    return count == 0 ? Double.NaN : mean;
  }

  /**
   * Returns the weighted mean of the squared deviations from the mean.
   *
   * @return the variance; NaN when empty, never negative
   */
  public double variance() {
    return count == 0 ? Double.NaN : m2 / weight;
  }

  /**
   * The decayed sum of the values at a time, {@code Σ x 2^-(age / half-life)}.
   *
   * @param at a time in milliseconds, not before the newest timestamp
   * @return the sum; 0 when empty
   * @throws IllegalArgumentException if the time is before the newest timestamp
   */
  public double sum(long at) {
    if (count == 0) {
      return 0;
    }
    if (at < newest) {
      throw new IllegalArgumentException("time must not be before " + newest + ": " + at);
    }
    return weight * decay.factor(newest, at) * mean;
  }

  /**
   * Reads the moments. Weights are as of the newest timestamp; mean and variance do not depend on
   * when they are read.
   *
   * @return the moments, detached
   */
  public DecayedMoments toDecayedMoments() {
    return count == 0
        ? new DecayedMoments(0, 0, Double.NaN, Double.NaN)
        : new DecayedMoments(count, weight, mean, m2 / weight);
  }

  void write(DataOutput out) throws IOException {
    decay.write(out);
    out.writeLong(count);
    out.writeLong(newest);
    out.writeDouble(weight);
    out.writeDouble(mean);
    out.writeDouble(meanLow);
    out.writeDouble(m2);
  }

  private DecayedMomentsAccumulator read(DataInput in) throws IOException {
    readTimes(in);
    Decay.checkWeight(count, weight);
    return this;
  }

  /** Reads a state whose weights are times. */
  void readTimes(DataInput in) throws IOException {
    decay.check(in);
    count = StateChecks.readCount(in);
    newest = in.readLong();
    weight = in.readDouble();
    mean = in.readDouble();
    meanLow = in.readDouble();
    m2 = in.readDouble();
    StateChecks.requireEmpty(count, newest, weight, mean, meanLow, m2);
    StateChecks.require(weight >= 0, "weight must not be negative", weight);
    StateChecks.requirePair(mean, meanLow);
    StateChecks.requireSquares("sum of squared deviations", count, m2);
  }
}
