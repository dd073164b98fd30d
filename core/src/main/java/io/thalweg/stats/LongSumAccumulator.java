package io.thalweg.stats;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.math.BigInteger;

/**
 * Accumulator of {@link LongSum}: a count and an exact sum in 128 bits. A value costs an addition
 * with carry. Not thread-safe.
 */
public final class LongSumAccumulator {

  static final Codec<LongSumAccumulator> CODEC =
      Codec.of("thalweg.longsum", LongSumAccumulator::write, LongSumAccumulator::read);

  static final AccumulatorMethods<LongSumAccumulator, LongSum> METHODS =
      new AccumulatorMethods<>(
          LongSumAccumulator::new,
          LongSumAccumulator::merge,
          LongSumAccumulator::clear,
          LongSumAccumulator::toLongSum,
          CODEC);

  private long count;
  private long high;
  private long low;

  /** Creates an empty accumulator. */
  public LongSumAccumulator() {}

  /**
   * Adds a value.
   *
   * @param value the value
   */
  public void add(long value) {
    count++;
    add(value >> 63, value);
  }

  private void add(long otherHigh, long otherLow) {
    low += otherLow;
    long carry = Long.compareUnsigned(low, otherLow) < 0 ? 1 : 0;
    high += otherHigh + carry;
  }

  /**
   * Merges another accumulator into this one.
   *
   * @param other the other part; unchanged
   */
  public void merge(LongSumAccumulator other) {
    count += other.count;
    add(other.high, other.low);
  }

  /** Empties the accumulator. */
  public void clear() {
    count = 0;
    high = 0;
    low = 0;
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
   * Reads the sum.
   *
   * @return count and sum, detached
   */
  public LongSum toLongSum() {
    BigInteger lower = BigInteger.valueOf(low >>> 1).shiftLeft(1).or(BigInteger.valueOf(low & 1));
    return new LongSum(count, BigInteger.valueOf(high).shiftLeft(64).add(lower));
  }

  private void write(DataOutput out) throws IOException {
    out.writeLong(count);
    out.writeLong(high);
    out.writeLong(low);
  }

  private static LongSumAccumulator read(DataInput in) throws IOException {
    LongSumAccumulator value = new LongSumAccumulator();
    value.count = StateChecks.readCount(in);
    value.high = in.readLong();
    value.low = in.readLong();
    LongSum sum = value.toLongSum();
    StateChecks.require(
        sum.value().abs().compareTo(BigInteger.valueOf(value.count).shiftLeft(63)) <= 0,
        "sum must be at most 2^63 times the count, " + value.count,
        sum.value());
    return value;
  }
}
