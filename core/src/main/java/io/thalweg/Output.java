package io.thalweg;

/**
 * Receiver of the results of a processor, and of its late and rejected events. A processor calls it
 * during {@link Processor#process}, {@link Processor#advance} and {@link Processor#early}, on the
 * thread of its caller.
 *
 * <p>A lambda receives every value, whatever its window. The other methods call that one or do
 * nothing by default; an engine overrides all of them. The engine also assigns identities and
 * versions to results.
 *
 * <p>An implementation must not call back into the processor that is calling it.
 *
 * @param <K> the keys
 * @param <O> the results
 */
@FunctionalInterface
public interface Output<K, O> {

  /**
   * Emits an answer: a result for the event in process.
   *
   * @param key the key of the event
   * @param value the answer
   */
  void emit(K key, O value);

  /**
   * Emits an answer that is the result of a trailing or count window.
   *
   * @param key the key of the event
   * @param at the window
   * @param value the answer
   */
  default void emit(K key, Pane at, O value) {
    emit(key, value);
  }

  /**
   * Emits the result of a window. It replaces the previous result of {@code (key, query, start,
   * end)}.
   *
   * @param key the key of the window
   * @param at the window, and which of its results this is
   * @param value the result
   * @param previous in retracting mode the previous result; null if there is none, and in the other
   *     modes
   */
  default void update(K key, Pane at, O value, O previous) {
    emit(key, value);
  }

  /**
   * Retracts the result of a window that no longer exists, such as a session that was merged into
   * another.
   *
   * @param key the key of the window
   * @param at the window
   * @param previous its last result
   */
  default void retract(K key, Pane at, O previous) {}

  /**
   * Reports a late event: all its windows were forgotten before. It has changed no state.
   *
   * @param key the key of the event
   * @param event the event
   * @param timestamp its timestamp
   * @param watermark the watermark by which it is late
   */
  default void late(K key, Object event, long timestamp, long watermark) {}

  /**
   * Reports a rejected event. It has changed no state.
   *
   * @param key the key of the event
   * @param event the event
   * @param timestamp its timestamp
   * @param reason the rule, then the value that breaks it
   */
  default void reject(K key, Object event, long timestamp, String reason) {}
}
