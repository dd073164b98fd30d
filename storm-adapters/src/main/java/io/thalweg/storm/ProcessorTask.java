package io.thalweg.storm;

import io.thalweg.Ordered;
import io.thalweg.Processor;
import io.thalweg.storm.HeartbeatInput.Attempt;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.storm.Config;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.apache.storm.utils.TupleUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One task of a {@link ProcessorBolt}, from prepare to cleanup. It is used by the executor's thread
 * alone, except for {@link #close}.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <O> the results
 */
final class ProcessorTask<K, E, O> {

  /*
   * Path of a tuple to a committed result:
   *
   *   event --> in the ledger?
   *               no: apply: decode, process, add outputs and id to the ledger ------> pending
   *               yes, durable: emit the stored outputs, ack
   *               yes, not yet durable ----------------------------------------------> pending
   *
   *   heartbeat --> only attempt?
   *               yes: advance: add outputs to the outbox ---------------------------> pending
   *               no ----------------------------------------------------------------> pending
   *
   *   commit (interval, half of the task's share of the in-flight bound, or bytes):
   *     1. write state, ledgers, outbox and watermark atomically        (see TaskState)
   *     2. emit the outputs of each pending tuple, anchored to it; forward each heartbeat after
   *        them
   *     3. ack the pending tuples
   *
   * Invariants:
   *
   *   - Nothing is emitted or acked before the commit that contains it (unless Emission.AT_ONCE).
   *     A crash before step 1 loses nothing, since no tuple was acked. A crash after step 1 repeats
   *     tuples whose outputs are stored, so their replay emits the same outputs.
   *   - A duplicate of an event that is not yet durable waits for the commit, too. Acked earlier,
   *     it would complete the event, and a crash would lose the effect of the first copy.
   *   - Each duplicate gets the stored outputs, anchored to itself. Otherwise a result that was
   *     lost downstream would never arrive.
   *   - Outputs of a watermark have no event that could be replayed. They are stored under the
   *     heartbeat, are emitted again when it is replayed or the task restarts, and are removed when
   *     the spout confirms it.
   *   - Events that wait in Ordered are acked before their results exist, so they no longer hold
   *     the watermark of the spout. The forwarded watermark therefore stays at or below every
   *     unconfirmed answer in the outbox.
   *
   * Behind a plain spout there are no heartbeats. The task computes a watermark from the events
   * that it receives, and stores the outputs of the watermark with the event that moved it.
   */

  private static final Logger LOG = LoggerFactory.getLogger(ProcessorBolt.class);

  private final ProcessorBolt<K, E, O> bolt;
  private final OutputCollector collector;
  private final TaskMetrics metrics;
  private final Failures failures;
  private final String component;
  private final TopologyChecks topology;
  private final int maxPendingEvents;
  private TaskState<K, O> state;
  private ResultTuples<O> tuples;
  private Ordered<K, SourceRecord, O> ordered;
  private InputLayout layout;
  private final List<InputLayout> layouts = new ArrayList<>();
  private final List<Pending> pending = new ArrayList<>();
  private int pendingEvents;
  private long pendingBytes;
  private long lastCommitNanos;
  private long lastEarlyNanos;
  private long lastMeasureNanos;
  private boolean started;
  private boolean replacedRecordsLogged;

  /** Behind a spout with heartbeats; null behind a plain spout. */
  private HeartbeatInput heartbeats;

  /** Behind a plain spout; null behind a spout with heartbeats. */
  private SourceWatermark sourceWatermark;

  /** Outputs of the current event. */
  private List<StoredOutput> eventOutputs;

  /**
   * Tuple that waits for the commit.
   *
   * @param in the layout of the tuple; null for a heartbeat
   * @param heartbeat the heartbeat; null for an event
   * @param outputs the outputs of an event; empty for a heartbeat
   * @param emitted true if the outputs were emitted already
   */
  private record Pending(
      Tuple tuple,
      InputLayout in,
      Heartbeat heartbeat,
      List<StoredOutput> outputs,
      boolean emitted) {}

  /**
   * Checks the topology, acquires the shard and restores the state. The shard is closed again if
   * the state cannot be restored.
   *
   * @throws IllegalStateException see {@link ProcessorBolt#prepare}
   */
  ProcessorTask(
      ProcessorBolt<K, E, O> bolt,
      Map<String, Object> conf,
      TopologyContext context,
      OutputCollector collector,
      TaskMetrics metrics,
      Failures failures) {
    this.bolt = bolt;
    this.collector = collector;
    this.metrics = metrics;
    this.failures = failures;
    component = context.getThisComponentId();
    TopologyChecks topology = new TopologyChecks(conf, context);
    topology.requireAckers();
    topology.requireMessageTimeouts(bolt.commitIntervalMillis);
    topology.requireEventInputs();
    topology.requireUniqueIds();
    this.topology = topology;
    Set<String> senders = topology.heartbeatSenders(bolt.guarantee);
    maxPendingEvents = topology.maxPendingEvents(bolt.store.durable());
    lastCommitNanos = Time.nanoTime();
    lastEarlyNanos = lastCommitNanos;
    lastMeasureNanos = lastCommitNanos;
    restore(conf, context);
    if (senders.isEmpty()) {
      sourceWatermark = new SourceWatermark(bolt.disorderMillis, bolt.idleTimeoutMillis);
    } else {
      heartbeats = new HeartbeatInput(state, topology, senders, context);
    }
  }

  private void restore(Map<String, Object> conf, TopologyContext context) {
    if (bolt.guarantee == Guarantee.EFFECTIVELY_ONCE
        && !bolt.store.durable()
        && context.getThisTaskIndex() == 0) {
      LOG.warn(
          "{} keeps its state in the memory of the worker. If the worker dies, the state of the"
              + " processor and the ledger are lost. Set a durable store with"
              + " withStateStore(new JdbcStateStore(...)).",
          component);
    }
    Object topologyName = conf.get(Config.TOPOLOGY_NAME);
    StateStore.Shard shard =
        bolt.store.acquire(
            new StateStore.Task(
                topologyName == null ? context.getStormId() : topologyName.toString(),
                component,
                context.getThisTaskIndex(),
                context.getComponentTasks(component).size(),
                deployment(context.getStormId())));
    state = new TaskState<>(shard, bolt.store.durable(), bolt.emission == Emission.AT_ONCE);
    tuples =
        new ResultTuples<>(
            component,
            bolt.mapping,
            metrics.results,
            shard.name(),
            shard.epoch(),
            state::nextNumber,
            failures);
    try {
      state.restore(this::createProcessor, tuples);
    } catch (RuntimeException e) {
      close();
      throw e instanceof IllegalArgumentException
          ? new IllegalStateException(
              "%s: saved state must be complete and belong to this processor; shard %s: %s"
                  .formatted(component, shard.name(), e.getMessage()),
              e)
          : e;
    }
    warnOfWatermarkInTheFuture();
    ordered =
        state.processor() instanceof Ordered<K, SourceRecord, O> behindWatermark
            ? behindWatermark
            : null;
    state.processor().counters((name, value) -> metrics.registerProcessorGauge(name));
  }

  private void warnOfWatermarkInTheFuture() {
    long watermark = state.watermark();
    if (watermark != Long.MAX_VALUE
        && watermark > Time.currentTimeMillis() + TimeUnit.HOURS.toMillis(1)) {
      LOG.warn(
          "{}: the saved watermark {} is in the future, and every event before it is late; see"
              + " \"A watermark in the future\" in operations.md",
          component,
          watermark);
    }
  }

  private Processor<K, SourceRecord, O> createProcessor() {
    DecodingProcessor<K, E, O> decoding =
        new DecodingProcessor<>(component, createUserProcessor(), bolt.decoder, failures);
    return bolt.guarantee == Guarantee.EFFECTIVELY_ONCE && decoding.orderSensitive()
        ? new Ordered<>(decoding, SourceRecord.CODEC)
        : decoding;
  }

  private Processor<K, E, O> createUserProcessor() {
    Processor<K, E, O> processor;
    try {
      processor = bolt.factory.create();
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          component + ": factory must create a processor: " + ErrorText.of(e), e);
    }
    if (processor == null) {
      throw new IllegalStateException(component + ": factory must create a processor: null");
    }
    if (!processor.replacesObsoleteResults()) {
      throw new IllegalStateException(
          component
              + ": a processor must replace or retract each obsolete result, since its row remains"
              + " otherwise: sessions need AccumulationMode.RETRACTING, which is their default: "
              + processor.getClass().getName());
    }
    if (!processor.acceptsBroadcast()) {
      topology.requireInputsByKey();
    }
    return processor;
  }

  /**
   * Returns a number that grows with each submission. Storm's topology ids end with a running
   * number and the time of the submission: {@code name-3-1700000000}.
   */
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

  void execute(Tuple tuple) {
    if (!started) {
      started = true;
      emitRestored();
    }
    if (TupleUtils.isTick(tuple)) {
      if (commitIsDue(bolt.commitIntervalMillis)) {
        commit();
      }
      return;
    }
    String stream = tuple.getSourceStreamId();
    // Heartbeats and ticks come about once per interval. With the full interval, one that comes a
    // little early would delay the commit by a whole period.
    long interval = bolt.commitIntervalMillis;

    if (stream.equals(Streams.WATERMARK)) {
      executeHeartbeat(tuple);
      interval /= 2;
    } else if (stream.equals(Streams.TICK)) {
      collector.ack(tuple);
      interval /= 2;
    } else {
      executeEvent(tuple);
    }
    if (commitIsDue(interval)) {
      commit();
    }
  }

  /**
   * Emits the restored outputs once, without an anchor, so that they arrive soon. They may be lost:
   * the replays of their events and heartbeats emit them again, anchored. Outputs whose bytes are
   * not stored wait for that replay. Nothing is emitted behind a plain spout, whose ledger also
   * keeps outputs that arrived long ago.
   */
  private void emitRestored() {
    if (state.hasUncommittedInheritedState()) {
      // The outputs of merged shards have numbers, which must be durable before they are emitted.
      commit();
    }
    if (heartbeats == null) {
      return;
    }
    state.forEachOutput(
        output -> {
          if (!output.needsInputBytes()) {
            collector.emit(output.stream(), output.values());
          }
        });
  }

  private boolean commitIsDue(long afterMillis) {
    return !pending.isEmpty()
        && allowsCommit()
        && (pendingEvents >= maxPendingEvents
            || pendingBytes >= bolt.maxPendingBytes
            || Time.nanoTime() - lastCommitNanos >= TimeUnit.MILLISECONDS.toNanos(afterMillis));
  }

  // Events

  private void executeEvent(Tuple tuple) {
    InputLayout in = layout(tuple);
    metrics.events.inc();
    if (!in.hasRecord(tuple)) {
      throw new IllegalStateException(
          "%s: results of windows feed sinks only, since they are revised: %s of %s"
              .formatted(component, tuple.getSourceStreamId(), tuple.getSourceComponent()));
    }
    Ledger ledger =
        in.isFromBolt()
            ? state.ledgers().of(in.shard(tuple))
            : state.ledgers().of(in.topicId(tuple), in.partition(tuple));
    long number = in.number(tuple);
    if (!ledger.contains(number)) {
      List<StoredOutput> outputs = apply(tuple, in, ledger, number);
      addPending(new Pending(tuple, in, null, outputs, bolt.emission == Emission.AT_ONCE));
      return;
    }
    if (!in.isFromBolt() && ledger.isReplaced(number, in.recordTimestamp(tuple))) {
      rejectReplaced(tuple, in);
      return;
    }
    metrics.duplicates.inc();
    List<StoredOutput> outputs = ledger.outputs(number);
    if (ledger.isDurable(number)) {
      outputs.forEach(output -> emit(output, tuple, in));
      collector.ack(tuple);
    } else {
      addPending(new Pending(tuple, in, null, outputs, false));
    }
  }

  /**
   * Rejects a record at an offset where another record was applied, as after the restore of a whole
   * Kafka cluster from a backup.
   */
  private void rejectReplaced(Tuple tuple, InputLayout in) {
    SourceRecord record = in.record(tuple);
    String reason =
        "record must be the one that was applied at its offset, but it is dated after all of them,"
            + " so that the log was truncated and written again, or the future guard rejected the"
            + " record before: "
            + record.recordTimestamp();
    if (!replacedRecordsLogged) {
      replacedRecordsLogged = true;
      LOG.error(
          "{}: topic {}, partition {}, offset {}: {}; such records are dead letters, see \"A log"
              + " that was truncated\" in operations.md",
          component,
          record.topic(),
          record.partition(),
          record.offset(),
          reason);
    }
    emit(tuples.deadLetter(tuple.getValue(in.key()), record, reason, true), tuple, in);
    collector.ack(tuple);
  }

  /** Adds an event. Heartbeats are not counted, since they do not use the in-flight bound. */
  private void addPending(Pending event) {
    pending.add(event);
    pendingEvents++;
    metrics.setPending(pending.size());
  }

  private List<StoredOutput> apply(Tuple tuple, InputLayout in, Ledger ledger, long number) {
    eventOutputs = List.of();
    K key = key(tuple.getValue(in.key()));
    SourceRecord record = in.record(tuple);
    long timestamp = in.timestamp(tuple);
    TupleOutput<K, O> out = TupleOutput.ofEvent(tuples, key, this::addEventOutput);
    if (ordered != null && in.broadcast()) {
      ordered.processAtOnce(key, record, timestamp, out);
    } else if (ordered != null) {
      ordered.process(key, record, timestamp, record.source(), out);
    } else {
      state.processor().process(key, record, timestamp, out);
    }
    if (sourceWatermark != null) {
      advanceTracked(ledger.source(), key, timestamp);
    }
    ledger.add(number, eventOutputs);
    if (!in.isFromBolt()) {
      ledger.addTimestamp(in.recordTimestamp(tuple));
    }
    if (sourceWatermark != null) {
      ledger.bound(bolt.ledgerSize);
    }
    metrics.applied.inc();
    pendingBytes += record.bytes() == null ? 0 : record.bytes().length;
    if (bolt.emission == Emission.AT_ONCE) {
      eventOutputs.forEach(output -> emit(output, tuple, in));
    }
    return eventOutputs;
  }

  private void addEventOutput(StoredOutput output) {
    if (eventOutputs.isEmpty()) {
      eventOutputs = new ArrayList<>(1);
    }
    eventOutputs.add(output);
    pendingBytes += output.bytes();
  }

  /**
   * Advances the processor behind a plain spout. The outputs are stored with the current event, so
   * that they are emitted again if its tuple fails. So are the outputs in the outbox, from merged
   * shards or an earlier spout with heartbeats, since no heartbeat will cause them to be emitted.
   */
  private void advanceTracked(String source, K key, long timestamp) {
    long watermark = sourceWatermark.add(source, timestamp);
    state.outbox().drain(output -> addEventOutput(output.ownedBy(key)));
    TupleOutput<K, O> out = TupleOutput.ofWatermark(tuples, key, this::addEventOutput);
    if (watermark > state.watermark() || timestamp < state.watermark()) {
      // Also if it did not move: windows that delayed events changed fire again.
      state.raiseWatermark(watermark);
      state.processor().advance(state.watermark(), out);
    }
    emitEarly(out);
  }

  private void emitEarly(TupleOutput<K, O> out) {
    long now = Time.nanoTime();
    if (bolt.earlyIntervalMillis > 0
        && now - lastEarlyNanos >= TimeUnit.MILLISECONDS.toNanos(bolt.earlyIntervalMillis)) {
      lastEarlyNanos = now;
      state.processor().early(out);
    }
  }

  @SuppressWarnings("unchecked") // the topology must use keys of type K
  private K key(Object key) {
    if (key instanceof String || key instanceof Long) {
      return (K) key;
    }
    // Other types, such as arrays and enums, have different hash codes in different workers.
    throw new IllegalStateException(
        "%s: key must be a String or a Long, whose hash code is the same in every worker: %s"
            .formatted(component, key == null ? "null" : key.getClass().getName()));
  }

  private InputLayout layout(Tuple tuple) {
    if (layout == null || !layout.matches(tuple)) {
      layout = null;
      for (InputLayout known : layouts) {
        if (known.matches(tuple)) {
          layout = known;
        }
      }
      if (layout == null) {
        layout =
            InputLayout.of(
                tuple, state.processor().acceptsBroadcast() && topology.isBroadcast(tuple));
        layouts.add(layout);
      }
    }
    return layout;
  }

  // Heartbeats

  private void executeHeartbeat(Tuple tuple) {
    Heartbeat heartbeat = Heartbeat.of(tuple);
    if (heartbeats.receive(heartbeat, tuple)) {
      advance(heartbeat.id());
    }
    metrics.onHeartbeat(state.watermark(), heartbeats.isIdle());
    boolean emitted = bolt.emission == Emission.AT_ONCE;
    if (emitted && heartbeats.startEmission(Attempt.of(heartbeat, tuple))) {
      emitOutputs(heartbeat, tuple);
    }
    pending.add(new Pending(tuple, null, heartbeat, List.of(), emitted));
  }

  /** Advances the processor, and stores its outputs under a heartbeat. */
  private void advance(Heartbeat.Id heartbeat) {
    TupleOutput<K, O> out =
        TupleOutput.ofWatermark(
            tuples,
            null,
            output -> {
              state.outbox().add(heartbeat, output);
              pendingBytes += output.bytes();
            });
    if (state.watermark() != Long.MIN_VALUE) {
      // Also if it did not move: windows that late events changed fire again.
      state.processor().advance(state.watermark(), out);
    }
    emitEarly(out);
  }

  private void emitOutputs(Heartbeat heartbeat, Tuple anchor) {
    state.outbox().of(heartbeat.id()).forEach(output -> emit(output, anchor, null));
  }

  // Commits

  /** Returns the tuples since the last commit. */
  List<Tuple> uncommitted() {
    return pending.stream().map(Pending::tuple).toList();
  }

  /** Returns false while the task checks whether its state is missing. */
  boolean allowsCommit() {
    return heartbeats == null || heartbeats.allowsCommit();
  }

  /** Commits the state, then emits the outputs and acks the tuples since the last commit. */
  void commit() {
    long start = Time.nanoTime();
    try {
      if (!state.commit()) {
        return; // the task is closed; pending tuples are replayed to its successor
      }
    } catch (RuntimeException e) {
      metrics.commitFailures.inc();
      throw e;
    }
    metrics.commits.update(Time.nanoTime() - start, TimeUnit.NANOSECONDS);
    failures.onCommitted();
    measure();
    emitPending();
    for (Pending each : pending) {
      collector.ack(each.tuple);
    }
    lastCommitNanos = Time.nanoTime();
    pending.clear();
    metrics.setPending(0);
    if (heartbeats != null) {
      heartbeats.onCommit();
    }
    pendingEvents = 0;
    pendingBytes = 0;
  }

  private void emitPending() {
    Set<Attempt> forwarded = new HashSet<>();
    for (Pending each : pending) {
      if (each.heartbeat != null) {
        if (!forwarded.add(Attempt.of(each.heartbeat, each.tuple))) {
          continue;
        }
        if (!each.emitted) {
          emitOutputs(each.heartbeat, each.tuple);
        }
        collector.emit(
            Streams.WATERMARK, each.tuple, heartbeats.forwarded(each.heartbeat).values());
      } else if (!each.emitted) {
        each.outputs.forEach(output -> emit(output, each.tuple, each.in));
      }
    }
  }

  private void emit(StoredOutput output, Tuple anchor, InputLayout in) {
    List<Object> values = output.values();
    if (output.needsInputBytes()) {
      values = new ArrayList<>(values.size() + 1);
      values.addAll(output.values());
      values.add(in.value(anchor));
    }
    if (output.recordTimestamp() != null) {
      metrics.latency.update(Time.currentTimeMillis() - output.recordTimestamp());
    }
    collector.emit(output.stream(), anchor, values);
  }

  /** Measures a commit, and the processor at most once in half a commit interval. */
  private void measure() {
    metrics.onCommit(pending.size(), state.lastCommitBytes(), state.outputs(), state.watermark());
    long now = Time.nanoTime();
    if (now - lastMeasureNanos < TimeUnit.MILLISECONDS.toNanos(bolt.commitIntervalMillis / 2)) {
      return; // in memory, commits are frequent
    }
    lastMeasureNanos = now;
    state.processor().counters(metrics::setProcessorGauge);
  }

  /** Releases the shard without a commit: uncommitted tuples were not acked and are replayed. */
  void close() {
    state.close();
  }
}
