package io.thalweg.window;

import io.thalweg.Aggregate;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The trailing windows of one query, each event's answered at once from a {@link TrailingBuffer}.
 */
final class TrailingWindows<K, E, R> extends WindowGroup<K, E, R> {

  private static final class KeyedBuffer<K, E, R> {
    final KeyState<K> keyState;
    final TrailingBuffer<E, R> buffer;
    boolean noted;

    KeyedBuffer(KeyState<K> keyState, TrailingBuffer<E, R> buffer) {
      this.keyState = keyState;
      this.buffer = buffer;
    }
  }

  private final TrailingBuffer.TrailingSpec<E, R> spec;
  private final int place;
  private final int query;
  private final String scope;
  private final TrailingStateIo<K, E, R> snapshot;
  private final Timers<KeyedBuffer<K, E, R>> timers;
  private final Set<K> dropped = new LinkedHashSet<>();
  private final Set<K> changed = new LinkedHashSet<>();
  private long held;

  TrailingWindows(
      OperatorContext<K, E, R> context,
      int place,
      int query,
      Aggregate<E, ?, R> aggregate,
      WindowSpec<?> window) {
    super(context);
    this.place = place;
    this.query = query;
    this.scope = "trailing" + query;
    this.spec = shape(new ValueBuffer.StateSource<>(aggregate), window, context.lateness);
    snapshot = new TrailingStateIo<>(spec);
    timers = new Timers<>(context.watermark);
  }

  private static <E, V, R> TrailingBuffer.TrailingSpec<E, R> shape(
      ValueBuffer.Source<E, V, R> kind, WindowSpec<?> window, long lateness) {
    if (window instanceof WindowSpec.Trailing last) {
      return new ValueBuffer.ValueSpec<>(kind, last.size(), 0, lateness, last.includesEvent());
    } else if (window instanceof WindowSpec.TrailingCount last) {
      return new ValueBuffer.ValueSpec<>(kind, 0, last.n(), 0, last.includesEvent());
    }
    throw new IllegalArgumentException("not a trailing query: " + window);
  }

  @Override
  boolean emitsImmediately() {
    return true;
  }

  @SuppressWarnings("unchecked") // only this part writes there
  private KeyedBuffer<K, E, R> kept(KeyState<K> keyState) {
    return (KeyedBuffer<K, E, R>) keyState.groups[place];
  }

  @Override
  int judge(KeyState<K> keyState, E event, long timestamp) {
    KeyedBuffer<K, E, R> kept = keyState == null ? null : kept(keyState);
    boolean late =
        spec.n == 0
            && (context.watermark == Long.MAX_VALUE
                || WindowCursor.plus(timestamp, spec.lateness) < context.watermark
                || kept != null && !kept.buffer.admits(timestamp));
    return late ? FORGOTTEN : OPEN;
  }

  @Override
  void admit(KeyState<K> keyState, E event, long timestamp, int verdict) {
    if (verdict != OPEN) {
      return;
    }
    KeyedBuffer<K, E, R> kept = kept(keyState);
    boolean isNew = kept == null;
    if (isNew) {
      kept = new KeyedBuffer<>(keyState, spec.create());
    }
    held -= kept.buffer.held();
    R value = kept.buffer.offer(timestamp, event);
    held += kept.buffer.held();
    if (isNew) {
      take(kept);
    }
    if (context.tracksChanges && !kept.noted) {
      kept.noted = true;
      changed.add(keyState.key);
    }
    if (value == null) {
      return;
    }
    if (spec.n == 0) {
      long start = WindowCursor.minus(timestamp + 1, spec.size);
      context.immediateResults.add(query, start, timestamp + 1, value);
    } else {
      long seen = kept.buffer.arrivals() - (spec.includesEvent ? 0 : 1);
      context.immediateResults.add(query, Math.max(0, seen - spec.n), seen, value);
    }
  }

  private void take(KeyedBuffer<K, E, R> kept) {
    kept.keyState.groups[place] = kept;
    kept.keyState.references++;
    if (spec.n == 0) {
      timers.add(kept.buffer.end(), kept);
    }
  }

  @Override
  void forget() {
    timers.advance(
        context.watermark,
        (deadline, kept) -> {
          long end = kept.buffer.end();
          if (end > context.watermark) {
            timers.add(end, kept);
          } else {
            drop(kept);
          }
        });
  }

  private void drop(KeyedBuffer<K, E, R> kept) {
    held -= kept.buffer.held();
    kept.keyState.groups[place] = null;
    if (context.tracksChanges) {
      dropped.add(kept.keyState.key);
    }
    context.keyTable.release(kept.keyState);
  }

  @Override
  long states() {
    return held;
  }

  @Override
  long timers() {
    return timers.size();
  }

  @Override
  void save(StateWriter<K> to) {
    StateWriter<K> chunks = to.scope(scope);
    context.keyTable.forEach(
        keyState -> {
          KeyedBuffer<K, E, R> kept = kept(keyState);
          if (kept != null) {
            snapshot.save(keyState.key, kept.buffer, chunks);
          }
        });
  }

  @Override
  void saveChanges(StateWriter<K> to) {
    StateWriter<K> chunks = to.scope(scope);
    dropped.forEach(chunks::remove);
    dropped.clear();
    for (K key : changed) {
      KeyState<K> keyState = context.keyTable.get(key);
      KeyedBuffer<K, E, R> kept = keyState == null ? null : kept(keyState);
      if (kept != null) {
        kept.noted = false;
        snapshot.saveChanges(key, kept.buffer, chunks);
      }
    }
    changed.clear();
  }

  @Override
  void startTrackingChanges() {
    dropped.clear();
    changed.clear();
    context.keyTable.forEach(
        keyState -> {
          KeyedBuffer<K, E, R> kept = kept(keyState);
          if (kept != null) {
            kept.noted = false;
            kept.buffer.taken();
          }
        });
  }

  @Override
  void read(StateReader<K> from, long watermark, List<Runnable> steps) {
    Map<K, TrailingBuffer<E, R>> read = snapshot.read(from.scope(scope));
    for (TrailingBuffer<E, R> buffer : read.values()) {
      if (spec.n == 0 && buffer.end() <= watermark) {
        throw new IllegalArgumentException(
            snapshot.name()
                + ": damaged record: nothing is held until "
                + buffer.end()
                + " at watermark "
                + watermark);
      }
    }
    read.forEach(
        (key, buffer) ->
            steps.add(
                () -> {
                  KeyState<K> keyState = context.keyTable.get(key);
                  take(
                      new KeyedBuffer<>(
                          keyState == null ? context.keyTable.create(key) : keyState, buffer));
                  held += buffer.held();
                }));
  }
}
