package io.thalweg.storm.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.storm.kafka.spout.FirstPollOffsetStrategy;
import org.apache.storm.kafka.spout.KafkaSpout;
import org.apache.storm.kafka.spout.KafkaSpoutConfig;

/**
 * Kafka spouts that survive their data: bytes in, key and event time read once by a total function,
 * and what cannot be read goes to a dead-letter stream instead of killing the worker.
 *
 * <pre>{@code
 * KafkaSpout<byte[], byte[]> readings =
 *     KafkaSources.bytes("localhost:9092", "sensor_readings")
 *         .withGroupId("detector")
 *         .withHeader(record -> Reading.header(record.value()))
 *         .withRecordKeyChecked()
 *         .spout();
 * topology.setSpout("readings", readings, 1);
 * topology.setBolt("dead-letters", ...).shuffleGrouping("readings", Streams.DEAD_LETTER);
 * }</pre>
 *
 * <p>The default stream has the fields {@code topic, topic_id, partition, offset, record_timestamp,
 * key, timestamp, value}; the stream {@link io.thalweg.storm.Streams#DEAD_LETTER} has {@code
 * reason, topic, topic_id, partition, offset, record_timestamp, record_key, value}: see {@link
 * io.thalweg.storm.TupleFields}. A record is dead when its value is null or too large, its header
 * unreadable or out of range. A record without a key will do where {@link Builder#withHeader} finds
 * one in the value. A dead letter is tracked like any other tuple: it must be acked.
 */
public final class KafkaSources {

  private KafkaSources() {}

  /**
   * Starts a source of records as bytes.
   *
   * @param bootstrapServers where Kafka is: host:port, several separated by commas
   * @param topics the names of the topics, at least one
   * @return a builder; a group id has to be given yet
   * @throws IllegalArgumentException if there is no topic, or one without a name
   */
  public static Builder bytes(String bootstrapServers, String... topics) {
    if (topics.length == 0) {
      throw new IllegalArgumentException("at least one topic must be given");
    }
    for (String topic : topics) {
      if (topic == null || topic.isBlank()) {
        throw new IllegalArgumentException("topic must have a name: " + topic);
      }
    }
    return new Builder(requireNonNull(bootstrapServers, "bootstrapServers"), List.of(topics));
  }

  /** Collects the settings of a source. Not thread-safe. */
  public static final class Builder {

    private static final Duration LONGEST = Duration.ofMillis(Long.MAX_VALUE);

    private final String bootstrapServers;
    private final List<String> topics;
    private final Map<String, Object> properties = new HashMap<>();
    private String groupId;
    private Header.Reader reader = Builder::headerOfRecord;
    private boolean recordKeyChecked;
    private long earliest = Long.MIN_VALUE + 1;
    private long latest = Long.MAX_VALUE - 1;
    private long maxFutureMillis = Long.MAX_VALUE;
    private int maxValueBytes = Integer.MAX_VALUE;
    private int maxUncommittedOffsets = 200_000;
    private long commitPeriodMillis = 5_000;
    private FirstPollOffsetStrategy firstPoll = FirstPollOffsetStrategy.UNCOMMITTED_EARLIEST;
    private long firstRetryMillis = 100;
    private long longestRetryMillis = 10_000;
    private int maxRetries = Integer.MAX_VALUE;
    private long disorderMillis = 1_000;
    private long idleMillis = 5_000;
    private long heartbeatMillis = 200;
    private int maxUnconfirmedHeartbeats = 150;
    private EndOfStream end = () -> false;

    private Builder(String bootstrapServers, List<String> topics) {
      this.bootstrapServers = bootstrapServers;
      this.topics = topics;
    }

    /**
     * Names the consumer group, under which Kafka keeps how far the topic was read. Mandatory.
     *
     * @param groupId the name; a new one reads the topic from its beginning
     * @return this
     */
    public Builder withGroupId(String groupId) {
      this.groupId = groupId;
      return this;
    }

    /**
     * Says how key and event time are read. By default the key is the record's, as UTF-8, and the
     * event time is the record's timestamp in Kafka; a record without a key is dead then.
     *
     * @param reader reads them from a record; what it throws is the reason of a dead letter
     * @return this
     */
    public Builder withHeader(Header.Reader reader) {
      this.reader = requireNonNull(reader, "reader");
      return this;
    }

