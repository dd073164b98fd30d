package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.List;

/**
 * Deviation of a value from two exponentially weighted means, over the memories of 50 and of 200
 * values: the larger of {@code |value - mean| / s}.
 *
 * <p>The weight of an anomaly is bounded. A value counts as at most {@value #BOUND} s from the mean
 * (Huber's location estimate, <a
 * href="https://doi.org/10.1214/aoms/1177703732">doi:10.1214/aoms/1177703732</a>), and s is at
 * least {@value #FLOOR} of the standard deviation without bounds, so that a mean which is far off
 * is not kept: both move on. The recursion of mean and variance is West's (<a
 * href="https://doi.org/10.1145/359146.359153">doi:10.1145/359146.359153</a>).
 *
 * <p>The deviation remembers: it is at least the weighted mean of the ones before, so that all rows
 * of an anomaly rank high.
 */
final class Deviation {

  private static final double FAST = 0.02;
  private static final double SLOW = 0.005;
  private static final double RAW = 0.01;
  private static final double BOUND = 2;
  private static final double FLOOR = 0.1;

  /** The number of values before learning is bounded. */
  private static final int UNBOUNDED = 30;

  /**
   * The number of values beyond the bound, on one side in a row, after which the mean moves there.
   */
  private static final int ADMISSION = 20;

  /** A change is small up to this share of the scale; after so many in a row all starts anew. */
  private static final double SMALL = 1e-6;

  private static final int RENEWAL = 100;

  private static final double RECALL = 0.3;
  private static final double MAX_RECALL = 50;

  private static final double MAX_VARIANCE = 5e300;

  private static final class Moments {
    final double share;
    double mean;
    double variance;

    /** The number of values beyond the bound in a row, negative below the mean. */
    int beyond;

    Moments(double share) {
      this.share = share;
    }

    void add(double value, long count) {
      double weight = Math.max(share, 1.0 / (count + 1));
      double difference = value - mean;
      mean += weight * difference;
      variance = (1 - weight) * (variance + weight * difference * difference);
    }

    double scale(double raw) {
      double floor = Resolution.floor(mean);
      return Math.max(Math.max(Math.sqrt(variance), FLOOR * raw), floor);
    }

    double deviation(double value, double raw) {
      return Math.abs(value - mean) / scale(raw);
    }

    void addBounded(double value, long count, double raw) {
      double bound = BOUND * scale(raw);
      double bounded = Math.max(mean - bound, Math.min(mean + bound, value));
      if (value > bounded) {
        beyond = Math.min(Math.max(beyond, 0) + 1, ADMISSION);
      } else if (value < bounded) {
        beyond = Math.max(Math.min(beyond, 0) - 1, -ADMISSION);
      } else {
        beyond = 0;
      }
      if (Math.abs(beyond) == ADMISSION) {
        beyond = 0;
        mean = value;
      } else {
        add(count < UNBOUNDED ? value : bounded, count);
      }
    }

    void write(DataOutput out) throws IOException {
      out.writeDouble(mean);
      out.writeDouble(variance);
      out.writeInt(beyond);
    }

    void read(DataInput in) throws IOException {
      mean = in.readDouble();
      variance = in.readDouble();
      beyond = in.readInt();
      if (!(Math.abs(mean) <= Resolution.LIMIT && variance >= 0 && variance <= MAX_VARIANCE)) {
        throw new StreamCorruptedException("moments: out of range: " + mean + ", " + variance);
      }
      if (Math.abs(beyond) > ADMISSION) {
        throw new StreamCorruptedException("moments: values beyond the bound: " + beyond);
      }
    }
  }

  private long count;
  private final Moments fast = new Moments(FAST);
  private final Moments slow = new Moments(SLOW);
  private final Moments raw = new Moments(RAW);
  private double recalled;
  private double last;

  /** The number of changes in a row that were small. */
  private int small;

  long count() {
    return count;
  }

  /** Returns the deviation of a value in standard deviations, not negative. */
  double of(double value) {
    double scale = Math.sqrt(raw.variance);
    return Math.max(fast.deviation(value, scale), slow.deviation(value, scale));
  }

  /** Returns the weighted mean of the last deviations. */
  double recalled() {
    return recalled;
  }

  double mean() {
    return slow.mean;
  }

  /** Returns the scale of the slow mean. */
  double scale() {
    return slow.scale(Math.sqrt(raw.variance));
  }

  /** Reduces a range to the values with at most a deviation. */
  void reduce(double bound, ExpectedRange range) {
    double scale = Math.sqrt(raw.variance);
    double half = bound * slow.scale(scale);
    range.intersect(slow.mean, slow.mean - half, slow.mean + half);
    half = bound * fast.scale(scale);
    range.intersect(fast.mean, fast.mean - half, fast.mean + half);
  }

  void learn(double value) {
    double scale = Math.sqrt(raw.variance);
    if (count >= Detectors.MIN_VALUES) {
      recalled += RECALL * (Math.min(of(value), MAX_RECALL) - recalled);
    }
    renew(value, scale);
    fast.addBounded(value, count, scale);
    slow.addBounded(value, count, scale);
    raw.add(value, count);
    count++;
  }

  /** Starts anew where a series has become far smaller than its scale, which fades slowly. */
  private void renew(double value, double scale) {
    double change = Math.abs(value - last);
    last = value;
    if (change > 0) {
      small = change <= SMALL * scale ? small + 1 : 0;
    }
    if (small >= RENEWAL) {
      small = 0;
      for (Moments moments : List.of(fast, slow, raw)) {
        moments.mean = value;
        moments.variance = change * change;
      }
    }
  }

  void write(DataOutput out) throws IOException {
    out.writeLong(count);
    fast.write(out);
    slow.write(out);
    raw.write(out);
    out.writeDouble(recalled);
    out.writeDouble(last);
    out.writeInt(small);
  }

  void read(DataInput in) throws IOException {
    count = in.readLong();
    fast.read(in);
    slow.read(in);
    raw.read(in);
    recalled = in.readDouble();
    last = Resolution.readValue(in);
    small = Resolution.readInt(in, 0, RENEWAL);
    if (count < 0 || !(recalled >= 0 && recalled <= MAX_RECALL)) {
      throw new StreamCorruptedException("deviation: count or memory out of range");
    }
  }
}
