package io.thalweg.stats;

import io.thalweg.Fifo;
import io.thalweg.Rings;
import java.util.Arrays;

/**
 * Order statistics of the last values: exact quantiles, median, median absolute deviation.
 *
 * <p>Quantiles are those of Hyndman and Fan's type 7 (1996, <a
 * href="https://doi.org/10.1080/00031305.1996.10473566">doi:10.1080/00031305.1996.10473566</a>): of
 * n sorted values {@code x[0..n-1]} the quantile q lies at {@code h = (n - 1) q}, between {@code
 * x[floor(h)]} and the next, in proportion. If q is the double next to {@code k / (n - 1)}, it is
 * {@code x[k]}. So the quantile 0.25 of 0, 1, 2, 3, 4 is 1 and the median of 1, 2 is 1.5.
 *
 * <p>It is its own result, so that all its statistics can be read from a trailing window:
 *
 * <pre>{@code
 * TrailingWindow.over(Reading::value, OrderStatistics::new).last(1000).build()
 * }</pre>
 *
 * <p>Edge cases: empty gives NaN. A NaN inside makes all results NaN until it is evicted.
 * Infinities are ordinary values, but a quantile between two of different sign is NaN. -0.0 becomes
 * 0.0.
 *
 * <p>Cost: the values are sorted in blocks of at most 256; adding or evicting takes a search and a
 * shift within a block, a quantile a walk over the blocks: O(√n) for usual sizes of windows, about
 * 100 ns for 1000 values. The median absolute deviation takes O(log n) quantiles. Memory: 16 to 32
 * bytes a value inside; nothing is allocated in steady state but by {@link #toFiveNumberSummary}.
 * Not thread-safe.
 */
public final class OrderStatistics implements Fifo.OfDouble<OrderStatistics> {

  private static final int CAPACITY = 256;

  private double[] ring = new double[16];
  private int head;
  private int size;
  private int nans;

  /** Sorted blocks of sorted values; none is empty. */
  private double[][] blocks = new double[4][];

  private int[] sizes = new int[4];

  /** The greatest value of each block, for the search. */
  private double[] lasts = new double[4];

  private int count;

  /** Unused blocks, kept for reuse. */
  private double[][] spare = new double[4][];

  private int spares;

  /** Creates an empty FIFO. */
  public OrderStatistics() {}

  @Override
  public void add(double value) {
    if (size == ring.length) {
      grow();
    }
    ring[(head + size) & (ring.length - 1)] = value;
    size++;
    if (Double.isNaN(value)) {
      nans++;
    } else {
      insert(value + 0.0);
    }
  }

