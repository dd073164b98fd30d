package io.thalweg.stats;

import io.thalweg.Fifo;
import io.thalweg.Rings;

/**
 * Sum of the last values by the two-stacks algorithm, in primitive arrays. It is like {@link
 * MomentsFifo} with sums as suffixes, each an unevaluated sum of two doubles.
 */
final class SumFifo implements Fifo.OfDouble<SumAccumulator> {

  private final SumAccumulator result = new SumAccumulator();
  private final SumAccumulator back = new SumAccumulator();
  private double[] values = new double[16];
  private double[] highs = new double[16];
  private double[] lows = new double[16];
  private int head;
  private int size;
  private int front;

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
      flip();
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
  public SumAccumulator result() {
    result.clear();
    if (front > 0) {
      result.merge(front, highs[head], lows[head]);
    }
    result.merge(back);
    return result;
  }

  @Override
  public void clear() {
    head = 0;
    size = 0;
    front = 0;
    back.clear();
  }

  @Override
  public int flipped() {
    return front;
  }

  @Override
  public void flip() {
    int mask = values.length - 1;
    result.clear();
    for (int i = size - 1; i >= 0; i--) {
      int at = (head + i) & mask;
      result.add(values[at]);
      highs[at] = result.high();
      lows[at] = result.low();
    }
    front = size;
    back.clear();
  }

  private void grow() {
    values = Rings.grow(values, head);
    highs = Rings.grow(highs, head);
    lows = Rings.grow(lows, head);
    head = 0;
  }
}
