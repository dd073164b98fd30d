package io.thalweg.storm;

import static java.util.Objects.requireNonNull;

import io.thalweg.Ordered;
import io.thalweg.Processor;
import io.thalweg.ProcessorFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.TupleUtils;

/**
 * Bolt that runs a {@link Processor}: one processor per task, driven by the executor's thread
 * alone.
 *
 * <pre>{@code
 * topology.setBolt("detector", new ProcessorBolt<String, Reading, Anomaly>(
 *         () -> ZScore.trailing(ofSeconds(10), Reading::value), Reading::parse,
 *         TupleMapping.<Anomaly>columns().with("value", Anomaly::value).with("z_score", Anomaly::score))
 *         .withStateStore(new JdbcStateStore("jdbc:sqlite:/var/lib/detector/state.db")), 4)
 *     .fieldsGrouping("readings", new Fields(TupleFields.KEY))
 *     .allGrouping("readings", Streams.WATERMARK);
 * }</pre>
 *
 * <h2>Protocol</h2>
 *
 * No output is emitted before it is durable:
 *
 * <ol>
 *   <li>An event whose source id is not in the ledger is applied to the processor. Its outputs are
 *       stored with its id in the ledger. The outputs of a heartbeat are stored in the outbox.
 *   <li>Every 200 ms, or earlier if much is pending, the changed state, the ledger, the outbox and
 *       the watermark are written in one atomic commit.
 *   <li>The outputs are emitted, anchored to the tuples that caused them.
 *   <li>These tuples are acked.
 * </ol>
 *
 * <p>A source id is topic id, partition and offset; for the answer of another processor bolt, it is
 * the shard and the number that the shard assigned. An event whose source id is in the ledger is a
 * duplicate. It is not applied again. The bolt emits the stored outputs once more, identical to the
 * first time and anchored to the duplicate, so that a result lost downstream arrives after all.
 *
 * <p>With {@link Guarantee#EFFECTIVELY_ONCE}, the default, a processor whose results depend on the
 * order of events runs behind {@link Ordered}: events wait until the watermark has passed them, so
 * that replays do not change the order.
 *
 * <h2>Streams</h2>
 *
 * All four streams are always declared. Their values are primitives, strings and byte arrays only:
 *
 * <ul>
 *   <li>{@code default}: the results: {@code key, id, epoch, number, shard, timestamp,
 *       record_timestamp, topic, topic_id, partition, offset, ordinal, query, window_start,
 *       window_end, timing, pane, last, deleted}, then the columns of the mapping. In answers to
 *       events, the fields from query to last are null unless the answer names a window; in results
 *       of windows, the fields from topic to ordinal are null. See {@link TupleFields}. Answers may
 *       feed another processor bolt; results of windows feed sinks only.
 *   <li>{@link Streams#LATE}: late events: {@code key, timestamp, watermark, topic, topic_id,
 *       partition, offset, ordinal, record_timestamp, value}.
 *   <li>{@link Streams#DEAD_LETTER}: records that were rejected, or for which the processor threw,
 *       and results for which the mapping threw ({@link #withFailurePolicy}): {@code reason, topic,
 *       topic_id, partition, offset, record_timestamp, record_key, value}; {@code record_key} is
 *       the id of such a result, otherwise null.
 *   <li>{@link Streams#WATERMARK}: each heartbeat of the source, after the outputs that it caused,
 *       for downstream bolts and sinks.
 * </ul>
 *
 * <p>Inputs must have the fields {@code key, timestamp, value, topic_id, partition, offset}. The
 * fields {@code topic, record_timestamp, ordinal, shard, number} are used if present. {@link
 * io.thalweg.storm.kafka.KafkaSources} and this bolt emit them all. Tuples of {@link Streams#TICK}
 * only trigger a commit that is due.
 *
 * <h2>Errors</h2>
 *
 * A faulty record goes to a stream and never throws. A processor or mapping that throws has a
 * defect, and a failed store cannot be worked around: the exception, which names the record or the
 * result, ends the worker, and no tuple is acked or failed. Storm starts another worker, which
 * restores the last commit and receives the same record. {@link #withFailurePolicy} turns the
 * record or result into a dead letter instead.
 *
 * <h2>Memory</h2>
 *
 * The state of the processor; 250 bytes per 256 neighbouring offsets that were not acked when the
 * last heartbeat left the spout; the tuples since the last commit, at most half of this task's
 * share of the in-flight bound of the spout; the outputs that are not yet confirmed, about 700
 * bytes each plus their payload. The spout stops reading when its heartbeats are no longer
 * confirmed, so a slow or failed sink bounds the memory of this bolt.
 *
 * <h2>Metrics</h2>
 *
 * Storm metrics v2:
 *
 * <ul>
 *   <li>counters {@code events} (received), of which {@code applied} and {@code duplicates}; {@code
 *       results}, {@code windowsClosed} (first results of final windows), {@code late} and {@code
 *       deadLetters}, each counted once however often it is emitted; {@code unreceived}, the late
 *       events and dead letters whose stream no component receives, which are lost: the first of
 *       each stream is also a warning; {@code commitFailures}; {@code committedBytes} of state.
 *       After a failure of the processor, the records since the last commit and their outputs count
 *       again;
 *   <li>timer {@code commit};
 *   <li>histograms {@code commitBytes} (state written by a commit) and {@code latencyMs}, from the
 *       timestamp of a record to the emission of an answer;
 *   <li>gauges, computed when they are read: {@code watermarkLagMs} (watermark behind the clock; 0
 *       when the spout has read and settled everything; since the start without a watermark),
 *       {@code heartbeatDelayMs} (since the last heartbeat, or between the last two if that was
 *       longer), {@code pendingAcks} (now or at the last commit, the larger);
 *   <li>gauges as of the last commit: {@code outbox} (outputs in the outbox, and events with
 *       outputs in the ledger), and {@code processor.<name>} for each counter of the processor, as
 *       of that commit or of one within half a commit interval of it.
 * </ul>
 *
 * @param <K> the keys, {@code String} or {@code Long}
 * @param <E> the events
 * @param <O> the results
 */
