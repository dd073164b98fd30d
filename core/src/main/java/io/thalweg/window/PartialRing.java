package io.thalweg.window;

import io.thalweg.Rings;

/**
 * Ring buffer of the partial aggregates of one key, ordered by slice start.
 *
 * <p>An entry is a slice start, the state of the aggregate over this slice, and marks. Entries are
 * addressed by positions from {@link #first} to below {@link #end}. A position is stable: removal
 * of the oldest entry increments {@code first}. Only an insertion before other entries moves those
 * by one position.
 */
final class PartialRing {

  /** Mark of an entry whose events are all part of emitted early results. */
  static final byte IN_EARLY_RESULT = 1;

  /** Mark of an entry that is equal to its saved form. */
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

  private int slot(long position) {
    return (head + (int) (position - first)) & (starts.length - 1);
  }

  long start(long position) {
    return starts[slot(position)];
  }

  Object state(long position) {
    return states[slot(position)];
  }

  boolean isMarked(long position, byte mark) {
    return (marks[slot(position)] & mark) != 0;
  }

  void mark(long position, byte mark) {
    marks[slot(position)] |= mark;
  }

  void unmark(long position, byte mark) {
    marks[slot(position)] &= (byte) ~mark;
  }

  /** Returns the position of the first entry with a start of at least {@code start}. */
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

  /** Returns true if the entry at a position exists and has the given start. */
  boolean startsAt(long position, long start) {
    return position < end() && starts[slot(position)] == start;
  }

  /** Inserts an entry at the position that {@link #lowerBound} returned for its start. */
  void insert(long position, long start, Object state) {
    if (size == starts.length) {
      grow();
    }
    size++;
    for (long i = end() - 1; i > position; i--) {
      int to = slot(i);
      int from = slot(i - 1);
      starts[to] = starts[from];
      states[to] = states[from];
      marks[to] = marks[from];
    }
    int slot = slot(position);
    starts[slot] = start;
    states[slot] = state;
    marks[slot] = 0;
  }

  /** Removes the first entry and returns its state. */
  Object removeFirst() {
    Object state = states[head];
    states[head] = null;
    head = (head + 1) & (starts.length - 1);
    first++;
    size--;
    return state;
  }

  private void grow() {
    starts = Rings.grow(starts, head);
    states = Rings.grow(states, head);
    marks = Rings.grow(marks, head);
    head = 0;
  }
}
