package io.thalweg.window;

import io.thalweg.Rings;
import java.util.Arrays;

/**
 * Ring buffer of the slices that hold events, ordered by start. New slices are usually appended at
 * the end. Removed slices are pooled.
 *
 * @param <S> the type of the slices of one key
 */
final class SliceIndex<S> {

  private Slice<S>[] ring = newRing(16);
  private int head;
  private int size;
  private Slice<S>[] pool = newRing(4);
  private int pooled;

  @SuppressWarnings("unchecked") // a generic array, for all key types
  private static <S> Slice<S>[] newRing(int capacity) {
    return (Slice<S>[]) new Slice<?>[capacity];
  }

  int size() {
    return size;
  }

  Slice<S> get(int i) {
    return ring[(head + i) & (ring.length - 1)];
  }

  /** Returns the index of the first slice that starts at {@code start} or later. */
  int lowerBound(long start) {
    if (size == 0 || get(size - 1).start < start) {
      return size;
    }
    int low = 0;
    int high = size - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (get(middle).start < start) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Returns the slice that contains an instant, or null if there is none. */
  Slice<S> sliceAt(long timestamp) {
    if (size == 0) {
      return null;
    }
    int i = lowerBound(timestamp);
    if (i < size && get(i).start == timestamp) {
      return get(i);
    }
    return i > 0 && get(i - 1).contains(timestamp) ? get(i - 1) : null;
  }

  /** Inserts a slice with the bounds of the given one. */
  Slice<S> insert(Slice<S> bounds) {
    if (size == ring.length) {
      ring = Rings.grow(ring, head);
      head = 0;
    }
    Slice<S> slice = pooled == 0 ? new Slice<>() : pool[--pooled];
    slice.set(bounds);
    int mask = ring.length - 1;
    int i = size++;
    for (; i > 0 && get(i - 1).start > slice.start; i--) {
      ring[(head + i) & mask] = get(i - 1);
    }
    ring[(head + i) & mask] = slice;
    return slice;
  }

  /** Removes the first slice and clears its lists. */
  void removeFirst() {
    Slice<S> slice = ring[head];
    ring[head] = null;
    head = (head + 1) & (ring.length - 1);
    size--;
    slice.clear();
    if (pooled == pool.length) {
      pool = Arrays.copyOf(pool, 2 * pooled);
    }
    pool[pooled++] = slice;
  }
}
