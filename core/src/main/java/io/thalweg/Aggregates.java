package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * Aggregates that count events, and combinations of several aggregates.
 *
 * <p>{@link #both} and {@link #all} fold every event into several states in one pass, so that a
 * window with several statistics accesses one state for an event.
 */
public final class Aggregates {

  private Aggregates() {}

  /**
   * The number of events. Empty gives 0; beyond {@code Long.MAX_VALUE} it wraps. 24 bytes a state.
   *
   * @param <E> the events
   * @return an aggregate that counts
   */
  public static <E> Aggregate<E, ?, Long> count() {
    return count(event -> true);
  }

  /**
   * The number of events that satisfy a predicate. Empty gives 0; beyond {@code Long.MAX_VALUE} it
   * wraps. 24 bytes a state.
   *
   * @param which selects the events to count
   * @param <E> the events
   * @return a commutative, exact aggregate
   */
  public static <E> Aggregate<E, ?, Long> count(Predicate<? super E> which) {
    return new Count<E>(requireNonNull(which, "which"));
  }

  /**
   * Combines two aggregates over the same events in one pass.
   *
   * <pre>{@code
   * Aggregates.both(Moments.over(Trade::price), Aggregates.count(), Quote::new)
   * }</pre>
   *
   * @param first one aggregate
   * @param second the other
   * @param combine combines the two results
   * @param <E> the events
   * @param <A> the state of the first
   * @param <B> the state of the second
   * @param <R> the result of the first
   * @param <S> the result of the second
   * @param <T> the combined result
   * @return an aggregate that rejects an event if either does
   */
  public static <E, A, B, R, S, T> Aggregate<E, ?, T> both(
      Aggregate<? super E, A, R> first,
      Aggregate<? super E, B, S> second,
      BiFunction<? super R, ? super S, ? extends T> combine) {
    requireNonNull(combine, "combine");
    return Aggregates.<E, Object>all(List.of(first, second))
        .map(
            results -> {
              // The list has the results of first and second, in this order.
              @SuppressWarnings("unchecked")
              R r = (R) results.get(0);
              @SuppressWarnings("unchecked")
              S s = (S) results.get(1);
              return combine.apply(r, s);
            });
  }

  /**
   * Combines any number of aggregates over the same events in one pass.
   *
   * @param aggregates at least one aggregate
   * @param <E> the events
   * @param <R> the results
   * @return an aggregate whose result lists the results in order; it rejects an event if any of
   *     them does
   * @throws IllegalArgumentException if the list is empty
   */
  public static <E, R> Aggregate<E, ?, List<R>> all(
      List<? extends Aggregate<? super E, ?, ? extends R>> aggregates) {
    if (aggregates.isEmpty()) {
      throw new IllegalArgumentException("all needs at least one aggregate: []");
    }
    return new All<E, R>(aggregates);
  }

  private record Count<E>(Predicate<? super E> which) implements Aggregate<E, Count.State, Long> {

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

    private static final Codec<State> CODEC =
        Codec.of(
            "thalweg.count",
            (state, out) -> out.writeLong(state.count),
            in -> {
              State state = new State();
              state.count = in.readLong();
              return state;
            });
  }

  /**
   * Aggregate whose state is an array of the states of its parts. Only the part knows the type of
   * its state.
   */
  private static final class All<E, R> implements Aggregate<E, Object[], List<R>> {

    private final Aggregate<? super E, Object, ? extends R>[] parts;
    private final Codec<Object[]> codec;

    @SuppressWarnings("unchecked") // slot i is created, and only ever touched, by parts[i]
    All(List<? extends Aggregate<? super E, ?, ? extends R>> aggregates) {
      parts = aggregates.toArray(Aggregate[]::new);
      StringBuilder name = new StringBuilder("thalweg.all");
      for (Aggregate<? super E, Object, ? extends R> part : parts) {
        name.append('+').append(part.codec().name());
      }
      codec = new AllCodec(name.toString());
    }

    @Override
    public Object[] create() {
      Object[] states = new Object[parts.length];
      for (int i = 0; i < parts.length; i++) {
        states[i] = parts[i].create();
      }
      return states;
    }

    @Override
    public void check(E event) {
      for (Aggregate<? super E, Object, ? extends R> part : parts) {
        part.check(event);
      }
    }

    @Override
    public void add(Object[] state, E event) {
      for (int i = 0; i < parts.length; i++) {
        parts[i].add(state[i], event);
      }
    }

    @Override
    public void merge(Object[] target, Object[] source) {
      for (int i = 0; i < parts.length; i++) {
        parts[i].merge(target[i], source[i]);
      }
    }

    @Override
    public void clear(Object[] state) {
      for (int i = 0; i < parts.length; i++) {
        parts[i].clear(state[i]);
      }
    }

    @Override
    public List<R> result(Object[] state) {
      List<R> results = new ArrayList<>(parts.length);
      for (int i = 0; i < parts.length; i++) {
        results.add(parts[i].result(state[i]));
      }
      return results;
    }

    @Override
    public Codec<Object[]> codec() {
      return codec;
    }

    /** The version and the state of each part. The name lists the names of the parts. */
    private final class AllCodec implements Codec<Object[]> {

      private final String name;

      AllCodec(String name) {
        this.name = name;
      }

      @Override
      public String name() {
        return name;
      }

      @Override
      public void write(Object[] value, DataOutput out) throws IOException {
        for (int i = 0; i < parts.length; i++) {
          Codec.writeNested(parts[i].codec(), value[i], out);
        }
      }

      @Override
      public Object[] read(DataInput in, int version) throws IOException {
        Object[] states = new Object[parts.length];
        for (int i = 0; i < parts.length; i++) {
          states[i] = Codec.readNested(parts[i].codec(), in);
        }
        return states;
      }
    }
  }
}
