package io.thalweg.window;

import io.thalweg.Codec;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The count windows of one query: sliding windows over the arrival numbers of a key, which are cut
 * into slices and folded in a lane as time is by {@link AlignedWindows}. The windows are {@code
 * [k·step - n, k·step)}; an event costs O(1) whatever their overlap.
 */
final class CountWindows<K, E, R> extends Part<K, E, R> {

  private static final class Kept<K, E, R> {
    final Strip<K> strip;
    final Lane<K, E, R> lane;
    long seen;

    /** The state of the slice of the last arrival, and where it ends. */
    Object state;

    long sliceEnd;

    /** Slices that start before this were dropped. */
    long dropped;

    /** Slices that start before this, and from {@link #dropped} on, are as they were saved. */
    long saved;

    /** The first slice in what was saved. */
    long savedFrom;

    boolean noted;

    Kept(Row<K> row) {
      strip = new Strip<>(row, 0);
      lane = new Lane<>(strip);
    }
  }

  private final States<E, R> states;
  private final int place;
  private final int query;
  private final long n;
  private final long step;
  private final Grid grid;
  private final String sliceScope;
  private final String arrivalScope;
  private final Codec<Object> slices = new SliceCodec();
  private final Set<K> changed = new LinkedHashSet<>();
  private boolean assigned;

  CountWindows(Shared<K, E, R> shared, int place, int query, Window.Count window) {
    super(shared);
    this.states = shared.states;
    this.place = place;
    this.query = query;
    this.n = window.n();
    this.step = window.step();
    this.grid = Grid.of(new Window.Sliding(n, step, Math.floorMod(-n, step)));
    this.sliceScope = "count" + query;
    this.arrivalScope = "arrivals" + query;
  }

  @Override
  boolean answersAtOnce() {
    return true;
  }

  @Override
  boolean countsArrivals() {
    return true;
  }

  @SuppressWarnings("unchecked") // only this part writes there
  private Kept<K, E, R> kept(Row<K> row) {
    return (Kept<K, E, R>) row.parts[place];
  }

  @Override
  int judge(Row<K> row, E event, long timestamp) {
    Kept<K, E, R> kept = row == null ? null : kept(row);
    long arrival = kept == null ? 0 : kept.seen;
    long untilResult = step - arrival % step; // this one included
    assigned = untilResult <= n;
    return assigned ? OPEN : 0;
  }

  @Override
  void admit(Row<K> row, E event, long timestamp) {
    Kept<K, E, R> kept = kept(row);
    if (kept == null) {
      kept = new Kept<>(row);
      row.parts[place] = kept;
      row.holds++;
    }
    long arrival = kept.seen++;
    if (assigned) {
      if (arrival >= kept.sliceEnd) {
        open(kept, arrival);
      }
      states.add(kept.state, event);
    }
    if (shared.notesChanges && !kept.noted) {
      kept.noted = true;
      changed.add(row.key);
    }
    if (kept.seen % step == 0) {
      fire(kept);
    }
  }

  private void open(Kept<K, E, R> kept, long arrival) {
    kept.sliceEnd = grid.edgeAfter(arrival);
    kept.state = states.take();
    Cells cells = kept.strip.cells;
    cells.insert(cells.last(), grid.edgeUpTo(arrival), kept.state);
  }

  private void fire(Kept<K, E, R> kept) {
    long seen = kept.seen;
    grid.at(seen - n, seen);
    Lane<K, E, R> lane = kept.lane;
    lane.moveTo(seen - n, seen, states);
    shared.answers.add(query, Math.max(0, seen - n), seen, lane.compute(grid.pivot(), states));
    // What the next window does not hold goes.
    Cells cells = kept.strip.cells;
    long next = Grid.plus(seen - n, step);
    lane.moveTo(next, seen, states);
    while (!cells.isEmpty() && cells.start(cells.first()) < next) {
      states.give(cells.removeFirst());
    }
    kept.dropped = Math.max(0, next);
  }

  @Override
  void save(StateWriter<K> to) {
    shared.rows.forEach(
        row -> {
          if (kept(row) != null) {
            put(kept(row), 0, to);
          }
        });
  }

  private void put(Kept<K, E, R> kept, long from, StateWriter<K> to) {
    Cells cells = kept.strip.cells;
    K key = kept.strip.row.key;
    for (long i = cells.from(from); i < cells.last(); i++) {
      to.within(sliceScope).put(key, cells.start(i), slices.encode(cells.state(i)));
    }
    to.within(arrivalScope).put(key, 0, Codec.LONG.encode(kept.seen));
  }

  @Override
  void saveChanges(StateWriter<K> to) {
    for (K key : changed) {
      Kept<K, E, R> kept = kept(shared.rows.get(key)); // counted keys are never given up
      for (long start = kept.savedFrom;
          start <= kept.saved && start < kept.dropped;
          start = grid.edgeAfter(start)) {
        to.within(sliceScope).remove(key, start);
      }
      put(kept, kept.saved, to);
      taken(kept);
    }
    changed.clear();
  }

  private void taken(Kept<K, E, R> kept) {
    Cells cells = kept.strip.cells;
    kept.noted = false;
    kept.savedFrom = cells.isEmpty() ? kept.seen : cells.start(cells.first());
    // The newest slice is written again as long as it may grow.
    kept.saved = cells.isEmpty() ? kept.seen : cells.start(cells.last() - 1);
  }

  @Override
  void startNoting() {
    changed.clear();
    shared.rows.forEach(
        row -> {
          if (kept(row) != null) {
            taken(kept(row));
          }
        });
  }

  @Override
  void read(StateReader<K> from, long watermark, List<Runnable> steps) {
    Set<K> counted = new HashSet<>();
    from.within(arrivalScope)
        .forEach(
            (key, part, bytes) -> {
              long seen = Codec.LONG.decode(bytes);
              if (seen < 1) {
                throw new IllegalArgumentException(
                    "thalweg.window: damaged record: arrivals must be positive: " + seen);
              }
              counted.add(key);
              steps.add(() -> restoreArrivals(key, seen));
            });
    from.within(sliceScope)
        .forEach(
            (key, start, bytes) -> {
              Object state = slices.decode(bytes);
              if (start < 0 || grid.edgeUpTo(start) != start) {
                throw new IllegalArgumentException(
                    slices.name() + ": damaged record: no slice begins at " + start);
              }
              if (!counted.contains(key)) {
                throw new IllegalArgumentException(
                    slices.name() + ": damaged record: a slice without arrivals of key " + key);
              }
              steps.add(() -> restoreSlice(key, start, state));
            });
  }

  private void restoreArrivals(K key, long seen) {
    Row<K> row = shared.rows.get(key);
    if (row == null) {
      row = shared.rows.create(key);
    }
    Kept<K, E, R> kept = new Kept<>(row);
    row.parts[place] = kept;
    row.holds++;
    kept.seen = seen;
  }

  private void restoreSlice(K key, long start, Object state) {
    Kept<K, E, R> kept = kept(shared.rows.get(key));
    Cells cells = kept.strip.cells;
    cells.insert(cells.last(), start, state); // parts come ascending
    states.adopt(state);
    kept.sliceEnd = grid.edgeAfter(start);
    kept.state = state;
  }

  private final class SliceCodec implements Codec<Object> {

    @Override
    public String name() {
      return "thalweg.window.count of " + states.name();
    }

    @Override
    public void write(Object value, DataOutput out) throws IOException {
      states.write(value, out);
    }

    @Override
    public Object read(DataInput in, int version) throws IOException {
      return states.read(in);
    }
  }
}
