package io.thalweg.sketch;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Accumulator of {@link DistinctCount} in bounded memory, mergeable: HyperLogLog (Flajolet et al.
 * 2007, <a href="https://doi.org/10.46298/dmtcs.3545">doi:10.46298/dmtcs.3545</a>) with a hash of
 * 64 bits and the improved raw estimator of Ertl (2017, <a
 * href="https://arxiv.org/abs/1702.01284">arXiv:1702.01284</a>), which needs no tables, from one
 * value to 10^19.
 *
 * <p>The first p bits of the hash of a value select one of {@code m = 2^p} registers, which stores
 * the longest run of zeros in the other bits.
 *
 * <p>The estimator is biased by a relative {@code c / m}: c is 0.5 for few values, as of linear
 * counting, and 1.1 for many, as of the constant α of Flajolet et al. for finite m. The estimate is
 * corrected by {@code c = 0.5 + 0.62 (1 - exp(-0.4 E / m))} for the estimate E, fitted to 20,000
 * seeds. The remaining bias is below 0.5 % for p = 4, and less above; a test verifies it.
 *
 * <p>Error: relative standard error {@code (1 + 1 / m) 1.04 / √m}, 1.6 % for p = 12, over the
 * choice of the seed. Merging is exact: the merged sketch equals the sketch of all values, in any
 * order and with any repetitions. Sketches of unequal precision merge, exactly too, to the lower
 * precision.
 *
 * <p>Memory: m bytes and 320. A long costs about 3 ns, a string 2 ns more and 1.5 ns for each four
 * characters; reading the estimate takes less than 1 µs. Nothing is allocated. The hash is not
 * cryptographic: with a known seed, values can be chosen to distort the estimate. Not thread-safe.
 */
public final class DistinctSketch {

  private final int finest;
  private final long seed;

  /** The precision, or the least of the precisions that were merged. */
  private int precision;

  private byte[] registers;

  /** Histogram of the registers: the number of registers with value 0, 1, 2 and so on. */
  private int[] histogram;

  /**
   * Creates an empty sketch.
   *
   * @param precision p, from 4 to 18: 2^p registers
   * @param seed the seed of the hash; only sketches with equal seeds merge
   * @throws IllegalArgumentException if the precision is out of range
   */
  public DistinctSketch(int precision, long seed) {
    if (precision < 4 || precision > 18) {
      throw new IllegalArgumentException("precision must be from 4 to 18: " + precision);
    }
    finest = precision;
    this.seed = seed;
    allocate(precision);
  }

  private void allocate(int precision) {
    this.precision = precision;
    registers = new byte[1 << precision];
    histogram = new int[64 - precision + 2];
    histogram[0] = registers.length;
  }

  /**
   * Returns a codec of sketches.
   *
   * @param precision the precision of the sketches, the lower one of merged sketches; a record of
   *     another is rejected
   * @param seed the seed of the sketches; a record of another is rejected
   * @return a codec
   */
  public static Codec<DistinctSketch> codec(int precision, long seed) {
    new DistinctSketch(precision, seed); // fails here, not at the first record
    return Codec.of(
        "thalweg.distinctsketch",
        DistinctSketch::write,
        in -> new DistinctSketch(precision, seed).read(in));
  }

  /**
   * Adds a long.
   *
   * @param value the value
   */
  public void add(long value) {
    addHash(Hash.of(value, seed));
  }

  /**
   * Adds a string. Strings are equal if their characters are.
   *
   * @param value the value
   */
  public void add(CharSequence value) {
    addHash(Hash.of(value, seed));
  }

  private void addHash(long hash) {
    int register = (int) (hash >>> (64 - precision));
    // the bit that is set ends the run at the end of the hash
    int run = Long.numberOfLeadingZeros(hash << precision | 1L << (precision - 1)) + 1;
    raise(register, run);
  }

  private void raise(int register, int run) {
    int old = registers[register];
    if (run > old) {
      registers[register] = (byte) run;
      histogram[old]--;
      histogram[run]++;
    }
  }

