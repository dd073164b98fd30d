package io.thalweg.storm;

import static java.util.Objects.requireNonNull;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.Timer;
import io.thalweg.Ordered;
import io.thalweg.Processor;
import io.thalweg.ProcessorFactory;
import io.thalweg.storm.Outbox.Heartbeat;
import io.thalweg.window.WatermarkTracker;
import io.thalweg.window.Watermarks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.storm.Config;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.apache.storm.utils.TupleUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a {@link Processor} on Storm: one processor a task, driven by the executor's thread alone.
 *
 * <pre>{@code
 * topology.setBolt("detector", new ProcessorBolt<String, Reading, Anomaly>(
 *         () -> ZScore.trailing(ofSeconds(10), Reading::value), Reading::parse,
 *         TupleMapping.<Anomaly>columns().with("value", Anomaly::value).with("z_score", Anomaly::z))
 *         .withStateStore(new JdbcStateStore("jdbc:sqlite:state.db")), 4)
 *     .fieldsGrouping("readings", new Fields(TupleFields.KEY))
 *     .allGrouping("readings", ProcessorBolt.WATERMARK);
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
 *   <li>{@link #LATE}: events that came too late: {@code key, timestamp, watermark, topic,
 *       topic_id, partition, offset, ordinal, record_timestamp, value}.
 *   <li>{@link #DEAD_LETTER}: records that the decoder or the processor refused: {@code reason,
 *       topic, topic_id, partition, offset, record_timestamp, record_key, value}; {@code
 *       record_key} is null.
 *   <li>{@link #WATERMARK}: every heartbeat of the source, after the outputs that it brought, for
 *       bolts and sinks behind this one.
 * </ul>
 *
 * <p>Input needs the fields {@code key, timestamp, value, topic_id, partition, offset}; {@code
 * topic, record_timestamp, ordinal, shard, number} are used where they are. {@link KafkaSources}
 * and this bolt give them. Tuples of {@link HeartbeatSpout#STREAM} are taken for a pulse.
 *
 * <h2>Errors</h2>
 *
 * What is wrong with a record goes to a stream and never throws. A processor or mapping that throws
 * is a defect, and a store that fails cannot be worked around: the exception ends the worker, and
 * nothing is acked or failed. Storm starts another, which takes up the last commit.
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
 * {@code duplicates}; {@code results}, {@code late} and {@code deadLetters}, counted once however
 * often they are emitted; {@code commitFailures}; timer {@code commit}; histogram {@code
 * latencyMs}, from a record's timestamp to the emission of an answer to it; gauges {@code
 * commitBytes} so far, {@code watermarkLagMs} behind the clock, {@code heartbeatDelayMs} between
 * the last two heartbeats, {@code pendingAcks} of the last commit, {@code outbox}; and each counter
 * of the processor as a gauge {@code processor.<name>}, as of the last commit.
 *
 * @param <K> the keys, {@code String} or {@code Long}
 * @param <E> the events
 * @param <O> the results
 */
public final class ProcessorBolt<K, E, O> extends BaseRichBolt {

  /** The stream of events that came after all their windows were forgotten. */
  public static final String LATE = "late";

  /** The stream of records that cannot be used, here and in {@link KafkaSources}. */
  public static final String DEAD_LETTER = "dead-letter";

  /** The stream of watermarks, here and in {@link LowWatermarkKafkaSpout}. */
  public static final String WATERMARK = "watermark";

  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(ProcessorBolt.class);

  private ProcessorFactory<K, E, O> factory;
  private Decoder<E> decoder;
  private TupleMapping<O> mapping;
  private StateStore store = StateStore.inMemory();
  private Guarantee guarantee = Guarantee.EFFECTIVELY_ONCE;
  private Emission emission = Emission.AFTER_COMMIT;
  private long commitIntervalMillis = 200;
  private long maxPendingBytes = 64L << 20;
  private long earlyIntervalMillis;
  private long disorderMillis = 1_000;
  private long idleTimeoutMillis = 5_000;
  private int ledgerSize = 1 << 18;

  private transient OutputCollector collector;
  private transient TaskState<K, O> state;
  private transient Filing<K, O> filing;
  private transient Ordered<K, Arrival, O> ordered;
  private transient String component;
  private transient int share;
  private transient InputLayout layout;
  private transient List<InputLayout> layouts;
  private transient List<Pending> pending;
  private transient int pendingEvents;
  private transient long pendingBytes;
  private transient long lastCommitNanos;
  private transient long lastEarlyNanos;
  private transient long lastHeartbeatNanos;
  private transient boolean restored;

  // Behind a source of watermarks.
  private transient Upstream upstream;
  private transient Set<Integer> spoutTasks;
  private transient Map<String, Set<Integer>> bolts;
  private transient Map<Integer, Map<String, Long>> settled;
  private transient boolean hasWatermarkListeners;

  /** How often anything was filed when an attempt was last answered, since the last commit. */
  private transient Map<Attempt, Long> answered;

  // Behind a plain spout.
  private transient WatermarkTracker<String> tracker;
  private transient Set<String> tracked;

  /** What the event in hand is answered. */
  private transient List<Filed> answers;

  private transient Map<String, Ledger[]> ledgersOfTopics;

  private transient Counter events;
  private transient Counter applied;
  private transient Counter duplicates;
  private transient Counter commitFailures;
  private transient Timer commits;
  private transient Histogram latency;
  private transient Map<String, Long> gauges;

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
   * smallest of them. 1 s by default. Of no effect behind a {@link LowWatermarkKafkaSpout}.
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
   * by default. Of no effect behind a {@link LowWatermarkKafkaSpout}.
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
   * payload. Of no effect behind a {@link LowWatermarkKafkaSpout}, which says how far everything is
   * settled.
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

  /**
   * A tuple that waits for the commit.
   *
   * @param in where its fields are; null for a heartbeat
   * @param heartbeat under which outputs are filed; null for an event
   * @param outputs the answers to an event; empty for a heartbeat
   * @param emitted whether the outputs have left already
   */
  private record Pending(
      Tuple tuple, InputLayout in, Heartbeat heartbeat, List<Filed> outputs, boolean emitted) {}

  /**
   * One of the times that a spout sent a heartbeat. Behind several tasks of a bolt it comes as so
   * many copies, all of one tree: what is anchored to one of them is missed by the spout if it does
   * not arrive, and is not needed with the others. Another attempt is another tree.
   */
  private record Attempt(Heartbeat heartbeat, Set<Long> roots) {
    static Attempt of(Heartbeat heartbeat, Tuple copy) {
      return new Attempt(heartbeat, copy.getMessageId().getAnchors());
    }
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {
    declarer.declare(new Fields(resultFields()));
    declarer.declareStream(LATE, new Fields(TupleFields.LATE));
    declarer.declareStream(DEAD_LETTER, new Fields(TupleFields.DEAD_LETTER));
    declarer.declareStream(WATERMARK, new Fields(TupleFields.HEARTBEAT));
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
    component = context.getThisComponentId();
    this.collector = collector;
    Requirements requirements = new Requirements(conf, context);
    requirements.ackers();
    requirements.messageTimeouts(commitIntervalMillis);
    requirements.events();
    followWatermarks(requirements, requirements.watermarks(guarantee), context);
    share = requirements.share(store.durable());
    registerMetrics(context);
    pending = new ArrayList<>();
    pendingEvents = 0;
    pendingBytes = 0;
    layout = null;
    layouts = new ArrayList<>();
    answered = new HashMap<>();
    ledgersOfTopics = new HashMap<>();
    restored = false;
    lastCommitNanos = Time.nanoTime();
    lastEarlyNanos = lastCommitNanos;
    lastHeartbeatNanos = lastCommitNanos;
    restore(conf, context);
  }

  private void followWatermarks(
      Requirements requirements, Set<String> sources, TopologyContext context) {
    spoutTasks = requirements.spoutTasks();
    settled = new HashMap<>();
    bolts = new HashMap<>();
    if (sources.isEmpty()) {
      upstream = null;
      tracker = Watermarks.ofSources(Duration.ofMillis(idleTimeoutMillis));
      tracked = new HashSet<>();
      return;
    }
    upstream = new Upstream(requirements.tasksOf(sources));
    for (String source : sources) {
      if (context.getRawTopology().get_bolts().containsKey(source)) {
        bolts.put(source, requirements.tasksOf(Set.of(source)));
      }
    }
    hasWatermarkListeners = context.getThisTargets().containsKey(WATERMARK);
  }

  private void registerMetrics(TopologyContext context) {
    events = context.registerCounter("events");
    applied = context.registerCounter("applied");
    duplicates = context.registerCounter("duplicates");
    commitFailures = context.registerCounter("commitFailures");
    commits = context.registerTimer("commit");
    latency = context.registerHistogram("latencyMs");
    gauges = new ConcurrentHashMap<>();
    for (String name :
        List.of("commitBytes", "watermarkLagMs", "heartbeatDelayMs", "pendingAcks", "outbox")) {
      gauge(context, name);
    }
  }

  private void gauge(TopologyContext context, String name) {
    gauges.put(name, 0L);
    Gauge<Long> gauge = () -> gauges.get(name);
    context.registerGauge(name, gauge);
  }

  private void restore(Map<String, Object> conf, TopologyContext context) {
    if (guarantee == Guarantee.EFFECTIVELY_ONCE
        && !store.durable()
        && context.getThisTaskIndex() == 0) {
      LOG.warn(
          "{} keeps its state in the memory of its worker: when that dies, its open windows, its"
              + " detectors' memory and the ledger of what was counted are lost;"
              + " withStateStore(new JdbcStateStore(...)) keeps them",
          component);
    }
    cleanup(); // of a task that is prepared again
    Object topology = conf.get(Config.TOPOLOGY_NAME);
    StateStore.Shard shard =
        store.acquire(
            new StateStore.Task(
                topology == null ? context.getStormId() : topology.toString(),
                component,
                context.getThisTaskIndex(),
                context.getComponentTasks(component).size(),
                deployment(context.getStormId())));
    state = new TaskState<>(shard, store.durable(), emission == Emission.AT_ONCE);
    filing =
        new Filing<>(
            component,
            mapping,
            new Filing.Counters(
                context.registerCounter("results"),
                context.registerCounter("late"),
                context.registerCounter("deadLetters")),
            shard.name(),
            shard.epoch(),
            state::nextNumber);
    try {
      state.restore(this::create, filing);
    } catch (RuntimeException e) {
      cleanup();
      throw e instanceof IllegalArgumentException
          ? new IllegalStateException(
              "%s: saved state must be whole, and of this processor; shard %s: %s"
                  .formatted(component, shard.name(), e.getMessage()),
              e)
          : e;
    }
    ordered =
        state.processor() instanceof Ordered<K, Arrival, O> behindWatermark
            ? behindWatermark
            : null;
    state.processor().counters((name, value) -> gauge(context, "processor." + name));
  }

  private Processor<K, Arrival, O> create() {
    Decoding<K, E, O> decoding =
        new Decoding<>(requireNonNull(factory.create(), "factory gave null"), decoder, filing);
    return guarantee == Guarantee.EFFECTIVELY_ONCE && decoding.orderSensitive()
        ? new Ordered<>(decoding, Arrival.CODEC)
        : decoding;
  }

  /** Storm's topology ids end with the number of the submission and its time: name-3-1700000000. */
  private static long deployment(String stormId) {
    String[] parts = stormId.split("-");
    try {
      long seconds = Long.parseLong(parts[parts.length - 1]);
      long number = Long.parseLong(parts[parts.length - 2]);
      return seconds < 0 || seconds > 1L << 40 ? 0 : seconds * 1_000_000 + number % 1_000_000;
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return 0;
    }
  }

  @Override
  public void execute(Tuple tuple) {
    if (!restored) {
      emitRestored();
    }
    if (TupleUtils.isTick(tuple)) {
      if (commitIsDue(commitIntervalMillis)) {
        commit();
      }
      return;
    }
    String stream = tuple.getSourceStreamId();
    boolean pulse = true;
    if (stream.equals(WATERMARK)) {
      heartbeat(tuple);
    } else if (stream.equals(HeartbeatSpout.STREAM)) {
      collector.ack(tuple);
    } else {
      event(tuple);
      pulse = false;
    }
    if (commitIsDue(pulse ? commitIntervalMillis / 2 : commitIntervalMillis)) {
      commit();
    }
  }

  /**
   * What may not have arrived before the start, so that it does not wait for its tuples to come
   * again. A ledger behind a plain spout cannot tell what did not arrive.
   */
  private void emitRestored() {
    restored = true;
    if (state.isInherited()) {
      commit(); // what fell due in uniting shards has numbers that must be durable before they
      // leave
    }
    if (upstream == null) {
      return;
    }
    state.forEachFiled(
        filed -> {
          if (!filed.endsWithRecord()) {
            collector.emit(filed.stream(), filed.values());
          }
        });
  }

  private boolean commitIsDue(long afterMillis) {
    return !pending.isEmpty()
        && (pendingEvents >= share
            || pendingBytes >= maxPendingBytes
            || Time.nanoTime() - lastCommitNanos >= TimeUnit.MILLISECONDS.toNanos(afterMillis));
  }

  private void event(Tuple tuple) {
    InputLayout in = layout(tuple);
    events.inc();
    if (tuple.getValue(in.partition()) == null) {
      throw new IllegalStateException(
          "%s: results of windows feed sinks only, since they are revised: %s of %s"
              .formatted(component, tuple.getSourceStreamId(), tuple.getSourceComponent()));
    }
    Ledger ledger = ledger(tuple, in);
    long number = in.number(tuple);
    if (!ledger.contains(number)) {
      List<Filed> outputs = apply(tuple, in, ledger, number);
      hold(new Pending(tuple, in, null, outputs, emission == Emission.AT_ONCE));
      return;
    }
    duplicates.inc();
    List<Filed> outputs = ledger.answers(number);
    if (ledger.isDurable(number)) {
      outputs.forEach(output -> emit(output, tuple, in));
      collector.ack(tuple);
    } else {
      // Acked now, the effect of the first would be lost with the worker.
      hold(new Pending(tuple, in, null, outputs, false));
    }
  }

  /** Keeps an event until the commit. Heartbeats take no room in what may be in flight. */
  private void hold(Pending event) {
    pending.add(event);
    pendingEvents++;
  }

  private List<Filed> apply(Tuple tuple, InputLayout in, Ledger ledger, long number) {
    answers = List.of();
    K key = key(tuple.getValue(in.key()));
    Arrival arrival = in.arrival(tuple);
    long timestamp = tuple.getLong(in.timestamp());
    filing.inHand(key, arrival, timestamp, this::fileAnswer);
    if (ordered != null) {
      ordered.process(key, arrival, timestamp, arrival.source(), filing);
    } else {
      state.processor().process(key, arrival, timestamp, filing);
    }
    if (tracker != null) {
      advanceByItself(ledger.source(), key, timestamp);
    }
    ledger.add(number, answers);
    if (tracker != null) {
      ledger.bound(ledgerSize);
    }
    applied.inc();
    pendingBytes += arrival.bytes() == null ? 0 : arrival.bytes().length;
    if (emission == Emission.AT_ONCE) {
      answers.forEach(output -> emit(output, tuple, in));
    }
    return answers;
  }

  private void fileAnswer(Filed output) {
    if (answers.isEmpty()) {
      answers = new ArrayList<>(1);
    }
    answers.add(output);
    pendingBytes += output.bytes();
  }

  /**
   * Behind a plain spout: the watermark of what this task has seen. What it brings is filed with
   * the event in hand, so that it comes again if that fails; and so is what was filed under
   * heartbeats, or in uniting shards, since no heartbeat will come for it.
   */
  private void advanceByItself(String source, K key, long timestamp) {
    long now = TimeUnit.NANOSECONDS.toMillis(Time.nanoTime());
    if (tracked.add(source)) {
      tracker.add(source, now);
    }
    boolean known = timestamp != Long.MAX_VALUE && timestamp >= Long.MIN_VALUE + disorderMillis;
    tracker.report(source, known ? timestamp - disorderMillis : Long.MIN_VALUE, now);
    state.outbox().drain(output -> fileAnswer(output.ownedBy(key)));
    filing.underWatermark(key, this::fileAnswer);
    long watermark = tracker.watermark(now);
    if (watermark > state.watermark() || timestamp < state.watermark()) {
      // Also when it did not move: what a late event changed fires.
      state.watermark(watermark);
      state.processor().advance(state.watermark(), filing);
    }
    early();
  }

  private void early() {
    long now = Time.nanoTime();
    if (earlyIntervalMillis > 0
        && now - lastEarlyNanos >= TimeUnit.MILLISECONDS.toNanos(earlyIntervalMillis)) {
      lastEarlyNanos = now;
      state.processor().early(filing);
    }
  }

  private void heartbeat(Tuple tuple) {
    String from = tuple.getSourceComponent();
    Heartbeat id =
        new Heartbeat(
            tuple.getIntegerByField(TupleFields.SPOUT),
            tuple.getLongByField(TupleFields.INCARNATION),
            tuple.getLongByField(TupleFields.SEQUENCE));
    long confirmed = tuple.getLongByField(TupleFields.CONFIRMED);
    settle(from, tuple.getSourceTask(), Marks.decode(tuple.getBinaryByField(TupleFields.MARKS)));
    state.outbox().confirm(id.spout(), id.incarnation(), confirmed);
    long watermark =
        upstream.heard(
            tuple.getSourceTask(),
            tuple.getLongByField(TupleFields.WATERMARK),
            tuple.getBooleanByField(TupleFields.IDLE),
            id.incarnation(),
            id.sequence(),
            confirmed);
    long now = Time.nanoTime();
    gauges.put("heartbeatDelayMs", TimeUnit.NANOSECONDS.toMillis(now - lastHeartbeatNanos));
    lastHeartbeatNanos = now;
    Set<Long> roots = tuple.getMessageId().getAnchors();
    if (state.heard().isFirst(id, roots, confirmed, spoutTasks.size())) {
      bring(id, watermark);
    }
    boolean emitted = emission == Emission.AT_ONCE;
    if (emitted) {
      Outbox outbox = state.outbox();
      Long before = answered.put(Attempt.of(id, tuple), outbox.filings());
      if (before == null || before != outbox.filings()) {
        outbox.of(id).forEach(output -> emit(output, tuple, null));
      }
    }
    pending.add(new Pending(tuple, null, id, List.of(), emitted));
  }

  /** Files under a heartbeat what falls due with it. */
  private void bring(Heartbeat id, long watermark) {
    Outbox outbox = state.outbox();
    outbox.adopt(id, spoutTasks::contains);
    state.watermark(watermark);
    filing.underWatermark(
        null,
        output -> {
          outbox.file(id, output);
          pendingBytes += output.bytes();
        });
    if (state.watermark() != Long.MIN_VALUE) {
      // Also when it did not move: what late events changed fires.
      state.processor().advance(state.watermark(), filing);
    }
    early();
  }

  /** Forgets what cannot come again. */
  private void settle(String from, int task, Map<String, Long> marks) {
    Set<Integer> tasks = bolts.get(from);
    if (tasks == null) {
      marks.forEach((source, mark) -> state.ledger(source).settle(mark));
      return;
    }
    settled.put(task, marks);
    if (!settled.keySet().containsAll(tasks)) {
      return;
    }
    for (Ledger ledger : state.ledgers()) {
      if (ledger.source().startsWith(from + "/")) {
        long smallest = Long.MAX_VALUE;
        boolean mentioned = false;
        for (int each : tasks) {
          Long mark = settled.get(each).get(ledger.source());
          if (mark != null) {
            mentioned = true;
            smallest = Math.min(smallest, mark);
          }
        }
        if (mentioned || isOver(ledger.source(), tasks)) {
          ledger.settle(smallest);
        }
      }
    }
  }

  /**
   * Whether a shard that no task mentions will never be heard of again: its task is no more, or
   * counts in a later one. Not if it is a new one, whose answers came before its first heartbeat.
   */
  private boolean isOver(String shard, Set<Integer> tasks) {
    String index = shard.substring(shard.lastIndexOf('/'));
    return Integer.parseInt(index.substring(1)) >= tasks.size()
        || tasks.stream()
            .flatMap(task -> settled.get(task).keySet().stream())
            .anyMatch(other -> other.endsWith(index) && generation(other) > generation(shard));
  }

  private static long generation(String shard) {
    int end = shard.lastIndexOf('/');
    return Long.parseLong(shard.substring(shard.lastIndexOf('/', end - 1) + 1, end));
  }

  private void commit() {
    long start = Time.nanoTime();
    try {
      if (!state.commit()) {
        return; // Storm ends this task; what is pending comes again to the next
      }
    } catch (RuntimeException e) {
      commitFailures.inc();
      throw e;
    }
    commits.update(Time.nanoTime() - start, TimeUnit.NANOSECONDS);
    Set<Attempt> forwarded = new HashSet<>();
    for (Pending each : pending) {
      if (each.heartbeat != null) {
        if (!forwarded.add(Attempt.of(each.heartbeat, each.tuple))) {
          continue;
        }
        if (!each.emitted) {
          state.outbox().of(each.heartbeat).forEach(output -> emit(output, each.tuple, null));
        }
        forward(each);
      } else if (!each.emitted) {
        each.outputs.forEach(output -> emit(output, each.tuple, each.in));
      }
    }
    for (Pending each : pending) {
      collector.ack(each.tuple);
    }
    measure();
    pending.clear();
    answered.clear();
    pendingEvents = 0;
    pendingBytes = 0;
    lastCommitNanos = Time.nanoTime();
  }

  private void emit(Filed output, Tuple anchor, InputLayout in) {
    List<Object> values = output.values();
    if (output.endsWithRecord()) {
      values = new ArrayList<>(values.size() + 1);
      values.addAll(output.values());
      values.add(anchor.getBinary(in.value()));
    }
    if (output.recordTimestamp() != null) {
      latency.update(Time.currentTimeMillis() - output.recordTimestamp());
    }
    collector.emit(output.stream(), anchor, values);
  }

  /**
   * Hands a heartbeat on, after the outputs that it brought. The watermark for those behind stays
   * below every answer that is not yet known to have arrived: answers to events that waited have no
   * source in flight that would hold it back.
   */
  private void forward(Pending heartbeat) {
    long[] watermark = {state.watermark()};
    state
        .outbox()
        .forEach(
            filed -> {
              if (filed.answer()) {
                watermark[0] = Math.min(watermark[0], filed.timestamp());
              }
            });
    Tuple tuple = heartbeat.tuple;
    collector.emit(
        WATERMARK,
        tuple,
        List.of(
            watermark[0],
            heartbeat.heartbeat.spout(),
            heartbeat.heartbeat.incarnation(),
            heartbeat.heartbeat.sequence(),
            tuple.getLongByField(TupleFields.CONFIRMED),
            false,
            Marks.encode(hasWatermarkListeners ? unsettled() : Map.of())));
  }

  /** The smallest number of each shard that a bolt behind this one may still see. */
  private Map<String, Long> unsettled() {
    Map<String, Long> marks = new HashMap<>();
    marks.put(state.shardName(), state.unusedNumber());
    state.forEachFiled(
        filed -> {
          if (filed.answer()) {
            marks.merge(filed.shard(), filed.number(), Math::min);
          }
        });
    return marks;
  }

  private void measure() {
    long now = Time.currentTimeMillis();
    long watermark = state.watermark();
    boolean known = watermark != Long.MIN_VALUE && watermark != Long.MAX_VALUE;
    gauges.put("watermarkLagMs", known ? now - watermark : 0);
    gauges.put("pendingAcks", (long) pending.size());
    gauges.put("commitBytes", state.committedBytes());
    gauges.put("outbox", state.filed());
    state.processor().counters((name, value) -> gauges.put("processor." + name, value));
  }

  @SuppressWarnings("unchecked") // whoever builds the topology sees to it that keys are K
  private K key(Object key) {
    if (key instanceof String || key instanceof Long) {
      return (K) key;
    }
    // Arrays, enums and the like hash otherwise in every worker: one key would get many tasks.
    throw new IllegalStateException(
        "%s: key must be a String or a Long, which hash alike in every worker: %s"
            .formatted(component, key == null ? "null" : key.getClass().getName()));
  }

  private InputLayout layout(Tuple tuple) {
    if (layout == null || !layout.fits(tuple)) {
      layout = null;
      for (InputLayout known : layouts) {
        if (known.fits(tuple)) {
          layout = known;
        }
      }
      if (layout == null) {
        layout = InputLayout.of(tuple);
        layouts.add(layout);
      }
    }
    return layout;
  }

  /** Finds the ledger of a tuple's source; that of a partition without making its name. */
  private Ledger ledger(Tuple tuple, InputLayout in) {
    if (in.isChained()) {
      return state.ledger(tuple.getString(in.shard()));
    }
    String topicId = tuple.getString(in.topicId());
    int partition = tuple.getInteger(in.partition());
    if (partition < 0 || partition >= 1 << 14) {
      return state.ledger(topicId + "/" + partition);
    }
    Ledger[] ledgers = ledgersOfTopics.get(topicId);
    if (ledgers == null || partition >= ledgers.length) {
      int length = Math.max(16, Integer.highestOneBit(partition) * 2);
      ledgers = ledgers == null ? new Ledger[length] : Arrays.copyOf(ledgers, length);
      ledgersOfTopics.put(topicId, ledgers);
    }
    if (ledgers[partition] == null) {
      ledgers[partition] = state.ledger(topicId + "/" + partition);
    }
    return ledgers[partition];
  }

  /** Leaves what was not committed to the next run: it was not acked either. */
  @Override
  public void cleanup() {
    if (state != null) {
      state.close();
    }
  }
}
