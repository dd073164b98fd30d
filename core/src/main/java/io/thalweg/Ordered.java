package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ObjLongConsumer;

/**
 * Processor that holds events back until the watermark has passed them, and then forwards them in
 * the order of their timestamps, and of their sources for equal timestamps. The inner processor so
 * receives the same sequence whatever the order of arrival.
 *
 * <p>It makes order-sensitive processors (trailing and count windows, detectors, models) repeatable
 * when an engine replays events in another order. Results are delayed by one watermark, and the
 * waiting events are part of the state.
 *
 * <p>An event with a timestamp below the watermark is late. The inner processor is advanced once
 * all events that the watermark passed are released.
 *
 * <p>Cost: O(log t) an event, where t is the number of different timestamps that wait. Memory: the
 * waiting events. Not thread-safe.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <O> the results
 */
public final class Ordered<K, E, O> extends Operator<K, E, O> {

  private static final String SCOPE = "waiting";

  /** Not within the other scope, because removing a key also removes it in nested scopes. */
  private static final String INNER = "inner";

  private static final Comparator<PendingEvent<?, ?>> BY_SOURCE =
      (a, b) -> Arrays.compareUnsigned(a.source, b.source);

  private final Processor<K, E, O> inner;
  private final Codec<List<PendingEvent<K, E>>> codec;
  private final TreeMap<Long, Bucket<K, E>> buckets = new TreeMap<>();
  private final ArrayDeque<Bucket<K, E>> changed = new ArrayDeque<>();

  private final Counters counters = new Counters();
  private final Counters.Counter late = counters.add("lateBeforeOrder");
  private final Counters.Counter rejected = counters.add("rejectedBeforeOrder");
  private final Counters.Counter released = counters.add("released");

  /** Saved but not reported: the inner processor reports its own. */
  private final Counters hidden = new Counters();

  private final Counters.Counter backwardAdvances = hidden.add("backwardAdvances");
  private final Codec<OperatorState> operatorCodec =
      Codec.of(
          "thalweg.ordered.shared",
          (value, out) -> {
            out.writeLong(value.watermark);
            out.writeLong(value.arrivals);
            value.counters.write(out);
            value.hidden.write(out);
          },
          in ->
              new OperatorState(in.readLong(), in.readLong(), counters.read(in), hidden.read(in)));
  private long watermark = Long.MIN_VALUE;
  private long arrivals;
  private long waiting;

  /**
   * Creates a processor.
   *
   * @param inner the processor that receives the events in order; it must not have been used
   * @param events the binary form of a waiting event
   */
  public Ordered(Processor<K, E, O> inner, Codec<E> events) {
    this.inner = requireNonNull(inner, "inner");
    this.codec =
        Codec.of(
            "thalweg.ordered of " + events.name(),
            (value, out) -> write(value, events, out),
            in -> read(events, in));
  }

  private record PendingEvent<K, E>(K key, byte[] source, E event) {}

  private record OperatorState(long watermark, long arrivals, Counters counters, Counters hidden) {}

  /** Waiting events of one timestamp. */
  private static final class Bucket<K, E> {
    final long timestamp;
    final List<PendingEvent<K, E>> events = new ArrayList<>(2);
    boolean changed;

    Bucket(long timestamp) {
      this.timestamp = timestamp;
    }
  }

  /** Adds an event whose source is its arrival number. */
  @Override
  protected void apply(K key, E event, long timestamp, Output<K, O> out) {
    add(key, event, timestamp, ByteBuffer.allocate(8).putLong(arrivals++).array(), out);
  }

  /**
   * Adds an event.
   *
   * @param key the key of the event
   * @param event the event, kept until it is released
   * @param timestamp its event time
   * @param source the unique identity of the event; events of equal timestamps are released in the
   *     order of their sources as unsigned bytes. The array is kept.
   * @param out receives the event if it is late or rejected
   */
  public void process(K key, E event, long timestamp, byte[] source, Output<K, O> out) {
    requireNonNull(key, "key");
    requireNonNull(event, "event");
    requireNonNull(source, "source");
    calls.enter("process");
    try {
      add(key, event, timestamp, source, out);
    } catch (Throwable e) {
      calls.fail(e);
      throw e;
    }
    calls.exit();
  }

