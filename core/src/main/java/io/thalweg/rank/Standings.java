package io.thalweg.rank;

import io.thalweg.Aggregate;
import io.thalweg.Aggregates;
import io.thalweg.Codec;
import io.thalweg.stats.Sum;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Members with the best scores, and their exact scores.
 *
 * <p>The aggregates of this class keep a score for every member that an event names. The best score
 * comes first; of members with equal scores the smaller member comes first, in their natural order,
 * and they share a rank. So the result depends on the order of the events only as far as the scores
 * do. The result of an empty state has no members.
 *
 * <p>Cost: an event takes a look-up in a hash map, which allocates for the first event of a member
 * in a window only; a result takes one pass over all members and is detached. Memory: about 75
 * bytes a member, the member itself, and the score's own state beyond 24 bytes; with incremental
 * saves, some 50 bytes for each member that changed since the last save. In windows that share
 * slices, each slice keeps the members with an event in it, and a merge visits each of them. For
 * many members prefer tumbling windows, or {@link ApproximateStandings}.
 *
 * <p>Scores are merged, never subtracted.
 *
 * @param top the best members, the best first
 * @param members the number of all members
 * @param <M> the members
 * @param <S> the scores
 */
public record Standings<M, S>(List<Standing<M, S>> top, long members) {

  /**
   * Makes an immutable value.
   *
   * @param top the best members, the best first
   * @param members the number of all members
   */
  public Standings {
    top = List.copyOf(top);
  }

  /**
   * A ranking by number of events.
   *
   * @param k the number of places to list, from 1 to 2^20
   * @param member reads the member from an event; an event without a member (null) is rejected
   * @param members the codec of the members
   * @param <E> the events
   * @param <M> the members, immutable, with {@code equals} and {@code hashCode} by value
   * @return an exact, mergeable, commutative aggregate
   * @throws IllegalArgumentException if k is out of range
   */
  public static <E, M extends Comparable<? super M>> Aggregate<E, ?, Standings<M, Long>> counts(
      int k, Function<? super E, ? extends M> member, Codec<M> members) {
    return by(k, member, members, Aggregates.<E>count());
  }

  /**
   * A ranking by the sum of a field of the events. NaN and infinite amounts are rejected by {@link
   * Aggregate#check}. For amounts that are whole numbers, {@link #by} with {@code
   * LongSum.over(Order::cents).map(LongSum::value)} is exact.
   *
   * @param k the number of places to list, from 1 to 2^20
   * @param member reads the member from an event; an event without a member (null) is rejected
   * @param members the codec of the members
   * @param amount reads the amount from an event
   * @param <E> the events
   * @param <M> the members, immutable, with {@code equals} and {@code hashCode} by value
   * @return a mergeable, commutative aggregate whose sums are as exact as those of {@link Sum}, at
   *     48 bytes a member more than counts
   * @throws IllegalArgumentException if k is out of range
   */
  public static <E, M extends Comparable<? super M>> Aggregate<E, ?, Standings<M, Double>> sums(
      int k,
      Function<? super E, ? extends M> member,
      Codec<M> members,
      ToDoubleFunction<? super E> amount) {
    return by(k, member, members, Sum.<E>over(amount).map(Sum::value));
  }

  /**
   * A ranking by the result of an aggregate over the events of each member, such as the maximum,
   * the mean or the number of distinct visitors.
   *
   * @param k the number of places to list, from 1 to 2^20
   * @param member reads the member from an event; an event without a member (null) is rejected
   * @param members the codec of the members
   * @param score the aggregate computed for each member; the greatest result is the best. To rank
   *     the smallest first, map it to its negative
   * @param <E> the events
   * @param <M> the members, immutable, with {@code equals} and {@code hashCode} by value
   * @param <A> the state of the score
   * @param <S> the scores
   * @return an aggregate as exact, mergeable and commutative as that of the score, which rejects
   *     the same events
   * @throws IllegalArgumentException if k is out of range
   */
  public static <E, M extends Comparable<? super M>, A, S extends Comparable<? super S>>
      Aggregate<E, ?, Standings<M, S>> by(
          int k,
          Function<? super E, ? extends M> member,
          Codec<M> members,
          Aggregate<E, A, S> score) {
    return new StandingsAggregate<>(k, member, members, score);
  }

  /**
   * A ranking by the sum of a field of the events with exponential decay: an amount counts half
   * after a half-life. Intended for {@link io.thalweg.window.Windows#global}, with early results.
   *
   * <p>This is the forward decay of Cormode, Shkapenyuk, Srivastava and Xu (2009, <a
   * href="https://doi.org/10.1109/ICDE.2009.65">doi:10.1109/ICDE.2009.65</a>): an amount is
   * weighted once, by {@code 2^((t - landmark) / halfLife)}, and as time passes all weights shrink
   * by the same factor, which does not change the ranking. The landmark of a member's sum moves by
   * whole half-lives, so that moving it multiplies by a power of two, which is exact, and no weight
   * overflows.
   *
   * <p>Scores are as of the newest event of all members. A member without an event in the 64
   * half-lives before that event is not ranked and is removed; less than 2^-64 of its amounts is
   * left. Error: each amount is rounded when it is weighted and when it is added, so n amounts of
   * one sign are off by at most {@code (n + 8) 2^-53} of their sum. These last bits depend on the
   * order of the events.
   *
   * @param k the number of places to list, from 1 to 2^20
   * @param member reads the member from an event; an event without a member (null) is rejected
   * @param members the codec of the members
   * @param amount reads the amount from an event; 1 counts events. NaN and infinite amounts are
   *     rejected by {@link Aggregate#check}
   * @param timestamp reads the event's time in milliseconds
   * @param halfLife the age at which an amount counts half, in whole milliseconds
   * @param <E> the events
   * @param <M> the members, immutable, with {@code equals} and {@code hashCode} by value
   * @return a mergeable aggregate, commutative up to rounding, at 8 bytes a member more than counts
   * @throws IllegalArgumentException if k or the half-life is out of range
   */
  public static <E, M extends Comparable<? super M>> Aggregate<E, ?, Standings<M, Double>> decayed(
      int k,
      Function<? super E, ? extends M> member,
      Codec<M> members,
      ToDoubleFunction<? super E> amount,
      ToLongFunction<? super E> timestamp,
      Duration halfLife) {
    DecayedSums<E> sums = new DecayedSums<>(amount, timestamp, halfLife);
    return new DecayedRanking<>(k, member, members, sums);
  }
}