public final class ProcessorBolt<K, E, O> extends BaseRichBolt {

  private static final long serialVersionUID = 1;

  // Read by the task, which starts after all options are set.
  ProcessorFactory<K, E, O> factory;
  Decoder<E> decoder;
  TupleMapping<O> mapping;
  StateStore store = StateStore.inMemory();
  Guarantee guarantee = Guarantee.EFFECTIVELY_ONCE;
  Emission emission = Emission.AFTER_COMMIT;
  long commitIntervalMillis = 200;
  long maxPendingBytes = 64L << 20;
  long earlyIntervalMillis;
  long disorderMillis = 1_000;
  long idleTimeoutMillis = 5_000;
  int ledgerSize = 1 << 18;
  FailurePolicy failurePolicy = FailurePolicy.stop();

  private transient RecoveringTask task;

  /** Creates a bolt without factory, decoder and mapping, which must be set before submission. */
  public ProcessorBolt() {}

  /**
   * Creates a bolt.
   *
   * @param factory creates the processor of each task
   * @param decoder decodes the bytes of an event
   * @param mapping converts a result to columns
   */
  public ProcessorBolt(
      ProcessorFactory<K, E, O> factory, Decoder<E> decoder, TupleMapping<O> mapping) {
    this.factory = requireNonNull(factory, "factory");
    this.decoder = requireNonNull(decoder, "decoder");
    this.mapping = requireNonNull(mapping, "mapping");
  }

  /**
   * Sets the factory of processors.
   *
   * @param factory creates the processor of each task
   * @return this
   */
  public ProcessorBolt<K, E, O> withFactory(ProcessorFactory<K, E, O> factory) {
    this.factory = requireNonNull(factory, "factory");
    return this;
  }

  /**
   * Sets the decoder of events.
   *
   * @param decoder decodes the bytes of an event
   * @return this
   */
  public ProcessorBolt<K, E, O> withDecoder(Decoder<E> decoder) {
    this.decoder = requireNonNull(decoder, "decoder");
    return this;
  }

  /**
   * Sets the mapping of results.
   *
   * @param mapping converts a result to columns
   * @return this
   */
  public ProcessorBolt<K, E, O> withMapping(TupleMapping<O> mapping) {
    this.mapping = requireNonNull(mapping, "mapping");
    return this;
  }

