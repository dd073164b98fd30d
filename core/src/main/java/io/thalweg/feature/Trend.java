package io.thalweg.feature;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Sums of the least-squares line of values over time, mergeable by the formulas of Chan, Golub and
 * LeVeque for products (Bennett et al. 2009, <a
 * href="https://doi.org/10.1109/CLUSTR.2009.5289161">doi:10.1109/CLUSTR.2009.5289161</a>). Times
 * are in seconds after the first one of the state, so their size costs no digits.
 */
final class Trend {

  /** The number of cells of {@link #store}. */
  static final int CELLS = 6;

  private static final Codec<Trend> CODEC =
      Codec.of("thalweg.feature.trend", Trend::write, Trend::read);

  private long count;
  private long anchor;
  private double meanTime;
  private double mean;
  private double squaredTimes;
  private double products;

  /** Returns an aggregate of a field over the time at which it counts. */
  static Aggregate<EventValues<?>, Trend, Trend> of(int field) {
    return Aggregate.of(
        Trend::new,
        (trend, event) -> trend.add(event.clock(), event.number(field)),
        Trend::merge,
        Trend::clear,
        trend -> trend,
        CODEC);
  }

  /** Adds a value, unless it is NaN. */
  void add(long time, double value) {
    if (!Double.isNaN(value)) {
      merge(1, time, 0, value, 0, 0);
    }
  }

  void merge(Trend other) {
    if (other.count > 0) {
      merge(
          other.count,
          other.anchor,
          other.meanTime,
          other.mean,
          other.squaredTimes,
          other.products);
    }
  }

  private void merge(
      long others,
      long otherAnchor,
      double otherTime,
      double otherMean,
      double otherSquares,
      double otherProducts) {
    if (count == 0) {
      count = others;
      anchor = otherAnchor;
      meanTime = otherTime;
      mean = otherMean;
      squaredTimes = otherSquares;
      products = otherProducts;
      return;
    }
    long before = count;
    count += others;
    double apart = ((double) otherAnchor - anchor) / 1000 + otherTime - meanTime;
    double higher = otherMean - mean;
    double share = (double) others / count;
    squaredTimes += otherSquares + apart * apart * before * share;
    products += otherProducts + apart * higher * before * share;
    meanTime += apart * share;
    mean += higher * share;
  }

  /** Returns the slope in units a second; NaN unless there are two different times. */
  double slope() {
    return squaredTimes > 0 ? products / squaredTimes : Double.NaN;
  }

  void clear() {
    count = 0;
    anchor = 0;
    meanTime = 0;
    mean = 0;
    squaredTimes = 0;
    products = 0;
  }

  /** Reads the sums from cells. */
  void load(long[] cells, int at) {
    count = cells[at];
    anchor = cells[at + 1];
    meanTime = Double.longBitsToDouble(cells[at + 2]);
    mean = Double.longBitsToDouble(cells[at + 3]);
    squaredTimes = Double.longBitsToDouble(cells[at + 4]);
    products = Double.longBitsToDouble(cells[at + 5]);
  }

  /** Writes the sums into cells. */
  void store(long[] cells, int at) {
    cells[at] = count;
    cells[at + 1] = anchor;
    cells[at + 2] = Double.doubleToRawLongBits(meanTime);
    cells[at + 3] = Double.doubleToRawLongBits(mean);
    cells[at + 4] = Double.doubleToRawLongBits(squaredTimes);
    cells[at + 5] = Double.doubleToRawLongBits(products);
  }

  private void write(DataOutput out) throws IOException {
    out.writeLong(count);
    out.writeLong(anchor);
    out.writeDouble(meanTime);
    out.writeDouble(mean);
    out.writeDouble(squaredTimes);
    out.writeDouble(products);
  }

  private static Trend read(DataInput in) throws IOException {
    Trend trend = new Trend();
    trend.count = in.readLong();
    trend.anchor = in.readLong();
    trend.meanTime = in.readDouble();
    trend.mean = in.readDouble();
    trend.squaredTimes = in.readDouble();
    trend.products = in.readDouble();
    if (trend.count < 0 || trend.squaredTimes < 0) {
      throw new IOException(
          "count and squares must not be negative: " + trend.count + ", " + trend.squaredTimes);
    }
    return trend;
  }
}
