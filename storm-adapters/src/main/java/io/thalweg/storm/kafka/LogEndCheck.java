package io.thalweg.storm.kafka;

import io.thalweg.storm.ErrorText;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.storm.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Check of the ends of logs before each heartbeat. It finds the idle partitions, and ends a bounded
 * run once every partition is read to its end.
 *
 * <p>A check is finished when every partition is read to the end that it had when the check was
 * started, at the latest before the next check. Records that are written meanwhile do not matter,
 * so that a partition that always receives some can be idle.
 */
final class LogEndCheck {

  private static final Logger LOG = LoggerFactory.getLogger(LogEndCheck.class);

  private final LowWatermark<TopicPartition> low;
  private final LogOffsets offsets;
  private final EndOfStream end;
  private final AsyncRequest<Map<TopicPartition, Long>> request = new AsyncRequest<>();
  private boolean requested;
  private boolean failed;
  private boolean endReached;

  /** True if the request is for all partitions, because the end of the stream was reached. */
  private boolean forAll;

  /** Ends that the check in progress found; null if there is none, or no response yet. */
  private Map<TopicPartition, Long> ends;

  LogEndCheck(LowWatermark<TopicPartition> low, LogOffsets offsets, EndOfStream end) {
    this.low = low;
    this.offsets = offsets;
    this.end = end;
  }

  /**
   * Requests the ends if they have not been requested since the last heartbeat, and processes the
   * response if it has arrived.
   *
   * @param due true if the next heartbeat is near enough to send the request
   */
  void run(long now, boolean due) {
    if (due && !requested && !request.isPending()) {
      requested = true;
      finish(true);
      start(now);
    }
    request.poll(this::onEnds, this::onFailure);
  }

  /** Finishes the check if possible, and permits one request for the next heartbeat. */
  void onHeartbeat() {
    finish(false);
    requested = false;
  }

  private void start(long now) {
    if (low.watermark() == Long.MAX_VALUE) {
      return;
    }
    Collection<TopicPartition> partitions = low.startIdleCheck(now, Time.currentTimeMillis());
    endReached = endReached || end.reached();
    forAll = endReached && low.isDrained();
    if (forAll) {
      partitions = low.assigned();
    }
    if (partitions.isEmpty()) {
      onEnds(Map.of());
    } else {
      request.send(offsets.ends(partitions));
    }
  }

  private void onEnds(Map<TopicPartition, Long> found) {
    ends = found;
    failed = false;
    finish(false);
  }

  private void onFailure(Throwable cause) {
    if (!failed) {
      LOG.warn(
          "the ends of the logs could not be read from Kafka, they are requested again: {}",
          ErrorText.of(cause));
    }
    failed = true;
  }

  /**
   * Finishes the check in progress.
   *
   * @param unread true if it is finished even if a partition is not read to its end
   */
  private void finish(boolean unread) {
    if (ends == null) {
      return;
    }
    Set<TopicPartition> read = new HashSet<>(ends.keySet());
    read.removeIf(partition -> !isRead(partition, ends.get(partition)));
    if (unread || read.size() == ends.size()) {
      ends = null;
      low.finishIdleCheck(read);
      if (forAll && read.containsAll(low.assigned()) && low.isDrained()) {
        low.end();
      }
    }
  }

  /** Returns true if every record of a partition below an end is emitted. */
  private boolean isRead(TopicPartition partition, long end) {
    return low.isAssigned(partition)
        && (low.lastOffset(partition) >= end - 1
            || low.isEmitted(partition) && offsets.isReadTo(partition, end));
  }
}
