package io.thalweg.window;

/** Slices of one key in one group of aligned windows, with the partial aggregate of each. */
final class KeySlices<K> {

  final KeyState<K> keyState;
  final PartialRing partials = new PartialRing();

  /** The sliding fold of each query; null until it is first needed. */
  final SlidingFold<?, ?, ?>[] folds;

  /**
   * The slice of the last event of this key, for which {@link #state} is cached; null if the next
   * event must look its slice up.
   */
  Slice<KeySlices<K>> slice;

  /** The partial aggregate of {@link #slice}. */
  Object state;

  KeySlices(KeyState<K> keyState, int queries) {
    this.keyState = keyState;
    folds = new SlidingFold<?, ?, ?>[queries];
  }
}
