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
      start(now);
    }
    request.poll(this::onEnds, this::onFailure);
  }

  /** Permits one request for the next heartbeat. */
  void onHeartbeat() {
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
      finish(Set.of());
    } else {
      request.send(offsets.ends(partitions));
    }
  }

  private void onEnds(Map<TopicPartition, Long> ends) {
    Set<TopicPartition> read = new HashSet<>();
    ends.forEach(
        (partition, offset) -> {
          if (low.isAssigned(partition) && offsets.isReadTo(partition, offset)) {
            read.add(partition);
          }
        });
    finish(read);
    failed = false;
  }

  private void onFailure(Throwable cause) {
    if (!failed) {
      LOG.warn(
          "the ends of the logs could not be read from Kafka, they are requested again: {}",
          ErrorText.of(cause));
    }
    failed = true;
  }

  private void finish(Set<TopicPartition> read) {
    low.finishIdleCheck(read);
    if (forAll && read.containsAll(low.assigned()) && low.isDrained()) {
      low.end();
    }
  }
}
