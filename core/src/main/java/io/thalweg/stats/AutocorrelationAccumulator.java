package io.thalweg.stats;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Accumulator of {@link Autocorrelation} one value at a time; mergeable with the part that follows.
 *
 * <p>With {@code y = x - anchor}, the anchor being the first value, it keeps the sum of y and for
 * each lag k (and 0) the sum of {@code y_i y_{i+k}}; with the sums of the first k and the last k,
 * these give the sums about any mean:
 *
 * <pre>
 * Σ (y_i - μ)(y_{i+k} - μ) = Q_k - μ (2 S - head_k - tail_k) + (n - k) μ²
 * </pre>
 *
 * <p>This difference cancels digits, so all sums are double-double numbers of 32 digits; a mean at
 * a distance of d spreads from the first value costs 2 log10 d of them. Error: 1e-14 for d up to a
 * million. Values whose squares overflow make the coefficients NaN, a value that is not finite
 * makes everything but the count NaN.
 *
 * <p>A value costs about 40 floating-point operations a lag. Nothing is allocated but results. Not
 * thread-safe.
 */
public final class AutocorrelationAccumulator {

  private static final int MOST = 1 << 16;

  /** The lags, 0 first. */
  private final int[] lags;

  private final int longest;
  private long count;
  private double anchor;
  private final DoubleDouble sum = new DoubleDouble();
  private final DoubleDouble[] products;

  /** The first values, as many as the longest lag. */
  private final double[] head;

  /** The last values: value number i is at index i modulo the longest lag. */
  private final double[] tail;

  // temporaries of one call; fields, to avoid allocation
  private final DoubleDouble now = new DoubleDouble();
  private final DoubleDouble then = new DoubleDouble();
  private final DoubleDouble term = new DoubleDouble();

  /**
   * Creates an empty accumulator.
   *
   * @param lags the lags, positive, each once
   * @throws IllegalArgumentException if there is no lag, or one that is not from 1 to 65,536, or
   *     one twice
   */
  public AutocorrelationAccumulator(int... lags) {
    if (lags.length == 0
        || Arrays.stream(lags).anyMatch(lag -> lag < 1 || lag > MOST)
        || Arrays.stream(lags).distinct().count() < lags.length) {
      throw new IllegalArgumentException(
          "lags must be from 1 to " + MOST + ", each once: " + Arrays.toString(lags));
    }
    this.lags = new int[lags.length + 1];
    System.arraycopy(lags, 0, this.lags, 1, lags.length);
    longest = Arrays.stream(lags).max().getAsInt();
    products = new DoubleDouble[this.lags.length];
    Arrays.setAll(products, i -> new DoubleDouble());
    head = new double[longest];
    tail = new double[longest];
  }

  static AccumulatorMethods<AutocorrelationAccumulator, Autocorrelation> methods(int... lags) {
    return new AccumulatorMethods<>(
        () -> new AutocorrelationAccumulator(lags),
        AutocorrelationAccumulator::merge,
        AutocorrelationAccumulator::clear,
        AutocorrelationAccumulator::toAutocorrelation,
        Codec.of(
            "thalweg.autocorrelation",
            AutocorrelationAccumulator::write,
            in -> new AutocorrelationAccumulator(lags).read(in)));
  }

  /**
   * Adds a value.
   *
   * @param value the value
   */
  public void add(double value) {
    if (count == 0) {
      anchor = value;
    }
    now.set(value, 0);
    now.add(-anchor);
    sum.add(now);
    for (int i = 0; i < lags.length; i++) {
      if (lags[i] <= count) {
        addPair(i, lags[i] == 0 ? value : tail[(int) ((count - lags[i]) % longest)]);
      }
    }
    if (count < longest) {
      head[(int) count] = value;
    }
    tail[(int) (count % longest)] = value;
    count++;
  }

  /** Adds the product of an earlier value and the current one. */
  private void addPair(int lag, double earlier) {
    then.set(earlier, 0);
    then.add(-anchor);
    then.multiply(now);
    products[lag].add(then);
  }

  /**
   * Appends another accumulator to this one.
   *
   * @param other the part that follows directly, of the same lags; unchanged
   * @throws IllegalArgumentException if the lags differ
   */
  public void merge(AutocorrelationAccumulator other) {
    if (!Arrays.equals(lags, other.lags)) {
      throw new IllegalArgumentException(
          "lags must be the same, " + Arrays.toString(lags) + ": " + Arrays.toString(other.lags));
    }
    if (other.count <= longest) {
      // head holds all its values
      for (int i = 0; i < other.count; i++) {
        add(other.head[i]);
      }
      return;
    }
    if (count == 0) {
      set(other);
      return;
    }
    addSums(other);
    addStraddling(other);
    for (int i = 0; count + i < longest; i++) {
      head[(int) count + i] = other.head[i];
    }
    for (int i = 1; i <= longest; i++) {
      tail[(int) ((count + other.count - i) % longest)] =
          other.tail[(int) ((other.count - i) % longest)];
    }
    count += other.count;
  }

