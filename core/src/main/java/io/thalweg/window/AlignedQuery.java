package io.thalweg.window;

/** A query, and which of its windows is next. */
final class AlignedQuery<K, E, R> {
  /** Its place in the operator. */
  final int number;

  /** Its place in this part. */
  final int index;

  final WindowCursor cursor;

  /** The slices that start before this have entered the lanes. */
  long entered = Long.MIN_VALUE;

  /** The slices that start before this have left the lanes. */
  long left = Long.MIN_VALUE;

  /** The lanes with a cell from {@link #left} to {@link #entered}. */
  SlidingFold<K, E, R>[] active = newLanes(16);

  int size;
  boolean due;

  AlignedQuery(int number, int index, WindowCursor cursor) {
    this.number = number;
    this.index = index;
    this.cursor = cursor;
  }

  @SuppressWarnings("unchecked") // an array of lanes, of whatever keys
  private static <K, E, R> SlidingFold<K, E, R>[] newLanes(int capacity) {
    return (SlidingFold<K, E, R>[]) new SlidingFold<?, ?, ?>[capacity];
  }

  void activate(SlidingFold<K, E, R> fold, K key) {
    if (size == active.length) {
      SlidingFold<K, E, R>[] larger = newLanes(2 * size);
      System.arraycopy(active, 0, larger, 0, size);
      active = larger;
    }
    fold.key = key;
    fold.active = size;
    active[size++] = fold;
  }

  void deactivate(SlidingFold<K, E, R> fold, StatePool<E, R> pool) {
    fold.invalidate(pool);
    SlidingFold<K, E, R> moved = active[--size];
    active[fold.active] = moved;
    moved.active = fold.active;
    active[size] = null;
    fold.active = -1;
    fold.key = null;
  }
}
