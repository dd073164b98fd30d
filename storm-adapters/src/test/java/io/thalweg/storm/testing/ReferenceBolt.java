package io.thalweg.storm.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thalweg.Codec;
import io.thalweg.Ordered;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Processor;
import io.thalweg.ProcessorFactory;
import io.thalweg.Snapshot;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.storm.Decoder;
import io.thalweg.storm.SettledMarks;
import io.thalweg.storm.StateStore;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.storm.serialization.KryoValuesDeserializer;
import org.apache.storm.serialization.KryoValuesSerializer;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.apache.storm.utils.TupleUtils;
import org.apache.storm.utils.Utils;

/**
 * Plain implementation of the protocol, with a switch for each safeguard. With all safeguards it
 * shows that the model of the cluster is correct; without one, that the property notices its lack.
 */
final class ReferenceBolt<K, E, O> extends BaseRichBolt {

  /** Safeguards of the protocol. */
  enum Guard {
    /** Outputs are emitted after the commit that contains them. */
    COMMIT_BEFORE_EMIT,
    /** Applied ids are an exact set, not a high-water mark. */
    EXACT_LEDGER,
    /** A duplicate whose first copy is not yet durable is acked with the next commit. */
    DURABLE_ACK,
    /** A duplicate is answered with its stored outputs, anchored to it. */
    OUTBOX_ANSWER,
    /** Outputs of an advance stay in the outbox until their heartbeat is confirmed. */
    KEPT_ADVANCE,
    /** Processors that depend on order run behind Ordered. */
    ORDERED,
    /** Ledger entries are pruned to a stored mark below which every id counts as applied. */
    LEDGER_MARK,
    /** Each waiting copy of an id gets the outputs anchored to itself. */
    ANSWER_EACH,
    /** Of the copies of a heartbeat in a commit, one of each attempt at it gets the outputs. */
    ANSWER_ATTEMPT,
    /** A heartbeat causes outputs only if no other attempt of it was received. */
    FIRST_ATTEMPT,
    /** Outputs of an ended incarnation move to the next heartbeat. */
    ADOPT,
    /** The forwarded watermark stays at or below every unconfirmed output of an advance. */
    HELD_FORWARD,
    /** Ids in a chain are shard and running number, pruned by the sender. */
    EDGE_NUMBER,
    /** An idle upstream task releases the watermark heartbeat by heartbeat. */
    IDLE_PER_BEAT,
    /** It releases the minimum of the others at the arrival of the last confirmed heartbeat. */
    IDLE_CONFIRMED,
    /** An upstream task without a heartbeat since the start holds the watermark. */
    ALL_UPSTREAM,
    /** After rescaling, each old shard is advanced, then all are merged. */
    RESCALE_ADVANCE,
    /** The version of an output is assigned once and stored with it. */
    FILED_VERSION
  }

  private static final long serialVersionUID = 1;
  private static final List<String> RESULT =
      List.of(
          TupleFields.KEY,
          TupleFields.ID,
          TupleFields.EPOCH,
          TupleFields.NUMBER,
          TupleFields.SHARD,
          TupleFields.TIMESTAMP,
          TupleFields.TOPIC_ID,
          TupleFields.PARTITION,
          TupleFields.OFFSET,
          TupleFields.ORDINAL,
          TupleFields.DELETED);
  private static final int EPOCH = RESULT.indexOf(TupleFields.EPOCH);
  private static final int NUMBER = RESULT.indexOf(TupleFields.NUMBER);
  private static final int SHARD = RESULT.indexOf(TupleFields.SHARD);
  private static final int TIMESTAMP = RESULT.indexOf(TupleFields.TIMESTAMP);
  private static final List<String> LATE =
      List.of(
          TupleFields.KEY,
          TupleFields.TIMESTAMP,
          TupleFields.WATERMARK,
          TupleFields.TOPIC_ID,
          TupleFields.PARTITION,
          TupleFields.OFFSET,
          TupleFields.ORDINAL);
  private static final long BEAT = 200;

  private final ProcessorFactory<K, E, O> factory;
  private final Decoder<E> decoder;
  private final TupleMapping<O> mapping;
  private final EnumSet<Guard> off;
  private final int budget;
  private final boolean early;

