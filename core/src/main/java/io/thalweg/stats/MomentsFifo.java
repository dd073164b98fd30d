package io.thalweg.stats;

import io.thalweg.Fifo;
import io.thalweg.Rings;
import java.util.function.Function;

/**
 * Moments of the last values by the two-stacks algorithm, in primitive arrays.
 *
 * <p>The values are in a ring: {@code values[(head + i) & mask]} is the i-th oldest. The first
 * {@code front} of them are the front stack. For each of these, {@code means} and {@code m2s} have
 * at the same index the moments of that value and all newer ones of the front stack. The other
 * values are collected in the {@code back} fields.
 *
 * <p>All means are relative to an anchor: the newest value of the front stack, and the oldest of
 * the back stack. An anchor is inside as long as its stack has a value, so differences from it are
 * at most the range of the values inside. Neither a common offset nor an evicted outlier reduces
 * the accuracy.
 *
 * <p>A value that is not finite is replaced by the anchor and counted separately. While one is
 * inside, the result is that of a {@link MomentsAccumulator} over all values inside; afterwards it
 * has no effect.
 */
final class MomentsFifo<R> implements Fifo.OfDouble<R> {

  private final Function<MomentsAccumulator, R> view;
  private final MomentsAccumulator result = new MomentsAccumulator();
  private double[] values = new double[16];
  private double[] means = new double[16];
  private double[] m2s = new double[16];
  private int head;
  private int size;
  private int front;
  private double frontAnchor;
  private int back;
  private double backAnchor;
  private double backMean;
  private double backM2;
  private int notFinite;

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
    int n = ++back;
    double distance;
    if (Math.abs(value) <= Double.MAX_VALUE) {
      if (n == 1) {
        backAnchor = value;
      }
      distance = value - backAnchor;
    } else {
      notFinite++;
      if (n == 1) {
        backAnchor = 0;
      }
      distance = 0;
    }
    double delta = distance - backMean;
    double step = delta * (1.0 / n);
    backMean += step;
    backM2 += delta * (delta - step);
  }

  @Override
  public void evict() {
    if (size == 0) {
      throw new IllegalStateException("evict needs a value inside: size 0");
    }
    if (front == 0) {
      flip();
    }
    if (!(Math.abs(values[head]) <= Double.MAX_VALUE)) {
      notFinite--;
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
    if (notFinite > 0) {
      addEach();
    } else if (front == 0) {
      set(backAnchor, backMean, backM2);
    } else if (back == 0) {
      set(frontAnchor, means[head], m2s[head]);
    } else {
      // back mean - front mean, with the rounding error of the difference of the anchors (two-sum)
      double apart = backAnchor - frontAnchor;
      double shift = apart - backAnchor;
      double rest = (backAnchor - (apart - shift)) - (frontAnchor + shift);
      double delta = apart + (rest + (backMean - means[head]));
      double step = delta * back / size;
      set(frontAnchor, means[head] + step, m2s[head] + backM2 + delta * step * front);
    }
    return view.apply(result);
  }

  private void set(double anchor, double mean, double m2) {
    double sum = anchor + mean;
    if (!(Math.abs(sum) <= Double.MAX_VALUE) || size == 0) {
      addEach(); // differences overflow, though the values do not
      return;
    }
    double shift = sum - anchor;
    result.set(size, sum, (anchor - (sum - shift)) + (mean - shift), m2, 0);
  }

  private void addEach() {
    result.clear();
    for (int i = 0; i < size; i++) {
      result.add(values[(head + i) & (values.length - 1)]);
    }
  }

  @Override
  public void clear() {
    head = 0;
    size = 0;
    front = 0;
    notFinite = 0;
    clearBack();
  }

  private void clearBack() {
    back = 0;
    backAnchor = 0;
    backMean = 0;
    backM2 = 0;
  }

  @Override
  public int flipped() {
    return front;
  }

  @Override
  public void flip() {
    int mask = values.length - 1;
    frontAnchor = newestFinite();
    double mean = 0;
    double m2 = 0;
    int n = 0;
    for (int i = size - 1; i >= 0; i--) {
      int at = (head + i) & mask;
      double value = values[at];
      n++;
      double distance = Math.abs(value) <= Double.MAX_VALUE ? value - frontAnchor : 0;
      double delta = distance - mean;
      double step = delta * (1.0 / n);
      mean += step;
      m2 += delta * (delta - step);
      means[at] = mean;
      m2s[at] = m2;
    }
    front = size;
    clearBack();
  }

  private double newestFinite() {
    for (int i = size - 1; i >= 0; i--) {
      double value = values[(head + i) & (values.length - 1)];
      if (Double.isFinite(value)) {
        return value;
      }
    }
    return 0;
  }

  private void grow() {
    values = Rings.grow(values, head);
    means = Rings.grow(means, head);
    m2s = Rings.grow(m2s, head);
    head = 0;
  }
}
