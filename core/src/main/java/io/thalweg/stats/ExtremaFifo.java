package io.thalweg.stats;

import io.thalweg.Fifo;
import io.thalweg.Rings;
import java.util.function.Function;

/**
 * Extrema of the last values by the two-stacks algorithm, in primitive arrays. It is like {@link
 * MomentsFifo} with extrema as suffixes. The result is exact and does not depend on the last flip,
 * so {@link #flipped} is always 0. A monotonic queue was twice as slow because of branch
 * mispredictions.
 */
final class ExtremaFifo<R> implements Fifo.OfDouble<R> {

  private final Function<ExtremaAccumulator, R> view;
  private final ExtremaAccumulator result = new ExtremaAccumulator();
  private double[] values = new double[16];
  private double[] mins = new double[16];
  private double[] maxs = new double[16];
  private int head;
  private int size;
  private int front;
  private double backMin = Double.POSITIVE_INFINITY;
  private double backMax = Double.NEGATIVE_INFINITY;

  ExtremaFifo(Function<ExtremaAccumulator, R> view) {
    this.view = view;
  }

  @Override
  public void add(double value) {
    if (size == values.length) {
      grow();
    }
    values[(head + size) & (values.length - 1)] = value;
    size++;
    backMin = Math.min(backMin, value);
    backMax = Math.max(backMax, value);
  }

  @Override
  public void evict() {
    if (size == 0) {
      throw new IllegalStateException("evict needs a value inside: size 0");
    }
    if (front == 0) {
      turn();
    }
    head = (head + 1) & (values.length - 1);
    size--;
    front--;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public R result() {
    result.clear();
    if (front > 0) {
      result.merge(front, mins[head], maxs[head]);
    }
    result.merge(size - front, backMin, backMax);
    return view.apply(result);
  }

  @Override
  public void clear() {
    head = 0;
    size = 0;
    front = 0;
    clearBack();
  }

  private void clearBack() {
    backMin = Double.POSITIVE_INFINITY;
    backMax = Double.NEGATIVE_INFINITY;
  }

  private void turn() {
    int mask = values.length - 1;
    clearBack();
    for (int i = size - 1; i >= 0; i--) {
      int at = (head + i) & mask;
      backMin = Math.min(backMin, values[at]);
      backMax = Math.max(backMax, values[at]);
      mins[at] = backMin;
      maxs[at] = backMax;
    }
    clearBack();
    front = size;
  }

  private void grow() {
    values = Rings.grow(values, head);
    mins = Rings.grow(mins, head);
    maxs = Rings.grow(maxs, head);
    head = 0;
  }
}
