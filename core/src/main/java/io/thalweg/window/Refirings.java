package io.thalweg.window;

import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Pane.Timing;
import io.thalweg.window.FiringRecord.KeyFirings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Windows of a group of aligned queries that fire more than once: early results, and results
 * corrected by delayed events.
 */
final class Refirings<K, E, R> {

  /*
   * A window whose only result was on time needs no record: that it has fired follows from its
   * slices, which are held as long as an admitted event can change them. A FiringRecord exists for
   * a window once a key has or will get an early or corrected result; it holds for each such
   * key the number of results, whether one of them was final, and whether a result is pending.
   *
   * Late event (admit, before the event is added to its slice). For each final but not forgotten
   * window of the event:
   *   1. If the key has no entry, create one. If the window held events of the key, it has fired
   *      exactly once, on time: results = 1 and finalResultEmitted = true. Otherwise the next
   *      result is its first, and ON_TIME.
   *   2. In retracting mode, keep the state of the last result, for the value that the next result
   *      replaces. In discarding mode, add the event to pendingState, which gives the next result.
   *   3. Set refirePending, and list the record as due.
   *
   * Early results (prepareEarly). For each slice that changed since the last ones, each open window
   * that contains it gets a pending result for each changed key. The records that delayed events
   * made due are postponed until the next advance.
   *
   * Firing. Due records are sorted by end, start and query, and merged with the on-time results by
   * AlignedWindows. In discarding mode the value is that of pendingState (late) or of the window,
   * which holds only new events then (early); in the other modes it is computed from the partial
   * aggregates. The timing is EARLY; ON_TIME if no final result was emitted yet; otherwise LATE.
   * An on-time result of a window with a record goes through fireRecorded(), which continues the
   * pane index of the early results.
   *
   * Invariants:
   *   - refirePending is true if and only if the key is in pendingKeys of its record;
   *   - pendingKeys is not empty if and only if the record is in due or postponed;
   *   - lastResultState is null unless the mode is retracting, pendingState unless discarding;
   *   - records are removed in order of window end, once the window is forgotten.
   *
   * The model of panes and refinements: Akidau et al., The Dataflow Model, PVLDB 8 (2015).
   */

  private final SliceIndex<KeySlices<K>> index;
  private final OperatorContext<K, E, R> context;
  private final StatePool<E, R> pool;
  private final AlignedQuery<K, E, R>[] queries;
  private final TreeMap<FiringRecord<K>, FiringRecord<K>> records = new TreeMap<>();

  /** The records with a pending result, in the order of firing. */
  private final List<FiringRecord<K>> due = new ArrayList<>();

  private int nextDueIndex;

  /** The records that delayed events made due, while early results are emitted. */
  private List<FiringRecord<K>> postponed = List.of();

  private long lastForgottenEnd = Long.MIN_VALUE;

  /** True while early results are emitted. */
  private boolean early;

  /** The folds that compute the due windows, by query and key. */
  private final List<Map<KeySlices<K>, SlidingFold<K, E, R>>> folds = new ArrayList<>();

  Refirings(
      OperatorContext<K, E, R> context,
      SliceIndex<KeySlices<K>> index,
      AlignedQuery<K, E, R>[] queries) {
    this.context = context;
    this.index = index;
    this.pool = context.pool;
    this.queries = queries;
    for (int i = 0; i < queries.length; i++) {
      folds.add(new HashMap<>());
    }
  }

  /** Returns the record of a window, or null if it has none. */
  FiringRecord<K> record(int query, long start, long end) {
    return records.isEmpty() ? null : records.get(new FiringRecord<K>(query, start, end));
  }

  private FiringRecord<K> getOrCreateRecord(int query, long start, long end) {
    FiringRecord<K> wanted = new FiringRecord<>(query, start, end);
    FiringRecord<K> existing = records.putIfAbsent(wanted, wanted);
    return existing == null ? wanted : existing;
  }

  Collection<FiringRecord<K>> records() {
    return records.values();
  }

  /** Adds a saved record. */
  void restore(int query, long start, long end, KeySlices<K> keySlices, KeyFirings firings) {
    FiringRecord<K> record = getOrCreateRecord(query, start, end);
    record.firings.put(keySlices, firings);
    pool.countHeld(firings.lastResultState);
    pool.countHeld(firings.pendingState);
    if (firings.refirePending) {
      markPending(record, keySlices);
    }
  }

