package io.thalweg;

import static java.util.Objects.requireNonNull;

/**
 * Receiver of the results of a processor, and of its late and rejected events. A processor calls it
 * during {@link Processor#process}, {@link Processor#advance} and {@link Processor#early}, on the
 * thread of its caller.
 *
 * <p>A lambda receives every value, whatever its window, and ignores late and rejected events. A
 * program that drives a processor itself composes its output so that they do not vanish:
 *
 * <pre>{@code
 * Output<String, Moments> means =
 *     Output.of(
 *         Output.ofWindows((device, window, m) -> print(device, window.end(), m.mean())),
 *         (device, reading, time, watermark) -> print("late", reading),
 *         (device, reading, time, reason) -> print("rejected", reading, reason));
 * }</pre>
 *
 * <p>{@link #strict} throws an exception for them, {@link CountingOutput} counts them. An engine
 * overrides all methods, and assigns identities and versions to results.
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

  /**
   * Returns an output of window results, with their windows. Answers of trailing and count windows
   * are included. Retractions are ignored.
   *
   * @param results receives each result
   * @param <K> the keys
   * @param <O> the results
   * @return an output that throws {@code IllegalStateException} for a result without a window
   */
  static <K, O> Output<K, O> ofWindows(WindowResults<? super K, ? super O> results) {
    return ofWindows(results, (key, window, previous) -> {});
  }

  /**
   * Returns an output of window results and of retractions, with their windows.
   *
   * @param results receives each result
   * @param retractions receives the last result of each window that no longer exists
   * @param <K> the keys
   * @param <O> the results
   * @return an output that throws {@code IllegalStateException} for a result without a window
   */
  static <K, O> Output<K, O> ofWindows(
      WindowResults<? super K, ? super O> results,
      WindowResults<? super K, ? super O> retractions) {
    requireNonNull(results, "results");
    requireNonNull(retractions, "retractions");
    return new Output<>() {
      @Override
      public void emit(K key, O value) {
        throw new IllegalStateException(
            "a result must have a window; take results of this processor by key and value: " + key);
      }

      @Override
      public void emit(K key, Pane at, O value) {
        results.accept(key, at, value);
      }

      @Override
      public void update(K key, Pane at, O value, O previous) {
        results.accept(key, at, value);
      }

      @Override
      public void retract(K key, Pane at, O previous) {
        retractions.accept(key, at, previous);
      }
    };
  }

  /**
   * Returns an output with handlers of late and rejected events.
   *
   * @param results receives the results and retractions
   * @param late receives each late event
   * @param rejected receives each rejected event
   * @param <K> the keys
   * @param <O> the results
   * @return an output of the three
   */
  static <K, O> Output<K, O> of(
      Output<K, O> results, LateEvents<? super K> late, RejectedEvents<? super K> rejected) {
    requireNonNull(late, "late");
    requireNonNull(rejected, "rejected");
    return new ForwardingOutput<>(results) {
      @Override
      public void late(K key, Object event, long timestamp, long watermark) {
        late.accept(key, event, timestamp, watermark);
      }

      @Override
      public void reject(K key, Object event, long timestamp, String reason) {
        rejected.accept(key, event, timestamp, reason);
      }
    };
  }

  /**
   * Returns an output that throws an {@code IllegalStateException} for each late or rejected event,
   * for programs and tests in which none is expected. The exception ends the processor.
   *
   * @param results receives the results and retractions
   * @param <K> the keys
   * @param <O> the results
   * @return a strict output
   */
  static <K, O> Output<K, O> strict(Output<K, O> results) {
    return of(
        results,
        (key, event, timestamp, watermark) -> {
          throw new IllegalStateException(
              "no event must be late; increase the disorder bound or the lateness: %s of key %s at %d, watermark %d"
                  .formatted(event, key, timestamp, watermark));
        },
        (key, event, timestamp, reason) -> {
          throw new IllegalStateException(
              "no event must be rejected: %s of key %s at %d: %s"
                  .formatted(event, key, timestamp, reason));
        });
  }

  /**
   * Receiver of window results.
   *
   * @param <K> the keys
   * @param <O> the results
   */
  @FunctionalInterface
  interface WindowResults<K, O> {
    /**
     * Receives a result.
     *
     * @param key the key of the window
     * @param window the window, and which of its results this is
     * @param value the result
     */
    void accept(K key, Pane window, O value);
  }

  /**
   * Receiver of late events.
   *
   * @param <K> the keys
   */
  @FunctionalInterface
  interface LateEvents<K> {
    /**
     * Receives a late event.
     *
     * @param key the key of the event
     * @param event the event
     * @param timestamp its timestamp
     * @param watermark the watermark by which it is late
     */
    void accept(K key, Object event, long timestamp, long watermark);
  }

  /**
   * Receiver of rejected events.
   *
   * @param <K> the keys
   */
  @FunctionalInterface
  interface RejectedEvents<K> {
    /**
     * Receives a rejected event.
     *
     * @param key the key of the event
     * @param event the event
     * @param timestamp its timestamp
     * @param reason the rule, then the value that breaks it
     */
    void accept(K key, Object event, long timestamp, String reason);
  }
}
