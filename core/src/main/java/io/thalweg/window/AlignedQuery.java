package io.thalweg.window;

/** A query, and which of its windows is next. */
final class AlignedQuery<K, E, R> {
  /** Its place in the operator. */
  final int number;

  /** Its place in this part. */
  final int index;

  final WindowCursor cursor;

  /** The slices that start before this have entered the lanes. */
  long addedUpTo = Long.MIN_VALUE;

  /** The slices that start before this have left the lanes. */
  long removedUpTo = Long.MIN_VALUE;

  /** The lanes with a cell from {@link #removedUpTo} to {@link #addedUpTo}. */
  SlidingFold<K, E, R>[] activeFolds = newFolds(16);

  int activeCount;
  boolean due;

  AlignedQuery(int number, int index, WindowCursor cursor) {
    this.number = number;
    this.index = index;
    this.cursor = cursor;
  }

  @SuppressWarnings("unchecked") // an array of lanes, of whatever keys
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
