package io.thalweg.testing;

import io.thalweg.Pane;

/**
 * Call of an {@link io.thalweg.Output} by a processor, as a value that can be compared and printed.
 *
 * @param <K> the keys
 * @param <O> the results
 */
public sealed interface RecordedResult<K, O> {

  /**
   * Returns the key of the result or event.
   *
   * @return the key
   */
  K key();

  /**
   * Result for the event that was processed.
   *
   * @param key the key of the event
   * @param at the trailing or count window; null if there is none
   * @param value the result
   * @param <K> the keys
   * @param <O> the results
   */
  record Answer<K, O>(K key, Pane at, O value) implements RecordedResult<K, O> {}

  /**
   * Result of a window.
   *
   * @param key the key of the window
   * @param at the window and the position among its results
   * @param value the result
   * @param previous the value that it replaces; null if there is none or the mode does not include
   *     it
   * @param <K> the keys
   * @param <O> the results
   */
  record Update<K, O>(K key, Pane at, O value, O previous) implements RecordedResult<K, O> {}

  /**
   * Retraction of a result whose window no longer exists.
   *
   * @param key the key of the window
   * @param at the window
   * @param previous the retracted value
   * @param <K> the keys
   * @param <O> the results
   */
  record Retraction<K, O>(K key, Pane at, O previous) implements RecordedResult<K, O> {}

  /**
   * Late event.
   *
   * @param key the key of the event
   * @param event the event
   * @param timestamp its timestamp
   * @param watermark the watermark at that time
   * @param <K> the keys
   * @param <O> the results
   */
  record Late<K, O>(K key, Object event, long timestamp, long watermark)
      implements RecordedResult<K, O> {}

  /**
   * Rejected event.
   *
   * @param key the key of the event
   * @param event the event
   * @param timestamp its timestamp
   * @param reason the reason
   * @param <K> the keys
   * @param <O> the results
   */
  record Rejection<K, O>(K key, Object event, long timestamp, String reason)
      implements RecordedResult<K, O> {}
}
