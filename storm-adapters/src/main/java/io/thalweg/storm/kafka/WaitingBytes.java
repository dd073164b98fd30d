package io.thalweg.storm.kafka;

import java.util.ArrayDeque;

/**
 * Memory of the records of one partition that wait for the watermark, estimated. A record waits
 * until the watermark has passed the largest event time that was read up to the next heartbeat.
 *
 * <p>Cost: one addition per record, and O(1) amortized per heartbeat. Not thread-safe.
 */
final class WaitingBytes {

  /** Memory of a waiting record besides its value: its objects, its key and its source id. */
  static final int RECORD_BYTES = 256;

  /**
   * State at a heartbeat.
   *
   * @param largestTime the largest event time read until then
   * @param read the bytes read until then
   */
  private record Reading(long largestTime, long read) {}

  private final ArrayDeque<Reading> readings = new ArrayDeque<>();
  private long lastOffset = -1;
  private long largestTime = Long.MIN_VALUE;
  private long read;
  private long readBefore;
  private long released;

  /** Adds a record; has no effect if it was added before. */
  void add(long offset, long time, int valueBytes) {
    if (offset > lastOffset) {
      lastOffset = offset;
      largestTime = Math.max(largestTime, time);
      read += RECORD_BYTES + valueBytes;
    }
  }

  /** Releases the records that the watermark has passed, and returns their bytes. */
  long release(long watermark) {
    if (read > readBefore) {
      readBefore = read;
      if (!readings.isEmpty() && readings.peekLast().largestTime == largestTime) {
        readings.removeLast();
      }
      readings.add(new Reading(largestTime, read));
    }
    long before = released;
    while (!readings.isEmpty() && readings.peekFirst().largestTime <= watermark) {
      released = readings.removeFirst().read;
    }
    return released - before;
  }

  /** Returns the bytes of the records that are not released. */
  long waiting() {
    return read - released;
  }
}
