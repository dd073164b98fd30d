package io.thalweg.stats;

import io.thalweg.Fifo;
import java.util.function.Function;

/**
 * Moments of the last values by two stacks, in primitive arrays.
 *
 * <p>Values lie in a ring: {@code values[(head + i) & mask]} is the i-th oldest. Of the first
 * {@code front} of them, {@code means} and {@code m2s} hold at the same place the moments of that
 * value and all newer ones of the front. Those behind the front are collected in {@code back}.
 */
final class MomentsFifo<R> implements Fifo.OfDouble<R> {

  private final Function<MomentsAccumulator, R> view;
  private final MomentsAccumulator back = new MomentsAccumulator();
  private final MomentsAccumulator result = new MomentsAccumulator();
  private double[] values = new double[16];
  private double[] means = new double[16];
  private double[] m2s = new double[16];
  private int head;
  private int size;
  private int front;

  MomentsFifo(Function<MomentsAccumulator, R> view) {
    this.view = view;
  }

  @Override
  public void add(double value) {
    if (size == values.length) {
      grow();
    }
    values[(head + size) & (values.length - 1)] = value;
    size++;
    back.add(value);
  }

  @Override
  public void evict() {
    if (size == 0) {
      throw new IllegalStateException("evict needs a value inside: size 0");
    }
    if (front == 0) {
      fold();
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
    if (front == 0) {
      result.clear();
    } else {
      result.set(front, means[head], m2s[head]);
    }
    result.merge(back);
    return view.apply(result);
  }

  @Override
  public void clear() {
    head = 0;
    size = 0;
    front = 0;
    back.clear();
  }

  @Override
  public int folded() {
    return front;
  }

  @Override
  public void fold() {
    int mask = values.length - 1;
    back.clear();
    for (int i = size - 1; i >= 0; i--) {
      int at = (head + i) & mask;
      back.add(values[at]);
      means[at] = back.mean();
      m2s[at] = back.sumOfSquaredDeviations();
    }
    back.clear();
    front = size;
  }

  private void grow() {
    int capacity = values.length;
    if (capacity == 1 << 30) {
      throw new IllegalStateException("a FIFO holds at most 2^30 values: " + size);
    }
    values = unrolled(values);
    means = unrolled(means);
    m2s = unrolled(m2s);
    head = 0;
  }

  private double[] unrolled(double[] ring) {
    double[] larger = new double[2 * ring.length];
    System.arraycopy(ring, head, larger, 0, ring.length - head);
    System.arraycopy(ring, 0, larger, ring.length - head, head);
    return larger;
  }
}
