package io.thalweg.storm.kafka;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.storm.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Offsets that a consumer group commits for the partitions of a task, with their metadata. */
final class CommittedOffsets {

  private static final Logger LOG = LoggerFactory.getLogger(CommittedOffsets.class);

  private final String group;
  private final String stormMetadata;
  private final TopicIds topics;
  private final LowWatermark<TopicPartition> low;
  private final LogContinuity continuity;
  private final FutureGuard futureGuard;
  private final Map<TopicPartition, Long> offsets = new HashMap<>();
  private boolean resumes;

  CommittedOffsets(
      String group,
      String stormMetadata,
      TopicIds topics,
      LowWatermark<TopicPartition> low,
      LogContinuity continuity,
      FutureGuard futureGuard) {
    this.group = group;
    this.stormMetadata = stormMetadata;
    this.topics = topics;
    this.low = low;
    this.continuity = continuity;
    this.futureGuard = futureGuard;
  }

  void retain(Collection<TopicPartition> partitions) {
    offsets.keySet().retainAll(partitions);
    continuity.retain(partitions);
  }

  /**
   * Adds a partition.
   *
   * @param position first offset to be read
   * @param found offset that the group has committed; null if none
   * @return largest event time below the position, {@link InFlightOffsets#NO_TIME} if unknown
   * @throws IllegalStateException if the offset was committed for another topic of this name
   */
  long assign(TopicPartition partition, long position, OffsetAndMetadata found) {
    boolean continued = found != null && found.offset() == position;
    OffsetMetadata metadata = metadata(partition, found, continued);
    topics.setLineage(partition, metadata.lineage());
    resumes |= metadata.confirmed();
    continuity.assign(partition, position, continued ? found.leaderEpoch().orElse(null) : null);
    offsets.put(partition, position);
    return continued ? presentTime(partition, metadata.largestTime()) : InFlightOffsets.NO_TIME;
  }

  /** Returns true if a heartbeat was confirmed before one of the offsets was committed. */
  boolean resumes() {
    return resumes;
  }

  private OffsetMetadata metadata(
      TopicPartition partition, OffsetAndMetadata found, boolean continued) {
    String id = topics.id(partition.topic());
    OffsetMetadata known = found == null ? null : OffsetMetadata.parse(found.metadata());
    boolean ofThisTopic = known != null && known.lineage().topicId().equals(id);
    if (known == null || !continued && !ofThisTopic) {
      // Nothing is committed, or by another consumer, or for another topic and not used.
      return new OffsetMetadata(new Lineage(id), InFlightOffsets.NO_TIME, false);
    }
    if (!ofThisTopic) {
      throw new IllegalStateException(
          "offset committed by group "
              + group
              + " must belong to this topic, delete the offsets of the group or use another group: "
              + partition
              + " has the id "
              + id
              + ", the offset was committed for "
              + known.lineage().topicId());
    }
    return known;
  }

  /** Returns a committed event time; unknown if the future guard would reject it. */
  private long presentTime(TopicPartition partition, long largestTime) {
    if (!futureGuard.isBeyond(largestTime, Time.currentTimeMillis())) {
      return largestTime;
    }
    LOG.warn(
        "largest event time committed for {} is {} and in the future, it is forgotten: records that"
            + " are read from now on determine the watermark",
        partition,
        largestTime);
    return InFlightOffsets.NO_TIME;
  }

  /** Returns the offsets that advanced since the last call. */
  Map<TopicPartition, OffsetAndMetadata> advanced() {
    Map<TopicPartition, OffsetAndMetadata> advanced = new HashMap<>();
    offsets.replaceAll(
        (partition, before) -> {
          long mark = low.mark(partition);
          if (mark > before) {
            Integer epoch = continuity.settle(partition, mark);
            advanced.put(partition, offset(partition, mark, epoch, topics.lineage(partition)));
          }
          return mark;
        });
    return advanced;
  }

  /** Returns the offset of a truncated log from which the next start reads. */
  OffsetAndMetadata of(TopicPartition partition, long truncation, Lineage lineage) {
    return offset(partition, Math.min(low.mark(partition), truncation), null, lineage);
  }

  private OffsetAndMetadata offset(
      TopicPartition partition, long offset, Integer epoch, Lineage lineage) {
    OffsetMetadata metadata =
        new OffsetMetadata(
            lineage.since(offset),
            low.largestSettledTime(partition),
            resumes || low.confirmed() >= 0);
    return new OffsetAndMetadata(
        offset, Optional.ofNullable(epoch), metadata.appendTo(stormMetadata));
  }
}
