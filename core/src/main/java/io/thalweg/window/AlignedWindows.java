package io.thalweg.window;

import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Pane.Timing;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.util.List;

/**
 * Windows that lie where they lie whatever the events: sliding, cumulative and global ones.
 *
 * <p>Time is cut into slices at the edges of all windows of all queries, so that a slice is either
 * wholly in a window or wholly out of it. An event goes into the one state that its key has for its
 * slice ({@link Strip}), whatever the order in which events come. When the watermark passes the end
 * of a window, the slices in it are complete and enter the lanes of their keys ({@link Lane}), in
 * order, and those before the window leave. Only keys with a lane in the window are looked at: an
 * idle key costs nothing. Where each window is one slice, there are no lanes, and the slice is the
 * result.
 *
 * <p>Slices are kept until the last of their windows is forgotten. Events behind the watermark
 * change them: windows that are not final yet take that in by folding the lane anew; a window that
 * is final is noted as due once more ({@link LateWindows}).
 */
final class AlignedWindows<K, E, R> extends Part<K, E, R> {

  /** In the marks of a cell: all its events were part of early results. */
  static final byte SHOWN = 1;

  /** In the marks of a cell: it is as it was last saved. */
  static final byte SAVED = 2;

  /** A query, and which of its windows is next. */
  static final class Query<K, E, R> {
    /** Its place in the operator. */
    final int number;

    /** Its place in this part. */
    final int index;

    final Grid grid;

    /** The slices that start before this have entered the lanes. */
    long entered = Long.MIN_VALUE;

    /** The slices that start before this have left the lanes. */
    long left = Long.MIN_VALUE;

    /** The lanes with a cell from {@link #left} to {@link #entered}. */
    Lane<K, E, R>[] active = newLanes(16);

    int size;
    boolean due;

    Query(int number, int index, Grid grid) {
      this.number = number;
      this.index = index;
      this.grid = grid;
    }

    @SuppressWarnings("unchecked") // an array of lanes, of whatever keys
    private static <K, E, R> Lane<K, E, R>[] newLanes(int capacity) {
      return (Lane<K, E, R>[]) new Lane<?, ?, ?>[capacity];
    }

    void activate(Lane<K, E, R> lane, K key) {
      if (size == active.length) {
        Lane<K, E, R>[] larger = newLanes(2 * size);
        System.arraycopy(active, 0, larger, 0, size);
        active = larger;
      }
      lane.key = key;
      lane.active = size;
      active[size++] = lane;
    }

    void deactivate(Lane<K, E, R> lane, States<E, R> states) {
      lane.disturb(states);
      Lane<K, E, R> moved = active[--size];
      active[lane.active] = moved;
      moved.active = lane.active;
      active[size] = null;
      lane.active = -1;
      lane.key = null;
    }
  }

  private final States<E, R> states;
  private final int place;

  /** An array: a list would make an iterator each time. */
  private final Query<K, E, R>[] queries;

  private final boolean direct;
  private final SliceLine<K> line = new SliceLine<>();
  private final Slice<K> probe = new Slice<>();
  private final LateWindows<K, E, R> late;
  private final AlignedSnapshot<K, E, R> snapshot;

  /** The slice of the last event: one of the line, or the probe, which is of nobody. */
  private Slice<K> current = probe;

  private int verdict;
  private boolean notesShown;
  private Query<K, E, R> next;

  /** Drops the slices that start before this from what is saved; MIN_VALUE: none. */
  private long droppedBefore = Long.MIN_VALUE;

  AlignedWindows(Shared<K, E, R> shared, int place, Query<K, E, R>[] queries) {
    super(shared);
    this.states = shared.states;
    this.place = place;
    this.queries = queries;
    direct = queries.length == 1 && queries[0].grid.tiles();
    late = new LateWindows<>(this, shared, queries);
    snapshot = new AlignedSnapshot<>(this, shared.states, late);
  }

  SliceLine<K> line() {
    return line;
  }

  int place() {
    return place;
  }

  Query<K, E, R>[] queries() {
    return queries;
  }

  /** What a row holds of this part; null if it never held anything. */
  @SuppressWarnings("unchecked") // only this part writes there
  private Strip<K> strip(Row<K> row) {
    return place == 0 ? row.strip : (Strip<K>) row.parts[place];
  }

  Strip<K> stripFor(Row<K> row) {
    Strip<K> strip = strip(row);
    if (strip == null) {
      strip = new Strip<>(row, queries.length);
      if (place == 0) {
        row.strip = strip;
      } else {
        row.parts[place] = strip;
      }
    }
    return strip;
  }