    private static Header headerOfRecord(ConsumerRecord<byte[], byte[]> record) {
      if (record.key() == null) {
        throw new IllegalArgumentException("record key must not be null");
      }
      return new Header(new String(record.key(), UTF_8), record.timestamp());
    }

    /**
     * Refuses records without a key of their own, and those whose own key, as UTF-8 text, is not
     * the key that the header has: such records may lie in another partition than their fellows.
     *
     * @return this
     */
    public Builder withRecordKeyChecked() {
      this.recordKeyChecked = true;
      return this;
    }

    /**
     * Refuses records with an event time out of range. By default all but the two reserved ones are
     * taken.
     *
     * @param earliest the smallest event time that is taken
     * @param latest the largest event time that is taken
     * @return this
     * @throws IllegalArgumentException if the range is empty
     */
    public Builder withTimestampsWithin(long earliest, long latest) {
      if (earliest > latest) {
        throw new IllegalArgumentException(
            "earliest must not be after latest " + latest + ": " + earliest);
      }
      this.earliest = earliest;
      this.latest = latest;
      return this;
    }

    /**
     * Refuses records whose event time is too far after their timestamp in Kafka. Measured against
     * the record and not the clock, so that a replay decides alike.
     *
     * @param bound how far ahead an event time may be
     * @return this
     * @throws IllegalArgumentException if the bound is negative
     */
    public Builder withMaxFuture(Duration bound) {
      this.maxFutureMillis = notNegative("bound", bound);
      return this;
    }

    /**
     * Refuses records with a larger value before anyone reads it. Unbounded by default.
     *
     * @param bytes the largest size that is taken
     * @return this
     * @throws IllegalArgumentException if the size is not positive
     */
    public Builder withMaxValueBytes(int bytes) {
      this.maxValueBytes = positive("bytes", bytes);
      return this;
    }

    /**
     * Bounds the records in flight: polled, and not yet committed to Kafka. When a partition has so
     * many, it is not polled. 200,000 by default. A {@link io.thalweg.storm.ProcessorBolt} behind
     * this source must remember at least so many ids and {@code max.poll.records} more: see {@link
     * io.thalweg.storm.ProcessorBolt#withLedgerSize}.
     *
     * @param offsets the bound for each partition
     * @return this
     * @throws IllegalArgumentException if the bound is not positive
     */
    public Builder withMaxUncommittedOffsets(int offsets) {
      this.maxUncommittedOffsets = positive("offsets", offsets);
      return this;
    }

    /**
     * Says how often progress is committed to Kafka: what a restart reads again. 5 s by default.
     *
     * @param period the time from one commit to the next
     * @return this
     * @throws IllegalArgumentException if the period is less than a millisecond
     */
    public Builder withCommitPeriod(Duration period) {
      this.commitPeriodMillis = positive("period", period);
      return this;
    }

    /**
     * Says where a group begins to read. By default at its last commit, and where there is none at
     * the beginning. EARLIEST and LATEST begin anew at every deployment, since Storm's spout takes
     * a topology submitted again for another.
     *
     * @param strategy EARLIEST, LATEST, UNCOMMITTED_EARLIEST or UNCOMMITTED_LATEST
     * @return this
     * @throws IllegalArgumentException for the strategies by timestamp, which Storm's spout ignores
     */
    public Builder withFirstPoll(FirstPollOffsetStrategy strategy) {
      switch (strategy) {
        case EARLIEST, LATEST, UNCOMMITTED_EARLIEST, UNCOMMITTED_LATEST -> firstPoll = strategy;
        default ->
            throw new IllegalArgumentException(
                "strategy must not be by timestamp, which the spout ignores: " + strategy);
      }
      return this;
    }

    /**
     * Says when a failed tuple is emitted again: after the first delay, doubled with each failure
     * up to the longest. 100 ms and 10 s by default.
     *
     * @param first the delay after the first failure
     * @param longest the longest delay
     * @return this
     * @throws IllegalArgumentException if a delay is less than a millisecond, or the longest is the
     *     shorter
     */
    public Builder withRetryDelays(Duration first, Duration longest) {
      if (longest.compareTo(first) < 0) {
        throw new IllegalArgumentException(
            "longest delay must be at least the first " + first + ": " + longest);
      }
      this.firstRetryMillis = positive("first", first);
      this.longestRetryMillis = positive("longest", longest);
      return this;
    }

