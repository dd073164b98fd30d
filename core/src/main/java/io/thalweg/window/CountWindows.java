package io.thalweg.window;

import io.thalweg.Codec;
import io.thalweg.Milliseconds;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.Timers;
import io.thalweg.window.OperatorStateIo.OperatorState;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Count windows of one query: every {@code step} events of a key, a result over the last {@code n}.
 */
final class CountWindows<K, E, R> extends WindowGroup<K, E, R> {

  /*
   * The events of a key are numbered from 0 in order of arrival. The windows are sliding windows
   * over these numbers, [k * step - n, k * step) for k = 1, 2, ..., and a WindowCursor gives their
   * edges. As for AlignedWindows, the edges cut the numbers into slices, an event is added to the
   * last slice only, and a SlidingFold merges the slices of a window. So an event costs O(1)
   * whatever the overlap of the windows.
   *
   * The window that ends at the arrival number of the next event fires in admit(), and slices
   * that no later window contains are removed. With step > n, events between windows are counted
   * but added to no slice.
   *
   * If keys expire, a key has a timer for its newest timestamp plus the idle time. Events do not
   * move the timer: when it expires too early, it is set again. Arrivals have record 0 of a key,
   * and the newest timestamp has record 1.
   */

  private static final class KeyCounts<K, E, R> {
    final KeySlices<K> keySlices;
    final SlidingFold<K, E, R> fold;
    long arrivals;

    /** The largest timestamp; {@code Long.MIN_VALUE} if it was not saved. */
    long newest = Long.MIN_VALUE;

    /** The state of the last slice. */
    Object state;

    /** The end of the last slice. */
    long sliceEnd;

    /** The start before which slices were removed. */
    long removedBefore;

    /** The start from which slices may differ from their saved form. */
    long savedBefore;

    /** The start of the first saved slice. */
    long savedFrom;

    boolean changed;

    KeyCounts(KeyState<K> keyState) {
      keySlices = new KeySlices<>(keyState, 0);
      fold = new SlidingFold<>(keySlices);
    }
  }

  private final StatePool<E, R> pool;
  private final int groupIndex;
  private final int query;
  private final long n;
  private final long step;
  private final WindowCursor cursor;
  private final String sliceScope;
  private final String arrivalScope;
  private final Codec<Object> slices = new SliceCodec();
  private final Set<K> changed = new LinkedHashSet<>();
  private final Set<K> expired = new LinkedHashSet<>();
  private final Timers<KeyCounts<K, E, R>> timers = new Timers<>(Long.MIN_VALUE);

  CountWindows(
      OperatorContext<K, E, R> context, int groupIndex, int query, WindowSpec.Count window) {
    super(context);
    this.pool = context.pool;
    this.groupIndex = groupIndex;
    this.query = query;
    this.n = window.n();
    this.step = window.step();
    this.cursor = WindowCursor.of(new WindowSpec.Sliding(n, step, Math.floorMod(-n, step)));
    this.sliceScope = "count" + query;
    this.arrivalScope = "arrivals" + query;
  }

  @Override
  boolean emitsImmediately() {
    return true;
  }

  @Override
  boolean countsArrivals() {
    return true;
  }

  @SuppressWarnings("unchecked") // only this group writes to its element
  private KeyCounts<K, E, R> countsOf(KeyState<K> keyState) {
    return (KeyCounts<K, E, R>) keyState.groups[groupIndex];
  }

  @Override
  int judge(KeyState<K> keyState, E event, long timestamp) {
    KeyCounts<K, E, R> kept = keyState == null ? null : countsOf(keyState);
    long arrival = kept == null ? 0 : kept.arrivals;
    long untilResult = step - arrival % step; // including this event
    return untilResult <= n ? ACCEPTED : 0;
  }

  @Override
  void admit(KeyState<K> keyState, E event, long timestamp, int verdict) {
    KeyCounts<K, E, R> kept = countsOf(keyState);
    if (kept == null) {
      kept = create(keyState);
      kept.newest = timestamp;
      setTimer(kept);
    }
    kept.newest = Math.max(kept.newest, timestamp);
    long arrival = kept.arrivals++;
    if (verdict == ACCEPTED) {
      if (arrival >= kept.sliceEnd) {
        startSlice(kept, arrival);
      }
      pool.add(kept.state, event);
    }
    if (context.tracksChanges && !kept.changed) {
      kept.changed = true;
      changed.add(keyState.key);
    }
    if (kept.arrivals % step == 0) {
      fire(kept);
    }
  }

