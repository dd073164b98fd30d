package io.thalweg.storm.kafka;

import io.thalweg.storm.ComponentSettings;
import io.thalweg.storm.ErrorText;
import io.thalweg.storm.Heartbeat;
import io.thalweg.storm.SettledMarks;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import java.io.Serializable;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.storm.kafka.spout.FirstPollOffsetStrategy;
import org.apache.storm.kafka.spout.KafkaSpout;
import org.apache.storm.kafka.spout.KafkaSpoutMessageId;
import org.apache.storm.kafka.spout.internal.CommitMetadataManager;
import org.apache.storm.spout.SpoutOutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Values;
import org.apache.storm.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka spout that computes a low watermark: no on-time record below it can still arrive. It emits
 * the watermark as heartbeats on the stream {@link io.thalweg.storm.Streams#WATERMARK}.
 *
 * <pre>{@code
 * topology.setSpout("readings", KafkaSources.bytes("localhost:9092", "sensor_readings")
 *     .withGroupId("detector")
 *     .withHeader(record -> Reading.header(record.value()))
 *     .withMaxFuture(Duration.ofMinutes(1))
 *     .withDisorder(Duration.ofSeconds(2))
 *     .lowWatermarkSpout(), 2);
 * topology.setBolt("detector", ..., 4)
 *     .fieldsGrouping("readings", new Fields(TupleFields.KEY))
 *     .allGrouping("readings", Streams.WATERMARK);
 * }</pre>
 *
 * <h2>Watermark</h2>
 *
 * The bound of a partition is its largest event time less the disorder bound ({@link
 * KafkaSources.Builder#withDisorder}). An unacked record holds the watermark at its event time, so
 * that it is not late if it fails and is emitted again; a record that was late when it was first
 * emitted holds it at the bound of its partition at that time. The watermark of a task is the
 * smallest of the bounds of its partitions and of the times at which its records hold it. It never
 * decreases. Partitions that are read at different speeds wait for each other. This is the low
 * watermark of MillWheel (Akidau et al., VLDB 2013, <a
 * href="https://doi.org/10.14778/2536222.2536229">doi:10.14778/2536222.2536229</a>).
 *
 * <ul>
 *   <li>A partition holds the watermark from its assignment, even before its first record, until it
 *       is idle. A partition becomes idle when, for {@link KafkaSources.Builder#withIdleTimeout},
 *       no record with an event time was emitted or acked, none is unacked, and it is read to the
 *       end that Kafka reports before each heartbeat. A record below the bound of its partition
 *       when it was first emitted is late, not on time; late records keep a partition from being
 *       idle for no more than ten idle timeouts after the last on-time record. A partition that
 *       cannot be read is not idle, and neither is one with an open transaction.
 *   <li>The watermark advances past an idle partition only as far as the other partitions had
 *       advanced when Kafka was asked. A record that is written to the idle partition later, while
 *       others receive records too, is not late, however long it waits to be read. It may be late
 *       if its event time is behind the others by more than the disorder bound.
 *   <li>When all partitions are idle, the watermark of the task stays, and the heartbeat has {@code
 *       idle = true}. It then carries a {@code clock}: the time of the idle check, less a distance
 *       ({@link KafkaSources.Builder#withIdleAdvance}) and the delay of the last records. When all
 *       tasks are idle, the bolts raise their watermark to the smallest clock, so that the last
 *       windows close. A record that is written later than the distance after its event may then be
 *       late. Event time that is behind the clock by more than an hour, as in a replay, does not
 *       follow it; a bounded run ends by {@link KafkaSources.Builder#withEnd}.
 *   <li>Event times far in the future would advance the watermark too far; by default, {@link
 *       KafkaSources.Builder#withMaxFuture} turns such records into dead letters. A dead letter is
 *       tracked but has no event time: it does not hold the watermark, nor keep its partition from
 *       being idle. A record that is given up ({@link KafkaSources.Builder#withMaxRetries}) becomes
 *       a dead letter too; one that Kafka deletes before it is emitted again counts as settled.
 *   <li>With each offset, the largest event time below it is committed to Kafka; a restarted task
 *       continues from there, unless that time is in the future by more than {@code withMaxFuture}.
 * </ul>
 *
 * <h2>Heartbeats</h2>
 *
 * Before the first record, and in every period ({@link KafkaSources.Builder#withHeartbeat}), a
 * heartbeat is emitted, whether the watermark advanced or not. Its fields are {@code watermark,
 * spout, incarnation, sequence, confirmed, idle, marks, clock}: see {@link TupleFields}. It is
 * tracked: bolts anchor their outputs to it, and if it fails it is emitted again at once with the
 * same sequence number. All heartbeats up to {@code confirmed} have been acked. Storm does not call
 * a spout while the topology is inactive, nor while {@code topology.max.spout.pending} tuples are
 * pending. Leave that setting unset; {@link KafkaSources.Builder#withMaxUncommittedOffsets} is the
 * bound.
 *
 * <h2>Back-pressure</h2>
 *
 * While more heartbeats than {@link KafkaSources.Builder#withMaxUnconfirmedHeartbeats} are
 * unconfirmed, the spout reads nothing from Kafka, so that results cannot accumulate before a sink
 * that is down. Heartbeats, acks and commits go on. Failed records wait too: they hold the
 * watermark, and are emitted again once heartbeats are confirmed, for which the bolts and the sink
 * need no further record. A sink that rejects one row for ever therefore stops the stream; it must
 * put such rows elsewhere and ack them.
 *
 * <p>Records that wait for the watermark are acked, and wait in the memory of the bolts. Partitions
 * are therefore read in step: one that is ahead of the slowest by more than {@link
 * KafkaSources.Builder#withMaxDrift} is paused, and while more than {@link
 * KafkaSources.Builder#withMaxWaitingBytes} wait, only the slowest is read.
 *
 * <h2>Topics</h2>
 *
 * Topics may be compacted, and transactional if {@code isolation.level = read_committed}: gaps
 * between offsets are permitted. A new partition is assigned to task {@code (partition + index of
 * its topic) mod tasks}, and the others stay with their tasks; its first records may be late, since
 * the watermark does not decrease. When a topic is deleted, created again or not, the spout fails
 * before it emits a record of the new topic or commits an offset for it; its next start reads the
 * new topic from the beginning. Offsets are committed only after Kafka has confirmed that the
 * topics are unchanged. While Kafka is unreachable nothing is committed, and heartbeats go on.
 *
 * <p>If the log of a partition was truncated after it had been read, the spout logs the range of
 * offsets, commits the truncation, and reads the new records under a topic id with a suffix, so
 * that none is taken for another. Records that retention removed before they were read are logged
 * with their range.
 *
 * <h2>Metrics and cost</h2>
 *
 * Metrics besides those of Storm: {@code unacked} (records), {@code removedUnread} (offsets removed
 * before they were read), {@code unreceived} (dead letters that no component receives), {@code
 * watermarkLagMs} (clock less watermark; -1 without a watermark, 0 when all partitions are idle),
 * {@code unconfirmedHeartbeats} (with those overdue), {@code partitionSkewMs} (largest less
 * smallest event time of the partitions that are not idle), {@code waitingBytes} (estimate for the
 * records that wait for the watermark).
 *
 * <p>Cost per record, beyond Storm's spout: below 100 ns, without allocation in steady state. A
 * heartbeat visits every record in flight twice, and sends one request to Kafka if partitions may
 * be idle. Memory: 32 bytes per record in flight, of which there are at most {@code
 * maxUncommittedOffsets + max.poll.records} per partition. Runs on the thread of its executor; any
 * thread may close it.
 */
public final class LowWatermarkKafkaSpout extends KafkaSpout<byte[], byte[]> {

  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(LowWatermarkKafkaSpout.class);

  /**
   * The ends of the logs are requested a fifth of the period before a heartbeat; a poll may take a
   * tenth.
   */
  private static final int LEAD = 5;

  private static final int TIMESTAMP = TupleFields.RECORD.indexOf(TupleFields.TIMESTAMP);
  private static final int VALUE = TupleFields.RECORD.indexOf(TupleFields.VALUE);

  /**
   * Settings besides the configuration of Storm's spout. All times are in milliseconds. {@code
   * maxWaitingBytes} is 0 for the default.
   */
  record Settings(
      long disorder,
      FutureGuard futureGuard,
      long idleTimeout,
      long idleAdvance,
      long heartbeatPeriod,
      long commitPeriod,
      int maxUnconfirmed,
      long maxDrift,
      long maxWaitingBytes,
      EndOfStream end)
      implements Serializable {}

  /** Id by which Storm tracks a heartbeat. */
  private record HeartbeatId(long sequence) {}

  private final SpoutConfig config;
  private final SpoutEvents events;
  private final PartitionAssignment assignment;
  private final Settings settings;
  private transient TopicIds topics;
  private transient RetryBackoff backoff;
  private transient LowWatermark<TopicPartition> low;
  private transient Admin admin;
  private transient LogOffsets offsets;
  private transient LogEndCheck endCheck;
  private transient WatermarkAlignment alignment;
  private transient SpoutGauges gauges;
  private transient CommittedOffsets committed;
  private transient int task;

  /** Incarnation of the heartbeats; null before the first one. */
  private transient Heartbeat.Incarnation incarnation;

  private transient long lastHeartbeat;
  private transient long lastCommit;
  private transient boolean closed;

  /** Number of records that are emitted and neither acked nor failed. */
  private transient long outstanding;

  private transient AsyncRequest<Map<String, TopicDescription>> descriptions;
  private transient int updatesBeforeRequest;
  private transient AsyncRequest<Map<TopicPartition, Long>> starts;
  private transient LogContinuity continuity;

  LowWatermarkKafkaSpout(
      SpoutConfig config, SpoutEvents events, PartitionAssignment assignment, Settings settings) {
    super(config);
    this.config = config;
    this.events = events;
    this.assignment = assignment;
    this.settings = settings;
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {
    super.declareOutputFields(declarer);
    declarer.declareStream(Streams.WATERMARK, new Fields(TupleFields.HEARTBEAT));
  }

  @Override
  public Map<String, Object> getComponentConfiguration() {
    Map<String, Object> configuration = config.withoutSecrets(super.getComponentConfiguration());
    configuration.put(ComponentSettings.MAX_UNCOMMITTED_OFFSETS, config.getMaxUncommittedOffsets());
    return configuration;
  }

  @Override
  public void open(
      Map<String, Object> conf, TopologyContext context, SpoutOutputCollector collector) {
    topics = events.topicIds();
    backoff = (RetryBackoff) config.getRetryService();
    low = new LowWatermark<>(settings.disorder(), settings.idleTimeout(), settings.idleAdvance());
    descriptions = new AsyncRequest<>();
    starts = new AsyncRequest<>();
    continuity = new LogContinuity();
    task = context.getThisTaskId();
    incarnation = null;
    lastHeartbeat = now();
    lastCommit = now();
    committed =
        new CommittedOffsets(
            config.getConsumerGroupId(),
            new CommitMetadataManager(context, config.getProcessingGuarantee()).getCommitMetadata(),
            topics,
            low,
            continuity,
            settings.futureGuard());
    alignment =
        new WatermarkAlignment(
            low,
            assignment,
            settings.maxDrift(),
            settings.maxWaitingBytes() > 0
                ? settings.maxWaitingBytes()
                : WatermarkAlignment.defaultBytes(context));
    backoff.setPollListener(alignment::beforePoll);
    backoff.setBlocked(
        partition -> 2L * low.settledAboveMark(partition) >= config.getMaxUncommittedOffsets());
    events.setListener(new WatermarkListener());
    super.open(conf, context, collector);
    admin = topics.createAdmin();
    offsets = new LogOffsets(admin, assignment);
    endCheck = new LogEndCheck(low, offsets, settings.end());
    gauges = new SpoutGauges(context, settings.heartbeatPeriod());
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(Time.nanoTime());
  }

  /** Listener that updates the watermark. */
  private final class WatermarkListener implements SpoutListener {
    @Override
    public void onAssigned(Collection<TopicPartition> partitions) {
      low.retain(partitions);
      alignment.retain(partitions);
      committed.retain(partitions);
      for (TopicPartition partition : partitions) {
        if (!low.isAssigned(partition)) {
          assign(partition);
        }
      }
    }

    private void assign(TopicPartition partition) {
      String id = topics.id(partition.topic());
      long position = consumer().position(partition);
      OffsetAndMetadata found = consumer().committed(Set.of(partition)).get(partition);
      long time = committed.assign(partition, position, found);
      if (found != null && found.offset() == position && found.leaderEpoch().isPresent()) {
        // With the epoch, the consumer detects a log that was truncated below the offset.
        consumer().seek(partition, new OffsetAndMetadata(position, found.leaderEpoch(), ""));
      }
      low.assign(partition, id + "/" + partition.partition(), position, time, now());
    }

    @Override
    public boolean onPolled(
        TopicPartition partition, List<ConsumerRecord<byte[], byte[]>> records) {
      continuity.seek(partition, backoff.takeSought(partition));
      if (low.isAssigned(partition) && !continuity.add(partition, records, low.mark(partition))) {
        return false;
      }
      low.onPolled(partition, records.get(records.size() - 1).offset());
      return true;
    }

    @Override
    public void onEmitted(
        TopicPartition partition, long offset, List<Object> tuple, boolean deadLetter) {
      outstanding++;
      long time = deadLetter ? InFlightOffsets.NO_TIME : (Long) tuple.get(TIMESTAMP);
      low.onEmitted(partition, offset, time);
      if (!deadLetter) {
        alignment.onEmitted(partition, offset, time, ((byte[]) tuple.get(VALUE)).length);
      }
    }

    @Override
    public void onSettled(TopicPartition partition, long offset) {
      low.onSettled(partition, offset);
    }
  }

  private Consumer<?, ?> consumer() {
    return assignment.consumer();
  }

  @Override
  public synchronized void nextTuple() {
    if (closed) {
      return;
    }
    if (incarnation == null) {
      startHeartbeats();
      return;
    }
    if (low.unconfirmed() <= settings.maxUnconfirmed()
        && alignment.mayRead()
        && !topics.isStale()) {
      read();
    }
    long now = now();
    verifyTopics(now);
    long sinceHeartbeat = now - lastHeartbeat;
    long period = settings.heartbeatPeriod();
    endCheck.run(now, sinceHeartbeat >= period - period / LEAD);
    if (sinceHeartbeat >= period) {
      lastHeartbeat = now;
      endCheck.onHeartbeat();
      low.advance(now);
      alignment.onHeartbeat();
      emitHeartbeat(low.nextSequence());
    }
  }

  /** Emits the first heartbeat, so that the bolts check their state before the first record. */
  private void startHeartbeats() {
    long random = UUID.randomUUID().getMostSignificantBits();
    incarnation = Heartbeat.Incarnation.of(task, random, committed.resumes() && !startsOver());
    lastHeartbeat = now();
    low.advance(lastHeartbeat);
    emitHeartbeat(low.nextSequence());
  }

  /** Returns true if a deployment does not continue at the offsets of the one before. */
  private boolean startsOver() {
    FirstPollOffsetStrategy strategy = config.getFirstPollOffsetStrategy();
    return strategy == FirstPollOffsetStrategy.EARLIEST
        || strategy == FirstPollOffsetStrategy.LATEST;
  }

  private void emitHeartbeat(long sequence) {
    gauges.onHeartbeat(low, alignment);
    collector.emit(
        Streams.WATERMARK,
        new Values(
            low.watermark(),
            task,
            incarnation.number(),
            sequence,
            low.confirmed(),
            low.isIdle(),
            SettledMarks.encode(marks()),
            low.clock()),
        new HeartbeatId(sequence));
  }

  private Map<String, Long> marks() {
    Map<String, Long> marks = low.marks();
    topics.addTruncations(marks);
    return marks;
  }

  @Override
  public synchronized void ack(Object id) {
    if (closed) {
      return;
    }
    if (id instanceof HeartbeatId heartbeat) {
      low.confirm(heartbeat.sequence());
      alignment.onConfirmed();
    } else {
      outstanding -= isEmitted(id) ? 1 : 0;
      super.ack(id);
    }
  }

  /** Returns false for a record that Storm's spout settles because it was compacted away. */
  private static boolean isEmitted(Object id) {
    return !(id instanceof KafkaSpoutMessageId record && record.isNullTuple());
  }

  @Override
  public synchronized void fail(Object id) {
    if (closed) {
      return;
    }
    if (id instanceof HeartbeatId heartbeat) {
      emitHeartbeat(heartbeat.sequence());
    } else {
      long left = outstanding - 1;
      super.fail(id); // calls ack for a record that is not emitted again
      outstanding = left;
    }
  }

  // ---------------------------------------------------------------- commits

  /** Verifies the ids of the topics when they are stale, and before each commit. */
  private void verifyTopics(long now) {
    boolean commitDue = now - lastCommit >= settings.commitPeriod();
    if (descriptions.isPending()) {
      descriptions.poll(
          found -> onDescriptions(found, now, commitDue), cause -> onNoDescriptions(cause, now));
    } else if (commitDue || topics.isStale()) {
      updatesBeforeRequest = topics.metadataUpdates();
      descriptions.send(admin.describeTopics(topics.topics()).allTopicNames());
    }
  }

  private void onDescriptions(Map<String, TopicDescription> found, long now, boolean commitDue) {
    Map<String, String> ids = new HashMap<>();
    found.forEach((name, topic) -> ids.put(name, topic.topicId().toString()));
    topics.verify(ids, updatesBeforeRequest);
    if (commitDue && !topics.isStale()) {
      lastCommit = now;
      commit();
      checkStarts();
    }
  }

  private void onNoDescriptions(Throwable cause, long now) {
    if (cause instanceof UnknownTopicOrPartitionException) {
      throw topics.markDeleted(cause);
    }
    lastCommit = now;
    LOG.warn(
        "topics could not be verified with Kafka, nothing is committed until they are: {}",
        ErrorText.of(cause));
  }

  private void commit() {
    try {
      super.deactivate(); // commits the acked offsets, and does nothing else
      if (topics.hasTruncations()) {
        // Storm's commit has removed the truncations of the offsets.
        commitTimes(committed.advanced());
        return;
      }
    } catch (RetriableException e) {
      LOG.warn("offsets could not be committed, the next commit tries again: {}", ErrorText.of(e));
      return;
    }
    if (topics.isStale()) {
      return; // metadata was updated during the commit: the topics must be verified first
    }
    Map<TopicPartition, OffsetAndMetadata> times = committed.advanced();
    if (!times.isEmpty()) {
      consumer()
          .commitAsync(
              times,
              (committedTimes, e) -> {
                if (e != null) {
                  LOG.warn("event times could not be committed: {}", ErrorText.of(e));
                }
              });
    }
  }

  private void commitTimes(Map<TopicPartition, OffsetAndMetadata> times) {
    if (!times.isEmpty()) {
      consumer().commitSync(times);
    }
  }

  /** Reads the next records; after a truncation, once all records that are out have returned. */
  private void read() {
    if (continuity.truncated().isEmpty()) {
      super.nextTuple();
    } else if (outstanding == 0) {
      List.copyOf(continuity.truncated()).forEach(this::restart);
    }
  }

  /**
   * Commits the truncation of a log, and assigns its partition anew. The records from the
   * truncation on have another source id.
   */
  private void restart(TopicPartition partition) {
    long end = continuity.next(partition);
    long start = continuity.divergence(partition, low.mark(partition), offsets);
    String name = Long.toString(Time.currentTimeMillis(), Character.MAX_RADIX);
    Lineage lineage = topics.lineage(partition).truncate(start, end, name);
    OffsetAndMetadata offset = committed.of(partition, start, lineage);
    LOG.error(
        "log of {} was truncated: records at offsets {} to {} were read and are lost to Kafka; the"
            + " new records from offset {} on are read under the id {}",
        partition,
        start,
        end - 1,
        start,
        lineage.sourceId(start));
    // Storm's spout forgets the records of a partition that is not assigned to it.
    assignment.exclude(partition);
    super.activate(); // commits the acked offsets of the others
    Map<TopicPartition, OffsetAndMetadata> all = committed.advanced();
    all.put(partition, offset);
    commitTimes(all);
    assignment.exclude(null);
    super.activate();
  }

  /**
   * Compares the starts of the logs with the records that were read. Records that wait to be
   * emitted again but were deleted by retention are settled: a consumer that seeks such an offset
   * gets no record, and reads no later ones either.
   */
  private void checkStarts() {
    starts.poll(
        found -> {
          found.forEach(this::settleBelow);
          continuity.checkStarts(found, events::onRemovedUnread);
        },
        cause ->
            LOG.warn(
                "the starts of the logs could not be read from Kafka, they are requested again: {}",
                ErrorText.of(cause)));
    if (!starts.isPending() && !low.assigned().isEmpty()) {
      starts.send(offsets.starts(low.assigned()));
    }
  }

  private void settleBelow(TopicPartition partition, long start) {
    for (KafkaSpoutMessageId id : backoff.removeBelow(partition, start)) {
      events.onDeleted(id, start);
      id.setNullTuple(true); // makes Storm's spout settle it although it is not in flight
      super.ack(id);
    }
  }

  // ---------------------------------------------------------------- end

  @Override
  public synchronized void deactivate() {
    if (!closed && !topics.isStale()) {
      commit();
    }
  }

  /**
   * Closes the spout, once. Storm calls it from another thread and waits at most 100 ms for a call
   * in progress; that call finishes first, and later calls have no effect.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (consumer() == null || topics.isDeleted() || topics.isStale()) {
        closeWithoutCommit();
      } else {
        closeAfterCommit();
      }
    } finally {
      if (admin != null) {
        admin.close();
      }
    }
  }

  private void closeAfterCommit() {
    try {
      super.deactivate();
      commitTimes(committed.advanced());
    } finally {
      super.close();
    }
  }

  /**
   * Closes the consumer first, so that offsets of a deleted topic are not committed for a new one.
   */
  private void closeWithoutCommit() {
    if (consumer() != null) {
      consumer().close();
    }
    try {
      super.close();
    } catch (IllegalStateException e) {
      LOG.debug("nothing was committed", e);
    }
  }
}
