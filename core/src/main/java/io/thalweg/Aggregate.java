package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Aggregation of events into a small mergeable state, from which a result is read.
 *
 * <p>An aggregate is a description without state of its own: one instance serves any number of keys
 * and windows. The state {@code A} is a mutable accumulator that its owner creates, fills, merges,
 * clears and reuses, so that steady state allocates nothing.
 *
 * <p>Laws, checked by {@code io.thalweg.testing.AggregateLaws}:
 *
 * <ul>
 *   <li>a created state is the identity of {@link #merge}, from both sides;
 *   <li>a sequence of events, cut anywhere into runs that are folded separately and merged in
 *       order, gives the result of folding the whole: exactly for integers, within a stated error
 *       for floating point;
 *   <li>{@code merge} leaves its source unchanged and keeps no reference to it;
 *   <li>a cleared state equals a created one;
 *   <li>{@code result} changes nothing, and its return value is detached from the state;
 *   <li>a state that was written and read by {@link #codec()} behaves as the original, bit for bit.
 * </ul>
 *
 * <p>A merge must be associative; it need not be commutative: the target is always the earlier
 * part. There is deliberately no subtraction: in a window that subtracts, one outlier ruins every
 * later floating-point result, even after it has left.
 *
 * <p>Thread-safety: implementations are immutable and safe to share; a state has a single owner.
 *
 * @param <E> the events
 * @param <A> the mutable state
 * @param <R> the result, an immutable value
 */
public interface Aggregate<E, A, R> {

  /**
   * Creates an empty state, the identity of {@link #merge}.
   *
   * @return a new state that shares nothing with any other
   */
  A create();

  /**
   * Rejects an event that {@link #add} cannot process. Operators call it before they change
   * anything; they count and report a rejected event. Any other exception also rejects the event,
   * such as that of a reader of a field that is null: see {@link FailStop#reason}. The default
   * accepts all events.
   *
   * @param event the event
   * @throws IllegalArgumentException if the event is rejected; the message names the rule, then the
   *     value
   */
  default void check(E event) {}

  /**
   * Folds one event into a state. Must not throw for an event that {@link #check} accepts.
   *
   * @param state the state to change
   * @param event the event, later than all events in the state
   */
  void add(A state, E event);

  /**
   * Appends one state to another.
   *
   * @param target the earlier part; afterwards it includes both
   * @param source the later part, which is not changed and not kept; never the target itself
   */
  void merge(A target, A source);

  /**
   * Empties a state for reuse. Afterwards it equals a created one.
   *
   * @param state the state to empty
   */
  void clear(A state);

  /**
   * Reads the result of a state.
   *
   * @param state the state to read; unchanged, and usable afterwards
   * @return the result, detached from the state; each aggregate documents the result of an empty
   *     state
   */
  R result(A state);

  /**
   * Returns the codec of the states.
   *
   * @return a codec; a state that it has read behaves as the one written, bit for bit
   */
  Codec<A> codec();

  /**
   * Returns an aggregate made of one function for each operation, which accepts all events:
   *
   * <pre>{@code
   * Aggregate<Trade, Volume, Double> volume =
   *     Aggregate.of(
   *         Volume::new,
   *         (state, trade) -> state.sum += trade.amount(),
   *         (target, source) -> target.sum += source.sum,
   *         state -> state.sum = 0,
   *         state -> state.sum,
   *         VOLUME_CODEC);
   * }</pre>
   *
   * @param create creates an empty state, see {@link #create}
   * @param add adds an event to a state, see {@link #add}
   * @param merge appends a state to another, see {@link #merge}
   * @param clear empties a state, see {@link #clear}
   * @param result reads the result of a state, see {@link #result}
   * @param codec the binary form of a state, see {@link #codec}
   * @param <E> the events
   * @param <A> the mutable state
   * @param <R> the result
   * @return an aggregate that satisfies the laws if the functions do
   */
  static <E, A, R> Aggregate<E, A, R> of(
      Supplier<? extends A> create,
      BiConsumer<? super A, ? super E> add,
      BiConsumer<? super A, ? super A> merge,
      Consumer<? super A> clear,
      Function<? super A, ? extends R> result,
      Codec<A> codec) {
    return of(create, event -> {}, add, merge, clear, result, codec);
  }

  /**
   * Returns an aggregate made of one function for each operation, which rejects some events.
   *
   * @param create creates an empty state, see {@link #create}
   * @param check throws {@link IllegalArgumentException} for an event to reject, see {@link #check}
   * @param add adds an event to a state, see {@link #add}
   * @param merge appends a state to another, see {@link #merge}
   * @param clear empties a state, see {@link #clear}
   * @param result reads the result of a state, see {@link #result}
   * @param codec the binary form of a state, see {@link #codec}
   * @param <E> the events
   * @param <A> the mutable state
   * @param <R> the result
   * @return an aggregate that satisfies the laws if the functions do
   */
  static <E, A, R> Aggregate<E, A, R> of(
      Supplier<? extends A> create,
      Consumer<? super E> check,
      BiConsumer<? super A, ? super E> add,
      BiConsumer<? super A, ? super A> merge,
      Consumer<? super A> clear,
      Function<? super A, ? extends R> result,
      Codec<A> codec) {
    return new FunctionAggregate<>(create, check, add, merge, clear, result, codec);
  }

  /**
   * Returns this aggregate with its result mapped, as in {@code moments.map(Moments::mean)}.
   *
   * @param view a pure function of the result
   * @param <T> the type of the view
   * @return an aggregate that shares this one's states and codec
   */
  default <T> Aggregate<E, A, T> map(Function<? super R, ? extends T> view) {
    return new MappedAggregate<E, E, A, R, T>(
        this, Function.identity(), requireNonNull(view, "view"));
  }

  /**
   * Returns this aggregate over a field of a larger event, as in {@code Aggregates.<String>count()
   * .on(Order::customer)}.
   *
   * @param field a pure function of the event
   * @param <T> the type of the larger event
   * @return an aggregate that shares this one's states and codec
   */
  default <T> Aggregate<T, A, R> on(Function<? super T, ? extends E> field) {
    return new MappedAggregate<T, E, A, R, R>(
        this, requireNonNull(field, "field"), Function.identity());
  }
}