  @Override
  int judge(Row<K> row, E event, long timestamp) {
    if (!current.holds(timestamp)) {
      find(timestamp);
    }
    if (shared.watermark < current.firstForgotten) {
      verdict = OPEN;
    } else if (!current.assigned) {
      verdict = 0;
    } else if (shared.watermark < current.lastForgotten) {
      verdict = OPEN | FORGOTTEN;
    } else {
      verdict = FORGOTTEN;
    }
    return verdict;
  }

  private void find(long timestamp) {
    current = line.holding(timestamp);
    if (current == null) {
      cut(timestamp);
      current = probe;
    }
  }

  /** Makes the probe the slice that holds an instant. */
  private void cut(long timestamp) {
    probe.start = Long.MIN_VALUE;
    probe.end = Long.MAX_VALUE;
    probe.assigned = false;
    long firstEnd = Long.MAX_VALUE;
    long lastEnd = Long.MIN_VALUE;
    for (Query<K, E, R> query : queries) {
      Grid grid = query.grid;
      probe.start = Math.max(probe.start, grid.edgeUpTo(timestamp));
      probe.end = Math.min(probe.end, grid.edgeAfter(timestamp));
      if (grid.first(timestamp)) {
        firstEnd = Math.min(firstEnd, grid.end);
        grid.last(timestamp);
        lastEnd = Math.max(lastEnd, grid.end);
        probe.assigned = true;
      }
    }
    probe.firstEnd = firstEnd;
    probe.firstForgotten = probe.assigned ? shared.forgottenAt(firstEnd) : Long.MIN_VALUE;
    probe.lastForgotten = probe.assigned ? shared.forgottenAt(lastEnd) : Long.MIN_VALUE;
  }

  @Override
  void admit(Row<K> row, E event, long timestamp) {
    if ((verdict & OPEN) == 0) {
      return;
    }
    Strip<K> strip = strip(row);
    if (strip != null && strip.slice == current && shared.watermark < current.firstEnd) {
      states.add(strip.state, event);
    } else {
      admitSlowly(stripFor(row), event);
    }
  }

  private void admitSlowly(Strip<K> strip, E event) {
    if (current == probe) {
      current = line.insert(probe);
    }
    Slice<K> slice = current;
    Cells cells = strip.cells;
    long at = cells.from(slice.start);
    if (!cells.isAt(at, slice.start)) {
      late.admit(strip, slice, event);
      put(strip, slice, at, states.take());
      if (notesShown) {
        slice.unshown.add(strip);
      }
      if (shared.notesChanges) {
        slice.unsaved.add(strip);
      }
    } else {
      late.admit(strip, slice, event);
      if (cells.isMarked(at, SHOWN)) {
        cells.unmark(at, SHOWN);
        slice.unshown.add(strip);
      }
      if (cells.isMarked(at, SAVED)) {
        cells.unmark(at, SAVED);
        slice.unsaved.add(strip);
      }
    }
    strip.slice = slice;
    strip.state = cells.state(at);
    states.add(strip.state, event);
    if (slice.firstEnd <= shared.watermark) {
      disturb(strip, slice);
    }
  }

  /** Puts a cell in its place; lists of changes are the caller's. */
  void put(Strip<K> strip, Slice<K> slice, long at, Object state) {
    Cells cells = strip.cells;
    if (at < cells.last()) {
      for (Query<K, E, R> query : queries) {
        Lane<K, E, R> lane = lane(strip, query);
        if (lane != null) {
          lane.shift(at, states);
        }
      }
    }
    cells.insert(at, slice.start, state);
    slice.strips.add(strip);
    strip.row.holds++;
  }

  /** Tells the lanes that a slice behind the watermark changed. */
  private void disturb(Strip<K> strip, Slice<K> slice) {
    for (Query<K, E, R> query : queries) {
      if (slice.start < query.entered && slice.start >= query.left) {
        Lane<K, E, R> lane = laneFor(strip, query);
        lane.disturb(states);
        if (lane.active < 0) {
          query.activate(lane, strip.row.key);
        }
      }
    }
  }

  @SuppressWarnings("unchecked") // a strip of this part has lanes of its types
  Lane<K, E, R> lane(Strip<K> strip, Query<K, E, R> query) {
    return (Lane<K, E, R>) strip.lanes[query.index];
  }

  private Lane<K, E, R> laneFor(Strip<K> strip, Query<K, E, R> query) {
    Lane<K, E, R> lane = lane(strip, query);
    if (lane == null) {
      lane = new Lane<>(strip);
      strip.lanes[query.index] = lane;
    }
    return lane;
  }

  @Override
  void prepare(long from) {
    late.prepare();
    for (Query<K, E, R> query : queries) {
      query.due = query.grid.after(from);
      if (query.due) {
        if (query.size == 0) {
          query.left = Math.max(query.left, query.grid.start);
          query.entered = query.left;
        }
        seek(query);
      }
    }
    chooseNext();
  }

