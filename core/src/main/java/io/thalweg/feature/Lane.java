package io.thalweg.feature;

import io.thalweg.stats.ExtremaAccumulator;
import io.thalweg.stats.MomentsAccumulator;
import io.thalweg.stats.SumAccumulator;

/**
 * Statistic of the numbers in a window by the two-stacks algorithm, in the cells of a buffer of
 * events. The lane itself has no state of a key.
 *
 * <p>The {@code front} oldest events of the window are the front stack: the row of each has the
 * fold of its value and of all newer ones of the front. The values of the other events are folded
 * into the head of the buffer. When the front is empty and an event is evicted, all events become
 * the front: O(1) amortised, by merging only. A value that is NaN is absent and changes no fold.
 *
 * <p>A cell is a {@code long} or the bits of a {@code double}.
 */
abstract class Lane {

  /** The place of the value in a row. */
  final int column;

  /** The place of the fold in a row. */
  final int suffix;

  /** The place in the head: the number of events in the front, then the fold of the others. */
  final int head;

  Lane(int column, int suffix, int head) {
    this.column = column;
    this.suffix = suffix;
    this.head = head;
  }

  /** Returns true if a statistic is kept in cells. */
  static boolean isOf(Statistic.Kind kind) {
    return switch (kind) {
      case MOMENTS, SUM, EXTREMA, TREND -> true;
      default -> false;
    };
  }

  /** Returns the number of cells of a statistic in a row. */
  static int suffixCells(Statistic.Kind kind) {
    return switch (kind) {
      case MOMENTS -> 3;
      case TREND -> Trend.CELLS;
      default -> 2;
    };
  }

  /** Returns the number of cells of a statistic in the head. */
  static int headCells(Statistic.Kind kind) {
    return switch (kind) {
      case MOMENTS -> 6;
      case TREND -> 1 + Trend.CELLS;
      default -> 3;
    };
  }

  static Lane of(Statistic.Kind kind, int column, int suffix, int head) {
    return switch (kind) {
      case MOMENTS -> new OfMoments(column, suffix, head);
      case SUM -> new OfSum(column, suffix, head);
      case EXTREMA -> new OfExtrema(column, suffix, head);
      case TREND -> new OfTrend(column, suffix, head);
      default -> throw new IllegalArgumentException("not of numbers: " + kind);
    };
  }

  /** Folds the value of the newest event into the head. */
  final void add(long[] cells, int row) {
    double value = number(cells, row + column);
    if (!Double.isNaN(value)) {
      fold(cells, cells[row], value);
    }
  }

  /** Removes the oldest of the events in a range of indexes. */
  final void evict(EventRows events, int from, int to) {
    long[] cells = events.cells();
    if (cells[head] == 0) {
      flip(events, from, to);
    }
    cells[head]--;
  }

  /** Makes the events in a range of indexes the front stack. */
  final void flip(EventRows events, int from, int to) {
    stack(events, from, to);
    long[] cells = events.cells();
    clear(cells);
    cells[head] = to - from;
  }

  /** Folds a value and its time into the head. */
  abstract void fold(long[] cells, long time, double value);

  /** Writes the folds of events into their rows, from the newest to the oldest. */
  abstract void stack(EventRows events, int from, int to);

  /** Empties the front and the head. */
  abstract void clear(long[] cells);

  /**
   * Returns the result of a window that is kept.
   *
   * @param oldest the row of its oldest event; not read if the front is empty
   */
  abstract Object result(long[] cells, int oldest);

  /** Returns the result over the events in a range of indexes. */
  abstract Object over(EventRows events, int from, int to);

  static double number(long[] cells, int at) {
    return Double.longBitsToDouble(cells[at]);
  }

  static void set(long[] cells, int at, double value) {
    cells[at] = Double.doubleToRawLongBits(value);
  }

  /**
   * Count, mean and sum of squared deviations. Means are relative to an anchor: the newest value of
   * the front stack, and the oldest of the others. An anchor is inside as long as its stack has a
   * value, so neither a common offset nor an evicted outlier costs digits.
   */
  private static final class OfMoments extends Lane {
    private final MomentsResult result = new MomentsResult();
    private final MomentsAccumulator sum = new MomentsAccumulator();

