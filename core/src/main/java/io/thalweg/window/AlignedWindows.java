package io.thalweg.window;

import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Pane.Timing;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.window.OperatorStateIo.OperatorState;
import java.util.List;

/**
 * Windows whose bounds do not depend on the events: sliding, cumulative and global windows.
 *
 * <p>A group holds all sliding and cumulative queries of an operator, so that they share one
 * partial aggregate per key and slice. Global windows are in a group of their own, since their
 * slice is kept until the stream ends.
 */
final class AlignedWindows<K, E, R> extends WindowGroup<K, E, R> {

  /*
   * Slices. The edges of all windows of all queries cut time into slices (Li et al., who call them
   * panes, SIGMOD Record 34 (2005); shared by several queries: Krishnamurthy, Wu and Franklin,
   * SIGMOD 2006). A window is a sequence of whole slices. An event is added to the partial
   * aggregate of its key and slice (KeySlices.partials), in any order of arrival, whatever the
   * overlap of the windows.
   *
   *   judge      locates the slice of the timestamp, and compares the watermark with the ends of
   *              the windows that contain this slice;
   *   admit      adds the event to the partial aggregate. The fast path: the slice is that of the
   *              last event of the key, and none of its windows is final.
   *
   * On-time results. When the watermark passes the end of a window, its slices are complete. Each
   * query has a cursor at its next window, and a SlidingFold for each key with a slice in the
   * window. fire() moves the folds to the window: addSlices() activates the folds of the keys in
   * new slices, removeSlices() deactivates those that became empty. Keys without events in the
   * window are not visited. If the only query is tumbling or global, a window is one slice, there
   * are no folds, and the partial aggregate gives the result.
   *
   * Delayed events and early results. A delayed event is not late, but one of its windows is final.
   * A slice is kept until its last window is forgotten. A delayed event changes the partial
   * aggregate; the folds that contain it are invalidated and computed
   * again for windows that are not final. For final windows, Refirings records a pending result.
   * The mark IN_EARLY_RESULT and the list changedSinceEarly of a slice find the windows that
   * changed since the last early results.
   *
   * Invariants, for each query and key:
   *   - a partial aggregate exists if and only if the slice lists the key (Slice.keys);
   *   - a fold is active if and only if the key has a slice in [removedUpTo, addedUpTo);
   *   - KeySlices.slice is null or a slice whose partial aggregate has no mark: the fast path does
   *     not read the marks.
   */

  private final StatePool<E, R> pool;
  private final int groupIndex;

  /** An array, since iteration over a list allocates an iterator. */
  private final AlignedQuery<K, E, R>[] queries;

  /** True if each window is one slice: the only query is tumbling or global. */
  private final boolean tumbling;

  private final SliceIndex<KeySlices<K>> index = new SliceIndex<>();

  /** The slice of an event for which no slice is held yet. Not in the index. */
  private final Slice<KeySlices<K>> scratch = new Slice<>();

  private final Refirings<K, E, R> refirings;
  private final AlignedStateIo<K, E, R> stateIo;

  /** The slice of the last judged event: a slice of the index, or {@link #scratch}. */
  private Slice<KeySlices<K>> current = scratch;

  /** True from the first early results on: changes since the last ones are tracked. */
  private boolean tracksEarly;

  /** The query with the next due window; null if none is due. */
  private AlignedQuery<K, E, R> next;

  /** Saved slices that start before this are to be removed; MIN_VALUE if there are none. */
  private long removedBefore = Long.MIN_VALUE;

  AlignedWindows(
      OperatorContext<K, E, R> context, int groupIndex, AlignedQuery<K, E, R>[] queries) {
    super(context);
    this.pool = context.pool;
    this.groupIndex = groupIndex;
    this.queries = queries;
    tumbling = queries.length == 1 && queries[0].cursor.tiles();
    refirings = new Refirings<>(context, index, queries);
    stateIo = new AlignedStateIo<>(this, context.pool, refirings);
  }

  SliceIndex<KeySlices<K>> sliceIndex() {
    return index;
  }

  int groupIndex() {
    return groupIndex;
  }

  AlignedQuery<K, E, R>[] queries() {
    return queries;
  }

