package io.thalweg.window;

import java.util.Arrays;

/**
 * The slices of one key that hold events, in the order of their starts, each with its state.
 *
 * <p>They lie in a ring. Every cell has a place, which counts on when the oldest cell is dropped:
 * the places in use go from {@link #first} to below {@link #end}. A cell that is put between others
 * moves those behind it on by one.
 */
final class PartialRing {

  /** In the marks of a partial aggregate: all its events are part of early results. */
  static final byte IN_EARLY_RESULT = 1;

  /** In the marks of a partial aggregate: it is equal to its saved form. */
  static final byte SAVED = 2;

  private long[] starts = new long[2];
  private Object[] states = new Object[2];
  private byte[] marks = new byte[2];
  private int head;
  private int size;
  private long first;

  long first() {
    return first;
  }

  long end() {
    return first + size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  private int slot(long place) {
    return (head + (int) (place - first)) & (starts.length - 1);
  }

  long start(long place) {
    return starts[slot(place)];
  }

  Object state(long place) {
    return states[slot(place)];
  }

  boolean isMarked(long place, byte mark) {
    return (marks[slot(place)] & mark) != 0;
  }

  void mark(long place, byte mark) {
    marks[slot(place)] |= mark;
  }

  void unmark(long place, byte mark) {
    marks[slot(place)] &= (byte) ~mark;
  }

  /** The place of the oldest cell that starts at {@code start} or later. */
  long lowerBound(long start) {
    if (size == 0 || starts[slot(end() - 1)] < start) {
      return end();
    }
    if (starts[head] >= start) {
      return first;
    }
    int low = 1;
    int high = size - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (starts[(head + middle) & (starts.length - 1)] < start) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return first + low;
  }

  /** Whether the cell at {@code place} starts at {@code start}. */
  boolean startsAt(long place, long start) {
    return place < end() && starts[slot(place)] == start;
  }

  /** Puts a cell at a place that {@link #lowerBound} gave for its start. */
  void insert(long place, long start, Object state) {
    if (size == starts.length) {
      grow();
    }
    size++;
    for (long i = end() - 1; i > place; i--) {
      int to = slot(i);
      int from = slot(i - 1);
      starts[to] = starts[from];
      states[to] = states[from];
      marks[to] = marks[from];
    }
    int slot = slot(place);
    starts[slot] = start;
    states[slot] = state;
    marks[slot] = 0;
  }

  /** Drops the oldest cell and returns its state. */
  Object removeFirst() {
    Object state = states[head];
    states[head] = null;
    head = (head + 1) & (starts.length - 1);
    first++;
    size--;
    return state;
  }

  private void grow() {
    int capacity = starts.length;
    if (capacity == 1 << 30) {
      throw new IllegalStateException("a key holds at most 2^30 slices: " + size);
    }
    long[] newStarts = new long[2 * capacity];
    Object[] newStates = new Object[2 * capacity];
    byte[] newMarks = new byte[2 * capacity];
    int tail = capacity - head;
    System.arraycopy(starts, head, newStarts, 0, tail);
    System.arraycopy(starts, 0, newStarts, tail, head);
    System.arraycopy(states, head, newStates, 0, tail);
    System.arraycopy(states, 0, newStates, tail, head);
    System.arraycopy(marks, head, newMarks, 0, tail);
    System.arraycopy(marks, 0, newMarks, tail, head);
    Arrays.fill(states, null);
    starts = newStarts;
    states = newStates;
    marks = newMarks;
    head = 0;
  }
}
