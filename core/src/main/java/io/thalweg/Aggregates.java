package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Aggregates of any events: counts, first and last values, lists, reductions, and combinations of
 * several aggregates.
 *
 * <p>{@link #all(Aggregate, Aggregate, BiFunction) all} folds every event into several states in
 * one pass, so that a window with several statistics accesses one state for an event:
 *
 * <pre>{@code
 * Aggregates.all(
 *     Aggregates.first(Trade::time, Trade::price),
 *     Extrema.over(Trade::price),
 *     Aggregates.last(Trade::time, Trade::price),
 *     Bar::new)
 * }</pre>
 *
 * <p>A value that an aggregate here reads from an event is kept, so it must be immutable. An event
 * whose value is null is rejected by {@link Aggregate#check}.
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
    return new CountAggregate<E>(requireNonNull(which, "which"));
  }

  /**
   * Combines two aggregates over the same events in one pass.
   *
   * <pre>{@code
   * Aggregates.all(Moments.over(Trade::price), Aggregates.count(), Quote::new)
   * }</pre>
   *
   * <p>Every part keeps its own state, and an event is rejected if any part rejects it. The state
   * is an array of the states of the parts; an event allocates nothing beside them. A part that may
   * return null when it is empty passes the null to {@code combine}.
   *
   * @param first the first aggregate
   * @param second the second aggregate
   * @param combine combines the results, such as {@code Summary::new}
   * @param <E> the events
   * @param <A> the result of the first
   * @param <B> the result of the second
   * @param <R> the combined result
   * @return an aggregate that rejects an event if any of them does
   */
  public static <E, A, B, R> Aggregate<E, ?, R> all(
      Aggregate<? super E, ?, ? extends A> first,
      Aggregate<? super E, ?, ? extends B> second,
      BiFunction<? super A, ? super B, ? extends R> combine) {
    requireNonNull(combine, "combine");
    return new AllAggregate<E, R>(
        Arrays.asList(first, second),
        (all, states) -> combine.apply(all.<A>result(0, states), all.<B>result(1, states)));
  }

  /**
   * Combines three aggregates over the same events in one pass: see {@link #all(Aggregate,
   * Aggregate, BiFunction)}.
   *
   * @param first the first aggregate
   * @param second the second aggregate
   * @param third the third aggregate
   * @param combine combines the results, such as {@code Summary::new}
   * @param <E> the events
   * @param <A> the result of the first
   * @param <B> the result of the second
   * @param <C> the result of the third
   * @param <R> the combined result
   * @return an aggregate that rejects an event if any of them does
   */
  public static <E, A, B, C, R> Aggregate<E, ?, R> all(
      Aggregate<? super E, ?, ? extends A> first,
      Aggregate<? super E, ?, ? extends B> second,
      Aggregate<? super E, ?, ? extends C> third,
      Function3<? super A, ? super B, ? super C, ? extends R> combine) {
    requireNonNull(combine, "combine");
    return new AllAggregate<E, R>(
        Arrays.asList(first, second, third),
        (all, states) ->
            combine.apply(
                all.<A>result(0, states), all.<B>result(1, states), all.<C>result(2, states)));
  }

  /**
   * Combines four aggregates over the same events in one pass: see {@link #all(Aggregate,
   * Aggregate, BiFunction)}.
   *
   * @param first the first aggregate
   * @param second the second aggregate
   * @param third the third aggregate
   * @param fourth the fourth aggregate
   * @param combine combines the results, such as {@code Summary::new}
   * @param <E> the events
   * @param <A> the result of the first
   * @param <B> the result of the second
   * @param <C> the result of the third
   * @param <D> the result of the fourth
   * @param <R> the combined result
   * @return an aggregate that rejects an event if any of them does
   */
  public static <E, A, B, C, D, R> Aggregate<E, ?, R> all(
      Aggregate<? super E, ?, ? extends A> first,
      Aggregate<? super E, ?, ? extends B> second,
      Aggregate<? super E, ?, ? extends C> third,
      Aggregate<? super E, ?, ? extends D> fourth,
      Function4<? super A, ? super B, ? super C, ? super D, ? extends R> combine) {
    requireNonNull(combine, "combine");
    return new AllAggregate<E, R>(
        Arrays.asList(first, second, third, fourth),
        (all, states) ->
            combine.apply(
                all.<A>result(0, states),
                all.<B>result(1, states),
                all.<C>result(2, states),
                all.<D>result(3, states)));
  }

  /**
   * Combines five aggregates over the same events in one pass: see {@link #all(Aggregate,
   * Aggregate, BiFunction)}.
   *
   * @param first the first aggregate
   * @param second the second aggregate
   * @param third the third aggregate
   * @param fourth the fourth aggregate
   * @param fifth the fifth aggregate
   * @param combine combines the results, such as {@code Summary::new}
   * @param <E> the events
   * @param <A> the result of the first
   * @param <B> the result of the second
   * @param <C> the result of the third
   * @param <D> the result of the fourth
   * @param <F> the result of the fifth
   * @param <R> the combined result
   * @return an aggregate that rejects an event if any of them does
   */
  public static <E, A, B, C, D, F, R> Aggregate<E, ?, R> all(
      Aggregate<? super E, ?, ? extends A> first,
      Aggregate<? super E, ?, ? extends B> second,
      Aggregate<? super E, ?, ? extends C> third,
      Aggregate<? super E, ?, ? extends D> fourth,
      Aggregate<? super E, ?, ? extends F> fifth,
      Function5<? super A, ? super B, ? super C, ? super D, ? super F, ? extends R> combine) {
    requireNonNull(combine, "combine");
    return new AllAggregate<E, R>(
        Arrays.asList(first, second, third, fourth, fifth),
        (all, states) ->
            combine.apply(
                all.<A>result(0, states),
                all.<B>result(1, states),
                all.<C>result(2, states),
                all.<D>result(3, states),
                all.<F>result(4, states)));
  }

  /**
   * Combines six aggregates over the same events in one pass: see {@link #all(Aggregate, Aggregate,
   * BiFunction)}.
   *
   * @param first the first aggregate
   * @param second the second aggregate
   * @param third the third aggregate
   * @param fourth the fourth aggregate
   * @param fifth the fifth aggregate
   * @param sixth the sixth aggregate
   * @param combine combines the results, such as {@code Summary::new}
   * @param <E> the events
   * @param <A> the result of the first
   * @param <B> the result of the second
   * @param <C> the result of the third
   * @param <D> the result of the fourth
   * @param <F> the result of the fifth
   * @param <G> the result of the sixth
   * @param <R> the combined result
   * @return an aggregate that rejects an event if any of them does
   */
  public static <E, A, B, C, D, F, G, R> Aggregate<E, ?, R> all(
      Aggregate<? super E, ?, ? extends A> first,
      Aggregate<? super E, ?, ? extends B> second,
      Aggregate<? super E, ?, ? extends C> third,
      Aggregate<? super E, ?, ? extends D> fourth,
      Aggregate<? super E, ?, ? extends F> fifth,
      Aggregate<? super E, ?, ? extends G> sixth,
      Function6<? super A, ? super B, ? super C, ? super D, ? super F, ? super G, ? extends R>
          combine) {
    requireNonNull(combine, "combine");
    return new AllAggregate<E, R>(
        Arrays.asList(first, second, third, fourth, fifth, sixth),
        (all, states) ->
            combine.apply(
                all.<A>result(0, states),
                all.<B>result(1, states),
                all.<C>result(2, states),
                all.<D>result(3, states),
                all.<F>result(4, states),
                all.<G>result(5, states)));
  }

  /**
   * Combines any number of aggregates over the same events in one pass.
   *
   * @param aggregates at least one aggregate
   * @param <E> the events
   * @param <R> the results
   * @return an aggregate whose result lists the results in order; it rejects an event if any of
   *     them does
   * @throws IllegalArgumentException if the list is empty, or if the names of the codecs have more
   *     than 65,535 bytes together
   */
  public static <E, R> Aggregate<E, ?, List<R>> all(
      List<? extends Aggregate<? super E, ?, ? extends R>> aggregates) {
    int size = aggregates.size();
    if (size == 0) {
      throw new IllegalArgumentException("all needs at least one aggregate: []");
    }
    return new AllAggregate<E, List<R>>(
        aggregates,
        (all, states) -> {
          List<R> results = new ArrayList<>(size);
          for (int i = 0; i < size; i++) {
            results.add(all.<R>result(i, states));
          }
          return results;
        });
  }

  /**
   * The number of the event with the smallest time, such as the opening price of a window: {@code
   * Aggregates.first(Trade::time, Trade::price)}.
   *
   * <p>The order is that of the times, also if events arrive out of order. Of equal times, the
   * event added first counts, and a merge takes the number of its target. NaN and infinite numbers
   * are kept like others. Empty gives null. 40 bytes a state; an event allocates nothing.
   *
   * @param time reads the time of an event, any {@code long}
   * @param number reads the number
   * @param <E> the events
   * @return an exact, mergeable aggregate
   */
  public static <E> Aggregate<E, ?, Double> first(
      ToLongFunction<? super E> time, ToDoubleFunction<? super E> number) {
    return Choice.first(time, number);
  }

  /**
   * The value of the event with the smallest time. {@link #first(ToLongFunction, ToDoubleFunction)}
   * does the same with numbers, without boxing them.
   *
   * <p>The order is that of the times, also if events arrive out of order. Of equal times, the
   * event added first counts, and a merge takes the value of its target. Empty gives null. 40 bytes
   * and a value a state.
   *
   * @param time reads the time of an event, any {@code long}
   * @param value reads the value; an event with a null value is rejected
   * @param values the codec of the values
   * @param <E> the events
   * @param <V> the values, immutable
   * @return an exact, mergeable aggregate
   */
  public static <E, V> Aggregate<E, ?, V> first(
      ToLongFunction<? super E> time, Function<? super E, ? extends V> value, Codec<V> values) {
    return Choice.first(time, value, values);
  }

  /**
   * The number of the event with the greatest time, such as the closing price of a window: {@code
   * Aggregates.last(Trade::time, Trade::price)}.
   *
   * <p>The order is that of the times, also if events arrive out of order. Of equal times, the
   * event added last counts, and a merge takes the number of its source. NaN and infinite numbers
   * are kept like others. Empty gives null. 40 bytes a state; an event allocates nothing.
   *
   * @param time reads the time of an event, any {@code long}
   * @param number reads the number
   * @param <E> the events
   * @return an exact, mergeable aggregate
   */
  public static <E> Aggregate<E, ?, Double> last(
      ToLongFunction<? super E> time, ToDoubleFunction<? super E> number) {
    return Choice.last(time, number);
  }

  /**
   * The value of the event with the greatest time. {@link #last(ToLongFunction, ToDoubleFunction)}
   * does the same with numbers, without boxing them.
   *
   * <p>The order is that of the times, also if events arrive out of order. Of equal times, the
   * event added last counts, and a merge takes the value of its source. Empty gives null. 40 bytes
   * and a value a state.
   *
   * @param time reads the time of an event, any {@code long}
   * @param value reads the value; an event with a null value is rejected
   * @param values the codec of the values
   * @param <E> the events
   * @param <V> the values, immutable
   * @return an exact, mergeable aggregate
   */
  public static <E, V> Aggregate<E, ?, V> last(
      ToLongFunction<? super E> time, Function<? super E, ? extends V> value, Codec<V> values) {
    return Choice.last(time, value, values);
  }

  /**
   * The value of the event with the greatest score, as an argmax: {@code
   * Aggregates.maxBy(Reading::value, Reading::device, Codec.STRING)}.
   *
   * <p>Scores compare as by {@link Double#compare}: infinite ones like others, -0.0 below 0.0. An
   * event with the score NaN is rejected. Of equal scores, the event added first counts, and a
   * merge takes the value of its target; {@link #last(ToLongFunction, Function, Codec)} is exact
   * also for {@code long} values beyond 2^53. Empty gives null. 40 bytes and a value a state.
   *
   * @param score reads the score of an event
   * @param value reads the value; an event with a null value is rejected
   * @param values the codec of the values
   * @param <E> the events
   * @param <V> the values, immutable
   * @return an exact, mergeable aggregate
   */
  public static <E, V> Aggregate<E, ?, V> maxBy(
      ToDoubleFunction<? super E> score, Function<? super E, ? extends V> value, Codec<V> values) {
    return Choice.maxBy(score, value, values);
  }

  /**
   * The value of the event with the smallest score, as an argmin: {@code
   * Aggregates.minBy(Reading::value, Reading::device, Codec.STRING)}.
   *
   * <p>Scores compare as by {@link Double#compare}: infinite ones like others, -0.0 below 0.0. An
   * event with the score NaN is rejected. Of equal scores, the event added first counts, and a
   * merge takes the value of its target; {@link #first(ToLongFunction, Function, Codec)} is exact
   * also for {@code long} values beyond 2^53. Empty gives null. 40 bytes and a value a state.
   *
   * @param score reads the score of an event
   * @param value reads the value; an event with a null value is rejected
   * @param values the codec of the values
   * @param <E> the events
   * @param <V> the values, immutable
   * @return an exact, mergeable aggregate
   */
  public static <E, V> Aggregate<E, ?, V> minBy(
      ToDoubleFunction<? super E> score, Function<? super E, ? extends V> value, Codec<V> values) {
    return Choice.minBy(score, value, values);
  }

  /**
   * The values of the first events, up to a limit, and the number of events beyond it.
   *
   * <p>The order is that of the events in the state: within an aligned window that of arrival in
   * each slice of time; behind {@link Ordered} that of event time. Empty gives an empty list.
   * Memory: up to {@code limit} values a state.
   *
   * @param limit the maximum number of values, from 1 to 2^20
   * @param value reads the value; an event with a null value is rejected
   * @param values the codec of the values
   * @param <E> the events
   * @param <V> the values, immutable
   * @return an exact, mergeable aggregate
   * @throws IllegalArgumentException if the limit is out of range
   */
  public static <E, V> Aggregate<E, ?, Collected<V>> collect(
      int limit, Function<? super E, ? extends V> value, Codec<V> values) {
    return Collected.aggregate(limit, value, values);
  }

  /**
   * The values of the events, reduced to one by an associative function, as in {@code
   * Aggregates.reduce(Trade::volume, Long::sum, Codec.LONG)}.
   *
   * <p>The function receives the earlier value first. It must not throw or return null: that ends
   * the operator. Empty gives null. Numbers are boxed; {@link #fold} starts from a value instead of
   * null. 16 bytes and a value a state.
   *
   * @param value reads the value; an event with a null value is rejected
   * @param operator the associative function, pure
   * @param values the codec of the values
   * @param <E> the events
   * @param <V> the values, immutable
   * @return a mergeable aggregate, as exact as the function
   */
  public static <E, V> Aggregate<E, ?, V> reduce(
      Function<? super E, ? extends V> value, BinaryOperator<V> operator, Codec<V> values) {
    requireNonNull(value, "value");
    requireNonNull(operator, "operator");
    requireNonNull(values, "values");
    return Aggregate.of(
        () -> new Held<V>(null),
        event -> checkValue("reduce", value.apply(event)),
        (state, event) -> state.reduce(value.apply(event), operator),
        (target, source) -> {
          if (source.value != null) {
            target.reduce(source.value, operator);
          }
        },
        state -> state.value = null,
        state -> state.value,
        Codec.of(
            "thalweg.reduce of " + values.name(),
            (state, out) -> {
              out.writeBoolean(state.value != null);
              if (state.value != null) {
                Codec.writeNested(values, state.value, out);
              }
            },
            in -> new Held<>(in.readBoolean() ? Codec.readNested(values, in) : null)));
  }

  /**
   * A fold of the events into an immutable value, made of lambdas. {@link Aggregate#of} is the form
   * for mutable states.
   *
   * <pre>{@code
   * Aggregates.fold(
   *     0L, (Long volume, Trade trade) -> volume + trade.volume(), Long::sum, Codec.LONG)
   * }</pre>
   *
   * <p>The functions must be pure and must not return null. An event for which {@code add} throws
   * with the identity is rejected; any other exception ends the operator. Empty gives the identity.
   * An event evaluates {@code add} twice. 16 bytes and a value a state.
   *
   * @param identity the value of no events; {@code merge} with it, from either side, changes
   *     nothing
   * @param add returns a value with one more event
   * @param merge returns the value of two runs of events, of which the earlier comes first
   * @param values the codec of the values
   * @param <E> the events
   * @param <V> the values, immutable
   * @return a mergeable aggregate, as exact as the functions
   */
  public static <E, V> Aggregate<E, ?, V> fold(
      V identity,
      BiFunction<? super V, ? super E, ? extends V> add,
      BinaryOperator<V> merge,
      Codec<V> values) {
    requireNonNull(identity, "identity");
    requireNonNull(add, "add");
    requireNonNull(merge, "merge");
    requireNonNull(values, "values");
    return Aggregate.of(
        () -> new Held<>(identity),
        event -> checkValue("fold", add.apply(identity, event)),
        (state, event) -> state.set(add.apply(state.value, event)),
        (target, source) -> target.set(merge.apply(target.value, source.value)),
        state -> state.value = identity,
        state -> state.value,
        Codec.of(
            "thalweg.fold of " + values.name(),
            (state, out) -> Codec.writeNested(values, state.value, out),
            in -> new Held<>(Codec.readNested(values, in))));
  }

  /** Rejects an event whose value is null. */
  static void checkValue(String rule, Object value) {
    if (value == null) {
      throw new NullPointerException(rule + " needs a value of each event: null");
    }
  }

  /** A state of one immutable value. */
  private static final class Held<V> {

    V value;

    Held(V value) {
      this.value = value;
    }

    void set(V next) {
      value = requireNonNull(next, "a function of an aggregate must not return null");
    }

    void reduce(V next, BinaryOperator<V> operator) {
      set(value == null ? next : operator.apply(value, next));
    }
  }

  /**
   * Function of three arguments, such as the constructor of a record.
   *
   * @param <A> the first argument
   * @param <B> the second argument
   * @param <C> the third argument
   * @param <R> the result
   */
  @FunctionalInterface
  public interface Function3<A, B, C, R> {

    /**
     * Applies the function.
     *
     * @param first the first argument
     * @param second the second argument
     * @param third the third argument
     * @return the result
     */
    R apply(A first, B second, C third);
  }

  /**
   * Function of four arguments, such as the constructor of a record.
   *
   * @param <A> the first argument
   * @param <B> the second argument
   * @param <C> the third argument
   * @param <D> the fourth argument
   * @param <R> the result
   */
  @FunctionalInterface
  public interface Function4<A, B, C, D, R> {

    /**
     * Applies the function.
     *
     * @param first the first argument
     * @param second the second argument
     * @param third the third argument
     * @param fourth the fourth argument
     * @return the result
     */
    R apply(A first, B second, C third, D fourth);
  }

  /**
   * Function of five arguments, such as the constructor of a record.
   *
   * @param <A> the first argument
   * @param <B> the second argument
   * @param <C> the third argument
   * @param <D> the fourth argument
   * @param <F> the fifth argument
   * @param <R> the result
   */
  @FunctionalInterface
  public interface Function5<A, B, C, D, F, R> {

    /**
     * Applies the function.
     *
     * @param first the first argument
     * @param second the second argument
     * @param third the third argument
     * @param fourth the fourth argument
     * @param fifth the fifth argument
     * @return the result
     */
    R apply(A first, B second, C third, D fourth, F fifth);
  }

  /**
   * Function of six arguments, such as the constructor of a record.
   *
   * @param <A> the first argument
   * @param <B> the second argument
   * @param <C> the third argument
   * @param <D> the fourth argument
   * @param <F> the fifth argument
   * @param <G> the sixth argument
   * @param <R> the result
   */
  @FunctionalInterface
  public interface Function6<A, B, C, D, F, G, R> {

    /**
     * Applies the function.
     *
     * @param first the first argument
     * @param second the second argument
     * @param third the third argument
     * @param fourth the fourth argument
     * @param fifth the fifth argument
     * @param sixth the sixth argument
     * @return the result
     */
    R apply(A first, B second, C third, D fourth, F fifth, G sixth);
  }
}