    OfMoments(int column, int suffix, int head) {
      super(column, suffix, head);
    }

    // In the head: count, mean, squares and anchor of the others, then the anchor of the front.

    @Override
    void fold(long[] cells, long time, double value) {
      long n = ++cells[head + 1];
      if (n == 1) {
        set(cells, head + 4, value);
      }
      double mean = number(cells, head + 2);
      double delta = value - number(cells, head + 4) - mean;
      double step = delta / n;
      set(cells, head + 2, mean + step);
      set(cells, head + 3, number(cells, head + 3) + delta * (delta - step));
    }

    @Override
    void stack(EventRows events, int from, int to) {
      long[] cells = events.cells();
      double anchor = 0;
      double mean = 0;
      double squares = 0;
      long n = 0;
      for (int i = to - 1; i >= from; i--) {
        int row = events.row(i);
        double value = number(cells, row + column);
        if (!Double.isNaN(value)) {
          n++;
          anchor = n == 1 ? value : anchor;
          double delta = value - anchor - mean;
          double step = delta / n;
          mean += step;
          squares += delta * (delta - step);
        }
        cells[row + suffix] = n;
        set(cells, row + suffix + 1, mean);
        set(cells, row + suffix + 2, squares);
      }
      set(cells, head + 5, anchor);
    }

    @Override
    void clear(long[] cells) {
      cells[head] = 0;
      cells[head + 1] = 0;
      cells[head + 2] = 0;
      cells[head + 3] = 0;
    }

    @Override
    Object result(long[] cells, int oldest) {
      long front = cells[head] == 0 ? 0 : cells[oldest + suffix];
      long back = cells[head + 1];
      if (front == 0) {
        return result.set(
            back, number(cells, head + 4) + number(cells, head + 2), number(cells, head + 3));
      }
      double mean = number(cells, oldest + suffix + 1);
      double squares = number(cells, oldest + suffix + 2);
      double anchor = number(cells, head + 5);
      if (back == 0) {
        return result.set(front, anchor + mean, squares);
      }
      // back mean - front mean, with the rounding error of the difference of the anchors (two-sum)
      double backAnchor = number(cells, head + 4);
      double apart = backAnchor - anchor;
      double shift = apart - backAnchor;
      double rest = (backAnchor - (apart - shift)) - (anchor + shift);
      double delta = apart + (rest + (number(cells, head + 2) - mean));
      double step = delta * back / (front + back);
      return result.set(
          front + back,
          anchor + (mean + step),
          squares + number(cells, head + 3) + delta * step * front);
    }

    @Override
    Object over(EventRows events, int from, int to) {
      sum.clear();
      for (int i = from; i < to; i++) {
        double value = number(events.cells(), events.row(i) + column);
        if (!Double.isNaN(value)) {
          sum.add(value);
        }
      }
      return result.set(sum);
    }
  }

  /** Sum as an unevaluated sum of two doubles. */
  private static final class OfSum extends Lane {
    private final SumAccumulator result = new SumAccumulator();

    OfSum(int column, int suffix, int head) {
      super(column, suffix, head);
    }

    @Override
    void fold(long[] cells, long time, double value) {
      double high = number(cells, head + 1);
      double sum = high + value;
      set(cells, head + 1, sum);
      set(cells, head + 2, number(cells, head + 2) + error(high, value, sum));
    }

    /** Returns the rounding error of a sum (Knuth's two-sum). */
    private static double error(double a, double b, double sum) {
      double shift = sum - a;
      double error = (a - (sum - shift)) + (b - shift);
      return Double.isNaN(error) ? 0 : error;
    }

    @Override
    void stack(EventRows events, int from, int to) {
      long[] cells = events.cells();
      double high = 0;
      double low = 0;
      for (int i = to - 1; i >= from; i--) {
        int row = events.row(i);
        double value = number(cells, row + column);
        if (!Double.isNaN(value)) {
          double sum = high + value;
          low += error(high, value, sum);
          high = sum;
        }
        set(cells, row + suffix, high);
        set(cells, row + suffix + 1, low);
      }
    }

