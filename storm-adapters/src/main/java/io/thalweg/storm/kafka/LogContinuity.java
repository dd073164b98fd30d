package io.thalweg.storm.kafka;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * Check that the logs of the partitions of a task continue as they were read. It finds logs that
 * were truncated, as by an unclean leader election or a broker that is restored from a backup, and
 * records that retention removed before they were read.
 */
final class LogContinuity {

  private final Map<TopicPartition, ReadHistory> histories = new HashMap<>();
  private final Map<TopicPartition, Long> truncated = new HashMap<>();

  /** Listener for records that were removed before they were read. */
  interface RemovalListener {
    /** Receives offsets without the records that Kafka had there. */
    void onRemoved(TopicPartition partition, long from, long to);
  }

  void retain(Collection<TopicPartition> partitions) {
    histories.keySet().retainAll(partitions);
    truncated.keySet().retainAll(partitions);
  }

  /**
   * Adds a partition.
   *
   * @param position first offset to be read
   * @param epoch leader epoch of the record before it; null if unknown
   */
  void assign(TopicPartition partition, long position, Integer epoch) {
    histories.put(partition, new ReadHistory(position, epoch));
  }

  /** Records that the consumer went back to an offset to read a failed record; null for none. */
  void seek(TopicPartition partition, Long offset) {
    ReadHistory history = histories.get(partition);
    if (history != null && offset != null) {
      history.seek(offset);
    }
  }

  /**
   * Adds polled records.
   *
   * @param mark offset below which nothing is read again
   * @return false if they prove that the log was truncated; then none of them may be emitted
   */
  boolean add(TopicPartition partition, List<? extends ConsumerRecord<?, ?>> polled, long mark) {
    ReadHistory history = histories.get(partition);
    long other = history == null ? -1 : history.add(polled, mark);
    if (other >= 0) {
      truncated.putIfAbsent(partition, other);
    }
    return other < 0;
  }

  /** Returns the truncated partitions. */
  Set<TopicPartition> truncated() {
    return truncated.keySet();
  }

  /**
   * Returns the first offset of a truncated log that has another record than the one that was read.
   * Waits for Kafka.
   *
   * <p>A consumer that detects the truncation by leader epochs continues at that offset. One whose
   * position is beyond the end continues at the start of the log. In that case the truncation is at
   * the end of the log, or at the first record that is dated later than all that were read.
   *
   * @param mark offset below which nothing is read again
   * @throws IllegalStateException if Kafka does not answer, or the offset cannot be determined
   */
  long divergence(TopicPartition partition, long mark, LogOffsets offsets) {
    ReadHistory history = histories.get(partition);
    long first = truncated.get(partition);
    boolean exact = first >= mark || first > get(offsets.starts(Set.of(partition)), partition);
    long start =
        Math.min(exact ? first : history.next(), get(offsets.ends(Set.of(partition)), partition));
    if (history.largestTimestamp() >= 0) {
      long later = get(offsets.after(Set.of(partition), history.largestTimestamp()), partition);
      if (later >= history.position()) {
        start = Math.min(start, later);
      }
    }
    if (start >= history.next()) {
      throw new IllegalStateException(
          "log must continue as it was read: "
              + partition
              + " gave offset "
              + first
              + " again, below the settled offset "
              + mark
              + ", and the truncation cannot be located");
    }
    return start;
  }

  private static long get(
      KafkaFuture<Map<TopicPartition, Long>> response, TopicPartition partition) {
    try {
      return response.get().get(partition);
    } catch (ExecutionException e) {
      throw new IllegalStateException(
          "kafka must be reachable to locate the truncation of " + partition + ": " + e.getCause(),
          e);
    } catch (InterruptedException e) {
      throw new RuntimeException(e); // as in Storm's spout: Storm looks for the cause
    }
  }

  /** Returns the offset after the last record that was read. */
  long next(TopicPartition partition) {
    return histories.get(partition).next();
  }

  /** Returns the leader epoch of the record before the mark, and forgets those before it. */
  Integer settle(TopicPartition partition, long mark) {
    ReadHistory history = histories.get(partition);
    Integer epoch = history.epochBefore(mark);
    history.settle(mark - 1);
    return epoch;
  }

  /**
   * Compares the starts of the logs with the records that were read.
   *
   * @param starts first offset of each log
   */
  void checkStarts(Map<TopicPartition, Long> starts, RemovalListener removals) {
    starts.forEach(
        (partition, start) -> {
          ReadHistory history = histories.get(partition);
          long from = history == null ? -1 : history.skippedFrom(start);
          if (from >= 0) {
            removals.onRemoved(partition, from, history.skippedTo());
          }
        });
  }
}
