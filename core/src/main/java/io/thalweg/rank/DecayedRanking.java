package io.thalweg.rank;

import io.thalweg.Codec;
import java.util.function.Function;

/**
 * Ranking by decayed sums. A member whose sum has expired is not ranked. Expired members are
 * removed from time to time, which does not change the result.
 */
final class DecayedRanking<E, M extends Comparable<? super M>>
    extends StandingsAggregate<E, M, DecayedSums.State, Double> {

  private final DecayedSums<E> sums;

  DecayedRanking(
      int k, Function<? super E, ? extends M> member, Codec<M> members, DecayedSums<E> sums) {
    super(k, member, members, sums);
    this.sums = sums;
  }

  @Override
  public void add(MemberScores<M, DecayedSums.State> state, E event) {
    super.add(state, event);
    moveTo(sums.time(event), state);
  }

  @Override
  public void merge(
      MemberScores<M, DecayedSums.State> target, MemberScores<M, DecayedSums.State> source) {
    super.merge(target, source);
    if (source.newest > Long.MIN_VALUE) {
      moveTo(source.newest, target);
    }
  }

  private void moveTo(long time, MemberScores<M, DecayedSums.State> state) {
    if (state.newest == Long.MIN_VALUE) {
      state.newest = time;
      state.swept = sums.halfLife(time);
    }
    state.newest = Math.max(state.newest, time);
    long now = sums.halfLife(state.newest);
    if (DecayedSums.isOver(state.swept, now)) {
      state.scores.values().removeIf(sum -> DecayedSums.isOver(sum.halfLife, now));
      state.swept = now;
      state.changed = null;
    }
  }

  @Override
  boolean ranks(DecayedSums.State held, MemberScores<M, DecayedSums.State> state) {
    return !DecayedSums.isOver(held.halfLife, sums.halfLife(state.newest));
  }

  @Override
  Double score(DecayedSums.State held, MemberScores<M, DecayedSums.State> state) {
    return sums.at(held, state.newest);
  }
}