  /**
   * Goes on to the next window that may hold an event: windows between two events, of which a jump
   * of the watermark passes any number, cost nothing.
   */
  private void seek(Query<K, E, R> query) {
    Grid grid = query.grid;
    query.due = false;
    if (query.size > 0) {
      query.due = grid.end <= shared.watermark;
      return;
    }
    long start = grid.start;
    long end = grid.end;
    for (int i = line.from(start); i < line.size(); i++) {
      long first = line.get(i).start;
      if (first >= shared.watermark) {
        return;
      }
      if (grid.first(first)) {
        if (grid.end < end || grid.end == end && grid.start < start) {
          grid.at(start, end); // the first window that holds the slice was there before
        }
        query.due = grid.end <= shared.watermark;
        return;
      }
    }
  }

  private void chooseNext() {
    next = null;
    for (Query<K, E, R> query : queries) {
      if (query.due && (next == null || isBefore(query.grid, next.grid))) {
        next = query;
      }
    }
  }

  private static boolean isBefore(Grid a, Grid b) {
    return a.end < b.end || a.end == b.end && a.start < b.start;
  }

  @Override
  void prepareEarly() {
    late.prepareEarly(notesShown);
    next = null;
  }

  @Override
  boolean isDue() {
    return next != null || late.isDue();
  }

  @Override
  long dueEnd() {
    return late.isDue() ? late.end() : next.grid.end;
  }

  @Override
  long dueStart() {
    return late.isDue() ? late.start() : next.grid.start;
  }

  @Override
  void fire(Output<K, R> out) {
    if (late.isDue()) {
      late.fire(out);
      return;
    }
    Query<K, E, R> query = next;
    if (direct) {
      fireSlice(query, out);
    } else {
      fireLanes(query, out);
    }
    query.due = query.grid.next();
    if (query.due) {
      seek(query);
    }
    chooseNext();
  }

  private Pane pane(Query<K, E, R> query) {
    Grid grid = query.grid;
    boolean last = shared.isForgotten(grid.end);
    return new Pane(query.number, grid.start, grid.end, Timing.ON_TIME, 0, last);
  }

  /** The window is the slice. */
  private void fireSlice(Query<K, E, R> query, Output<K, R> out) {
    Slice<K> slice = line.get(line.from(query.grid.start));
    WindowRecord<K> record = late.record(query.number, query.grid.start, query.grid.end);
    Pane pane = pane(query);
    for (int i = 0; i < slice.strips.size(); i++) {
      Strip<K> strip = slice.strips.get(i);
      long at = strip.cells.from(slice.start);
      if (shared.discards() && strip.cells.isMarked(at, SHOWN)) {
        continue; // nothing came since the early result
      }
      Object state = strip.cells.state(at);
      R value = states.result(state);
      if (record == null) {
        out.update(strip.row.key, pane, value, null);
      } else {
        late.fireRecorded(record, strip, pane, value, state, out);
      }
    }
  }

  private void fireLanes(Query<K, E, R> query, Output<K, R> out) {
    Grid grid = query.grid;
    enter(query, grid.start, grid.end);
    leave(query, grid.start);
    WindowRecord<K> record = late.record(query.number, grid.start, grid.end);
    Pane pane = pane(query);
    long pivot = grid.pivot();
    boolean mayBeShown = shared.discards() && notesShown;
    for (int i = 0; i < query.size; i++) {
      Lane<K, E, R> lane = query.active[i];
      R value = lane.value(pivot);
      if (value == null) {
        lane.moveTo(grid.start, grid.end, states);
        value = lane.compute(pivot, states);
      }
      if (mayBeShown && !lane.hasUnmarked(SHOWN)) {
        continue;
      }
      if (record == null) {
        out.update(lane.key, pane, value, null);
      } else {
        Object state = shared.retracts() ? lane.computeState(pivot, states) : null;
        late.fireRecorded(record, lane.strip, pane, value, state, out);
        if (state != null) {
          states.give(state);
        }
      }
    }
  }

  private void enter(Query<K, E, R> query, long start, long end) {
    for (int i = line.from(Math.max(query.entered, start)); i < line.size(); i++) {
      Slice<K> slice = line.get(i);
      if (slice.start >= end) {
        break;
      }
      Slice.Strips<K> strips = slice.strips;
      for (int k = 0; k < strips.size(); k++) {
        Strip<K> strip = strips.get(k);
        Lane<K, E, R> lane = laneFor(strip, query);
        if (lane.active < 0) {
          query.activate(lane, strip.row.key);
        } else {
          lane.stir();
        }
      }
    }
    query.entered = Math.max(query.entered, end);
  }

