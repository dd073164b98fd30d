package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.ObjLongConsumer;

/**
 * A processor whose events wait until the watermark has passed them and are then applied by
 * timestamp, and among equal timestamps by source: whatever the order of arrival, the processor
 * inside sees one order.
 *
 * <p>It makes order-sensitive processors (trailing and count windows, detectors, models) repeatable
 * when an engine replays events out of order. The price is one watermark's delay, and the events
 * that wait are part of the state.
 *
 * <p>An event with a timestamp below the watermark is late. The inner processor is advanced once
 * all events that the watermark passed are released.
 *
 * <p>Cost: O(log t) an event, where t is the number of different timestamps that wait. Memory: the
 * events that wait. Not thread-safe.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <O> the results
 */
public final class Ordered<K, E, O> implements Processor<K, E, O> {

  private static final String SCOPE = "waiting";

  /** Apart from the events that wait: removing a key removes it in the scopes within, too. */
  private static final String INNER = "inner";

  private static final Comparator<PendingEvent<?, ?>> BY_SOURCE =
      (a, b) -> Arrays.compareUnsigned(a.source, b.source);

  private final Processor<K, E, O> inner;
  private final Codec<List<PendingEvent<K, E>>> codec;
  private final LongsCodec sharedCodec = new LongsCodec("thalweg.ordered.shared", 6);
  private final TreeMap<Long, Bucket<K, E>> buckets = new TreeMap<>();
  private final ArrayDeque<Bucket<K, E>> changed = new ArrayDeque<>();

  /** Whether what changes is noted: not before someone asked for changes. */
  private boolean notesChanges;

  private long watermark = Long.MIN_VALUE;
  private long arrivals;
  private long waiting;
  private long late;
  private long rejected;
  private long released;
  private long backwardAdvances;

  /**
   * Puts a processor behind the watermark.
   *
   * @param inner the processor; it must not have been used
   * @param events the binary form of an event that waits
   */
  public Ordered(Processor<K, E, O> inner, Codec<E> events) {
    this.inner = requireNonNull(inner, "inner");
    this.codec = new PendingEventCodec<>(requireNonNull(events, "events"));
  }

  private record PendingEvent<K, E>(K key, byte[] source, E event) {}

  /** The events of one timestamp. */
  private static final class Bucket<K, E> {
    final long timestamp;
    final List<PendingEvent<K, E>> events = new ArrayList<>(2);
    boolean changed;

    Bucket(long timestamp) {
      this.timestamp = timestamp;
    }
  }

  /** Takes an event whose source is its place in the order of arrival. */
  @Override
  public void process(K key, E event, long timestamp, Output<K, O> out) {
    process(key, event, timestamp, ByteBuffer.allocate(8).putLong(arrivals++).array(), out);
  }

  /**
   * Takes one event.
   *
   * @param key the key of the event
   * @param event the event, kept until it is released
   * @param timestamp its event time
   * @param source the identity of the event, unique; among events of one timestamp they are applied
   *     in the order of their sources as unsigned bytes. The array is kept.
   * @param out receives the event if it is late or refused
   */
  public void process(K key, E event, long timestamp, byte[] source, Output<K, O> out) {
    requireNonNull(key, "key");
    requireNonNull(event, "event");
    requireNonNull(source, "source");
    if (timestamp == Long.MIN_VALUE || timestamp == Long.MAX_VALUE) {
      rejected++;
      out.reject(key, event, timestamp, "timestamp is reserved: " + timestamp);
      return;
    }
    if (timestamp < watermark) {
      late++;
      out.late(key, event, timestamp, watermark);
      return;
    }
    hold(key, event, timestamp, source);
  }

  private void hold(K key, E event, long timestamp, byte[] source) {
    Bucket<K, E> bucket = buckets.computeIfAbsent(timestamp, Bucket::new);
    bucket.events.add(new PendingEvent<>(key, source, event));
    waiting++;
    if (notesChanges && !bucket.changed) {
      bucket.changed = true;
      changed.add(bucket);
    }
  }

  @Override
  public void advance(long watermark, Output<K, O> out) {
    if (watermark < this.watermark) {
      backwardAdvances++;
    } else {
      this.watermark = watermark;
      release(buckets.headMap(watermark, false), out);
    }
    // Also when it moved back: the processor inside counts, and fires what late events changed.
    inner.advance(watermark, out);
  }

  private void release(NavigableMap<Long, Bucket<K, E>> due, Output<K, O> out) {
    for (Bucket<K, E> bucket = pollFirst(due); bucket != null; bucket = pollFirst(due)) {
      bucket.events.sort(BY_SOURCE);
      for (PendingEvent<K, E> event : bucket.events) {
        waiting--;
        released++;
        inner.process(event.key, event.event, bucket.timestamp, out);
      }
    }
  }