    @Override
    void clear(long[] cells) {
      cells[head] = 0;
      cells[head + 1] = 0;
      cells[head + 2] = 0;
    }

    @Override
    Object result(long[] cells, int oldest) {
      result.clear();
      if (cells[head] > 0) {
        result.add(number(cells, oldest + suffix));
        result.add(number(cells, oldest + suffix + 1));
      }
      result.add(number(cells, head + 1));
      result.add(number(cells, head + 2));
      return result;
    }

    @Override
    Object over(EventRows events, int from, int to) {
      result.clear();
      for (int i = from; i < to; i++) {
        double value = number(events.cells(), events.row(i) + column);
        if (!Double.isNaN(value)) {
          result.add(value);
        }
      }
      return result;
    }
  }

  /** Minimum and maximum. */
  private static final class OfExtrema extends Lane {
    private final ExtremaAccumulator result = new ExtremaAccumulator();

    OfExtrema(int column, int suffix, int head) {
      super(column, suffix, head);
    }

    @Override
    void fold(long[] cells, long time, double value) {
      set(cells, head + 1, Math.min(number(cells, head + 1), value));
      set(cells, head + 2, Math.max(number(cells, head + 2), value));
    }

    @Override
    void stack(EventRows events, int from, int to) {
      long[] cells = events.cells();
      double min = Double.POSITIVE_INFINITY;
      double max = Double.NEGATIVE_INFINITY;
      for (int i = to - 1; i >= from; i--) {
        int row = events.row(i);
        double value = number(cells, row + column);
        if (!Double.isNaN(value)) {
          min = Math.min(min, value);
          max = Math.max(max, value);
        }
        set(cells, row + suffix, min);
        set(cells, row + suffix + 1, max);
      }
    }

    @Override
    void clear(long[] cells) {
      cells[head] = 0;
      set(cells, head + 1, Double.POSITIVE_INFINITY);
      set(cells, head + 2, Double.NEGATIVE_INFINITY);
    }

    @Override
    Object result(long[] cells, int oldest) {
      result.clear();
      double min = number(cells, head + 1);
      double max = number(cells, head + 2);
      if (cells[head] > 0) {
        min = Math.min(min, number(cells, oldest + suffix));
        max = Math.max(max, number(cells, oldest + suffix + 1));
      }
      if (min <= max) {
        result.add(min);
        result.add(max);
      }
      return result;
    }

    @Override
    Object over(EventRows events, int from, int to) {
      result.clear();
      for (int i = from; i < to; i++) {
        double value = number(events.cells(), events.row(i) + column);
        if (!Double.isNaN(value)) {
          result.add(value);
        }
      }
      return result;
    }
  }

  /** Least-squares line over time. */
  private static final class OfTrend extends Lane {
    private final Trend result = new Trend();
    private final Trend part = new Trend();

    OfTrend(int column, int suffix, int head) {
      super(column, suffix, head);
    }

    @Override
    void fold(long[] cells, long time, double value) {
      part.load(cells, head + 1);
      part.add(time, value);
      part.store(cells, head + 1);
    }

    @Override
    void stack(EventRows events, int from, int to) {
      long[] cells = events.cells();
      part.clear();
      for (int i = to - 1; i >= from; i--) {
        int row = events.row(i);
        part.add(cells[row], number(cells, row + column));
        part.store(cells, row + suffix);
      }
    }

    @Override
    void clear(long[] cells) {
      cells[head] = 0;
      part.clear();
      part.store(cells, head + 1);
    }

    @Override
    Object result(long[] cells, int oldest) {
      result.clear();
      if (cells[head] > 0) {
        result.load(cells, oldest + suffix);
      }
      part.load(cells, head + 1);
      result.merge(part);
      return result;
    }

    @Override
    Object over(EventRows events, int from, int to) {
      result.clear();
      for (int i = from; i < to; i++) {
        int row = events.row(i);
        result.add(events.cells()[row], number(events.cells(), row + column));
      }
      return result;
    }
  }
}
