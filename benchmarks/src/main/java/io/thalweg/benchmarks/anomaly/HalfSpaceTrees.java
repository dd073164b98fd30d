package io.thalweg.benchmarks.anomaly;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Half-space trees in one dimension: Tan, Ting and Liu 2011, Fast anomaly detection for streaming
 * data, doi:10.5591/978-1-57735-516-8/IJCAI11-254. 25 trees of depth 10, windows of 250 values; the
 * first window gives the range of the values.
 */
final class HalfSpaceTrees extends Rival {

  private static final int TREES = 25;
  private static final int DEPTH = 10;
  private static final int WINDOW = 250;
  private static final double LEAST_MASS = 0.1 * WINDOW;

  private final double[] low = new double[TREES];
  private final double[] high = new double[TREES];
  private int[][] reference = new int[TREES][2 << DEPTH];
  private int[][] latest = new int[TREES][2 << DEPTH];
  private final double[] first = new double[WINDOW];
  private int learnt;

  HalfSpaceTrees() {
    SplittableRandom random = new SplittableRandom(42);
    for (int tree = 0; tree < TREES; tree++) {
      double centre = random.nextDouble();
      double half = 2 * Math.max(centre, 1 - centre);
      low[tree] = centre - half;
      high[tree] = centre + half;
    }
  }

  @Override
  public double score(double value, long timestamp) {
    if (learnt < 2 * WINDOW) {
      return Double.NaN;
    }
    double x = normalised(value);
    double sum = 0;
    for (int tree = 0; tree < TREES; tree++) {
      int node = 1;
      int depth = 0;
      double from = low[tree];
      double to = high[tree];
      while (depth < DEPTH && reference[tree][node] > LEAST_MASS) {
        double middle = (from + to) / 2;
        boolean right = x >= middle;
        from = right ? middle : from;
        to = right ? to : middle;
        node = 2 * node + (right ? 1 : 0);
        depth++;
      }
      sum += Math.scalb((double) reference[tree][node], depth);
    }
    return 1 - sum / (TREES * (double) WINDOW * (1 << DEPTH));
  }

  @Override
  public void learn(double value, long timestamp) {
    if (learnt < WINDOW) {
      first[learnt++] = value;
      if (learnt == WINDOW) {
        Arrays.sort(first);
      }
      return;
    }
    double x = normalised(value);
    for (int tree = 0; tree < TREES; tree++) {
      int node = 1;
      double from = low[tree];
      double to = high[tree];
      latest[tree][node]++;
      for (int depth = 0; depth < DEPTH; depth++) {
        double middle = (from + to) / 2;
        boolean right = x >= middle;
        from = right ? middle : from;
        to = right ? to : middle;
        node = 2 * node + (right ? 1 : 0);
        latest[tree][node]++;
      }
    }
    learnt++;
    if (learnt % WINDOW == 0) {
      int[][] old = reference;
      reference = latest;
      latest = old;
      for (int[] masses : latest) {
        Arrays.fill(masses, 0);
      }
    }
  }

  private double normalised(double value) {
    double range = first[WINDOW - 1] - first[0];
    return (value - first[0]) / (range > 0 ? range : 1);
  }
}
