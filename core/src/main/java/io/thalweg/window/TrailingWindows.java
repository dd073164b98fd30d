package io.thalweg.window;

import io.thalweg.Aggregate;
import io.thalweg.KeyedState;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.window.OperatorStateIo.OperatorState;
import java.util.List;

/** The trailing windows of one query: each event is answered immediately. */
final class TrailingWindows<K, E, R> extends WindowGroup<K, E, R> {

  private final int place;
  private final int query;
  private final String scope;
  private final TrailingEngine<K, E, R> engine;

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
    this.engine =
        new TrailingEngine<>(
            spec(new ValueBuffer.StateSource<>(aggregate), window, context.lateness),
            context.idle,
            Integer.MAX_VALUE);
  }

  private static <E, V, R> TrailingBuffer.TrailingSpec<E, R> spec(
      ValueBuffer.Source<E, V, R> source, WindowSpec<?> window, long lateness) {
    if (window instanceof WindowSpec.Trailing last) {
      return new ValueBuffer.ValueSpec<>(source, last.size(), 0, lateness, last.includesEvent());
    } else if (window instanceof WindowSpec.TrailingCount last) {
      return new ValueBuffer.ValueSpec<>(source, 0, last.n(), 0, last.includesEvent());
    }
    throw new IllegalArgumentException("not a trailing query: " + window);
  }

  @Override
  boolean emitsImmediately() {
    return true;
  }

  @SuppressWarnings("unchecked") // only this group writes there
  private KeyedState.Entry<K, TrailingBuffer<E, R>> entry(KeyState<K> keyState) {
    return (KeyedState.Entry<K, TrailingBuffer<E, R>>) keyState.groups[place];
  }

  @Override
  int judge(KeyState<K> keyState, E event, long timestamp) {
    KeyedState.Entry<K, TrailingBuffer<E, R>> entry = keyState == null ? null : entry(keyState);
    return engine.isLate(entry, timestamp, context.watermark) ? FORGOTTEN : ACCEPTED;
  }

  @Override
  void admit(KeyState<K> keyState, E event, long timestamp, int verdict) {
    if (verdict != ACCEPTED) {
      return;
    }
    KeyedState.Entry<K, TrailingBuffer<E, R>> entry = entry(keyState);
    if (entry == null) {
      entry = engine.buffers.create(keyState.key, timestamp);
      attach(keyState, entry);
    }
    R value = engine.add(entry, timestamp, event);
    if (value != null) {
      long end = engine.spec.end(entry.state(), timestamp);
      context.immediateResults.add(keyState.key, query, engine.spec.start(end), end, value);
    }
  }

  private void attach(KeyState<K> keyState, KeyedState.Entry<K, TrailingBuffer<E, R>> entry) {
    keyState.groups[place] = entry;
    keyState.references++;
  }

  @Override
  void forget() {
    if (engine.spec.n == 0) {
      removeExpired();
    }
  }

  @Override
  int expireKeys() {
    return engine.spec.n > 0 ? removeExpired() : 0;
  }

  private int removeExpired() {
    int before = engine.buffers.size();
    engine.expire(
        context.watermark,
        entry -> {
          KeyState<K> keyState = context.keyTable.get(entry.key());
          keyState.groups[place] = null;
          context.keyTable.release(keyState);
        });
    return before - engine.buffers.size();
  }

  @Override
  long states() {
    return engine.events();
  }

  @Override
  long timers() {
    return engine.timers();
  }

  @Override
  void save(StateWriter<K> to) {
    StateWriter<K> chunks = to.scope(scope);
    context.keyTable.forEach(
        keyState -> {
          KeyedState.Entry<K, TrailingBuffer<E, R>> entry = entry(keyState);
          if (entry != null) {
            engine.buffers.save(entry, chunks);
          }
        });
  }

  @Override
  void saveChanges(StateWriter<K> to) {
    engine.buffers.saveChanges(to.scope(scope));
  }

  @Override
  void startTrackingChanges() {
    engine.buffers.startTrackingChanges();
  }

  @Override
  void read(StateReader<K> from, OperatorState saved, List<Runnable> steps) {
    List<KeyedState.Entry<K, TrailingBuffer<E, R>>> read =
        engine.read(from.scope(scope), saved.watermark());
    for (KeyedState.Entry<K, TrailingBuffer<E, R>> entry : read) {
      steps.add(
          () -> {
            KeyState<K> keyState = context.keyTable.get(entry.key());
            attach(keyState == null ? context.keyTable.create(entry.key()) : keyState, entry);
          });
    }
    if (!read.isEmpty()) {
      steps.add(() -> engine.addAll(read));
    }
  }
}
