package io.thalweg.storm;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.Timer;
import io.thalweg.Ordered;
import io.thalweg.Processor;
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
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.apache.storm.utils.TupleUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One task of a {@link ProcessorBolt}, from prepare to cleanup: what it has in hand, and the
 * protocol by which it commits, emits and acks. Used by the executor's thread alone, but for {@link
 * #close}.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <O> the results
 */
final class ProcessorTask<K, E, O> {

  private static final Logger LOG = LoggerFactory.getLogger(ProcessorBolt.class);

  private final ProcessorBolt<K, E, O> settings;
  private final OutputCollector collector;
  private TaskState<K, O> state;
  private TupleOutput<K, O> tupleOutput;
  private Ordered<K, SourceRecord, O> ordered;
  private final String component;
  private final int share;
  private InputLayout layout;
  private final List<InputLayout> layouts = new ArrayList<>();
  private final List<Pending> pending = new ArrayList<>();
  private int pendingEvents;
  private long pendingBytes;
  private long lastCommitNanos;
  private long lastEarlyNanos;
  private long lastMeasureNanos;
  private long lastHeartbeatNanos;
  private boolean restored;

  // Behind a source of watermarks.
  private UpstreamWatermark upstream;
  private final Set<Integer> spoutTasks;
  private final Map<String, Set<Integer>> bolts = new HashMap<>();
  private final Map<Integer, Map<String, Long>> settled = new HashMap<>();
  private boolean hasWatermarkListeners;

  /** How often anything was filed when an attempt was last answered, since the last commit. */
  private final Map<Attempt, Long> answered = new HashMap<>();

  // Behind a plain spout.
  private WatermarkTracker<String> tracker;
  private Set<String> tracked;

  /** What the event in hand is answered. */
  private List<OutboxRecord> answers;

  private final Map<String, Ledger[]> ledgersOfTopics = new HashMap<>();

  private final Counter events;
  private final Counter applied;
  private final Counter duplicates;
  private final Counter commitFailures;
  private final Timer commits;
  private final Histogram latency;
  private final Map<String, Long> gauges = new ConcurrentHashMap<>();

  /**
   * A tuple that waits for the commit.
   *
   * @param in where its fields are; null for a heartbeat
   * @param heartbeat under which outputs are filed; null for an event
   * @param outputs the answers to an event; empty for a heartbeat
   * @param emitted whether the outputs have left already
   */
  private record Pending(
      Tuple tuple,
      InputLayout in,
      Heartbeat heartbeat,
      List<OutboxRecord> outputs,
      boolean emitted) {}

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

  /**
   * Starts a task: checks what it needs, takes up its state, and closes that again if it cannot go
   * on.
   *
   * @throws IllegalStateException as {@link ProcessorBolt#prepare} says
   */
  ProcessorTask(
      ProcessorBolt<K, E, O> settings,
      Map<String, Object> conf,
      TopologyContext context,
      OutputCollector collector) {
    this.settings = settings;
    this.collector = collector;
    component = context.getThisComponentId();
    TopologyChecks requirements = new TopologyChecks(conf, context);
    requirements.ackers();
    requirements.messageTimeouts(settings.commitIntervalMillis);
    requirements.events();
    spoutTasks = requirements.spoutTasks();
    followWatermarks(requirements, requirements.watermarks(settings.guarantee), context);
    share = requirements.share(settings.store.durable());
    events = context.registerCounter("events");
    applied = context.registerCounter("applied");
    duplicates = context.registerCounter("duplicates");
    commitFailures = context.registerCounter("commitFailures");
    commits = context.registerTimer("commit");
    latency = context.registerHistogram("latencyMs");
    for (String name :
        List.of("commitBytes", "watermarkLagMs", "heartbeatDelayMs", "pendingAcks", "outbox")) {
      gauge(context, name);
    }
    lastCommitNanos = Time.nanoTime();
    lastEarlyNanos = lastCommitNanos;
    lastMeasureNanos = lastCommitNanos;
    lastHeartbeatNanos = lastCommitNanos;
    restore(conf, context);
  }

  private void followWatermarks(
      TopologyChecks requirements, Set<String> sources, TopologyContext context) {
    if (sources.isEmpty()) {
      tracker = Watermarks.ofSources(Duration.ofMillis(settings.idleTimeoutMillis));
      tracked = new HashSet<>();
      return;
    }
    upstream = new UpstreamWatermark(requirements.tasksOf(sources));
    for (String source : sources) {
      if (context.getRawTopology().get_bolts().containsKey(source)) {
        bolts.put(source, requirements.tasksOf(Set.of(source)));
      }
    }
    hasWatermarkListeners = context.getThisTargets().containsKey(Streams.WATERMARK);
  }

  private void gauge(TopologyContext context, String name) {
    gauges.put(name, 0L);
    Gauge<Long> gauge = () -> gauges.get(name);
    context.registerGauge(name, gauge);
  }

