package io.thalweg.window;

import java.util.Arrays;

/**
 * Interval between two neighbouring edges of the windows of a group. All its instants are in the
 * same windows.
 *
 * <p>A slice lists the keys with an event in it, and those that changed since the last early
 * results and since the last save.
 *
 * @param <S> the type of the slices of one key
 */
final class Slice<S> {

  /** List of distinct keys; the caller avoids duplicates. */
  static final class KeyList<S> {
    private Object[] elements = new Object[8];
    private int size;

    void add(S keySlices) {
      if (size == elements.length) {
        elements = Arrays.copyOf(elements, 2 * size);
      }
      elements[size++] = keySlices;
    }

    int size() {
      return size;
    }

    @SuppressWarnings("unchecked") // only add() writes
    S get(int i) {
      return (S) elements[i];
    }

    void clear() {
      Arrays.fill(elements, 0, size, null);
      size = 0;
    }
  }

  long start;
  long end;

  /** True if at least one window contains this slice. */
  boolean inWindow;

  /** The smallest end of its windows. */
  long firstEnd;

  /** The watermark at which the first of its windows is forgotten. */
  long firstForgotten;

  /** The watermark at which the last of its windows is forgotten. */
  long lastForgotten;

  final KeyList<S> keys = new KeyList<>();
  final KeyList<S> changedSinceEarly = new KeyList<>();
  final KeyList<S> changedSinceSave = new KeyList<>();

  boolean contains(long timestamp) {
    return timestamp >= start && timestamp < end;
  }

  /** Copies the bounds of another slice. */
  void set(Slice<S> other) {
    start = other.start;
    end = other.end;
    inWindow = other.inWindow;
    firstEnd = other.firstEnd;
    firstForgotten = other.firstForgotten;
    lastForgotten = other.lastForgotten;
  }

  void clear() {
    keys.clear();
    changedSinceEarly.clear();
    changedSinceSave.clear();
  }
}
