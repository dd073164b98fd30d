package io.thalweg.anomaly;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Processor;
import io.thalweg.testing.DetectorLaws;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The code of docs/anomaly.md. */
class AnomalyGuideTest {

  private record Reading(String device, double value, double flow, long time) {}

  private static List<Reading> readings() {
    SplittableRandom random = new SplittableRandom(1);
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      double value = (i == 1_900 ? 90 : 50) + random.nextGaussian();
      readings.add(new Reading("pump-1", value, 2 * value + random.nextGaussian(), i * 60_000L));
    }
    return readings;
  }

  @Test
  void detection_ofAKey_reportsScoresAndIncidents() {
    List<Reading> readings = readings();
    List<String> printed = new ArrayList<>();
    // region detection
    Processor<String, Reading, Detection> detection =
        AnomalyDetection.of(Detectors.decayedZ(0.002, 0.05), Reading::value)
            .rate(1e-3) // at most one false alert in 1,000 readings
            .build();
    for (Reading reading : readings) {
      detection.process(
          reading.device(),
          reading,
          reading.time(),
          (device, result) -> {
            if (result instanceof Incident incident) {
              printed.add(device + " " + incident.summary());
            }
          });
    }
    // endregion
    assertThat(printed).anyMatch(line -> line.startsWith("pump-1 opened: ") && line.contains("90"));
  }

  @Test
  void policy_ofATeam_isBuilt() {
    // region policy
    AlertPolicy policy =
        AlertPolicy.rate(1e-4)
            .direction(AlertPolicy.Direction.UP)
            .ignoreWithin(0.5) // in the unit of the values
            .ignoreWithinShare(0.05)
            .open(2, 3) // two of three readings
            .closeAfter(10)
            .coolDown(Duration.ofMinutes(30))
            .build();
    AnomalyDetection<String, Reading> detection =
        AnomalyDetection.of(Detectors.robustZ(1_000), Reading::value)
            .policy(policy)
            .incidentsOnly()
            .build(String.class);
    // endregion
    assertThat(policy.isAnomalous(50.4, 50, 1e-5)).isFalse();
    assertThat(detection).isNotNull();
  }

  @Test
  void vectors_ofSensors_areDetected() {
    // region vectors
    AnomalyDetection<String, Reading> detection =
        AnomalyDetection.of(Detectors.mahalanobis(0.005), Reading::value, Reading::flow)
            .build(String.class);
    // endregion
    List<Score> anomalous = new ArrayList<>();
    for (Reading reading : readings()) {
      detection.process(
          reading.device(),
          reading,
          reading.time(),
          (device, result) -> {
            if (result instanceof Score score && score.anomalous()) {
              anomalous.add(score);
            }
          });
    }
    assertThat(anomalous).anyMatch(score -> score.timestamp() == 1_900 * 60_000L);
  }

  // region own
  /** Detector of values above a limit. It has no state. */
  record Limit(double limit) implements Detector {

    static DetectorSpec spec(double limit) {
      return new DetectorSpec("app.limit(" + limit + ")", () -> new Limit(limit));
    }

    @Override
    public double score(double value, long timestamp) {
      return Math.max(0, value - limit);
    }

    @Override
    public void learn(double value, long timestamp) {}

    @Override
    public void expect(long timestamp, double score, ExpectedRange range) {
      double high = Double.isNaN(score) ? Double.POSITIVE_INFINITY : limit + score;
      range.set(limit, Double.NEGATIVE_INFINITY, high);
    }

    @Override
    public String evidence(double value, long timestamp) {
      return "above the limit of " + limit;
    }

    @Override
    public void write(DataOutput out) throws IOException {}

    @Override
    public void read(DataInput in) throws IOException {}
  }

  // endregion

  @Test
  void limit_ofAUser_obeysTheLaws() {
    // region laws
    DetectorLaws.of(Limit.spec(80)).memory(1).check(42);
    // endregion
  }
}
