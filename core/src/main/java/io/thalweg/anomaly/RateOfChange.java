package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Detector of {@link Detectors#rateOfChange}. */
final class RateOfChange extends ForecastDetector {

  private final int minValues;
  private final RenewedMoments rates;
  private final RenewedMoments intervals;
  private double last = Double.NaN;
  private long lastTime;

  RateOfChange(double share, int minValues) {
    this.minValues = minValues;
    rates = new RenewedMoments(share);
    intervals = new RenewedMoments(share);
  }

  /** Returns the time since the last value, at least the mean interval and a millisecond. */
  private double interval(long timestamp) {
    double interval = elapsed(timestamp);
    return Math.max(1, intervals.count() == 0 ? interval : Math.max(interval, intervals.mean()));
  }

  private double elapsed(long timestamp) {
    return Math.max(0, (double) timestamp - lastTime);
  }

  @Override
  double forecast(long timestamp) {
    return rates.count() < minValues
        ? Double.NaN
        : Resolution.limit(last + rates.mean() * interval(timestamp));
  }

  @Override
  double scale(long timestamp) {
    return rates.standardDeviation() * interval(timestamp);
  }

  @Override
  String forecastName() {
    return "value at the mean rate of change";
  }

  @Override
  public void learn(double value, long timestamp) {
    double limited = Resolution.limit(value);
    if (!Double.isNaN(last)) {
      rates.add((limited - last) / interval(timestamp));
      intervals.add(elapsed(timestamp));
    }
    last = limited;
    lastTime = timestamp;
  }

  @Override
  public void write(DataOutput out) throws IOException {
    rates.write(out);
    intervals.write(out);
    out.writeDouble(last);
    out.writeLong(lastTime);
  }

  @Override
  public void read(DataInput in) throws IOException {
    rates.read(in);
    intervals.read(in);
    last = in.readDouble();
    lastTime = in.readLong();
    boolean isValid = Double.isNaN(last) ? rates.count() == 0 : Math.abs(last) <= Resolution.LIMIT;
    Resolution.require(isValid, "the last value must be finite", last);
    Resolution.require(
        intervals.count() == rates.count() && !(intervals.mean() < 0),
        "there must be an interval for each rate",
        intervals.count());
  }
}