  private transient OutputCollector collector;
  private transient TopologyContext context;
  private transient KryoValuesSerializer serializer;
  private transient KryoValuesDeserializer deserializer;
  private transient String component;
  private transient Set<Integer> spouts;
  private transient int upstream;
  private transient StateStore.Shard shard;
  private transient long stamp;
  private transient List<Pending> pending;
  private transient Set<List<Object>> fresh;
  private transient long last;

  /**
   * Number of pending events. Heartbeats do not count: unconfirmed heartbeats are repeated by every
   * upstream task. If they triggered commits, the commits could take longer than the message
   * timeout, and no heartbeat would ever be confirmed.
   */
  private transient int pendingEvents;

  // State of the upstream tasks
  private transient Map<Integer, Long> heard;
  private transient Map<Integer, Boolean> idle;
  private transient Map<Integer, Long> incarnations;
  private transient Map<Integer, TreeMap<Long, Long>> release;
  private transient Map<Integer, Map<String, Long>> settled;

  // Saved state
  private transient Processor<K, Arrival, O> processor;
  private transient Map<String, TreeSet<Long>> ledger;
  private transient Map<String, Long> marks;
  private transient Map<String, Long> highest;
  private transient Map<List<Object>, List<Out>> outbox;
  private transient long watermark;
  private transient long number;

  /** Largest sequence number by incarnation; then the same at the start of the task. */
  private transient Map<Long, Long> beats;

  private transient Map<Long, Long> before;
  private transient Map<List<Object>, Set<Set<Long>>> attempts;

  private record Pending(Tuple tuple, List<Object> entry, boolean first) {}

  /** Stored output: a result or a late event. */
  private record Out(String stream, boolean answer, Object owner, List<Object> values) {
    String shard() {
      return (String) values.get(SHARD);
    }

    long number() {
      return (Long) values.get(NUMBER);
    }
  }

  /** Identity of an event. */
  private record Source(String topicId, int partition, long offset, String ordinal) {
    byte[] bytes() {
      byte[] places = ordinal.getBytes(UTF_8);
      return ByteBuffer.allocate(12 + places.length)
          .putInt(partition)
          .putLong(offset)
          .put(places)
          .array();
    }

    static Source of(byte[] bytes) {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      int partition = in.getInt();
      long offset = in.getLong();
      byte[] places = new byte[in.remaining()];
      in.get(places);
      return new Source(World.TOPIC, partition, offset, new String(places, UTF_8));
    }
  }

  /** An event with the record it came in. */
  private record Arrival(Source source, byte[] bytes) {}

  ReferenceBolt(
      ProcessorFactory<K, E, O> factory,
      Decoder<E> decoder,
      TupleMapping<O> mapping,
      int budget,
      boolean early,
      Set<Guard> off) {
    this.early = early;
    this.factory = factory;
    this.decoder = decoder;
    this.mapping = mapping;
    this.budget = budget;
    this.off = EnumSet.noneOf(Guard.class);
    this.off.addAll(off);
  }

