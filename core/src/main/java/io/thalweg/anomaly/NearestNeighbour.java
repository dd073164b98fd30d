package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Locale;

/** Detector of {@link Detectors#nearestNeighbour}. */
final class NearestNeighbour implements Detector {

  /** The number of recent gaps that reduce the score of smaller ones. */
  static final int GAPS = 300;

  private static final double PERCENT = 100;

  private final int minValues;
  private final SortedWindow window;
  private final LastValues gaps = new LastValues(GAPS);

  /** The largest of the gaps. */
  private double largestGap;

  NearestNeighbour(int n, int minValues) {
    this.minValues = minValues;
    window = new SortedWindow(n);
  }

  /** Returns the distance to the nearest value, 0 within the floor; the window is not empty. */
  private double gap(double value) {
    double gap = window.nearestDistance(value);
    return gap <= Resolution.floor(value) ? 0 : gap;
  }

  @Override
  public double score(double value, long timestamp) {
    if (window.size() < minValues) {
      return Double.NaN;
    }
    double limited = Resolution.limit(value);
    double gap = gap(limited);
    if (gap == 0) {
      return 0;
    }
    double range = Math.max(window.max(), limited) - Math.min(window.min(), limited);
    return PERCENT * (gap / range) * (gap < largestGap ? gap / largestGap : 1);
  }

  @Override
  public void learn(double value, long timestamp) {
    double limited = Resolution.limit(value);
    if (window.size() > 0) {
      learnGap(gap(limited));
    }
    window.add(limited);
  }

  private void learnGap(double gap) {
    double evicted = gaps.isFull() ? gaps.get(0) : -1;
    gaps.add(gap);
    if (gap >= largestGap) {
      largestGap = gap;
    } else if (evicted == largestGap) {
      largestGap = gaps.max();
    }
  }

  /**
   * {@inheritDoc} Beyond the greatest value by d the score is {@code d / (range + d) · min(1, d /
   * largest gap)}. It rises with d, and its inverse is the solution of a linear or, below the
   * largest gap, a quadratic equation.
   */
  @Override
  public void expect(long timestamp, double score, ExpectedRange range) {
    if (window.size() < minValues) {
      range.clear();
      return;
    }
    double distance = Double.POSITIVE_INFINITY;
    if (score < PERCENT) {
      double least = Math.max(score, 0) / PERCENT;
      double width = window.max() - window.min();
      distance = least * width / (1 - least);
      if (distance < largestGap) {
        double half = least * largestGap / 2;
        distance = half + Math.sqrt(half * half + 2 * half * width);
      }
    }
    Resolution.expect(
        window.median(),
        window.min() - Math.max(distance, Resolution.floor(window.min())),
        window.max() + Math.max(distance, Resolution.floor(window.max())),
        range);
  }

  @Override
  public String evidence(double value, long timestamp) {
    double gap = gap(Resolution.limit(value));
    return String.format(
        Locale.ROOT,
        "%.3g from the nearest of the last %d values, which range from %.6g to %.6g",
        gap,
        window.size(),
        window.min(),
        window.max());
  }

  @Override
  public void write(DataOutput out) throws IOException {
    window.write(out);
    gaps.write(out);
  }

  @Override
  public void read(DataInput in) throws IOException {
    window.read(in);
    gaps.read(in);
    for (int i = 0; i < gaps.size(); i++) {
      Resolution.require(gaps.get(i) >= 0, "gaps must not be negative", gaps.get(i));
    }
    largestGap = Math.max(0, gaps.max());
  }
}
