package io.thalweg.sketch;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Accumulator of {@link Quantiles} of any number of values in bounded memory, mergeable: the sketch
 * of Karnin, Lang and Liberty (2016, <a
 * href="https://doi.org/10.1109/FOCS.2016.17">doi:10.1109/FOCS.2016.17</a>).
 *
 * <p>Values are in levels; a value on level h represents 2^h values. When all levels together are
 * full, the lowest full level is sorted and every second of its values moves up a level, starting
 * from the first or the second at random. The top level has a capacity of k values, each lower
 * level two thirds of the capacity of the level above it, and at least 8.
 *
 * <p>Error: exact up to k values. Beyond, the error of a rank is at most {@code 2.296 / k^0.9723}
 * with probability 0.99, for a single query, whatever the values, their order and the merges:
 * 0.0133 for k = 200, 0.0041 for k = 666. (The constants were fitted by the Apache DataSketches
 * library to the same compaction scheme; a test verifies them.) Count, minimum and maximum are
 * exact. In the tails an error of the rank can be a large error of the value: {@link
 * RelativeQuantileSketch} bounds the latter.
 *
 * <p>A value of weight w counts as w values: it is stored once on each level of the binary digits
 * of w. Sketches of unequal k merge: the merged sketch has the lower k, and its error.
 *
 * <p>The random choices depend on the seed, the count and the values, so equal input gives equal
 * results, and the errors of sketches with equal seeds are not correlated.
 *
 * <p>Infinities are ordinary values. NaN has no rank: a NaN makes all results NaN. Memory: about 3
 * k doubles and 8 a level, 32 k bytes with slack, growing by 64 bytes when the count doubles. Cost:
 * about 20 ns a value; reading the quantiles sorts the stored values, in some µs. Steady state
 * allocates only results. Not thread-safe.
 */
public final class QuantileSketch {

  private static final int LEAST_CAPACITY = 8;
  private static final int MOST_LEVELS = 60;

  private final int size;
  private final long seed;

  /** The size, or the least of the sizes that were merged. */
  private int k;

  private long coins;

  /** Number of values with a rank; NaNs are counted separately. */
  private long count;

  private long nans;
  private double min;
  private double max;

  /** Level 0 in the order of arrival, the others sorted. */
  private double[][] levels;

  private int[] sizes;
  private int height;
  private int held;
  private int capacity;

  /**
   * Creates an empty sketch.
   *
   * @param k the size, from 8 to 65,535; the error is about {@code 2.3 / k}
   * @param seed the seed of the random choices
   * @throws IllegalArgumentException if k is out of range
   */
  public QuantileSketch(int k, long seed) {
    if (k < LEAST_CAPACITY || k > 65_535) {
      throw new IllegalArgumentException("k must be from 8 to 65535: " + k);
    }
    size = k;
    this.seed = seed;
    levels = new double[1][k];
    sizes = new int[1];
    clear();
  }

  /**
   * Returns a codec of sketches.
   *
   * @param k the size of the sketches, the lower one of merged sketches; a record of another is
   *     rejected
   * @param seed the seed of the sketches; a record of another is rejected
   * @return a codec
   */
  public static Codec<QuantileSketch> codec(int k, long seed) {
    new QuantileSketch(k, seed); // fails here, not at the first record
    return Codec.of(
        "thalweg.quantilesketch",
        QuantileSketch::write,
        in -> new QuantileSketch(k, seed).read(in));
  }

  /**
   * Adds a value.
   *
   * @param value the value
   */
  public void add(double value) {
    if (Double.isNaN(value)) {
      nans++;
      return;
    }
    if (sizes[0] == levels[0].length) {
      levels[0] = Arrays.copyOf(levels[0], 2 * sizes[0]);
    }
    levels[0][sizes[0]++] = value + 0.0; // -0.0 and 0.0 are one value
    min = Math.min(min, value);
    max = Math.max(max, value);
    count++;
    held++;
    if (held > capacity) {
      compact();
    }
  }

