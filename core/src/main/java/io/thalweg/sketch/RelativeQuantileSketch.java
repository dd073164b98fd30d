package io.thalweg.sketch;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Accumulator of {@link Quantiles} with a bounded relative error of every quantile, in bounded
 * memory, mergeable: the DDSketch of Masson, Rim and Lee (2019, <a
 * href="https://doi.org/10.14778/3352063.3352135">doi:10.14778/3352063.3352135</a>), with the
 * linearly interpolated logarithm, and the uniform collapse of Epicoco et al. (2020, <a
 * href="https://arxiv.org/abs/2004.08604">arXiv:2004.08604</a>).
 *
 * <p>Buckets divide every interval between powers of two into 2^p equal parts; a bucket has a count
 * of its values. The bucket of a value consists of its sign, its exponent and the first p bits of
 * its mantissa. Zero has a count of its own.
 *
 * <p>Error: the quantile is within the factor {@code 1 ± 1 / (2^(p+1) + 1)} of the true one, always
 * and for every quantile. The precision p is the least whose error is at most the error wanted.
 * When the sketch has more buckets than its limit, p decreases by one: neighbours are joined in
 * pairs, and the error about doubles. {@link #relativeError} returns the current error. With 1 %
 * and 2048 buckets this begins when the values fill a range of 1 to 4·10^9. For magnitudes below
 * 2^-1022 the error is absolute, at most 2^-1021. Below p = 0, a bucket joins powers of two, and
 * the error is {@code (w - 1) / (w + 1)} for the ratio w of its bounds. Count, minimum and maximum
 * are exact.
 *
 * <p>Nothing is random: the state depends on the values only, not on their order. All sketches have
 * boundaries of buckets in common, so merging is exact, in any order; sketches of unequal error
 * merge to the larger error, and sketches of an unequal limit to the lower limit.
 *
 * <p>Infinities are ordinary values. NaN has no rank: a NaN makes all results NaN. Memory: 24 to 48
 * bytes for each bucket in use, at most 48 KB for 2048 buckets. Cost: O(1), some ns a value;
 * reading the quantiles sorts the buckets. Steady state allocates only results. Not thread-safe.
 */
public final class RelativeQuantileSketch {

  static final double ERROR = 0.01;
  static final int BUCKETS = 2048;

  private static final int LEAST_PRECISION = -10;
  private static final int MOST_PRECISION = 16;
  private static final int LEAST_BUCKETS = 16;
  private static final int MOST_BUCKETS = 1 << 20;
  private static final int LEAST_SLOTS = 64;
  private static final long MANTISSA = (1L << 52) - 1;
  private static final long INFINITE = 1L << 32;
  private static final long ONE = 1023L << 52;

  private final int finest;
  private final int mostBuckets;

  private int precision;
  private int limit;

  /** Open addressing with linear probing; a slot is free if its count is 0. */
  private int[] keys = new int[LEAST_SLOTS];

  private long[] counts = new long[LEAST_SLOTS];
  private int buckets;

  private long zeros;
  private long negativeInfinities;
  private long positiveInfinities;
  private long nans;

  /** Total of the counts, of NaN too. */
  private long count;

  private double min;
  private double max;

  /**
   * Creates an empty sketch.
   *
   * @param relativeError the greatest error of a quantile, relative to it, from 0.00001 to 0.3
   * @param buckets the greatest number of buckets, from 16 to 2^20
   * @throws IllegalArgumentException if error or buckets are out of range
   */
  public RelativeQuantileSketch(double relativeError, int buckets) {
    if (!(relativeError >= 0.00001 && relativeError <= 0.3)) {
      throw new IllegalArgumentException(
          "relative error must be from 0.00001 to 0.3: " + relativeError);
    }
    if (buckets < LEAST_BUCKETS || buckets > MOST_BUCKETS) {
      throw new IllegalArgumentException(
          "buckets must be from " + LEAST_BUCKETS + " to " + MOST_BUCKETS + ": " + buckets);
    }
    int enough = 0;
    while (errorOf(enough) > relativeError) {
      enough++;
    }
    finest = enough;
    mostBuckets = buckets;
    clear();
  }

  /**
   * Returns a codec of sketches.
   *
   * @param relativeError the error of the sketches; a record of another precision is rejected
   * @param buckets the limit of the sketches; a record of another is rejected
   * @return a codec
   * @throws IllegalArgumentException if error or buckets are out of range
   */
  public static Codec<RelativeQuantileSketch> codec(double relativeError, int buckets) {
    new RelativeQuantileSketch(relativeError, buckets); // fails here, not at the first record
    return Codec.of(
        "thalweg.relativequantilesketch",
        RelativeQuantileSketch::write,
        in -> new RelativeQuantileSketch(relativeError, buckets).read(in));
  }

  /**
   * Adds a value.
   *
   * @param value the value
   */
  public void add(double value) {
    addWeighted(value, 1);
  }

  /**
   * Adds a value several times.
   *
   * @param value the value
   * @param times the number of times, from 0, which adds nothing, to 2^31 - 1
   * @throws IllegalArgumentException if times is out of range
   */
  public void add(double value, long times) {
    QuantileSketch.checkTimes(times);
    if (times > 0) {
      addWeighted(value, times);
    }
  }

  private void addWeighted(double number, long times) {
    double value = number + 0.0; // -0.0 and 0.0 are one value
    count += times;
    if (Double.isNaN(value)) {
      nans += times;
      return;
    }
    if (value < min) {
      min = value;
    }
    if (value > max) {
      max = value;
    }
    if (value == 0) {
      zeros += times;
    } else if (Double.isInfinite(value)) {
      addInfinite(value, times);
    } else {
      increment(keyOf(value, precision), times);
      if (buckets > limit) {
        collapse(precision - 1);
      }
    }
  }

  private void addInfinite(double value, long times) {
    if (value > 0) {
      positiveInfinities += times;
    } else {
      negativeInfinities += times;
    }
  }

  /**
   * Returns the bucket of a number: they have the order of the numbers, and one bit less halves.
   */
  private static int keyOf(double value, int precision) {
    long bits = Double.doubleToRawLongBits(value);
    int magnitude = (int) ((bits & Long.MAX_VALUE) >>> (52 - precision));
    return magnitude ^ (int) (bits >> 63);
  }

  /** Returns the number whose relative distance to both bounds of its bucket is the same. */
  private static double valueOf(int key, int precision) {
    long bits = (long) (key < 0 ? ~key : key) << (52 - precision);
    double low = Double.longBitsToDouble(bits);
    double middle;
    if (low < Double.MIN_NORMAL && precision >= 0) {
      middle = low + Math.scalb(Double.MIN_NORMAL, -precision) / 2;
    } else {
      double mantissa = Double.longBitsToDouble(bits & MANTISSA | ONE);
      middle = Math.max(low, Double.MIN_NORMAL) * (2 / (1 + ratio(mantissa, precision)));
    }
    return key < 0 ? -middle : middle;
  }

  /** Returns the lower bound of a bucket by its upper bound, from the mantissa of the lower. */
  private static double ratio(double mantissa, int precision) {
    return precision >= 0
        ? mantissa / (mantissa + Math.scalb(1.0, -precision))
        : Math.scalb(1.0, -(1 << -precision));
  }

  private static double errorOf(int precision) {
    double ratio = ratio(1, precision);
    return (1 - ratio) / (1 + ratio);
  }

  private void increment(int key, long times) {
    int mask = keys.length - 1;
    int slot = slotOf(key);
    while (counts[slot] != 0) {
      if (keys[slot] == key) {
        counts[slot] += times;
        return;
      }
      slot = (slot + 1) & mask;
    }
    keys[slot] = key;
    counts[slot] = times;
    buckets++;
    if (buckets > keys.length / 2) {
      rehash(2 * keys.length, 0);
    }
  }

  private int slotOf(int key) {
    return (key * 0x9e3779b9) >>> (1 + Integer.numberOfLeadingZeros(keys.length));
  }

  private void collapse(int coarser) {
    int steps = precision - coarser;
    if (steps > 0) {
      precision = coarser;
      rehash(keys.length, steps);
    }
    while (buckets > limit) {
      precision--;
      rehash(keys.length, 1);
    }
  }

  private void rehash(int slots, int steps) {
    int[] oldKeys = keys;
    long[] oldCounts = counts;
    keys = new int[slots];
    counts = new long[slots];
    buckets = 0;
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldCounts[i] != 0) {
        increment(oldKeys[i] >> steps, oldCounts[i]);
      }
    }
  }

  /**
   * Merges another sketch into this one, exactly: the error becomes the greater of both, the limit
   * the lower.
   *
   * @param other the other part; unchanged
   */
  public void merge(RelativeQuantileSketch other) {
    limit = Math.min(limit, other.limit);
    collapse(Math.min(precision, other.precision));
    for (int i = 0; i < other.keys.length; i++) {
      if (other.counts[i] != 0) {
        increment(other.keys[i] >> (other.precision - precision), other.counts[i]);
        if (buckets > limit) {
          collapse(precision - 1);
        }
      }
    }
    zeros += other.zeros;
    negativeInfinities += other.negativeInfinities;
    positiveInfinities += other.positiveInfinities;
    nans += other.nans;
    count += other.count;
    min = Math.min(min, other.min);
    max = Math.max(max, other.max);
  }

  /** Empties the sketch, and returns to the error and the limit it was created with. */
  public void clear() {
    precision = finest;
    limit = mostBuckets;
    Arrays.fill(counts, 0);
    buckets = 0;
    zeros = 0;
    negativeInfinities = 0;
    positiveInfinities = 0;
    nans = 0;
    count = 0;
    min = Double.POSITIVE_INFINITY;
    max = Double.NEGATIVE_INFINITY;
  }

  /**
   * Returns the number of values added.
   *
   * @return the count, of NaN too
   */
  public long count() {
    return count;
  }

  /**
   * Returns the greatest error of a quantile, relative to it.
   *
   * @return from 0.0000077 to 1; at most the error wanted, unless buckets were joined
   */
  public double relativeError() {
    return errorOf(precision);
  }

  /**
   * Reads the quantiles.
   *
   * @return the quantiles, detached
   */
  public Quantiles toQuantiles() {
    if (count == 0 || nans > 0) {
      return new Quantiles(count);
    }
    int[] sorted = sortedKeys();
    int size =
        sorted.length
            + Long.signum(zeros)
            + Long.signum(negativeInfinities)
            + Long.signum(positiveInfinities);
    double[] values = new double[size];
    long[] upTo = new long[size];
    long total = 0;
    int at = 0;
    if (negativeInfinities > 0) {
      values[at] = Double.NEGATIVE_INFINITY;
      total += negativeInfinities;
      upTo[at++] = total;
    }
    boolean zeroNext = zeros > 0;
    for (int i = 0; i <= sorted.length; i++) {
      if (zeroNext && (i == sorted.length || sorted[i] >= 0)) {
        total += zeros; // the value is 0.0
        upTo[at++] = total;
        zeroNext = false;
      }
      if (i < sorted.length) {
        values[at] = Math.max(min, Math.min(max, valueOf(sorted[i], precision)));
        total += countOf(sorted[i]);
        upTo[at++] = total;
      }
    }
    if (positiveInfinities > 0) {
      values[at] = Double.POSITIVE_INFINITY;
      upTo[at] = total + positiveInfinities;
    }
    return new Quantiles(count, values, upTo, min + 0.0, max + 0.0);
  }

  private int[] sortedKeys() {
    int[] sorted = new int[buckets];
    int size = 0;
    for (int i = 0; i < keys.length; i++) {
      if (counts[i] != 0) {
        sorted[size++] = keys[i];
      }
    }
    Arrays.sort(sorted);
    return sorted;
  }

  private long countOf(int key) {
    int slot = slotOf(key);
    while (keys[slot] != key || counts[slot] == 0) {
      slot = (slot + 1) & (keys.length - 1);
    }
    return counts[slot];
  }

  private void write(DataOutput out) throws IOException {
    out.writeInt(finest);
    out.writeInt(limit);
    out.writeInt(precision);
    out.writeLong(nans);
    out.writeLong(negativeInfinities);
    out.writeLong(zeros);
    out.writeLong(positiveInfinities);
    out.writeDouble(min);
    out.writeDouble(max);
    out.writeInt(buckets);
    for (int key : sortedKeys()) {
      out.writeInt(key);
      out.writeLong(countOf(key));
    }
  }

  private RelativeQuantileSketch read(DataInput in) throws IOException {
    StateChecks.requireEqual("precision", finest, in.readInt());
    StateChecks.requireEqual("buckets", mostBuckets, in.readInt());
    precision = in.readInt();
    if (precision < LEAST_PRECISION || precision > finest) {
      throw new IOException(
          "precision must be from " + LEAST_PRECISION + " to " + finest + ": " + precision);
    }
    nans = readCount("count of NaN", 0, in);
    negativeInfinities = readCount("count of -Infinity", 0, in);
    zeros = readCount("count of 0", 0, in);
    positiveInfinities = readCount("count of Infinity", 0, in);
    min = in.readDouble();
    max = in.readDouble();
    int written = in.readInt();
    if (written < 0 || written > limit) {
      throw new IOException("buckets must be from 0 to " + limit + ": " + written);
    }
    int least = keyOf(-Double.MAX_VALUE, precision);
    int greatest = keyOf(Double.MAX_VALUE, precision);
    long last = least - 1L;
    for (int i = 0; i < written; i++) {
      int key = in.readInt();
      if (key <= last || key > greatest) {
        throw new IOException("buckets must ascend from " + least + " to " + greatest + ": " + key);
      }
      increment(key, readCount("count of a bucket", 1, in));
      last = key;
    }
    requireExtremes();
    return this;
  }

  private long readCount(String name, long least, DataInput in) throws IOException {
    long written = StateChecks.requireAtLeast(name, least, in.readLong());
    if (written > Long.MAX_VALUE - count) {
      throw new IOException("total count must be below 2^63: " + name + " " + written);
    }
    count += written;
    return written;
  }

  /** Rejects a minimum or maximum that is not in the first or last bucket. */
  private void requireExtremes() throws IOException {
    boolean right;
    if (count == nans) {
      right = min == Double.POSITIVE_INFINITY && max == Double.NEGATIVE_INFINITY;
    } else {
      int[] sorted = sortedKeys();
      long first = buckets > 0 ? place(sorted[0]) : zeros > 0 ? 0 : INFINITE;
      long last = buckets > 0 ? place(sorted[buckets - 1]) : zeros > 0 ? 0 : -INFINITE;
      if (zeros > 0) {
        first = Math.min(first, 0);
        last = Math.max(last, 0);
      }
      right =
          min <= max
              && place(min) == (negativeInfinities > 0 ? -INFINITE : first)
              && place(max) == (positiveInfinities > 0 ? INFINITE : last);
    }
    if (!right) {
      throw new IOException("minimum and maximum must be in the buckets: " + min + ", " + max);
    }
  }

  private long place(double value) {
    if (value == 0) {
      return 0;
    }
    return Double.isInfinite(value)
        ? (value > 0 ? INFINITE : -INFINITE)
        : place(keyOf(value, precision));
  }

  /** Returns the place of a bucket in the order of all, in which that of zero has the place 0. */
  private static long place(int key) {
    return key < 0 ? key : key + 1L;
  }
}
