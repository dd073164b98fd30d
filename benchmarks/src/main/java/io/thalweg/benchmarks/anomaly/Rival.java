package io.thalweg.benchmarks.anomaly;

import io.thalweg.anomaly.Detector;
import io.thalweg.anomaly.ExpectedRange;
import java.io.DataInput;
import java.io.DataOutput;

/** Detector that is measured and never saved; it expects no range. */
abstract class Rival implements Detector {

  @Override
  public void expect(long timestamp, double score, ExpectedRange range) {
    // nothing expected
  }

  @Override
  public String evidence(double value, long timestamp) {
    return "";
  }

  @Override
  public void write(DataOutput out) {
    throw new UnsupportedOperationException("a rival is not saved");
  }

  @Override
  public void read(DataInput in) {
    throw new UnsupportedOperationException("a rival is not saved");
  }
}
