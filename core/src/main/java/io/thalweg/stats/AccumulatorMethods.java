package io.thalweg.stats;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.NonFinite;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ObjDoubleConsumer;
import java.util.function.ObjLongConsumer;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Operations of an accumulator that do not depend on the type of the events. The methods complete
 * them to an aggregate.
 */
record AccumulatorMethods<A, R>(
    Supplier<A> create,
    BiConsumer<A, A> merge,
    Consumer<A> clear,
    Function<A, R> result,
    Codec<A> codec) {

  /** Returns an aggregate of one whole number of each event. */
  <E> Aggregate<E, A, R> aggregate(ObjLongConsumer<A> add, ToLongFunction<? super E> field) {
    requireNonNull(field, "field");
    return aggregate(
        field::applyAsLong, (state, event) -> add.accept(state, field.applyAsLong(event)));
  }

  /** Returns an aggregate that rejects the events that the check rejects. */
  <E> Aggregate<E, A, R> aggregate(Consumer<E> check, BiConsumer<A, E> add) {
    return Aggregate.of(create, check, add, merge, clear, result, codec);
  }

  /** Returns an aggregate of one number of each event. */
  <E> Aggregate<E, A, R> aggregate(
      ObjDoubleConsumer<A> add, ToDoubleFunction<? super E> field, NonFinite policy) {
    requireNonNull(field, "field");
    requireNonNull(policy, "policy");
    return aggregate(
        event -> policy.check(field.applyAsDouble(event)),
        (state, event) -> {
          double value = field.applyAsDouble(event);
          if (policy.accepts(value)) {
            add.accept(state, value);
          }
        });
  }
}
