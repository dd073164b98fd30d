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
 * slice ({@link KeySlices}), whatever the order in which events come. When the watermark passes the
 * end of a window, the slices in it are complete and enter the lanes of their keys ({@link
 * SlidingFold}), in order, and those before the window leave. Only keys with a lane in the window
 * are looked at: an idle key costs nothing. Where each window is one slice, there are no lanes, and
 * the slice is the result.
 *
 * <p>Slices are kept until the last of their windows is forgotten. Events behind the watermark
 * change them: windows that are not final yet take that in by folding the lane anew; a window that
 * is final is noted as due once more ({@link Refirings}).
 */
final class AlignedWindows<K, E, R> extends WindowGroup<K, E, R> {

  private final StatePool<E, R> pool;
  private final int place;

  /** An array: a list would make an iterator each time. */
  private final AlignedQuery<K, E, R>[] queries;

  private final boolean direct;
  private final SliceIndex<KeySlices<K>> index = new SliceIndex<>();
  private final Slice<KeySlices<K>> probe = new Slice<>();
  private final Refirings<K, E, R> late;
  private final AlignedStateIo<K, E, R> snapshot;

  /** The slice of the last event: one of the line, or the probe, which is of nobody. */
  private Slice<KeySlices<K>> current = probe;

  private boolean notesShown;
  private AlignedQuery<K, E, R> next;

  /** Drops the slices that start before this from what is saved; MIN_VALUE: none. */
  private long droppedBefore = Long.MIN_VALUE;

  AlignedWindows(OperatorContext<K, E, R> context, int place, AlignedQuery<K, E, R>[] queries) {
    super(context);
    this.pool = context.pool;
    this.place = place;
    this.queries = queries;
    direct = queries.length == 1 && queries[0].cursor.tiles();
    late = new Refirings<>(context, index, queries);
    snapshot = new AlignedStateIo<>(this, context.pool, late);
  }

  SliceIndex<KeySlices<K>> line() {
    return index;
  }

  int place() {
    return place;
  }

  AlignedQuery<K, E, R>[] queries() {
    return queries;
  }

  /** What a row holds of this part; null if it never held anything. */
  @SuppressWarnings("unchecked") // only this part writes there
  private KeySlices<K> strip(KeyState<K> keyState) {
    return place == 0 ? keyState.keySlices : (KeySlices<K>) keyState.groups[place];
  }

  KeySlices<K> stripFor(KeyState<K> keyState) {
    KeySlices<K> keySlices = strip(keyState);
    if (keySlices == null) {
      keySlices = new KeySlices<>(keyState, queries.length);
      if (place == 0) {
        keyState.keySlices = keySlices;
      } else {
        keyState.groups[place] = keySlices;
      }
    }
    return keySlices;
  }

  @Override
  int judge(KeyState<K> keyState, E event, long timestamp) {
    if (!current.holds(timestamp)) {
      find(timestamp);
    }
    if (context.watermark < current.firstForgotten) {
      return OPEN;
    } else if (!current.assigned) {
      return 0;
    } else if (context.watermark < current.lastForgotten) {
      return OPEN | FORGOTTEN;
    }
    return FORGOTTEN;
  }

  private void find(long timestamp) {
    current = index.holding(timestamp);
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
    for (AlignedQuery<K, E, R> query : queries) {
      WindowCursor cursor = query.cursor;
      probe.start = Math.max(probe.start, cursor.edgeUpTo(timestamp));
      probe.end = Math.min(probe.end, cursor.edgeAfter(timestamp));
      if (cursor.first(timestamp)) {
        firstEnd = Math.min(firstEnd, cursor.end);
        cursor.last(timestamp);
        lastEnd = Math.max(lastEnd, cursor.end);
        probe.assigned = true;
      }
    }
    probe.firstEnd = firstEnd;
    probe.firstForgotten = probe.assigned ? context.forgottenAt(firstEnd) : Long.MIN_VALUE;
    probe.lastForgotten = probe.assigned ? context.forgottenAt(lastEnd) : Long.MIN_VALUE;
  }

