package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** Aggregate made of one function for each operation. */
record FunctionAggregate<E, A, R>(
    Supplier<? extends A> creator,
    Consumer<? super E> checker,
    BiConsumer<? super A, ? super E> adder,
    BiConsumer<? super A, ? super A> merger,
    Consumer<? super A> clearer,
    Function<? super A, ? extends R> reader,
    Codec<A> codec)
    implements Aggregate<E, A, R> {

  FunctionAggregate {
    requireNonNull(creator, "create");
    requireNonNull(checker, "check");
    requireNonNull(adder, "add");
    requireNonNull(merger, "merge");
    requireNonNull(clearer, "clear");
    requireNonNull(reader, "result");
    requireNonNull(codec, "codec");
  }

  @Override
  public A create() {
    return creator.get();
  }

  @Override
  public void check(E event) {
    checker.accept(event);
  }

  @Override
  public void add(A state, E event) {
    adder.accept(state, event);
  }

  @Override
  public void merge(A target, A source) {
    merger.accept(target, source);
  }

  @Override
  public void clear(A state) {
    clearer.accept(state);
  }

  @Override
  public R result(A state) {
    return reader.apply(state);
  }
}
