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
 * The best of all members, with their exact scores.
 *
 * <p>The aggregates made here keep a score for every member that an event names. The best score
 * comes first; of members with equal scores the smaller member comes first, in their natural order,
 * and they share a rank. So the outcome does not depend on the order in which events or members
 * came, as far as the scores do not. Empty: no members.
 *
 * <p>Cost: a look-up in a hash map an event, which allocates for the first event of a member in a
 * window and for no other; a result takes one pass over all members, and is detached. Memory: about
 * 75 bytes a member, the member itself, and what the score's own aggregate needs beyond 24 bytes;
 * and where changes are saved, some 50 for each member that changed since the last save. In windows
 * that share slices, each slice keeps the members with an event in it, and merging takes them one
 * by one: for many members prefer tumbling windows, or {@link ApproximateStandings}.
 *
 * <p>Scores are merged and never subtracted.
 *
 * @param top the best members, the best first
 * @param members how many members there are in all
 * @param <M> the members
 * @param <S> the scores
 */
public record Standings<M, S>(List<Standing<M, S>> top, long members) {

  /**
   * Makes an immutable value.
   *
   * @param top the best members, the best first
   * @param members how many members there are in all
   */
  public Standings {
    top = List.copyOf(top);
  }

  /**
   * A ranking by number of events.
   *
   * @param k how many places are listed, from 1 to 2^20
   * @param member reads from an event whom it counts for; an event that names nobody (null) is
   *     refused
   * @param members the binary form of a member
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
   * A ranking by the sum of a field of the events. NaN and infinite amounts are refused by {@link
   * Aggregate#check}. For amounts that are whole numbers, {@link #by} with {@code
   * LongSum.over(Order::cents).map(LongSum::value)} is exact.
   *
   * @param k how many places are listed, from 1 to 2^20
   * @param member reads from an event whom it counts for; an event that names nobody (null) is
   *     refused
   * @param members the binary form of a member
   * @param amount reads from an event how much it counts
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
   * A ranking by whatever an aggregate says of the events of each member: the highest, the mean,
   * the number of different visitors.
   *
   * @param k how many places are listed, from 1 to 2^20
   * @param member reads from an event whom it counts for; an event that names nobody (null) is
   *     refused
   * @param members the binary form of a member
   * @param score what is computed for each member; the greatest is the best, for the smallest map
   *     it to its opposite
   * @param <E> the events
   * @param <M> the members, immutable, with {@code equals} and {@code hashCode} by value
   * @param <A> the state of the score
   * @param <S> the scores
   * @return an aggregate as exact, mergeable and commutative as the score's, that refuses what the
   *     score's refuses
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
   * A ranking by the sum of a field of the events, of which the older count less: half after a
   * half-life. Meant for {@link io.thalweg.window.Windows#global}, with early results.
   *
   * <p>This is the forward decay of Cormode, Shkapenyuk, Srivastava and Xu (2009, <a
   * href="https://doi.org/10.1109/ICDE.2009.65">doi:10.1109/ICDE.2009.65</a>): an amount is weighed
   * once, by {@code 2^((t - landmark) / halfLife)}, and as time goes on all weights shrink alike,
   * which changes no ranking. The landmark of a member's sum moves by whole half-lives, so that
   * moving it multiplies by a power of two and rounds nothing, and no weight overflows.
   *
   * <p>Scores are as of the newest event of all members. A member without an event for more than 64
   * half-lives before it is not ranked, and dropped: of an amount, less than 2^-64 was left. Error:
   * each amount is rounded when weighed and when added, so n amounts of one sign are off by at most
   * {@code (n + 8) 2^-53} of their sum. The order of events tells in these last bits.
   *
   * @param k how many places are listed, from 1 to 2^20
   * @param member reads from an event whom it counts for; an event that names nobody (null) is
   *     refused
   * @param members the binary form of a member
   * @param amount reads from an event how much it counts at its time; 1 counts events. NaN and
   *     infinite amounts are refused by {@link Aggregate#check}
   * @param timestamp reads the event's time in milliseconds
   * @param halfLife the age at which an amount counts half, at least a millisecond
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
