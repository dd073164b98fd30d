package io.thalweg.stats;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.NonFinite;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ObjDoubleConsumer;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** An aggregate made of an accumulator's methods. */
record FoldAggregate<E, A, R>(
    AccumulatorMethods<A, R> accumulator, Consumer<? super E> refuse, BiConsumer<A, ? super E> fold)
    implements Aggregate<E, A, R> {

  /** What an accumulator can do, but for adding, which depends on the events. */
  record AccumulatorMethods<A, R>(
      Supplier<A> empty,
      BiConsumer<A, A> merge,
      Consumer<A> clear,
      Function<A, R> view,
      Codec<A> codec) {}

  /** A statistic of one number of each event. */
  static <E, A, R> Aggregate<E, A, R> of(
      AccumulatorMethods<A, R> accumulator,
      ObjDoubleConsumer<A> add,
      ToDoubleFunction<? super E> field,
      NonFinite policy) {
    requireNonNull(field, "field");
    requireNonNull(policy, "policy");
    return new FoldAggregate<>(
        accumulator,
        event -> policy.check(field.applyAsDouble(event)),
        (state, event) -> {
          double value = field.applyAsDouble(event);
          if (policy.accepts(value)) {
            add.accept(state, value);
          }
        });
  }

  @Override
  public A create() {
    return accumulator.empty.get();
  }

  @Override
  public void check(E event) {
    refuse.accept(event);
  }

  @Override
  public void add(A state, E event) {
    fold.accept(state, event);
  }

  @Override
  public void merge(A target, A source) {
    accumulator.merge.accept(target, source);
  }

  @Override
  public void clear(A state) {
    accumulator.clear.accept(state);
  }

  @Override
  public R result(A state) {
    return accumulator.view.apply(state);
  }

  @Override
  public Codec<A> codec() {
    return accumulator.codec;
  }
}