  /**
   * Sets the store of the state. The default is the memory of the worker, which is lost when the
   * worker dies.
   *
   * @param store stores the state of all tasks
   * @return this
   */
  public ProcessorBolt<K, E, O> withStateStore(StateStore store) {
    this.store = requireNonNull(store, "store");
    return this;
  }

  /**
   * Sets the guarantee. The default is {@link Guarantee#EFFECTIVELY_ONCE}.
   *
   * @param guarantee the guarantee
   * @return this
   */
  public ProcessorBolt<K, E, O> withGuarantee(Guarantee guarantee) {
    this.guarantee = requireNonNull(guarantee, "guarantee");
    return this;
  }

  /**
   * Sets the moment at which outputs are emitted. The default is {@link Emission#AFTER_COMMIT}.
   *
   * @param emission the moment
   * @return this
   */
  public ProcessorBolt<K, E, O> withEmission(Emission emission) {
    this.emission = requireNonNull(emission, "emission");
    return this;
  }

  /**
   * Sets the time between commits. The default is 200 ms. The interval is checked when a tuple
   * arrives; a heartbeat or a tick commits after half of it. A commit comes earlier when the task
   * holds half of its share of the in-flight bound, so the throughput does not depend on the
   * interval.
   *
   * @param interval the time between commits; zero commits each tuple separately
   * @return this
   * @throws IllegalArgumentException if the interval is negative
   */
  public ProcessorBolt<K, E, O> withCommitInterval(Duration interval) {
    this.commitIntervalMillis = Durations.nonNegativeMillis("commit interval", interval);
    return this;
  }

