package io.thalweg.window;

import java.util.Arrays;

/**
 * The cells of one key that lie in one query's window, as the window slides.
 *
 * <p>The window is split at a point that follows from its bounds alone (see {@link Grid#pivot}).
 * Cells before it are folded from there backwards, so that the fold of what is left is at hand when
 * the oldest leaves; cells behind it are folded forwards as they come. While the pivot stays, each
 * step merges only what is new; when it moves, the cells so far are folded once. So a cell is
 * merged at most three times however many windows it is in: this is the algorithm of two stacks
 * (Tangwongsan, Hirzel, Schneider, VLDB Journal 30 (2021)) with the points at which it turns over
 * fixed in time, after van Herk and Gil–Werman. That way the value of a window depends on its cells
 * and not on the history of the lane: nothing of it need be saved, and late events can be taken in
 * by forgetting the folds.
 *
 * <p>A window with one cell is that cell, unmerged.
 */
final class Lane<K, E, R> {

  final Strip<K> strip;

  /** The key, while the lane is active. */
  K key;

  /** The place among the active lanes of the query; -1: none. */
  int active = -1;

  private long from;
  private long to;
  private boolean lost = true;
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

  Lane(Strip<K> strip) {
    this.strip = strip;
  }

  /**
   * The value of the window as it was last computed; null if something changed since. Three cells
   * or more are folded anew when the pivot moves, or the last bits would tell of the history.
   */
  R value(long pivot) {
    return valuePivot == pivot || to - from < 3 ? value : null;
  }

  /** Says that a cell came behind the others. */
  void stir() {
    value = null;
  }

  /** Says that a cell inside changed, or that places moved. */
  void disturb(States<E, R> states) {
    release(states);
    lost = true;
  }

  /** Says that the cells from a place on moved. */
  void shift(long place, States<E, R> states) {
    if (!lost && place < to) {
      disturb(states);
    }
  }

  /** Moves to a window; cells are looked for anew only if the lane is lost. */
  void moveTo(long start, long end, States<E, R> states) {
    Cells cells = strip.cells;
    if (lost) {
      from = cells.from(start);
      to = cells.from(end);
      lost = false;
      return;
    }
    long last = cells.last();
    while (from < last && cells.start(from) < start) {
      if (built && from < split - 1) {
        int i = (int) (from - suffixBase);
        states.giveBack(suffixes[i]);
        suffixes[i] = null;
      }
      from++;
      value = null;
    }
    to = Math.max(to, from);
    while (to < last && cells.start(to) < end) {
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
      if (!strip.cells.isMarked(i, mark)) {
        return true;
      }
    }
    return false;
  }

  /** Computes the value of the window moved to, which is not empty. */
  R compute(long pivot, States<E, R> states) {
    valuePivot = pivot;
    if (to - from == 1) {
      value = states.result(strip.cells.state(from));
      return value;
    }
    fold(pivot, states);
    if (from >= split) {
      value = states.result(prefix);
    } else if (split == to) {
      value = states.result(suffixes[(int) (from - suffixBase)]);
    } else {
      Object both = states.borrow();
      states.merge(both, suffixes[(int) (from - suffixBase)]);
      states.merge(both, prefix);
      value = states.result(both);
      states.giveBack(both);
    }
    return value;
  }

  /** As {@link #compute}, but gives a state of the caller's own. */
  Object computeState(long pivot, States<E, R> states) {
    if (to - from == 1) {
      return states.copy(strip.cells.state(from));
    }
    fold(pivot, states);
    if (from >= split) {
      return states.copy(prefix);
    }
    Object both = states.copy(suffixes[(int) (from - suffixBase)]);
    if (split < to) {
      states.merge(both, prefix);
    }
    return both;
  }

  private void fold(long pivot, States<E, R> states) {
    Cells cells = strip.cells;
    if (!built || this.pivot != pivot) {
      release(states);
      this.pivot = pivot;
      split = Math.min(to, Math.max(from, cells.from(pivot)));
      foldBackwards(cells, states);
      prefixTo = split;
      built = true;
    }
    if (prefixTo == split && prefixTo < to) {
      prefix = cells.state(prefixTo++);
    }
    for (; prefixTo < to; prefixTo++) {
      if (!ownsPrefix) {
        prefix = states.borrowCopy(prefix);
        ownsPrefix = true;
      }
      states.merge(prefix, cells.state(prefixTo));
    }
  }

  private void foldBackwards(Cells cells, States<E, R> states) {
    int count = (int) (split - from);
    suffixBase = from;
    if (count == 0) {
      return;
    }
    if (suffixes == null || suffixes.length < count) {
      suffixes = new Object[Math.max(4, Integer.highestOneBit(2 * count - 1))];
    }
    Object newer = cells.state(split - 1);
    suffixes[count - 1] = newer;
    for (int i = count - 2; i >= 0; i--) {
      Object fold = states.borrowCopy(cells.state(from + i));
      states.merge(fold, newer);
      suffixes[i] = fold;
      newer = fold;
    }
  }

  /** Gives back all states and forgets the value. */
  void release(States<E, R> states) {
    value = null;
    if (!built) {
      return;
    }
    built = false;
    if (split > suffixBase) {
      for (long i = Math.max(from, suffixBase); i < split - 1; i++) {
        states.giveBack(suffixes[(int) (i - suffixBase)]);
      }
      Arrays.fill(suffixes, 0, (int) (split - suffixBase), null);
    }
    if (ownsPrefix) {
      states.giveBack(prefix);
      ownsPrefix = false;
    }
    prefix = null;
  }
}
