package io.thalweg.storm.kafka;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Records of one partition that were read: their leader epochs, the largest of their timestamps,
 * and the next offset. It tells whether polled records continue them.
 *
 * <p>The leader epoch of a log never decreases, and a record keeps its epoch (KIP-320). Another
 * epoch at an offset that was read before is thus another record.
 */
final class ReadHistory {

  private static final int UNKNOWN = -1;

  /** First offset of each leader epoch. */
  private final TreeMap<Long, Integer> epochs = new TreeMap<>();

  private final long position;
  private int epoch;
  private long next;

  /** Smallest offset from which the next poll may start. */
  private long following;

  private long largestTimestamp = Long.MIN_VALUE;
  private long gapStart = -1;
  private long gapEnd;
  private boolean gapChecked;
  private long skippedTo;

  /**
   * Starts at an offset.
   *
   * @param position first offset to be read
   * @param epoch leader epoch of the record before it; null if unknown
   */
  ReadHistory(long position, Integer epoch) {
    this.position = position;
    this.next = position;
    this.following = position;
    this.epoch = epoch == null ? UNKNOWN : epoch;
  }

  /** Goes back to the offset of a failed record. */
  void seek(long offset) {
    following = Math.min(following, offset);
  }

  /**
   * Adds polled records, unless one of them proves that the log was truncated.
   *
   * <p>If a poll starts below the mark, and below the last poll and {@link #seek}, the consumer has
   * lost its position.
   *
   * @param mark smallest unsettled offset
   * @return offset of the first record that is not the one that was read before; -1 if all records
   *     continue the history
   */
  long add(List<? extends ConsumerRecord<?, ?>> polled, long mark) {
    long first = polled.get(0).offset();
    if (first < mark && first < following) {
      return first;
    }
    for (ConsumerRecord<?, ?> record : polled) {
      long offset = record.offset();
      int found = record.leaderEpoch().orElse(UNKNOWN);
      if (offset >= next && (found >= epoch || found == UNKNOWN)) {
        append(offset, found, record.timestamp());
      } else if (found != UNKNOWN && isOther(offset, found)) {
        return offset;
      }
      following = offset + 1;
    }
    return -1;
  }

  private boolean isOther(long offset, int found) {
    Map.Entry<Long, Integer> known = epochs.floorEntry(offset);
    return offset >= next
        || known != null && known.getValue() != UNKNOWN && known.getValue() != found;
  }

  private void append(long offset, int found, long timestamp) {
    if (offset > next && gapStart < 0) {
      gapStart = next;
      gapEnd = offset;
    }
    if (found != epoch || epochs.isEmpty()) {
      epochs.put(offset, found);
      epoch = found;
    }
    next = offset + 1;
    largestTimestamp = Math.max(largestTimestamp, timestamp);
  }

  /** Removes the epochs of settled records. */
  void settle(long mark) {
    Long first = epochs.floorKey(mark);
    if (first != null) {
      epochs.headMap(first).clear();
    }
  }

  /** Returns the leader epoch of the record before an offset; null if unknown. */
  Integer epochBefore(long offset) {
    Map.Entry<Long, Integer> known = epochs.lowerEntry(offset);
    return known == null || known.getValue() == UNKNOWN ? null : known.getValue();
  }

  /** Returns the first offset that was read. */
  long position() {
    return position;
  }

  /** Returns the offset after the last record that was read. */
  long next() {
    return next;
  }

  /** Returns the largest timestamp of a record; {@code Long.MIN_VALUE} if there is none. */
  long largestTimestamp() {
    return largestTimestamp;
  }

  /**
   * Returns the first offset of a gap that retention made; -1 if there is none. Compaction and
   * transactions make gaps too, but above the start of the log.
   *
   * @param start first offset of the log
   */
  long skippedFrom(long start) {
    long from = gapStart >= 0 && gapStart < start ? gapStart : next < start ? next : -1;
    skippedTo = from == gapStart ? gapEnd : start;
    next = Math.max(next, start);
    if (from == gapStart || gapChecked) {
      gapStart = -1; // the first response may be older than the gap
    }
    gapChecked = gapStart >= 0;
    return from;
  }

  /** Returns the offset after the last one of the gap that was returned last. */
  long skippedTo() {
    return skippedTo;
  }
}