  @Override
  public void evict() {
    if (size == 0) {
      throw new IllegalStateException("evict needs a value inside: size 0");
    }
    double value = ring[head];
    head = (head + 1) & (ring.length - 1);
    size--;
    if (Double.isNaN(value)) {
      nans--;
    } else {
      remove(value + 0.0);
    }
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public void clear() {
    head = 0;
    size = 0;
    nans = 0;
    while (count > 0) {
      drop(count - 1);
    }
  }

  /**
   * Returns this object, from which the statistics can be read.
   *
   * @return this object, which changes with the next value
   */
  @Override
  public OrderStatistics result() {
    return this;
  }

  /**
   * The summary of the values inside.
   *
   * @return the five numbers, detached
   */
  public FiveNumberSummary toFiveNumberSummary() {
    return new FiveNumberSummary(
        size, quantile(0), quantile(0.25), quantile(0.5), quantile(0.75), quantile(1));
  }

  /**
   * A quantile of the values inside.
   *
   * @param q from 0, the minimum, to 1, the maximum
   * @return the quantile; NaN when empty
   * @throws IllegalArgumentException if q is not from 0 to 1
   */
  public double quantile(double q) {
    if (!(q >= 0 && q <= 1)) {
      throw new IllegalArgumentException("quantile must be from 0 to 1: " + q);
    }
    if (size == 0 || nans > 0) {
      return Double.NaN;
    }
    double place = q * (size - 1);
    int rank = (int) Math.rint(place);
    double share = 0;
    if ((double) rank / (size - 1) != q && size > 1) {
      rank = (int) place;
      share = place - rank;
    }
    int block = 0;
    while (rank >= sizes[block]) {
      rank -= sizes[block++];
    }
    double lower = blocks[block][rank];
    if (share == 0) {
      return lower;
    }
    double upper = rank + 1 < sizes[block] ? blocks[block][rank + 1] : blocks[block + 1][0];
    return between(lower, upper, share);
  }

  /**
   * The value at a quantile by nearest rank (Hyndman and Fan's type 1): always a value inside. The
   * share of rank k is {@code k / n}, rounded to double as q is: of 25 values, the quantile 0.28 is
   * the seventh, though the product {@code 25 * 0.28} rounds to more than 7.
   *
   * @param q from 0, the minimum, to 1, the maximum
   * @return the least value inside that at least a share q of the values inside do not exceed; NaN
   *     when empty
   * @throws IllegalArgumentException if q is not from 0 to 1
   */
  public double nearestRank(double q) {
    if (!(q >= 0 && q <= 1)) {
      throw new IllegalArgumentException("quantile must be from 0 to 1: " + q);
    }
    if (size == 0 || nans > 0) {
      return Double.NaN;
    }
    return valueAt(Math.max(0, rank(q, size) - 1));
  }

  /** Returns the least k with k / n at least q, both as doubles; the product may round past it. */
  private static int rank(double q, int n) {
    int rank = (int) Math.ceil(q * n);
    if ((double) (rank - 1) / n >= q) {
      return rank - 1;
    }
    return (double) rank / n >= q ? rank : rank + 1;
  }

  /** Returns a number between two others by linear interpolation. */
  private static double between(double lower, double upper, double share) {
    if (lower == upper) {
      return lower;
    }
    double range = upper - lower;
    if (range <= Double.MAX_VALUE) {
      return Math.min(upper, Math.fma(range, share, lower));
    }
    return lower * (1 - share) + upper * share; // the difference overflows, or is infinite
  }

  /**
   * The median of the values inside.
   *
   * @return the quantile 0.5; NaN when empty
   */
  public double median() {
    return quantile(0.5);
  }

  /**
   * The interquartile range.
   *
   * @return the quantile 0.75 less the quantile 0.25; NaN when empty
   */
  public double interquartileRange() {
    return quantile(0.75) - quantile(0.25);
  }

  /**
   * The median absolute deviation, {@code median |x - median|}, without a scale factor; for
   * normally distributed values 1.4826 times it estimates the standard deviation. It is 0 if more
   * than half of the values are equal, so a divisor needs a lower bound.
   *
   * @return the deviation; NaN when empty
   */
  public double medianAbsoluteDeviation() {
    double median = median();
    if (Double.isNaN(median)) {
      return Double.NaN;
    }
    // deviations of lower values increase to the left, deviations of other values to the right
    int below = countBelow(median);
    double lower = deviation((size - 1) / 2, below, median);
    return size % 2 == 1 ? lower : between(lower, deviation(size / 2, below, median), 0.5);
  }

  /**
   * Returns the deviation of a given rank. Binary search finds how many of the smallest rank + 1
   * deviations are to the left of the median.
   */
  private double deviation(int rank, int below, double median) {
    int least = Math.max(0, rank + 1 - (size - below));
    int most = Math.min(below, rank + 1);
    while (least < most) {
      int left = (least + most) >>> 1;
      // too few from the left while the next there is nearer than the last from the right
      if (median - valueAt(below - 1 - left) < valueAt(below + rank - left) - median) {
        least = left + 1;
      } else {
        most = left;
      }
    }
    double fromLeft = least == 0 ? 0 : median - valueAt(below - least);
    int right = rank + 1 - least;
    double fromRight = right == 0 ? 0 : valueAt(below + right - 1) - median;
    return Math.max(fromLeft, fromRight);
  }

  /**
   * Returns the number of values inside that are less than a value.
   *
   * @param value the value
   * @return a count; NaN inside is never less
   */
  public int countBelow(double value) {
    int below = 0;
    for (int block = 0; block < count; block++) {
      if (lasts[block] >= value) {
        return below + place(blocks[block], sizes[block], value);
      }
      below += sizes[block];
    }
    return below;
  }

  private double valueAt(int rank) {
    int block = 0;
    while (rank >= sizes[block]) {
      rank -= sizes[block++];
    }
    return blocks[block][rank];
  }

  /** Returns the first block whose greatest value is not less; the last block if there is none. */
  private int blockOf(double value) {
    int from = 0;
    int to = count - 1;
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (lasts[middle] < value) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }

  /**
   * Returns the number of sorted values that are less, by a search without data-dependent branches.
   */
  private static int place(double[] block, int length, double value) {
    int base = 0;
    int rest = length;
    while (rest > 1) {
      int half = rest >>> 1;
      base = block[base + half - 1] < value ? base + half : base;
      rest -= half;
    }
    return rest == 1 && block[base] < value ? base + 1 : base;
  }

  private void insert(double value) {
    if (count == 0) {
      open(0);
    }
    int block = blockOf(value);
    if (sizes[block] == CAPACITY) {
      split(block);
      if (lasts[block] < value) {
        block++;
      }
    }
    double[] values = blocks[block];
    int length = sizes[block]++;
    int at = place(values, length, value);
    System.arraycopy(values, at, values, at + 1, length - at);
    values[at] = value;
    lasts[block] = values[length];
  }

  private void remove(double value) {
    int block = blockOf(value);
    double[] values = blocks[block];
    int length = --sizes[block];
    int at = place(values, length + 1, value);
    System.arraycopy(values, at + 1, values, at, length - at);
    if (length == 0) {
      drop(block);
      return;
    }
    lasts[block] = values[length - 1];
    if (length < CAPACITY / 4) {
      join(block);
    }
  }

  private void split(int block) {
    open(block + 1);
    int half = CAPACITY / 2;
    System.arraycopy(blocks[block], half, blocks[block + 1], 0, half);
    sizes[block] = half;
    sizes[block + 1] = half;
    lasts[block + 1] = lasts[block];
    lasts[block] = blocks[block][half - 1];
  }

  /** Joins a block with a neighbour if both fit half a block, which limits the number of blocks. */
  private void join(int block) {
    int left = block > 0 ? block - 1 : block;
    if (left + 1 < count && sizes[left] + sizes[left + 1] <= CAPACITY / 2) {
      System.arraycopy(blocks[left + 1], 0, blocks[left], sizes[left], sizes[left + 1]);
      sizes[left] += sizes[left + 1];
      lasts[left] = lasts[left + 1];
      drop(left + 1);
    }
  }

  /** Inserts an empty block. */
  private void open(int at) {
    if (count == blocks.length) {
      blocks = Arrays.copyOf(blocks, 2 * count);
      spare = Arrays.copyOf(spare, 2 * count);
      sizes = Arrays.copyOf(sizes, 2 * count);
      lasts = Arrays.copyOf(lasts, 2 * count);
    }
    System.arraycopy(blocks, at, blocks, at + 1, count - at);
    System.arraycopy(sizes, at, sizes, at + 1, count - at);
    System.arraycopy(lasts, at, lasts, at + 1, count - at);
    blocks[at] = spares > 0 ? spare[--spares] : new double[CAPACITY];
    sizes[at] = 0;
    count++;
  }

  private void drop(int at) {
    spare[spares++] = blocks[at];
    count--;
    System.arraycopy(blocks, at + 1, blocks, at, count - at);
    System.arraycopy(sizes, at + 1, sizes, at, count - at);
    System.arraycopy(lasts, at + 1, lasts, at, count - at);
    blocks[count] = null;
  }

  private void grow() {
    ring = Rings.grow(ring, head);
    head = 0;
  }
}
