package io.thalweg.storm.kafka;

import io.thalweg.Milliseconds;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.storm.task.TopologyContext;

/**
 * Alignment of the partitions of a task by event time, and the bound on the records that wait for
 * the watermark in the bolts.
 *
 * <p>Cost: one comparison and two additions per record, O(partitions) per poll and heartbeat. Not
 * thread-safe.
 */
final class WatermarkAlignment {

  /*
   * A record waits in the bolts until the watermark has passed it, although it is acked. Three
   * rules bound the memory of these records:
   *
   * 1. A partition whose largest event time is ahead of the slowest partition by more than the
   *    drift is paused. A partition that is idle or read to its end is not waited for.
   * 2. While too many bytes wait, no drift is permitted: only the slowest partition is read. One
   *    that is read to its end is waited for until it is idle, since it holds the watermark, except
   *    when it only reads a failed record again.
   * 3. While the heartbeats that release too many bytes are unconfirmed, nothing is read: the bolts
   *    are behind, and confirm heartbeats without further records.
   *
   * Liveness: the slowest of the partitions that are not idle, of which one holds the watermark, is
   * never paused, and neither is one with failed records that are due. Reading the slowest one
   * raises the watermark, or makes another the slowest, or ends in its being idle. If a record of
   * the slowest one always fails, its failures count until it is given up: while later records are
   * acked, while they fill half of the bound on the records in flight (see RetryBackoff), and, at
   * the end of the log, since each retry permits a poll of the next slowest.
   */

  /** The bolts hold waiting records as objects, and once more as bytes while they commit. */
  private static final int HEAP_SHARE = 4;

  private final LowWatermark<TopicPartition> low;
  private final PartitionAssignment assignment;
  private final long maxDrift;
  private final long maxWaitingBytes;
  private final Map<TopicPartition, WaitingBytes> waiting = new HashMap<>();
  private TopicPartition lastPartition;
  private WaitingBytes lastWaiting;
  private long waitingBytes;

  /** Bytes released by the watermark, and by confirmed heartbeats. */
  private long released;

  private long confirmed;

  /** Bytes released as of each unconfirmed heartbeat. */
  private final ArrayDeque<Long> releasedByHeartbeat = new ArrayDeque<>();

  WatermarkAlignment(
      LowWatermark<TopicPartition> low,
      PartitionAssignment assignment,
      long maxDrift,
      long maxWaitingBytes) {
    this.low = low;
    this.assignment = assignment;
    this.maxDrift = maxDrift;
    this.maxWaitingBytes = maxWaitingBytes;
  }

  /**
   * Returns the default bound on waiting bytes: a share of the heap for each task in the worker.
   */
  static long defaultBytes(TopologyContext context) {
    long tasks =
        context.getComponentTasks(context.getThisComponentId()).stream()
            .filter(context.getThisWorkerTasks()::contains)
            .count();
    return Runtime.getRuntime().maxMemory() / HEAP_SHARE / Math.max(1, tasks);
  }

  /** Removes all partitions but the given ones. */
  void retain(Collection<TopicPartition> assigned) {
    waiting.keySet().retainAll(assigned);
    lastPartition = null;
  }

  /** Records the emission of a record with an event time. */
  void onEmitted(TopicPartition partition, long offset, long time, int valueBytes) {
    if (!partition.equals(lastPartition)) {
      lastPartition = partition;
      lastWaiting = waiting.computeIfAbsent(partition, p -> new WaitingBytes());
    }
    lastWaiting.add(offset, time, valueBytes);
  }

  /** Records a new heartbeat, before it is numbered. */
  void onHeartbeat() {
    long left = 0;
    for (WaitingBytes each : waiting.values()) {
      released += each.release(low.watermark());
      left += each.waiting();
    }
    waitingBytes = left;
    releasedByHeartbeat.add(released);
  }

  /** Records that heartbeats were confirmed. */
  void onConfirmed() {
    while (releasedByHeartbeat.size() > low.unconfirmed()) {
      confirmed = releasedByHeartbeat.remove();
    }
  }

  /** Returns true if records may be read. */
  boolean mayRead() {
    return released - confirmed <= maxWaitingBytes;
  }

  /** Returns the estimated memory of the records that wait in the bolts. */
  long waitingBytes() {
    return waitingBytes + released - confirmed;
  }

  /**
   * Pauses the partitions that are ahead, and resumes the others. Storm's spout resumes partitions
   * after each poll, so this is done before each poll.
   *
   * @param retries the partitions with failed records that are due
   */
  void beforePoll(Set<TopicPartition> retries) {
    if (low.assigned().size() < 2) {
      return;
    }
    Consumer<?, ?> consumer = assignment.consumer();
    Set<TopicPartition> ahead = ahead(consumer, retries);
    ahead.removeAll(retries);
    Set<TopicPartition> paused = consumer.paused();
    if (!paused.equals(ahead)) {
      consumer.resume(paused);
      consumer.pause(ahead);
    }
  }

  private Set<TopicPartition> ahead(Consumer<?, ?> consumer, Set<TopicPartition> retries) {
    boolean full = waitingBytes() > maxWaitingBytes;
    long slowest = Long.MAX_VALUE;
    for (TopicPartition partition : low.assigned()) {
      long time = low.largestTime(partition);
      if (time < slowest
          && !low.isIdle(partition)
          && (full && !retries.contains(partition)
              || consumer.currentLag(partition).orElse(1) > 0)) {
        slowest = time;
      }
    }
    long drift = full ? 0 : maxDrift;
    long reached = Math.max(slowest, low.watermark());
    long bound = Milliseconds.plus(reached, drift);
    Set<TopicPartition> ahead = new HashSet<>();
    for (TopicPartition partition : low.assigned()) {
      if (low.largestTime(partition) > bound) {
        ahead.add(partition);
      }
    }
    return ahead;
  }
}