  private void markPending(FiringRecord<K> record, KeySlices<K> keySlices) {
    if (record.pendingKeys.isEmpty()) {
      due.add(record);
    }
    record.pendingKeys.add(keySlices);
  }

  /** Records an event that changes final windows, before it is added to its slice. */
  void recordDelayed(KeySlices<K> keySlices, Slice<KeySlices<K>> slice, E event) {
    if (slice.firstEnd > context.watermark || context.lateness == 0) {
      return;
    }
    for (AlignedQuery<K, E, R> query : queries) {
      WindowCursor cursor = query.cursor;
      if (!cursor.moveToFirst(slice.start)) {
        continue;
      }
      if (context.isForgotten(cursor.end) && !cursor.moveToEndAfter(context.lastForgottenEnd())) {
        continue;
      }
      SlidingFold<K, E, R> before = new SlidingFold<>(keySlices);
      while (cursor.start <= slice.start && cursor.end <= context.watermark) {
        recordDelayedEvent(query, keySlices, before, event);
        if (!cursor.moveToNext()) {
          break;
        }
      }
      before.release(pool);
    }
  }

  private void recordDelayedEvent(
      AlignedQuery<K, E, R> query, KeySlices<K> keySlices, SlidingFold<K, E, R> before, E event) {
    WindowCursor cursor = query.cursor;
    FiringRecord<K> record = getOrCreateRecord(query.query, cursor.start, cursor.end);
    KeyFirings firings = record.firings.get(keySlices);
    if (firings == null) {
      firings = new KeyFirings();
      record.firings.put(keySlices, firings);
      before.moveTo(cursor.start, cursor.end, pool);
      if (!before.isEmpty()) {
        firings.results = 1;
        firings.finalResultEmitted = true;
        if (context.retracts()) {
          firings.lastResultState = before.computeState(cursor.pivot(), pool);
        }
      }
    }
    if (context.discards()) {
      if (firings.pendingState == null) {
        firings.pendingState = pool.acquire();
      }
      pool.add(firings.pendingState, event);
    }
    firings.saved = false;
    if (!firings.refirePending) {
      firings.refirePending = true;
      markPending(record, keySlices);
    }
  }

  void prepare() {
    early = false;
    nextDueIndex = 0;
    due.sort(null);
  }

  /** Marks the open windows that changed since the last early results. */
  void prepareEarly(boolean tracksEarly) {
    List<FiringRecord<K>> delayed = new ArrayList<>(due);
    due.clear();
    for (int i = 0; i < index.size(); i++) {
      Slice<KeySlices<K>> slice = index.get(i);
      Slice.KeyList<KeySlices<K>> changed = tracksEarly ? slice.changedSinceEarly : slice.keys;
      if (changed.size() > 0) {
        markOpenWindows(slice, changed);
      }
    }
    early = true;
    nextDueIndex = 0;
    due.sort(null);
    postponed = delayed;
  }

  private void markOpenWindows(Slice<KeySlices<K>> slice, Slice.KeyList<KeySlices<K>> changed) {
    for (AlignedQuery<K, E, R> query : queries) {
      WindowCursor cursor = query.cursor;
      boolean more = cursor.moveToFirst(slice.start);
      if (more && cursor.end <= context.watermark) {
        more = cursor.moveToEndAfter(context.watermark);
      }
      for (; more && cursor.start <= slice.start; more = cursor.moveToNext()) {
        FiringRecord<K> record = getOrCreateRecord(query.query, cursor.start, cursor.end);
        for (int i = 0; i < changed.size(); i++) {
          KeyFirings firings =
              record.firings.computeIfAbsent(changed.get(i), keySlices -> new KeyFirings());
          firings.saved = false;
          if (!firings.refirePending) {
            firings.refirePending = true;
            markPending(record, changed.get(i));
          }
        }
      }
    }
  }

  boolean isDue() {
    return nextDueIndex < due.size();
  }

  long start() {
    return due.get(nextDueIndex).start;
  }

