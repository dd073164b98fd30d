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
final class CountWindows<K, E, R> extends WindowGroup<K, E, R> {

  private static final class KeyedCounts<K, E, R> {
    final KeySlices<K> keySlices;
    final SlidingFold<K, E, R> fold;
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

    KeyedCounts(KeyState<K> keyState) {
      keySlices = new KeySlices<>(keyState, 0);
      fold = new SlidingFold<>(keySlices);
    }
  }

  private final StatePool<E, R> pool;
  private final int place;
  private final int query;
  private final long n;
  private final long step;
  private final WindowCursor cursor;
  private final String sliceScope;
  private final String arrivalScope;
  private final Codec<Object> slices = new SliceCodec();
  private final Set<K> changed = new LinkedHashSet<>();

  CountWindows(OperatorContext<K, E, R> context, int place, int query, WindowSpec.Count window) {
    super(context);
    this.pool = context.pool;
    this.place = place;
    this.query = query;
    this.n = window.n();
    this.step = window.step();
    this.cursor = WindowCursor.of(new WindowSpec.Sliding(n, step, Math.floorMod(-n, step)));
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
  private KeyedCounts<K, E, R> kept(KeyState<K> keyState) {
    return (KeyedCounts<K, E, R>) keyState.groups[place];
  }

  @Override
  int judge(KeyState<K> keyState, E event, long timestamp) {
    KeyedCounts<K, E, R> kept = keyState == null ? null : kept(keyState);
    long arrival = kept == null ? 0 : kept.seen;
    long untilResult = step - arrival % step; // this one included
    return untilResult <= n ? OPEN : 0;
  }

  @Override
  void admit(KeyState<K> keyState, E event, long timestamp, int verdict) {
    KeyedCounts<K, E, R> kept = kept(keyState);
    if (kept == null) {
      kept = new KeyedCounts<>(keyState);
      keyState.groups[place] = kept;
      keyState.holds++;
    }
    long arrival = kept.seen++;
    if (verdict == OPEN) {
      if (arrival >= kept.sliceEnd) {
        open(kept, arrival);
      }
      pool.add(kept.state, event);
    }
    if (context.notesChanges && !kept.noted) {
      kept.noted = true;
      changed.add(keyState.key);
    }
    if (kept.seen % step == 0) {
      fire(kept);
    }
  }

  private void open(KeyedCounts<K, E, R> kept, long arrival) {
    kept.sliceEnd = cursor.edgeAfter(arrival);
    kept.state = pool.acquire();
    PartialRing partials = kept.keySlices.partials;
    partials.insert(partials.last(), cursor.edgeUpTo(arrival), kept.state);
  }

  private void fire(KeyedCounts<K, E, R> kept) {
    long seen = kept.seen;
    cursor.at(seen - n, seen);
    SlidingFold<K, E, R> fold = kept.fold;
    fold.moveTo(seen - n, seen, pool);
    context.immediateResults.add(
        query, Math.max(0, seen - n), seen, fold.compute(cursor.pivot(), pool));
    // What the next window does not hold goes.
    PartialRing partials = kept.keySlices.partials;
    long next = WindowCursor.plus(seen - n, step);
    fold.moveTo(next, seen, pool);
    while (!partials.isEmpty() && partials.start(partials.first()) < next) {
      pool.release(partials.removeFirst());
    }
    kept.dropped = Math.max(0, next);
  }

  @Override
  void save(StateWriter<K> to) {
    context.keyTable.forEach(
        keyState -> {
          if (kept(keyState) != null) {
            put(kept(keyState), 0, to);
          }
        });
  }

  private void put(KeyedCounts<K, E, R> kept, long from, StateWriter<K> to) {
    PartialRing partials = kept.keySlices.partials;
    K key = kept.keySlices.keyState.key;
    for (long i = partials.from(from); i < partials.last(); i++) {
      to.scope(sliceScope).put(key, partials.start(i), slices.encode(partials.state(i)));
    }
    to.scope(arrivalScope).put(key, 0, Codec.LONG.encode(kept.seen));
  }

  @Override
  void saveChanges(StateWriter<K> to) {
    for (K key : changed) {
      KeyedCounts<K, E, R> kept =
          kept(context.keyTable.get(key)); // counted keys are never given up
      for (long start = kept.savedFrom;
          start <= kept.saved && start < kept.dropped;
          start = cursor.edgeAfter(start)) {
        to.scope(sliceScope).remove(key, start);
      }
      put(kept, kept.saved, to);
      taken(kept);
    }
    changed.clear();
  }

  private void taken(KeyedCounts<K, E, R> kept) {
    PartialRing partials = kept.keySlices.partials;
    kept.noted = false;
    kept.savedFrom = partials.isEmpty() ? kept.seen : partials.start(partials.first());
    // The newest slice is written again as long as it may grow.
    kept.saved = partials.isEmpty() ? kept.seen : partials.start(partials.last() - 1);
  }

  @Override
  void startNoting() {
    changed.clear();
    context.keyTable.forEach(
        keyState -> {
          if (kept(keyState) != null) {
            taken(kept(keyState));
          }
        });
  }

  @Override
  void read(StateReader<K> from, long watermark, List<Runnable> steps) {
    Set<K> counted = new HashSet<>();
    from.scope(arrivalScope)
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
    from.scope(sliceScope)
        .forEach(
            (key, start, bytes) -> {
              Object state = slices.decode(bytes);
              if (start < 0 || cursor.edgeUpTo(start) != start) {
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
    KeyState<K> keyState = context.keyTable.get(key);
    if (keyState == null) {
      keyState = context.keyTable.create(key);
    }
    KeyedCounts<K, E, R> kept = new KeyedCounts<>(keyState);
    keyState.groups[place] = kept;
    keyState.holds++;
    kept.seen = seen;
  }

  private void restoreSlice(K key, long start, Object state) {
    KeyedCounts<K, E, R> kept = kept(context.keyTable.get(key));
    PartialRing partials = kept.keySlices.partials;
    partials.insert(partials.last(), start, state); // parts come ascending
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
