package io.thalweg.window;

/** Query of aligned windows: the cursor at its next window, and the folds of the active keys. */
final class AlignedQuery<K, E, R> {
  /** The position of the query in the operator. */
  final int number;

  /** The position of the query in its group. */
  final int index;

  final WindowCursor cursor;

  /** Slices that start before this were added to the folds. */
  long addedUpTo = Long.MIN_VALUE;

  /** Slices that start before this were removed from the folds. */
  long removedUpTo = Long.MIN_VALUE;

  /** The folds with a slice from {@link #removedUpTo} to {@link #addedUpTo}. */
  SlidingFold<K, E, R>[] activeFolds = newFolds(16);

  int activeCount;

  /** True if the window at the cursor is due. */
  boolean due;

  AlignedQuery(int number, int index, WindowCursor cursor) {
    this.number = number;
    this.index = index;
    this.cursor = cursor;
  }

  @SuppressWarnings("unchecked") // a generic array, for all key types
  private static <K, E, R> SlidingFold<K, E, R>[] newFolds(int capacity) {
    return (SlidingFold<K, E, R>[]) new SlidingFold<?, ?, ?>[capacity];
  }

  void activate(SlidingFold<K, E, R> fold, K key) {
    if (activeCount == activeFolds.length) {
      SlidingFold<K, E, R>[] larger = newFolds(2 * activeCount);
      System.arraycopy(activeFolds, 0, larger, 0, activeCount);
      activeFolds = larger;
    }
    fold.key = key;
    fold.activeIndex = activeCount;
    activeFolds[activeCount++] = fold;
  }

  /** Removes a fold in O(1): the last active fold moves to its position. */
  void deactivate(SlidingFold<K, E, R> fold, StatePool<E, R> pool) {
    fold.invalidate(pool);
    SlidingFold<K, E, R> moved = activeFolds[--activeCount];
    activeFolds[fold.activeIndex] = moved;
    moved.activeIndex = fold.activeIndex;
    activeFolds[activeCount] = null;
    fold.activeIndex = -1;
    fold.key = null;
  }
}