    /**
     * Bounds how often a failed tuple is emitted again. Without bound by default: after the last
     * retry the record counts as done and is lost but for a line in the log.
     *
     * @param retries the bound
     * @return this
     * @throws IllegalArgumentException if the bound is negative
     */
    public Builder withMaxRetries(int retries) {
      if (retries < 0) {
        throw new IllegalArgumentException("retries must not be negative: " + retries);
      }
      this.maxRetries = retries;
      return this;
    }

    /**
     * Says how far event times are out of order within a partition: an event is not late if its
     * time is at most so much before the largest in its partition so far. What waits for the
     * watermark waits so much longer. 1 s by default. Of {@link #lowWatermarkSpout} only.
     *
     * @param bound the bound; zero if every partition is in order
     * @return this
     * @throws IllegalArgumentException if the bound is negative
     */
    public Builder withDisorder(Duration bound) {
      this.disorderMillis = notNegative("bound", bound);
      return this;
    }

    /**
     * Says how long a partition that is read to its end may be silent until the watermark goes on
     * without it, as long as nothing comes to it. 5 s by default. Of {@link #lowWatermarkSpout}
     * only.
     *
     * @param time the time since its last record and its last ack
     * @return this
     * @throws IllegalArgumentException if the time is less than a millisecond
     */
    public Builder withIdleTimeout(Duration time) {
      this.idleMillis = positive("time", time);
      return this;
    }

    /**
     * Says how often the watermark is sent, moved or not. 200 ms by default: it also drives the
     * commits of the bolts. Of {@link #lowWatermarkSpout} only.
     *
     * @param period the time from one to the next
     * @return this
     * @throws IllegalArgumentException if the period is less than a millisecond
     */
    public Builder withHeartbeat(Duration period) {
      this.heartbeatMillis = positive("period", period);
      return this;
    }

    /**
     * Bounds the results that wait for a slow sink: when more heartbeats than this are sent beyond
     * the last up to which all arrived, nothing is read until some arrive. 150 by default, which is
     * 30 s. Of {@link #lowWatermarkSpout} only.
     *
     * @param heartbeats the bound
     * @return this
     * @throws IllegalArgumentException if the bound is not positive
     */
    public Builder withMaxUnconfirmedHeartbeats(int heartbeats) {
      this.maxUnconfirmedHeartbeats = positive("heartbeats", heartbeats);
      return this;
    }

    /**
     * Makes the run a bounded one: once the end is reached, all is read and all acked, the
     * watermark is {@code Long.MAX_VALUE} and every window closes. Never by default. Of {@link
     * #lowWatermarkSpout} only.
     *
     * @param end says when nothing more will be written
     * @return this
     */
    public Builder withEnd(EndOfStream end) {
      this.end = requireNonNull(end, "end");
      return this;
    }

    /**
     * Sets a property of the Kafka consumer, and of the client that looks up the topics, such as
     * {@code security.protocol} or {@code max.poll.records}.
     *
     * @param name the name, as in Kafka's documentation
     * @param value the value
     * @return this
     * @throws IllegalArgumentException for what this class sets itself: bootstrap.servers,
     *     group.id, enable.auto.commit and the deserializers
     */
    public Builder withProperty(String name, Object value) {
      switch (name) {
        case ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            ConsumerConfig.GROUP_ID_CONFIG,
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
            ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG ->
            throw new IllegalArgumentException("property is set by the source itself: " + name);
        default -> properties.put(name, value);
      }
      return this;
    }

    /**
     * Asks Kafka for the topics, as the spout will when it opens. Call it before a topology is
     * submitted, to fail early and in the right place. Blocks for at most 10 s.
     *
     * @return the id of each topic by its name
     * @throws IllegalStateException if Kafka is not reachable or a topic does not exist; the
     *     message says which, and what to do
     */
    public Map<String, String> topicIds() {
      return Map.copyOf(directory().lookUp());
    }

    /** Makes the configuration of a plain spout. */
    KafkaSpoutConfig<byte[], byte[]> config() {
      return config(directory()).setOffsetCommitPeriodMs(commitPeriodMillis).build();
    }

