package io.thalweg.window;

import java.util.Arrays;

/**
 * The cells of one key that lie in one query's window, as the window slides.
 *
 * <p>The window is split at a point that follows from its bounds alone (see {@link
 * WindowCursor#pivot}). Cells before it are folded from there backwards, so that the fold of what
 * is left is at hand when the oldest leaves; cells behind it are folded forwards as they come.
 * While the pivot stays, each step merges only what is new; when it moves, the cells so far are
 * folded once. So a cell is merged at most three times however many windows it is in: this is the
 * algorithm of two stacks (Tangwongsan, Hirzel, Schneider, VLDB Journal 30 (2021)) with the points
 * at which it turns over fixed in time, after van Herk and Gil–Werman. That way the value of a
 * window depends on its cells and not on the history of the lane: nothing of it need be saved, and
 * late events can be taken in by forgetting the folds.
 *
 * <p>A window with one cell is that cell, unmerged.
 */
final class SlidingFold<K, E, R> {

  final KeySlices<K> keySlices;

  /** The key, while the lane is active. */
  K key;

  /** The place among the active lanes of the query; -1: none. */
  int active = -1;

  private long from;
  private long to;
  private boolean invalid = true;
  private boolean built;
  private long pivot;
  private long split;
  private Object[] suffixes;
  private long suffixBase;
  private Object prefix;
  private boolean ownsPrefix;
  private long prefixTo;
  private R value;
  private long valuePivot;

  SlidingFold(KeySlices<K> keySlices) {
    this.keySlices = keySlices;
  }

  /**
   * The value of the window as it was last computed; null if something changed since. Three cells
   * or more are folded anew when the pivot moves, or the last bits would tell of the history.
   */
  R value(long pivot) {
    return valuePivot == pivot || to - from < 3 ? value : null;
  }

  /** Says that a cell came behind the others. */
  void invalidateResult() {
    value = null;
  }

  /** Says that a cell inside changed, or that places moved. */
  void invalidate(StatePool<E, R> pool) {
    release(pool);
    invalid = true;
  }

  /** Says that the cells from a place on moved. */
  void partialsMoved(long place, StatePool<E, R> pool) {
    if (!invalid && place < to) {
      invalidate(pool);
    }
  }

  /** Moves to a window; cells are looked for anew only if the lane is lost. */
  void moveTo(long start, long end, StatePool<E, R> pool) {
    PartialRing partials = keySlices.partials;
    if (invalid) {
      from = partials.from(start);
      to = partials.from(end);
      invalid = false;
      return;
    }
    long last = partials.last();
    while (from < last && partials.start(from) < start) {
      if (built && from < split - 1) {
        int i = (int) (from - suffixBase);
        pool.releaseScratch(suffixes[i]);
        suffixes[i] = null;
      }
      from++;
      value = null;
    }
    to = Math.max(to, from);
    while (to < last && partials.start(to) < end) {
      to++;
      value = null;
    }
  }

  boolean isEmpty() {
    return from >= to;
  }

  /** Whether one of the cells does not bear a mark. */
  boolean hasUnmarked(byte mark) {
    for (long i = from; i < to; i++) {
      if (!keySlices.partials.isMarked(i, mark)) {
        return true;
      }
    }
    return false;
  }

  /** Computes the value of the window moved to, which is not empty. */
  R compute(long pivot, StatePool<E, R> pool) {
    valuePivot = pivot;
    if (to - from == 1) {
      value = pool.result(keySlices.partials.state(from));
      return value;
    }
    fold(pivot, pool);
    if (from >= split) {
      value = pool.result(prefix);
    } else if (split == to) {
      value = pool.result(suffixes[(int) (from - suffixBase)]);
    } else {
      Object both = pool.acquireScratch();
      pool.merge(both, suffixes[(int) (from - suffixBase)]);
      pool.merge(both, prefix);
      value = pool.result(both);
      pool.releaseScratch(both);
    }
    return value;
  }

  /** As {@link #compute}, but gives a state of the caller's own. */
  Object computeState(long pivot, StatePool<E, R> pool) {
    if (to - from == 1) {
      return pool.acquireCopy(keySlices.partials.state(from));
    }
    fold(pivot, pool);
    if (from >= split) {
      return pool.acquireCopy(prefix);
    }
    Object both = pool.acquireCopy(suffixes[(int) (from - suffixBase)]);
    if (split < to) {
      pool.merge(both, prefix);
    }
    return both;
  }

  private void fold(long pivot, StatePool<E, R> pool) {
    PartialRing partials = keySlices.partials;
    if (!built || this.pivot != pivot) {
      release(pool);
      this.pivot = pivot;
      split = Math.min(to, Math.max(from, partials.from(pivot)));
      foldBackwards(partials, pool);
      prefixTo = split;
      built = true;
    }
    if (prefixTo == split && prefixTo < to) {
      prefix = partials.state(prefixTo++);
    }
    for (; prefixTo < to; prefixTo++) {
      if (!ownsPrefix) {
        prefix = pool.acquireScratchCopy(prefix);
        ownsPrefix = true;
      }
      pool.merge(prefix, partials.state(prefixTo));
    }
  }

  private void foldBackwards(PartialRing partials, StatePool<E, R> pool) {
    int count = (int) (split - from);
    suffixBase = from;
    if (count == 0) {
      return;
    }
    if (suffixes == null || suffixes.length < count) {
      suffixes = new Object[Math.max(4, Integer.highestOneBit(2 * count - 1))];
    }
    Object newer = partials.state(split - 1);
    suffixes[count - 1] = newer;
    for (int i = count - 2; i >= 0; i--) {
      Object fold = pool.acquireScratchCopy(partials.state(from + i));
      pool.merge(fold, newer);
      suffixes[i] = fold;
      newer = fold;
    }
  }

  /** Gives back all states and forgets the value. */
  void release(StatePool<E, R> pool) {
    value = null;
    if (!built) {
      return;
    }
    built = false;
    if (split > suffixBase) {
      for (long i = Math.max(from, suffixBase); i < split - 1; i++) {
        pool.releaseScratch(suffixes[(int) (i - suffixBase)]);
      }
      Arrays.fill(suffixes, 0, (int) (split - suffixBase), null);
    }
    if (ownsPrefix) {
      pool.releaseScratch(prefix);
      ownsPrefix = false;
    }
    prefix = null;
  }
}
