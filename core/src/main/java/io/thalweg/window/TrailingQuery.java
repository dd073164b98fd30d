package io.thalweg.window;

import io.thalweg.Aggregate;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The trailing windows of one query, each event's answered at once from a {@link Trail}. */
final class TrailingQuery<K, E, R> extends Part<K, E, R> {

  private static final class Kept<K, E, R> {
    final Row<K> row;
    final Trail<E, R> trail;
    boolean noted;

    Kept(Row<K> row, Trail<E, R> trail) {
      this.row = row;
      this.trail = trail;
    }
  }

  private final Trail.Shape<E, R> shape;
  private final int place;
  private final int query;
  private final String scope;
  private final TrailSnapshot<K, E, R> snapshot;
  private final Timers<Kept<K, E, R>> timers;
  private final Set<K> dropped = new LinkedHashSet<>();
  private final Set<K> changed = new LinkedHashSet<>();
  private long held;
  private int verdict;

  TrailingQuery(
      Shared<K, E, R> shared,
      int place,
      int query,
      Aggregate<E, ?, R> aggregate,
      Window<?> window) {
    super(shared);
    this.place = place;
    this.query = query;
    this.scope = "trailing" + query;
    this.shape = shape(new TrailOfValues.State<>(aggregate), window, shared.lateness);
    snapshot = new TrailSnapshot<>(shape);
    timers = new Timers<>(shared.watermark);
  }

  private static <E, V, R> Trail.Shape<E, R> shape(
      TrailOfValues.Kind<E, V, R> kind, Window<?> window, long lateness) {
    if (window instanceof Window.Trailing last) {
      return new TrailOfValues.Shape<>(kind, last.size(), 0, lateness, last.includesEvent());
    } else if (window instanceof Window.TrailingCount last) {
      return new TrailOfValues.Shape<>(kind, 0, last.n(), 0, last.includesEvent());
    }
    throw new IllegalArgumentException("not a trailing query: " + window);
  }

  @Override
  boolean answersAtOnce() {
    return true;
  }

  @SuppressWarnings("unchecked") // only this part writes there
  private Kept<K, E, R> kept(Row<K> row) {
    return (Kept<K, E, R>) row.parts[place];
  }

  @Override
  int judge(Row<K> row, E event, long timestamp) {
    Kept<K, E, R> kept = row == null ? null : kept(row);
    boolean late =
        shape.n == 0
            && (shared.watermark == Long.MAX_VALUE
                || Grid.plus(timestamp, shape.lateness) < shared.watermark
                || kept != null && !kept.trail.admits(timestamp));
    verdict = late ? FORGOTTEN : OPEN;
    return verdict;
  }

  @Override
  void admit(Row<K> row, E event, long timestamp) {
    if (verdict != OPEN) {
      return;
    }
    Kept<K, E, R> kept = kept(row);
    boolean isNew = kept == null;
    if (isNew) {
      kept = new Kept<>(row, shape.create());
    }
    held -= kept.trail.held();
    R value = kept.trail.offer(timestamp, event);
    held += kept.trail.held();
    if (isNew) {
      take(kept);
    }
    if (shared.notesChanges && !kept.noted) {
      kept.noted = true;
      changed.add(row.key);
    }
    if (value == null) {
      return;
    }
    if (shape.n == 0) {
      long start = Grid.minus(timestamp + 1, shape.size);
      shared.answers.add(query, start, timestamp + 1, value);
    } else {
      long seen = kept.trail.arrivals() - (shape.includesEvent ? 0 : 1);
      shared.answers.add(query, Math.max(0, seen - shape.n), seen, value);
    }
  }

  private void take(Kept<K, E, R> kept) {
    kept.row.parts[place] = kept;
    kept.row.holds++;
    if (shape.n == 0) {
      timers.add(kept.trail.end(), kept);
    }
  }

  @Override
  void forget() {
    timers.advance(
        shared.watermark,
        (deadline, kept) -> {
          long end = kept.trail.end();
          if (end > shared.watermark) {
            timers.add(end, kept);
          } else {
            drop(kept);
          }
        });
  }

  private void drop(Kept<K, E, R> kept) {
    held -= kept.trail.held();
    kept.row.parts[place] = null;
    if (shared.notesChanges) {
      dropped.add(kept.row.key);
    }
    shared.rows.release(kept.row);
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
    StateWriter<K> chunks = to.within(scope);
    shared.rows.forEach(
        row -> {
          Kept<K, E, R> kept = kept(row);
          if (kept != null) {
            snapshot.save(row.key, kept.trail, chunks);
          }
        });
  }

  @Override
  void saveChanges(StateWriter<K> to) {
    StateWriter<K> chunks = to.within(scope);
    dropped.forEach(chunks::remove);
    dropped.clear();
    for (K key : changed) {
      Row<K> row = shared.rows.get(key);
      Kept<K, E, R> kept = row == null ? null : kept(row);
      if (kept != null) {
        kept.noted = false;
        snapshot.saveChanges(key, kept.trail, chunks);
      }
    }
    changed.clear();
  }

  @Override
  void startNoting() {
    dropped.clear();
    changed.clear();
    shared.rows.forEach(
        row -> {
          Kept<K, E, R> kept = kept(row);
          if (kept != null) {
            kept.noted = false;
            kept.trail.taken();
          }
        });
  }

  @Override
  void read(StateReader<K> from, long watermark, List<Runnable> steps) {
    Map<K, Trail<E, R>> read = snapshot.read(from.within(scope));
    for (Trail<E, R> trail : read.values()) {
      if (shape.n == 0 && trail.end() <= watermark) {
        throw new IllegalArgumentException(
            snapshot.name()
                + ": damaged record: nothing is held until "
                + trail.end()
                + " at watermark "
                + watermark);
      }
    }
    read.forEach(
        (key, trail) ->
            steps.add(
                () -> {
                  Row<K> row = shared.rows.get(key);
                  take(new Kept<>(row == null ? shared.rows.create(key) : row, trail));
                  held += trail.held();
                }));
  }
}