  private KeyCounts<K, E, R> create(KeyState<K> keyState) {
    KeyCounts<K, E, R> kept = new KeyCounts<>(keyState);
    keyState.groups[groupIndex] = kept;
    keyState.references++;
    return kept;
  }

  private void setTimer(KeyCounts<K, E, R> kept) {
    if (context.expiresKeys()) {
      timers.add(Milliseconds.plus(kept.newest, context.idle), kept);
    }
  }

  private void startSlice(KeyCounts<K, E, R> kept, long arrival) {
    kept.sliceEnd = cursor.edgeAfter(arrival);
    kept.state = pool.acquire();
    PartialRing partials = kept.keySlices.partials;
    partials.insert(partials.end(), cursor.edgeUpTo(arrival), kept.state);
  }

  private void fire(KeyCounts<K, E, R> kept) {
    long seen = kept.arrivals;
    cursor.moveTo(seen - n, seen);
    SlidingFold<K, E, R> fold = kept.fold;
    fold.moveTo(seen - n, seen, pool);
    context.immediateResults.add(
        kept.keySlices.keyState.key,
        query,
        Math.max(0, seen - n),
        seen,
        fold.compute(cursor.pivot(), pool));
    // Remove the slices that the next window does not contain.
    PartialRing partials = kept.keySlices.partials;
    long next = Milliseconds.plus(seen - n, step);
    fold.moveTo(next, seen, pool);
    while (!partials.isEmpty() && partials.start(partials.first()) < next) {
      pool.release(partials.removeFirst());
    }
    kept.removedBefore = Math.max(0, next);
  }

  @Override
  int expireKeys() {
    int[] count = new int[1];
    timers.advance(
        context.watermark,
        (deadline, kept) -> {
          if (kept.newest == Long.MIN_VALUE) {
            kept.newest = context.watermark;
          }
          if (Milliseconds.plus(kept.newest, context.idle) > context.watermark) {
            setTimer(kept);
          } else {
            expire(kept);
            count[0]++;
          }
        });
    return count[0];
  }

  /** Removes a key, with a result over the events that no result contains. */
  private void expire(KeyCounts<K, E, R> kept) {
    KeyState<K> keyState = kept.keySlices.keyState;
    long seen = kept.arrivals;
    long end = Milliseconds.plus(seen - seen % step, step);
    SlidingFold<K, E, R> fold = kept.fold;
    PartialRing partials = kept.keySlices.partials;
    if (seen % step > 0 && end - n < seen) {
      cursor.moveTo(end - n, end);
      fold.moveTo(end - n, end, pool);
      context.immediateResults.add(
          keyState.key, query, Math.max(0, end - n), seen, fold.compute(cursor.pivot(), pool));
    }
    fold.invalidate(pool);
    while (!partials.isEmpty()) {
      pool.release(partials.removeFirst());
    }
    if (context.tracksChanges) {
      changed.remove(keyState.key);
      expired.add(keyState.key);
    }
    keyState.groups[groupIndex] = null;
    context.keyTable.release(keyState);
  }

  @Override
  long timers() {
    return timers.size();
  }

  @Override
  void save(StateWriter<K> to) {
    context.keyTable.forEach(
        keyState -> {
          if (countsOf(keyState) != null) {
            put(countsOf(keyState), 0, to);
          }
        });
  }

  private void put(KeyCounts<K, E, R> kept, long from, StateWriter<K> to) {
    PartialRing partials = kept.keySlices.partials;
    K key = kept.keySlices.keyState.key;
    for (long i = partials.lowerBound(from); i < partials.end(); i++) {
      to.scope(sliceScope).put(key, partials.start(i), slices.encode(partials.state(i)));
    }
    to.scope(arrivalScope).put(key, 0, Codec.LONG.encode(kept.arrivals));
    if (context.expiresKeys()) {
      to.scope(arrivalScope).put(key, 1, Codec.LONG.encode(kept.newest));
    }
  }

  @Override
  void saveChanges(StateWriter<K> to) {
    for (K key : expired) {
      to.scope(sliceScope).remove(key);
      to.scope(arrivalScope).remove(key);
    }
    expired.clear();
    for (K key : changed) {
      KeyCounts<K, E, R> kept =
          countsOf(context.keyTable.get(key)); // the keys that were removed are in expired
      for (long start = kept.savedFrom;
          start <= kept.savedBefore && start < kept.removedBefore;
          start = cursor.edgeAfter(start)) {
        to.scope(sliceScope).remove(key, start);
      }
      put(kept, kept.savedBefore, to);
      markSaved(kept);
    }
    changed.clear();
  }

