package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.function.ObjLongConsumer;
import java.util.function.Supplier;

/**
 * Keyed computation that an engine drives: a window operator, a detector, a ranking, a model.
 *
 * <p>The engine calls {@link #process} for every event and {@link #advance} when its watermark
 * moves. The processor emits results to the {@link Output} during these calls. It has no thread and
 * no clock: the same calls in the same order give the same results.
 *
 * <p>{@link #save} and {@link #saveChanges} do not affect later results. A restored processor gives
 * the same results of each key as the one that was saved, bit for bit and in the same order. The
 * order of different keys at one time, such as one window end, is not saved and may differ.
 *
 * <p><b>Exceptions of user code.</b> An exception of a reader or a check before anything has
 * changed rejects the event. Any later one, of an aggregate, a step or an output, propagates and
 * ends the processor: {@link FailStop} states the rule. All processors of the library follow it,
 * and those that extend {@link Operator}.
 *
 * <p><b>Keys</b> have {@code equals} and {@code hashCode} by value and must not change while the
 * processor holds them. A key that changes is another key from then on.
 *
 * <p>Thread-safety: one thread at a time; not even reads may overlap. An output or a function must
 * not call the processor that is calling it.
 *
 * @param <K> the keys; on an engine {@code String} or {@code Long}
 * @param <E> the events
 * @param <O> the results
 */
@FunctionalInterface
public interface Processor<K, E, O> {

  /**
   * Processes an event. Late and invalid events are reported to {@link Output#late} and {@link
   * Output#reject} and counted; no exception is thrown for them.
   *
   * @param key the key of the event
   * @param event the event
   * @param timestamp its event time
   * @param out receives the answers to the event
   * @throws NullPointerException if the key or the event is null
   */
  void process(K key, E event, long timestamp, Output<K, O> out);

  /**
   * Advances the watermark: emits all due results, then removes expired state. A watermark below
   * the current one is counted and does not move it, but windows that late events have changed
   * still fire. The default does nothing.
   *
   * @param watermark the time before which no more events are expected
   * @param out receives the due results
   */
  default void advance(long watermark, Output<K, O> out) {}

  /**
   * Emits early results, and has no other effect. Called on a tick. The default emits none.
   *
   * @param out receives the early results
   */
  default void early(Output<K, O> out) {}

  /**
   * Returns true if the results depend on the order of the events between two watermarks. An engine
   * that guarantees the results of a run without failures wraps such a processor in {@link
   * Ordered}.
   *
   * @return true by default; false if every order gives the same results
   */
  default boolean orderSensitive() {
    return true;
  }

  /**
   * Returns true if each result that becomes obsolete is replaced by one with the same key, query
   * and bounds, or retracted. A table with one row for each key, query and bounds then holds the
   * current results. An engine that maintains such rows refuses other processors.
   *
   * @return true by default; false if obsolete results remain
   */
  default boolean replacesObsoleteResults() {
    return true;
  }

  /**
   * Returns true if some events, such as a new model, may be sent to every task of an engine. Their
   * effect is part of the operator state and belongs to no key; shards in which it is the same are
   * restored into one processor. An engine processes these events on arrival, also if the others
   * wait in {@link Ordered}, and before the watermark passes their timestamps.
   *
   * @return false by default: all events of a key are sent to one task
   */
  default boolean acceptsBroadcast() {
    return false;
  }

  /**
   * Writes the complete state. Has no effect on the next {@link #saveChanges}. The default has no
   * state.
   *
   * @param to an empty writer
   */
  default void save(StateWriter<K> to) {}

  /**
   * Writes the changes since the last call of this method, or since the start or {@link #restore},
   * and marks them as saved. All changes, applied in order, give a state that is restored like the
   * one that {@link #save} writes. If the writer throws, nothing is marked, or the next call writes
   * the complete state. The default writes the complete state.
   *
   * @param to a writer that holds the records of earlier calls of this method
   */
  default void saveChanges(StateWriter<K> to) {
    to.clear();
    save(to);
  }

  /**
   * Restores a saved state into a new processor. Called before the first event, once for each shard
   * of the state. Shards have no key in common, and those with keys have one watermark, which is
   * the largest. An empty shard has no effect. The default has no state.
   *
   * @param shard the saved state
   * @throws IllegalArgumentException if the state is damaged, of another processor or of a later
   *     version, or its keys or watermark contradict a shard before; the processor is then
   *     unchanged
   * @throws IllegalStateException if the processor has been used
   */
  default void restore(StateReader<K> shard) {}

  /**
   * Reports the counters and gauges of the processor. Names are in camel case and the same at every
   * call.
   *
   * @param each receives every name and value
   */
  default void counters(ObjLongConsumer<String> each) {}

  /**
   * Returns a processor that processes each event independently, such as a filter or a conversion.
   *
   * @param step processes an event; a pure function of it
   * @param <K> the keys
   * @param <E> the events
   * @param <O> the results
   * @return a processor without state and not sensitive to order
   */
  static <K, E, O> Processor<K, E, O> stateless(Processor<K, E, O> step) {
    requireNonNull(step, "step");
    return new Operator<>() {
      @Override
      protected void apply(K key, E event, long timestamp, Output<K, O> out) {
        step.process(key, event, timestamp, out);
      }

      @Override
      public boolean orderSensitive() {
        return false;
      }
    };
  }

  /**
   * Returns a processor with one state for each key, for a user's own detector or model.
   *
   * <pre>{@code
   * Processor<String, Reading, Double> change = Processor.keyed(
   *     Last::new, Last.CODEC, Duration.ofHours(1),
   *     (last, key, reading, time, out) -> {
   *       if (last.known) out.emit(key, reading.value() - last.value);
   *       last.known = true;
   *       last.value = reading.value();
   *     });
   * }</pre>
   *
   * <p>Events are processed in the order of arrival. An event is late if the state of its key would
   * have expired already: {@code timestamp + idle <= watermark}. Sensitive to order. Cost: see
   * {@link KeyedState}.
   *
   * @param create creates the state of a key that has none
   * @param codec the binary form of the state
   * @param idle the time after its newest event at which the state of a key expires: when the
   *     watermark reaches {@code newest + idle}, in milliseconds
   * @param step processes an event
   * @param <S> the mutable state of a key
   * @param <K> the keys
   * @param <E> the events
   * @param <O> the results
   * @return a processor without state
   * @throws IllegalArgumentException if {@code idle} is not a positive whole number of milliseconds
   */
  static <S, K, E, O> Processor<K, E, O> keyed(
      Supplier<? extends S> create, Codec<S> codec, Duration idle, Step<S, K, E, O> step) {
    return new KeyedProcessor<>(create, codec, idle, step);
  }

  /**
   * Function of a keyed processor, applied to each event.
   *
   * @param <S> the mutable state of a key
   * @param <K> the keys
   * @param <E> the events
   * @param <O> the results
   */
  @FunctionalInterface
  interface Step<S, K, E, O> {
    /**
     * Processes an event.
     *
     * @param state the state of the event's key, to be changed in place
     * @param key the key of the event
     * @param event the event
     * @param timestamp its event time
     * @param out receives the answers to the event
     */
    void apply(S state, K key, E event, long timestamp, Output<K, O> out);
  }
}
