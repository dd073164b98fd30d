package io.thalweg.anomaly;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.testing.DetectorLaws;
import io.thalweg.testing.SeriesGenerator;
import io.thalweg.testing.SeriesGenerator.Anomalies;
import io.thalweg.testing.SeriesGenerator.Background;
import io.thalweg.testing.SeriesGenerator.Kind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class StandardDetectorTest {

  private static final long MINUTE = 60_000;

  /** The readings at which an incident is open, with the standard policy. */
  private static List<Integer> anomalous(int n, IntToDoubleFunction value) {
    AnomalyDetection<String, Double> detection =
        AnomalyDetection.of(Detectors.standard(), (Double v) -> v).build();
    List<Integer> anomalous = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      int index = i;
      detection.process(
          "a",
          value.applyAsDouble(i),
          5 * MINUTE * i,
          (key, result) -> {
            if (result instanceof Score score && score.anomalous()) {
              anomalous.add(index);
            }
          });
    }
    return anomalous;
  }

  @Test
  void laws_dailySeries_hold() {
    DetectorLaws.of(Detectors.standard())
        .values(random -> 100 + 5 * ((SplittableRandom) random).nextGaussian())
        .interval(30 * MINUTE)
        .sequences(4, 3_000)
        .check(7);
  }

  @Test
  void restore_windowOf8000Passed_givesTheSameScores() throws IOException {
    Detector detector = Detectors.standard().newDetector();
    SeriesGenerator series =
        SeriesGenerator.of(Background.DAILY, new Anomalies(Kind.SPIKE, 8, 2, 500, 500), 1);
    for (int i = 0; i < 9_000; i++) {
      series.next();
      detector.learn(series.value(), series.timestamp());
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    detector.write(new DataOutputStream(bytes));
    Detector restored = Detectors.standard().newDetector();
    restored.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    for (int i = 0; i < 9_000; i++) {
      series.next();
      double score = detector.score(series.value(), series.timestamp());
      assertThat(restored.score(series.value(), series.timestamp())).isEqualTo(score);
      assertThat(restored.statistic(series.value(), series.timestamp()))
          .isEqualTo(detector.statistic(series.value(), series.timestamp()));
      detector.learn(series.value(), series.timestamp());
      restored.learn(series.value(), series.timestamp());
    }
  }

  @Test
  void constant7Then8_oneShortIncident() {
    List<Integer> anomalous = anomalous(3_000, i -> i < 1_000 ? 7 : 8);
    assertThat(anomalous).isNotEmpty().contains(1_000).hasSizeLessThan(30);
    assertThat(anomalous.get(anomalous.size() - 1)).isLessThan(1_100);
  }

  @Test
  void changeByOneUnitInTheLastPlace_isOrdinary() {
    SplittableRandom random = new SplittableRandom(1);
    double next = Math.nextUp(1e9);
    assertThat(anomalous(5_000, i -> random.nextInt(50) == 0 ? next : 1e9)).isEmpty();
  }

  @Test
  void idleMetric_atMostAboutThePromisedRate() {
    SplittableRandom random = new SplittableRandom(2);
    assertThat(anomalous(20_000, i -> random.nextInt(50) == 0 ? 1 : 0)).hasSizeLessThan(6);
  }

  @Test
  void twoSpikesThenOneOfHalfTheSize_allFound() {
    SplittableRandom random = new SplittableRandom(3);
    List<Integer> anomalous =
        anomalous(
            3_000,
            i -> {
              double noise = random.nextGaussian();
              return i == 2_900 || i == 2_905 ? 100 : i == 2_912 ? 50 : noise;
            });
    assertThat(anomalous).contains(2_900, 2_905, 2_912);
  }

  @Test
  void burstOf20Readings_isFoundAsALastingOne() {
    SplittableRandom random = new SplittableRandom(4);
    List<Integer> anomalous =
        anomalous(3_000, i -> random.nextGaussian() + (i >= 2_900 && i < 2_920 ? 8 : 0));
    assertThat(anomalous.stream().filter(i -> i >= 2_900 && i < 2_920).count()).isGreaterThan(10);
  }

  @Test
  void dailyJob_silentFromTheSecondWeekAndMissedWhenItDoesNotRun() {
    SplittableRandom random = new SplittableRandom(5);
    int day = 288;
    List<Integer> anomalous =
        anomalous(
            22 * day,
            i -> {
              boolean runs = i % day >= 24 && i % day < 36 && i / day != 21;
              return (runs ? 80 : 20) + 2 * random.nextGaussian();
            });
    assertThat(anomalous.stream().filter(i -> i >= 7 * day && i < 21 * day).count()).isLessThan(4);
    assertThat(anomalous).contains(21 * day + 24);
  }

  @Test
  void contextualAnomalies_atOneFalseAlertIn10000_areFound() {
    SeriesGenerator series =
        SeriesGenerator.of(Background.DAILY, new Anomalies(Kind.CONTEXTUAL, 8, 1, 4_032, 600), 6);
    boolean[] labels = new boolean[40_000];
    List<Integer> anomalous =
        anomalous(
            labels.length,
            i -> {
              series.next();
              labels[i] = series.anomalous();
              return series.value();
            });
    int all = 0;
    int found = 0;
    for (int i = 0; i < labels.length; i++) {
      all += labels[i] ? 1 : 0;
      found += labels[i] && anomalous.contains(i) ? 1 : 0;
    }
    assertThat(found).isGreaterThanOrEqualTo((int) (0.95 * all));
    assertThat(anomalous.size() - found).isLessThan(20);
  }

  @Test
  void levelShift_isLearnt() {
    SplittableRandom random = new SplittableRandom(8);
    List<Integer> anomalous = anomalous(6_000, i -> random.nextGaussian() + (i >= 4_000 ? 30 : 0));
    assertThat(anomalous).contains(4_000);
    assertThat(anomalous.stream().filter(i -> i > 4_300).count()).isLessThan(3);
  }

  @Test
  void evidence_ofEachPart_namesIt() {
    Detector detector = Detectors.standard().newDetector();
    SplittableRandom random = new SplittableRandom(9);
    for (int i = 0; i < 2_000; i++) {
      detector.learn((i % 2 == 0 ? 10 : -10) + 0.1 * random.nextGaussian(), MINUTE * i);
    }
    assertThat(detector.evidence(11, 2_000 * MINUTE)).endsWith("deviations above the mean");
    assertThat(detector.evidence(0, 2_000 * MINUTE)).startsWith("none of the last 2,000 values");
  }
}
