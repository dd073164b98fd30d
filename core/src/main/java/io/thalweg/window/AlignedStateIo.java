package io.thalweg.window;

import io.thalweg.Codec;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.window.FiringRecord.KeyFirings;
import io.thalweg.window.OperatorStateIo.OperatorState;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Save and restore of aligned windows: the partial aggregates of each key, by slice start, and the
 * firing records. Folds are not saved, since they follow from the partial aggregates.
 */
final class AlignedStateIo<K, E, R> {

  private record SavedFirings(long start, long end, KeyFirings firings) {}

  private final AlignedWindows<K, E, R> windows;
  private final StatePool<E, R> pool;
  private final Refirings<K, E, R> refirings;

  /** The log of changes; null if the codec writes no deltas. */
  private final DeltaLog<K> deltas;

  private final String scope;
  private final Codec<SavedPartial> partialCodec = new PartialCodec();
  private final Codec<SavedFirings> firingsCodec = new SavedFiringsCodec();

  AlignedStateIo(AlignedWindows<K, E, R> windows, StatePool<E, R> pool, Refirings<K, E, R> late) {
    this.windows = windows;
    this.pool = pool;
    this.refirings = late;
    this.scope = windows.groupIndex() == 0 ? "slices" : "global";
    this.deltas = pool.writesDeltas() ? new DeltaLog<>(pool, scope + "Changes") : null;
  }

  void save(StateWriter<K> to) {
    StateWriter<K> slices = to.scope(scope);
    SliceIndex<KeySlices<K>> index = windows.sliceIndex();
    for (int i = 0; i < index.size(); i++) {
      Slice<KeySlices<K>> slice = index.get(i);
      for (int k = 0; k < slice.keys.size(); k++) {
        put(slice, slice.keys.get(k), slices);
      }
    }
    for (FiringRecord<K> record : refirings.records()) {
      record.firings.forEach((keySlices, firings) -> put(record, keySlices, firings, to));
    }
  }

  private void put(Slice<KeySlices<K>> slice, KeySlices<K> keySlices, StateWriter<K> slices) {
    slices.put(
        keySlices.keyState.key, slice.start, partialCodec.encode(savedPartial(slice, keySlices)));
  }

  private SavedPartial savedPartial(Slice<KeySlices<K>> slice, KeySlices<K> keySlices) {
    long at = keySlices.partials.lowerBound(slice.start);
    return new SavedPartial(
        keySlices.partials.isMarked(at, PartialRing.IN_EARLY_RESULT), keySlices.partials.state(at));
  }

  /**
   * Saves firings under the end of their window, which is distinct within a query. Windows with a
   * clamped end are in a scope of their own, under their start.
   */
  private void put(
      FiringRecord<K> record, KeySlices<K> keySlices, KeyFirings firings, StateWriter<K> to) {
    StateWriter<K> query = results(to, record.query, record.end == Long.MAX_VALUE);
    long number = record.end == Long.MAX_VALUE ? record.start : record.end;
    query.put(
        keySlices.keyState.key,
        number,
        firingsCodec.encode(new SavedFirings(record.start, record.end, firings)));
  }

  private static <K> StateWriter<K> results(StateWriter<K> to, int query, boolean clamped) {
    return to.scope(resultsScope(query, clamped));
  }

  private static String resultsScope(int query, boolean clamped) {
    return (clamped ? "resultsToTheEnd" : "results") + query;
  }

  void saveChanges(StateWriter<K> to, long droppedBefore) {
    StateWriter<K> slices = to.scope(scope);
    if (droppedBefore > Long.MIN_VALUE) {
      slices.removeBefore(droppedBefore);
      if (deltas != null) {
        deltas.removeBefore(droppedBefore, to);
      }
    }
    SliceIndex<KeySlices<K>> index = windows.sliceIndex();
    for (int i = 0; i < index.size(); i++) {
      Slice<KeySlices<K>> slice = index.get(i);
      for (int k = 0; k < slice.changedSinceSave.size(); k++) {
        KeySlices<K> keySlices = slice.changedSinceSave.get(k);
        if (deltas == null
            || !deltas.put(
                slice.start, keySlices.keyState.key, savedPartial(slice, keySlices), to)) {
          put(slice, keySlices, slices);
        }
      }
      markSaved(slice, slice.changedSinceSave);
    }
    for (AlignedQuery<K, E, R> query : windows.queries()) {
      if (refirings.lastForgottenEnd() > Long.MIN_VALUE) {
        // Windows are forgotten in order of their ends; clamped ends are the last.
        if (refirings.lastForgottenEnd() == Long.MAX_VALUE) {
          results(to, query.query, false).clear();
          results(to, query.query, true).clear();
        } else {
          results(to, query.query, false).removeBefore(refirings.lastForgottenEnd() + 1);
        }
      }
    }
    for (FiringRecord<K> record : refirings.records()) {
      record.firings.forEach(
          (keySlices, firings) -> {
            if (!firings.saved) {
              put(record, keySlices, firings, to);
              firings.saved = true;
            }
          });
    }
  }