  private Bucket<K, E> pollFirst(NavigableMap<Long, Bucket<K, E>> due) {
    Map.Entry<Long, Bucket<K, E>> first = due.pollFirstEntry();
    return first == null ? null : first.getValue();
  }

  @Override
  public void early(Output<K, O> out) {
    inner.early(out);
  }

  /**
   * False: that is what this class is for.
   *
   * @return false
   */
  @Override
  public boolean orderSensitive() {
    return false;
  }

  @Override
  public void save(StateWriter<K> to) {
    inner.save(to.scope(INNER));
    saveWaiting(to.scope(SCOPE));
  }

  private void saveWaiting(StateWriter<K> scope) {
    buckets.values().forEach(bucket -> put(bucket, scope));
    scope.putOperatorState(shared());
  }

  /**
   * {@inheritDoc}
   *
   * <p>The first call writes everything. From then on it is noted what changes.
   */
  @Override
  public void saveChanges(StateWriter<K> to) {
    if (!notesChanges) {
      notesChanges = true;
      to.clear();
      inner.saveChanges(to.scope(INNER));
      saveWaiting(to.scope(SCOPE));
      return;
    }
    inner.saveChanges(to.scope(INNER));
    StateWriter<K> scope = to.scope(SCOPE);
    for (Bucket<K, E> bucket = changed.poll(); bucket != null; bucket = changed.poll()) {
      bucket.changed = false;
      if (buckets.get(bucket.timestamp) == bucket) {
        put(bucket, scope);
      }
    }
    // After a restore from several shards, events below the watermark may still wait.
    scope.removeBefore(buckets.isEmpty() ? watermark : Math.min(watermark, buckets.firstKey()));
    scope.putOperatorState(shared());
  }

  private void put(Bucket<K, E> bucket, StateWriter<K> to) {
    Map<K, List<PendingEvent<K, E>>> byKey = new LinkedHashMap<>();
    for (PendingEvent<K, E> event : bucket.events) {
      byKey.computeIfAbsent(event.key, k -> new ArrayList<>()).add(event);
    }
    byKey.forEach((key, events) -> to.put(key, bucket.timestamp, codec.encode(events)));
  }

  private byte[] shared() {
    return sharedCodec.encode(
        new long[] {watermark, arrivals, late, rejected, released, backwardAdvances});
  }

  @Override
  public void restore(StateReader<K> shard) {
    StateReader<K> scope = shard.scope(SCOPE);
    byte[] bytes = scope.operatorState();
    if (bytes == null) {
      return;
    }
    long[] saved = sharedCodec.decode(bytes);
    List<Runnable> holds = new ArrayList<>();
    scope.forEach(
        (key, timestamp, state) -> {
          for (PendingEvent<K, E> event : codec.decode(state)) {
            holds.add(() -> hold(key, event.event, timestamp, event.source));
          }
        });
    inner.restore(shard.scope(INNER)); // last of what can be refused
    holds.forEach(Runnable::run);
    changed.forEach(bucket -> bucket.changed = false);
    changed.clear();
    watermark = Math.max(watermark, saved[0]);
    arrivals = Math.max(arrivals, saved[1]);
    if (shard.ownsCounters()) {
      late += saved[2];
      rejected += saved[3];
      released += saved[4];
      backwardAdvances += saved[5];
    }
  }

  /**
   * {@code waiting} events now, and {@code released}, {@code lateBeforeOrder}, {@code
   * rejectedBeforeOrder} so far; then the counters of the processor inside.
   */
  @Override
  public void counters(ObjLongConsumer<String> each) {
    each.accept("waiting", waiting);
    each.accept("released", released);
    each.accept("lateBeforeOrder", late);
    each.accept("rejectedBeforeOrder", rejected);
    inner.counters(each);
  }

  private record PendingEventCodec<K, E>(Codec<E> events)
      implements Codec<List<PendingEvent<K, E>>> {

    @Override
    public String name() {
      return "thalweg.ordered of " + events.name();
    }

    @Override
    public void write(List<PendingEvent<K, E>> value, DataOutput out) throws IOException {
      out.writeInt(events.version());
      out.writeInt(value.size());
      for (PendingEvent<K, E> waiting : value) {
        out.writeInt(waiting.source.length);
        out.write(waiting.source);
        events.write(waiting.event, out);
      }
    }

    @Override
    public List<PendingEvent<K, E>> read(DataInput in, int version) throws IOException {
      int eventVersion = Codec.readVersion(events, in);
      List<PendingEvent<K, E>> value = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        byte[] source = StringCodec.readBytes(in, in.readInt());
        value.add(new PendingEvent<>(null, source, events.read(in, eventVersion)));
      }
      return value;
    }
  }
}