  /**
   * Returns the slices of a key, or null if it never had any. The branch is a measured
   * optimisation: see {@link KeyState#keySlices}.
   */
  @SuppressWarnings("unchecked") // only this group writes to its element
  private KeySlices<K> slicesOf(KeyState<K> keyState) {
    return groupIndex == 0 ? keyState.keySlices : (KeySlices<K>) keyState.groups[groupIndex];
  }

  KeySlices<K> getOrCreateSlices(KeyState<K> keyState) {
    KeySlices<K> keySlices = slicesOf(keyState);
    if (keySlices == null) {
      keySlices = new KeySlices<>(keyState, queries.length);
      if (groupIndex == 0) {
        keyState.keySlices = keySlices;
      } else {
        keyState.groups[groupIndex] = keySlices;
      }
    }
    return keySlices;
  }

  @Override
  int judge(KeyState<K> keyState, E event, long timestamp) {
    if (!current.contains(timestamp)) {
      locate(timestamp);
    }
    if (context.watermark < current.firstForgotten) {
      return ACCEPTED;
    } else if (!current.inWindow) {
      return 0;
    } else if (context.watermark < current.lastForgotten) {
      return ACCEPTED | FORGOTTEN;
    }
    return FORGOTTEN;
  }

  private void locate(long timestamp) {
    current = index.sliceAt(timestamp);
    if (current == null) {
      computeScratch(timestamp);
      current = scratch;
    }
  }

  /** Sets {@link #scratch} to the slice that contains an instant. */
  private void computeScratch(long timestamp) {
    scratch.start = Long.MIN_VALUE;
    scratch.end = Long.MAX_VALUE;
    scratch.inWindow = false;
    long firstEnd = Long.MAX_VALUE;
    long lastEnd = Long.MIN_VALUE;
    for (AlignedQuery<K, E, R> query : queries) {
      WindowCursor cursor = query.cursor;
      scratch.start = Math.max(scratch.start, cursor.edgeUpTo(timestamp));
      scratch.end = Math.min(scratch.end, cursor.edgeAfter(timestamp));
      if (cursor.moveToFirst(timestamp)) {
        firstEnd = Math.min(firstEnd, cursor.end);
        cursor.moveToLast(timestamp);
        lastEnd = Math.max(lastEnd, cursor.end);
        scratch.inWindow = true;
      }
    }
    scratch.firstEnd = firstEnd;
    scratch.firstForgotten = scratch.inWindow ? context.forgottenAt(firstEnd) : Long.MIN_VALUE;
    scratch.lastForgotten = scratch.inWindow ? context.forgottenAt(lastEnd) : Long.MIN_VALUE;
  }

  @Override
  void admit(KeyState<K> keyState, E event, long timestamp, int verdict) {
    if ((verdict & ACCEPTED) == 0) {
      return;
    }
    KeySlices<K> keySlices = slicesOf(keyState);
    if (keySlices != null && keySlices.slice == current && context.watermark < current.firstEnd) {
      pool.add(keySlices.state, event);
    } else {
      admitAndTrack(getOrCreateSlices(keyState), event);
    }
  }

  private void admitAndTrack(KeySlices<K> keySlices, E event) {
    if (current == scratch) {
      current = index.insert(scratch);
    }
    Slice<KeySlices<K>> slice = current;
    PartialRing partials = keySlices.partials;
    long at = partials.lowerBound(slice.start);
    if (!partials.startsAt(at, slice.start)) {
      refirings.recordDelayed(keySlices, slice, event);
      insertPartial(keySlices, slice, at, pool.acquire());
      if (tracksEarly) {
        slice.changedSinceEarly.add(keySlices);
      }
      if (context.tracksChanges) {
        slice.changedSinceSave.add(keySlices);
      }
    } else {
      refirings.recordDelayed(keySlices, slice, event);
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
      invalidateFolds(keySlices, slice);
    }
  }

  /** Inserts a partial aggregate. The caller updates the lists of changes. */
  void insertPartial(KeySlices<K> keySlices, Slice<KeySlices<K>> slice, long at, Object state) {
    PartialRing partials = keySlices.partials;
    if (at < partials.end()) {
      for (AlignedQuery<K, E, R> query : queries) {
        SlidingFold<K, E, R> fold = foldOf(keySlices, query);
        if (fold != null) {
          fold.partialsMoved(at, pool);
        }
      }
    }
    partials.insert(at, slice.start, state);
    slice.keys.add(keySlices);
    keySlices.keyState.references++;
  }

