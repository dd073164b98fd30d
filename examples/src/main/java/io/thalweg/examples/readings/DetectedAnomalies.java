package io.thalweg.examples.readings;

import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.anomaly.Anomaly;
import io.thalweg.anomaly.AnomalyDetection;
import io.thalweg.anomaly.Detection;
import io.thalweg.anomaly.DetectorSpec;
import io.thalweg.anomaly.Score;
import java.util.List;
import java.util.function.ObjLongConsumer;

/**
 * Detection that reports each anomalous reading, in place of incidents: the alerts can be compared
 * with the planted anomalies one by one. Silence and stuck values are not watched.
 */
final class DetectedAnomalies implements Processor<String, Reading, Anomaly> {

  private final AnomalyDetection<String, Reading> detection;

  DetectedAnomalies(DetectorSpec detector, double rate) {
    detection =
        AnomalyDetection.of(detector, Reading::value)
            .rate(rate)
            .withoutSilence()
            .withoutStuck()
            .build();
  }

  /** Passes the anomalous scores on as anomalies. */
  private record Anomalies(Output<String, Anomaly> out) implements Output<String, Detection> {

    @Override
    public void emit(String key, Detection value) {
      if (value instanceof Score score && score.anomalous()) {
        double scale = Math.abs(score.value() - score.expected()) / score.score();
        out.emit(
            key,
            new Anomaly(
                score.timestamp(),
                score.value(),
                score.score(),
                Double.isNaN(score.expected()) ? score.value() : score.expected(),
                Double.isFinite(scale) ? scale : 0,
                List.of(score.value())));
      }
    }

    @Override
    public void late(String key, Object event, long timestamp, long watermark) {
      out.late(key, event, timestamp, watermark);
    }

    @Override
    public void reject(String key, Object event, long timestamp, String reason) {
      out.reject(key, event, timestamp, reason);
    }
  }

  @Override
  public void process(String key, Reading event, long timestamp, Output<String, Anomaly> out) {
    detection.process(key, event, timestamp, new Anomalies(out));
  }

  @Override
  public void advance(long watermark, Output<String, Anomaly> out) {
    detection.advance(watermark, new Anomalies(out));
  }

  @Override
  public void save(StateWriter<String> to) {
    detection.save(to);
  }

  @Override
  public void saveChanges(StateWriter<String> to) {
    detection.saveChanges(to);
  }

  @Override
  public void restore(StateReader<String> shard) {
    detection.restore(shard);
  }

  @Override
  public void counters(ObjLongConsumer<String> each) {
    detection.counters(each);
  }
}
