package io.thalweg.window;

import io.thalweg.Codec;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.window.WindowRecord.Given;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is saved of aligned windows: the slices of each key, by start, and what windows gave out of
 * turn. Lanes are not saved, since they follow from the slices.
 */
final class AlignedSnapshot<K, E, R> {

  record Cell(boolean shown, Object state) {}

  private record Told(long start, long end, Given given) {}

  private final AlignedWindows<K, E, R> windows;
  private final States<E, R> states;
  private final LateWindows<K, E, R> late;

  /** Null unless states are written change by change. */
  private final Journal<K> journal;

  private final String scope;
  private final Codec<Cell> cells = new CellCodec();
  private final Codec<Told> told = new ToldCodec();

  AlignedSnapshot(AlignedWindows<K, E, R> windows, States<E, R> states, LateWindows<K, E, R> late) {
    this.windows = windows;
    this.states = states;
    this.late = late;
    this.scope = windows.place() == 0 ? "slices" : "global";
    this.journal = states.isJournaled() ? new Journal<>(states, scope + "Changes") : null;
  }

  void save(StateWriter<K> to) {
    StateWriter<K> slices = to.within(scope);
    SliceLine<K> line = windows.line();
    for (int i = 0; i < line.size(); i++) {
      Slice<K> slice = line.get(i);
      for (int k = 0; k < slice.strips.size(); k++) {
        put(slice, slice.strips.get(k), slices);
      }
    }
    for (WindowRecord<K> record : late.records()) {
      record.given.forEach((strip, given) -> put(record, strip, given, to));
    }
  }

  private void put(Slice<K> slice, Strip<K> strip, StateWriter<K> slices) {
    slices.put(strip.row.key, slice.start, cells.encode(cell(slice, strip)));
  }

  private Cell cell(Slice<K> slice, Strip<K> strip) {
    long at = strip.cells.from(slice.start);
    return new Cell(strip.cells.isMarked(at, AlignedWindows.SHOWN), strip.cells.state(at));
  }

  /**
   * No two windows of a query have the same end, but for those whose end is clamped: they have
   * different starts.
   */
  private void put(WindowRecord<K> record, Strip<K> strip, Given given, StateWriter<K> to) {
    StateWriter<K> query = results(to, record.query, record.end == Long.MAX_VALUE);
    long part = record.end == Long.MAX_VALUE ? record.start : record.end;
    query.put(strip.row.key, part, told.encode(new Told(record.start, record.end, given)));
  }

  private static <K> StateWriter<K> results(StateWriter<K> to, int query, boolean clamped) {
    return to.within(resultsScope(query, clamped));
  }

  private static String resultsScope(int query, boolean clamped) {
    return (clamped ? "resultsToTheEnd" : "results") + query;
  }

  void saveChanges(StateWriter<K> to, long droppedBefore) {
    StateWriter<K> slices = to.within(scope);
    if (droppedBefore > Long.MIN_VALUE) {
      slices.removeBefore(droppedBefore);
      if (journal != null) {
        journal.removeBefore(droppedBefore, to);
      }
    }
    SliceLine<K> line = windows.line();
    for (int i = 0; i < line.size(); i++) {
      Slice<K> slice = line.get(i);
      for (int k = 0; k < slice.unsaved.size(); k++) {
        Strip<K> strip = slice.unsaved.get(k);
        if (journal == null || !journal.put(slice.start, strip.row.key, cell(slice, strip), to)) {
          put(slice, strip, slices);
        }
      }
      markSaved(slice, slice.unsaved);
    }
    for (AlignedWindows.Query<K, E, R> query : windows.queries()) {
      if (late.forgottenUpTo() > Long.MIN_VALUE) {
        // Ends are forgotten in order; a clamped one only with everything.
        if (late.forgottenUpTo() == Long.MAX_VALUE) {
          results(to, query.number, false).clear();
          results(to, query.number, true).clear();
        } else {
          results(to, query.number, false).removeBefore(late.forgottenUpTo() + 1);
        }
      }
    }
    for (WindowRecord<K> record : late.records()) {
      record.given.forEach(
          (strip, given) -> {
            if (!given.saved) {
              put(record, strip, given, to);
              given.saved = true;
            }
          });
    }
  }

