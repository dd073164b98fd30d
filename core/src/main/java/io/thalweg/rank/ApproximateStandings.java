package io.thalweg.rank;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.sketch.HeavyHitters;
import io.thalweg.sketch.HeavyHittersSketch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * The most frequent members in bounded memory, with bounds of their counts. They are read from
 * {@link HeavyHitters}.
 *
 * <p>The members are listed by the upper bound of their count, then by the lower one, then by their
 * natural order; members with equal bounds share a rank. While there are no more distinct members
 * than the capacity, all counts are exact. The result of an empty state lists no member.
 *
 * @param top the most frequent members, with bounds of their counts
 * @param certain the number of leading places that are certain: the member of such a place is at
 *     least as frequent as every member after it, listed or not
 * @param unlisted upper bound of the count of members that are not listed
 * @param total the number of events
 * @param <M> the members
 */
public record ApproximateStandings<M>(
    List<Standing<M, CountBounds>> top, int certain, long unlisted, long total) {

  /**
   * Bounds of a count.
   *
   * @param least the lower bound
   * @param most the upper bound
   */
  public record CountBounds(long least, long most) {}

  /**
   * Makes an immutable value.
   *
   * @param top the most frequent members
   * @param certain the number of leading places that are certain
   * @param unlisted upper bound of the count of members that are not listed
   * @param total the number of events
   */
  public ApproximateStandings {
    top = List.copyOf(top);
  }

  /**
   * A ranking by number of events.
   *
   * <p>For n events and a capacity of m, whatever the order and the merges: every count is within
   * its bounds, the bounds are at most n / m apart, and a member with more than n / m events is
   * tracked. The other tracked members depend on the order of the events.
   *
   * @param k the number of places to list, from 1 to the capacity
   * @param member reads the member from an event; never null
   * @param members the codec of the members
   * @param capacity the number of members to track, from 1 to 2^20
   * @param <E> the events
   * @param <M> the members, immutable, with {@code equals} and {@code hashCode} by value
   * @return a mergeable aggregate of about 70 bytes and a member for each tracked one, whatever the
   *     number of members
   * @throws IllegalArgumentException if k or the capacity is out of range
   */
  public static <E, M extends Comparable<? super M>>
      Aggregate<E, HeavyHittersSketch<M>, ApproximateStandings<M>> counts(
          int k, Function<? super E, ? extends M> member, Codec<M> members, int capacity) {
    Aggregate<E, HeavyHittersSketch<M>, HeavyHitters<M>> hitters =
        HeavyHitters.over(member, members, capacity);
    if (k < 1 || k > capacity) {
      throw new IllegalArgumentException(
          "k must be from 1 to the capacity, " + capacity + ": " + k);
    }
    return hitters.map(held -> of(k, held));
  }

  private static <M extends Comparable<? super M>> ApproximateStandings<M> of(
      int k, HeavyHitters<M> held) {
    List<HeavyHitters.Counter<M>> counters = new ArrayList<>(held.counters());
    counters.sort(
        Comparator.<HeavyHitters.Counter<M>>comparingLong(HeavyHitters.Counter::most)
            .thenComparingLong(HeavyHitters.Counter::least)
            .reversed()
            .thenComparing(HeavyHitters.Counter::key));
    List<Standing<M, CountBounds>> top = new ArrayList<>(Math.min(k, counters.size()));
    for (HeavyHitters.Counter<M> counter : counters.subList(0, Math.min(k, counters.size()))) {
      StandingsAggregate.list(top, counter.key(), new CountBounds(counter.least(), counter.most()));
    }
    long unlisted = counters.size() > k ? counters.get(k).most() : held.maxUntracked();
    return new ApproximateStandings<>(
        top,
        Math.min(held.certainPlaces(), top.size()),
        Math.max(unlisted, held.maxUntracked()),
        held.total());
  }
}
