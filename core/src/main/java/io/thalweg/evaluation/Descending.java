package io.thalweg.evaluation;

import java.util.Arrays;

/** Stable order of values, the highest first, without boxing: O(n log n). */
final class Descending {

  private Descending() {}

  /** Returns the indices of the first {@code n} values; none is NaN, and -0 equals 0. */
  static int[] order(double[] values, int n) {
    double[] ascending = new double[n];
    for (int i = 0; i < n; i++) {
      ascending[i] = values[i] + 0.0; // -0 becomes 0
    }
    Arrays.sort(ascending);
    int distinct = 0;
    for (int i = 0; i < n; i++) {
      if (i == 0 || ascending[i] != ascending[distinct - 1]) {
        ascending[distinct++] = ascending[i];
      }
    }
    int[] ranks = new int[n];
    int[] starts = new int[distinct + 1];
    for (int i = 0; i < n; i++) {
      ranks[i] = distinct - 1 - Arrays.binarySearch(ascending, 0, distinct, values[i] + 0.0);
      starts[ranks[i] + 1]++;
    }
    for (int rank = 0; rank < distinct; rank++) {
      starts[rank + 1] += starts[rank];
    }
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      order[starts[ranks[i]]++] = i;
    }
    return order;
  }
}
