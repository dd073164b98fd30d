package io.thalweg.anomaly;

import io.thalweg.Fifo;
import io.thalweg.stats.MomentsAccumulator;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Detector of {@link Detectors#trailingZ}. */
final class TrailingZ extends ForecastDetector {

  private final int minValues;
  private final LastValues values;
  private final Fifo.OfDouble<MomentsAccumulator> moments = MomentsAccumulator.fifo();

  TrailingZ(int n, int minValues) {
    this.minValues = minValues;
    values = new LastValues(n);
  }

  @Override
  double forecast(long timestamp) {
    return values.size() < minValues ? Double.NaN : moments.result().mean();
  }

  @Override
  double scale(long timestamp) {
    return moments.result().sampleStandardDeviation();
  }

  @Override
  String forecastName() {
    return "mean";
  }

  @Override
  public void learn(double value, long timestamp) {
    double limited = Resolution.limit(value);
    if (values.isFull()) {
      moments.evict();
    }
    values.add(limited);
    moments.add(limited);
  }

  @Override
  public void write(DataOutput out) throws IOException {
    values.write(out);
    out.writeInt(moments.flipped());
  }

  @Override
  public void read(DataInput in) throws IOException {
    values.read(in);
    int flipped = Resolution.readInt(in, 0, values.size());
    for (int i = 0; i < values.size(); i++) {
      if (i == flipped) {
        moments.flip();
      }
      moments.add(values.get(i));
    }
    if (flipped == values.size()) {
      moments.flip();
    }
  }
}
