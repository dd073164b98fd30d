package io.thalweg.sketch;

import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Collects {@link HeavyHitters} in bounded memory, and merges with others: the Space-Saving
 * algorithm of Metwally, Agrawal and El Abbadi (2005, <a
 * href="https://doi.org/10.1007/978-3-540-30570-5_27">doi:10.1007/978-3-540-30570-5_27</a>), merged
 * as by Agarwal et al. (2012, <a
 * href="https://doi.org/10.1145/2213556.2213562">doi:10.1145/2213556.2213562</a>).
 *
 * <p>A key that is not held takes the place of the one with the smallest count, adds to it, and
 * notes what it took over as its error.
 *
 * <p>Error, for n events and m counters, streaming and merged: every count is too large by at most
 * its noted error, which is at most {@code n / m}, and never too small; every key that came more
 * than n / m times is held. Up to m different keys all is exact.
 *
 * <p>Cost: a hash look-up, and a heap step of O(log m) when the order of counts changes. Memory:
 * about 70 bytes a counter and the keys. Steady state allocates nothing but results; merging
 * allocates. Not thread-safe.
 *
 * @param <K> the keys, with {@code equals} and {@code hashCode} by value
 */
public final class HeavyHittersSketch<K> {

  private static final int MOST = 1 << 20;

  private final int capacity;
  private final KeyTable<K> keys;
  private final long[] counts;
  private final long[] errors;

  /** Slots in a heap, the one with the smallest count on top. */
  private final int[] heap;

  /** Where in the heap a slot is. */
  private final int[] places;

  private int size;
  private long total;

  /**
   * Creates an empty sketch.
   *
   * @param capacity how many keys it holds, from 1 to 2^20
   * @throws IllegalArgumentException if the capacity is out of range
   */
  public HeavyHittersSketch(int capacity) {
    if (capacity < 1 || capacity > MOST) {
      throw new IllegalArgumentException("capacity must be from 1 to " + MOST + ": " + capacity);
    }
    this.capacity = capacity;
    keys = new KeyTable<>(capacity);
    counts = new long[capacity];
    errors = new long[capacity];
    heap = new int[capacity];
    places = new int[capacity];
  }

  /**
   * The binary form of a sketch.
   *
   * @param keys the binary form of a key
   * @param capacity the capacity of the sketches; a record of another is refused
   * @param <K> the keys
   * @return a codec
   */
  public static <K> Codec<HeavyHittersSketch<K>> codec(Codec<K> keys, int capacity) {
    new HeavyHittersSketch<K>(capacity); // refuses here, not at the first record
    return new SketchCodec<>(
        "thalweg.heavyhitterssketch+" + keys.name(),
        (sketch, out) -> sketch.write(keys, out),
        in -> new HeavyHittersSketch<K>(capacity).read(keys, in));
  }

  /**
   * Adds an event.
   *
   * @param key its key
   */
  public void add(K key) {
    total++;
    int hash = KeyTable.hash(requireNonNull(key, "key"));
    int slot = keys.find(key, hash);
    if (slot >= 0) {
      counts[slot]++;
    } else if (size < capacity) {
      slot = size;
      put(slot, key, hash, 1, 0);
      places[slot] = size;
      heap[size++] = slot;
      rise(places[slot]);
      return;
    } else {
      slot = heap[0];
      keys.remove(slot);
      put(slot, key, hash, counts[slot] + 1, counts[slot]);
    }
    sink(places[slot]);
  }

  /**
   * Adds what another sketch holds.
   *
   * @param other the other part, of the same capacity; unchanged
   * @throws IllegalArgumentException if the capacities differ
   */
  public void merge(HeavyHittersSketch<K> other) {
    if (other.capacity != capacity) {
      throw new IllegalArgumentException(
          "sketches must be of one capacity, " + capacity + ": " + other.capacity);
    }
    if (other.total == 0) {
      return;
    }
    if (total == 0) {
      copy(other);
      return;
    }
    long unheldHere = unheld();
    long unheldThere = other.unheld();
    List<HeavyHitters.Counter<K>> united = new ArrayList<>(size + other.size);
    for (int slot = 0; slot < size; slot++) {
      int there = other.keys.find(keys.key(slot), keys.hash(slot));
      long count = there >= 0 ? other.counts[there] : unheldThere;
      long error = there >= 0 ? other.errors[there] : unheldThere;
      united.add(
          new HeavyHitters.Counter<>(keys.key(slot), counts[slot] + count, errors[slot] + error));
    }
    for (int slot = 0; slot < other.size; slot++) {
      if (keys.find(other.keys.key(slot), other.keys.hash(slot)) < 0) {
        united.add(
            new HeavyHitters.Counter<>(
                other.keys.key(slot),
                other.counts[slot] + unheldHere,
                other.errors[slot] + unheldHere));
      }
    }
    united.sort(ORDER);
    long sum = total + other.total;
    clear();
    total = sum;
    // the smallest first, so that the heap is in order as it is filled
    for (int i = Math.min(capacity, united.size()) - 1; i >= 0; i--) {
      HeavyHitters.Counter<K> counter = united.get(i);
      K key = counter.key();
      put(size, key, KeyTable.hash(key), counter.most(), counter.error());
      places[size] = size;
      heap[size] = size;
      size++;
    }
  }

