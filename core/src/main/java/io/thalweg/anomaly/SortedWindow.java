package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * The last n values in order of arrival and sorted, in two flat arrays of 8 bytes a value. A new
 * value takes the place of the oldest by one move of the values between them.
 */
final class SortedWindow {

  private final LastValues values;
  private double[] sorted = new double[16];

  SortedWindow(int capacity) {
    values = new LastValues(capacity);
  }

  int size() {
    return values.size();
  }

  /** Adds a value, in place of the oldest if the window is full. */
  void add(double value) {
    double added = value + 0.0; // no -0.0, which == does not tell apart from 0.0
    int size = values.size();
    int to = countBelow(added);
    if (values.isFull()) {
      int from = countBelow(values.get(0));
      if (from < to) {
        System.arraycopy(sorted, from + 1, sorted, from, --to - from);
      } else {
        System.arraycopy(sorted, to, sorted, to + 1, from - to);
      }
    } else {
      if (size == sorted.length) {
        sorted = Arrays.copyOf(sorted, (int) Math.min(2L * size, values.capacity()));
      }
      System.arraycopy(sorted, to, sorted, to + 1, size - to);
    }
    sorted[to] = added;
    values.add(added);
  }

  /** Returns the number of values below a value, by a search without unpredictable branches. */
  int countBelow(double value) {
    int base = 0;
    int rest = values.size();
    while (rest > 1) {
      int half = rest >>> 1;
      base = sorted[base + half - 1] < value ? base + half : base;
      rest -= half;
    }
    return rest == 1 && sorted[base] < value ? base + 1 : base;
  }

  /** Returns a value by rank; 0 is the least. */
  double get(int rank) {
    return sorted[rank];
  }

  double min() {
    return sorted[0];
  }

  double max() {
    return sorted[values.size() - 1];
  }

  /** Returns the median of at least one value. */
  double median() {
    int size = values.size();
    double lower = sorted[(size - 1) >>> 1];
    return lower + (sorted[size >>> 1] - lower) / 2;
  }

  /**
   * Returns the upper median of the distances from the median: the least radius with more than half
   * of the values. As the lower end of a run of that many sorted values rises, its distance to the
   * median falls and that of the upper end rises; bisection finds the place where they cross.
   */
  double medianAbsoluteDeviation() {
    int size = values.size();
    int inside = (size >>> 1) + 1;
    double median = median();
    int low = 0;
    int high = size - inside;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle + inside - 1] - median >= median - sorted[middle]) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    double radius = Math.max(sorted[low + inside - 1] - median, median - sorted[low]);
    return low == 0 ? radius : Math.min(radius, median - sorted[low - 1]);
  }

  /** Returns the mean distance from a point. */
  double meanDistance(double point) {
    return values.meanDistance(point);
  }

  /** Returns the distance to the nearest value. There must be one. */
  double nearestDistance(double value) {
    int above = countBelow(value);
    double distance = above < values.size() ? sorted[above] - value : Double.POSITIVE_INFINITY;
    return above > 0 ? Math.min(distance, value - sorted[above - 1]) : distance;
  }

  void write(DataOutput out) throws IOException {
    values.write(out);
  }

  /** Reads the values into an empty window. */
  void read(DataInput in) throws IOException {
    values.read(in);
    sorted = new double[Math.max(values.size(), Math.min(16, values.capacity()))];
    values.copyTo(sorted);
    Arrays.sort(sorted, 0, values.size());
  }
}
