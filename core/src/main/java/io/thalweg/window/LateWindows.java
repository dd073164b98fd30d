package io.thalweg.window;

import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Pane.Timing;
import io.thalweg.window.WindowRecord.Given;
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
final class LateWindows<K, E, R> {

  private final AlignedWindows<K, E, R> windows;
  private final Shared<K, E, R> shared;
  private final States<E, R> states;
  private final AlignedWindows.Query<K, E, R>[] queries;
  private final TreeMap<WindowRecord<K>, WindowRecord<K>> records = new TreeMap<>();

  /** The records with a key that is due. */
  private final List<WindowRecord<K>> due = new ArrayList<>();

  private int nextDue;
  private long forgottenUpTo = Long.MIN_VALUE;
  private boolean early;

  /** By query, lanes that move over the windows that are due. */
  private final List<Map<Strip<K>, Lane<K, E, R>>> replays = new ArrayList<>();

  LateWindows(
      AlignedWindows<K, E, R> windows,
      Shared<K, E, R> shared,
      AlignedWindows.Query<K, E, R>[] queries) {
    this.windows = windows;
    this.shared = shared;
    this.states = shared.states;
    this.queries = queries;
    for (int i = 0; i < queries.length; i++) {
      replays.add(new HashMap<>());
    }
  }

  /** The record of a window; null if it has none. */
  WindowRecord<K> record(int query, long start, long end) {
    return records.isEmpty() ? null : records.get(new WindowRecord<K>(query, start, end));
  }

  private WindowRecord<K> recordFor(int query, long start, long end) {
    WindowRecord<K> wanted = new WindowRecord<>(query, start, end);
    WindowRecord<K> there = records.putIfAbsent(wanted, wanted);
    return there == null ? wanted : there;
  }

  Collection<WindowRecord<K>> records() {
    return records.values();
  }

  /** Takes up a record that was saved. */
  void restore(int query, long start, long end, Strip<K> strip, Given given) {
    WindowRecord<K> record = recordFor(query, start, end);
    record.given.put(strip, given);
    states.adopt(given.standing);
    states.adopt(given.fresh);
    if (given.dirty) {
      queue(record, strip);
    }
  }

  private void queue(WindowRecord<K> record, Strip<K> strip) {
    if (record.due.isEmpty()) {
      due.add(record);
    }
    record.due.add(strip);
  }

  /** Notes an event that changes final windows, before it changes their slice. */
  void admit(Strip<K> strip, Slice<K> slice, E event) {
    if (slice.firstEnd > shared.watermark || shared.lateness == 0) {
      return;
    }
    for (AlignedWindows.Query<K, E, R> query : queries) {
      Grid grid = query.grid;
      if (!grid.first(slice.start)) {
        continue;
      }
      if (shared.isForgotten(grid.end)
          && !grid.after(Grid.minus(shared.watermark, shared.lateness))) {
        continue;
      }
      Lane<K, E, R> before = new Lane<>(strip);
      while (grid.start <= slice.start && grid.end <= shared.watermark) {
        note(query, strip, before, event);
        if (!grid.next()) {
          break;
        }
      }
      before.release(states);
    }
  }

  private void note(
      AlignedWindows.Query<K, E, R> query, Strip<K> strip, Lane<K, E, R> before, E event) {
    Grid grid = query.grid;
    WindowRecord<K> record = recordFor(query.number, grid.start, grid.end);
    Given given = record.given.get(strip);
    if (given == null) {
      given = new Given();
      record.given.put(strip, given);
      before.moveTo(grid.start, grid.end, states);
      if (!before.isEmpty()) {
        given.results = 1;
        given.sinceFinal = true;
        if (shared.retracts()) {
          given.standing = before.computeState(grid.pivot(), states);
        }
      }
    }
    if (shared.discards()) {
      if (given.fresh == null) {
        given.fresh = states.take();
      }
      states.add(given.fresh, event);
    }
    given.saved = false;
    if (!given.dirty) {
      given.dirty = true;
      queue(record, strip);
    }
  }

  void prepare() {
    early = false;
    nextDue = 0;
    due.sort(null);
  }

  /** Finds the open windows that changed since they were last shown. */
  void prepareEarly(boolean notesShown) {
    List<WindowRecord<K>> dirty = new ArrayList<>(due);
    due.clear();
    SliceLine<K> line = windows.line();
    for (int i = 0; i < line.size(); i++) {
      Slice<K> slice = line.get(i);
      Slice.Strips<K> changed = notesShown ? slice.unshown : slice.strips;
      if (changed.size() > 0) {
        queueOpen(slice, changed);
      }
    }
    early = true;
    nextDue = 0;
    due.sort(null);
    postponed = dirty;
  }