  @Override
  void admit(KeyState<K> keyState, E event, long timestamp, int verdict) {
    if ((verdict & OPEN) == 0) {
      return;
    }
    KeySlices<K> keySlices = strip(keyState);
    if (keySlices != null && keySlices.slice == current && context.watermark < current.firstEnd) {
      pool.add(keySlices.state, event);
    } else {
      admitSlowly(stripFor(keyState), event);
    }
  }

  private void admitSlowly(KeySlices<K> keySlices, E event) {
    if (current == probe) {
      current = index.insert(probe);
    }
    Slice<KeySlices<K>> slice = current;
    PartialRing partials = keySlices.partials;
    long at = partials.from(slice.start);
    if (!partials.isAt(at, slice.start)) {
      late.admit(keySlices, slice, event);
      put(keySlices, slice, at, pool.acquire());
      if (notesShown) {
        slice.changedSinceEarly.add(keySlices);
      }
      if (context.notesChanges) {
        slice.changedSinceSave.add(keySlices);
      }
    } else {
      late.admit(keySlices, slice, event);
      if (partials.isMarked(at, PartialRing.IN_EARLY_RESULT)) {
        partials.unmark(at, PartialRing.IN_EARLY_RESULT);
        slice.changedSinceEarly.add(keySlices);
      }
      if (partials.isMarked(at, PartialRing.SAVED)) {
        partials.unmark(at, PartialRing.SAVED);
        slice.changedSinceSave.add(keySlices);
      }
    }
    keySlices.slice = slice;
    keySlices.state = partials.state(at);
    pool.add(keySlices.state, event);
    if (slice.firstEnd <= context.watermark) {
      disturb(keySlices, slice);
    }
  }

  /** Puts a cell in its place; lists of changes are the caller's. */
  void put(KeySlices<K> keySlices, Slice<KeySlices<K>> slice, long at, Object state) {
    PartialRing partials = keySlices.partials;
    if (at < partials.last()) {
      for (AlignedQuery<K, E, R> query : queries) {
        SlidingFold<K, E, R> fold = lane(keySlices, query);
        if (fold != null) {
          fold.partialsMoved(at, pool);
        }
      }
    }
    partials.insert(at, slice.start, state);
    slice.keys.add(keySlices);
    keySlices.keyState.holds++;
  }

  /** Tells the lanes that a slice behind the watermark changed. */
  private void disturb(KeySlices<K> keySlices, Slice<KeySlices<K>> slice) {
    for (AlignedQuery<K, E, R> query : queries) {
      if (slice.start < query.entered && slice.start >= query.left) {
        SlidingFold<K, E, R> fold = laneFor(keySlices, query);
        fold.invalidate(pool);
        if (fold.active < 0) {
          query.activate(fold, keySlices.keyState.key);
        }
      }
    }
  }

  @SuppressWarnings("unchecked") // a strip of this part has lanes of its types
  SlidingFold<K, E, R> lane(KeySlices<K> keySlices, AlignedQuery<K, E, R> query) {
    return (SlidingFold<K, E, R>) keySlices.folds[query.index];
  }

  private SlidingFold<K, E, R> laneFor(KeySlices<K> keySlices, AlignedQuery<K, E, R> query) {
    SlidingFold<K, E, R> fold = lane(keySlices, query);
    if (fold == null) {
      fold = new SlidingFold<>(keySlices);
      keySlices.folds[query.index] = fold;
    }
    return fold;
  }

