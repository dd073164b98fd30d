package io.thalweg.window;

import java.util.Arrays;

/**
 * Incremental aggregation of the partial aggregates of one key over the sliding window of one
 * query.
 */
final class SlidingFold<K, E, R> {

  /*
   * The window is the range [first, end) of positions in the ring of partial aggregates. It is
   * split at the pivot, a point in time that follows from the bounds of the window alone
   * (WindowCursor.pivot):
   *
   *            first          split           end
   *              |  suffixes    |    prefix    |
   *
   *   suffixes[i]  the partials from position suffixBase + i to split, merged from right to left;
   *   prefix       the partials from split to prefixEnd, merged from left to right;
   *   result       suffixes[first - suffixBase] merged with prefix.
   *
   * When the oldest partial leaves the window, the next suffix is already computed. When a partial
   * is appended, it is merged into the prefix. Thus while the pivot stays, a step merges only the
   * new partials. When the pivot moves, the partials of the window are folded once. So each partial
   * is merged at most three times, however many windows contain it.
   *
   * This is the two-stacks algorithm (Tangwongsan, Hirzel, Schneider, VLDB Journal 30 (2021)), with
   * its flips at fixed points in time as in the running extremum of van Herk (1992) and Gil and
   * Werman (1993). Therefore the value of a window depends on its partials only, not on the
   * history of the fold: folds are not saved, and a late event only has to invalidate them.
   *
   * Invariants, while the fold is built:
   *   - suffixBase <= first and split <= prefixEnd <= end;
   *   - suffixes[i] is a scratch state owned by the fold, except the last one, which is the partial
   *     at split - 1 itself; suffixes before first are released and null;
   *   - prefix is the partial at split itself until a second one is merged (ownsPrefix).
   * A window with one partial needs no fold: its result is that of the partial.
   *
   * A partial may be appended at or after the end of the window without further action. If one
   * before the end is inserted or changed, the caller must call invalidate().
   */

  final KeySlices<K> keySlices;

  /** The key, while the fold is active. */
  K key;

  /** The index in the active folds of the query; -1 if it is not active. */
  int activeIndex = -1;

  private long first;
  private long end;

  /** True if {@link #first} and {@link #end} must be looked up again. */
  private boolean invalid = true;

  /** True if suffixes and prefix are computed. */
  private boolean built;

  private long pivot;
  private long split;
  private Object[] suffixes;
  private long suffixBase;
  private Object prefix;
  private boolean ownsPrefix;
  private long prefixEnd;

  /** The cached value of the window; null if there is none. */
  private R value;

  /** The pivot with which {@link #value} was computed. */
  private long valuePivot;

  SlidingFold(KeySlices<K> keySlices) {
    this.keySlices = keySlices;
  }

  /**
   * Returns the cached value of the window, or null if it must be computed. With three partials or
   * more, a new pivot changes the order of the merges and thus possibly the last bits of the value.
   */
  R value(long pivot) {
    return valuePivot == pivot || end - first < 3 ? value : null;
  }

  /** Drops the cached value, after a partial aggregate was appended. */
  void invalidateValue() {
    value = null;
  }

  /**
   * Drops the suffixes, the prefix and the cached value, after a partial aggregate in the window
   * changed or positions moved.
   */
  void invalidate(StatePool<E, R> pool) {
    release(pool);
    invalid = true;
  }

  /** Drops all folds if the partial aggregates from a position on moved. */
  void partialsMoved(long position, StatePool<E, R> pool) {
    if (!invalid && position < end) {
      invalidate(pool);
    }
  }

  /** Moves to a window, which does not start or end earlier than the previous one. */
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

  /** Returns true if a partial aggregate in the window lacks a mark. */
  boolean hasUnmarked(byte mark) {
    for (long i = first; i < end; i++) {
      if (!keySlices.partials.isMarked(i, mark)) {
        return true;
      }
    }
    return false;
  }

  /** Computes the value of the current window, which is not empty. */
  R compute(long pivot, StatePool<E, R> pool) {
    valuePivot = pivot;
    if (end - first == 1) {
      value = pool.result(keySlices.partials.state(first));
      return value;
    }
    updateSuffixesAndPrefix(pivot, pool);
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

  /** Computes the state of the current window, as {@link #compute}. The caller owns the state. */
  Object computeState(long pivot, StatePool<E, R> pool) {
    if (end - first == 1) {
      return pool.acquireCopy(keySlices.partials.state(first));
    }
    updateSuffixesAndPrefix(pivot, pool);
    if (first >= split) {
      return pool.acquireCopy(prefix);
    }
    Object both = pool.acquireCopy(suffixes[(int) (first - suffixBase)]);
    if (split < end) {
      pool.merge(both, prefix);
    }
    return both;
  }

  private void updateSuffixesAndPrefix(long pivot, StatePool<E, R> pool) {
    PartialRing partials = keySlices.partials;
    if (!built || this.pivot != pivot) {
      release(pool);
      this.pivot = pivot;
      split = Math.min(end, Math.max(first, partials.lowerBound(pivot)));
      mergeSuffixes(partials, pool);
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

  private void mergeSuffixes(PartialRing partials, StatePool<E, R> pool) {
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

  /** Releases all scratch states and drops the cached value. */
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
