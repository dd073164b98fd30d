package io.thalweg.anomaly;

import io.thalweg.Fifo;
import java.util.ArrayList;
import java.util.List;

/**
 * FIFO of a statistic that also keeps the newest values, for anomalies to show. It allocates
 * nothing for a value. The result is live: one object, overwritten by the next call of {@code
 * result}.
 *
 * @param <R> the statistic
 */
final class ScoringWindow<R> implements Fifo.OfDouble<ScoringWindow.View<R>> {

  /** A power of two that is at least the number of values an anomaly shows. */
  private static final int NEWEST = 8;

  private final Fifo.OfDouble<R> values;
  private final double[] newest = new double[NEWEST];
  private final View<R> view = new View<>();
  private int added;

  ScoringWindow(Fifo.OfDouble<R> values) {
    this.values = values;
  }

  /** The statistic, the number of values in the window, and the newest of them. */
  static final class View<R> {
    private R statistic;
    private int size;
    private final double[] newest = new double[NEWEST];
    private int added;

    R statistic() {
      return statistic;
    }

    int size() {
      return size;
    }

    /** Returns a new list of the newest values, at most {@code n}, oldest first. */
    List<Double> newest(int n) {
      int count = Math.min(n, size);
      List<Double> values = new ArrayList<>(count + 1);
      for (int back = count; back > 0; back--) {
        values.add(newest[added - back & (NEWEST - 1)]);
      }
      return values;
    }
  }

  @Override
  public void add(double value) {
    values.add(value);
    newest[added++ & (NEWEST - 1)] = value;
  }

  @Override
  public void evict() {
    values.evict();
  }

  @Override
  public int size() {
    return values.size();
  }

  @Override
  public View<R> result() {
    view.statistic = values.result();
    view.size = values.size();
    view.added = added;
    System.arraycopy(newest, 0, view.newest, 0, NEWEST);
    return view;
  }

  @Override
  public void clear() {
    values.clear();
  }

  @Override
  public int flipped() {
    return values.flipped();
  }

  @Override
  public void flip() {
    values.flip();
  }
}
