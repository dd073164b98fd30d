package io.thalweg;

import java.util.function.Function;

/** Aggregate over a field of the event, with a mapped result. */
record MappedAggregate<T, E, A, R, V>(
    Aggregate<E, A, R> inner,
    Function<? super T, ? extends E> field,
    Function<? super R, ? extends V> view)
    implements Aggregate<T, A, V> {

  @Override
  public A create() {
    return inner.create();
  }

  @Override
  public void check(T event) {
    inner.check(field.apply(event));
  }

  @Override
  public void add(A state, T event) {
    inner.add(state, field.apply(event));
  }

  @Override
  public void merge(A target, A source) {
    inner.merge(target, source);
  }

  @Override
  public void clear(A state) {
    inner.clear(state);
  }

  @Override
  public V result(A state) {
    return view.apply(inner.result(state));
  }

  @Override
  public Codec<A> codec() {
    return inner.codec();
  }
}