  /** Invalidates the folds that contain a changed slice behind the watermark. */
  private void invalidateFolds(KeySlices<K> keySlices, Slice<KeySlices<K>> slice) {
    for (AlignedQuery<K, E, R> query : queries) {
      if (slice.start < query.addedUpTo && slice.start >= query.removedUpTo) {
        SlidingFold<K, E, R> fold = getOrCreateFold(keySlices, query);
        fold.invalidate(pool);
        if (fold.activeIndex < 0) {
          query.activate(fold, keySlices.keyState.key);
        }
      }
    }
  }

  @SuppressWarnings("unchecked") // the folds of this group have its types
  SlidingFold<K, E, R> foldOf(KeySlices<K> keySlices, AlignedQuery<K, E, R> query) {
    return (SlidingFold<K, E, R>) keySlices.folds[query.index];
  }

  private SlidingFold<K, E, R> getOrCreateFold(
      KeySlices<K> keySlices, AlignedQuery<K, E, R> query) {
    SlidingFold<K, E, R> fold = foldOf(keySlices, query);
    if (fold == null) {
      fold = new SlidingFold<>(keySlices);
      keySlices.folds[query.index] = fold;
    }
    return fold;
  }

  @Override
  void prepare(long from) {
    refirings.prepare();
    for (AlignedQuery<K, E, R> query : queries) {
      query.due = query.cursor.moveToEndAfter(from);
      if (query.due) {
        if (query.activeCount == 0) {
          // Without active folds, the range of added slices restarts at the next window.
          query.removedUpTo = Math.max(query.removedUpTo, query.cursor.start);
          query.addedUpTo = query.removedUpTo;
        }
        skipEmptyWindows(query);
      }
    }
    chooseNext();
  }

