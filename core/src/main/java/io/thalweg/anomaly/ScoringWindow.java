package io.thalweg.anomaly;

import io.thalweg.Fifo;
import io.thalweg.stats.MomentsAccumulator;
import java.util.ArrayList;
import java.util.List;

/**
 * The moments of a window and its newest values, without allocation. The result is live: one
 * object, overwritten by the next call of {@code result}.
 */
final class ScoringWindow implements Fifo.OfDouble<ScoringWindow.View> {

  /** A power of two that holds the newest values an alert shows. */
  private static final int NEWEST = 8;

  private final Fifo.OfDouble<MomentsAccumulator> moments = MomentsAccumulator.fifo();
  private final double[] newest = new double[NEWEST];
  private final View view = new View();
  private int added;

  static final class View {
    MomentsAccumulator moments;
    private final double[] newest = new double[NEWEST];
    private int added;

    /** The newest values, at most {@code n}, oldest first. */
    List<Double> newest(int n) {
      int count = (int) Math.min(n, moments.count());
      List<Double> values = new ArrayList<>(count + 1);
      for (int back = count; back > 0; back--) {
        values.add(newest[added - back & (NEWEST - 1)]);
      }
      return values;
    }
  }

  @Override
  public void add(double value) {
    moments.add(value);
    newest[added++ & (NEWEST - 1)] = value;
  }

  @Override
  public void evict() {
    moments.evict();
  }

  @Override
  public int size() {
    return moments.size();
  }

  @Override
  public View result() {
    view.moments = moments.result();
    view.added = added;
    System.arraycopy(newest, 0, view.newest, 0, NEWEST);
    return view;
  }

  @Override
  public void clear() {
    moments.clear();
  }

  @Override
  public int flipped() {
    return moments.flipped();
  }

  @Override
  public void flip() {
    moments.flip();
  }
}
