package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Detector of {@link Detectors#decayedZ(double)}. */
final class DecayedZ extends ForecastDetector {

  private final int minValues;
  private final RenewedMoments moments;

  DecayedZ(double share, int minValues) {
    this.minValues = minValues;
    moments = new RenewedMoments(share);
  }

  @Override
  double forecast(long timestamp) {
    return moments.count() < minValues ? Double.NaN : moments.mean();
  }

  @Override
  double scale(long timestamp) {
    return moments.standardDeviation();
  }

  @Override
  String forecastName() {
    return "mean";
  }

  @Override
  public void learn(double value, long timestamp) {
    moments.add(Resolution.limit(value));
  }

  @Override
  public void write(DataOutput out) throws IOException {
    moments.write(out);
  }

  @Override
  public void read(DataInput in) throws IOException {
    moments.read(in);
  }
}