  /**
   * Moves the cursor to the next window that may contain an event. Thus the empty windows that a
   * jump of the watermark passes cost nothing.
   */
  private void skipEmptyWindows(AlignedQuery<K, E, R> query) {
    WindowCursor cursor = query.cursor;
    query.due = false;
    if (query.activeCount > 0) {
      query.due = cursor.end <= context.watermark;
      return;
    }
    long start = cursor.start;
    long end = cursor.end;
    for (int i = index.lowerBound(start); i < index.size(); i++) {
      long first = index.get(i).start;
      if (first >= context.watermark) {
        return;
      }
      if (cursor.moveToFirst(first)) {
        if (cursor.end < end || cursor.end == end && cursor.start < start) {
          cursor.moveTo(start, end); // that window was passed before
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
    refirings.prepareEarly(tracksEarly);
    next = null;
  }

  @Override
  boolean isDue() {
    return next != null || refirings.isDue();
  }

  @Override
  long dueEnd() {
    // Refirings are first: their windows were final before this advance, so they end earlier.
    return refirings.isDue() ? refirings.end() : next.cursor.end;
  }

  @Override
  long dueStart() {
    return refirings.isDue() ? refirings.start() : next.cursor.start;
  }

  @Override
  void fire(Output<K, R> out) {
    if (refirings.isDue()) {
      refirings.fire(out);
      return;
    }
    AlignedQuery<K, E, R> query = next;
    if (tumbling) {
      fireSlice(query, out);
    } else {
      fireFolds(query, out);
    }
    query.due = query.cursor.moveToNext();
    if (query.due) {
      skipEmptyWindows(query);
    }
    chooseNext();
  }

  private Pane pane(AlignedQuery<K, E, R> query) {
    WindowCursor cursor = query.cursor;
    boolean last = context.isForgotten(cursor.end);
    return new Pane(query.query, cursor.start, cursor.end, Timing.ON_TIME, 0, last);
  }

  /** Emits the results of a window that is one slice. */
  private void fireSlice(AlignedQuery<K, E, R> query, Output<K, R> out) {
    // a due tumbling window holds an event: skipEmptyWindows found its slice
    Slice<KeySlices<K>> slice = index.get(index.lowerBound(query.cursor.start));
    FiringRecord<K> record = refirings.record(query.query, query.cursor.start, query.cursor.end);
    Pane pane = pane(query);
    for (int i = 0; i < slice.keys.size(); i++) {
      KeySlices<K> keySlices = slice.keys.get(i);
      long at = keySlices.partials.lowerBound(slice.start);
      if (context.discards() && keySlices.partials.isMarked(at, PartialRing.IN_EARLY_RESULT)) {
        continue; // no event since the early result
      }
      Object state = keySlices.partials.state(at);
      R value = pool.result(state);
      if (record == null) {
        out.update(keySlices.keyState.key, pane, value, null);
      } else {
        refirings.fireRecorded(record, keySlices, pane, value, state, out);
      }
    }
  }

  private void fireFolds(AlignedQuery<K, E, R> query, Output<K, R> out) {
    WindowCursor cursor = query.cursor;
    addSlices(query, cursor.start, cursor.end);
    removeSlices(query, cursor.start);
    FiringRecord<K> record = refirings.record(query.query, cursor.start, cursor.end);
    Pane pane = pane(query);
    long pivot = cursor.pivot();
    boolean mayBeUnchanged = context.discards() && tracksEarly;
    for (int i = 0; i < query.activeCount; i++) {
      SlidingFold<K, E, R> fold = query.activeFolds[i];
      R value = fold.value(pivot);
      if (value == null) {
        fold.moveTo(cursor.start, cursor.end, pool);
        value = fold.compute(pivot, pool);
      }
      if (mayBeUnchanged && !fold.hasUnmarked(PartialRing.IN_EARLY_RESULT)) {
        continue;
      }
      if (record == null) {
        out.update(fold.key, pane, value, null);
      } else {
        Object state = context.retracts() ? fold.computeState(pivot, pool) : null;
        refirings.fireRecorded(record, fold.keySlices, pane, value, state, out);
        if (state != null) {
          pool.release(state);
        }
      }
    }
  }

  private void addSlices(AlignedQuery<K, E, R> query, long start, long end) {
    for (int i = index.lowerBound(Math.max(query.addedUpTo, start)); i < index.size(); i++) {
      Slice<KeySlices<K>> slice = index.get(i);
      if (slice.start >= end) {
        break;
      }
      Slice.KeyList<KeySlices<K>> keys = slice.keys;
      for (int k = 0; k < keys.size(); k++) {
        KeySlices<K> keySlices = keys.get(k);
        SlidingFold<K, E, R> fold = getOrCreateFold(keySlices, query);
        if (fold.activeIndex < 0) {
          query.activate(fold, keySlices.keyState.key);
        } else {
          fold.invalidateValue();
        }
      }
    }
    query.addedUpTo = Math.max(query.addedUpTo, end);
  }

  private void removeSlices(AlignedQuery<K, E, R> query, long start) {
    if (start <= query.removedUpTo) {
      return;
    }
    for (int i = index.lowerBound(query.removedUpTo);
        query.activeCount > 0 && i < index.size();
        i++) {
      Slice<KeySlices<K>> slice = index.get(i);
      if (slice.start >= start) {
        break;
      }
      Slice.KeyList<KeySlices<K>> keys = slice.keys;
      for (int k = 0; k < keys.size(); k++) {
        SlidingFold<K, E, R> fold = foldOf(keys.get(k), query);
        if (fold == null || fold.activeIndex < 0) {
          continue;
        }
        fold.moveTo(start, query.addedUpTo, pool);
        if (fold.isEmpty()) {
          query.deactivate(fold, pool);
        }
      }
    }
    query.removedUpTo = start;
  }

  @Override
  void finishEarly() {
    refirings.finish();
    for (int i = 0; i < index.size(); i++) {
      Slice<KeySlices<K>> slice = index.get(i);
      Slice.KeyList<KeySlices<K>> changed = tracksEarly ? slice.changedSinceEarly : slice.keys;
      for (int k = 0; k < changed.size(); k++) {
        KeySlices<K> keySlices = changed.get(k);
        long at = keySlices.partials.lowerBound(slice.start);
        keySlices.partials.mark(at, PartialRing.IN_EARLY_RESULT);
        if (keySlices.partials.isMarked(at, PartialRing.SAVED)) {
          keySlices.partials.unmark(at, PartialRing.SAVED);
          slice.changedSinceSave.add(keySlices);
        }
        keySlices.slice = null;
        if (context.discards()) {
          pool.clear(keySlices.partials.state(at));
          invalidateFolds(keySlices, slice);
        }
      }
      slice.changedSinceEarly.clear();
    }
    tracksEarly = true;
  }

  @Override
  void forget() {
    refirings.finish();
    for (AlignedQuery<K, E, R> query : queries) {
      boolean more = query.cursor.moveToEndAfter(context.watermark);
      removeSlices(query, more ? query.cursor.start : Long.MAX_VALUE);
      query.addedUpTo = Math.max(query.addedUpTo, query.removedUpTo);
    }
    refirings.forget();
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
      removedBefore = slice.start + 1;
      index.removeFirst();
    }
  }

  @Override
  long openWindows() {
    long open = 0;
    for (AlignedQuery<K, E, R> query : queries) {
      WindowCursor cursor = query.cursor;
      if (!cursor.moveToEndAfter(context.watermark)) {
        continue;
      }
      // For each slice, count the windows that contain it and were not counted before.
      long start = cursor.start;
      long end = cursor.end;
      for (int i = 0; i < index.size(); i++) {
        long first = index.get(i).start;
        if (!cursor.moveToLast(first)
            || cursor.end < end
            || cursor.end == end && cursor.start < start) {
          continue;
        }
        long lastStart = cursor.start;
        long lastEnd = cursor.end;
        cursor.moveToFirst(first);
        if (cursor.end < end || cursor.end == end && cursor.start < start) {
          cursor.moveTo(start, end);
        }
        open += cursor.countTo(lastStart, lastEnd);
        cursor.moveTo(lastStart, lastEnd);
        if (!cursor.moveToNext()) {
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
    stateIo.save(to);
  }

  @Override
  void saveChanges(StateWriter<K> to) {
    stateIo.saveChanges(to, removedBefore);
  }

  @Override
  void startTrackingChanges() {
    stateIo.startTrackingChanges();
  }

  @Override
  void read(StateReader<K> from, OperatorState saved, List<Runnable> steps) {
    stateIo.read(from, saved, steps);
  }

  /** Returns true if a slice of some window starts here. */
  boolean isSliceStart(long start) {
    computeScratch(start);
    current = scratch;
    return scratch.start == start && scratch.inWindow;
  }

  /**
   * Adds a saved partial aggregate. After queries were removed, several may belong to one slice, or
   * one to no window. Those of a key are added in order.
   */
  void restore(K key, long start, Object state, boolean inEarlyResult) {
    computeScratch(start);
    current = scratch;
    if (!scratch.inWindow) {
      return;
    }
    Slice<KeySlices<K>> slice = index.sliceAt(start);
    if (slice == null) {
      slice = index.insert(scratch);
    }
    KeySlices<K> keySlices = getOrCreateSlices(key);
    long at = keySlices.partials.lowerBound(slice.start);
    if (keySlices.partials.startsAt(at, slice.start)) {
      pool.merge(keySlices.partials.state(at), state);
      if (!inEarlyResult && keySlices.partials.isMarked(at, PartialRing.IN_EARLY_RESULT)) {
        keySlices.partials.unmark(at, PartialRing.IN_EARLY_RESULT);
        slice.changedSinceEarly.add(keySlices);
      }
      return;
    }
    insertPartial(keySlices, slice, at, state);
    pool.countHeld(state);
    if (inEarlyResult) {
      keySlices.partials.mark(at, PartialRing.IN_EARLY_RESULT);
    } else {
      slice.changedSinceEarly.add(keySlices);
    }
    tracksEarly = true; // the marks tell which events are part of early results
    current = slice;
  }

  /** Returns the slices of a key, and creates them if there are none. */
  KeySlices<K> getOrCreateSlices(K key) {
    KeyState<K> keyState = context.keyTable.get(key);
    return getOrCreateSlices(keyState == null ? context.keyTable.create(key) : keyState);
  }
}
