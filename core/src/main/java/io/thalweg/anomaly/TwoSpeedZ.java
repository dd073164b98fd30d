package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Detector of {@link Detectors#decayedZ(double, double)}. */
final class TwoSpeedZ implements Detector {

  private final DecayedZ slow;
  private final DecayedZ fast;

  /** The range of the fast one, for {@link #expect}. */
  private final ExpectedRange other = new ExpectedRange();

  TwoSpeedZ(double slow, double fast, int minValues) {
    this.slow = new DecayedZ(slow, minValues);
    this.fast = new DecayedZ(fast, minValues);
  }

  @Override
  public double score(double value, long timestamp) {
    return Math.min(slow.score(value, timestamp), fast.score(value, timestamp));
  }

  @Override
  public void learn(double value, long timestamp) {
    slow.learn(value, timestamp);
    fast.learn(value, timestamp);
  }

  @Override
  public void expect(long timestamp, double score, ExpectedRange range) {
    slow.expect(timestamp, score, range);
    fast.expect(timestamp, score, other);
    range.set(
        other.centre(), Math.min(range.low(), other.low()), Math.max(range.high(), other.high()));
  }

  @Override
  public String evidence(double value, long timestamp) {
    DecayedZ least = slow.score(value, timestamp) < fast.score(value, timestamp) ? slow : fast;
    return least.evidence(value, timestamp);
  }

  @Override
  public void write(DataOutput out) throws IOException {
    slow.write(out);
    fast.write(out);
  }

  @Override
  public void read(DataInput in) throws IOException {
    slow.read(in);
    fast.read(in);
  }
}
