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
  int activeIndex = -1;

  private long first;
  private long end;
  private boolean invalid = true;
  private boolean built;
  private long pivot;
  private long split;
  private Object[] suffixes;
  private long suffixBase;
  private Object prefix;
  private boolean ownsPrefix;
  private long prefixEnd;
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
    return valuePivot == pivot || end - first < 3 ? value : null;
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
    if (!invalid && place < end) {
      invalidate(pool);
    }
  }

  /** Moves to a window; cells are looked for anew only if the lane is lost. */
  void moveTo(long windowStart, long windowEnd, StatePool<E, R> pool) {
    PartialRing partials = keySlices.partials;
    if (invalid) {
      first = partials.lowerBound(windowStart);
      end = partials.lowerBound(windowEnd);
      invalid = false;
      return;
    }
    long ringEnd = partials.end();
    while (first < ringEnd && partials.start(first) < windowStart) {
      if (built && first < split - 1) {
        int i = (int) (first - suffixBase);
        pool.releaseScratch(suffixes[i]);
        suffixes[i] = null;
      }
      first++;
      value = null;
    }
    end = Math.max(end, first);
    while (end < ringEnd && partials.start(end) < windowEnd) {
      end++;
      value = null;
    }
  }

  boolean isEmpty() {
    return first >= end;
  }

  /** Whether one of the cells does not bear a mark. */
  boolean hasUnmarked(byte mark) {
    for (long i = first; i < end; i++) {
      if (!keySlices.partials.isMarked(i, mark)) {
        return true;
      }
    }
    return false;
  }

  /** Computes the value of the window moved to, which is not empty. */
  R compute(long pivot, StatePool<E, R> pool) {
    valuePivot = pivot;
    if (end - first == 1) {
      value = pool.result(keySlices.partials.state(first));
      return value;
    }
    updateFolds(pivot, pool);
    if (first >= split) {
      value = pool.result(prefix);
    } else if (split == end) {
      value = pool.result(suffixes[(int) (first - suffixBase)]);
    } else {
      Object both = pool.acquireScratch();
      pool.merge(both, suffixes[(int) (first - suffixBase)]);
      pool.merge(both, prefix);
      value = pool.result(both);
      pool.releaseScratch(both);
    }
    return value;
  }

  /** As {@link #compute}, but gives a state of the caller's own. */
  Object computeState(long pivot, StatePool<E, R> pool) {
    if (end - first == 1) {
      return pool.acquireCopy(keySlices.partials.state(first));
    }
    updateFolds(pivot, pool);
    if (first >= split) {
      return pool.acquireCopy(prefix);
    }
    Object both = pool.acquireCopy(suffixes[(int) (first - suffixBase)]);
    if (split < end) {
      pool.merge(both, prefix);
    }
    return both;
  }

  private void updateFolds(long pivot, StatePool<E, R> pool) {
    PartialRing partials = keySlices.partials;
    if (!built || this.pivot != pivot) {
      release(pool);
      this.pivot = pivot;
      split = Math.min(end, Math.max(first, partials.lowerBound(pivot)));
      foldSuffixes(partials, pool);
      prefixEnd = split;
      built = true;
    }
    if (prefixEnd == split && prefixEnd < end) {
      prefix = partials.state(prefixEnd++);
    }
    for (; prefixEnd < end; prefixEnd++) {
      if (!ownsPrefix) {
        prefix = pool.acquireScratchCopy(prefix);
        ownsPrefix = true;
      }
      pool.merge(prefix, partials.state(prefixEnd));
    }
  }

  private void foldSuffixes(PartialRing partials, StatePool<E, R> pool) {
    int count = (int) (split - first);
    suffixBase = first;
    if (count == 0) {
      return;
    }
    if (suffixes == null || suffixes.length < count) {
      suffixes = new Object[Math.max(4, Integer.highestOneBit(2 * count - 1))];
    }
    Object newer = partials.state(split - 1);
    suffixes[count - 1] = newer;
    for (int i = count - 2; i >= 0; i--) {
      Object fold = pool.acquireScratchCopy(partials.state(first + i));
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
      for (long i = Math.max(first, suffixBase); i < split - 1; i++) {
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