  /**
   * Adds a value several times.
   *
   * @param value the value
   * @param times the number of times, from 0, which adds nothing, to 2^31 - 1
   * @throws IllegalArgumentException if times is out of range
   */
  public void add(double value, long times) {
    checkTimes(times);
    if (Double.isNaN(value)) {
      nans += times;
      return;
    }
    if (times == 0) {
      return;
    }
    min = Math.min(min, value);
    max = Math.max(max, value);
    count += times;
    for (long left = times; left > 0; left &= left - 1) {
      store(value + 0.0, Long.numberOfTrailingZeros(left));
    }
    while (held > capacity) {
      compact();
    }
  }

  static void checkTimes(long times) {
    if (times < 0 || times > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("weight must be from 0 to 2^31 - 1: " + times);
    }
  }

  /** Stores a value on a level, in order but for level 0. */
  private void store(double value, int level) {
    while (height <= level) {
      addLevel();
    }
    reserve(level, sizes[level] + 1);
    int at = sizes[level]++;
    double[] values = levels[level];
    for (; level > 0 && at > 0 && values[at - 1] > value; at--) {
      values[at] = values[at - 1];
    }
    values[at] = value;
    held++;
  }

  /**
   * Merges another sketch into this one. The size becomes the lower of both.
   *
   * @param other the other part; unchanged
   */
  public void merge(QuantileSketch other) {
    if (other.k < k) {
      k = other.k;
      resize();
    }
    nans += other.nans;
    if (other.count == 0) {
      while (held > capacity) {
        compact();
      }
      return;
    }
    if (count == 0) {
      coins = other.coins;
    } else {
      coins = Hash.mix(coins + Long.rotateLeft(other.coins, 32));
    }
    while (height < other.height) {
      addLevel();
    }
    for (int level = 0; level < other.height; level++) {
      int size = sizes[level];
      int more = other.sizes[level];
      reserve(level, size + more);
      if (level == 0) {
        System.arraycopy(other.levels[0], 0, levels[0], size, more);
      } else {
        weave(levels[level], size, other.levels[level], 0, 1, more);
      }
      sizes[level] = size + more;
      held += more;
    }
    count += other.count;
    min = Math.min(min, other.min);
    max = Math.max(max, other.max);
    while (held > capacity) {
      compact();
    }
  }

  /** Empties the sketch and resets its size and its random choices. */
  public void clear() {
    k = size;
    coins = Hash.mix(seed);
    count = 0;
    nans = 0;
    min = Double.POSITIVE_INFINITY;
    max = Double.NEGATIVE_INFINITY;
    Arrays.fill(sizes, 0);
    height = 1;
    held = 0;
    capacity = k;
  }

  /**
   * Returns the number of values added.
   *
   * @return the count
   */
  public long count() {
    return count + nans;
  }

  /**
   * Returns the bound of the error of a rank.
   *
   * @return {@code 2.296 / k^0.9723}, kept with probability 0.99
   */
  public double rankError() {
    return 2.296 / Math.pow(k, 0.9723);
  }

  /**
   * Reads the quantiles.
   *
   * @return the quantiles, detached
   */
  public Quantiles toQuantiles() {
    if (count == 0 || nans > 0) {
      return new Quantiles(count + nans);
    }
    double[] values = new double[held];
    long[] weights = new long[held];
    int size = 0;
    for (int level = height - 1; level > 0; level--) {
      // merge a level of weight 2^level into the sorted values
      int from = sizes[level] - 1;
      int to = size - 1;
      size += sizes[level];
      for (int at = size - 1; from >= 0; at--) {
        if (to >= 0 && values[to] > levels[level][from]) {
          values[at] = values[to];
          weights[at] = weights[to--];
        } else {
          values[at] = levels[level][from--];
          weights[at] = 1L << level;
        }
      }
    }
    double[] lowest = Arrays.copyOf(levels[0], sizes[0]);
    Arrays.sort(lowest);
    int to = size - 1;
    int from = lowest.length - 1;
    for (int at = held - 1; from >= 0; at--) {
      if (to >= 0 && values[to] > lowest[from]) {
        values[at] = values[to];
        weights[at] = weights[to--];
      } else {
        values[at] = lowest[from--];
        weights[at] = 1;
      }
    }
    for (int i = 1; i < held; i++) {
      weights[i] += weights[i - 1];
    }
    return new Quantiles(count, values, weights, min + 0.0, max + 0.0);
  }

