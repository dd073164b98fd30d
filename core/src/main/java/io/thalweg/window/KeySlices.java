package io.thalweg.window;

/** What one key holds of one group of aligned windows. */
final class KeySlices<K> {

  final KeyState<K> keyState;
  final PartialRing partials = new PartialRing();

  /** The lanes of the queries, made when they are first needed. */
  final SlidingFold<?, ?, ?>[] folds;

  /** The slice whose state is at hand; null if the next event must look for it. */
  Slice<KeySlices<K>> slice;

  /** The state of {@link #slice}. */
  Object state;

  KeySlices(KeyState<K> keyState, int queries) {
    this.keyState = keyState;
    folds = new SlidingFold<?, ?, ?>[queries];
  }
}
