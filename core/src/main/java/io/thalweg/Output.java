package io.thalweg;

/**
 * Where a processor's results go. A processor calls it from within {@link Processor#process},
 * {@link Processor#advance} and {@link Processor#early}, on the thread of its caller.
 *
 * <p>As a lambda it receives every value, whichever window it is for; the other methods default to
 * that one or to nothing, and an engine overrides all of them. Identities and versions of results
 * are the engine's to make: a processor says only what a result answers.
 *
 * <p>An implementation must not call back into the processor that is calling it.
 *
 * @param <K> the keys
 * @param <O> the results
 */
@FunctionalInterface
public interface Output<K, O> {

  /**
   * Answers the event in hand.
   *
   * @param key the key of the event
   * @param value the answer
   */
  void emit(K key, O value);

  /**
   * Answers the event in hand with the result of a trailing or count window.
   *
   * @param key the key of the event
   * @param at the window that the value is for
   * @param value the answer
   */
  default void emit(K key, Pane at, O value) {
    emit(key, value);
  }

  /**
   * Gives the result of a window. It replaces what stood at {@code (key, query, start, end)}.
   *
   * @param key the key of the window
   * @param at the window, and which of its results this is
   * @param value the result
   * @param previous in retracting mode the value that stood there; null when none stands, and in
   *     the other modes
   */
  default void update(K key, Pane at, O value, O previous) {
    emit(key, value);
  }

  /**
   * Takes back the result of a window that is no more, as when a session is absorbed by a larger
   * one.
   *
   * @param key the key of the window
   * @param at the window whose result is void
   * @param previous the value that stood there
   */
  default void retract(K key, Pane at, O previous) {}

  /**
   * Reports an event that came after all its windows were forgotten. It changed nothing.
   *
   * @param key the key of the event
   * @param event the event
   * @param timestamp its timestamp
   * @param watermark the watermark it was judged against
   */
  default void late(K key, Object event, long timestamp, long watermark) {}

  /**
   * Reports an event that was refused. It changed nothing.
   *
   * @param key the key of the event
   * @param event the event
   * @param timestamp its timestamp
   * @param reason the rule that was broken, then the offending value
   */
  default void reject(K key, Object event, long timestamp, String reason) {}
}
