package io.thalweg.sketch;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Accumulator of {@link Frequencies} in bounded memory, mergeable: the count-min sketch of Cormode
 * and Muthukrishnan (2005, <a
 * href="https://doi.org/10.1016/j.jalgor.2003.12.001">doi:10.1016/j.jalgor.2003.12.001</a>).
 *
 * <p>Each of {@code depth} rows has {@code width} counters and its own hash, which selects a
 * counter for each key. The estimate of a key is the minimum of its counters.
 *
 * <p>Error, for n events: never too small; too large by more than {@code e n / width} only with a
 * probability of {@code e^-depth}, for a single query, over the choice of the seed. Merging is
 * exact: the merged sketch equals the sketch of all events.
 *
 * <p>Memory: {@code 8 width depth} bytes. Cost: a hash and {@code depth} counters. Only results are
 * allocated, which are copies. Counters wrap beyond {@code Long.MAX_VALUE}. The hash is not
 * cryptographic: with a known seed, keys can be chosen to distort the counts. Not thread-safe.
 */
public final class FrequencySketch {

  private static final int WIDEST = 1 << 24;
  private static final int DEEPEST = 16;

  private final int width;
  private final int depth;
  private final long seed;
  private final long[] counters;
  private long total;

  /**
   * Creates an empty sketch.
   *
   * @param width counters a row, from 2 to 2^24, rounded up to a power of two
   * @param depth rows, from 1 to 16
   * @param seed the seed of the hash; only sketches with equal seeds merge
   * @throws IllegalArgumentException if width or depth are out of range
   */
  public FrequencySketch(int width, int depth, long seed) {
    if (width < 2 || width > WIDEST) {
      throw new IllegalArgumentException("width must be from 2 to " + WIDEST + ": " + width);
    }
    if (depth < 1 || depth > DEEPEST) {
      throw new IllegalArgumentException("depth must be from 1 to " + DEEPEST + ": " + depth);
    }
    this.width = Integer.highestOneBit(2 * width - 1);
    this.depth = depth;
    this.seed = seed;
    counters = new long[Math.multiplyExact(this.width, depth)];
  }

  /**
   * Returns a codec of sketches.
   *
   * @param width the width of the sketches; a record of another is rejected
   * @param depth the depth of the sketches; a record of another is rejected
   * @param seed the seed of the sketches; a record of another is rejected
   * @return a codec
   */
  public static Codec<FrequencySketch> codec(int width, int depth, long seed) {
    new FrequencySketch(width, depth, seed); // fails here, not at the first record
    return Codec.of(
        "thalweg.frequencysketch",
        FrequencySketch::write,
        in -> new FrequencySketch(width, depth, seed).read(in));
  }

  /**
   * Adds a key.
   *
   * @param key the key
   * @param times the number of occurrences, not negative
   * @throws IllegalArgumentException if times is negative
   */
  public void add(long key, long times) {
    addHash(Hash.of(key, seed), times);
  }

  /**
   * Adds a key.
   *
   * @param key the key; strings are equal if their characters are
   * @param times the number of occurrences, not negative
   * @throws IllegalArgumentException if times is negative
   */
  public void add(CharSequence key, long times) {
    addHash(Hash.of(key, seed), times);
  }

  private void addHash(long hash, long times) {
    if (times < 0) {
      throw new IllegalArgumentException("times must not be negative: " + times);
    }
    total += times;
    for (int row = 0; row < depth; row++) {
      counters[counter(hash, row)] += times;
    }
  }

  private int counter(long hash, int row) {
    return row * width + ((int) Hash.of(hash, row) & (width - 1));
  }

  /**
   * Returns an upper bound of the frequency of a key.
   *
   * @param key the key
   * @return a number that is not less than the true frequency
   */
  public long upperBound(long key) {
    return least(Hash.of(key, seed));
  }

  /**
   * Returns an upper bound of the frequency of a key.
   *
   * @param key the key
   * @return a number that is not less than the true frequency
   */
  public long upperBound(CharSequence key) {
    return least(Hash.of(key, seed));
  }

  private long least(long hash) {
    long least = Long.MAX_VALUE;
    for (int row = 0; row < depth; row++) {
      least = Math.min(least, counters[counter(hash, row)]);
    }
    return least;
  }

  /**
   * Returns the number of events.
   *
   * @return the exact total
   */
  public long total() {
    return total;
  }

  /**
   * Merges another sketch into this one.
   *
   * @param other the other part, of the same width, depth and seed; unchanged
   * @throws IllegalArgumentException if they differ
   */
  public void merge(FrequencySketch other) {
    if (other.width != width || other.depth != depth || other.seed != seed) {
      throw new IllegalArgumentException(
          "sketches must be of one width, depth and seed, "
              + configuration()
              + ": "
              + other.configuration());
    }
    total += other.total;
    for (int i = 0; i < counters.length; i++) {
      counters[i] += other.counters[i];
    }
  }

  private String configuration() {
    return width + ", " + depth + " and " + seed;
  }

  boolean same(FrequencySketch other) {
    return total == other.total
        && width == other.width
        && seed == other.seed
        && Arrays.equals(counters, other.counters);
  }

  /** Empties the sketch. */
  public void clear() {
    total = 0;
    Arrays.fill(counters, 0);
  }

  /**
   * Reads the frequencies.
   *
   * @return a copy
   */
  public Frequencies toFrequencies() {
    FrequencySketch copy = new FrequencySketch(width, depth, seed);
    copy.merge(this);
    return new Frequencies(copy);
  }

  private void write(DataOutput out) throws IOException {
    out.writeInt(width);
    out.writeInt(depth);
    out.writeLong(seed);
    out.writeLong(total);
    for (long counter : counters) {
      out.writeLong(counter);
    }
  }

  private FrequencySketch read(DataInput in) throws IOException {
    StateChecks.requireEqual("width", width, in.readInt());
    StateChecks.requireEqual("depth", depth, in.readInt());
    StateChecks.requireEqual("seed", seed, in.readLong());
    total = in.readLong();
    for (int i = 0; i < counters.length; i++) {
      counters[i] = in.readLong();
    }
    return this;
  }
}
