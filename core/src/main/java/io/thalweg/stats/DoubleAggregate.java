package io.thalweg.stats;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** A statistic of one number of each event. */
record DoubleAggregate<E, A extends DoubleAccumulator<A>, R>(
    ToDoubleFunction<? super E> field,
    NonFinite policy,
    Supplier<A> empty,
    Function<A, R> view,
    Codec<A> codec)
    implements Aggregate<E, A, R> {

  DoubleAggregate {
    requireNonNull(field, "field");
    requireNonNull(policy, "policy");
  }

  @Override
  public A create() {
    return empty.get();
  }

  @Override
  public void check(E event) {
    policy.check(field.applyAsDouble(event));
  }

  @Override
  public void add(A state, E event) {
    double value = field.applyAsDouble(event);
    if (policy.takes(value)) {
      state.add(value);
    }
  }

  @Override
  public void merge(A target, A source) {
    target.merge(source);
  }

  @Override
  public void clear(A state) {
    state.clear();
  }

  @Override
  public R result(A state) {
    return view.apply(state);
  }
}
