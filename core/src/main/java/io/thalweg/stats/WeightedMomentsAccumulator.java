package io.thalweg.stats;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Accumulator of {@link WeightedMoments} , one value at a time. Mergeable.
 *
 * <p>Adding follows West (1979, <a
 * href="https://doi.org/10.1145/359146.359153">doi:10.1145/359146.359153</a>), merging Chan, Golub
 * and LeVeque, with double-double sums: error 2 units in the last place, as long as the spread is
 * not below 1e-12 of the offset and nothing overflows or underflows. The weights may differ by any
 * factor: {@code d = Σ w - Σ w² / Σ w} is formed without a difference, by {@code d' = (d + 2w) W /
 * W'} as the total weight grows from W to W' = W + w. It has the same error.
 *
 * <p>A value of weight 0 changes nothing. A value that is not finite makes mean and variance NaN,
 * and so do differences, and a total weight, beyond {@code Double.MAX_VALUE}. A weighted square
 * beyond it makes the variances infinite. Weights should be above 1e-290, and weighted squares.
 *
 * <p>A value costs about 150 floating-point operations with two divisions. Nothing is allocated.
 * Not thread-safe.
 */
public final class WeightedMomentsAccumulator {

  static final Codec<WeightedMomentsAccumulator> CODEC =
      new Codec<>() {
        @Override
        public String name() {
          return "thalweg.weightedmoments";
        }

        @Override
        public int version() {
          return 2;
        }

        @Override
        public void write(WeightedMomentsAccumulator value, DataOutput out) throws IOException {
          value.write(out);
        }

        @Override
        public WeightedMomentsAccumulator read(DataInput in, int version) throws IOException {
          WeightedMomentsAccumulator value = new WeightedMomentsAccumulator();
          value.read(in, version);
          return value;
        }
      };

  static final AccumulatorMethods<WeightedMomentsAccumulator, WeightedMoments> METHODS =
      new AccumulatorMethods<>(
          WeightedMomentsAccumulator::new,
          WeightedMomentsAccumulator::merge,
          WeightedMomentsAccumulator::clear,
          WeightedMomentsAccumulator::toWeightedMoments,
          CODEC);

  private long count;
  private final DoubleDouble weight = new DoubleDouble();

  /** {@code Σ w - Σ w² / Σ w}. */
  private final DoubleDouble divisor = new DoubleDouble();

  private final DoubleDouble mean = new DoubleDouble();
  private final DoubleDouble m2 = new DoubleDouble();
  // temporaries of one call; fields, to avoid allocation
  private final DoubleDouble delta = new DoubleDouble();
  private final DoubleDouble share = new DoubleDouble();
  private final DoubleDouble rest = new DoubleDouble();

  /** Creates an empty accumulator. */
  public WeightedMomentsAccumulator() {}

  static void checkWeight(double weight) {
    if (!(weight >= 0 && weight <= Double.MAX_VALUE)) {
      throw new IllegalArgumentException("weight must be finite and not negative: " + weight);
    }
  }

  /**
   * Adds a value.
   *
   * @param value the value
   * @param weight its weight
   * @throws IllegalArgumentException if the weight is not finite or negative
   */
  public void add(double value, double weight) {
    checkWeight(weight);
    if (weight == 0) {
      return;
    }
    count++;
    rest.set(this.weight);
    this.weight.add(weight);
    share.set(weight, 0);
    share.divide(this.weight);
    if (share.high <= 0.5) {
      rest.set(1, 0);
      rest.subtract(share);
    } else {
      rest.divide(this.weight); // where 1 - share would cancel
    }
    divisor.add(2 * weight);
    divisor.multiply(rest);
    delta.set(value, 0);
    delta.subtract(mean);
    // M2 += w · delta² · rest; mean += delta · share
    rest.multiply(delta);
    rest.multiply(delta);
    rest.multiply(weight);
    m2.add(rest);
    delta.multiply(share);
    mean.add(delta);
    settle();
  }

  /** Makes mean and sum of squares NaN after an overflow. */
  private void settle() {
    if (!Double.isFinite(mean.high)) {
      mean.set(Double.NaN, 0);
      m2.set(Double.NaN, 0);
    }
  }

  /**
   * Merges another accumulator into this one.
   *
   * @param other the other part; unchanged
   */
  public void merge(WeightedMomentsAccumulator other) {
    if (other.count == 0) {
      return;
    }
    if (count == 0) {
      count = other.count;
      weight.set(other.weight);
      divisor.set(other.divisor);
      mean.set(other.mean);
      m2.set(other.m2);
      return;
    }
    count += other.count;
    rest.set(weight);
    weight.add(other.weight);
    rest.divide(weight);
    share.set(other.weight);
    share.divide(weight);
    // d' = (d + 2 other W) · rest + other d · share
    delta.set(other.weight);
    delta.multiply(2);
    divisor.add(delta);
    divisor.multiply(rest);
    delta.set(other.divisor);
    delta.multiply(share);
    divisor.add(delta);
    // M2 += other M2 + delta² · rest · other W; mean += delta · share
    delta.set(other.mean);
    delta.subtract(mean);
    rest.multiply(delta);
    rest.multiply(delta);
    rest.multiply(other.weight);
    m2.add(rest);
    m2.add(other.m2);
    delta.multiply(share);
    mean.add(delta);
    settle();
  }

  /** Empties the accumulator. */
  public void clear() {
    count = 0;
    weight.clear();
    divisor.clear();
    mean.clear();
    m2.clear();
  }

  /**
   * Reads the moments.
   *
   * @return the moments, detached
   */
  public WeightedMoments toWeightedMoments() {
    return count == 0
        ? new WeightedMoments(0, 0, 0, Double.NaN, Double.NaN, Double.NaN)
        : new WeightedMoments(
            count, weight.value(), divisor.value(), effectiveCount(), mean.value(), m2.value());
  }

  /** Returns (Σ w)² / Σ w², of which Σ w² / Σ w is the total weight less the divisor. */
  private double effectiveCount() {
    DoubleDouble squares = new DoubleDouble();
    squares.set(weight);
    squares.subtract(divisor);
    DoubleDouble effective = new DoubleDouble();
    effective.set(weight);
    effective.divide(squares);
    return effective.value();
  }

  private void write(DataOutput out) throws IOException {
    out.writeLong(count);
    weight.write(out);
    divisor.write(out);
    mean.write(out);
    m2.write(out);
  }

  private void read(DataInput in, int version) throws IOException {
    count = StateChecks.readCount(in);
    if (version == 1) {
      double squaredWeight = in.readDouble();
      StateChecks.require(
          squaredWeight >= 0, "sum of squared weights must not be negative", squaredWeight);
      weight.read(in);
      setDivisor(squaredWeight);
    } else {
      weight.read(in);
      divisor.read(in);
    }
    mean.read(in);
    m2.read(in);
    StateChecks.requireEmpty(count, weight.high, divisor.high, mean.high, m2.high);
    StateChecks.require(
        count == 0 || weight.high > 0, "total weight must be positive", weight.high);
    StateChecks.requireSquares("reliability divisor", count, divisor.high);
    StateChecks.require(
        !(divisor.high > weight.high),
        "reliability divisor must be at most the total weight, " + weight.high,
        divisor.high);
    StateChecks.requireSquares("sum of squared deviations", count, m2.high);
  }

  /** Version 1 has the sum of squared weights instead, which may have overflowed: NaN. */
  private void setDivisor(double squaredWeight) {
    if (count > 1) {
      divisor.set(-squaredWeight, 0);
      divisor.divide(weight);
      divisor.add(weight);
      if (!(divisor.high >= 0)) {
        divisor.set(Double.NaN, 0);
      }
    }
  }
}
