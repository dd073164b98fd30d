package io.thalweg.sketch;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.NonFinite;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/**
 * Quantiles and ranks of values, read from a {@link QuantileSketch}, which documents their error.
 *
 * <p>The quantile q is the least added value whose rank is at least q. The rank of a number is the
 * share of values that are not greater. Empty, or with a NaN among the values: all results are NaN.
 *
 * <p>Immutable; two are equal if all their results are equal.
 */
public final class Quantiles {

  private final long count;
  private final double[] values;
  private final long[] upTo;
  private final double min;
  private final double max;

  /** Creates quantiles of no values, or of values with a NaN among them. */
  Quantiles(long count) {
    this(count, new double[0], new long[0], Double.NaN, Double.NaN);
  }

  /** Creates quantiles of sorted values and their cumulative weights. */
  Quantiles(long count, double[] values, long[] upTo, double min, double max) {
    this.count = count;
    this.values = values;
    this.upTo = upTo;
    this.min = min;
    this.max = max;
  }

  /**
   * An aggregate of the quantiles of a field of the events, exact up to 200 values, with a rank
   * error of 0.0133 (see {@link QuantileSketch}) beyond. NaN and infinite values are rejected by
   * {@link Aggregate#check}.
   *
   * @param field reads the value from an event
   * @param <E> the events
   * @return a mergeable aggregate of up to 7 KB a state
   */
  public static <E> Aggregate<E, QuantileSketch, Quantiles> over(
      ToDoubleFunction<? super E> field) {
    return over(field, 200, 0);
  }

  /**
   * An aggregate of the quantiles of a field of the events. NaN and infinite values are rejected by
   * {@link Aggregate#check}.
   *
   * @param field reads the value from an event
   * @param k the size of the sketches, from 8 to 65,535
   * @param seed the seed of the random choices of the sketches
   * @param <E> the events
   * @return a mergeable aggregate of about 32 k bytes a state
   * @throws IllegalArgumentException if k is out of range
   */
  public static <E> Aggregate<E, QuantileSketch, Quantiles> over(
      ToDoubleFunction<? super E> field, int k, long seed) {
    return over(field, NonFinite.REJECT, k, seed);
  }

  /**
   * An aggregate of the quantiles of a field of the events.
   *
   * @param field reads the value from an event
   * @param policy the handling of NaN and infinite values; if they are added, infinities are
   *     ordinary values, and a NaN makes all results NaN
   * @param k the size of the sketches, from 8 to 65,535
   * @param seed the seed of the random choices of the sketches
   * @param <E> the events
   * @return a mergeable aggregate of about 32 k bytes a state
   * @throws IllegalArgumentException if k is out of range
   */
  public static <E> Aggregate<E, QuantileSketch, Quantiles> over(
      ToDoubleFunction<? super E> field, NonFinite policy, int k, long seed) {
    requireNonNull(field, "field");
    requireNonNull(policy, "policy");
    return Aggregate.of(
        () -> new QuantileSketch(k, seed),
        event -> policy.check(field.applyAsDouble(event)),
        (sketch, event) -> {
          double value = field.applyAsDouble(event);
          if (policy.accepts(value)) {
            sketch.add(value);
          }
        },
        QuantileSketch::merge,
        QuantileSketch::clear,
        QuantileSketch::toQuantiles,
        QuantileSketch.codec(k, seed));
  }

  /**
   * Returns the number of values added.
   *
   * @return the exact count
   */
  public long count() {
    return count;
  }

  /**
   * Returns the minimum.
   *
   * @return the exact minimum; NaN when empty or a value was NaN
   */
  public double min() {
    return min;
  }

  /**
   * Returns the maximum.
   *
   * @return the exact maximum; NaN when empty or a value was NaN
   */
  public double max() {
    return max;
  }

  /**
   * Returns a quantile, by nearest rank.
   *
   * @param q from 0, the minimum, to 1, the maximum
   * @return the least value added whose rank is at least q; NaN when empty or a value was NaN
   * @throws IllegalArgumentException if q is not from 0 to 1
   */
  public double quantile(double q) {
    if (!(q >= 0 && q <= 1)) {
      throw new IllegalArgumentException("quantile must be from 0 to 1: " + q);
    }
    if (q == 0 || q == 1 || values.length == 0) {
      return q == 0 ? min : max;
    }
    long wanted = Math.max(1, (long) Math.ceil(q * count));
    int at = Arrays.binarySearch(upTo, wanted);
    return values[at < 0 ? -at - 1 : at];
  }

  /**
   * Returns the share of the values that are not greater than a number.
   *
   * @param value the number
   * @return from 0 to 1; NaN when empty or a value was NaN
   */
  public double rank(double value) {
    if (values.length == 0) {
      return Double.NaN;
    }
    int from = 0;
    int to = values.length;
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (values[middle] <= value) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from == 0 ? 0 : (double) upTo[from - 1] / count;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Quantiles that
        && count == that.count
        && Arrays.equals(values, that.values)
        && Arrays.equals(upTo, that.upTo)
        && Double.compare(min, that.min) == 0
        && Double.compare(max, that.max) == 0;
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(values) + Arrays.hashCode(upTo);
  }

  @Override
  public String toString() {
    return "Quantiles[count="
        + count
        + ", min="
        + min
        + ", median="
        + quantile(0.5)
        + ", max="
        + max
        + "]";
  }
}
