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
 * The most frequent members in bounded memory, with what is certain of them: a ranking read from
 * {@link HeavyHitters}.
 *
 * <p>The members are listed by the upper bound of their count, then by the lower one, then by their
 * natural order; members with equal bounds share a rank. Up to as many different members as the
 * capacity all is exact. Empty: nobody is listed.
 *
 * @param top the members that came most often, with bounds on how often
 * @param certain how many of the first places are certain: each of those members came at least as
 *     often as every member after it, listed or not
 * @param unlisted no member that is not listed came more often than this
 * @param total how many events there were
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
   * @param top the members that came most often
   * @param certain how many of the first places are certain
   * @param unlisted no member that is not listed came more often
   * @param total how many events there were
   */
  public ApproximateStandings {
    top = List.copyOf(top);
  }

  /**
   * A ranking by number of events.
   *
   * <p>For n events and a capacity of m, whatever the order and the merges: every count lies within
   * its bounds, they are at most n / m apart, and a member that came more than n / m times is held.
   * Which members are held besides depends on the order of the events.
   *
   * @param k how many places are listed, from 1 to the capacity
   * @param member reads from an event whom it counts for; never null
   * @param members the binary form of a member
   * @param capacity how many members are held, from 1 to 2^20
   * @param <E> the events
   * @param <M> the members, immutable, with {@code equals} and {@code hashCode} by value
   * @return a mergeable aggregate of about 70 bytes and a member for each held, whatever the number
   *     of members
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
