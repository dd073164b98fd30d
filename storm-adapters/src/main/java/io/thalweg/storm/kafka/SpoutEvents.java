package io.thalweg.storm.kafka;

import com.codahale.metrics.Counter;
import io.thalweg.storm.SideStreams;
import io.thalweg.storm.Streams;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.ClusterResource;
import org.apache.kafka.common.ClusterResourceListener;
import org.apache.kafka.common.TopicPartition;
import org.apache.storm.kafka.spout.KafkaSpoutMessageId;
import org.apache.storm.kafka.spout.KafkaTuple;
import org.apache.storm.kafka.spout.KafkaTupleListener;
import org.apache.storm.task.TopologyContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events of Storm's spout and of its Kafka consumer: counts them, and passes them to a {@link
 * SpoutListener}.
 *
 * <p>Storm calls its tuple listener when the spout opens, but never its record translator.
 * Therefore this object loads the {@link TopicIds} that the translator needs. Both are parts of one
 * configuration and still share the ids after serialization.
 */
final class SpoutEvents implements KafkaTupleListener {

  /** Consumer property that passes this object to the {@link Interceptor}. */
  static final String PROPERTY = "thalweg.spout.events";

  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(SpoutEvents.class);

  private final TopicIds topicIds;
  private final RetryBackoff backoff;
  private transient SpoutListener listener;
  private transient Counter deadLetters;
  private transient SideStreams side;
  private transient Counter retries;
  private transient Counter givenUp;
  private transient Counter removedUnread;

  SpoutEvents(TopicIds topicIds, RetryBackoff backoff) {
    this.topicIds = topicIds;
    this.backoff = backoff;
  }

  /** Interceptor of the consumer. Public because Kafka creates it by reflection. */
  public static final class Interceptor
      implements ConsumerInterceptor<byte[], byte[]>, ClusterResourceListener {

    private SpoutEvents events;

    /** Creates an interceptor; called by Kafka. */
    public Interceptor() {}

    @Override
    public void configure(Map<String, ?> configs) {
      events = (SpoutEvents) configs.get(PROPERTY);
    }

    @Override
    public void onUpdate(ClusterResource cluster) {
      events.topicIds.onMetadataUpdate();
    }

    @Override
    public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
      if (events.listener == null) {
        return records;
      }
      Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> permitted = new HashMap<>();
      for (TopicPartition partition : records.partitions()) {
        List<ConsumerRecord<byte[], byte[]>> polled = records.records(partition);
        if (events.listener.onPolled(partition, polled)) {
          permitted.put(partition, polled);
        }
      }
      // The consumer has moved past the records of all partitions and does not return them again.
      return permitted.size() == records.partitions().size()
          ? records
          : new ConsumerRecords<>(permitted, records.nextOffsets());
    }

    @Override
    public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

    @Override
    public void close() {}
  }

  /** Sets the listener; before the spout opens. */
  void setListener(SpoutListener listener) {
    this.listener = listener;
  }

  TopicIds topicIds() {
    return topicIds;
  }

  @Override
  public void open(Map<String, Object> conf, TopologyContext context) {
    deadLetters = context.registerCounter("deadLetters");
    side = new SideStreams(context);
    retries = context.registerCounter("retries");
    givenUp = context.registerCounter("givenUp");
    removedUnread = context.registerCounter("removedUnread");
    topicIds.load();
  }

  @Override
  public void onEmit(List<Object> tuple, KafkaSpoutMessageId id) {
    backoff.onEmitted(id);
    boolean deadLetter =
        tuple instanceof KafkaTuple routed && Streams.DEAD_LETTER.equals(routed.getStream());
    if (deadLetter) {
      deadLetters.inc();
      side.onTuple(Streams.DEAD_LETTER);
    }
    if (listener != null) {
      listener.onEmitted(id.getTopicPartition(), id.offset(), tuple, deadLetter);
    }
  }

  @Override
  public void onAck(KafkaSpoutMessageId id) {
    backoff.onAcked(id);
    if (listener != null) {
      listener.onSettled(id.getTopicPartition(), id.offset());
    }
  }

  @Override
  public void onPartitionsReassigned(Collection<TopicPartition> partitions) {
    if (listener != null) {
      listener.onAssigned(partitions);
    }
  }

  @Override
  public void onRetry(KafkaSpoutMessageId id) {
    retries.inc();
    if (backoff.isGivenUpNow(id)) {
      givenUp.inc();
      LOG.error(
          "record given up after {} failures while others were acked, it is emitted once more as a"
              + " dead letter: topic {}, partition {}, offset {}",
          id.numFails(),
          id.topic(),
          id.partition(),
          id.offset());
    }
  }

  @Override
  public void onMaxRetryReached(KafkaSpoutMessageId id) {
    LOG.error(
        "dead letter of a record that was given up failed too, after {} failures the record is lost"
            + " to this topology: topic {}, partition {}, offset {}",
        id.numFails(),
        id.topic(),
        id.partition(),
        id.offset());
  }

  /** Counts records that Kafka removed before they were read. */
  void onRemovedUnread(TopicPartition partition, long from, long to) {
    removedUnread.inc(to - from);
    LOG.error(
        "up to {} records removed from Kafka before they were read, they are lost to this topology:"
            + " topic {}, partition {}, offsets {} to {}; increase the retention of the topic",
        to - from,
        partition.topic(),
        partition.partition(),
        from,
        to - 1);
  }

  /**
   * Counts a record that Kafka deleted before it could be emitted again.
   *
   * @param start first offset of the log
   */
  void onDeleted(KafkaSpoutMessageId id, long start) {
    givenUp.inc();
    LOG.error(
        "record deleted from Kafka before it was acked, it is lost to this topology: topic {},"
            + " partition {}, offset {}, the log now starts at {}",
        id.topic(),
        id.partition(),
        id.offset(),
        start);
  }
}
