package io.thalweg.storm.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.thalweg.storm.Durations;
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
 * Factory of Kafka spouts that emit records as bytes with key and event time, and route unreadable
 * records to a dead-letter stream instead of failing.
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
 * io.thalweg.storm.TupleFields}. A record becomes a dead letter if its value is null or too large,
 * if its header is unreadable or out of range, or if its key is too long or has control characters.
 * A record without a key is accepted if {@link Builder#withHeader} reads one from the value. A dead
 * letter is tracked like any other tuple: it must be acked.
 */
public final class KafkaSources {

  private KafkaSources() {}

  /**
   * Returns a builder of a source of records as bytes.
   *
   * @param bootstrapServers brokers as {@code host:port}, separated by commas
   * @param topics names of the topics, at least one
   * @return builder; {@link Builder#withGroupId} must be called
   * @throws IllegalArgumentException if there is no topic, or a topic has no name
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

  /** Builder of a source. Not thread-safe. */
  public static final class Builder {

    /**
     * Default of {@code metadata.max.age.ms}. A partition that is added to a topic is found after
     * at most this time and Storm's refresh period of 2 s; Kafka's own default is 5 minutes, in
     * which the watermark would advance past the records of the new partition.
     */
    private static final int METADATA_MAX_AGE_MILLIS = 2_000;

    private final String bootstrapServers;
    private final List<String> topics;
    private final Map<String, Object> properties = new HashMap<>();
    private String groupId;
    private Header.Reader reader = Builder::headerOfRecord;
    private boolean recordKeyChecked;
    private long earliest = Long.MIN_VALUE + 1;
    private long latest = Long.MAX_VALUE - 1;
    private FutureGuard futureGuard = new FutureGuard(60_000);
    private int maxKeyBytes = 1_024;
    private int maxValueBytes = Integer.MAX_VALUE;
    private int maxUncommittedOffsets = 200_000;
    private long commitPeriodMillis = 5_000;
    private FirstPollOffsetStrategy firstPoll = FirstPollOffsetStrategy.UNCOMMITTED_EARLIEST;
    private long firstRetryMillis = 100;
    private long longestRetryMillis = 10_000;
    private int maxRetries = 30;
    private long disorderMillis = 1_000;
    private long idleMillis = 5_000;
    private long idleAdvanceMillis = 10_000;
    private long heartbeatMillis = 200;
    private int maxUnconfirmedHeartbeats = 150;
    private long maxDriftMillis = 60_000;
    private long maxWaitingBytes;
    private EndOfStream end = () -> false;

    private Builder(String bootstrapServers, List<String> topics) {
      this.bootstrapServers = bootstrapServers;
      this.topics = topics;
    }

    /**
     * Sets the consumer group, for which Kafka stores the read offsets. Required.
     *
     * @param groupId name of the group; a new group reads the topic from its beginning
     * @return this
     */
    public Builder withGroupId(String groupId) {
      this.groupId = groupId;
      return this;
    }

    /**
     * Sets the function that reads key and event time. By default the key is the record key as
     * UTF-8, and the event time is the record's timestamp in Kafka; a record without a key or
     * without a timestamp is then a dead letter.
     *
     * @param reader function; a record for which it throws becomes a dead letter
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
      if (record.timestamp() == ConsumerRecord.NO_TIMESTAMP) {
        throw new IllegalArgumentException(
            "record must have a timestamp, or a header that reads one: " + record.timestamp());
      }
      return new Header(new String(record.key(), UTF_8), record.timestamp());
    }

    /**
     * Rejects records without a record key, and records whose record key as UTF-8 differs from the
     * key in the header: they may be in a different partition than other records of that key.
     *
     * @return this
     */
    public Builder withRecordKeyChecked() {
      this.recordKeyChecked = true;
      return this;
    }

    /**
     * Rejects records with an event time out of range. By default all event times are accepted
     * except the two reserved values.
     *
     * @param earliest smallest accepted event time
     * @param latest largest accepted event time
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
     * Rejects records whose event time is too far in the future, so that a device with a wrong
     * clock does not advance the watermark. 1 minute by default.
     *
     * <p>The event time is compared with a time that the producer cannot set to a later one: the
     * time at which the broker appended the record if the topic has {@code message.timestamp.type =
     * LogAppendTime}; otherwise the smaller of the record's timestamp and the time at which the
     * spout reads it, and only the latter for a record without timestamp. With {@code
     * LogAppendTime} a replay decides alike. Otherwise the spout may accept a rejected record when
     * it reads it again later. A bolt whose state is older than the offset counts it once; one that
     * has settled the offset turns it into a second dead letter.
     *
     * @param bound largest accepted difference; {@link java.time.temporal.ChronoUnit#FOREVER} for
     *     none
     * @return this
     * @throws IllegalArgumentException if the bound is negative
     */
    public Builder withMaxFuture(Duration bound) {
      this.futureGuard = new FutureGuard(Durations.nonNegativeMillis("bound", bound));
      return this;
    }

    /**
     * Rejects records with a longer key. Keys become parts of result ids, rows and indexes, which
     * databases bound. 1,024 bytes by default. Keys with control characters, such as NUL or a line
     * feed, are always rejected.
     *
     * @param bytes largest accepted length in UTF-8
     * @return this
     * @throws IllegalArgumentException if the length is not positive
     */
    public Builder withMaxKeyBytes(int bytes) {
      this.maxKeyBytes = positive("bytes", bytes);
      return this;
    }

    /**
     * Rejects records with a larger value before the header is read. Unbounded by default.
     *
     * @param bytes largest accepted size
     * @return this
     * @throws IllegalArgumentException if the size is not positive
     */
    public Builder withMaxValueBytes(int bytes) {
      this.maxValueBytes = positive("bytes", bytes);
      return this;
    }

    /**
     * Sets the bound on records in flight, that is, polled and not yet committed to Kafka. A
     * partition at the bound is not polled. 200,000 by default. A {@link
     * io.thalweg.storm.ProcessorBolt} behind a plain spout must remember at least this many ids
     * plus {@code max.poll.records}: see {@link io.thalweg.storm.ProcessorBolt#withLedgerSize}.
     *
     * @param offsets bound per partition
     * @return this
     * @throws IllegalArgumentException if the bound is not positive
     */
    public Builder withMaxUncommittedOffsets(int offsets) {
      this.maxUncommittedOffsets = positive("offsets", offsets);
      return this;
    }

    /**
     * Sets the time between commits of offsets to Kafka. A restart reads the records since the last
     * commit again. 5 s by default.
     *
     * @param period time from one commit to the next
     * @return this
     * @throws IllegalArgumentException if the period is less than a millisecond
     */
    public Builder withCommitPeriod(Duration period) {
      this.commitPeriodMillis = Durations.positiveMillis("period", period);
      return this;
    }

    /**
     * Sets where a group starts to read. By default it starts at its last commit, and without one
     * at the beginning. EARLIEST and LATEST start over at every deployment, because Storm's spout
     * treats a resubmitted topology as another one.
     *
     * @param strategy EARLIEST, LATEST, UNCOMMITTED_EARLIEST or UNCOMMITTED_LATEST
     * @return this
     * @throws IllegalArgumentException for strategies by timestamp, which Storm's spout ignores
     */
    public Builder withFirstPoll(FirstPollOffsetStrategy strategy) {
      switch (strategy) {
        case EARLIEST, LATEST, UNCOMMITTED_EARLIEST, UNCOMMITTED_LATEST -> firstPoll = strategy;
        default ->
            throw new IllegalArgumentException(
                "strategy must not be by timestamp, because the spout ignores it: " + strategy);
      }
      return this;
    }

    /**
     * Sets the delay before a failed tuple is emitted again: the first delay, doubled with each
     * failure up to the longest. 100 ms and 10 s by default.
     *
     * @param first delay after the first failure
     * @param longest longest delay
     * @return this
     * @throws IllegalArgumentException if a delay is less than a millisecond, or if the longest is
     *     shorter than the first
     */
    public Builder withRetryDelays(Duration first, Duration longest) {
      if (longest.compareTo(first) < 0) {
        throw new IllegalArgumentException(
            "longest delay must be at least the first " + first + ": " + longest);
      }
      this.firstRetryMillis = Durations.positiveMillis("first", first);
      this.longestRetryMillis = Durations.positiveMillis("longest", longest);
      return this;
    }

    /**
     * Sets how often a failed tuple is emitted again before its record is given up. A failure
     * counts only if a record has been acked that was emitted since the failure before, so that a
     * sink that is down for all records uses up no retries. Failures count too while acked records
     * behind the smallest unacked offset of the partition are at least half of {@link
     * #withMaxUncommittedOffsets}, since the low watermark spout then soon emits no later record
     * that could be acked. 30 by default: a record that one bolt fails at once for ever is given up
     * after about 4 minutes, one that times out after about 20.
     *
     * <p>A record that is given up is emitted once more, on the stream {@link
     * io.thalweg.storm.Streams#DEAD_LETTER}. It no longer holds the watermark, is counted in {@code
     * givenUp}, and is an error in the log. Its dead letter is tracked; if that fails as often, the
     * record is settled, and is lost except for another error in the log.
     *
     * @param retries largest number of retries; {@code Integer.MAX_VALUE} for no bound
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
     * Sets the disorder bound within a partition: an event is not late if its time is at most this
     * much before the largest one in its partition so far. The watermark, and every result that
     * depends on it, is delayed by the bound. 1 s by default. For {@link #lowWatermarkSpout} only.
     *
     * @param bound disorder bound; zero if every partition is in order
     * @return this
     * @throws IllegalArgumentException if the bound is negative
     */
    public Builder withDisorder(Duration bound) {
      this.disorderMillis = Durations.nonNegativeMillis("bound", bound);
      return this;
    }

    /**
     * Sets the time without records after which a partition that is read to its end becomes idle,
     * so that the watermark advances without it. 5 s by default. Late records alone keep it from
     * being idle for ten times as long. For {@link #lowWatermarkSpout} only.
     *
     * @param time time since its last record and the last ack of one
     * @return this
     * @throws IllegalArgumentException if the time is less than a millisecond
     */
    public Builder withIdleTimeout(Duration time) {
      this.idleMillis = Durations.positiveMillis("time", time);
      return this;
    }

    /**
     * Sets the distance to the clock at which event time goes on while all partitions of all tasks
     * are idle, so that the last windows close and the last events are answered. 10 s by default. A
     * record is late if, when it is written, its event time is behind the clock by more than the
     * distance and event time has gone on; set the distance above the longest time from an event to
     * its record. A source whose last records were delayed is given that delay in addition.
     *
     * <p>Applies to live streams only: event time is at most an hour behind the clock when the
     * partitions become idle. A replay of older records never runs ahead. The clock is that of the
     * spout's host. For {@link #lowWatermarkSpout} only.
     *
     * @param distance time by which event time stays behind the clock
     * @return this
     * @throws IllegalArgumentException if the distance is negative
     */
    public Builder withIdleAdvance(Duration distance) {
      this.idleAdvanceMillis = Durations.nonNegativeMillis("distance", distance);
      return this;
    }

    /**
     * Stops event time while all partitions are idle: the last windows stay open until a record
     * arrives. For {@link #lowWatermarkSpout} only.
     *
     * @return this
     */
    public Builder withoutIdleAdvance() {
      this.idleAdvanceMillis = LowWatermark.NO_DISTANCE;
      return this;
    }

    /**
     * Sets the time between heartbeats, which carry the watermark and drive the commits of the
     * bolts. 200 ms by default. For {@link #lowWatermarkSpout} only.
     *
     * @param period time from one heartbeat to the next
     * @return this
     * @throws IllegalArgumentException if the period is less than a millisecond
     */
    public Builder withHeartbeat(Duration period) {
      this.heartbeatMillis = Durations.positiveMillis("period", period);
      return this;
    }

    /**
     * Sets the bound on unconfirmed heartbeats, and thereby on the results that wait for a slow
     * sink: with more, nothing is read until some are confirmed. 150 by default, which is 30 s. For
     * {@link #lowWatermarkSpout} only.
     *
     * @param heartbeats largest number of unconfirmed heartbeats with which records are read
     * @return this
     * @throws IllegalArgumentException if the bound is not positive
     */
    public Builder withMaxUnconfirmedHeartbeats(int heartbeats) {
      this.maxUnconfirmedHeartbeats = positive("heartbeats", heartbeats);
      return this;
    }

    /**
     * Sets the bound on the drift of event time between the partitions of a task. A partition whose
     * largest event time is further ahead of the slowest one is not read until that one has caught
     * up, since its records would only wait for the watermark, in the memory of the bolts. A
     * partition that is idle or read to its end is not waited for. 1 minute by default. For {@link
     * #lowWatermarkSpout} only.
     *
     * @param bound largest drift
     * @return this
     * @throws IllegalArgumentException if the bound is negative
     */
    public Builder withMaxDrift(Duration bound) {
      this.maxDriftMillis = Durations.nonNegativeMillis("bound", bound);
      return this;
    }

    /**
     * Sets the bound on the memory of the records that a task has read and that wait for the
     * watermark in the bolts, as estimated by the spout: the size of the value and 256 bytes per
     * record. Above it only the slowest partition of the task is read; if the bolts have not
     * confirmed the watermark that releases as much, nothing is. By default the tasks of the spout
     * in a worker share a quarter of its heap. For {@link #lowWatermarkSpout} only.
     *
     * @param bytes bound per task of the spout
     * @return this
     * @throws IllegalArgumentException if the bound is not positive
     */
    public Builder withMaxWaitingBytes(long bytes) {
      if (bytes <= 0) {
        throw new IllegalArgumentException("bytes must be positive: " + bytes);
      }
      this.maxWaitingBytes = bytes;
      return this;
    }

    /**
     * Sets the end of a bounded run: once it is reached and every record is read and acked, the
     * watermark is {@code Long.MAX_VALUE} and every window closes. Never by default. For {@link
     * #lowWatermarkSpout} only.
     *
     * @param end condition that no further record will be written
     * @return this
     */
    public Builder withEnd(EndOfStream end) {
      this.end = requireNonNull(end, "end");
      return this;
    }

    /**
     * Sets a property of the Kafka consumer and of the admin client, such as {@code
     * security.protocol} or {@code max.poll.records}.
     *
     * <p>Passwords appear neither in the log nor in Storm's UI, but they are part of the submitted
     * topology. A reference keeps them out of it: the property {@code config.providers} names
     * providers, such as Kafka's for files and environment variables, which each client asks when
     * it starts.
     *
     * @param name name, as in Kafka's documentation
     * @param value value
     * @return this
     * @throws IllegalArgumentException for a property that this class sets: bootstrap.servers,
     *     group.id, enable.auto.commit and the deserializers
     */
    public Builder withProperty(String name, Object value) {
      switch (name) {
        case ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            ConsumerConfig.GROUP_ID_CONFIG,
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
            ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG ->
            throw new IllegalArgumentException(
                "property must not be set, because the source sets it: " + name);
        default -> properties.put(name, value);
      }
      return this;
    }

    /**
     * Looks up the topics in Kafka, as the spout does when it opens. Call it before a topology is
     * submitted, to fail early. Blocks for at most 10 s.
     *
     * @return id of each topic by its name
     * @throws IllegalStateException if Kafka cannot be reached or a topic does not exist; the
     *     message names the topic and the remedy
     */
    public Map<String, String> topicIds() {
      return topicIds(admins());
    }

    /** Looks up the topics with the given clients. */
    Map<String, String> topicIds(AdminFactory admins) {
      return Map.copyOf(new TopicIds(bootstrapServers, topics, admins).lookUp());
    }

    /** Returns the configuration of a plain spout with the given admin clients. */
    SpoutConfig config(AdminFactory admins) {
      return new SpoutConfig(
          config(new TopicIds(bootstrapServers, topics, admins), new PartitionAssignment(topics))
              .setOffsetCommitPeriodMs(commitPeriodMillis));
    }

    private KafkaSpoutConfig.Builder<byte[], byte[]> config(
        TopicIds topicIds, PartitionAssignment assignment) {
      if (groupId == null || groupId.isBlank()) {
        throw new IllegalStateException(
            "group id must be set, without it offsets cannot be committed: call withGroupId for the"
                + " source of "
                + String.join(", ", topics));
      }
      RetryBackoff backoff = new RetryBackoff(firstRetryMillis, longestRetryMillis, maxRetries);
      SpoutEvents events = new SpoutEvents(topicIds, backoff);
      return new KafkaSpoutConfig.Builder<byte[], byte[]>(bootstrapServers, assignment, assignment)
          .setProp(properties)
          .setProp(
              ConsumerConfig.METADATA_MAX_AGE_CONFIG,
              properties.getOrDefault(
                  ConsumerConfig.METADATA_MAX_AGE_CONFIG, METADATA_MAX_AGE_MILLIS))
          .setProp(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class)
          .setProp(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class)
          .setProp(ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG, interceptors())
          .setProp(SpoutEvents.PROPERTY, events)
          .setGroupId(groupId)
          .setProcessingGuarantee(KafkaSpoutConfig.ProcessingGuarantee.AT_LEAST_ONCE)
          .setFirstPollOffsetStrategy(firstPoll)
          .setMaxUncommittedOffsets(maxUncommittedOffsets)
          .setRetry(backoff)
          .setRecordTranslator(
              new HeaderRecordTranslator(
                  topicIds,
                  backoff,
                  reader,
                  recordKeyChecked,
                  earliest,
                  latest,
                  futureGuard,
                  maxKeyBytes,
                  maxValueBytes))
          .setTupleListener(events);
    }

    /** Returns the interceptors of the user and the one of the spout. */
    private ArrayList<Object> interceptors() {
      ArrayList<Object> interceptors = new ArrayList<>();
      Object given = properties.get(ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG);
      if (given instanceof List<?> list) {
        interceptors.addAll(list);
      } else if (given != null) {
        interceptors.addAll(List.of(given.toString().trim().split("\\s*,\\s*")));
      }
      interceptors.add(SpoutEvents.Interceptor.class);
      return interceptors;
    }

    /**
     * Creates a plain spout, whose tuples arrive at least once and carry no watermark.
     *
     * @return spout, for {@code TopologyBuilder.setSpout}
     * @throws IllegalStateException if there is no group id
     */
    public KafkaSpout<byte[], byte[]> spout() {
      return new SpoutConfig.PlainSpout(config(admins()));
    }

    /**
     * Creates a spout that emits the watermark, which effectively-once results require.
     *
     * @return spout, for {@code TopologyBuilder.setSpout}
     * @throws IllegalStateException if there is no group id
     */
    public LowWatermarkKafkaSpout lowWatermarkSpout() {
      return lowWatermarkSpout(admins());
    }

    /** Creates a spout with the given admin clients. */
    LowWatermarkKafkaSpout lowWatermarkSpout(AdminFactory admins) {
      TopicIds topicIds = new TopicIds(bootstrapServers, topics, admins);
      PartitionAssignment assignment = new PartitionAssignment(topics);
      // The spout itself commits, after it has verified the topics. Acks and heartbeats must not
      // wait for a poll, nor a retry for a fetch at the end of the log.
      SpoutConfig config =
          new SpoutConfig(
              config(topicIds, assignment)
                  .setOffsetCommitPeriodMs(TimeUnit.DAYS.toMillis(36_500))
                  .setProp(
                      ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
                      properties.getOrDefault(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 100))
                  .setPollTimeoutMs(Math.max(1, Math.min(20, heartbeatMillis / 10))));
      return new LowWatermarkKafkaSpout(
          config,
          (SpoutEvents) config.getTupleListener(),
          assignment,
          new LowWatermarkKafkaSpout.Settings(
              disorderMillis,
              futureGuard,
              idleMillis,
              idleAdvanceMillis,
              heartbeatMillis,
              commitPeriodMillis,
              maxUnconfirmedHeartbeats,
              maxDriftMillis,
              maxWaitingBytes,
              end));
    }

    private AdminFactory admins() {
      return AdminFactory.of(bootstrapServers, properties);
    }

    private static int positive(String name, int value) {
      if (value <= 0) {
        throw new IllegalArgumentException(name + " must be positive: " + value);
      }
      return value;
    }
  }
}
