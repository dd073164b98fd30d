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
 * The windows of a group of aligned queries that give more than one result, or give it out of turn:
 * those with early results, and those that late events change after they were final.
 *
 * <p>Windows that simply gave their result when they were final leave no record. That they did is
 * known from their slices, which are kept as long as an admitted event could change them.
 */
final class Refirings<K, E, R> {

  private final SliceIndex<KeySlices<K>> index;
  private final OperatorContext<K, E, R> context;
  private final StatePool<E, R> pool;
  private final AlignedQuery<K, E, R>[] queries;
  private final TreeMap<FiringRecord<K>, FiringRecord<K>> records = new TreeMap<>();

  /** The records with a key that is due. */
  private final List<FiringRecord<K>> due = new ArrayList<>();

  private int nextDueIndex;
  private long lastForgottenEnd = Long.MIN_VALUE;
  private boolean early;

  /** By query, lanes that move over the windows that are due. */
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

  /** The record of a window; null if it has none. */
  FiringRecord<K> record(int query, long start, long end) {
    return records.isEmpty() ? null : records.get(new FiringRecord<K>(query, start, end));
  }

  private FiringRecord<K> getOrCreateRecord(int query, long start, long end) {
    FiringRecord<K> wanted = new FiringRecord<>(query, start, end);
    FiringRecord<K> there = records.putIfAbsent(wanted, wanted);
    return there == null ? wanted : there;
  }

  Collection<FiringRecord<K>> records() {
    return records.values();
  }

  /** Takes up a record that was saved. */
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

  /** Notes an event that changes final windows, before it changes their slice. */
  void admit(KeySlices<K> keySlices, Slice<KeySlices<K>> slice, E event) {
    if (slice.firstEnd > context.watermark || context.lateness == 0) {
      return;
    }
    for (AlignedQuery<K, E, R> query : queries) {
      WindowCursor cursor = query.cursor;
      if (!cursor.moveToFirst(slice.start)) {
        continue;
      }
      if (context.isForgotten(cursor.end)
          && !cursor.moveToEndAfter(WindowCursor.minus(context.watermark, context.lateness))) {
        continue;
      }
      SlidingFold<K, E, R> before = new SlidingFold<>(keySlices);
      while (cursor.start <= slice.start && cursor.end <= context.watermark) {
        recordLateEvent(query, keySlices, before, event);
        if (!cursor.moveToNext()) {
          break;
        }
      }
      before.release(pool);
    }
  }

  private void recordLateEvent(
      AlignedQuery<K, E, R> query, KeySlices<K> keySlices, SlidingFold<K, E, R> before, E event) {
    WindowCursor cursor = query.cursor;
    FiringRecord<K> record = getOrCreateRecord(query.number, cursor.start, cursor.end);
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

  /** Finds the open windows that changed since they were last shown. */
  void prepareEarly(boolean notesShown) {
    List<FiringRecord<K>> dirty = new ArrayList<>(due);
    due.clear();
    for (int i = 0; i < index.size(); i++) {
      Slice<KeySlices<K>> slice = index.get(i);
      Slice.KeyList<KeySlices<K>> changed = notesShown ? slice.changedSinceEarly : slice.keys;
      if (changed.size() > 0) {
        markOpenWindows(slice, changed);
      }
    }
    early = true;
    nextDueIndex = 0;
    due.sort(null);
    postponed = dirty;
  }

  /** What waits for the next advance while early results are given. */
  private List<FiringRecord<K>> postponed = List.of();

  private void markOpenWindows(Slice<KeySlices<K>> slice, Slice.KeyList<KeySlices<K>> changed) {
    for (AlignedQuery<K, E, R> query : queries) {
      WindowCursor cursor = query.cursor;
      boolean more = cursor.moveToFirst(slice.start);
      if (more && cursor.end <= context.watermark) {
        more = cursor.moveToEndAfter(context.watermark);
      }
      for (; more && cursor.start <= slice.start; more = cursor.moveToNext()) {
        FiringRecord<K> record = getOrCreateRecord(query.number, cursor.start, cursor.end);
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

  /** Gives the results of a window that is due out of turn. */
  void fire(Output<K, R> out) {
    FiringRecord<K> record = due.get(nextDueIndex++);
    AlignedQuery<K, E, R> query = queryNumbered(record.query);
    boolean last = context.isForgotten(record.end);
    // The grid of the query is in use when windows that are in turn are fired beside this one.
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
      if (query.number == number) {
        return query;
      }
    }
    throw new IllegalStateException("no such query: " + number);
  }

  /** Counts a result; the state is kept as what stands. */
  private void recordResult(KeyFirings firings, Object standing) {
    firings.results++;
    firings.saved = false;
    if (firings.lastResultState != null) {
      pool.release(firings.lastResultState);
    }
    firings.lastResultState = standing;
  }

  /** Gives the result in turn of a window that has a record, for any of its keys. */
  void fireRecorded(
      FiringRecord<K> record,
      KeySlices<K> keySlices,
      Pane plain,
      R value,
      Object state,
      Output<K, R> out) {
    KeyFirings firings = record.firings.get(keySlices);
    if (firings == null) {
      out.update(keySlices.keyState.key, plain, value, null);
      return;
    }
    R previous = firings.lastResultState == null ? null : pool.result(firings.lastResultState);
    Pane pane =
        new Pane(
            plain.query(),
            plain.start(),
            plain.end(),
            Timing.ON_TIME,
            firings.results,
            plain.last());
    firings.finalResultEmitted = true;
    recordResult(firings, context.retracts() ? pool.acquireCopy(state) : null);
    out.update(keySlices.keyState.key, pane, value, previous);
  }

  /** After all that was due. */
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

  /** The end of the last window that was forgotten with a record; MIN_VALUE: none was. */
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
