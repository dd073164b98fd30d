package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Detector of {@link Detectors#robustZ} and {@link Detectors#hampel}. */
final class RobustZ extends ForecastDetector {

  /** The standard deviation of a normal distribution by its median absolute deviation. */
  private static final double BY_MEDIAN = 1.482602218505602;

  /** The standard deviation of a normal distribution by its mean absolute deviation, √(π/2). */
  private static final double BY_MEAN = 1.2533141373155003;

  private final int minValues;
  private final SortedWindow window;

  /** The score above which a value is learnt as the median; infinity to learn all as they are. */
  private final double threshold;

  /** The greatest number of values in a row that are learnt as the median. */
  private final int maxReplaced;

  private int replaced;

  RobustZ(int n, int minValues, double threshold) {
    this.minValues = minValues;
    this.threshold = threshold;
    window = new SortedWindow(n);
    maxReplaced = n / 2;
  }

  @Override
  double forecast(long timestamp) {
    return window.size() < minValues ? Double.NaN : window.median();
  }

  @Override
  double scale(long timestamp) {
    double deviation = window.medianAbsoluteDeviation();
    return deviation > 0
        ? BY_MEDIAN * deviation
        : BY_MEAN * window.meanDistance(window.median()); // more than half are equal
  }

  @Override
  String forecastName() {
    return "median";
  }

  @Override
  public void learn(double value, long timestamp) {
    if (threshold < Double.POSITIVE_INFINITY && score(value, timestamp) > threshold) {
      if (replaced < maxReplaced) {
        replaced++;
        window.add(window.median());
        return;
      } // a new level: learn it as it is until its scores are low
    } else {
      replaced = 0;
    }
    window.add(Resolution.limit(value));
  }

  @Override
  public void write(DataOutput out) throws IOException {
    window.write(out);
    out.writeInt(replaced);
  }

  @Override
  public void read(DataInput in) throws IOException {
    window.read(in);
    replaced = Resolution.readInt(in, 0, maxReplaced);
  }
}
