package io.thalweg.storm.kafka;

import static java.util.stream.Collectors.toMap;

import io.thalweg.storm.ComponentSettings;
import io.thalweg.storm.ErrorText;
import io.thalweg.storm.SettledMarks;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import java.io.Serializable;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.storm.kafka.spout.KafkaSpout;
import org.apache.storm.kafka.spout.KafkaSpoutConfig;
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
 * A Kafka spout that knows below which event time nothing good can come any more, and says so on
 * the stream {@link io.thalweg.storm.Streams#WATERMARK}.
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
 * <p>The watermark of a task is the smaller of the smallest event time that was emitted and is not
 * acked, and of the smallest over its partitions of the largest event time less the disorder bound
 * ({@link KafkaSources.Builder#withDisorder}). It never goes back. This is the low watermark of
 * MillWheel (Akidau et al., VLDB 2013, <a
 * href="https://doi.org/10.14778/2536222.2536229">doi:10.14778/2536222.2536229</a>): since what is
 * not acked holds it, what fails and comes again is not late, and partitions that run apart wait
 * for each other.
 *
 * <ul>
 *   <li>A partition counts from its assignment; one without any record yet holds the watermark. It
 *       ceases to count when it was silent for {@link KafkaSources.Builder#withIdleTimeout} and
 *       nothing of it is un-acked, for as long as Kafka, asked before each heartbeat, says that it
 *       is read to its end: a partition that nobody can read is not silent, nor one with a
 *       transaction that is open. The watermark goes only as far as the others were when Kafka was
 *       asked, so what comes later, when others come, is not late, however long it waits to be
 *       read; what is behind them by more than the disorder bound may be.
 *   <li>When no partition counts the watermark stays, and the heartbeat says {@code idle}. Silence
 *       is not the end of the stream: the last windows stay open until something comes, or until
 *       {@link KafkaSources.Builder#withEnd} says that nothing will.
 *   <li>Event times far ahead would drag the watermark along; {@link
 *       KafkaSources.Builder#withMaxFuture} makes dead letters of them. A dead letter is tracked
 *       but has no event time; a record given up after its last retry is settled, and so is one
 *       that Kafka deletes while it waits to be emitted again.
 *   <li>With each offset committed to Kafka goes the largest event time below it, which a restarted
 *       task takes up.
 * </ul>
 *
 * <p><b>Heartbeats.</b> With every period ({@link KafkaSources.Builder#withHeartbeat}) a tuple goes
 * out, whether the watermark moved or not; its fields are {@code watermark, spout, incarnation,
 * sequence, confirmed, idle, marks}: see {@link TupleFields}. It is tracked: what bolts answer to
 * it is anchored to it, and when it fails it is emitted again at once under its number. Up to
 * {@code confirmed} all have arrived. Storm calls a spout neither while the topology is inactive
 * nor while {@code topology.max.spout.pending} tuples are under way; leave that unset, {@link
 * KafkaSources.Builder#withMaxUncommittedOffsets} is the bound.
 *
 * <p><b>Back-pressure.</b> When more heartbeats than {@link
 * KafkaSources.Builder#withMaxUnconfirmedHeartbeats} are unconfirmed, nothing is read from Kafka,
 * so that results whose sink is down cannot pile up; heartbeats, acks and commits go on. What
 * failed waits too, and is not lost: it holds the watermark, and it is emitted once heartbeats are
 * confirmed, which takes no record, only bolts and a sink that work. So a sink that refuses one row
 * for ever stops the stream: it must put such rows elsewhere, and ack.
 *
 * <p><b>Topics.</b> Compacted topics, and transactional ones with {@code isolation.level =
 * read_committed}, may be read: gaps between offsets do no harm. A partition that is added is taken
 * up by {@code (number + place of its topic) mod tasks} and leaves the others where they are; its
 * records may be late, since the watermark does not go back for it. When a topic is deleted, or
 * deleted and made anew, the spout fails with an error that says so before a record of the new
 * topic goes out or an offset is committed for it; a new start then reads the new topic from its
 * beginning. Offsets are committed only after Kafka has said that the topics are the same as
 * before; while it is unreachable nothing is committed, and heartbeats go on.
 *
 * <p>Metrics beside Storm's own: {@code unacked} (records), {@code watermarkLagMs} (the clock less
 * the watermark; -1 if there is none, 0 at the end of the stream), {@code unconfirmedHeartbeats}.
 *
 * <p>Cost for each record, beyond Storm's spout: below 100 ns, no allocation in steady state; a
 * heartbeat looks at every record under way, twice, and asks Kafka once where the logs of silent
 * partitions end. Memory: 16 bytes for each record under way, at most {@code maxUncommittedOffsets
 * + max.poll.records} a partition. Runs on the thread of its executor; any may close it.
 */
public final class LowWatermarkKafkaSpout extends KafkaSpout<byte[], byte[]> {

  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(LowWatermarkKafkaSpout.class);

  /** Kafka is asked a fifth of the period before a heartbeat: a poll may take a tenth. */
  private static final int SHORTLY = 5;

  private static final int TIMESTAMP = TupleFields.RECORD.indexOf(TupleFields.TIMESTAMP);

  /** What the spout is told beside its configuration. All times in milliseconds. */
  record Settings(
      long disorder, long idle, long heartbeat, long commit, int maxUnconfirmed, EndOfStream end)
      implements Serializable {}

  /** The id under which Storm tracks a heartbeat. */
  private record HeartbeatId(long sequence) {}

  private final KafkaSpoutConfig<byte[], byte[]> config;
  final TopicDirectory topics;
  private final Settings settings;
  private transient RetryBackoff backoff;
  private transient LowWatermark<TopicPartition> low;
  private transient Admin admin;
  private transient CommitMetadataManager metadata;
  private transient Map<TopicPartition, Long> committed;
  private transient int task;
  private transient long incarnation;
  private transient long lastHeartbeat;
  private transient long lastCommit;
  private transient boolean ended;
  private transient boolean closed;

  /** What Kafka was asked and has not answered: whether the topics are the same. */
  private transient KafkaFuture<Map<String, TopicDescription>> inspection;

  private transient int inspectedUpdates;

  /** What Kafka was asked and has not answered: where logs end. */
  private transient KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> ends;

  private transient boolean endsOfAll;

  /** Whether they were asked for the next heartbeat. */
  private transient boolean endsWereAsked;

  /** Whether the last question was answered. */
  private transient boolean endsAreKnown;

  /**
   * What Kafka was asked and has not answered: where logs start of which something is to return.
   */
  private transient KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> starts;

  // Read by the thread of the metrics.
  private transient volatile long unacked;
  private transient volatile long shownWatermark;
  private transient volatile long unconfirmed;

  LowWatermarkKafkaSpout(
      KafkaSpoutConfig<byte[], byte[]> config, TopicDirectory topics, Settings settings) {
    super(config);
    this.config = config;
    this.topics = topics;
    this.settings = settings;
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {
    super.declareOutputFields(declarer);
    declarer.declareStream(Streams.WATERMARK, new Fields(TupleFields.HEARTBEAT));
  }

  @Override
  public Map<String, Object> getComponentConfiguration() {
    Map<String, Object> configuration = super.getComponentConfiguration();
    configuration.put(ComponentSettings.MAX_UNCOMMITTED_OFFSETS, config.getMaxUncommittedOffsets());
    return configuration;
  }

  @Override
  public void open(
      Map<String, Object> conf, TopologyContext context, SpoutOutputCollector collector) {
    backoff = (RetryBackoff) config.getRetryService();
    low = new LowWatermark<>(settings.disorder(), settings.idle());
    committed = new HashMap<>();
    task = context.getThisTaskId();
    incarnation = UUID.randomUUID().getMostSignificantBits();
    endsAreKnown = true;
    lastHeartbeat = now();
    lastCommit = now();
    shownWatermark = Long.MIN_VALUE;
    metadata = new CommitMetadataManager(context, config.getProcessingGuarantee());
    topics.tell(new SpoutMetrics());
    super.open(conf, context, collector);
    admin = topics.admin();
    context.registerGauge("unacked", () -> unacked);
    context.registerGauge("watermarkLagMs", this::lag);
    context.registerGauge("unconfirmedHeartbeats", () -> unconfirmed);
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(Time.nanoTime());
  }

  private long lag() {
    long watermark = shownWatermark;
    if (watermark == Long.MIN_VALUE || watermark == Long.MAX_VALUE) {
      return watermark == Long.MIN_VALUE ? -1 : 0;
    }
    return Time.currentTimeMillis() - watermark;
  }

  /** Passes on what happens to records. */
  private final class SpoutMetrics implements TopicDirectory.SpoutListener {
    @Override
    public void assigned(Collection<TopicPartition> all) {
      low.retain(all);
      committed.keySet().retainAll(all);
      for (TopicPartition partition : all) {
        if (!low.isAssigned(partition)) {
          String id = topics.id(partition.topic());
          long position = topics.consumer().position(partition);
          String source = id + "/" + partition.partition();
          low.assign(partition, source, position, remembered(partition, id, position), now());
          committed.put(partition, position);
        }
      }
    }

    @Override
    public void polled(TopicPartition partition, long lastOffset) {
      low.polled(partition, lastOffset);
    }

    @Override
    public void emitted(TopicPartition partition, long offset, List<Object> tuple, boolean dead) {
      low.emitted(partition, offset, dead ? InFlightOffsets.NONE : (Long) tuple.get(TIMESTAMP));
    }

    @Override
    public void settled(TopicPartition partition, long offset) {
      low.settled(partition, offset);
    }
  }

  @Override
  public synchronized void nextTuple() {
    if (closed) {
      return;
    }
    if (low.unconfirmed() <= settings.maxUnconfirmed() && !topics.isStale()) {
      super.nextTuple();
    }
    long now = now();
    inspect(now);
    findEnds(now);
    if (now - lastHeartbeat >= settings.heartbeat()) {
      lastHeartbeat = now;
      endsWereAsked = false;
      low.advance(now);
      heartbeat(low.nextSequence());
    }
  }

  private void heartbeat(long sequence) {
    unacked = low.unacked();
    shownWatermark = low.watermark();
    unconfirmed = low.unconfirmed();
    collector.emit(
        Streams.WATERMARK,
        new Values(
            low.watermark(),
            task,
            incarnation,
            sequence,
            low.confirmed(),
            low.idle(),
            SettledMarks.encode(low.marks())),
        new HeartbeatId(sequence));
  }

  @Override
  public synchronized void ack(Object id) {
    if (closed) {
      return;
    }
    if (id instanceof HeartbeatId heartbeat) {
      low.confirm(heartbeat.sequence());
    } else {
      super.ack(id);
    }
  }

  @Override
  public synchronized void fail(Object id) {
    if (closed) {
      return;
    }
    if (id instanceof HeartbeatId heartbeat) {
      heartbeat(heartbeat.sequence());
    } else {
      super.fail(id);
    }
  }

  /**
   * Finds out which silent partitions are read to their ends, and ends a bounded run. Kafka is
   * asked once for each heartbeat, shortly before it, so that it may bring the answer.
   */
  private void findEnds(long now) {
    long soon = settings.heartbeat() - settings.heartbeat() / SHORTLY;
    if (ends == null && !endsWereAsked && now - lastHeartbeat >= soon) {
      endsWereAsked = true;
      askEnds(now);
    }
    if (ends != null && ends.isDone()) {
      takeEnds();
    }
  }

  private void askEnds(long now) {
    if (low.watermark() == Long.MAX_VALUE) {
      return;
    }
    Collection<TopicPartition> asked = low.ask(now);
    ended = ended || settings.end().reached();
    endsOfAll = ended && low.done();
    if (endsOfAll) {
      asked = committed.keySet();
    }
    if (asked.isEmpty()) {
      answerEnds(Set.of());
    } else {
      ends = listOffsets(asked, OffsetSpec.latest());
    }
  }

  private void takeEnds() {
    try {
      Set<TopicPartition> read = new HashSet<>();
      ends.get()
          .forEach(
              (partition, end) -> {
                if (isReadTo(partition, end.offset())) {
                  read.add(partition);
                }
              });
      answerEnds(read);
      endsAreKnown = true;
    } catch (ExecutionException e) {
      if (endsAreKnown) {
        LOG.warn("kafka does not say where the logs end, asked on: {}", ErrorText.of(e.getCause()));
      }
      endsAreKnown = false;
    } catch (InterruptedException e) {
      throw interrupted(e);
    } finally {
      ends = null;
    }
  }

  private void answerEnds(Set<TopicPartition> read) {
    low.answer(read);
    if (endsOfAll && read.containsAll(committed.keySet()) && low.done()) {
      low.end();
    }
  }

  /**
   * Settles what is to be emitted again and was deleted, as retention does: a consumer sent back to
   * it finds nothing, and what stands behind it is not read either.
   */
  private void findStarts() {
    if (starts != null && !starts.isDone()) {
      return;
    }
    try {
      if (starts != null) {
        starts.get().forEach((partition, start) -> settleBelow(partition, start.offset()));
      }
    } catch (ExecutionException e) {
      LOG.warn(
          "kafka did not say where the logs start, asked again: {}", ErrorText.of(e.getCause()));
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    starts =
        backoff.partitions().isEmpty()
            ? null
            : listOffsets(backoff.partitions(), OffsetSpec.earliest());
  }

  private void settleBelow(TopicPartition partition, long start) {
    for (KafkaSpoutMessageId id : backoff.removeBelow(partition, start)) {
      topics.lost(id, start);
      id.setNullTuple(true); // for Storm's spout: settled though it is not under way
      super.ack(id);
    }
  }

  /** Of all records: those of a transaction that is open are unread, too. */
  private KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> listOffsets(
      Collection<TopicPartition> of, OffsetSpec where) {
    return admin
        .listOffsets(of.stream().collect(toMap(partition -> partition, partition -> where)))
        .all();
  }

  private boolean isReadTo(TopicPartition partition, long end) {
    try {
      return low.isAssigned(partition)
          && topics.consumer().position(partition, Duration.ZERO) >= end;
    } catch (TimeoutException e) {
      return false; // the consumer is looking for its position
    }
  }

  /** Asks whether the topics are the same, when they may not be, and before each commit. */
  private void inspect(long now) {
    boolean due = now - lastCommit >= settings.commit();
    if (inspection == null) {
      if (due || topics.isStale()) {
        inspectedUpdates = topics.updates();
        inspection = admin.describeTopics(topics.topics()).allTopicNames();
      }
    } else if (inspection.isDone()) {
      try {
        Map<String, String> ids = new HashMap<>();
        inspection.get().forEach((name, topic) -> ids.put(name, topic.topicId().toString()));
        topics.compare(ids, inspectedUpdates);
        if (due && !topics.isStale()) {
          lastCommit = now;
          commit();
          findStarts();
        }
      } catch (ExecutionException e) {
        if (e.getCause() instanceof UnknownTopicOrPartitionException) {
          throw topics.deleted(e.getCause());
        }
        lastCommit = now;
        LOG.warn(
            "kafka did not describe the topics, nothing is committed: {}",
            ErrorText.of(e.getCause()));
      } catch (InterruptedException e) {
        throw interrupted(e);
      } finally {
        inspection = null;
      }
    }
  }

  private static RuntimeException interrupted(InterruptedException e) {
    return new RuntimeException(e); // as Storm's spout has it: Storm looks for the cause
  }

  private void commit() {
    try {
      super.deactivate(); // which does nothing but commit what is acked
    } catch (RetriableException e) {
      LOG.warn("offsets were not committed, tried again: {}", ErrorText.of(e));
      return;
    }
    if (topics.isStale()) {
      return; // learned while committing: whose event times these are must be asked first
    }
    Map<TopicPartition, OffsetAndMetadata> marks = marks();
    if (!marks.isEmpty()) {
      topics
          .consumer()
          .commitAsync(
              marks,
              (offsets, e) -> {
                if (e != null) {
                  LOG.warn("event times were not committed: {}", ErrorText.of(e));
                }
              });
    }
  }

  /**
   * What goes with the offsets. Storm's spout reads the JSON value that it writes itself, and
   * nothing after it; there the id of the topic and the largest event time are put.
   */
  private Map<TopicPartition, OffsetAndMetadata> marks() {
    Map<TopicPartition, OffsetAndMetadata> marks = new HashMap<>();
    committed.replaceAll(
        (partition, before) -> {
          long mark = low.mark(partition);
          long largest = low.settledLargest(partition);
          if (mark > before && largest != InFlightOffsets.NONE) {
            String text =
                metadata.getCommitMetadata() + " " + topics.id(partition.topic()) + " " + largest;
            marks.put(partition, new OffsetAndMetadata(mark, text));
          }
          return mark;
        });
    return marks;
  }

  /** The largest event time below the offset at which a partition starts. */
  private long remembered(TopicPartition partition, String id, long position) {
    OffsetAndMetadata found = topics.consumer().committed(Set.of(partition)).get(partition);
    if (found == null || found.offset() != position) {
      return InFlightOffsets.NONE;
    }
    String[] text = found.metadata().substring(found.metadata().lastIndexOf('}') + 1).split(" ");
    if (text.length != 3) {
      return InFlightOffsets.NONE; // committed by somebody else
    }
    if (!text[1].equals(id)) {
      throw new IllegalStateException(
          "offset committed by group "
              + config.getConsumerGroupId()
              + " must be of this topic, delete the group's offsets or use another group: "
              + partition
              + " has the id "
              + id
              + ", committed was for "
              + text[1]);
    }
    return Long.parseLong(text[2]);
  }

  @Override
  public synchronized void deactivate() {
    if (!closed && !topics.isStale()) {
      commit();
    }
  }

  /**
   * Ends it, once. Storm closes a spout from another thread, and waits no more than a tenth of a
   * second for the one that may still be at work; that one finishes first, and then finds it
   * closed.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    Consumer<?, ?> consumer = topics.consumer();
    try {
      if (consumer == null || topics.isGone() || topics.isStale()) {
        closeWithoutCommit(consumer);
      } else {
        closeAfterCommit(consumer);
      }
    } finally {
      if (admin != null) {
        admin.close();
      }
    }
  }

  private void closeAfterCommit(Consumer<?, ?> consumer) {
    try {
      super.deactivate();
      Map<TopicPartition, OffsetAndMetadata> marks = marks();
      if (!marks.isEmpty()) {
        consumer.commitSync(marks);
      }
    } finally {
      super.close();
    }
  }

  /** Offsets of a topic that is gone must not be committed for the new one of its name. */
  private void closeWithoutCommit(Consumer<?, ?> consumer) {
    if (consumer != null) {
      consumer.close();
    }
    try {
      super.close();
    } catch (IllegalStateException e) {
      LOG.debug("nothing was committed", e);
    }
  }
}
