package io.thalweg.storm.kafka;

import java.util.Arrays;

/**
 * The records of one partition that are under way: emitted, and not all settled up to them.
 *
 * <p>A ring of offsets and event times, in the order of the offsets. Where offsets follow on each
 * other a record is found at once; gaps (compaction, transaction markers) make the place uncertain
 * by as many slots as there are gaps among what is under way, and it is searched for between these
 * bounds. What is settled stays until all before it is, which is as long as Kafka may read it
 * again.
 *
 * <p>Cost: O(1) amortized to emit and settle without gaps, O(log n) with gaps; O(n) for {@link
 * #lowest}. 16 bytes a slot; the ring grows to the next power of two and never shrinks. No
 * allocation otherwise. Not thread-safe.
 */
final class InFlightOffsets {

  /** The event time of a record that has none, such as a dead letter. */
  static final long NONE = Long.MIN_VALUE;

  /** Complemented (negative) when settled. */
  private long[] offsets = new long[64];

  private long[] times = new long[64];
  private int head;
  private int size;
  private int unacked;
  private int unackedTimes;
  private long last;
  private long largest;
  private long settledLargest;

  /**
   * Starts at an offset, all below which is settled.
   *
   * @param largest the largest event time below it, {@link #NONE} if unknown
   */
  InFlightOffsets(long position, long largest) {
    this.last = position - 1;
    this.largest = largest;
    this.settledLargest = largest;
  }

  /**
   * Takes note of an emission, the first of this record or another.
   *
   * @throws IllegalArgumentException if the offset was passed over or settled before
   */
  void emitted(long offset, long time) {
    if (offset <= last) {
      int i = find(offset);
      if (i < 0 || offsets[slot(i)] < 0) {
        throw new IllegalArgumentException(
            "offset must follow " + last + " or be under way: " + offset);
      }
      return;
    }
    if (size == offsets.length) {
      grow();
    }
    int slot = slot(size++);
    offsets[slot] = offset;
    times[slot] = time;
    last = offset;
    largest = Math.max(largest, time);
    unacked++;
    unackedTimes += time == NONE ? 0 : 1;
  }

  /** Takes note that a record need not be emitted again; false if it is not under way. */
  boolean settled(long offset) {
    int i = find(offset);
    if (i < 0 || offsets[slot(i)] < 0) {
      return false;
    }
    offsets[slot(i)] = ~offset;
    unacked--;
    unackedTimes -= times[slot(i)] == NONE ? 0 : 1;
    while (size > 0 && offsets[head] < 0) {
      settledLargest = Math.max(settledLargest, times[head]);
      head = slot(1);
      size--;
    }
    return true;
  }

  /** The index of an offset among what is under way; negative if it is not there. */
  private int find(long offset) {
    if (size == 0 || offset > last || offset < offset(0)) {
      return -1;
    }
    // Offsets grow by one at least from slot to slot.
    int low = (int) Math.max(0, size - 1 - (last - offset));
    int high = (int) Math.min(size - 1, offset - offset(0));
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (offset(middle) < offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == high && offset(low) == offset ? low : -1;
  }

  private long offset(int index) {
    long offset = offsets[slot(index)];
    return offset ^ offset >> Long.SIZE - 1;
  }

  private int slot(int index) {
    return head + index & offsets.length - 1;
  }

  private void grow() {
    offsets = unrolled(offsets);
    times = unrolled(times);
    head = 0;
  }

  private long[] unrolled(long[] ring) {
    long[] larger = Arrays.copyOf(ring, Math.multiplyExact(ring.length, 2));
    System.arraycopy(ring, head, larger, 0, ring.length - head);
    System.arraycopy(ring, 0, larger, ring.length - head, head);
    return larger;
  }

  /** How many records are emitted and not settled. */
  int unacked() {
    return unacked;
  }

  /** Returns the number of records with an event time that are emitted and not settled. */
  int unackedTimes() {
    return unackedTimes;
  }

  /** Returns whether a record in flight has an event time. */
  boolean hasTime(long offset) {
    int i = find(offset);
    return i >= 0 && times[slot(i)] != NONE;
  }

  /** The smallest event time of what is not settled; {@code Long.MAX_VALUE} if there is none. */
  long lowest() {
    long lowest = Long.MAX_VALUE;
    for (int i = 0; i < size; i++) {
      int slot = slot(i);
      if (offsets[slot] >= 0 && times[slot] != NONE) {
        lowest = Math.min(lowest, times[slot]);
      }
    }
    return lowest;
  }

  /** The smallest offset that is not settled. */
  long mark() {
    return size == 0 ? last + 1 : offset(0);
  }

  /** The largest offset emitted so far. */
  long last() {
    return last;
  }

  /** The largest event time so far, {@link #NONE} if there is none. */
  long largest() {
    return largest;
  }

  /** The largest event time below the mark, {@link #NONE} if there is none. */
  long settledLargest() {
    return settledLargest;
  }
}