  /** Takes everything to be saved. */
  void startNoting() {
    SliceLine<K> line = windows.line();
    if (journal != null) {
      journal.begin(line);
    }
    for (int i = 0; i < line.size(); i++) {
      markSaved(line.get(i), line.get(i).strips);
    }
    for (WindowRecord<K> record : late.records()) {
      record.given.values().forEach(given -> given.saved = true);
    }
  }

  private void markSaved(Slice<K> slice, Slice.Strips<K> strips) {
    for (int k = 0; k < strips.size(); k++) {
      Strip<K> strip = strips.get(k);
      strip.cells.mark(strip.cells.from(slice.start), AlignedWindows.SAVED);
      strip.slice = null; // the next event is to look at the mark
    }
    slice.unsaved.clear();
  }

  void read(StateReader<K> from, List<Runnable> steps) {
    Map<K, Map<Long, Cell>> held = new LinkedHashMap<>();
    from.within(scope)
        .forEach(
            (key, start, bytes) -> {
              Cell cell = cells.decode(bytes);
              if (!windows.isSliceStart(start)) {
                throw new IllegalArgumentException(
                    cells.name() + ": no slice of these windows begins at " + start);
              }
              if (journal == null) {
                steps.add(() -> windows.restore(key, start, cell.state, cell.shown));
              } else {
                held.computeIfAbsent(key, k -> new LinkedHashMap<>()).put(start, cell);
              }
            });
    if (journal != null) {
      journal.read(from, held);
      held.forEach(
          (key, slices) ->
              slices.forEach(
                  (start, cell) ->
                      steps.add(() -> windows.restore(key, start, cell.state, cell.shown))));
    }
    for (AlignedWindows.Query<K, E, R> query : windows.queries()) {
      for (boolean clamped : new boolean[] {false, true}) {
        from.within(resultsScope(query.number, clamped))
            .forEach(
                (key, part, bytes) -> {
                  Told read = told.decode(bytes);
                  if (!query.grid.has(read.start, read.end)) {
                    throw new IllegalArgumentException(
                        told.name()
                            + ": damaged record: no window of these is ["
                            + read.start
                            + ", "
                            + read.end
                            + ")");
                  }
                  steps.add(
                      () ->
                          late.restore(
                              query.number,
                              read.start,
                              read.end,
                              windows.stripOf(key),
                              read.given));
                });
      }
    }
  }

  /** {@code byte} 1 if all of it was shown early, else 0; the state. */
  private final class CellCodec implements Codec<Cell> {

    @Override
    public String name() {
      return "thalweg.window.slice of " + states.name();
    }

    @Override
    public void write(Cell value, DataOutput out) throws IOException {
      out.writeBoolean(value.shown);
      states.write(value.state, out);
    }

    @Override
    public Cell read(DataInput in, int version) throws IOException {
      return new Cell(in.readBoolean(), states.read(in));
    }
  }

  /**
   * {@code long} start, {@code long} end, {@code long} number of results, then four times {@code
   * byte} 1 for yes and 0 for no: one came since it was final; late events wait; a state that gave
   * the standing result follows; a state of late events not given yet follows. Then these states.
   */
  private final class ToldCodec implements Codec<Told> {

    @Override
    public String name() {
      return "thalweg.window.results of " + states.name();
    }

    @Override
    public void write(Told value, DataOutput out) throws IOException {
      Given given = value.given;
      out.writeLong(value.start);
      out.writeLong(value.end);
      out.writeLong(given.results);
      out.writeBoolean(given.sinceFinal);
      out.writeBoolean(given.dirty);
      out.writeBoolean(given.standing != null);
      out.writeBoolean(given.fresh != null);
      if (given.standing != null) {
        states.write(given.standing, out);
      }
      if (given.fresh != null) {
        states.write(given.fresh, out);
      }
    }

    @Override
    public Told read(DataInput in, int version) throws IOException {
      long start = in.readLong();
      long end = in.readLong();
      Given given = new Given();
      given.results = in.readLong();
      given.sinceFinal = in.readBoolean();
      given.dirty = in.readBoolean();
      boolean stands = in.readBoolean();
      boolean isFresh = in.readBoolean();
      given.standing = stands ? states.read(in) : null;
      given.fresh = isFresh ? states.read(in) : null;
      return new Told(start, end, given);
    }
  }
}
