package io.thalweg.examples.runtime;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Topics of a Kafka cluster: their existence, their end offsets and the committed offsets of a
 * consumer group. Every request takes at most {@link #TIMEOUT}.
 *
 * <p>Thread-safe.
 */
public final class KafkaTopics implements AutoCloseable {

  /** Longest wait for an answer of Kafka. */
  public static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final String bootstrapServers;
  private final Admin admin;

  private KafkaTopics(String bootstrapServers, Admin admin) {
    this.bootstrapServers = bootstrapServers;
    this.admin = admin;
  }

  /**
   * Connects.
   *
   * @param bootstrapServers the brokers, {@code host:port} with commas in between
   * @return the topics
   * @throws DemoException if no broker answers
   */
  public static KafkaTopics of(String bootstrapServers) {
    Admin admin;
    try {
      admin =
          Admin.create(
              Map.of(
                  AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                  bootstrapServers,
                  AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                  5_000,
                  AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                  (int) TIMEOUT.toMillis()));
    } catch (RuntimeException e) { // no such host, no port
      throw unreachable(bootstrapServers, e);
    }
    KafkaTopics topics = new KafkaTopics(bootstrapServers, admin);
    try {
      topics.await(admin.describeCluster().nodes());
      return topics;
    } catch (RuntimeException e) {
      admin.close(Duration.ZERO);
      throw e;
    }
  }

  private static DemoException unreachable(String bootstrapServers, Exception cause) {
    return new DemoException(
        "no kafka answers at "
            + bootstrapServers
            + ": start one there, or correct --bootstrap-servers",
        cause);
  }

  /**
   * The brokers.
   *
   * @return {@code host:port} with commas in between
   */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /**
   * Creates a topic as the brokers create topics by default, unless it exists.
   *
   * @param topic its name
   * @param partitions the number of partitions of a new topic
   */
  public void create(String topic, int partitions) {
    create(new NewTopic(topic, Optional.of(partitions), Optional.empty()));
  }

  /**
   * Creates a topic for large records, unless it exists.
   *
   * @param topic its name
   * @param partitions the number of partitions of a new topic
   * @param maxMessageBytes the largest size of a batch of records in a new topic
   */
  public void create(String topic, int partitions, int maxMessageBytes) {
    create(
        new NewTopic(topic, Optional.of(partitions), Optional.empty())
            .configs(
                Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(maxMessageBytes))));
  }

  private void create(NewTopic topic) {
    try {
      await(admin.createTopics(List.of(topic)).all());
    } catch (DemoException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw e;
      }
    }
    // a broker may be asked before it has heard of the topic
    long limit = System.nanoTime() + TIMEOUT.toNanos();
    while (!await(admin.listTopics().names()).contains(topic.name()) && System.nanoTime() < limit) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  /**
   * Insists that topics exist.
   *
   * @param topics their names
   * @throws DemoException if one is missing
   */
  public void require(List<String> topics) {
    Set<String> existing = await(admin.listTopics().names());
    List<String> missing = topics.stream().filter(t -> !existing.contains(t)).toList();
    if (!missing.isEmpty()) {
      throw new DemoException(
          "missing at "
              + bootstrapServers
              + ": topic "
              + String.join(", topic ", missing)
              + "; create it, or use --create-topics",
          null);
    }
  }

  /**
   * Returns the id of a topic. A topic that was deleted and created again has another id.
   *
   * @param topic the name of the topic
   * @return the id
   */
  public Uuid id(String topic) {
    return describe(topic).topicId();
  }

  /**
   * Returns the largest size of a record batch of a topic.
   *
   * @param topic the name of the topic
   * @return bytes
   */
  public int maxMessageBytes(String topic) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    var configs = await(admin.describeConfigs(List.of(resource)).all());
    return Integer.parseInt(
        configs.get(resource).get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value());
  }

  /**
   * Returns the end offsets of a topic.
   *
   * @param topic the name of the topic
   * @return for every partition the offset of the next record to be written
   */
  public Map<Integer, Long> ends(String topic) {
    return offsets(topic, p -> OffsetSpec.latest());
  }

  /**
   * Returns the beginning offsets of a topic.
   *
   * @param topic the name of the topic
   * @return for every partition the offset of the oldest retained record
   */
  public Map<Integer, Long> beginnings(String topic) {
    return offsets(topic, p -> OffsetSpec.earliest());
  }

  private Map<Integer, Long> offsets(String topic, Function<TopicPartition, OffsetSpec> which) {
    Map<TopicPartition, OffsetSpec> asked =
        describe(topic).partitions().stream()
            .map(p -> new TopicPartition(topic, p.partition()))
            .collect(Collectors.toMap(p -> p, which));
    Map<Integer, Long> offsets = new HashMap<>();
    await(admin.listOffsets(asked).all())
        .forEach((partition, info) -> offsets.put(partition.partition(), info.offset()));
    return offsets;
  }

  /**
   * Returns the committed position of a consumer group; the beginning if there is none.
   *
   * @param group the group
   * @param topic the name of the topic
   * @return for every partition the offset of the record to read next
   */
  public Map<Integer, Long> position(String group, String topic) {
    Map<Integer, Long> position = beginnings(topic);
    await(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
        .forEach(
            (partition, offset) -> {
              if (offset != null && partition.topic().equals(topic)) {
                position.put(partition.partition(), offset.offset());
              }
            });
    return position;
  }

  private TopicDescription describe(String topic) {
    return await(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
  }

  private <T> T await(KafkaFuture<T> answer) {
    try {
      return answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw unreachable(bootstrapServers, e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof org.apache.kafka.common.errors.TimeoutException timeout) {
        throw unreachable(bootstrapServers, timeout);
      }
      String message =
          cause instanceof UnknownTopicOrPartitionException
              ? "a topic is missing at " + bootstrapServers
              : "kafka at " + bootstrapServers + " refused: " + cause.getMessage();
      throw new DemoException(message, cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DemoException("interrupted while waiting for kafka", e);
    }
  }

  /** Closes the connection. */
  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
  }
}
