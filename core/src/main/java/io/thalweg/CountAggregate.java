package io.thalweg;

import java.util.function.Predicate;

/** Aggregate of {@link Aggregates#count(Predicate)}. */
record CountAggregate<E>(Predicate<? super E> which)
    implements Aggregate<E, CountAggregate.State, Long> {

  static final class State {
    long count;
  }

  @Override
  public State create() {
    return new State();
  }

  @Override
  public void check(E event) {
    which.test(event);
  }

  @Override
  public void add(State state, E event) {
    if (which.test(event)) {
      state.count++;
    }
  }

  @Override
  public void merge(State target, State source) {
    target.count += source.count;
  }

  @Override
  public void clear(State state) {
    state.count = 0;
  }

  @Override
  public Long result(State state) {
    return state.count;
  }

  @Override
  public Codec<State> codec() {
    return CODEC;
  }

  static final Codec<State> CODEC =
      Codec.of(
          "thalweg.count",
          (state, out) -> out.writeLong(state.count),
          in -> {
            State state = new State();
            state.count = in.readLong();
            return state;
          });
}
