package io.thalweg.storm.kafka;

import io.thalweg.Rings;

/**
 * Records of one partition that are in flight: emitted, and not settled together with all earlier
 * ones.
 *
 * <p>Ring of offsets and times (a time is the event time, or for a late record the bound that it
 * holds), ordered by offset. Without gaps between offsets, the slot of a record is computed. Each
 * gap (compaction, transaction markers) makes the slot uncertain by one; it is then found by binary
 * search between the bounds. A settled record stays until all earlier ones are settled, which is as
 * long as Kafka may read it again.
 *
 * <p>Cost: O(1) amortized to add and settle without gaps, O(log n) with gaps; O(n) for {@link
 * #smallestTime}. 16 bytes per slot. The ring grows to the next power of two and never shrinks; it
 * allocates nothing otherwise. Not thread-safe.
 */
final class InFlightOffsets {

  /** Event time of a record that has none, such as a dead letter. */
  static final long NO_TIME = Long.MIN_VALUE;

  /**
   * Offsets times two, plus one if the record is activity; complemented (negative) when settled.
   */
  private long[] offsets = new long[64];

  private long[] times = new long[64];
  private int head;
  private int size;
  private int unacked;
  private int unackedActivity;
  private long lastOffset;
  private long largestTime;
  private long largestSettledTime;

  /**
   * Starts at an offset; everything below is settled.
   *
   * @param position first offset
   * @param largestTime largest event time below it, {@link #NO_TIME} if unknown
   */
  InFlightOffsets(long position, long largestTime) {
    this.lastOffset = position - 1;
    this.largestTime = largestTime;
    this.largestSettledTime = largestTime;
  }

  /**
   * Adds an emitted record. If it is already in flight, it keeps its time, and remains activity or
   * not, unless it has no time any more because it was given up.
   *
   * @param bound time below which the record is late
   * @param lateIsActivity true if the record is activity even if it is late
   * @return true if the record was activity when it was first emitted
   * @throws IllegalArgumentException if the offset was skipped or settled before
   */
  boolean add(long offset, long time, long bound, boolean lateIsActivity) {
    if (offset <= lastOffset) {
      int i = find(offset);
      if (i < 0 || offsets[slot(i)] < 0) {
        throw new IllegalArgumentException(
            "offset must follow " + lastOffset + " or be in flight: " + offset);
      }
      if (time == NO_TIME) {
        unackedActivity -= activity(slot(i));
        times[slot(i)] = NO_TIME;
        offsets[slot(i)] = offset << 1;
      }
      return activity(slot(i)) > 0;
    }
    if (size == offsets.length) {
      grow();
    }
    int slot = slot(size++);
    int activity = time != NO_TIME && (time >= bound || lateIsActivity) ? 1 : 0;
    offsets[slot] = offset << 1 | activity;
    times[slot] = time == NO_TIME ? NO_TIME : Math.max(time, bound);
    lastOffset = offset;
    largestTime = Math.max(largestTime, time);
    unacked++;
    unackedActivity += activity;
    return activity > 0;
  }

  /** Returns 1 if the unsettled record in a slot is activity, otherwise 0. */
  private int activity(int slot) {
    return (int) (offsets[slot] & 1);
  }

  /**
   * Settles a record, which is not emitted again; has no effect if it is not in flight.
   *
   * @return true if the record was in flight, and activity when it was first emitted
   */
  boolean settle(long offset) {
    int i = find(offset);
    if (i < 0 || offsets[slot(i)] < 0) {
      return false;
    }
    int activity = activity(slot(i));
    offsets[slot(i)] = ~offsets[slot(i)];
    unacked--;
    unackedActivity -= activity;
    while (size > 0 && offsets[head] < 0) {
      largestSettledTime = Math.max(largestSettledTime, times[head]);
      head = slot(1);
      size--;
    }
    return activity > 0;
  }

  /** Returns the index of an offset; negative if it is not in flight. */
  private int find(long offset) {
    if (size == 0 || offset > lastOffset || offset < offset(0)) {
      return -1;
    }
    // Offsets increase by at least one from slot to slot.
    int low = (int) Math.max(0, size - 1 - (lastOffset - offset));
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
    return (offset ^ offset >> Long.SIZE - 1) >> 1;
  }

  private int slot(int index) {
    return head + index & offsets.length - 1;
  }

  private void grow() {
    offsets = Rings.grow(offsets, head);
    times = Rings.grow(times, head);
    head = 0;
  }

  /** Returns the number of unsettled records. */
  int unacked() {
    return unacked;
  }

  /** Returns the number of settled records above the smallest offset that is not settled. */
  int settledAboveMark() {
    return size - unacked;
  }

  /** Returns the number of unsettled records that were activity when they were first emitted. */
  int unackedActivity() {
    return unackedActivity;
  }

  /** Returns the smallest event time that is not settled; {@code Long.MAX_VALUE} if none. */
  long smallestTime() {
    long lowest = Long.MAX_VALUE;
    for (int i = 0; i < size; i++) {
      int slot = slot(i);
      if (offsets[slot] >= 0 && times[slot] != NO_TIME) {
        lowest = Math.min(lowest, times[slot]);
      }
    }
    return lowest;
  }

  /** Returns the smallest offset that is not settled. */
  long mark() {
    return size == 0 ? lastOffset + 1 : offset(0);
  }

  /** Returns the largest offset emitted so far. */
  long lastOffset() {
    return lastOffset;
  }

  /** Returns the largest event time so far, {@link #NO_TIME} if there is none. */
  long largestTime() {
    return largestTime;
  }

  /** Returns the largest event time below the mark, {@link #NO_TIME} if there is none. */
  long largestSettledTime() {
    return largestSettledTime;
  }
}