  /** Moves half of the lowest full level up. */
  private void compact() {
    int level = 0;
    while (sizes[level] < capacityOf(level)) {
      level++; // all levels together are over capacity, so one of them is
    }
    if (level == height - 1) {
      addLevel();
    }
    double[] values = levels[level];
    int size = sizes[level];
    if (level == 0) {
      Arrays.sort(values, 0, size);
    }
    int odd = size & 1; // if the number is odd, the least value stays
    int half = size >>> 1;
    coins = Hash.mix(coins + count + Double.doubleToRawLongBits(values[size - 1]));
    int first = odd + (int) (coins >>> 63);
    reserve(level + 1, sizes[level + 1] + half);
    weave(levels[level + 1], sizes[level + 1], values, first, 2, half);
    sizes[level + 1] += half;
    sizes[level] = odd;
    held -= half;
  }

  /** Merges count sorted values, at a distance of stride, into size sorted values, from the end. */
  private static void weave(
      double[] into, int size, double[] values, int first, int stride, int count) {
    int to = size - 1;
    int from = first + (count - 1) * stride;
    for (int at = size + count - 1; from >= first; at--) {
      if (to >= 0 && into[to] > values[from]) {
        into[at] = into[to--];
      } else {
        into[at] = values[from];
        from -= stride;
      }
    }
  }

  private void addLevel() {
    if (height == levels.length) {
      levels = Arrays.copyOf(levels, height + 1);
      sizes = Arrays.copyOf(sizes, height + 1);
      levels[height] = new double[k];
    }
    height++;
    resize();
  }

  private void resize() {
    capacity = 0;
    for (int level = 0; level < height; level++) {
      capacity += capacityOf(level);
    }
  }

  private int capacityOf(int level) {
    double size = k;
    for (int depth = height - 1 - level; depth > 0 && size > LEAST_CAPACITY; depth--) {
      size *= 2.0 / 3;
    }
    return Math.max(LEAST_CAPACITY, (int) Math.ceil(size));
  }

  private void reserve(int level, int size) {
    if (size > levels[level].length) {
      levels[level] = Arrays.copyOf(levels[level], Math.max(size, 2 * levels[level].length));
    }
  }

  private void write(DataOutput out) throws IOException {
    out.writeInt(k);
    out.writeLong(seed);
    out.writeLong(coins);
    out.writeLong(count + nans);
    out.writeDouble(min);
    out.writeDouble(max);
    out.writeInt(height);
    for (int level = 0; level < height; level++) {
      out.writeInt(sizes[level]);
      for (int i = 0; i < sizes[level]; i++) {
        out.writeDouble(levels[level][i]);
      }
    }
  }

  private QuantileSketch read(DataInput in) throws IOException {
    StateChecks.requireEqual("k", k, in.readInt());
    StateChecks.requireEqual("seed", seed, in.readLong());
    coins = in.readLong();
    long written = StateChecks.requireAtLeast("count", 0, in.readLong());
    min = in.readDouble();
    max = in.readDouble();
    int levelsWritten = in.readInt();
    if (levelsWritten < 1 || levelsWritten > MOST_LEVELS) {
      throw new IOException("levels must be from 1 to " + MOST_LEVELS + ": " + levelsWritten);
    }
    while (height < levelsWritten) {
      addLevel();
    }
    for (int level = 0; level < height; level++) {
      int size = in.readInt();
      if (size < 0 || size > capacity - held) {
        throw new IOException("level " + level + " must fit the sketch: " + size);
      }
      reserve(level, size);
      for (int i = 0; i < size; i++) {
        double value = in.readDouble();
        if (Double.isNaN(value) || (level > 0 && i > 0 && value < levels[level][i - 1])) {
          throw new IOException("level " + level + " must be sorted numbers: " + value);
        }
        levels[level][i] = value;
      }
      sizes[level] = size;
      held += size;
      count += (long) size << level;
    }
    nans = written - count;
    if (nans < 0) {
      throw new IOException("weights must not exceed the count, " + written + ": " + count);
    }
    return this;
  }
}