  private void restore(Map<String, Object> conf, TopologyContext context) {
    if (settings.guarantee == Guarantee.EFFECTIVELY_ONCE
        && !settings.store.durable()
        && context.getThisTaskIndex() == 0) {
      LOG.warn(
          "{} keeps its state in the memory of its worker: when that dies, its open windows, its"
              + " detectors' memory and the ledger of what was counted are lost;"
              + " withStateStore(new JdbcStateStore(...)) keeps them",
          component);
    }
    Object topology = conf.get(Config.TOPOLOGY_NAME);
    StateStore.Shard shard =
        settings.store.acquire(
            new StateStore.Task(
                topology == null ? context.getStormId() : topology.toString(),
                component,
                context.getThisTaskIndex(),
                context.getComponentTasks(component).size(),
                deployment(context.getStormId())));
    state = new TaskState<>(shard, settings.store.durable(), settings.emission == Emission.AT_ONCE);
    tupleOutput =
        new TupleOutput<>(
            component,
            settings.mapping,
            new TupleOutput.Counters(
                context.registerCounter("results"),
                context.registerCounter("windowsClosed"),
                context.registerCounter("late"),
                context.registerCounter("deadLetters")),
            shard.name(),
            shard.epoch(),
            state::nextNumber);
    try {
      state.restore(this::create, tupleOutput);
    } catch (RuntimeException e) {
      close();
      throw e instanceof IllegalArgumentException
          ? new IllegalStateException(
              "%s: saved state must be whole, and of this processor; shard %s: %s"
                  .formatted(component, shard.name(), e.getMessage()),
              e)
          : e;
    }
    ordered =
        state.processor() instanceof Ordered<K, SourceRecord, O> behindWatermark
            ? behindWatermark
            : null;
    state.processor().counters((name, value) -> gauge(context, "processor." + name));
  }

  private Processor<K, SourceRecord, O> create() {
    DecodingProcessor<K, E, O> decoding =
        new DecodingProcessor<>(processor(), settings.decoder, tupleOutput);
    return settings.guarantee == Guarantee.EFFECTIVELY_ONCE && decoding.orderSensitive()
        ? new Ordered<>(decoding, SourceRecord.CODEC)
        : decoding;
  }

  private Processor<K, E, O> processor() {
    Processor<K, E, O> made;
    try {
      made = settings.factory.create();
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          component + ": factory must create a processor: " + ErrorText.of(e), e);
    }
    if (made == null) {
      throw new IllegalStateException(component + ": factory must create a processor: null");
    }
    return made;
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

  void execute(Tuple tuple) {
    if (!restored) {
      emitRestored();
    }
    if (TupleUtils.isTick(tuple)) {
      if (commitIsDue(settings.commitIntervalMillis)) {
        commit();
      }
      return;
    }
    String stream = tuple.getSourceStreamId();
    boolean pulse = true;
    if (stream.equals(Streams.WATERMARK)) {
      heartbeat(tuple);
    } else if (stream.equals(Streams.TICK)) {
      collector.ack(tuple);
    } else {
      event(tuple);
      pulse = false;
    }
    if (commitIsDue(pulse ? settings.commitIntervalMillis / 2 : settings.commitIntervalMillis)) {
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
        record -> {
          if (!record.endsWithRecord()) {
            collector.emit(record.stream(), record.values());
          }
        });
  }

  private boolean commitIsDue(long afterMillis) {
    return !pending.isEmpty()
        && (pendingEvents >= share
            || pendingBytes >= settings.maxPendingBytes
            || Time.nanoTime() - lastCommitNanos >= TimeUnit.MILLISECONDS.toNanos(afterMillis));
  }

