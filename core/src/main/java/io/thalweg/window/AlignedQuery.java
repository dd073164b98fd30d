package io.thalweg.window;

/** Query of aligned windows: its cursor, and the folds of the active keys. */
final class AlignedQuery<K, E, R> {
  /** The position of the query in the operator. */
  final int query;

  /** The position of the query in its group. */
  final int index;

  /**
   * The next due window, from {@code prepare} until all due windows have fired. At other times it
   * is scratch space for window arithmetic.
   */
  final WindowCursor cursor;

  /** The start before which all slices were added to the folds. */
  long addedUpTo = Long.MIN_VALUE;

  /** The start before which all slices were removed from the folds. */
  long removedUpTo = Long.MIN_VALUE;

  /** The folds with a slice from {@link #removedUpTo} to {@link #addedUpTo}. */
  SlidingFold<K, E, R>[] activeFolds = newFolds(16);

  int activeCount;

  /** True if the window at the cursor is due. */
  boolean due;

  AlignedQuery(int query, int index, WindowCursor cursor) {
    this.query = query;
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
