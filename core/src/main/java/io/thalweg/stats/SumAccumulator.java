package io.thalweg.stats;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Accumulator of {@link Sum} as an unevaluated sum of two doubles, of which the lower one is the
 * rounding error of the higher one: 1 + 1e100 + 1 - 1e100 is 2.
 *
 * <p>As Neumaier (1974, <a
 * href="https://doi.org/10.1002/zamm.19740540106">doi:10.1002/zamm.19740540106</a>), but normalised
 * after each step, so that sums can be merged. Error: half a unit in the last place of the sum, and
 * {@code n² 2^-106 Σ|x|}, whatever the order and the merges.
 *
 * <p>A sum beyond {@code Double.MAX_VALUE} is infinite and stays infinite; infinities of both
 * signs, or NaN, make it NaN. A value costs 10 floating-point operations. Not thread-safe.
 */
public final class SumAccumulator {

  static final Codec<SumAccumulator> CODEC =
      Codec.of("thalweg.sum", SumAccumulator::write, SumAccumulator::read);

  static final AccumulatorMethods<SumAccumulator, Sum> METHODS =
      new AccumulatorMethods<>(
          SumAccumulator::new,
          SumAccumulator::merge,
          SumAccumulator::clear,
          SumAccumulator::toSum,
          CODEC);

  private long count;
  private final DoubleDouble sum = new DoubleDouble();

  /** Creates an empty accumulator. */
  public SumAccumulator() {}

  /**
   * Adds a value.
   *
   * @param value the value
   */
  public void add(double value) {
    count++;
    sum.add(value);
  }

  /**
   * Merges another accumulator into this one.
   *
   * @param other the other part; unchanged
   */
  public void merge(SumAccumulator other) {
    count += other.count;
    sum.add(other.sum);
  }

  /** Empties the accumulator. */
  public void clear() {
    count = 0;
    sum.clear();
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
   * The sum of the values.
   *
   * @return the sum; 0 when empty
   */
  public double value() {
    return sum.value();
  }

  /**
   * Reads the sum.
   *
   * @return count and sum, detached
   */
  public Sum toSum() {
    return new Sum(count, value());
  }

  private void write(DataOutput out) throws IOException {
    out.writeLong(count);
    sum.write(out);
  }

  private static SumAccumulator read(DataInput in) throws IOException {
    SumAccumulator value = new SumAccumulator();
    value.count = StateChecks.readCount(in);
    value.sum.read(in);
    StateChecks.requireEmpty(value.count, value.sum.high);
    return value;
  }
}
