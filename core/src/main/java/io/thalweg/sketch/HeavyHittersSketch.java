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
 * Accumulator of {@link HeavyHitters} in bounded memory, mergeable: the Space-Saving algorithm of
 * Metwally, Agrawal and El Abbadi (2005, <a
 * href="https://doi.org/10.1007/978-3-540-30570-5_27">doi:10.1007/978-3-540-30570-5_27</a>), merged
 * as by Agarwal et al. (2012, <a
 * href="https://doi.org/10.1145/2213556.2213562">doi:10.1145/2213556.2213562</a>).
 *
 * <p>A key that is not tracked replaces the key with the smallest count, inherits its count and
 * adds to it; the inherited count is the error of the new key.
 *
 * <p>Error, for n events and m counters, streaming and merged: a count is never too small, and too
 * large by at most its error, which is at most {@code n / m}; every key with more than n / m events
 * is tracked. For at most m distinct keys all counts are exact.
 *
 * <p>Cost: O(1), a hash look-up and a swap. Once all counters are in use, the slots are sorted by
 * their counts; slots of equal counts form a block, and a slot that is incremented is swapped with
 * the last slot of its block. Memory: about 70 bytes a counter and the keys. Steady state allocates
 * only results; merging allocates. Not thread-safe.
 *
 * @param <K> the keys, with {@code equals} and {@code hashCode} by value
 */
public final class HeavyHittersSketch<K> {

  private static final int MOST = 1 << 20;

  private final int capacity;
  private final SlotTable<K> keys;
  private final long[] counts;
  private final long[] errors;

  /** Slots sorted by their counts, the smallest first, once all are in use. */
  private final int[] order;

  /** Index of each slot in the order. */
  private final int[] places;

  /** Block of each slot; slots of equal counts are in one block. */
  private final int[] blocks;

  /** Index in the order of the last slot of each block. */
  private final int[] ends;

  /** Unused blocks. */
  private final int[] spare;

  private int spares;
  private int size;
  private long total;

  /**
   * Creates an empty sketch.
   *
   * @param capacity the number of keys to track, from 1 to 2^20
   * @throws IllegalArgumentException if the capacity is out of range
   */
  public HeavyHittersSketch(int capacity) {
    if (capacity < 1 || capacity > MOST) {
      throw new IllegalArgumentException("capacity must be from 1 to " + MOST + ": " + capacity);
    }
    this.capacity = capacity;
    keys = new SlotTable<>(capacity);
    counts = new long[capacity];
    errors = new long[capacity];
    order = new int[capacity];
    places = new int[capacity];
    blocks = new int[capacity];
    ends = new int[capacity];
    spare = new int[capacity];
  }

  /**
   * Returns a codec of sketches.
   *
   * @param keys the codec of the keys
   * @param capacity the capacity of the sketches; a record of another is rejected
   * @param <K> the keys
   * @return a codec
   */
  public static <K> Codec<HeavyHittersSketch<K>> codec(Codec<K> keys, int capacity) {
    new HeavyHittersSketch<K>(capacity); // fails here, not at the first record
    return Codec.of(
        "thalweg.heavyhitterssketch+" + keys.name(),
        (sketch, out) -> sketch.write(keys, out),
        in -> new HeavyHittersSketch<K>(capacity).read(keys, in));
  }

  /**
   * Adds an event.
   *
   * @param key the key of the event
   */
  public void add(K key) {
    total++;
    int hash = SlotTable.hash(requireNonNull(key, "key"));
    int slot = keys.find(key, hash);
    if (slot < 0) {
      if (size < capacity) {
        put(size++, key, hash, 1, 0);
        sortIfFull();
        return;
      }
      slot = order[0];
      keys.remove(slot);
      keys.put(slot, key, hash);
      errors[slot] = counts[slot];
    }
    if (size == capacity) {
      moveUp(slot);
    }
    counts[slot]++;
  }