  /** Adds the sums of the other, moved from its anchor to this one: y = other y + apart. */
  private void addSums(AutocorrelationAccumulator other) {
    DoubleDouble apart = then;
    apart.set(other.anchor, 0);
    apart.add(-anchor);
    for (int i = 0; i < lags.length; i++) {
      // Q + apart (2 S - head - tail) + (n - k) apart²
      products[i].add(other.products[i]);
      other.setToEnds(lags[i], term);
      term.multiply(apart);
      products[i].add(term);
      term.set(apart);
      term.multiply(apart);
      term.multiply(other.count - lags[i]);
      products[i].add(term);
    }
    term.set(apart);
    term.multiply(other.count);
    sum.add(term);
    sum.add(other.sum);
  }

  /** Sets a number to the sum of Σ y over all but the last k and Σ y over all but the first k. */
  private void setToEnds(int lag, DoubleDouble into) {
    into.set(sum);
    into.add(sum);
    for (int i = 0; i < lag; i++) {
      into.add(-head[i]);
      into.add(anchor);
      into.add(-tail[(int) ((count - 1 - i) % longest)]);
      into.add(anchor);
    }
  }

  /** Adds the products of values of this part and values of the other. */
  private void addStraddling(AutocorrelationAccumulator other) {
    for (int i = 1; i < lags.length; i++) {
      int lag = lags[i];
      for (int back = 1; back <= Math.min(lag, count); back++) {
        now.set(other.head[lag - back], 0);
        now.add(-anchor);
        addPair(i, tail[(int) ((count - back) % longest)]);
      }
    }
  }

  private void set(AutocorrelationAccumulator other) {
    count = other.count;
    anchor = other.anchor;
    sum.set(other.sum);
    for (int i = 0; i < products.length; i++) {
      products[i].set(other.products[i]);
    }
    System.arraycopy(other.head, 0, head, 0, longest);
    System.arraycopy(other.tail, 0, tail, 0, longest);
  }

  /** Empties the accumulator. */
  public void clear() {
    count = 0;
    anchor = 0;
    sum.clear();
    for (DoubleDouble product : products) {
      product.clear();
    }
    Arrays.fill(head, 0);
    Arrays.fill(tail, 0);
  }

  /**
   * Reads the autocorrelation.
   *
   * @return the coefficients, detached
   */
  public Autocorrelation toAutocorrelation() {
    int[] given = Arrays.copyOfRange(lags, 1, lags.length);
    double[] coefficients = new double[given.length];
    if (count == 0 || !Double.isFinite(sum.high)) {
      Arrays.fill(coefficients, Double.NaN);
      return Autocorrelation.of(new Moments(count, Double.NaN, Double.NaN), given, coefficients);
    }
    DoubleDouble mean = new DoubleDouble();
    mean.set(sum);
    mean.divide(count);
    DoubleDouble deviations = new DoubleDouble();
    codeviation(0, mean, deviations);
    DoubleDouble pairs = new DoubleDouble();
    for (int i = 0; i < given.length; i++) {
      coefficients[i] = Double.NaN;
      if (given[i] < count && deviations.high > 0) {
        codeviation(i + 1, mean, pairs);
        coefficients[i] = pairs.value() / deviations.value();
      }
    }
    mean.add(anchor);
    return Autocorrelation.of(
        new Moments(count, mean.value(), Math.max(0, deviations.value())), given, coefficients);
  }

  private void codeviation(int index, DoubleDouble mean, DoubleDouble into) {
    int lag = lags[index];
    DoubleDouble square = new DoubleDouble();
    square.set(mean);
    square.multiply(mean);
    square.multiply(count - lag);
    setToEnds(lag, into);
    into.multiply(mean);
    into.multiply(-1);
    into.add(products[index]);
    into.add(square);
  }

  private void write(DataOutput out) throws IOException {
    out.writeInt(lags.length);
    for (int lag : lags) {
      out.writeInt(lag);
    }
    out.writeLong(count);
    out.writeDouble(anchor);
    sum.write(out);
    for (DoubleDouble product : products) {
      product.write(out);
    }
    for (int i = 0; i < Math.min(count, longest); i++) {
      out.writeDouble(head[i]);
      out.writeDouble(tail[i]);
    }
  }

  private AutocorrelationAccumulator read(DataInput in) throws IOException {
    int length = in.readInt();
    if (length != lags.length) {
      throw new IOException("lags must be " + lags.length + " with 0: " + length);
    }
    for (int lag : lags) {
      int written = in.readInt();
      if (written != lag) {
        throw new IOException("lag must be " + lag + ", as configured: " + written);
      }
    }
    count = StateChecks.readCount(in);
    anchor = in.readDouble();
    sum.read(in);
    for (DoubleDouble product : products) {
      product.read(in);
    }
    for (int i = 0; i < Math.min(count, longest); i++) {
      head[i] = in.readDouble();
      tail[i] = in.readDouble();
    }
    StateChecks.requireEmpty(count, anchor, sum.high);
    for (DoubleDouble product : products) {
      StateChecks.requireEmpty(count, product.high);
    }
    StateChecks.requireSquares("sum of squared distances", count, products[0].high);
    StateChecks.require(
        Double.compare(anchor, head[0]) == 0, "anchor must be the first value, " + head[0], anchor);
    return this;
  }
}
