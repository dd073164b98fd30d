package io.thalweg.storm.kafka;

import static java.util.stream.Collectors.toMap;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/** Start, end and read position of the logs of partitions. */
final class LogOffsets {

  private final Admin admin;
  private final PartitionAssignment assignment;

  LogOffsets(Admin admin, PartitionAssignment assignment) {
    this.admin = admin;
    this.assignment = assignment;
  }

  /** Requests the first offset of each log. */
  KafkaFuture<Map<TopicPartition, Long>> starts(Collection<TopicPartition> partitions) {
    return list(partitions, OffsetSpec.earliest());
  }

  /**
   * Requests the offset after the last record of each log. Records of an open transaction count, so
   * that a partition with one is not read to its end.
   */
  KafkaFuture<Map<TopicPartition, Long>> ends(Collection<TopicPartition> partitions) {
    return list(partitions, OffsetSpec.latest());
  }

  /** Requests the first offset with a later timestamp; -1 if there is none. */
  KafkaFuture<Map<TopicPartition, Long>> after(
      Collection<TopicPartition> partitions, long timestamp) {
    return list(partitions, OffsetSpec.forTimestamp(timestamp + 1));
  }

  private KafkaFuture<Map<TopicPartition, Long>> list(
      Collection<TopicPartition> partitions, OffsetSpec spec) {
    return admin
        .listOffsets(partitions.stream().collect(toMap(partition -> partition, p -> spec)))
        .all()
        .thenApply(
            infos -> {
              Map<TopicPartition, Long> offsets = new HashMap<>();
              infos.forEach((partition, info) -> offsets.put(partition, info.offset()));
              return offsets;
            });
  }

  /** Returns true if the consumer has read a partition to the given end. */
  boolean isReadTo(TopicPartition partition, long end) {
    try {
      return assignment.consumer().position(partition, Duration.ZERO) >= end;
    } catch (TimeoutException e) {
      return false; // the consumer does not know its position yet
    }
  }
}