  /**
   * Passes an event to the inner processor at once, ahead of the waiting ones, such as a new model
   * that {@linkplain Processor#acceptsBroadcast every task receives}.
   *
   * @param key the key of the event
   * @param event the event
   * @param timestamp its event time
   * @param out receives the answers to the event
   */
  public void processAtOnce(K key, E event, long timestamp, Output<K, O> out) {
    calls.enter("process");
    try {
      inner.process(key, event, timestamp, out);
    } catch (Throwable e) {
      calls.fail(e);
      throw e;
    }
    calls.exit();
  }

  private void add(K key, E event, long timestamp, byte[] source, Output<K, O> out) {
    if (timestamp == Long.MIN_VALUE || timestamp == Long.MAX_VALUE) {
      rejected.increment();
      out.reject(key, event, timestamp, "timestamp is reserved: " + timestamp);
      return;
    }
    if (timestamp < watermark) {
      late.increment();
      out.late(key, event, timestamp, watermark);
      return;
    }
    hold(key, event, timestamp, source);
  }

  private void hold(K key, E event, long timestamp, byte[] source) {
    Bucket<K, E> bucket = buckets.computeIfAbsent(timestamp, Bucket::new);
    bucket.events.add(new PendingEvent<>(key, source, event));
    waiting++;
    if (tracksChanges() && !bucket.changed) {
      bucket.changed = true;
      changed.add(bucket);
    }
  }

  @Override
  protected void moveWatermark(long watermark, Output<K, O> out) {
    if (watermark < this.watermark) {
      backwardAdvances.increment();
    } else {
      this.watermark = watermark;
      release(buckets.headMap(watermark, false), out);
    }
    // Also if it moved back: the inner processor counts it, and refires windows of late events.
    inner.advance(watermark, out);
  }

  private void release(NavigableMap<Long, Bucket<K, E>> due, Output<K, O> out) {
    for (Bucket<K, E> bucket = pollFirst(due); bucket != null; bucket = pollFirst(due)) {
      bucket.events.sort(BY_SOURCE);
      for (PendingEvent<K, E> event : bucket.events) {
        waiting--;
        released.increment();
        inner.process(event.key, event.event, bucket.timestamp, out);
      }
    }
  }

  private Bucket<K, E> pollFirst(NavigableMap<Long, Bucket<K, E>> due) {
    Map.Entry<Long, Bucket<K, E>> first = due.pollFirstEntry();
    return first == null ? null : first.getValue();
  }

  @Override
  protected void emitEarly(Output<K, O> out) {
    inner.early(out);
  }

  /**
   * Returns false, since events are put in order.
   *
   * @return false
   */
  @Override
  public boolean orderSensitive() {
    return false;
  }

  @Override
  public boolean replacesObsoleteResults() {
    return inner.replacesObsoleteResults();
  }

  @Override
  public boolean acceptsBroadcast() {
    return inner.acceptsBroadcast();
  }

  @Override
  protected void write(StateWriter<K> to) {
    inner.save(to.scope(INNER));
    StateWriter<K> scope = to.scope(SCOPE);
    buckets.values().forEach(bucket -> put(bucket, scope));
    scope.putOperatorState(operatorState());
  }

  @Override
  protected void writeChanges(StateWriter<K> to) {
    inner.saveChanges(to.scope(INNER));
    StateWriter<K> scope = to.scope(SCOPE);
    for (Bucket<K, E> bucket : changed) {
      if (buckets.get(bucket.timestamp) == bucket) {
        put(bucket, scope);
      }
    }
    // After a restore from several shards, events below the watermark may still wait.
    scope.removeBefore(buckets.isEmpty() ? watermark : Math.min(watermark, buckets.firstKey()));
    scope.putOperatorState(operatorState());
    forgetChanges();
  }

