package io.thalweg.stats;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;

/**
 * Accumulator of {@link DecayedMoments} in which a value counts by the time it lasts: from its
 * timestamp to the next one. Mergeable with the part that follows.
 *
 * <p>With the last value carried forward, the mean at time T is the exponential moving average of a
 * step function (Eckner, Algorithms for unevenly spaced time series, 2019, section 3):
 *
 * <pre>
 * Σ w x / Σ w  with  w = ∫ 2^-((T - t) / half-life) dt  over the time for which x lasts
 * </pre>
 *
 * <p>So a sensor that reports more often while it is hot does not raise the mean, as it does that
 * of {@link DecayedMomentsAccumulator}, in which each value counts once. The weight is in
 * milliseconds; a steady signal approaches a weight of {@code half-life / ln 2}.
 *
 * <p>Values should come in the order of their timestamps; {@link io.thalweg.Ordered} sorts a
 * stream. A value before the newest is counted, but lasts for no time; of two at the same time the
 * later one lasts. The newest value has no weight until a later time is read or comes. While no
 * time has passed, the mean is the newest value and the variance 0.
 *
 * <p>Error, and values that are not finite: as in {@link DecayedMomentsAccumulator}. A value costs
 * a division and two exponentials. Nothing is allocated but results. Not thread-safe.
 */
public final class TimeWeightedMomentsAccumulator {

  private final Decay decay;
  private final DecayedMomentsAccumulator lasted;
  private long count;
  private long first;
  private long newest;
  private double last;

  /**
   * Creates an empty accumulator.
   *
   * @param halfLife the age at which a time counts half
   * @throws IllegalArgumentException if it is not a positive whole number of milliseconds
   */
  public TimeWeightedMomentsAccumulator(Duration halfLife) {
    decay = new Decay(halfLife);
    lasted = new DecayedMomentsAccumulator(decay);
  }

  static AccumulatorMethods<TimeWeightedMomentsAccumulator, DecayedMoments> methods(
      Duration halfLife) {
    return new AccumulatorMethods<>(
        () -> new TimeWeightedMomentsAccumulator(halfLife),
        TimeWeightedMomentsAccumulator::merge,
        TimeWeightedMomentsAccumulator::clear,
        TimeWeightedMomentsAccumulator::toDecayedMoments,
        Codec.of(
            "thalweg.timeweightedmoments",
            TimeWeightedMomentsAccumulator::write,
            in -> new TimeWeightedMomentsAccumulator(halfLife).read(in)));
  }

  /**
   * Adds a value.
   *
   * @param value the value
   * @param timestamp its time in milliseconds
   */
  public void add(double value, long timestamp) {
    if (count == 0) {
      first = timestamp;
      newest = timestamp;
    }
    count++;
    if (timestamp >= newest) {
      lastUntil(timestamp, lasted);
      newest = timestamp;
      last = value;
    }
  }

  /** Adds the last value for the time until a later one. */
  private void lastUntil(long time, DecayedMomentsAccumulator target) {
    if (time > newest) {
      target.add(last, decay.integral(newest, time), time);
    }
  }

  /**
   * Appends another accumulator to this one. The last value lasts until the first of the other.
   *
   * @param other the part that follows, of the same half-life; unchanged
   * @throws IllegalArgumentException if the half-lives differ
   */
  public void merge(TimeWeightedMomentsAccumulator other) {
    if (other.count == 0) {
      lasted.merge(other.lasted); // checks the half-lives
      return;
    }
    if (count == 0) {
      first = other.first;
    } else {
      lastUntil(other.first, lasted);
    }
    lasted.merge(other.lasted);
    if (count == 0 || other.newest >= newest) {
      newest = other.newest;
      last = other.last;
    }
    count += other.count;
  }

  /** Empties the accumulator. */
  public void clear() {
    lasted.clear();
    count = 0;
    first = 0;
    newest = 0;
    last = 0;
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
   * Reads the moments at the newest timestamp, at which the newest value has no weight yet.
   *
   * @return the moments, detached
   */
  public DecayedMoments toDecayedMoments() {
    return toDecayedMoments(newest);
  }

  /**
   * Reads the moments at a time, until which the newest value lasts.
   *
   * @param at a time in milliseconds, not before the newest timestamp
   * @return the moments, detached
   * @throws IllegalArgumentException if the time is before the newest timestamp
   */
  public DecayedMoments toDecayedMoments(long at) {
    if (count == 0) {
      return new DecayedMoments(0, 0, Double.NaN, Double.NaN);
    }
    if (at < newest) {
      throw new IllegalArgumentException("time must not be before " + newest + ": " + at);
    }
    DecayedMomentsAccumulator until = lasted.copy();
    lastUntil(at, until);
    DecayedMoments moments = until.toDecayedMoments();
    return moments.weight() > 0
        ? new DecayedMoments(count, moments.weight(), moments.mean(), moments.variance())
        : new DecayedMoments(count, 0, Double.isFinite(last) ? last : Double.NaN, last - last);
  }

  private void write(DataOutput out) throws IOException {
    out.writeLong(count);
    out.writeLong(first);
    out.writeLong(newest);
    out.writeDouble(last);
    lasted.write(out);
  }

  private TimeWeightedMomentsAccumulator read(DataInput in) throws IOException {
    count = StateChecks.readCount(in);
    first = in.readLong();
    newest = in.readLong();
    last = in.readDouble();
    StateChecks.requireEmpty(count, first, newest, last);
    StateChecks.require(first <= newest, "first must not be after the newest, " + newest, first);
    lasted.readTimes(in);
    StateChecks.requireEmpty(count, lasted.count());
    return this;
  }
}