  private void event(Tuple tuple) {
    InputLayout in = layout(tuple);
    events.inc();
    if (!in.isOfRecord(tuple)) {
      throw new IllegalStateException(
          "%s: results of windows feed sinks only, since they are revised: %s of %s"
              .formatted(component, tuple.getSourceStreamId(), tuple.getSourceComponent()));
    }
    Ledger ledger = ledger(tuple, in);
    long number = in.number(tuple);
    if (!ledger.contains(number)) {
      List<OutboxRecord> outputs = apply(tuple, in, ledger, number);
      hold(new Pending(tuple, in, null, outputs, settings.emission == Emission.AT_ONCE));
      return;
    }
    duplicates.inc();
    List<OutboxRecord> outputs = ledger.answers(number);
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

  private List<OutboxRecord> apply(Tuple tuple, InputLayout in, Ledger ledger, long number) {
    answers = List.of();
    K key = key(tuple.getValue(in.key()));
    SourceRecord record = in.arrival(tuple);
    long timestamp = in.timestamp(tuple);
    tupleOutput.inHand(key, record, timestamp, this::fileAnswer);
    try {
      if (ordered != null) {
        ordered.process(key, record, timestamp, record.source(), tupleOutput);
      } else {
        state.processor().process(key, record, timestamp, tupleOutput);
      }
    } catch (RuntimeException e) {
      throw defect(e);
    }
    if (tracker != null) {
      advanceByItself(ledger.source(), key, timestamp);
    }
    ledger.add(number, answers);
    if (tracker != null) {
      ledger.bound(settings.ledgerSize);
    }
    applied.inc();
    pendingBytes += record.bytes() == null ? 0 : record.bytes().length;
    if (settings.emission == Emission.AT_ONCE) {
      answers.forEach(output -> emit(output, tuple, in));
    }
    return answers;
  }

  private void fileAnswer(OutboxRecord output) {
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
    boolean known =
        timestamp != Long.MAX_VALUE && timestamp >= Long.MIN_VALUE + settings.disorderMillis;
    tracker.report(source, known ? timestamp - settings.disorderMillis : Long.MIN_VALUE, now);
    state.outbox().drain(output -> fileAnswer(output.ownedBy(key)));
    tupleOutput.underWatermark(key, this::fileAnswer);
    long watermark = tracker.watermark(now);
    if (watermark > state.watermark() || timestamp < state.watermark()) {
      // Also when it did not move: what a late event changed fires.
      state.watermark(watermark);
      advance();
    }
    early();
  }

  private void advance() {
    try {
      state.processor().advance(state.watermark(), tupleOutput);
    } catch (RuntimeException e) {
      throw defect(e);
    }
  }

  private void early() {
    long now = Time.nanoTime();
    if (settings.earlyIntervalMillis > 0
        && now - lastEarlyNanos >= TimeUnit.MILLISECONDS.toNanos(settings.earlyIntervalMillis)) {
      lastEarlyNanos = now;
      try {
        state.processor().early(tupleOutput);
      } catch (RuntimeException e) {
        throw defect(e);
      }
    }
  }

  /** Whoever comes after this worker meets the same record: so the message says which it is. */
  private IllegalStateException defect(RuntimeException e) {
    return new IllegalStateException(
        "%s: processor and mapping must not throw, or no worker gets past this point: %s: %s"
            .formatted(component, tupleOutput.inHand(), ErrorText.of(e)),
        e);
  }

  private void heartbeat(Tuple tuple) {
    String from = tuple.getSourceComponent();
    Heartbeat id =
        new Heartbeat(
            tuple.getIntegerByField(TupleFields.SPOUT),
            tuple.getLongByField(TupleFields.INCARNATION),
            tuple.getLongByField(TupleFields.SEQUENCE));
    long confirmed = tuple.getLongByField(TupleFields.CONFIRMED);
    settle(
        from,
        tuple.getSourceTask(),
        SettledMarks.decode(tuple.getBinaryByField(TupleFields.MARKS)));
    Outbox outbox = state.outbox();
    outbox.confirm(id.spout(), id.incarnation(), confirmed);
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
    boolean emitted = settings.emission == Emission.AT_ONCE;
    if (emitted) {
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
    tupleOutput.underWatermark(
        null,
        output -> {
          outbox.file(id, output);
          pendingBytes += output.bytes();
        });
    if (state.watermark() != Long.MIN_VALUE) {
      // Also when it did not move: what late events changed fires.
      advance();
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
    lastCommitNanos = Time.nanoTime();
    measure();
    pending.clear();
    answered.clear();
    pendingEvents = 0;
    pendingBytes = 0;
  }

  private void emit(OutboxRecord output, Tuple anchor, InputLayout in) {
    List<Object> values = output.values();
    if (output.endsWithRecord()) {
      values = new ArrayList<>(values.size() + 1);
      values.addAll(output.values());
      values.add(in.value(anchor));
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
            record -> {
              if (record.answer()) {
                watermark[0] = Math.min(watermark[0], record.timestamp());
              }
            });
    Tuple tuple = heartbeat.tuple;
    collector.emit(
        Streams.WATERMARK,
        tuple,
        List.of(
            watermark[0],
            heartbeat.heartbeat.spout(),
            heartbeat.heartbeat.incarnation(),
            heartbeat.heartbeat.sequence(),
            tuple.getLongByField(TupleFields.CONFIRMED),
            false,
            SettledMarks.encode(hasWatermarkListeners ? unsettled() : Map.of())));
  }

  /** The smallest number of each shard that a bolt behind this one may still see. */
  private Map<String, Long> unsettled() {
    Map<String, Long> marks = new HashMap<>();
    marks.put(state.shardName(), state.unusedNumber());
    state.forEachFiled(
        record -> {
          if (record.answer()) {
            marks.merge(record.shard(), record.number(), Math::min);
          }
        });
    return marks;
  }

  /** In memory commits come every few tuples; who reads metrics does not look that often. */
  private void measure() {
    if (lastCommitNanos - lastMeasureNanos
        < TimeUnit.MILLISECONDS.toNanos(settings.commitIntervalMillis / 2)) {
      return;
    }
    lastMeasureNanos = lastCommitNanos;
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
      return state.ledger(in.shard(tuple));
    }
    String topicId = in.topicId(tuple);
    int partition = in.partition(tuple);
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
  void close() {
    state.close();
  }
}
