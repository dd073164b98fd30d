package io.thalweg.examples.core;

import io.thalweg.Codec;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.anomaly.Anomaly;
import java.time.Duration;
import java.util.List;

/** A detector of one's own: compares each value with an exponentially weighted mean. */
public final class OwnDetector {

  private static final Codec<Trend> CODEC =
      Codec.of(
          "example.trend",
          (trend, out) -> {
            out.writeLong(trend.count);
            out.writeDouble(trend.mean);
            out.writeDouble(trend.variance);
          },
          in -> new Trend(in.readLong(), in.readDouble(), in.readDouble()));

  /** State of a key: the weighted mean and variance of its values. */
  private static final class Trend {
    private long count;
    private double mean;
    private double variance;

    private Trend(long count, double mean, double variance) {
      this.count = count;
      this.mean = mean;
      this.variance = variance;
    }

    private void score(String key, double value, long time, Output<String, Anomaly> out) {
      double deviation = value - mean;
      double scale = Math.sqrt(variance);
      double score = Math.abs(deviation) / scale;
      if (count >= 5 && scale > 0 && score > 3) {
        out.emit(key, new Anomaly(time, value, score, mean, scale, List.of()));
      }
      double weight = Math.max(0.2, 1.0 / ++count); // a plain mean of the first five values
      mean += weight * deviation;
      variance = (1 - weight) * (variance + weight * deviation * deviation);
    }
  }

  private OwnDetector() {}

  /** Prints the anomalies among one value per second. */
  public static void main(String[] args) {
    Processor<String, Double, Anomaly> detector =
        Processor.keyed(() -> new Trend(0, 0, 0), CODEC, Duration.ofHours(1), Trend::score);
    double[] values = {20.1, 19.8, 20.3, 20.0, 19.9, 20.2, 27.5, 20.1, 19.9, 20.0, 20.2, 19.8};
    for (int i = 0; i < values.length; i++) {
      detector.process("oven", values[i], i * 1_000L, (key, a) -> System.out.println(a));
    }
  }
}
