package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.ObjLongConsumer;
import java.util.function.Supplier;

/**
 * One state a key, dropped once the watermark has left its newest event behind by the idle time.
 *
 * <p>Each key has one entry in a heap ordered by the time at which to look at it again. New events
 * do not move the entry: when its time comes and the key has been used since, it goes back in with
 * its new time. So an event costs no heap operation, and a key one for each idle time it lives.
 */
final class KeyedProcessor<S, K, E, O> implements Processor<K, E, O> {

  private final Supplier<? extends S> create;
  private final Codec<Entry<S, K>> codec;
  private final long idle;
  private final Step<S, K, E, O> step;
  private final Map<K, Entry<S, K>> entries = new HashMap<>();
  private final PriorityQueue<Entry<S, K>> expiry = new PriorityQueue<>();
  private final ArrayDeque<Entry<S, K>> changed = new ArrayDeque<>();

  /** Whether what changes is noted: not before someone asked for changes. */
  private boolean notesChanges;

  private final ArrayDeque<K> dropped = new ArrayDeque<>();
  private final LongsCodec sharedCodec;
  private long watermark = Long.MIN_VALUE;
  private long admitted;
  private long late;
  private long rejected;
  private long backwardAdvances;

  KeyedProcessor(
      Supplier<? extends S> create, Codec<S> codec, Duration idle, Step<S, K, E, O> step) {
    this.create = requireNonNull(create, "create");
    this.codec = new EntryCodec<>(codec);
    this.step = requireNonNull(step, "step");
    if (idle.isZero() || idle.isNegative()) {
      throw new IllegalArgumentException("idle must be positive: " + idle);
    }
    try {
      this.idle = idle.toMillis();
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("idle must fit in long milliseconds: " + idle, e);
    }
    if (this.idle == 0) {
      throw new IllegalArgumentException("idle must be at least one millisecond: " + idle);
    }
    sharedCodec = new LongsCodec("thalweg.keyed.shared", 6);
  }

  private static final class Entry<S, K> implements Comparable<Entry<S, K>> {
    K key;
    S state;
    long newest;
    long lookAgain;
    boolean changed;

    @Override
    public int compareTo(Entry<S, K> other) {
      return Long.compare(lookAgain, other.lookAgain);
    }
  }

  @Override
  public void process(K key, E event, long timestamp, Output<K, O> out) {
    requireNonNull(key, "key");
    requireNonNull(event, "event");
    if (timestamp == Long.MIN_VALUE || timestamp == Long.MAX_VALUE) {
      rejected++;
      out.reject(key, event, timestamp, "timestamp is reserved: " + timestamp);
      return;
    }
    if (end(timestamp) <= watermark) {
      late++;
      out.late(key, event, timestamp, watermark);
      return;
    }
    admitted++;
    Entry<S, K> entry = entries.get(key);
    if (entry == null) {
      entry = new Entry<>();
      entry.key = key;
      entry.state = requireNonNull(create.get(), "create gave null");
      entry.newest = timestamp;
      take(entry);
    } else if (timestamp > entry.newest) {
      entry.newest = timestamp;
    }
    if (notesChanges && !entry.changed) {
      entry.changed = true;
      changed.add(entry);
    }
    step.apply(entry.state, key, event, timestamp, out);
  }

  private void take(Entry<S, K> entry) {
    entries.put(entry.key, entry);
    entry.lookAgain = end(entry.newest);
    expiry.add(entry);
  }

  @Override
  public void advance(long watermark, Output<K, O> out) {
    if (watermark < this.watermark) {
      backwardAdvances++;
      return;
    }
    this.watermark = watermark;
    while (!expiry.isEmpty() && expiry.peek().lookAgain <= watermark) {
      Entry<S, K> entry = expiry.remove();
      entry.lookAgain = end(entry.newest);
      if (entry.lookAgain > watermark) {
        expiry.add(entry);
      } else {
        entries.remove(entry.key);
        if (notesChanges) {
          dropped.add(entry.key);
        }
      }
    }
  }

  /** The time at which a key whose newest event is at {@code timestamp} is dropped, clamped. */
  private long end(long timestamp) {
    return timestamp > Long.MAX_VALUE - idle ? Long.MAX_VALUE : timestamp + idle;
  }

  @Override
  public void save(StateWriter<K> to) {
    entries.values().forEach(entry -> to.put(entry.key, 0, codec.encode(entry)));
    to.putOperatorState(shared());
  }

  @Override
  public void saveChanges(StateWriter<K> to) {
    if (!notesChanges) {
      notesChanges = true;
      to.clear();
      save(to);
      return;
    }
    for (K key = dropped.poll(); key != null; key = dropped.poll()) {
      to.remove(key);
    }
    for (Entry<S, K> entry = changed.poll(); entry != null; entry = changed.poll()) {
      entry.changed = false;
      if (entries.get(entry.key) == entry) {
        to.put(entry.key, 0, codec.encode(entry));
      }
    }
    to.putOperatorState(shared());
  }

  private byte[] shared() {
    return sharedCodec.encode(
        new long[] {idle, watermark, admitted, late, rejected, backwardAdvances});
  }

  @Override
  public void restore(StateReader<K> shard) {
    byte[] bytes = shard.operatorState();
    if (bytes == null) {
      return;
    }
    long[] saved = sharedCodec.decode(bytes);
    if (saved[0] != idle) {
      throw new IllegalArgumentException(
          "thalweg.keyed: idle must be as saved, " + saved[0] + " ms: " + idle + " ms");
    }
    List<Entry<S, K>> read = new ArrayList<>();
    shard.forEach(
        (key, part, state) -> {
          Entry<S, K> entry = codec.decode(state);
          entry.key = key;
          read.add(entry);
        });
    read.forEach(this::take);
    watermark = Math.max(watermark, saved[1]);
    if (shard.ownsCounters()) {
      admitted += saved[2];
      late += saved[3];
      rejected += saved[4];
      backwardAdvances += saved[5];
    }
  }

  @Override
  public void counters(ObjLongConsumer<String> each) {
    each.accept("offered", admitted + late + rejected);
    each.accept("admitted", admitted);
    each.accept("late", late);
    each.accept("rejected", rejected);
    each.accept("keys", entries.size());
    each.accept("watermark", watermark);
    each.accept("backwardAdvances", backwardAdvances);
  }

  private record EntryCodec<S, K>(Codec<S> state) implements Codec<Entry<S, K>> {

    @Override
    public String name() {
      return "thalweg.keyed of " + state.name();
    }

    @Override
    public void write(Entry<S, K> value, DataOutput out) throws IOException {
      out.writeLong(value.newest);
      Codec.writeNested(state, value.state, out);
    }

    @Override
    public Entry<S, K> read(DataInput in, int version) throws IOException {
      Entry<S, K> entry = new Entry<>();
      entry.newest = in.readLong();
      entry.state = Codec.readNested(state, in);
      return entry;
    }
  }
}
