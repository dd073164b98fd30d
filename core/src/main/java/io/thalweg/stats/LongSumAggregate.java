package io.thalweg.stats;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import java.util.function.ToLongFunction;

/** The sum of a field of the events. */
record LongSumAggregate<E>(ToLongFunction<? super E> field)
    implements Aggregate<E, LongSumAccumulator, LongSum> {

  LongSumAggregate {
    requireNonNull(field, "field");
  }

  @Override
  public LongSumAccumulator create() {
    return new LongSumAccumulator();
  }

  @Override
  public void add(LongSumAccumulator state, E event) {
    state.add(field.applyAsLong(event));
  }

  @Override
  public void merge(LongSumAccumulator target, LongSumAccumulator source) {
    target.merge(source);
  }

  @Override
  public void clear(LongSumAccumulator state) {
    state.clear();
  }

  @Override
  public LongSum result(LongSumAccumulator state) {
    return state.toLongSum();
  }

  @Override
  public Codec<LongSumAccumulator> codec() {
    return LongSumAccumulator.CODEC;
  }
}
