package io.thalweg.storm;

import com.codahale.metrics.Counter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.storm.kafka.spout.KafkaSpoutMessageId;
import org.apache.storm.kafka.spout.KafkaTuple;
import org.apache.storm.kafka.spout.KafkaTupleListener;
import org.apache.storm.task.TopologyContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ids of the topics, looked up when the spout opens; it also counts what happens to the tuples.
 *
 * <p>Storm's spout calls its listener when it opens, and its translator never: so the two are made
 * to share this object, which they still do after serialization, being parts of one configuration.
 */
final class TopicDirectory implements KafkaTupleListener {

  private static final long serialVersionUID = 1;
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final Logger LOG = LoggerFactory.getLogger(KafkaSources.class);

  private final String bootstrapServers;
  private final ArrayList<String> topics;
  private final HashMap<String, Object> properties;
  private transient Map<String, String> ids;
  private transient Counter deadLetters;
  private transient Counter retries;
  private transient Counter givenUp;

  TopicDirectory(String bootstrapServers, List<String> topics, Map<String, Object> properties) {
    this.bootstrapServers = bootstrapServers;
    this.topics = new ArrayList<>(topics);
    this.properties = new HashMap<>(properties);
  }

  @Override
  public void open(Map<String, Object> conf, TopologyContext context) {
    deadLetters = context.registerCounter("deadLetters");
    retries = context.registerCounter("retries");
    givenUp = context.registerCounter("givenUp");
    ids = lookUp();
  }

  /** Takes the ids as given, where there is no Kafka to ask. */
  void know(Map<String, String> ids) {
    this.ids = ids;
  }

  String id(String topic) {
    String id = ids == null ? null : ids.get(topic);
    if (id == null) {
      throw new IllegalStateException("topic was not looked up when the spout opened: " + topic);
    }
    return id;
  }

  Map<String, String> lookUp() {
    Map<String, Object> settings = new HashMap<>(properties);
    settings.keySet().retainAll(AdminClientConfig.configNames());
    settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.putIfAbsent(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
    settings.putIfAbsent(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
    Map<String, String> found = new HashMap<>();
    try (Admin admin = Admin.create(settings)) {
      for (var topic : admin.describeTopics(topics).topicNameValues().entrySet()) {
        found.put(topic.getKey(), described(topic.getKey(), topic.getValue()::get));
      }
    } catch (KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IllegalStateException(
          "kafka client cannot be made for " + bootstrapServers + ": " + cause.getMessage(), e);
    }
    return found;
  }

  private interface Description {
    TopicDescription get() throws InterruptedException, ExecutionException;
  }

  private String described(String topic, Description description) {
    try {
      return description.get().topicId().toString();
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
    if (tuple instanceof KafkaTuple routed
        && ProcessorBolt.DEAD_LETTER.equals(routed.getStream())) {
      deadLetters.inc();
    }
  }

  @Override
  public void onAck(KafkaSpoutMessageId msgId) {}

  @Override
  public void onPartitionsReassigned(Collection<TopicPartition> partitions) {}

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
}