  private void markSaved(KeyCounts<K, E, R> kept) {
    PartialRing partials = kept.keySlices.partials;
    kept.changed = false;
    kept.savedFrom = partials.isEmpty() ? kept.arrivals : partials.start(partials.first());
    // The last slice is written again as long as it may grow.
    kept.savedBefore = partials.isEmpty() ? kept.arrivals : partials.start(partials.end() - 1);
  }

  @Override
  void startTrackingChanges() {
    expired.clear();
    changed.clear();
    context.keyTable.forEach(
        keyState -> {
          if (countsOf(keyState) != null) {
            markSaved(countsOf(keyState));
          }
        });
  }

  @Override
  void read(StateReader<K> from, OperatorState saved, List<Runnable> steps) {
    Map<K, Long> counted = new HashMap<>();
    Map<K, Long> next = new HashMap<>(); // the start of the next slice of each key
    from.scope(arrivalScope)
        .forEach(
            (key, part, bytes) -> {
              if (part == 1) {
                if (!counted.containsKey(key)) {
                  throw new IllegalArgumentException(
                      "thalweg.window: damaged record: a time without arrivals of key " + key);
                }
                long newest = Codec.LONG.decode(bytes);
                steps.add(() -> restoreNewest(key, newest)); // after the arrivals, in order
                return;
              }
              long seen = Codec.LONG.decode(bytes);
              if (part != 0) {
                throw new IllegalArgumentException(
                    "thalweg.window: damaged record: arrivals must be in record 0: " + part);
              }
              if (seen < 1) {
                throw new IllegalArgumentException(
                    "thalweg.window: damaged record: arrivals must be positive: " + seen);
              }
              counted.put(key, seen);
              next.put(key, nextSlice(firstSlice(seen), seen));
              steps.add(() -> restoreArrivals(key, seen));
            });
    from.scope(sliceScope)
        .forEach(
            (key, start, bytes) -> {
              Object state = slices.decode(bytes);
              if (start < 0 || cursor.edgeUpTo(start) != start) {
                throw new IllegalArgumentException(
                    slices.name() + ": damaged record: no slice begins at " + start);
              }
              if (!counted.containsKey(key)) {
                throw new IllegalArgumentException(
                    slices.name() + ": damaged record: a slice without arrivals of key " + key);
              }
              requireSlice(key, start, next.get(key));
              next.put(key, nextSlice(cursor.edgeAfter(start), counted.get(key)));
              steps.add(() -> restoreSlice(key, start, state));
            });
    counted.forEach((key, seen) -> requireSlice(key, seen, next.get(key)));
  }

  /** Returns the start of the oldest window that is not complete after a number of arrivals. */
  private long firstSlice(long seen) {
    return Math.max(0, Milliseconds.plus(seen - seen % step - n, step));
  }

  /** Returns the first slice from an edge on that holds an event, or the number of arrivals. */
  private long nextSlice(long edge, long seen) {
    long start = edge;
    if (start < seen && step - start % step > n) {
      start = cursor.edgeAfter(start); // no window contains the slice
    }
    return Math.min(start, seen);
  }

  private void requireSlice(K key, long found, long expected) {
    if (found != expected) {
      throw new IllegalArgumentException(
          "%s: damaged record: the slices of a key must be complete: key %s, slice %d, not %d"
              .formatted(slices.name(), key, expected, found));
    }
  }

  private void restoreArrivals(K key, long seen) {
    KeyState<K> keyState = context.keyTable.get(key);
    if (keyState == null) {
      keyState = context.keyTable.create(key);
    }
    KeyCounts<K, E, R> kept = create(keyState);
    kept.arrivals = seen;
    setTimer(kept);
  }

  private void restoreNewest(K key, long newest) {
    countsOf(context.keyTable.get(key)).newest = newest;
  }

  private void restoreSlice(K key, long start, Object state) {
    KeyCounts<K, E, R> kept = countsOf(context.keyTable.get(key));
    PartialRing partials = kept.keySlices.partials;
    partials.insert(partials.end(), start, state); // slices are read in ascending order
    pool.countHeld(state);
    kept.sliceEnd = cursor.edgeAfter(start);
    kept.state = state;
  }

  private final class SliceCodec implements Codec<Object> {

    @Override
    public String name() {
      return "thalweg.window.count of " + pool.name();
    }

    @Override
    public void write(Object value, DataOutput out) throws IOException {
      pool.write(value, out);
    }

    @Override
    public Object read(DataInput in, int version) throws IOException {
      return pool.read(in);
    }
  }
}
