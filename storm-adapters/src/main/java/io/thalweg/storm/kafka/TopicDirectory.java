package io.thalweg.storm.kafka;

import com.codahale.metrics.Counter;
import io.thalweg.storm.Streams;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.ClusterResource;
import org.apache.kafka.common.ClusterResourceListener;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.storm.kafka.spout.KafkaSpoutMessageId;
import org.apache.storm.kafka.spout.KafkaTuple;
import org.apache.storm.kafka.spout.KafkaTupleListener;
import org.apache.storm.kafka.spout.subscription.ManualPartitioner;
import org.apache.storm.kafka.spout.subscription.TopicFilter;
import org.apache.storm.task.TopologyContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topics of a spout: their ids, their partitions and which task reads which. It also counts
 * what happens to the tuples, and tells a {@link SpoutListener} of it.
 *
 * <p>Storm's spout calls its listener when it opens, and its translator never: so listener,
 * translator, topic filter, partitioner and consumer interceptor are made to share this object,
 * which they still do after serialization, being parts of one configuration.
 *
 * <p>Ids are looked up when the spout opens. A topic that is deleted and made anew has another id
 * and the same offsets, so that a record of the new one must never pass under the old id. A
 * consumer fetches by id: it cannot read the new topic before its metadata was updated. So after
 * each update of them the ids are compared before a record passes; if one has changed the spout
 * fails, and its next start looks the ids up anew.
 *
 * <p>Partitions are dealt out by their numbers, topic after topic, so that a partition stays with
 * its task when others are added.
 */
final class TopicDirectory implements KafkaTupleListener, TopicFilter, ManualPartitioner {

  /** The consumer's property that leads its interceptor here. */
  static final String PROPERTY = "thalweg.topics";

  /** What happens to the records of a spout, told on its thread. */
  interface SpoutListener {
    void assigned(Collection<TopicPartition> all);

    void polled(TopicPartition partition, long lastOffset);

    /** The tuple is one of {@link HeaderRecordTranslator}. */
    void emitted(TopicPartition partition, long offset, List<Object> tuple, boolean dead);

    void settled(TopicPartition partition, long offset);
  }

  /** Made by the Kafka consumer, which wants a public class. */
  public static final class Interceptor
      implements ConsumerInterceptor<byte[], byte[]>, ClusterResourceListener {

    private TopicDirectory directory;

    /** Called by Kafka. */
    public Interceptor() {}

    @Override
    public void configure(Map<String, ?> configs) {
      directory = (TopicDirectory) configs.get(PROPERTY);
    }

    @Override
    public void onUpdate(ClusterResource cluster) {
      directory.updates.incrementAndGet();
    }

    @Override
    public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
      if (directory.traffic != null) {
        for (TopicPartition partition : records.partitions()) {
          List<ConsumerRecord<byte[], byte[]>> polled = records.records(partition);
          directory.traffic.polled(partition, polled.get(polled.size() - 1).offset());
        }
      }
      return records;
    }

    @Override
    public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