  /** Increments the count of a slot and moves it to the block of its new count. */
  private void moveUp(int slot) {
    int block = blocks[slot];
    int end = ends[block];
    int place = places[slot];
    if (place != end) {
      int last = order[end];
      order[place] = last;
      places[last] = place;
      order[end] = slot;
      places[slot] = end;
    }
    boolean alone = end == 0 || blocks[order[end - 1]] != block;
    boolean joins = end + 1 < size && counts[order[end + 1]] == counts[slot] + 1;
    if (joins) {
      blocks[slot] = blocks[order[end + 1]];
    } else if (!alone) {
      blocks[slot] = spare[--spares];
      ends[blocks[slot]] = end;
    }
    if (!alone) {
      ends[block] = end - 1;
    } else if (joins) {
      spare[spares++] = block;
    }
  }

  /**
   * Merges another sketch into this one.
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
    for (int i = Math.min(capacity, united.size()) - 1; i >= 0; i--) {
      HeavyHitters.Counter<K> counter = united.get(i);
      K key = counter.key();
      put(size++, key, SlotTable.hash(key), counter.most(), counter.error());
    }
    sortIfFull();
  }

  /** Copies another sketch slot by slot, so that ties are resolved in the same way. */
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
    System.arraycopy(other.order, 0, order, 0, capacity);
    index();
  }

  private static final Comparator<HeavyHitters.Counter<?>> ORDER =
      Comparator.<HeavyHitters.Counter<?>>comparingLong(HeavyHitters.Counter::most)
          .reversed()
          .thenComparingLong(HeavyHitters.Counter::error);

  /**
   * Returns the upper bound of the frequency of keys that are not tracked. The sum of the counts of
   * a full sketch is at most the total, streaming and merged, so the smallest count is at most
   * total / capacity.
   */
  private long unheld() {
    return size < capacity ? 0 : counts[order[0]];
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
   * @return all tracked keys, detached
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

  private void sortIfFull() {
    if (size == capacity) {
      sort();
      index();
    }
  }

  /** Sorts the slots in place by heap sort. */
  private void sort() {
    for (int slot = 0; slot < size; slot++) {
      order[slot] = slot;
    }
    for (int place = size / 2 - 1; place >= 0; place--) {
      sink(place, size);
    }
    for (int end = size - 1; end > 0; end--) {
      int greatest = order[0];
      order[0] = order[end];
      order[end] = greatest;
      sink(0, end);
    }
  }

  private void sink(int place, int length) {
    int slot = order[place];
    int at = place;
    for (int child = 2 * at + 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && counts[order[child + 1]] > counts[order[child]]) {
        child++;
      }
      if (counts[order[child]] <= counts[slot]) {
        break;
      }
      order[at] = order[child];
      at = child;
    }
    order[at] = slot;
  }

  /** Computes the indexes of the slots in the order and their blocks, if all slots are in use. */
  private void index() {
    if (size < capacity) {
      return;
    }
    int block = -1;
    for (int place = 0; place < capacity; place++) {
      int slot = order[place];
      if (place == 0 || counts[slot] != counts[order[place - 1]]) {
        block++;
      }
      places[slot] = place;
      blocks[slot] = block;
      ends[block] = place;
    }
    spares = 0;
    while (++block < capacity) {
      spare[spares++] = block;
    }
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
      out.writeInt(size == capacity ? places[slot] : slot);
    }
  }

  private HeavyHittersSketch<K> read(Codec<K> codec, DataInput in) throws IOException {
    StateChecks.requireEqual("capacity", capacity, in.readInt());
    int version = Codec.readVersion(codec, in);
    total = StateChecks.requireAtLeast("total", 0, in.readLong());
    int written = in.readInt();
    if (written < 0 || written > capacity) {
      throw new IOException("size must be from 0 to " + capacity + ": " + written);
    }
    Arrays.fill(order, 0, written, -1);
    for (int slot = 0; slot < written; slot++) {
      K key = codec.read(in, version);
      int hash = SlotTable.hash(key);
      if (keys.find(key, hash) >= 0) {
        throw new IOException("keys must differ: " + key);
      }
      put(slot, key, hash, in.readLong(), in.readLong());
      int place = in.readInt();
      if (place < 0 || place >= written || order[place] >= 0) {
        throw new IOException("places must be from 0 to " + (written - 1) + ", once: " + place);
      }
      order[place] = slot;
      size++;
    }
    for (int place = 1; place < size && size == capacity; place++) {
      if (counts[order[place]] < counts[order[place - 1]]) {
        throw new IOException("counts must ascend: " + counts[order[place]]);
      }
    }
    index();
    return this;
  }
}
