package io.thalweg.sketch;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.NonFinite;
import java.util.Arrays;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Quantiles, ranks and histograms of values, read from a {@link QuantileSketch}, with a bounded
 * error of the rank, or from a {@link RelativeQuantileSketch}, with a bounded relative error of the
 * value. The latter is right for the tails of a skewed distribution, such as latencies.
 *
 * <p>The quantile q is the least added value whose rank is at least q. The rank of a number is the
 * share of values that are not greater. Empty, or with a NaN among the values: all results are NaN,
 * and a histogram is 0.
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
   * An aggregate of the quantiles of a field of the events. The seed is 0, so the random choices
   * depend on the values alone, and equal input gives equal results. NaN and infinite values are
   * rejected by {@link Aggregate#check}.
   *
   * @param field reads the value from an event
   * @param k the size of the sketches, from 8 to 65,535
   * @param <E> the events
   * @return a mergeable aggregate of about 32 k bytes a state
   * @throws IllegalArgumentException if k is out of range
   */
  public static <E> Aggregate<E, QuantileSketch, Quantiles> over(
      ToDoubleFunction<? super E> field, int k) {
    return over(field, k, 0);
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
    return ranked(
        event -> policy.check(field.applyAsDouble(event)),
        (sketch, event) -> {
          double value = field.applyAsDouble(event);
          if (policy.accepts(value)) {
            sketch.add(value);
          }
        },
        k,
        seed);
  }

  /**
   * An aggregate of the quantiles of a field of the events, with weights: a value of weight w
   * counts as w values. A weight below 0 or above 2^31 - 1 is rejected by {@link Aggregate#check}.
   *
   * @param field reads the value from an event
   * @param weight reads the weight from an event
   * @param policy the handling of NaN and infinite values; if they are added, infinities are
   *     ordinary values, and a NaN makes all results NaN
   * @param k the size of the sketches, from 8 to 65,535
   * @param seed the seed of the random choices of the sketches
   * @param <E> the events
   * @return a mergeable aggregate of about 32 k bytes a state
   * @throws IllegalArgumentException if k is out of range
   */
  public static <E> Aggregate<E, QuantileSketch, Quantiles> over(
      ToDoubleFunction<? super E> field,
      ToLongFunction<? super E> weight,
      NonFinite policy,
      int k,
      long seed) {
    return ranked(
        weighted(field, weight, policy),
        (sketch, event) -> {
          double value = field.applyAsDouble(event);
          if (policy.accepts(value)) {
            sketch.add(value, weight.applyAsLong(event));
          }
        },
        k,
        seed);
  }

  /**
   * An aggregate of the quantiles of a field of the events, with a relative error of 1 % of every
   * quantile (see {@link RelativeQuantileSketch}), right for latencies. NaN and infinite values are
   * rejected by {@link Aggregate#check}.
   *
   * @param field reads the value from an event
   * @param <E> the events
   * @return a mergeable, commutative aggregate of up to 48 KB a state; merging is exact
   */
  public static <E> Aggregate<E, RelativeQuantileSketch, Quantiles> relative(
      ToDoubleFunction<? super E> field) {
    return relative(
        field, NonFinite.REJECT, RelativeQuantileSketch.ERROR, RelativeQuantileSketch.BUCKETS);
  }

  /**
   * An aggregate of the quantiles of a field of the events, with a bounded relative error.
   *
   * @param field reads the value from an event
   * @param policy the handling of NaN and infinite values; if they are added, infinities are
   *     ordinary values, and a NaN makes all results NaN
   * @param relativeError the greatest error of a quantile, relative to it, from 0.00001 to 0.3
   * @param buckets the greatest number of buckets, from 16 to 2^20; if the values need more, the
   *     error grows
   * @param <E> the events
   * @return a mergeable, commutative aggregate of up to 48 bytes a bucket; merging is exact
   * @throws IllegalArgumentException if error or buckets are out of range
   */
  public static <E> Aggregate<E, RelativeQuantileSketch, Quantiles> relative(
      ToDoubleFunction<? super E> field, NonFinite policy, double relativeError, int buckets) {
    requireNonNull(field, "field");
    requireNonNull(policy, "policy");
    return bounded(
        event -> policy.check(field.applyAsDouble(event)),
        (sketch, event) -> {
          double value = field.applyAsDouble(event);
          if (policy.accepts(value)) {
            sketch.add(value);
          }
        },
        relativeError,
        buckets);
  }

  /**
   * An aggregate of the quantiles of a field of the events, with a bounded relative error and with
   * weights: a value of weight w counts as w values. A weight below 0 or above 2^31 - 1 is rejected
   * by {@link Aggregate#check}.
   *
   * @param field reads the value from an event
   * @param weight reads the weight from an event
   * @param policy the handling of NaN and infinite values; if they are added, infinities are
   *     ordinary values, and a NaN makes all results NaN
   * @param relativeError the greatest error of a quantile, relative to it, from 0.00001 to 0.3
   * @param buckets the greatest number of buckets, from 16 to 2^20; if the values need more, the
   *     error grows
   * @param <E> the events
   * @return a mergeable, commutative aggregate of up to 48 bytes a bucket; merging is exact
   * @throws IllegalArgumentException if error or buckets are out of range
   */
  public static <E> Aggregate<E, RelativeQuantileSketch, Quantiles> relative(
      ToDoubleFunction<? super E> field,
      ToLongFunction<? super E> weight,
      NonFinite policy,
      double relativeError,
      int buckets) {
    return bounded(
        weighted(field, weight, policy),
        (sketch, event) -> {
          double value = field.applyAsDouble(event);
          if (policy.accepts(value)) {
            sketch.add(value, weight.applyAsLong(event));
          }
        },
        relativeError,
        buckets);
  }

  private static <E> Consumer<E> weighted(
      ToDoubleFunction<? super E> field, ToLongFunction<? super E> weight, NonFinite policy) {
    requireNonNull(field, "field");
    requireNonNull(weight, "weight");
    requireNonNull(policy, "policy");
    return event -> {
      policy.check(field.applyAsDouble(event));
      QuantileSketch.checkTimes(weight.applyAsLong(event));
    };
  }

  private static <E> Aggregate<E, QuantileSketch, Quantiles> ranked(
      Consumer<E> check, BiConsumer<QuantileSketch, E> add, int k, long seed) {
    return Aggregate.of(
        () -> new QuantileSketch(k, seed),
        check,
        add,
        QuantileSketch::merge,
        QuantileSketch::clear,
        QuantileSketch::toQuantiles,
        QuantileSketch.codec(k, seed));
  }

  private static <E> Aggregate<E, RelativeQuantileSketch, Quantiles> bounded(
      Consumer<E> check, BiConsumer<RelativeQuantileSketch, E> add, double error, int buckets) {
    return Aggregate.of(
        () -> new RelativeQuantileSketch(error, buckets),
        check,
        add,
        RelativeQuantileSketch::merge,
        RelativeQuantileSketch::clear,
        RelativeQuantileSketch::toQuantiles,
        RelativeQuantileSketch.codec(error, buckets));
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
    int at = Arrays.binarySearch(upTo, Math.max(1, rankOf(q)));
    return values[at < 0 ? -at - 1 : at];
  }

  /** Returns the least number k with k / count at least q; the product may round past it. */
  private long rankOf(double q) {
    long rank = Math.min(count, (long) Math.ceil(q * count));
    if ((double) (rank - 1) / count >= q) {
      return rank - 1;
    }
    return (double) rank / count >= q ? rank : rank + 1;
  }

  /**
   * Returns the share of the values that are not greater than a number.
   *
   * @param value the number
   * @return from 0 to 1; NaN when empty or a value was NaN
   */
  public double rank(double value) {
    return values.length == 0 ? Double.NaN : (double) upTo(value) / count;
  }

  /**
   * Returns the cumulative distribution function at some numbers.
   *
   * @param at the numbers, in any order
   * @return the {@link #rank} of each
   */
  public double[] cumulativeDistribution(double... at) {
    double[] ranks = new double[at.length];
    for (int i = 0; i < at.length; i++) {
      ranks[i] = rank(at[i]);
    }
    return ranks;
  }

  /**
   * Returns a histogram. A value that equals an edge belongs to the bin below the edge, as in
   * {@link #rank}. A bin between two edges has the error of two ranks.
   *
   * @param edges ascending numbers
   * @return the numbers of values up to the first edge, between each edge and the next, and above
   *     the last edge; together the {@link #count}, or 0 when empty or a value was NaN
   * @throws IllegalArgumentException if the edges do not ascend, or one is NaN
   */
  public long[] histogram(double... edges) {
    long[] bins = new long[edges.length + 1];
    long before = 0;
    for (int i = 0; i < edges.length; i++) {
      if (!(i == 0 ? edges[0] == edges[0] : edges[i] > edges[i - 1])) {
        throw new IllegalArgumentException("edges must ascend: " + Arrays.toString(edges));
      }
      long upTo = upTo(edges[i]);
      bins[i] = upTo - before;
      before = upTo;
    }
    bins[edges.length] = values.length == 0 ? 0 : count - before;
    return bins;
  }

  private long upTo(double value) {
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
    return from == 0 ? 0 : upTo[from - 1];
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
