package io.thalweg.testing;

import io.thalweg.Pane;

/**
 * One thing that a processor said to its {@link io.thalweg.Output}, as a value that can be compared
 * and printed.
 *
 * @param <K> the keys
 * @param <O> the results
 */
public sealed interface RecordedResult<K, O> {

  /**
   * The key it is about.
   *
   * @return the key
   */
  K key();

  /**
   * An answer to the event in hand.
   *
   * @param key the key of the event
   * @param at the trailing or count window it is for; null when the processor named none
   * @param value the answer
   * @param <K> the keys
   * @param <O> the results
   */
  record Answer<K, O>(K key, Pane at, O value) implements RecordedResult<K, O> {}

  /**
   * The result of a window.
   *
   * @param key the key of the window
   * @param at the window, and which of its results this is
   * @param value the result
   * @param previous the value it replaces; null when none stands or the mode does not say
   * @param <K> the keys
   * @param <O> the results
   */
  record Update<K, O>(K key, Pane at, O value, O previous) implements RecordedResult<K, O> {}

  /**
   * The end of a result whose window is no more.
   *
   * @param key the key of the window
   * @param at the window
   * @param previous the value that stood there
   * @param <K> the keys
   * @param <O> the results
   */
  record Retraction<K, O>(K key, Pane at, O previous) implements RecordedResult<K, O> {}

  /**
   * An event that came too late.
   *
   * @param key the key of the event
   * @param event the event
   * @param timestamp its timestamp
   * @param watermark the watermark it was judged against
   * @param <K> the keys
   * @param <O> the results
   */
  record Late<K, O>(K key, Object event, long timestamp, long watermark)
      implements RecordedResult<K, O> {}

  /**
   * An event that was rejected.
   *
   * @param key the key of the event
   * @param event the event
   * @param timestamp its timestamp
   * @param reason why
   * @param <K> the keys
   * @param <O> the results
   */
  record Rejection<K, O>(K key, Object event, long timestamp, String reason)
      implements RecordedResult<K, O> {}
}