  /**
   * Bounds the events and outputs held until a commit. The default is 64 MiB.
   *
   * @param bytes approximate size at which a commit is due
   * @return this
   * @throws IllegalArgumentException if the bound is negative
   */
  public ProcessorBolt<K, E, O> withMaxPendingBytes(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("bytes must not be negative: " + bytes);
    }
    this.maxPendingBytes = bytes;
    return this;
  }

  /**
   * Sets the time between early results. They are computed with the next heartbeat, or behind a
   * plain spout with the next event. The default is never. An early result is replaced by the final
   * one, which has the same id and a newer version. The early result of a session that has grown is
   * retracted.
   *
   * @param interval the time between early results; zero for never
   * @return this
   * @throws IllegalArgumentException if the interval is negative
   */
  public ProcessorBolt<K, E, O> withEarlyInterval(Duration interval) {
    this.earlyIntervalMillis = Durations.nonNegativeMillis("early interval", interval);
    return this;
  }

  /**
   * Sets the disorder bound of the partitions of a plain spout. The task computes their watermark
   * itself: the smallest, over the partitions, of the largest event time less this bound. The
   * default is 1 s. The option has no effect behind a {@link
   * io.thalweg.storm.kafka.LowWatermarkKafkaSpout}.
   *
   * @param bound the largest disorder of event times within a partition
   * @return this
   * @throws IllegalArgumentException if the bound is negative
   */
  public ProcessorBolt<K, E, O> withDisorder(Duration bound) {
    this.disorderMillis = Durations.nonNegativeMillis("disorder", bound);
    return this;
  }

  /**
   * Sets the time without records after which a partition of a plain spout is idle and no longer
   * holds the watermark back. The default is 5 s. The option has no effect behind a {@link
   * io.thalweg.storm.kafka.LowWatermarkKafkaSpout}.
   *
   * @param timeout the time without records
   * @return this
   * @throws IllegalArgumentException if the timeout is below a millisecond
   */
  public ProcessorBolt<K, E, O> withIdleTimeout(Duration timeout) {
    this.idleTimeoutMillis = Durations.positiveMillis("idle timeout", timeout);
    return this;
  }

  /**
   * Bounds the ledger, with the outputs in it, behind a plain spout. For each partition, the task
   * keeps at least this number of the newest source ids with their answers, and at most 256 more.
   * An older id counts as applied: its tuple is acked and dropped.
   *
   * <p>The bound must not be below the number of records that the spout can have in flight in one
   * partition, {@code maxUncommittedOffsets + max.poll.records}, since no older record can be
   * replayed. The default is 262,144: about 250 KiB per partition and task if a task receives every
   * record; an answer takes about 700 bytes plus its payload. The option has no effect behind a
   * {@link io.thalweg.storm.kafka.LowWatermarkKafkaSpout}, whose heartbeats carry the settled
   * offsets.
   *
   * @param ids the number of ids kept per partition
   * @return this
   * @throws IllegalArgumentException if the number is not positive
   */
  public ProcessorBolt<K, E, O> withLedgerSize(int ids) {
    if (ids <= 0) {
      throw new IllegalArgumentException("ids must be positive: " + ids);
    }
    this.ledgerSize = ids;
    return this;
  }

  /**
   * Sets the reaction to a processor or mapping that throws. The default is {@link
   * FailurePolicy#stop}. Records that the decoder or the processor rejects are dead letters with
   * either policy. With {@link FailurePolicy#deadLetter}:
   *
   * <ul>
   *   <li>A processor that throws for a record may have changed its state in part. The task
   *       restores its last commit and executes the uncommitted tuples again, without this record,
   *       which becomes a dead letter. The state and all results are as if the decoder had rejected
   *       the record. Each such failure takes as long as a start of the task. The store must be
   *       durable.
   *   <li>A result for which the mapping throws becomes a dead letter; the state keeps the effect
   *       of the event. The reason names key and window, {@code record_key} is the id of the
   *       result, and {@code value} is the event that it answers, or null for the result of a
   *       window.
   *   <li>An exception of {@link Processor#advance} or {@link Processor#early} itself cannot be
   *       ascribed to a record, and stops the task.
   * </ul>
   *
   * @param policy the policy
   * @return this
   */
  public ProcessorBolt<K, E, O> withFailurePolicy(FailurePolicy policy) {
    this.failurePolicy = requireNonNull(policy, "policy");
    return this;
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {
    declarer.declare(new Fields(resultFields()));
    declarer.declareStream(Streams.LATE, new Fields(TupleFields.LATE));
    declarer.declareStream(Streams.DEAD_LETTER, new Fields(TupleFields.DEAD_LETTER));
    declarer.declareStream(Streams.WATERMARK, new Fields(TupleFields.HEARTBEAT));
  }

  @Override
  public Map<String, Object> getComponentConfiguration() {
    return TupleUtils.putTickFrequencyIntoComponentConfig(super.getComponentConfiguration(), 1);
  }

  private List<String> resultFields() {
    requireParts();
    List<String> fields = new ArrayList<>(TupleFields.RESULT);
    Set<String> taken = new HashSet<>(fields);
    for (String field : mapping.fields()) {
      if (!taken.add(field)) {
        throw new IllegalArgumentException(
            "columns of the mapping must differ from the fields of the bolt and from each other: "
                + field);
      }
      fields.add(field);
    }
    return fields;
  }

  private void requireParts() {
    if (factory == null || decoder == null || mapping == null) {
      throw new IllegalStateException(
          "a processor bolt must have a factory, a decoder and a mapping; missing: "
              + (factory == null ? "factory" : decoder == null ? "decoder" : "mapping"));
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if a part is missing, if acking or message timeouts are off, if
   *     the timeout is below four commit intervals, if {@code topology.max.spout.pending} is too
   *     small, if an input lacks a field, its watermarks or a grouping by key, if the failure
   *     policy needs a subscriber or another store, or if the store does not answer or holds the
   *     state of another processor. The message states the remedy. A later call of {@link #execute}
   *     throws it if a durable store has no state although the consumer group of a spout has
   *     committed offsets, unless {@link ComponentSettings#ACCEPT_MISSING_STATE} is true.
   */
  @Override
  public void prepare(
      Map<String, Object> conf, TopologyContext context, OutputCollector collector) {
    requireParts();
    failurePolicy.requireSubscriber(context);
    if (failurePolicy.emitsDeadLetters() && !store.durable()) {
      throw new IllegalStateException(
          context.getThisComponentId()
              + ": failure policy must be stop() without a durable store, from which the task"
              + " restores the state before the failure: set one with withStateStore");
    }
    TaskMetrics metrics = new TaskMetrics(context);
    Failures failures = new Failures(failurePolicy);
    task =
        new RecoveringTask(
            () -> new ProcessorTask<>(this, conf, context, collector, metrics, failures), failures);
  }

  @Override
  public void execute(Tuple tuple) {
    task.execute(tuple);
  }

  /** Releases the store without a commit: uncommitted tuples were not acked and are replayed. */
  @Override
  public void cleanup() {
    if (task != null) {
      task.close();
    }
  }
}