  /**
   * Merges another sketch into this one. The precision becomes the lower of both.
   *
   * @param other the other part, of the same seed; unchanged
   * @throws IllegalArgumentException if the seed differs
   */
  public void merge(DistinctSketch other) {
    if (other.seed != seed) {
      throw new IllegalArgumentException(
          "sketches must be of one seed, " + seed + ": " + other.seed);
    }
    if (other.precision < precision) {
      byte[] finer = registers;
      allocate(other.precision);
      fold(finer);
    }
    if (other.precision == precision) {
      for (int i = 0; i < registers.length; i++) {
        raise(i, other.registers[i]);
      }
    } else {
      fold(other.registers);
    }
  }

  /** Raises the registers by finer ones, of which the last bits of the index begin the run. */
  private void fold(byte[] finer) {
    int bits = Integer.numberOfTrailingZeros(finer.length) - precision;
    for (int i = 0; i < finer.length; i++) {
      if (finer[i] != 0) {
        int last = i & ((1 << bits) - 1);
        int run = last == 0 ? bits + finer[i] : Integer.numberOfLeadingZeros(last) - 31 + bits;
        raise(i >>> bits, run);
      }
    }
  }

  /** Empties the sketch, and returns to the precision it was created with. */
  public void clear() {
    if (precision != finest) {
      allocate(finest);
      return;
    }
    Arrays.fill(registers, (byte) 0);
    Arrays.fill(histogram, 0);
    histogram[0] = registers.length;
  }

  /**
   * Returns the estimated number of distinct values.
   *
   * @return the estimate; 0 when empty
   */
  public double estimate() {
    // Ertl's algorithm 6, with q = 64 - p
    int q = 64 - precision;
    double m = registers.length;
    double z = m * tau(1 - histogram[q + 1] / m);
    for (int k = q; k >= 1; k--) {
      z = 0.5 * (z + histogram[k]);
    }
    z += m * sigma(histogram[0] / m);
    double biased = m / (2 * Math.log(2)) * m / z;
    return biased / (1 + (0.5 + 0.62 * (1 - Math.exp(-0.4 * biased / m))) / m);
  }

  /** {@code x + Σ x^(2^k) 2^(k-1)}, infinite for 1. */
  private static double sigma(double x) {
    if (x == 1) {
      return Double.POSITIVE_INFINITY;
    }
    double power = x;
    double factor = 1;
    double sum = x;
    double before;
    do {
      power *= power;
      before = sum;
      sum += power * factor;
      factor += factor;
    } while (sum != before);
    return sum;
  }

  /** {@code (1 - x - Σ (1 - x^(2^-k))² 2^-k) / 3}. */
  private static double tau(double x) {
    if (x == 0 || x == 1) {
      return 0;
    }
    double root = x;
    double factor = 1;
    double sum = 1 - x;
    double before;
    do {
      root = Math.sqrt(root);
      before = sum;
      factor /= 2;
      sum -= (1 - root) * (1 - root) * factor;
    } while (sum != before);
    return sum / 3;
  }

  /**
   * Reads the estimate.
   *
   * @return estimate and error, detached
   */
  public DistinctCount toDistinctCount() {
    double m = registers.length;
    return new DistinctCount(estimate(), (1 + 1 / m) * 1.04 / Math.sqrt(m));
  }

  private void write(DataOutput out) throws IOException {
    out.writeInt(precision);
    out.writeLong(seed);
    out.write(registers);
  }

  private DistinctSketch read(DataInput in) throws IOException {
    StateChecks.requireEqual("precision", precision, in.readInt());
    StateChecks.requireEqual("seed", seed, in.readLong());
    in.readFully(registers);
    histogram[0] = 0;
    for (byte run : registers) {
      if (run < 0 || run >= histogram.length) {
        throw new IOException("a run must be from 0 to " + (histogram.length - 1) + ": " + run);
      }
      histogram[run]++;
    }
    return this;
  }
}