  private void leave(Query<K, E, R> query, long start) {
    if (start <= query.left) {
      return;
    }
    for (int i = line.from(query.left); query.size > 0 && i < line.size(); i++) {
      Slice<K> slice = line.get(i);
      if (slice.start >= start) {
        break;
      }
      Slice.Strips<K> strips = slice.strips;
      for (int k = 0; k < strips.size(); k++) {
        Lane<K, E, R> lane = lane(strips.get(k), query);
        if (lane == null || lane.active < 0) {
          continue;
        }
        lane.moveTo(start, query.entered, states);
        if (lane.isEmpty()) {
          query.deactivate(lane, states);
        }
      }
    }
    query.left = start;
  }

  @Override
  void finishEarly() {
    late.finish();
    for (int i = 0; i < line.size(); i++) {
      Slice<K> slice = line.get(i);
      Slice.Strips<K> changed = notesShown ? slice.unshown : slice.strips;
      for (int k = 0; k < changed.size(); k++) {
        Strip<K> strip = changed.get(k);
        long at = strip.cells.from(slice.start);
        strip.cells.mark(at, SHOWN);
        if (strip.cells.isMarked(at, SAVED)) {
          strip.cells.unmark(at, SAVED);
          slice.unsaved.add(strip);
        }
        strip.slice = null;
        if (shared.discards()) {
          states.clear(strip.cells.state(at));
          disturb(strip, slice);
        }
      }
      slice.unshown.clear();
    }
    notesShown = true;
  }

  @Override
  void forget() {
    late.finish();
    for (Query<K, E, R> query : queries) {
      boolean more = query.grid.after(shared.watermark);
      leave(query, more ? query.grid.start : Long.MAX_VALUE);
      query.entered = Math.max(query.entered, query.left);
    }
    late.forget();
    while (line.size() > 0 && line.get(0).lastForgotten <= shared.watermark) {
      Slice<K> slice = line.get(0);
      for (int i = 0; i < slice.strips.size(); i++) {
        Strip<K> strip = slice.strips.get(i);
        if (strip.slice == slice) {
          strip.slice = null;
          strip.state = null;
        }
        states.give(strip.cells.removeFirst());
        shared.rows.release(strip.row);
      }
      droppedBefore = slice.start + 1;
      line.removeFirst();
    }
  }

  @Override
  long openWindows() {
    long open = 0;
    for (Query<K, E, R> query : queries) {
      Grid grid = query.grid;
      if (!grid.after(shared.watermark)) {
        continue;
      }
      // From slice to slice, the windows that hold it and were not counted for one before.
      long start = grid.start;
      long end = grid.end;
      for (int i = 0; i < line.size(); i++) {
        long first = line.get(i).start;
        if (!grid.last(first) || grid.end < end || grid.end == end && grid.start < start) {
          continue;
        }
        long lastStart = grid.start;
        long lastEnd = grid.end;
        grid.first(first);
        if (grid.end < end || grid.end == end && grid.start < start) {
          grid.at(start, end);
        }
        open += grid.countTo(lastStart, lastEnd);
        grid.at(lastStart, lastEnd);
        if (!grid.next()) {
          break;
        }
        start = grid.start;
        end = grid.end;
      }
    }
    return open;
  }

  @Override
  long slices() {
    return line.size();
  }

  @Override
  void save(StateWriter<K> to) {
    snapshot.save(to);
  }

  @Override
  void saveChanges(StateWriter<K> to) {
    snapshot.saveChanges(to, droppedBefore);
  }

  @Override
  void startNoting() {
    snapshot.startNoting();
  }

  @Override
  void read(StateReader<K> from, long watermark, List<Runnable> steps) {
    snapshot.read(from, steps);
  }

  /** Whether a slice of some window starts here. */
  boolean isSliceStart(long start) {
    cut(start);
    current = probe;
    return probe.start == start && probe.assigned;
  }

  /** Takes up a saved slice. */
  void restore(K key, long start, Object state, boolean shown) {
    Strip<K> strip = stripOf(key);
    Slice<K> slice = line.holding(start);
    if (slice == null) {
      cut(start);
      slice = line.insert(probe);
    }
    long at = strip.cells.from(start);
    put(strip, slice, at, state);
    states.adopt(state);
    if (shown) {
      strip.cells.mark(at, SHOWN);
    } else {
      slice.unshown.add(strip);
    }
    notesShown = true; // from the marks it is known what was shown
    current = slice;
  }

  /** What a key holds of this part, made if there is nothing yet. */
  Strip<K> stripOf(K key) {
    Row<K> row = shared.rows.get(key);
    return stripFor(row == null ? shared.rows.create(key) : row);
  }
}