  /** What waits for the next advance while early results are given. */
  private List<WindowRecord<K>> postponed = List.of();

  private void queueOpen(Slice<K> slice, Slice.Strips<K> changed) {
    for (AlignedWindows.Query<K, E, R> query : queries) {
      Grid grid = query.grid;
      boolean more = grid.first(slice.start);
      if (more && grid.end <= shared.watermark) {
        more = grid.after(shared.watermark);
      }
      for (; more && grid.start <= slice.start; more = grid.next()) {
        WindowRecord<K> record = recordFor(query.number, grid.start, grid.end);
        for (int i = 0; i < changed.size(); i++) {
          Given given = record.given.computeIfAbsent(changed.get(i), strip -> new Given());
          given.saved = false;
          if (!given.dirty) {
            given.dirty = true;
            queue(record, changed.get(i));
          }
        }
      }
    }
  }

  boolean isDue() {
    return nextDue < due.size();
  }

  long start() {
    return due.get(nextDue).start;
  }

  long end() {
    return due.get(nextDue).end;
  }

  /** Gives the results of a window that is due out of turn. */
  void fire(Output<K, R> out) {
    WindowRecord<K> record = due.get(nextDue++);
    AlignedWindows.Query<K, E, R> query = query(record.query);
    boolean last = shared.isForgotten(record.end);
    // The grid of the query is in use when windows that are in turn are fired beside this one.
    long start = query.grid.start;
    long end = query.grid.end;
    query.grid.at(record.start, record.end);
    long pivot = query.grid.pivot();
    query.grid.at(start, end);
    Map<Strip<K>, Lane<K, E, R>> lanes = replays.get(query.index);
    for (Strip<K> strip : record.due) {
      Given given = record.given.get(strip);
      Lane<K, E, R> lane = lanes.computeIfAbsent(strip, Lane::new);
      lane.moveTo(record.start, record.end, states);
      R value;
      if (shared.discards() && !early) {
        value = states.result(given.fresh);
        states.give(given.fresh);
        given.fresh = null;
      } else {
        value = lane.compute(pivot, states);
      }
      Timing timing = early ? Timing.EARLY : given.sinceFinal ? Timing.LATE : Timing.ON_TIME;
      R previous = given.standing == null ? null : states.result(given.standing);
      Object state = shared.retracts() ? lane.computeState(pivot, states) : null;
      Pane pane = new Pane(record.query, record.start, record.end, timing, given.results, last);
      given.dirty = false;
      given.sinceFinal |= !early;
      count(given, state);
      out.update(strip.row.key, pane, value, previous);
    }
    record.due.clear();
  }

  private AlignedWindows.Query<K, E, R> query(int number) {
    for (AlignedWindows.Query<K, E, R> query : queries) {
      if (query.number == number) {
        return query;
      }
    }
    throw new IllegalStateException("no such query: " + number);
  }

  /** Counts a result; the state is kept as what stands. */
  private void count(Given given, Object standing) {
    given.results++;
    given.saved = false;
    if (given.standing != null) {
      states.give(given.standing);
    }
    given.standing = standing;
  }

  /** Gives the result in turn of a window that has a record, for any of its keys. */
  void fireRecorded(
      WindowRecord<K> record, Strip<K> strip, Pane plain, R value, Object state, Output<K, R> out) {
    Given given = record.given.get(strip);
    if (given == null) {
      out.update(strip.row.key, plain, value, null);
      return;
    }
    R previous = given.standing == null ? null : states.result(given.standing);
    Pane pane =
        new Pane(
            plain.query(), plain.start(), plain.end(), Timing.ON_TIME, given.results, plain.last());
    given.sinceFinal = true;
    count(given, shared.retracts() ? states.copy(state) : null);
    out.update(strip.row.key, pane, value, previous);
  }

  /** After all that was due. */
  void finish() {
    for (Map<Strip<K>, Lane<K, E, R>> lanes : replays) {
      lanes.values().forEach(lane -> lane.release(states));
      lanes.clear();
    }
    due.clear();
    due.addAll(postponed);
    postponed = List.of();
    nextDue = 0;
  }

  /** The end of the last window that was forgotten with a record; MIN_VALUE: none was. */
  long forgottenUpTo() {
    return forgottenUpTo;
  }

  void forget() {
    while (!records.isEmpty() && shared.isForgotten(records.firstKey().end)) {
      WindowRecord<K> record = records.pollFirstEntry().getKey();
      forgottenUpTo = record.end;
      for (Given given : record.given.values()) {
        if (given.standing != null) {
          states.give(given.standing);
        }
      }
    }
  }
}