    private KafkaSpoutConfig.Builder<byte[], byte[]> config(TopicDirectory directory) {
      if (groupId == null || groupId.isBlank()) {
        throw new IllegalStateException(
            "group id must be set, or offsets cannot be committed: call withGroupId for the source"
                + " of "
                + String.join(", ", topics));
      }
      return new KafkaSpoutConfig.Builder<byte[], byte[]>(bootstrapServers, directory, directory)
          .setProp(properties)
          .setProp(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class)
          .setProp(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class)
          .setProp(ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG, interceptors())
          .setProp(TopicDirectory.PROPERTY, directory)
          .setGroupId(groupId)
          .setProcessingGuarantee(KafkaSpoutConfig.ProcessingGuarantee.AT_LEAST_ONCE)
          .setFirstPollOffsetStrategy(firstPoll)
          .setMaxUncommittedOffsets(maxUncommittedOffsets)
          .setRetry(new RetryBackoff(firstRetryMillis, longestRetryMillis, maxRetries))
          .setRecordTranslator(
              new HeaderRecordTranslator(
                  directory,
                  reader,
                  recordKeyChecked,
                  earliest,
                  latest,
                  maxFutureMillis,
                  maxValueBytes))
          .setTupleListener(directory);
    }

    /** Those of the user, and the one that follows what is polled. */
    private ArrayList<Object> interceptors() {
      ArrayList<Object> interceptors = new ArrayList<>();
      Object given = properties.get(ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG);
      if (given instanceof List<?> list) {
        interceptors.addAll(list);
      } else if (given != null) {
        interceptors.addAll(List.of(given.toString().trim().split("\\s*,\\s*")));
      }
      interceptors.add(TopicDirectory.Interceptor.class);
      return interceptors;
    }

    /**
     * Makes a plain spout, whose tuples arrive at least once and bring no watermark.
     *
     * @return a spout, for {@code TopologyBuilder.setSpout}
     * @throws IllegalStateException if there is no group id
     */
    public KafkaSpout<byte[], byte[]> spout() {
      return new KafkaSpout<>(config());
    }

    /**
     * Makes a spout that knows the watermark, which effectively-once results need.
     *
     * @return a spout, for {@code TopologyBuilder.setSpout}
     * @throws IllegalStateException if there is no group id
     */
    public LowWatermarkKafkaSpout lowWatermarkSpout() {
      TopicDirectory directory = directory();
      // The spout commits itself, once it has made sure that the topics are still the same. Acks
      // and heartbeats must not wait for a poll, nor a retry for a fetch at the end of the log.
      KafkaSpoutConfig<byte[], byte[]> config =
          config(directory)
              .setOffsetCommitPeriodMs(TimeUnit.DAYS.toMillis(36_500))
              .setProp(
                  ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
                  properties.getOrDefault(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 100))
              .setPollTimeoutMs(Math.max(1, Math.min(20, heartbeatMillis / 10)))
              .build();
      return new LowWatermarkKafkaSpout(
          config,
          directory,
          new LowWatermarkKafkaSpout.Settings(
              disorderMillis,
              idleMillis,
              heartbeatMillis,
              commitPeriodMillis,
              maxUnconfirmedHeartbeats,
              end));
    }

    private TopicDirectory directory() {
      return new TopicDirectory(bootstrapServers, topics, properties);
    }

    private static int positive(String name, int value) {
      if (value <= 0) {
        throw new IllegalArgumentException(name + " must be positive: " + value);
      }
      return value;
    }

    private static long positive(String name, Duration value) {
      if (value.compareTo(Duration.ofMillis(1)) < 0) {
        throw new IllegalArgumentException(name + " must be at least a millisecond: " + value);
      }
      return millis(value);
    }

    private static long notNegative(String name, Duration value) {
      if (value.isNegative()) {
        throw new IllegalArgumentException(name + " must not be negative: " + value);
      }
      return millis(value);
    }

    /** A duration beyond all milliseconds, such as that of {@code FOREVER}, is the longest. */
    private static long millis(Duration value) {
      return value.compareTo(LONGEST) < 0 ? value.toMillis() : Long.MAX_VALUE;
    }
  }
}