  @Override
  void prepare(long from) {
    late.prepare();
    for (AlignedQuery<K, E, R> query : queries) {
      query.due = query.cursor.after(from);
      if (query.due) {
        if (query.size == 0) {
          query.left = Math.max(query.left, query.cursor.start);
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
  private void seek(AlignedQuery<K, E, R> query) {
    WindowCursor cursor = query.cursor;
    query.due = false;
    if (query.size > 0) {
      query.due = cursor.end <= context.watermark;
      return;
    }
    long start = cursor.start;
    long end = cursor.end;
    for (int i = index.from(start); i < index.size(); i++) {
      long first = index.get(i).start;
      if (first >= context.watermark) {
        return;
      }
      if (cursor.first(first)) {
        if (cursor.end < end || cursor.end == end && cursor.start < start) {
          cursor.at(start, end); // the first window that holds the slice was there before
        }
        query.due = cursor.end <= context.watermark;
        return;
      }
    }
  }

  private void chooseNext() {
    next = null;
    for (AlignedQuery<K, E, R> query : queries) {
      if (query.due && (next == null || isBefore(query.cursor, next.cursor))) {
        next = query;
      }
    }
  }

  private static boolean isBefore(WindowCursor a, WindowCursor b) {
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
    return late.isDue() ? late.end() : next.cursor.end;
  }

  @Override
  long dueStart() {
    return late.isDue() ? late.start() : next.cursor.start;
  }

  @Override
  void fire(Output<K, R> out) {
    if (late.isDue()) {
      late.fire(out);
      return;
    }
    AlignedQuery<K, E, R> query = next;
    if (direct) {
      fireSlice(query, out);
    } else {
      fireLanes(query, out);
    }
    query.due = query.cursor.next();
    if (query.due) {
      seek(query);
    }
    chooseNext();
  }

  private Pane pane(AlignedQuery<K, E, R> query) {
    WindowCursor cursor = query.cursor;
    boolean last = context.isForgotten(cursor.end);
    return new Pane(query.number, cursor.start, cursor.end, Timing.ON_TIME, 0, last);
  }

  /** The window is the slice. */
  private void fireSlice(AlignedQuery<K, E, R> query, Output<K, R> out) {
    Slice<KeySlices<K>> slice = index.get(index.from(query.cursor.start));
    FiringRecord<K> record = late.record(query.number, query.cursor.start, query.cursor.end);
    Pane pane = pane(query);
    for (int i = 0; i < slice.keys.size(); i++) {
      KeySlices<K> keySlices = slice.keys.get(i);
      long at = keySlices.partials.from(slice.start);
      if (context.discards() && keySlices.partials.isMarked(at, PartialRing.IN_EARLY_RESULT)) {
        continue; // nothing came since the early result
      }
      Object state = keySlices.partials.state(at);
      R value = pool.result(state);
      if (record == null) {
        out.update(keySlices.keyState.key, pane, value, null);
      } else {
        late.fireRecorded(record, keySlices, pane, value, state, out);
      }
    }
  }

  private void fireLanes(AlignedQuery<K, E, R> query, Output<K, R> out) {
    WindowCursor cursor = query.cursor;
    enter(query, cursor.start, cursor.end);
    leave(query, cursor.start);
    FiringRecord<K> record = late.record(query.number, cursor.start, cursor.end);
    Pane pane = pane(query);
    long pivot = cursor.pivot();
    boolean mayBeShown = context.discards() && notesShown;
    for (int i = 0; i < query.size; i++) {
      SlidingFold<K, E, R> fold = query.active[i];
      R value = fold.value(pivot);
      if (value == null) {
        fold.moveTo(cursor.start, cursor.end, pool);
        value = fold.compute(pivot, pool);
      }
      if (mayBeShown && !fold.hasUnmarked(PartialRing.IN_EARLY_RESULT)) {
        continue;
      }
      if (record == null) {
        out.update(fold.key, pane, value, null);
      } else {
        Object state = context.retracts() ? fold.computeState(pivot, pool) : null;
        late.fireRecorded(record, fold.keySlices, pane, value, state, out);
        if (state != null) {
          pool.release(state);
        }
      }
    }
  }

  private void enter(AlignedQuery<K, E, R> query, long start, long end) {
    for (int i = index.from(Math.max(query.entered, start)); i < index.size(); i++) {
      Slice<KeySlices<K>> slice = index.get(i);
      if (slice.start >= end) {
        break;
      }
      Slice.KeyList<KeySlices<K>> strips = slice.keys;
      for (int k = 0; k < strips.size(); k++) {
        KeySlices<K> keySlices = strips.get(k);
        SlidingFold<K, E, R> fold = laneFor(keySlices, query);
        if (fold.active < 0) {
          query.activate(fold, keySlices.keyState.key);
        } else {
          fold.invalidateResult();
        }
      }
    }
    query.entered = Math.max(query.entered, end);
  }

  private void leave(AlignedQuery<K, E, R> query, long start) {
    if (start <= query.left) {
      return;
    }
    for (int i = index.from(query.left); query.size > 0 && i < index.size(); i++) {
      Slice<KeySlices<K>> slice = index.get(i);
      if (slice.start >= start) {
        break;
      }
      Slice.KeyList<KeySlices<K>> strips = slice.keys;
      for (int k = 0; k < strips.size(); k++) {
        SlidingFold<K, E, R> fold = lane(strips.get(k), query);
        if (fold == null || fold.active < 0) {
          continue;
        }
        fold.moveTo(start, query.entered, pool);
        if (fold.isEmpty()) {
          query.deactivate(fold, pool);
        }
      }
    }
    query.left = start;
  }

  @Override
  void finishEarly() {
    late.finish();
    for (int i = 0; i < index.size(); i++) {
      Slice<KeySlices<K>> slice = index.get(i);
      Slice.KeyList<KeySlices<K>> changed = notesShown ? slice.changedSinceEarly : slice.keys;
      for (int k = 0; k < changed.size(); k++) {
        KeySlices<K> keySlices = changed.get(k);
        long at = keySlices.partials.from(slice.start);
        keySlices.partials.mark(at, PartialRing.IN_EARLY_RESULT);
        if (keySlices.partials.isMarked(at, PartialRing.SAVED)) {
          keySlices.partials.unmark(at, PartialRing.SAVED);
          slice.changedSinceSave.add(keySlices);
        }
        keySlices.slice = null;
        if (context.discards()) {
          pool.clear(keySlices.partials.state(at));
          disturb(keySlices, slice);
        }
      }
      slice.changedSinceEarly.clear();
    }
    notesShown = true;
  }

  @Override
  void forget() {
    late.finish();
    for (AlignedQuery<K, E, R> query : queries) {
      boolean more = query.cursor.after(context.watermark);
      leave(query, more ? query.cursor.start : Long.MAX_VALUE);
      query.entered = Math.max(query.entered, query.left);
    }
    late.forget();
    while (index.size() > 0 && index.get(0).lastForgotten <= context.watermark) {
      Slice<KeySlices<K>> slice = index.get(0);
      for (int i = 0; i < slice.keys.size(); i++) {
        KeySlices<K> keySlices = slice.keys.get(i);
        if (keySlices.slice == slice) {
          keySlices.slice = null;
          keySlices.state = null;
        }
        pool.release(keySlices.partials.removeFirst());
        context.keyTable.release(keySlices.keyState);
      }
      droppedBefore = slice.start + 1;
      index.removeFirst();
    }
  }

  @Override
  long openWindows() {
    long open = 0;
    for (AlignedQuery<K, E, R> query : queries) {
      WindowCursor cursor = query.cursor;
      if (!cursor.after(context.watermark)) {
        continue;
      }
      // From slice to slice, the windows that hold it and were not counted for one before.
      long start = cursor.start;
      long end = cursor.end;
      for (int i = 0; i < index.size(); i++) {
        long first = index.get(i).start;
        if (!cursor.last(first) || cursor.end < end || cursor.end == end && cursor.start < start) {
          continue;
        }
        long lastStart = cursor.start;
        long lastEnd = cursor.end;
        cursor.first(first);
        if (cursor.end < end || cursor.end == end && cursor.start < start) {
          cursor.at(start, end);
        }
        open += cursor.countTo(lastStart, lastEnd);
        cursor.at(lastStart, lastEnd);
        if (!cursor.next()) {
          break;
        }
        start = cursor.start;
        end = cursor.end;
      }
    }
    return open;
  }

  @Override
  long slices() {
    return index.size();
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
    KeySlices<K> keySlices = stripOf(key);
    Slice<KeySlices<K>> slice = index.holding(start);
    if (slice == null) {
      cut(start);
      slice = index.insert(probe);
    }
    long at = keySlices.partials.from(start);
    put(keySlices, slice, at, state);
    pool.countHeld(state);
    if (shown) {
      keySlices.partials.mark(at, PartialRing.IN_EARLY_RESULT);
    } else {
      slice.changedSinceEarly.add(keySlices);
    }
    notesShown = true; // from the marks it is known what was shown
    current = slice;
  }

  /** What a key holds of this part, made if there is nothing yet. */
  KeySlices<K> stripOf(K key) {
    KeyState<K> keyState = context.keyTable.get(key);
    return stripFor(keyState == null ? context.keyTable.create(key) : keyState);
  }
}
