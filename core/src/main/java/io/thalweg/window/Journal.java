package io.thalweg.window;

import io.thalweg.Codec;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.window.AlignedSnapshot.Cell;
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
 * The changes of cells since they were saved as a whole: records in a scope of their own, numbered
 * in the order in which they were written.
 */
final class Journal<K> {

  private final States<?, ?> states;
  private final String scope;

  /** By the start of the slice and the key, the numbers of the records that are saved. */
  private final TreeMap<Long, Map<K, List<Long>>> saved = new TreeMap<>();

  private long next;

  Journal(States<?, ?> states, String scope) {
    this.states = states;
    this.scope = scope;
  }

  /** Begins anew: all cells are saved as wholes. */
  void begin(SliceLine<K> line) {
    saved.clear();
    for (int i = 0; i < line.size(); i++) {
      Slice<K> slice = line.get(i);
      for (int k = 0; k < slice.strips.size(); k++) {
        Cells cells = slice.strips.get(k).cells;
        states.beginJournal(cells.state(cells.from(slice.start)));
      }
    }
  }

  /** Saves the changes of a cell; false if the whole cell is to be saved, and now. */
  boolean put(long start, K key, Cell cell, StateWriter<K> to) {
    StateWriter<K> records = to.within(scope);
    if (states.needsWhole(cell.state())) {
      Map<K, List<Long>> ofSlice = saved.get(start);
      if (ofSlice != null) {
        remove(key, ofSlice.remove(key), records);
      }
      states.beginJournal(cell.state());
      return false;
    }
    long number = next++;
    records.put(key, number, new ChangeCodec(Map.of()).encode(new Change(start, cell)));
    saved
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

  /** Removes the changes of slices that start before a time. */
  void removeBefore(long start, StateWriter<K> to) {
    Map<Long, Map<K, List<Long>>> gone = saved.headMap(start);
    if (!gone.isEmpty()) {
      StateWriter<K> records = to.within(scope);
      gone.values()
          .forEach(ofSlice -> ofSlice.forEach((key, numbers) -> remove(key, numbers, records)));
      gone.clear();
    }
  }

  /** Reads the changes of all keys into their cells, by key and start of the slice. */
  void read(StateReader<K> from, Map<K, Map<Long, Cell>> cells) {
    from.within(scope)
        .forEach(
            (key, number, bytes) ->
                new ChangeCodec(cells.getOrDefault(key, Map.of())).decode(bytes));
  }

  private record Change(long start, Cell cell) {}

  /**
   * {@code long} start of the slice; {@code byte} 1 if all of it was shown early, else 0; {@code
   * int} version of the state's form; the changes. They are read into the cell of that slice.
   */
  private final class ChangeCodec implements Codec<Change> {

    private final Map<Long, Cell> cells;

    ChangeCodec(Map<Long, Cell> cells) {
      this.cells = cells;
    }

    @Override
    public String name() {
      return "thalweg.window.changes of " + states.name();
    }

    @Override
    public void write(Change value, DataOutput out) throws IOException {
      out.writeLong(value.start);
      out.writeBoolean(value.cell.shown());
      states.writeChanges(value.cell.state(), out);
    }

    @Override
    public Change read(DataInput in, int version) throws IOException {
      long start = in.readLong();
      boolean shown = in.readBoolean();
      Cell before = cells.get(start);
      if (before == null) {
        throw new StreamCorruptedException("changes of a slice that is not there: " + start);
      }
      states.readChanges(before.state(), in);
      Cell after = new Cell(shown, before.state());
      cells.put(start, after);
      return new Change(start, after);
    }
  }
}