  /** Takes over what another holds, slot by slot, so that ties break alike. */
  private void copy(HeavyHittersSketch<K> other) {
    total = other.total;
    for (int slot = 0; slot < other.size; slot++) {
      put(
          slot,
          other.keys.key(slot),
          other.keys.hash(slot),
          other.counts[slot],
          other.errors[slot]);
    }
    size = other.size;
    System.arraycopy(other.heap, 0, heap, 0, size);
    System.arraycopy(other.places, 0, places, 0, size);
  }

  private static final Comparator<HeavyHitters.Counter<?>> ORDER =
      Comparator.<HeavyHitters.Counter<?>>comparingLong(HeavyHitters.Counter::most)
          .reversed()
          .thenComparingLong(HeavyHitters.Counter::error);

  /**
   * No key that is not held came more often. The counts of a full sketch add up to at most the
   * total, streaming and merged, so the smallest is at most total / capacity.
   */
  private long unheld() {
    return size < capacity ? 0 : counts[heap[0]];
  }

  /** Empties the sketch. */
  public void clear() {
    keys.clear();
    size = 0;
    total = 0;
  }

  /**
   * Reads the most frequent keys.
   *
   * @return all keys held, detached
   */
  public HeavyHitters<K> toHeavyHitters() {
    List<HeavyHitters.Counter<K>> counters = new ArrayList<>(size);
    for (int slot = 0; slot < size; slot++) {
      counters.add(new HeavyHitters.Counter<>(keys.key(slot), counts[slot], errors[slot]));
    }
    counters.sort(ORDER);
    return new HeavyHitters<>(total, counters, unheld());
  }

  private void put(int slot, K key, int hash, long count, long error) {
    keys.put(slot, key, hash);
    counts[slot] = count;
    errors[slot] = error;
  }

  private void sink(int place) {
    int slot = heap[place];
    long count = counts[slot];
    int at = place;
    while (true) {
      int child = 2 * at + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && counts[heap[child + 1]] < counts[heap[child]]) {
        child++;
      }
      if (counts[heap[child]] >= count) {
        break;
      }
      heap[at] = heap[child];
      places[heap[at]] = at;
      at = child;
    }
    heap[at] = slot;
    places[slot] = at;
  }

  private void rise(int place) {
    int slot = heap[place];
    int at = place;
    while (at > 0 && counts[heap[(at - 1) / 2]] > counts[slot]) {
      heap[at] = heap[(at - 1) / 2];
      places[heap[at]] = at;
      at = (at - 1) / 2;
    }
    heap[at] = slot;
    places[slot] = at;
  }

  private void write(Codec<K> codec, DataOutput out) throws IOException {
    out.writeInt(capacity);
    out.writeInt(codec.version());
    out.writeLong(total);
    out.writeInt(size);
    for (int slot = 0; slot < size; slot++) {
      codec.write(keys.key(slot), out);
      out.writeLong(counts[slot]);
      out.writeLong(errors[slot]);
      out.writeInt(places[slot]);
    }
  }

  private HeavyHittersSketch<K> read(Codec<K> codec, DataInput in) throws IOException {
    SketchCodec.expect("capacity", capacity, in.readInt());
    int version = in.readInt();
    if (version < 1 || version > codec.version()) {
      throw new IOException(
          codec.name() + ": version must be from 1 to " + codec.version() + ": " + version);
    }
    total = SketchCodec.atLeast("total", 0, in.readLong());
    int written = in.readInt();
    if (written < 0 || written > capacity) {
      throw new IOException("size must be from 0 to " + capacity + ": " + written);
    }
    Arrays.fill(heap, 0, written, -1);
    for (int slot = 0; slot < written; slot++) {
      K key = codec.read(in, version);
      int hash = KeyTable.hash(key);
      if (keys.find(key, hash) >= 0) {
        throw new IOException("keys must differ: " + key);
      }
      put(slot, key, hash, in.readLong(), in.readLong());
      int place = in.readInt();
      if (place < 0 || place >= written || heap[place] >= 0) {
        throw new IOException("places must be from 0 to " + (written - 1) + ", once: " + place);
      }
      places[slot] = place;
      heap[place] = slot;
      size++;
    }
    return this;
  }
}