  /** Marks everything as saved. */
  void startTrackingChanges() {
    SliceIndex<KeySlices<K>> index = windows.sliceIndex();
    if (deltas != null) {
      deltas.start(index);
    }
    for (int i = 0; i < index.size(); i++) {
      markSaved(index.get(i), index.get(i).keys);
    }
    for (FiringRecord<K> record : refirings.records()) {
      record.firings.values().forEach(firings -> firings.saved = true);
    }
  }

  private void markSaved(Slice<KeySlices<K>> slice, Slice.KeyList<KeySlices<K>> keys) {
    for (int k = 0; k < keys.size(); k++) {
      KeySlices<K> keySlices = keys.get(k);
      keySlices.partials.mark(keySlices.partials.lowerBound(slice.start), PartialRing.SAVED);
      keySlices.slice = null; // the next event must check the mark
    }
    slice.changedSinceSave.clear();
  }

  void read(StateReader<K> from, OperatorState saved, List<Runnable> steps) {
    Map<K, Map<Long, SavedPartial>> held = new LinkedHashMap<>();
    from.scope(scope)
        .forEach(
            (key, start, bytes) -> {
              SavedPartial partial = partialCodec.decode(bytes);
              if (!saved.hasMoreWindows() && !windows.isSliceStart(start)) {
                throw new IllegalArgumentException(
                    partialCodec.name() + ": no slice of these windows begins at " + start);
              }
              if (deltas == null) {
                steps.add(
                    () -> windows.restore(key, start, partial.state(), partial.inEarlyResult()));
              } else {
                held.computeIfAbsent(key, k -> new LinkedHashMap<>()).put(start, partial);
              }
            });
    if (deltas != null) {
      deltas.read(from, held);
      held.forEach(
          (key, slices) ->
              slices.forEach(
                  (start, partial) ->
                      steps.add(
                          () ->
                              windows.restore(
                                  key, start, partial.state(), partial.inEarlyResult()))));
    }
    for (AlignedQuery<K, E, R> query : windows.queries()) {
      for (boolean clamped : new boolean[] {false, true}) {
        from.scope(resultsScope(query.query, clamped))
            .forEach(
                (key, part, bytes) -> {
                  SavedFirings read = firingsCodec.decode(bytes);
                  if (!query.cursor.moveToIfExists(read.start, read.end)) {
                    throw new IllegalArgumentException(
                        firingsCodec.name()
                            + ": damaged record: no window of these is ["
                            + read.start
                            + ", "
                            + read.end
                            + ")");
                  }
                  steps.add(
                      () ->
                          refirings.restore(
                              query.query,
                              read.start,
                              read.end,
                              windows.getOrCreateSlices(key),
                              read.firings));
                });
      }
    }
  }

  /** Format: {@code byte} 1 if all events are part of early results, else 0; then the state. */
  private final class PartialCodec implements Codec<SavedPartial> {

    @Override
    public String name() {
      return "thalweg.window.slice of " + pool.name();
    }

    @Override
    public void write(SavedPartial value, DataOutput out) throws IOException {
      out.writeBoolean(value.inEarlyResult());
      pool.write(value.state(), out);
    }

    @Override
    public SavedPartial read(DataInput in, int version) throws IOException {
      return new SavedPartial(in.readBoolean(), pool.read(in));
    }
  }

  /**
   * Format: {@code long} start, {@code long} end, {@code long} number of results; four flags, each
   * {@code byte} 1 or 0: finalResultEmitted, refirePending, has lastResultState, has pendingState;
   * then the states that are present.
   */
  private final class SavedFiringsCodec implements Codec<SavedFirings> {

    @Override
    public String name() {
      return "thalweg.window.results of " + pool.name();
    }

    @Override
    public void write(SavedFirings value, DataOutput out) throws IOException {
      KeyFirings firings = value.firings;
      out.writeLong(value.start);
      out.writeLong(value.end);
      out.writeLong(firings.results);
      out.writeBoolean(firings.finalResultEmitted);
      out.writeBoolean(firings.refirePending);
      out.writeBoolean(firings.lastResultState != null);
      out.writeBoolean(firings.pendingState != null);
      if (firings.lastResultState != null) {
        pool.write(firings.lastResultState, out);
      }
      if (firings.pendingState != null) {
        pool.write(firings.pendingState, out);
      }
    }

    @Override
    public SavedFirings read(DataInput in, int version) throws IOException {
      long start = in.readLong();
      long end = in.readLong();
      KeyFirings firings = new KeyFirings();
      firings.results = in.readLong();
      firings.finalResultEmitted = in.readBoolean();
      firings.refirePending = in.readBoolean();
      boolean hasLastResultState = in.readBoolean();
      boolean hasPendingState = in.readBoolean();
      firings.lastResultState = hasLastResultState ? pool.read(in) : null;
      firings.pendingState = hasPendingState ? pool.read(in) : null;
      return new SavedFirings(start, end, firings);
    }
  }
}
