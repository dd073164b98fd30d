package io.thalweg;

import java.time.Duration;
import java.util.function.ObjLongConsumer;
import java.util.function.Supplier;

/**
 * One keyed computation that an engine drives: a window operator, a detector, a ranking, a model.
 *
 * <p>The engine calls {@link #process} for every event and {@link #advance} when its watermark
 * moves; results come back through the {@link Output} during those calls. A processor owns no
 * thread and no clock: with the same calls in the same order it gives the same results.
 *
 * <p>Saving never disturbs: {@link #save} and {@link #saveChanges} change nothing that is emitted
 * afterwards, and a processor restored from what was saved goes on as the one that saved, bit for
 * bit.
 *
 * <p>Thread-safety: one thread at a time; not even reads may overlap.
 *
 * @param <K> the keys; on an engine {@code String} or {@code Long}
 * @param <E> the events
 * @param <O> the results
 */
@FunctionalInterface
public interface Processor<K, E, O> {

  /**
   * Takes one event. What is wrong with the event goes to {@link Output#late} or {@link
   * Output#reject} and is counted; it is never thrown.
   *
   * @param key the key of the event
   * @param event the event
   * @param timestamp its event time
   * @param out receives answers to the event
   * @throws NullPointerException if the key or the event is null
   */
  void process(K key, E event, long timestamp, Output<K, O> out);

  /**
   * Moves the watermark: everything due is emitted, then everything that can be forgotten is. A
   * watermark below the one before changes nothing and is counted, but windows that late events
   * changed still fire. The default does nothing.
   *
   * @param watermark no event with a smaller timestamp is expected any more
   * @param out receives the results that are due
   */
  default void advance(long watermark, Output<K, O> out) {}

  /**
   * Emits early results, and does nothing else. Called on a tick. The default has none.
   *
   * @param out receives the early results
   */
  default void early(Output<K, O> out) {}

  /**
   * Whether the results depend on the order of the events between two watermarks. An engine that
   * promises results equal to those of a failure-free run wraps such a processor in {@link
   * Ordered}.
   *
   * @return true, the safe default, unless any order gives the same results
   */
  default boolean orderSensitive() {
    return true;
  }

  /**
   * Writes the whole state. Changes nothing, not even what {@link #saveChanges} takes to be
   * changed. The default has no state.
   *
   * @param to an empty writer
   */
  default void save(StateWriter<K> to) {}

  /**
   * Writes what changed since the last call of this method, or since the start or {@link #restore},
   * and takes it to be saved. Applied in order to what {@link #save} wrote, the changes give what
   * {@code save} would write now, or what is restored as that. The default writes everything.
   *
   * @param to a writer that holds what this method wrote before
   */
  default void saveChanges(StateWriter<K> to) {
    to.clear();
    save(to);
  }

  /**
   * Takes up a saved state. Called before the first event, once for each shard that the state comes
   * from; shards have no key in common. The default has no state.
   *
   * @param shard what was saved
   * @throws IllegalArgumentException if the state is damaged, of another processor or of a later
   *     version; the message says which, and the processor is untouched
   */
  default void restore(StateReader<K> shard) {}

  /**
   * Reports the processor's counters and gauges: names in camel case, the same at every call.
   *
   * @param each receives every name and value
   */
  default void counters(ObjLongConsumer<String> each) {}

  /**
   * A processor of events that have nothing to do with each other: a filter, a conversion.
   *
   * @param step takes one event; a pure function of it
   * @param <K> the keys
   * @param <E> the events
   * @param <O> the results
   * @return a processor without state and not sensitive to order
   */
  static <K, E, O> Processor<K, E, O> stateless(Processor<K, E, O> step) {
    return new StatelessProcessor<>(step);
  }

  /**
   * A processor with a state a key: a user's own detector or model in a few lines.
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
   * <p>Events are taken as they come; an event is late when its key's state would be forgotten
   * already: {@code timestamp + idle <= W}. Sensitive to order. Cost: a hash look-up an event, and
   * O(log keys) once an idle time and key.
   *
   * @param create makes the state of a key that has none
   * @param codec the binary form of the state
   * @param idle how long after its newest event a key's state is kept, at least: it is dropped once
   *     the watermark reaches {@code newest + idle}, in milliseconds
   * @param step takes one event
   * @param <S> the mutable state of a key
   * @param <K> the keys
   * @param <E> the events
   * @param <O> the results
   * @return a processor that keeps, saves and forgets one state a key
   * @throws IllegalArgumentException if {@code idle} is not positive or beyond {@code long}
   *     milliseconds
   */
  static <S, K, E, O> Processor<K, E, O> keyed(
      Supplier<? extends S> create, Codec<S> codec, Duration idle, Step<S, K, E, O> step) {
    return new KeyedProcessor<>(create, codec, idle, step);
  }

  /**
   * What a keyed processor does with one event.
   *
   * @param <S> the mutable state of a key
   * @param <K> the keys
   * @param <E> the events
   * @param <O> the results
   */
  @FunctionalInterface
  interface Step<S, K, E, O> {
    /**
     * Takes one event.
     *
     * @param state the state of the event's key, to be changed in place
     * @param key the key of the event
     * @param event the event
     * @param timestamp its event time
     * @param out receives answers to the event
     */
    void apply(S state, K key, E event, long timestamp, Output<K, O> out);
  }
}
