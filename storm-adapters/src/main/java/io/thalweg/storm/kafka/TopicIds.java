package io.thalweg.storm.kafka;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Ids of the topics of a source, loaded when its spout opens and verified whenever they may have
 * changed.
 */
final class TopicIds implements Serializable {

  /*
   * A topic that is deleted and created again has another id and starts again at offset 0. A record
   * of the new topic must never be emitted under the old id, and no offset of the old topic may be
   * committed for the new one.
   *
   * A consumer fetches by topic id. It cannot read the new topic before its metadata has been
   * updated. The ids are therefore stale from each metadata update until they have been verified,
   * that is, compared with those of Kafka; while they are stale, no record passes. If an id has
   * changed, the spout fails, and its next start loads the new ids.
   *
   * Updates are counted. Verification records the count at which Kafka was asked, so that an update
   * during the request leaves the ids stale.
   */

  private static final long serialVersionUID = 1;

  private final String bootstrapServers;
  private final ArrayList<String> topics;
  private final AdminFactory admins;
  private transient Map<String, String> ids;
  private transient Map<String, Map<Integer, Lineage>> truncated = new HashMap<>();
  private transient AtomicInteger metadataUpdates = new AtomicInteger();
  private transient int verifiedUpdates;
  private transient boolean deleted;

  TopicIds(String bootstrapServers, List<String> topics, AdminFactory admins) {
    this.bootstrapServers = bootstrapServers;
    this.topics = new ArrayList<>(topics);
    this.admins = admins;
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    metadataUpdates = new AtomicInteger();
    truncated = new HashMap<>();
  }

  /** Returns the names of the topics. */
  List<String> topics() {
    return topics;
  }

  /** Creates a client of the Kafka cluster of the topics. */
  Admin createAdmin() {
    return admins.create();
  }

  /** Loads the ids from Kafka. */
  void load() {
    int updates = metadataUpdates();
    ids = lookUp();
    verifiedUpdates = updates;
  }

  /** Returns the id of a topic, verified if it may have changed. */
  String id(String topic) {
    if (isStale()) {
      int updates = metadataUpdates();
      verify(lookUp(), updates);
    }
    String id = ids == null ? null : ids.get(topic);
    if (id == null) {
      throw new IllegalStateException(
          "id of the topic must have been loaded when the spout opened: " + topic);
    }
    return id;
  }

  /** Sets the lineage of a partition. */
  void setLineage(TopicPartition partition, Lineage lineage) {
    if (lineage.truncations().isEmpty()) {
      truncated.getOrDefault(partition.topic(), new HashMap<>()).remove(partition.partition());
    } else {
      truncated
          .computeIfAbsent(partition.topic(), topic -> new HashMap<>())
          .put(partition.partition(), lineage);
    }
  }

  /** Returns true if the log of a partition was truncated. */
  boolean hasTruncations() {
    return truncated.values().stream().anyMatch(partitions -> !partitions.isEmpty());
  }

  /** Returns the lineage of a partition. */
  Lineage lineage(TopicPartition partition) {
    Lineage lineage =
        truncated.getOrDefault(partition.topic(), Map.of()).get(partition.partition());
    return lineage == null ? new Lineage(id(partition.topic())) : lineage;
  }

  /** Returns the id of the topic of a record, with the name of the last truncation before it. */
  String sourceId(ConsumerRecord<?, ?> record) {
    String id = id(record.topic());
    if (truncated.isEmpty()) {
      return id;
    }
    Lineage lineage = truncated.getOrDefault(record.topic(), Map.of()).get(record.partition());
    return lineage == null ? id : lineage.sourceId(record.offset());
  }

  /** Replaces the marks of truncated partitions by those of their sources. */
  void addTruncations(Map<String, Long> marks) {
    truncated.forEach(
        (topic, partitions) ->
            partitions.forEach(
                (partition, lineage) -> {
                  Long mark = marks.get(lineage.topicId() + "/" + partition);
                  if (mark != null) {
                    lineage.addMarks(partition, mark, marks);
                  }
                }));
  }

  /** Records an update of the consumer's metadata, after which the ids are stale. Thread-safe. */
  void onMetadataUpdate() {
    metadataUpdates.incrementAndGet();
  }

  /** Returns the number of metadata updates so far. */
  int metadataUpdates() {
    return metadataUpdates.get();
  }

  /** Returns true if the ids may have changed since they were verified. */
  boolean isStale() {
    return verifiedUpdates != metadataUpdates.get();
  }

  /** Returns true if a topic was found to be deleted, created again or not. */
  boolean isDeleted() {
    return deleted;
  }

  /**
   * Verifies the loaded ids.
   *
   * @param found ids that Kafka has
   * @param updates number of metadata updates before Kafka was asked
   * @throws IllegalStateException if a topic has another id than when the spout opened
   */
  void verify(Map<String, String> found, int updates) {
    found.forEach(
        (topic, id) -> {
          if (!id.equals(ids.get(topic))) {
            deleted = true;
            throw new IllegalStateException(
                "topic must not be deleted and created again while it is read; a restart reads the"
                    + " new one: "
                    + topic
                    + ", its id was "
                    + ids.get(topic)
                    + " and is "
                    + id);
          }
        });
    verifiedUpdates = updates;
  }

  /** Marks a topic as deleted, and returns the exception that says so. */
  IllegalStateException markDeleted(Throwable cause) {
    deleted = true;
    return new IllegalStateException(
        "topic must not be deleted while it is read, create it again: "
            + String.join(",", topics)
            + ": "
            + cause.getMessage(),
        cause);
  }

  /**
   * Asks Kafka for the ids, and waits for them.
   *
   * @return id of each topic by its name
   * @throws IllegalStateException if Kafka cannot be reached, or a topic does not exist or has no
   *     id
   */
  Map<String, String> lookUp() {
    Map<String, String> found = new HashMap<>();
    try (Admin admin = createAdmin()) {
      admin
          .describeTopics(topics)
          .topicNameValues()
          .forEach((topic, description) -> found.put(topic, id(topic, description)));
    }
    return found;
  }

  private String id(String topic, KafkaFuture<TopicDescription> description) {
    try {
      Uuid id = description.get().topicId();
      if (id.equals(Uuid.ZERO_UUID)) {
        throw new IllegalStateException(
            "topic must have an id, which brokers assign since Kafka 2.8, or its records cannot be"
                + " distinguished from those of another topic: "
                + topic);
      }
      return id.toString();
    } catch (ExecutionException e) {
      throw new IllegalStateException(lookUpFailure(topic, e.getCause()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while looking up topic " + topic, e);
    }
  }

  private String lookUpFailure(String topic, Throwable cause) {
    if (cause instanceof UnknownTopicOrPartitionException) {
      return "topic must exist at " + bootstrapServers + ", create it first: " + topic;
    }
    if (cause instanceof TimeoutException) {
      return "kafka must be reachable, start it or set other bootstrap servers: no response from "
          + bootstrapServers;
    }
    return "topic "
        + topic
        + " cannot be looked up at "
        + bootstrapServers
        + ": "
        + cause.getMessage();
  }
}
