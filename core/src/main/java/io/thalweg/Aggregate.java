package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * How events fold into a small mergeable state, and what is read from it.
 *
 * <p>An aggregate is a description without state of its own: one instance serves any number of keys
 * and windows. The state {@code A} is a mutable accumulator that its owner creates, fills, merges,
 * clears and reuses, so that steady state allocates nothing.
 *
 * <p>Laws, checked by {@code io.thalweg.testing.AggregateLaws}:
 *
 * <ul>
 *   <li>a created state is the identity of {@link #merge}, from both sides;
 *   <li>any cut of a sequence of events into runs, folded apart and merged in order, gives what one
 *       fold of the whole gives: exactly for integers, within a stated error for floating point;
 *   <li>{@code merge} leaves its source unchanged and keeps no reference to it;
 *   <li>a cleared state equals a created one;
 *   <li>{@code result} changes nothing, and what it returns is detached from the state;
 *   <li>a state that went through {@link #codec()} behaves as the original, bit for bit.
 * </ul>
 *
 * <p>A merge must be associative; it need not be commutative: the target is always the earlier
 * part. There is no subtraction, on purpose: one outlier that left a subtracting window ruins every
 * later floating-point answer.
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
   * Refuses an event that {@link #add} could not take. Operators call it before anything changes,
   * so that a refused event is counted and reported and harms nothing. The default accepts
   * everything.
   *
   * @param event the event to judge
   * @throws IllegalArgumentException if the event is refused; the message names the rule, then the
   *     value
   */
  default void check(E event) {}

  /**
   * Folds one event into a state. Must not throw for an event that {@link #check} accepts.
   *
   * @param state the state to change
   * @param event the event to fold in, later than all that the state holds
   */
  void add(A state, E event);

  /**
   * Appends what one state holds to another.
   *
   * @param target the earlier part, changed to hold both
   * @param source the later part, unchanged and not kept; never the target itself
   */
  void merge(A target, A source);

  /**
   * Empties a state for reuse: afterwards it behaves as one just created.
   *
   * @param state the state to empty
   */
  void clear(A state);

  /**
   * Reads the result of a state.
   *
   * @param state the state to read; unchanged, and usable afterwards
   * @return the result, detached from the state; what an empty state gives is the aggregate's to
   *     document
   */
  R result(A state);

  /**
   * The binary form of a state.
   *
   * @return a codec that gives back, bit for bit, a state that behaves as the one written
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
   * The same fold with another view of its result, as in {@code moments.map(Moments::mean)}.
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
   * The same fold over a part of a larger event, as in {@code Aggregates.<String>count()
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
