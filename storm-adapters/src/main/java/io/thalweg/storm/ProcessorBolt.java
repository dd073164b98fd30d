package io.thalweg.storm;

import static java.util.Objects.requireNonNull;

import io.thalweg.Ordered;
import io.thalweg.Processor;
import io.thalweg.ProcessorFactory;
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
 * Runs a {@link Processor} on Storm: one processor a task, driven by the executor's thread alone.
 *
 * <pre>{@code
 * topology.setBolt("detector", new ProcessorBolt<String, Reading, Anomaly>(
 *         () -> ZScore.trailing(ofSeconds(10), Reading::value), Reading::parse,
 *         TupleMapping.<Anomaly>columns().with("value", Anomaly::value).with("z_score", Anomaly::z))
 *         .withStateStore(new JdbcStateStore("jdbc:sqlite:/var/lib/detector/state.db")), 4)
 *     .fieldsGrouping("readings", new Fields(TupleFields.KEY))
 *     .allGrouping("readings", Streams.WATERMARK);
 * }</pre>
 *
 * <p>Nothing leaves before it is durable. An event is looked up in the ledger and applied; what it
 * gives is filed in the outbox. Every 200 ms, or sooner if much is held, state, ledger, outbox and
 * watermark are committed together; then the outputs are emitted, anchored to the tuples that
 * caused them; then those tuples are acked. A tuple whose source id is in the ledger is a
 * repetition: it is not applied again, but answered from the outbox with the very tuples that the
 * first one was answered with, anchored to the repetition, so that a result lost behind this bolt
 * is emitted again. A source id is topic id, partition and offset; for the answer of another such
 * bolt, the number that its shard gave it.
 *
 * <p>With {@link Guarantee#EFFECTIVELY_ONCE}, the default, a processor whose results depend on the
 * order of events runs behind {@link Ordered}: events wait until the watermark has passed them, so
 * that repetitions do not change the order.
 *
 * <h2>Streams</h2>
 *
 * All four are always declared, and their values are primitives, strings and byte arrays only:
 *
 * <ul>
 *   <li>{@code default}: the results: {@code key, id, epoch, number, shard, timestamp,
 *       record_timestamp, topic, topic_id, partition, offset, ordinal, query, window_start,
 *       window_end, timing, pane, last, deleted}, then the columns of the mapping. In answers to
 *       events the fields from query to last are null unless the answer names its window; in
 *       results of windows the fields from topic to ordinal are null. See {@link TupleFields}.
 *       Answers may feed another processor bolt; results of windows feed sinks only.
 *   <li>{@link Streams#LATE}: events that came too late: {@code key, timestamp, watermark, topic,
 *       topic_id, partition, offset, ordinal, record_timestamp, value}.
 *   <li>{@link Streams#DEAD_LETTER}: records that the decoder or the processor refused: {@code
 *       reason, topic, topic_id, partition, offset, record_timestamp, record_key, value}; {@code
 *       record_key} is null.
 *   <li>{@link Streams#WATERMARK}: every heartbeat of the source, after the outputs that it
 *       brought, for bolts and sinks behind this one.
 * </ul>
 *
 * <p>Input needs the fields {@code key, timestamp, value, topic_id, partition, offset}; {@code
 * topic, record_timestamp, ordinal, shard, number} are used where they are. {@link
 * io.thalweg.storm.kafka.KafkaSources} and this bolt give them. Tuples of {@link Streams#TICK} are
 * taken for a pulse.
 *
 * <h2>Errors</h2>
 *
 * What is wrong with a record goes to a stream and never throws. A processor or mapping that throws
 * is a defect, and a store that fails cannot be worked around: the exception, which names the
 * record, ends the worker, and nothing is acked or failed. Storm starts another, which takes up the
 * last commit, and meets the same record.
 *
 * <h2>Memory</h2>
 *
 * The state of the processor; 250 bytes for 256 neighbouring offsets that were not acked when the
 * last heartbeat left the spout; the tuples that came since the last commit, at most half of this
 * task's share of what the source may have in flight; the outputs that are not yet confirmed, some
 * 700 bytes and the payload each. The source stops reading when its heartbeats are no longer
 * confirmed, so a sink that is slow or away bounds what is held here.
 *
 * <p>Metrics (Storm metrics v2): counters {@code events} that came, of them {@code applied} and
 * {@code duplicates}; {@code results}, {@code windowsClosed} (the results that were the first of a
 * final window), {@code late} and {@code deadLetters}, counted once however often they are emitted;
 * {@code commitFailures}; timer {@code commit}; histogram {@code latencyMs}, from a record's
 * timestamp to the emission of an answer to it; gauges {@code commitBytes} so far, {@code
 * watermarkLagMs} behind the clock, {@code heartbeatDelayMs} between the last two heartbeats,
 * {@code pendingAcks} of the last commit, {@code outbox}; and each counter of the processor as a
 * gauge {@code processor.<name>}, as of the last commit or of one within half a commit interval of
 * it.
 *
 * @param <K> the keys, {@code String} or {@code Long}
 * @param <E> the events
 * @param <O> the results
 */
public final class ProcessorBolt<K, E, O> extends BaseRichBolt {

  private static final long serialVersionUID = 1;

  // Read by the task, which begins after all is set.
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

  private transient ProcessorTask<K, E, O> task;

  /** Creates a bolt that has to be given its parts: factory, decoder and mapping. */
  public ProcessorBolt() {}

  /**
   * Creates a bolt.
   *
   * @param factory creates the processor of each task
   * @param decoder makes events of bytes
   * @param mapping makes columns of results
   */
  public ProcessorBolt(
      ProcessorFactory<K, E, O> factory, Decoder<E> decoder, TupleMapping<O> mapping) {
    this.factory = requireNonNull(factory, "factory");
    this.decoder = requireNonNull(decoder, "decoder");
    this.mapping = requireNonNull(mapping, "mapping");
  }

  /**
   * Says what is computed.
   *
   * @param factory creates the processor of each task
   * @return this
   */
  public ProcessorBolt<K, E, O> withFactory(ProcessorFactory<K, E, O> factory) {
    this.factory = requireNonNull(factory, "factory");
    return this;
  }

  /**
   * Says how events are read.
   *
   * @param decoder makes events of bytes
   * @return this
   */
  public ProcessorBolt<K, E, O> withDecoder(Decoder<E> decoder) {
    this.decoder = requireNonNull(decoder, "decoder");
    return this;
  }

  /**
   * Says how results are written.
   *
   * @param mapping makes columns of results
   * @return this
   */
  public ProcessorBolt<K, E, O> withMapping(TupleMapping<O> mapping) {
    this.mapping = requireNonNull(mapping, "mapping");
    return this;
  }

  /**
   * Says where the state is kept. In the worker's memory by default: a worker that dies takes it
   * along.
   *
   * @param store keeps the state of all tasks
   * @return this
   */
  public ProcessorBolt<K, E, O> withStateStore(StateStore store) {
    this.store = requireNonNull(store, "store");
    return this;
  }

  /**
   * Says what is promised. {@link Guarantee#EFFECTIVELY_ONCE} by default.
   *
   * @param guarantee the promise
   * @return this
   */
  public ProcessorBolt<K, E, O> withGuarantee(Guarantee guarantee) {
    this.guarantee = requireNonNull(guarantee, "guarantee");
    return this;
  }

  /**
   * Says when outputs leave. {@link Emission#AFTER_COMMIT} by default.
   *
   * @param emission the moment
   * @return this
   */
  public ProcessorBolt<K, E, O> withEmission(Emission emission) {
    this.emission = requireNonNull(emission, "emission");
    return this;
  }

  /**
   * Says how often to commit. 200 ms by default; a commit comes sooner when half of the task's
   * share of what may be in flight is held, so the rate does not depend on it.
   *
   * @param millis the time between commits; 0 commits every tuple by itself
   * @return this
   * @throws IllegalArgumentException if the time is negative
   */
  public ProcessorBolt<K, E, O> withCommitIntervalMillis(long millis) {
    this.commitIntervalMillis = notNegative("commit interval", millis);
    return this;
  }

  /**
   * Bounds what is held until a commit, events and outputs together. 64 MiB by default.
   *
   * @param bytes a commit is due once so many bytes are held, roughly
   * @return this
   * @throws IllegalArgumentException if the bound is negative
   */
  public ProcessorBolt<K, E, O> withMaxPendingBytes(long bytes) {
    this.maxPendingBytes = notNegative("bytes", bytes);
    return this;
  }

  /**
   * Asks the processor for early results every so often, with the next heartbeat; behind a plain
   * spout, with the next event. Never by default. They are results like others: a final one has a
   * newer version under the same id, and stays. Sessions need the mode that retracts, or early ones
   * that have grown since stay as rows of their own.
   *
   * @param millis the time between early results; 0 for never
   * @return this
   * @throws IllegalArgumentException if the time is negative
   */
  public ProcessorBolt<K, E, O> withEarlyIntervalMillis(long millis) {
    this.earlyIntervalMillis = notNegative("early interval", millis);
    return this;
  }

  /**
   * Says how far event times may be out of order within one partition of a plain spout, whose
   * watermark this task has to find itself: the largest event time of each partition less this, the
   * smallest of them. 1 s by default. Of no effect behind a {@link
   * io.thalweg.storm.kafka.LowWatermarkKafkaSpout}.
   *
   * @param millis the bound
   * @return this
   * @throws IllegalArgumentException if the bound is negative
   */
  public ProcessorBolt<K, E, O> withDisorderMillis(long millis) {
    this.disorderMillis = notNegative("disorder", millis);
    return this;
  }

  /**
   * Says after which silence a partition of a plain spout no longer holds the watermark back. 5 s
   * by default. Of no effect behind a {@link io.thalweg.storm.kafka.LowWatermarkKafkaSpout}.
   *
   * @param millis the silence
   * @return this
   * @throws IllegalArgumentException if the time is not positive
   */
  public ProcessorBolt<K, E, O> withIdleTimeoutMillis(long millis) {
    if (millis <= 0) {
      throw new IllegalArgumentException("idle timeout must be positive: " + millis);
    }
    this.idleTimeoutMillis = millis;
    return this;
  }

  /**
   * Bounds the ledger and the outbox behind a plain spout, which does not say what is settled: for
   * each partition at least so many of the newest source ids are kept, with the answers to them,
   * and at most 256 more; an older id counts as applied, and is acked and dropped. It must not be
   * less than what the source can have in flight in one partition, {@code maxUncommittedOffsets +
   * max.poll.records}, since nothing older can come again. 262,144 by default: some 250 KiB a
   * partition and task where a task sees every record; an answer takes some 700 bytes and its
   * payload. Of no effect behind a {@link io.thalweg.storm.kafka.LowWatermarkKafkaSpout}, which
   * says how far everything is settled.
   *
   * @param ids how many ids are kept for each partition
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

  private static long notNegative(String name, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(name + " must not be negative: " + value);
    }
    return value;
  }

  /**
   * Says what is computed, as {@link #withFactory}.
   *
   * @param factory creates the processor of each task
   */
  public void setFactory(ProcessorFactory<K, E, O> factory) {
    withFactory(factory);
  }

  /**
   * Says how events are read, as {@link #withDecoder}.
   *
   * @param decoder makes events of bytes
   */
  public void setDecoder(Decoder<E> decoder) {
    withDecoder(decoder);
  }

  /**
   * Says how results are written, as {@link #withMapping}.
   *
   * @param mapping makes columns of results
   */
  public void setMapping(TupleMapping<O> mapping) {
    withMapping(mapping);
  }

  /**
   * Says where the state is kept, as {@link #withStateStore}.
   *
   * @param store keeps the state of all tasks
   */
  public void setStateStore(StateStore store) {
    withStateStore(store);
  }

  /**
   * Says what is promised, as {@link #withGuarantee}.
   *
   * @param guarantee the promise
   */
  public void setGuarantee(Guarantee guarantee) {
    withGuarantee(guarantee);
  }

  /**
   * Says when outputs leave, as {@link #withEmission}.
   *
   * @param emission the moment
   */
  public void setEmission(Emission emission) {
    withEmission(emission);
  }

  /**
   * Says how often to commit, as {@link #withCommitIntervalMillis}.
   *
   * @param millis the time between commits
   */
  public void setCommitIntervalMillis(long millis) {
    withCommitIntervalMillis(millis);
  }

  /**
   * Bounds what is held until a commit, as {@link #withMaxPendingBytes}.
   *
   * @param bytes a commit is due once so many bytes are held
   */
  public void setMaxPendingBytes(long bytes) {
    withMaxPendingBytes(bytes);
  }

  /**
   * Asks for early results every so often, as {@link #withEarlyIntervalMillis}.
   *
   * @param millis the time between early results; 0 for never
   */
  public void setEarlyIntervalMillis(long millis) {
    withEarlyIntervalMillis(millis);
  }

  /**
   * Bounds the disorder in a partition of a plain spout, as {@link #withDisorderMillis}.
   *
   * @param millis the bound
   */
  public void setDisorderMillis(long millis) {
    withDisorderMillis(millis);
  }

  /**
   * Says when a silent partition of a plain spout no longer counts, as {@link
   * #withIdleTimeoutMillis}.
   *
   * @param millis the silence
   */
  public void setIdleTimeoutMillis(long millis) {
    withIdleTimeoutMillis(millis);
  }

  /**
   * Bounds the ledger and the outbox, as {@link #withLedgerSize}.
   *
   * @param ids how many ids are kept for each partition
   */
  public void setLedgerSize(int ids) {
    withLedgerSize(ids);
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
            "columns of the mapping must have names of their own: " + field);
      }
      fields.add(field);
    }
    return fields;
  }

  private void requireParts() {
    if (factory == null || decoder == null || mapping == null) {
      throw new IllegalStateException(
          "a processor bolt needs a factory, a decoder and a mapping; missing: "
              + (factory == null ? "factory" : decoder == null ? "decoder" : "mapping"));
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if a part is missing; acking or message timeouts are off; the
   *     timeout is below four commit intervals; {@code topology.max.spout.pending} is too small; an
   *     input lacks a field, its watermarks or a grouping by key; or the store does not answer, or
   *     holds the state of another processor: the message says what to set
   */
  @Override
  public void prepare(
      Map<String, Object> conf, TopologyContext context, OutputCollector collector) {
    requireParts();
    task = new ProcessorTask<>(this, conf, context, collector);
  }

  @Override
  public void execute(Tuple tuple) {
    task.execute(tuple);
  }

  /** Leaves what was not committed to the next run: it was not acked either. */
  @Override
  public void cleanup() {
    if (task != null) {
      task.close();
    }
  }
}