  long end() {
    return due.get(nextDueIndex).end;
  }

  /** Emits the pending results of the next due record. */
  void fire(Output<K, R> out) {
    FiringRecord<K> record = due.get(nextDueIndex++);
    AlignedQuery<K, E, R> query = queryNumbered(record.query);
    boolean last = context.isForgotten(record.end);
    // The cursor of the query is in use for its next window: it is moved back.
    long start = query.cursor.start;
    long end = query.cursor.end;
    query.cursor.moveTo(record.start, record.end);
    long pivot = query.cursor.pivot();
    query.cursor.moveTo(start, end);
    Map<KeySlices<K>, SlidingFold<K, E, R>> foldsOfQuery = folds.get(query.index);
    for (KeySlices<K> keySlices : record.pendingKeys) {
      KeyFirings firings = record.firings.get(keySlices);
      SlidingFold<K, E, R> fold = foldsOfQuery.computeIfAbsent(keySlices, SlidingFold::new);
      fold.moveTo(record.start, record.end, pool);
      R value;
      if (context.discards() && !early) {
        value = pool.result(firings.pendingState);
        pool.release(firings.pendingState);
        firings.pendingState = null;
      } else {
        value = fold.compute(pivot, pool);
      }
      Timing timing =
          early ? Timing.EARLY : firings.finalResultEmitted ? Timing.LATE : Timing.ON_TIME;
      R previous = firings.lastResultState == null ? null : pool.result(firings.lastResultState);
      Object state = context.retracts() ? fold.computeState(pivot, pool) : null;
      Pane pane = new Pane(record.query, record.start, record.end, timing, firings.results, last);
      firings.refirePending = false;
      firings.finalResultEmitted |= !early;
      recordResult(firings, state);
      out.update(keySlices.keyState.key, pane, value, previous);
    }
    record.pendingKeys.clear();
  }

  private AlignedQuery<K, E, R> queryNumbered(int number) {
    for (AlignedQuery<K, E, R> query : queries) {
      if (query.query == number) {
        return query;
      }
    }
    throw new IllegalStateException("the query must be one of this group: " + number);
  }

  /** Counts a result, and keeps the state that gave it. */
  private void recordResult(KeyFirings firings, Object state) {
    firings.results++;
    firings.saved = false;
    if (firings.lastResultState != null) {
      pool.release(firings.lastResultState);
    }
    firings.lastResultState = state;
  }

  /** Emits the on-time result of a window that has a record, for a key with or without entry. */
  void fireRecorded(
      FiringRecord<K> record,
      KeySlices<K> keySlices,
      Pane firstPane,
      R value,
      Object state,
      Output<K, R> out) {
    KeyFirings firings = record.firings.get(keySlices);
    if (firings == null) {
      out.update(keySlices.keyState.key, firstPane, value, null);
      return;
    }
    R previous = firings.lastResultState == null ? null : pool.result(firings.lastResultState);
    Pane pane =
        new Pane(
            firstPane.query(),
            firstPane.start(),
            firstPane.end(),
            Timing.ON_TIME,
            firings.results,
            firstPane.last());
    firings.finalResultEmitted = true;
    recordResult(firings, context.retracts() ? pool.acquireCopy(state) : null);
    out.update(keySlices.keyState.key, pane, value, previous);
  }

  /** Completes the firing of all due records. */
  void finish() {
    for (Map<KeySlices<K>, SlidingFold<K, E, R>> foldsOfQuery : folds) {
      foldsOfQuery.values().forEach(fold -> fold.release(pool));
      foldsOfQuery.clear();
    }
    due.clear();
    due.addAll(postponed);
    postponed = List.of();
    nextDueIndex = 0;
  }

  /** Returns the end of the last forgotten window with a record; MIN_VALUE if there is none. */
  long lastForgottenEnd() {
    return lastForgottenEnd;
  }

  void forget() {
    while (!records.isEmpty() && context.isForgotten(records.firstKey().end)) {
      FiringRecord<K> record = records.pollFirstEntry().getKey();
      lastForgottenEnd = record.end;
      for (KeyFirings firings : record.firings.values()) {
        if (firings.lastResultState != null) {
          pool.release(firings.lastResultState);
        }
      }
    }
  }
}
