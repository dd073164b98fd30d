package io.thalweg.anomaly;

import io.thalweg.stats.EventDecayedMomentsAccumulator;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Detector of {@link Detectors#decayedZ}. */
final class DecayedZ implements Detector {

  /** The smallest scale relative to the mean: about the square root of the double precision. */
  static final double RELATIVE_FLOOR = 1e-8;

  private final double share;
  private final int minValues;
  private EventDecayedMomentsAccumulator moments;

  DecayedZ(double share, int minValues) {
    this.share = share;
    this.minValues = minValues;
    moments = new EventDecayedMomentsAccumulator(share);
  }

  private double scale() {
    double floor = Math.max(Math.abs(moments.mean()) * RELATIVE_FLOOR, Double.MIN_NORMAL);
    return Math.max(moments.standardDeviation(), floor);
  }

  @Override
  public double score(double value, long timestamp) {
    if (moments.count() < minValues) {
      return Double.NaN;
    }
    // The quotients are apart, so that no difference of large values overflows.
    double scale = scale();
    return Math.min(Math.abs(value / scale - moments.mean() / scale), Double.MAX_VALUE);
  }

  @Override
  public void learn(double value, long timestamp) {
    moments.add(value);
  }

  @Override
  public void expect(long timestamp, double score, ExpectedRange range) {
    if (moments.count() < minValues) {
      range.clear();
      return;
    }
    double half = Double.isNaN(score) ? Double.POSITIVE_INFINITY : score * scale();
    range.set(moments.mean(), moments.mean() - half, moments.mean() + half);
  }

  @Override
  public String evidence(double value, long timestamp) {
    return Evidence.deviations(score(value, timestamp), value > moments.mean());
  }

  @Override
  public void write(DataOutput out) throws IOException {
    EventDecayedMomentsAccumulator.codec(share).write(moments, out);
  }

  @Override
  public void read(DataInput in) throws IOException {
    moments = EventDecayedMomentsAccumulator.codec(share).read(in, 1);
  }
}
