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

  private static final Codec<Trend> CODEC =
      Codec.of("thalweg.feature.trend", Trend::write, Trend::read);

  private long count;
  private long anchor;
  private double meanTime;
  private double mean;
  private double squaredTimes;
  private double products;

  static Aggregate<EventValues<?>, Trend, Trend> of(int field, boolean byClock) {
    return Aggregate.of(
        Trend::new,
        (trend, event) -> {
          double value = event.number(field);
          if (!Double.isNaN(value)) {
            trend.merge(1, byClock ? event.clock() : event.time(), 0, value, 0, 0);
          }
        },
        (target, source) -> {
          if (source.count > 0) {
            target.merge(
                source.count,
                source.anchor,
                source.meanTime,
                source.mean,
                source.squaredTimes,
                source.products);
          }
        },
        Trend::clear,
        trend -> trend,
        CODEC);
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

  private void clear() {
    count = 0;
    anchor = 0;
    meanTime = 0;
    mean = 0;
    squaredTimes = 0;
    products = 0;
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