  @Override
  protected void markSaved() {
    forgetChanges();
    markSaved(inner);
  }

  private void forgetChanges() {
    changed.forEach(bucket -> bucket.changed = false);
    changed.clear();
  }

  private void put(Bucket<K, E> bucket, StateWriter<K> to) {
    Map<K, List<PendingEvent<K, E>>> byKey = new LinkedHashMap<>();
    for (PendingEvent<K, E> event : bucket.events) {
      byKey.computeIfAbsent(event.key, k -> new ArrayList<>()).add(event);
    }
    byKey.forEach((key, events) -> to.put(key, bucket.timestamp, codec.encode(events)));
  }

  private byte[] operatorState() {
    return operatorCodec.encode(new OperatorState(watermark, arrivals, counters, hidden));
  }

  @Override
  protected void read(StateReader<K> shard) {
    StateReader<K> scope = shard.scope(SCOPE);
    byte[] bytes = scope.operatorState();
    if (bytes == null) {
      FailStop.requireEmpty("thalweg.ordered", shard);
      return;
    }
    OperatorState saved = operatorCodec.decode(bytes);
    // Kept apart until the last step that can fail, but not copied: most of the state waits here.
    TreeMap<Long, Bucket<K, E>> restored = new TreeMap<>();
    Set<K> before = new HashSet<>();
    buckets.values().forEach(bucket -> bucket.events.forEach(event -> before.add(event.key)));
    scope.forEach(
        (key, timestamp, state) -> {
          if (before.contains(key)) {
            throw new IllegalArgumentException(
                "shards must have no key in common, but both have one: " + key);
          }
          Bucket<K, E> bucket = restored.computeIfAbsent(timestamp, Bucket::new);
          for (PendingEvent<K, E> event : codec.decode(state)) {
            bucket.events.add(new PendingEvent<>(key, event.source, event.event));
          }
        });
    long largest =
        FailStop.restoredWatermark(
            watermark, !buckets.isEmpty(), saved.watermark, !restored.isEmpty());
    inner.restore(shard.scope(INNER));
    watermark = largest;
    for (Bucket<K, E> each = pollFirst(restored); each != null; each = pollFirst(restored)) {
      waiting += each.events.size();
      Bucket<K, E> same = buckets.putIfAbsent(each.timestamp, each);
      if (same != null) {
        same.events.addAll(each.events);
      }
    }
    forgetChanges();
    arrivals = Math.max(arrivals, saved.arrivals);
    if (shard.ownsCounters()) {
      counters.addAll(saved.counters);
      hidden.addAll(saved.hidden);
    }
  }

  /**
   * Reports the number of {@code waiting} events, {@code lateBeforeOrder}, {@code
   * rejectedBeforeOrder} and {@code released} events so far, and the counters of the inner
   * processor.
   */
  @Override
  public void counters(ObjLongConsumer<String> each) {
    each.accept("waiting", waiting);
    counters.report(each);
    inner.counters(each);
  }

  private static <K, E> void write(List<PendingEvent<K, E>> value, Codec<E> events, DataOutput out)
      throws IOException {
    out.writeInt(events.version());
    out.writeInt(value.size());
    for (PendingEvent<K, E> waiting : value) {
      out.writeInt(waiting.source.length);
      out.write(waiting.source);
      events.write(waiting.event, out);
    }
  }

  private static <K, E> List<PendingEvent<K, E>> read(Codec<E> events, DataInput in)
      throws IOException {
    int version = Codec.readVersion(events, in);
    int count = in.readInt();
    if (count < 1) {
      throw new StreamCorruptedException("a record must have a waiting event: " + count);
    }
    List<PendingEvent<K, E>> value = new ArrayList<>();
    for (int left = count; left > 0; left--) {
      byte[] source = StringCodec.readBytes(in, in.readInt());
      value.add(new PendingEvent<>(null, source, events.read(in, version)));
    }
    return value;
  }
}