  private boolean has(Guard guard) {
    return !off.contains(guard);
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {
    List<String> result = new ArrayList<>(RESULT);
    mapping.fields().forEach(result::add);
    declarer.declare(new Fields(result));
    declarer.declareStream(Streams.LATE, new Fields(LATE));
    declarer.declareStream(Streams.WATERMARK, new Fields(Variant.HEARTBEAT));
  }

  @Override
  public Map<String, Object> getComponentConfiguration() {
    return TupleUtils.putTickFrequencyIntoComponentConfig(super.getComponentConfiguration(), 1);
  }

  @Override
  public void prepare(
      Map<String, Object> conf, TopologyContext context, OutputCollector collector) {
    this.collector = collector;
    this.context = context;
    component = context.getThisComponentId();
    serializer = new KryoValuesSerializer(conf);
    deserializer = new KryoValuesDeserializer(conf);
    spouts = new HashSet<>(context.getComponentTasks(Variant.SPOUT));
    upstream =
        context.getThisSources().keySet().stream()
            .filter(stream -> stream.get_streamId().equals(Streams.WATERMARK))
            .mapToInt(stream -> context.getComponentTasks(stream.get_componentId()).size())
            .sum();
    pending = new ArrayList<>();
    pendingEvents = 0;
    fresh = new HashSet<>();
    heard = new TreeMap<>();
    idle = new HashMap<>();
    incarnations = new HashMap<>();
    release = new HashMap<>();
    settled = new HashMap<>();
    last = Time.currentTimeMillis();
    restore((StateStore) conf.get(Simulation.STORE));
    outbox.values().forEach(outs -> emit(outs, List.of()));
  }

  // Saving and restoring

  @SuppressWarnings("unchecked")
  private void restore(StateStore store) {
    String[] id = context.getStormId().split("-");
    shard =
        store.acquire(
            new StateStore.Task(
                id[0],
                component,
                context.getThisTaskIndex(),
                context.getComponentTasks(component).size(),
                Long.parseLong(id[1])));
    processor = processor();
    ledger = new HashMap<>();
    marks = new HashMap<>();
    highest = new HashMap<>();
    outbox = new LinkedHashMap<>();
    beats = new HashMap<>();
    attempts = new HashMap<>();
    watermark = Long.MIN_VALUE;
    List<StateStore.SavedShard> saved = shard.saved();
    List<Map<String, Object>> states = new ArrayList<>();
    for (StateStore.SavedShard each : saved) {
      states.add(
          (Map<String, Object>) deserializer.deserializeObject(each.state().operatorState()));
    }
    for (Map<String, Object> state : states) {
      watermark = Math.max(watermark, (Long) state.get("watermark"));
      ((Map<Long, Long>) state.get("beats")).forEach((i, beat) -> beats.merge(i, beat, Math::max));
    }
    before = Map.copyOf(beats);
    for (int i = 0; i < saved.size(); i++) {
      unite(saved.get(i), states.get(i));
    }
    if (saved.size() == 1 && saved.get(0).isOwnShard()) {
      number = (Long) states.get(0).get("number");
    }
    ledger.forEach(
        (source, numbers) -> {
          if (marks.containsKey(source)) {
            numbers.headSet(marks.get(source)).clear();
          }
        });
  }

  @SuppressWarnings("unchecked")
  private void unite(StateStore.SavedShard saved, Map<String, Object> state) {
    StateReader<K> reader =
        (StateReader<K>) new Owned(saved.state().scope("processor"), saved.ownsKey());
    if (!saved.isOwnShard() && has(Guard.RESCALE_ADVANCE)) {
      Processor<K, Arrival, O> part = processor();
      part.restore(reader);
      part.advance(watermark, new Filer(List.of("w", -1, 0L, 0L), null, List.of()));
      Snapshot<K> advanced = new Snapshot<>();
      part.save(advanced);
      reader = advanced;
    }
    processor.restore(reader);
    ((Map<String, List<Long>>) state.get("ledger"))
        .forEach(
            (source, numbers) ->
                ledger.computeIfAbsent(source, s -> new TreeSet<>()).addAll(numbers));
    ((Map<String, Long>) state.get("marks")).forEach((s, m) -> marks.merge(s, m, Math::max));
    ((Map<String, Long>) state.get("highest")).forEach((s, m) -> highest.merge(s, m, Math::max));
    for (List<Object> entry : (List<List<Object>>) state.get("outbox")) {
      List<Out> outs = new ArrayList<>();
      for (List<Object> out : (List<List<Object>>) entry.get(1)) {
        if (saved.ownsKey().test(out.get(2))) {
          outs.add(
              new Out(
                  (String) out.get(0),
                  (Boolean) out.get(1),
                  out.get(2),
                  (List<Object>) out.get(3)));
        }
      }
      if (!outs.isEmpty()) {
        outbox.computeIfAbsent((List<Object>) entry.get(0), key -> new ArrayList<>()).addAll(outs);
      }
    }
  }

  /** View of a saved shard that contains the keys of this task only. */
  private record Owned(StateReader<Object> all, Predicate<Object> owned)
      implements StateReader<Object> {
    @Override
    public StateReader<Object> scope(String scope) {
      return new Owned(all.scope(scope), owned);
    }

    @Override
    public byte[] operatorState() {
      return all.operatorState();
    }

    @Override
    public boolean isEmpty() {
      return all.isEmpty();
    }

    @Override
    public boolean ownsCounters() {
      return all.ownsCounters();
    }

    @Override
    public void forEach(RecordVisitor<? super Object> action) {
      all.forEach(
          (key, part, state) -> {
            if (owned.test(key)) {
              action.accept(key, part, state);
            }
          });
    }
  }

  @SuppressWarnings("unchecked")
  private void save() {
    StateWriter<Object> to = shard.changes();
    StateWriter<Object> scope = to.scope("processor");
    scope.clear();
    processor.save((StateWriter<K>) scope);
    HashMap<String, Object> state = new HashMap<>();
    HashMap<String, Object> numbers = new HashMap<>();
    ledger.forEach((source, applied) -> numbers.put(source, new ArrayList<>(applied)));
    List<Object> entries = new ArrayList<>();
    outbox.forEach(
        (key, outs) -> {
          List<Object> written = new ArrayList<>();
          for (Out out : outs) {
            written.add(list(out.stream, out.answer, out.owner, new ArrayList<>(out.values)));
          }
          entries.add(list(new ArrayList<>(key), written));
        });
    state.put("watermark", watermark);
    state.put("number", number);
    state.put("beats", new HashMap<>(beats));
    state.put("ledger", numbers);
    state.put("marks", new HashMap<>(marks));
    state.put("highest", new HashMap<>(highest));
    state.put("outbox", entries);
    to.putOperatorState(serializer.serializeObject(state));
  }

  private static List<Object> list(Object... values) {
    return new ArrayList<>(List.of(values));
  }

  /** Decoding is within the wait, so that raw bytes wait. */
  private Processor<K, Arrival, O> processor() {
    Processor<K, E, O> inner = factory.create();
    Processor<K, Arrival, O> decoding =
        new Processor<>() {
          @Override
          @SuppressWarnings("unchecked") // every output of this bolt is a Filer
          public void process(K key, Arrival event, long timestamp, Output<K, O> out) {
            Filer filer = (Filer) out;
            filer.attribute(event.source, timestamp);
            try {
              inner.process(key, decoder.decode(event.bytes), timestamp, out);
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
            filer.attribute(null, 0);
          }

          @Override
          public void advance(long to, Output<K, O> out) {
            inner.advance(to, out);
          }

          @Override
          public void early(Output<K, O> out) {
            inner.early(out);
          }

          @Override
          public void save(StateWriter<K> to) {
            inner.save(to);
          }

          @Override
          public void restore(StateReader<K> from) {
            inner.restore(from);
          }
        };
    return inner.orderSensitive() && has(Guard.ORDERED)
        ? new Ordered<>(decoding, new ArrivalCodec())
        : decoding;
  }

  private record ArrivalCodec() implements Codec<Arrival> {
    @Override
    public String name() {
      return "arrival";
    }

    @Override
    public void write(Arrival value, DataOutput out) throws IOException {
      write(value.source.bytes(), out);
      write(value.bytes, out);
    }

    private static void write(byte[] bytes, DataOutput out) throws IOException {
      out.writeInt(bytes.length);
      out.write(bytes);
    }

    @Override
    public Arrival read(DataInput in, int version) throws IOException {
      return new Arrival(Source.of(bytes(in)), bytes(in));
    }

    private static byte[] bytes(DataInput in) throws IOException {
      byte[] bytes = new byte[in.readInt()];
      in.readFully(bytes);
      return bytes;
    }
  }

  // The executor's thread

  @Override
  public void execute(Tuple tuple) {
    long now = Time.currentTimeMillis();
    if (TupleUtils.isTick(tuple)) {
      if (!pending.isEmpty() && now - last >= 1_000) {
        commit();
      }
      return;
    }
    boolean beat = tuple.getSourceStreamId().equals(Streams.WATERMARK);
    if (beat) {
      watermark(tuple);
    } else {
      data(tuple);
    }
    if (pendingEvents >= budget || !pending.isEmpty() && now - last >= (beat ? BEAT / 2 : BEAT)) {
      commit();
    }
  }

  @SuppressWarnings("unchecked")
  private void data(Tuple tuple) {
    Source id =
        new Source(
            tuple.getStringByField(TupleFields.TOPIC_ID),
            tuple.getIntegerByField(TupleFields.PARTITION),
            tuple.getLongByField(TupleFields.OFFSET),
            tuple.contains(TupleFields.ORDINAL) ? tuple.getStringByField(TupleFields.ORDINAL) : "");
    boolean edge = tuple.contains(TupleFields.SHARD) && has(Guard.EDGE_NUMBER);
    String source =
        edge ? tuple.getStringByField(TupleFields.SHARD) : id.topicId + "/" + id.partition;
    long place = edge ? tuple.getLongByField(TupleFields.NUMBER) : id.offset;
    List<Object> entry = List.of("e", source, place);
    TreeSet<Long> applied = ledger.computeIfAbsent(source, s -> new TreeSet<>());
    boolean duplicate =
        has(Guard.EXACT_LEDGER)
            ? applied.contains(place)
                || has(Guard.LEDGER_MARK) && place < marks.getOrDefault(source, place)
            : place <= highest.getOrDefault(source, place - 1);
    if (duplicate) {
      if (fresh.contains(entry)) {
        if (has(Guard.DURABLE_ACK)) {
          hold(new Pending(tuple, entry, false));
        } else {
          collector.ack(tuple);
        }
      } else {
        if (has(Guard.OUTBOX_ANSWER)) {
          emit(outbox.getOrDefault(entry, List.of()), List.of(tuple));
        }
        collector.ack(tuple);
      }
      return;
    }
    applied.add(place);
    highest.put(source, place);
    fresh.add(entry);
    K key = (K) tuple.getValueByField(TupleFields.KEY);
    long timestamp = tuple.getLongByField(TupleFields.TIMESTAMP);
    Arrival value = new Arrival(id, tuple.getBinaryByField(TupleFields.VALUE));
    Filer out = new Filer(entry, id, List.of(tuple));
    out.timestamp = timestamp;
    out.owner = key;
    if (processor instanceof Ordered<K, Arrival, O> ordered) {
      ordered.process(key, value, timestamp, id.bytes(), out);
    } else {
      processor.process(key, value, timestamp, out);
    }
    hold(new Pending(tuple, entry, true));
  }

  private void hold(Pending event) {
    pending.add(event);
    pendingEvents++;
  }

  private void prune(String source, long mark) {
    long to = has(Guard.LEDGER_MARK) ? marks.merge(source, mark, Math::max) : mark;
    if (ledger.containsKey(source)) {
      ledger.get(source).headSet(to).clear();
    }
    outbox
        .keySet()
        .removeIf(
            key -> key.get(0).equals("e") && key.get(1).equals(source) && (Long) key.get(2) < to);
  }

  private void watermark(Tuple tuple) {
    int from = tuple.getSourceTask();
    int spout = tuple.getIntegerByField(TupleFields.SPOUT);
    long incarnation = tuple.getLongByField(TupleFields.INCARNATION);
    long confirmed = tuple.getLongByField(TupleFields.CONFIRMED);
    Map<String, Long> given = SettledMarks.decode(tuple.getBinaryByField(TupleFields.MARKS));
    boolean isIdle = tuple.getBooleanByField(TupleFields.IDLE);
    List<Object> entry =
        List.of("w", spout, incarnation, tuple.getLongByField(TupleFields.SEQUENCE));
    if (!Long.valueOf(incarnation).equals(incarnations.put(from, incarnation))) {
      release.remove(from);
    }
    heard.merge(from, tuple.getLongByField(TupleFields.WATERMARK), Math::max);
    idle.put(from, isIdle);
    if (spouts.contains(from) || !has(Guard.EDGE_NUMBER)) {
      given.forEach(this::prune);
    } else {
      settled.put(from, given);
      if (settled.size() == upstream) {
        for (String source : List.copyOf(ledger.keySet())) {
          prune(
              source,
              settled.values().stream()
                  .mapToLong(each -> each.getOrDefault(source, Long.MAX_VALUE))
                  .min()
                  .orElseThrow());
        }
      }
    }
    outbox
        .keySet()
        .removeIf(
            key ->
                key.get(0).equals("w")
                    && key.get(1).equals(spout)
                    && key.get(2).equals(incarnation)
                    && (Long) key.get(3) <= confirmed);
    boolean first = isFirst(tuple, entry, incarnation, confirmed);
    if (first && has(Guard.ADOPT)) {
      List<List<Object>> gone =
          outbox.keySet().stream()
              .filter(
                  key ->
                      key.get(0).equals("w")
                          && (key.get(1).equals(spout) && !key.get(2).equals(incarnation)
                              || !spouts.contains(key.get(1))))
              .toList();
      for (List<Object> key : gone) {
        List<Out> outs = outbox.remove(key);
        outbox.computeIfAbsent(entry, e -> new ArrayList<>()).addAll(outs);
      }
    }
    advance(tuple, from, isIdle, entry, first);
    pending.add(new Pending(tuple, entry, true));
  }

  private boolean isFirst(Tuple tuple, List<Object> entry, long incarnation, long confirmed) {
    long sequence = tuple.getLongByField(TupleFields.SEQUENCE);
    beats.merge(incarnation, sequence, Math::max);
    Set<Set<Long>> heardOf = attempts.computeIfAbsent(entry, e -> new HashSet<>());
    heardOf.add(tuple.getMessageId().getAnchors());
    return !has(Guard.FIRST_ATTEMPT)
        || sequence > confirmed
            && sequence > before.getOrDefault(incarnation, -1L)
            && heardOf.size() == 1;
  }

  private void advance(Tuple tuple, int from, boolean isIdle, List<Object> entry, boolean first) {
    boolean all = heard.size() == upstream || !has(Guard.ALL_UPSTREAM);
    List<Long> busy = new ArrayList<>();
    heard.forEach(
        (task, w) -> {
          if (!idle.get(task)) {
            busy.add(w);
          }
        });
    TreeMap<Long, Long> stood = release.computeIfAbsent(from, task -> new TreeMap<>());
    if (isIdle && has(Guard.IDLE_PER_BEAT)) {
      long until =
          has(Guard.IDLE_CONFIRMED) ? tuple.getLongByField(TupleFields.CONFIRMED) : Long.MAX_VALUE;
      stood.headMap(until, true).values().forEach(w -> heard.merge(from, w, Math::max));
      stood.headMap(until, true).clear();
      stood.putIfAbsent(
          tuple.getLongByField(TupleFields.SEQUENCE), all ? min(busy) : Long.MIN_VALUE);
    } else {
      stood.clear();
    }
    if (!first) {
      return;
    }
    long low = min(has(Guard.IDLE_PER_BEAT) ? heard.values() : busy);
    watermark = Math.max(watermark, all ? low : Long.MIN_VALUE);
    Filer out = new Filer(entry, null, List.of(tuple));
    processor.advance(watermark, out);
    if (early) {
      processor.early(out);
    }
  }

  private static long min(Collection<Long> values) {
    return values.stream().mapToLong(Long::longValue).min().orElse(Long.MIN_VALUE);
  }

  // Commit, emit, ack

  private void commit() {
    last = Time.currentTimeMillis();
    save();
    shard.commit();
    fresh.clear();
    List<Pending> done = pending;
    pending = new ArrayList<>();
    pendingEvents = 0;
    Set<Object> attempts = new HashSet<>();
    for (Pending each : done) {
      boolean beat = each.entry.get(0).equals("w");
      Object attempt =
          has(Guard.ANSWER_ATTEMPT)
              ? List.of(each.entry, each.tuple.getMessageId().getAnchors())
              : each.entry;
      if (beat && !attempts.add(attempt)) {
        continue;
      }
      boolean again = has(Guard.ANSWER_EACH) && has(Guard.OUTBOX_ANSWER);
      if ((each.first || again) && (has(Guard.COMMIT_BEFORE_EMIT) || !each.first)) {
        emit(outbox.getOrDefault(each.entry, List.of()), List.of(each.tuple));
      }
      if (beat) {
        forward(each.tuple);
      }
    }
    if (!has(Guard.KEPT_ADVANCE)) {
      outbox.keySet().removeIf(key -> key.get(0).equals("w"));
    }
    done.forEach(each -> collector.ack(each.tuple));
  }

  private void emit(List<Out> outs, List<Tuple> anchors) {
    for (Out out : outs) {
      List<Object> values = new ArrayList<>(out.values);
      if (!has(Guard.FILED_VERSION) && out.stream.equals(Utils.DEFAULT_STREAM_ID)) {
        values.set(EPOCH, shard.epoch());
        values.set(NUMBER, ++stamp);
      }
      collector.emit(out.stream, anchors, values);
    }
  }

  private void forward(Tuple tuple) {
    Map<String, Long> kept = new TreeMap<>();
    long held = watermark;
    kept.put(shard.name(), number);
    for (Map.Entry<List<Object>, List<Out>> entry : outbox.entrySet()) {
      for (Out out : entry.getValue()) {
        if (out.answer) {
          kept.merge(out.shard(), out.number(), Math::min);
          if (entry.getKey().get(0).equals("w") && has(Guard.HELD_FORWARD)) {
            held = Math.min(held, (Long) out.values.get(TIMESTAMP));
          }
        }
      }
    }
    List<Object> values = new ArrayList<>();
    for (String field : Variant.HEARTBEAT) {
      values.add(
          switch (field) {
            case TupleFields.WATERMARK -> held;
            case TupleFields.IDLE -> false;
            case TupleFields.MARKS ->
                has(Guard.EDGE_NUMBER)
                    ? SettledMarks.encode(kept)
                    : tuple.getBinaryByField(TupleFields.MARKS);
            default -> tuple.getValueByField(field);
          });
    }
    collector.emit(Streams.WATERMARK, List.of(tuple), values);
  }

  /** Output that assigns number and version and adds to the outbox. */
  private final class Filer implements Output<K, O> {
    private final List<Object> entry;
    private final List<Tuple> anchors;
    private Object owner;
    private Source source;
    private long timestamp;
    private int emitted;

    Filer(List<Object> entry, Source source, List<Tuple> anchors) {
      this.entry = entry;
      this.source = source;
      this.anchors = anchors;
    }

    private void file(String stream, boolean answer, List<Object> values) {
      Out out = new Out(stream, answer, owner == null ? values.get(0) : owner, values);
      outbox.computeIfAbsent(entry, e -> new ArrayList<>()).add(out);
      if (!has(Guard.COMMIT_BEFORE_EMIT)) {
        ReferenceBolt.this.emit(List.of(out), anchors);
      }
    }

    private void result(
        K key, String id, long at, Source from, String ordinal, boolean deleted, O value) {
      List<Object> values = new ArrayList<>(RESULT.size());
      values.add(key);
      values.add(id);
      values.add(shard.epoch());
      values.add(number++);
      values.add(shard.name());
      values.add(at);
      values.add(from == null ? null : from.topicId);
      values.add(from == null ? null : from.partition);
      values.add(from == null ? null : from.offset);
      values.add(ordinal);
      values.add(deleted);
      mapping.write(value, values);
      file(Utils.DEFAULT_STREAM_ID, from != null, values);
    }

    @Override
    public void emit(K key, O value) {
      String ordinal = (source.ordinal.isEmpty() ? "" : source.ordinal + ".") + emitted++;
      String id =
          component
              + "/"
              + source.topicId
              + "/"
              + source.partition
              + "/"
              + source.offset
              + "/"
              + ordinal;
      result(key, id, timestamp, source, ordinal, false, value);
    }

    private void window(K key, Pane at, O value, boolean deleted) {
      String id = component + "/" + key + "/" + at.query() + "/" + at.start() + "/" + at.end();
      result(key, id, at.end() - 1, null, null, deleted, value);
    }

    @Override
    public void update(K key, Pane at, O value, O previous) {
      window(key, at, value, false);
    }

    @Override
    public void retract(K key, Pane at, O previous) {
      window(key, at, previous, true);
    }

    @Override
    public void late(K key, Object event, long at, long judgedBy) {
      file(
          Streams.LATE,
          false,
          ReferenceBolt.list(
              key, at, judgedBy, source.topicId, source.partition, source.offset, source.ordinal));
    }

    @Override
    public void reject(K key, Object event, long at, String reason) {
      throw new IllegalStateException(reason);
    }

    /** Names the record that the following outputs belong to; null for none. */
    void attribute(Source from, long at) {
      source = from;
      timestamp = at;
      emitted = 0;
    }
  }
}
