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
 * not below 1e-12 of the offset and nothing overflows or underflows. A value of weight 0 changes
 * nothing. A value that is not finite makes mean and variance NaN, and so do differences that
 * overflow.
 *
 * <p>A value costs about 150 floating-point operations with four divisions. Nothing is allocated.
 * Not thread-safe.
 */
public final class WeightedMomentsAccumulator {

  static final Codec<WeightedMomentsAccumulator> CODEC =
      Codec.of(
          "thalweg.weightedmoments",
          WeightedMomentsAccumulator::write,
          WeightedMomentsAccumulator::read);

  static final AccumulatorMethods<WeightedMomentsAccumulator, WeightedMoments> METHODS =
      new AccumulatorMethods<>(
          WeightedMomentsAccumulator::new,
          WeightedMomentsAccumulator::merge,
          WeightedMomentsAccumulator::clear,
          WeightedMomentsAccumulator::toWeightedMoments,
          CODEC);

  private long count;
  private double squaredWeight;
  private final DoubleDouble weight = new DoubleDouble();
  private final DoubleDouble mean = new DoubleDouble();
  private final DoubleDouble m2 = new DoubleDouble();
  // temporaries of one call; fields, to avoid allocation
  private final DoubleDouble delta = new DoubleDouble();
  private final DoubleDouble step = new DoubleDouble();

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
    squaredWeight = Math.fma(weight, weight, squaredWeight);
    this.weight.add(weight);
    delta.set(value, 0);
    delta.subtract(mean);
    // mean += delta · w / W; M2 += w · delta · (delta - step)
    step.set(delta);
    step.multiply(weight);
    step.divide(this.weight);
    mean.add(step);
    step.multiply(-1);
    step.add(delta);
    delta.multiply(step);
    delta.multiply(weight);
    m2.add(delta);
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
      squaredWeight = other.squaredWeight;
      weight.set(other.weight);
      mean.set(other.mean);
      m2.set(other.m2);
      return;
    }
    count += other.count;
    squaredWeight += other.squaredWeight;
    delta.set(other.mean);
    delta.subtract(mean);
    // M2 += other M2 + delta² · W · other W / (W + other W)
    step.set(delta);
    step.multiply(other.weight);
    delta.multiply(weight);
    weight.add(other.weight);
    step.divide(weight);
    mean.add(step);
    delta.multiply(step);
    m2.add(delta);
    m2.add(other.m2);
    settle();
  }

  /** Empties the accumulator. */
  public void clear() {
    count = 0;
    squaredWeight = 0;
    weight.clear();
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
        ? new WeightedMoments(0, 0, 0, Double.NaN, Double.NaN)
        : new WeightedMoments(count, weight.value(), squaredWeight, mean.value(), m2.value());
  }

  private void write(DataOutput out) throws IOException {
    out.writeLong(count);
    out.writeDouble(squaredWeight);
    weight.write(out);
    mean.write(out);
    m2.write(out);
  }

  private static WeightedMomentsAccumulator read(DataInput in) throws IOException {
    WeightedMomentsAccumulator value = new WeightedMomentsAccumulator();
    value.count = AccumulatorMethods.readCount(in);
    value.squaredWeight = in.readDouble();
    value.weight.read(in);
    value.mean.read(in);
    value.m2.read(in);
    return value;
  }
}
