package io.thalweg.stats;

import io.thalweg.Codec;
import io.thalweg.Fifo;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Accumulator of {@link Extrema}. Exact; a value costs two comparisons. Not thread-safe. */
public final class ExtremaAccumulator {

  static final Codec<ExtremaAccumulator> CODEC =
      Codec.of("thalweg.extrema", ExtremaAccumulator::write, ExtremaAccumulator::read);

  static final AccumulatorMethods<ExtremaAccumulator, Extrema> METHODS =
      new AccumulatorMethods<>(
          ExtremaAccumulator::new,
          ExtremaAccumulator::merge,
          ExtremaAccumulator::clear,
          ExtremaAccumulator::toExtrema,
          CODEC);

  private long count;
  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;

  /** Creates an empty accumulator. */
  public ExtremaAccumulator() {}

  /**
   * The extrema of the last values, as {@link Extrema#fifo} but without allocation: its result is
   * always the same accumulator, which the next call of {@code result} overwrites.
   *
   * @return an empty FIFO whose result is live
   */
  public static Fifo.OfDouble<ExtremaAccumulator> fifo() {
    return new ExtremaFifo<>(result -> result);
  }

  /**
   * Adds a value.
   *
   * @param value the value
   */
  public void add(double value) {
    count++;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }

  /**
   * Merges another accumulator into this one.
   *
   * @param other the other part; unchanged
   */
  public void merge(ExtremaAccumulator other) {
    merge(other.count, other.min, other.max);
  }

  void merge(long others, double otherMin, double otherMax) {
    count += others;
    min = Math.min(min, otherMin);
    max = Math.max(max, otherMax);
  }

  /** Empties the accumulator. */
  public void clear() {
    count = 0;
    min = Double.POSITIVE_INFINITY;
    max = Double.NEGATIVE_INFINITY;
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
   * Returns the minimum.
   *
   * @return the minimum; NaN when empty
   */
  public double min() {
    return count == 0 ? Double.NaN : min;
  }

  /**
   * Returns the maximum.
   *
   * @return the maximum; NaN when empty
   */
  public double max() {
    return count == 0 ? Double.NaN : max;
  }

  /**
   * Reads the extrema.
   *
   * @return the extrema, detached
   */
  public Extrema toExtrema() {
    return new Extrema(count, min(), max());
  }

  private void write(DataOutput out) throws IOException {
    out.writeLong(count);
    out.writeDouble(min);
    out.writeDouble(max);
  }

  private static ExtremaAccumulator read(DataInput in) throws IOException {
    ExtremaAccumulator value = new ExtremaAccumulator();
    value.count = StateChecks.readCount(in);
    value.min = in.readDouble();
    value.max = in.readDouble();
    if (value.count == 0) {
      StateChecks.require(
          value.min == Double.POSITIVE_INFINITY && value.max == Double.NEGATIVE_INFINITY,
          "extrema of an empty state must be infinite",
          value.min + ", " + value.max);
    } else {
      StateChecks.require(
          value.min <= value.max || Double.isNaN(value.min) && Double.isNaN(value.max),
          "min must not be above max, " + value.max,
          value.min);
    }
    return value;
  }
}