    @Override
    public void close() {}
  }

  private static final long serialVersionUID = 1;
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final Logger LOG = LoggerFactory.getLogger(KafkaSources.class);

  private final String bootstrapServers;
  private final ArrayList<String> topics;
  private final HashMap<String, Object> properties;
  private transient Supplier<Admin> clients;
  private transient Map<String, String> ids;
  private transient Map<String, Set<TopicPartition>> partitions;
  private transient Consumer<?, ?> consumer;
  private transient SpoutListener traffic;

  /** How often the consumer's metadata were updated; and at which of these the ids were right. */
  private transient AtomicInteger updates = new AtomicInteger();

  private transient int compared;
  private transient boolean gone;
  private transient Counter deadLetters;
  private transient Counter retries;
  private transient Counter givenUp;

  TopicDirectory(String bootstrapServers, List<String> topics, Map<String, Object> properties) {
    this.bootstrapServers = bootstrapServers;
    this.topics = new ArrayList<>(topics);
    this.properties = new HashMap<>(properties);
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    updates = new AtomicInteger();
  }

  /** Says who wants to know what happens; before the spout opens. */
  void tell(SpoutListener traffic) {
    this.traffic = traffic;
  }

  /** The consumer of the spout, once it has partitions. */
  Consumer<?, ?> consumer() {
    return consumer;
  }

  @Override
  public void open(Map<String, Object> conf, TopologyContext context) {
    deadLetters = context.registerCounter("deadLetters");
    retries = context.registerCounter("retries");
    givenUp = context.registerCounter("givenUp");
    int before = updates.get();
    ids = lookUp();
    compared = before;
  }

  /** Takes the ids as given, where there is no Kafka to ask. */
  void know(Map<String, String> ids) {
    this.ids = ids;
  }

  /** The id of a topic, compared with Kafka's if it may have changed. */
  String id(String topic) {
    if (isStale()) {
      int before = updates();
      compare(lookUp(), before);
    }
    String id = ids == null ? null : ids.get(topic);
    if (id == null) {
      throw new IllegalStateException("topic was not looked up when the spout opened: " + topic);
    }
    return id;
  }

  /** Whether the ids may have changed since they were compared. */
  boolean isStale() {
    return compared != updates.get();
  }

  int updates() {
    return updates.get();
  }

  /** Whether a topic was found to be deleted, or another than at the start. */
  boolean isGone() {
    return gone;
  }

  /** What to throw when Kafka says that a topic is not there any more. */
  IllegalStateException deleted(Throwable cause) {
    gone = true;
    return new IllegalStateException(
        "topic was deleted while it was read, create it again: "
            + getTopicsString()
            + ": "
            + cause.getMessage(),
        cause);
  }

  /**
   * Compares the ids with those that Kafka has.
   *
   * @param before the number of updates before Kafka was asked
   * @throws IllegalStateException if a topic is another than when the spout opened
   */
  void compare(Map<String, String> found, int before) {
    found.forEach(
        (topic, id) -> {
          if (!id.equals(ids.get(topic))) {
            gone = true;
            throw new IllegalStateException(
                "topic was deleted and made anew while it was read, a new start reads the new one: "
                    + topic
                    + ", its id was "
                    + ids.get(topic)
                    + " and is "
                    + id);
          }
        });
    compared = before;
  }

  List<String> topics() {
    return topics;
  }

  Map<String, String> lookUp() {
    Map<String, String> found = new HashMap<>();
    try (Admin admin = admin()) {
      for (var topic : admin.describeTopics(topics).topicNameValues().entrySet()) {
        found.put(topic.getKey(), described(topic.getKey(), topic.getValue()::get));
      }
    }
    return found;
  }

  /** Asks by other clients than its own, where there is no Kafka. */
  void ask(Supplier<Admin> clients) {
    this.clients = clients;
  }

  Admin admin() {
    if (clients != null) {
      return clients.get();
    }
    Map<String, Object> settings = new HashMap<>(properties);
    settings.keySet().retainAll(AdminClientConfig.configNames());
    settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.putIfAbsent(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
    settings.putIfAbsent(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
    try {
      return Admin.create(settings);
    } catch (KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IllegalStateException(
          "kafka client cannot be made for " + bootstrapServers + ": " + cause.getMessage(), e);
    }
  }

  @Override
  public Set<TopicPartition> getAllSubscribedPartitions(Consumer<?, ?> consumer) {
    this.consumer = consumer;
    if (partitions == null) {
      partitions = new HashMap<>();
    }
    Set<TopicPartition> all = new HashSet<>();
    for (String topic : topics) {
      Set<TopicPartition> known = partitions.computeIfAbsent(topic, name -> new HashSet<>());
      partitionsOf(topic, known.isEmpty())
          .forEach(found -> known.add(new TopicPartition(topic, found.partition())));
      all.addAll(known);
    }
    return all;
  }

  /**
   * The partitions that the consumer knows. Only the first time does it wait for Kafka; later an
   * answer without them says nothing: a broker that has just started knows no topic, a consumer
   * that lost all brokers starts from nothing, and a topic that is deleted shows by its id.
   */
  private List<PartitionInfo> partitionsOf(String topic, boolean first) {
    if (first) {
      return consumer.partitionsFor(topic);
    }
    try {
      return consumer.partitionsFor(topic, Duration.ZERO);
    } catch (TimeoutException e) {
      return List.of();
    }
  }

  @Override
  public String getTopicsString() {
    return String.join(",", topics);
  }

  @Override
  public Set<TopicPartition> getPartitionsForThisTask(
      List<TopicPartition> all, TopologyContext context) {
    int tasks = context.getComponentTasks(context.getThisComponentId()).size();
    Set<TopicPartition> mine = new HashSet<>();
    for (TopicPartition partition : all) {
      int place = topics.indexOf(partition.topic()) + partition.partition();
      if (place % tasks == context.getThisTaskIndex()) {
        mine.add(partition);
      }
    }
    return mine;
  }

  interface Description {
    TopicDescription get() throws InterruptedException, ExecutionException;
  }

  String described(String topic, Description description) {
    try {
      Uuid id = description.get().topicId();
      if (id.equals(Uuid.ZERO_UUID)) {
        throw new IllegalStateException(
            "topic must have an id, which brokers give from Kafka 2.8 on, or its records cannot be"
                + " told from those of another topic: "
                + topic);
      }
      return id.toString();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        throw new IllegalStateException(
            "topic must exist at " + bootstrapServers + ", create it first: " + topic, e);
      }
      if (e.getCause() instanceof TimeoutException) {
        throw new IllegalStateException(
            "kafka must be reachable, start it or set other bootstrap servers: no answer from "
                + bootstrapServers,
            e);
      }
      throw new IllegalStateException(
          "topic "
              + topic
              + " cannot be looked up at "
              + bootstrapServers
              + ": "
              + e.getCause().getMessage(),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while looking up topic " + topic, e);
    }
  }

  @Override
  public void onEmit(List<Object> tuple, KafkaSpoutMessageId msgId) {
    boolean dead =
        tuple instanceof KafkaTuple routed && Streams.DEAD_LETTER.equals(routed.getStream());
    if (dead) {
      deadLetters.inc();
    }
    if (traffic != null) {
      traffic.emitted(msgId.getTopicPartition(), msgId.offset(), tuple, dead);
    }
  }

  @Override
  public void onAck(KafkaSpoutMessageId msgId) {
    if (traffic != null) {
      traffic.settled(msgId.getTopicPartition(), msgId.offset());
    }
  }

  @Override
  public void onPartitionsReassigned(Collection<TopicPartition> partitions) {
    if (traffic != null) {
      traffic.assigned(partitions);
    }
  }

  @Override
  public void onRetry(KafkaSpoutMessageId msgId) {
    retries.inc();
  }

  @Override
  public void onMaxRetryReached(KafkaSpoutMessageId msgId) {
    givenUp.inc();
    LOG.error(
        "record given up after {} failures, it is lost to this topology: topic {}, partition {},"
            + " offset {}",
        msgId.numFails(),
        msgId.topic(),
        msgId.partition(),
        msgId.offset());
  }

  /** Takes note that what is to be emitted again is not in the log any more. */
  void lost(KafkaSpoutMessageId msgId, long start) {
    givenUp.inc();
    LOG.error(
        "record deleted from Kafka before it was acked, it is lost to this topology: topic {},"
            + " partition {}, offset {}, the log now starts at {}",
        msgId.topic(),
        msgId.partition(),
        msgId.offset(),
        start);
  }
}
