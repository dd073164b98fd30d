package io.thalweg.window;

import io.thalweg.Codec;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Log of the changes of partial aggregates since each was completely saved: records in a separate
 * scope, numbered in the order in which they are written.
 */
final class DeltaLog<K> {

  private final StatePool<?, ?> pool;
  private final String scope;

  /** The numbers of the saved records, by start of the slice and key. */
  private final TreeMap<Long, Map<K, List<Long>>> recordNumbers = new TreeMap<>();

  private long nextNumber;

  DeltaLog(StatePool<?, ?> pool, String scope) {
    this.pool = pool;
    this.scope = scope;
  }

  /** Clears the log: all partial aggregates are completely saved. */
  void start(SliceIndex<KeySlices<K>> index) {
    recordNumbers.clear();
    for (int i = 0; i < index.size(); i++) {
      Slice<KeySlices<K>> slice = index.get(i);
      for (int k = 0; k < slice.keys.size(); k++) {
        PartialRing partials = slice.keys.get(k).partials;
        pool.startDeltas(partials.state(partials.lowerBound(slice.start)));
      }
    }
  }

  /**
   * Saves the changes of a partial aggregate.
   *
   * @return false if nothing was saved, and the caller must save the complete partial aggregate
   */
  boolean put(long start, K key, SavedPartial partial, StateWriter<K> to) {
    StateWriter<K> records = to.scope(scope);
    if (pool.needsFull(partial.state())) {
      Map<K, List<Long>> ofSlice = recordNumbers.get(start);
      if (ofSlice != null) {
        remove(key, ofSlice.remove(key), records);
      }
      pool.startDeltas(partial.state());
      return false;
    }
    long number = nextNumber++;
    records.put(key, number, new ChangeCodec(Map.of()).encode(new Change(start, partial)));
    recordNumbers
        .computeIfAbsent(start, s -> new HashMap<>())
        .computeIfAbsent(key, k -> new ArrayList<>())
        .add(number);
    return true;
  }

  private static <K> void remove(K key, List<Long> numbers, StateWriter<K> records) {
    if (numbers != null) {
      numbers.forEach(number -> records.remove(key, number));
    }
  }

  /** Removes the changes of the slices that start before a time. */
  void removeBefore(long start, StateWriter<K> to) {
    Map<Long, Map<K, List<Long>>> removed = recordNumbers.headMap(start);
    if (!removed.isEmpty()) {
      StateWriter<K> records = to.scope(scope);
      removed
          .values()
          .forEach(ofSlice -> ofSlice.forEach((key, numbers) -> remove(key, numbers, records)));
      removed.clear();
    }
  }

  /** Applies the changes to the partial aggregates, which are given by key and slice start. */
  void read(StateReader<K> from, Map<K, Map<Long, SavedPartial>> partials) {
    from.scope(scope)
        .forEach(
            (key, number, bytes) ->
                new ChangeCodec(partials.getOrDefault(key, Map.of())).decode(bytes));
  }

  private record Change(long start, SavedPartial partial) {}

  /**
   * Codec of a record: {@code long} start of the slice; {@code byte} 1 if all events are part of
   * early results, else 0; {@code int} version of the state's codec; the delta. {@code read}
   * applies the delta to the partial aggregate of that slice.
   */
  private final class ChangeCodec implements Codec<Change> {

    private final Map<Long, SavedPartial> partials;

    ChangeCodec(Map<Long, SavedPartial> partials) {
      this.partials = partials;
    }

    @Override
    public String name() {
      return "thalweg.window.changes of " + pool.name();
    }

    @Override
    public void write(Change value, DataOutput out) throws IOException {
      out.writeLong(value.start);
      out.writeBoolean(value.partial.inEarlyResult());
      pool.writeDelta(value.partial.state(), out);
    }

    @Override
    public Change read(DataInput in, int version) throws IOException {
      long start = in.readLong();
      boolean inEarlyResult = in.readBoolean();
      SavedPartial before = partials.get(start);
      if (before == null) {
        throw new StreamCorruptedException("changes must belong to a saved slice: " + start);
      }
      pool.readDelta(before.state(), in);
      SavedPartial after = new SavedPartial(inEarlyResult, before.state());
      partials.put(start, after);
      return new Change(start, after);
    }
  }
}
