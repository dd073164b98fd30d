package io.thalweg.anomaly;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.testing.ProcessorLaws;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class AnomalyDetectionTest {

  private static final long MINUTE = 60_000;

  private record Reading(double value) {}

  private final List<Detection> results = new ArrayList<>();
  private final List<Long> late = new ArrayList<>();

  private final Output<String, Detection> out =
      new Output<>() {
        @Override
        public void emit(String key, Detection result) {
          results.add(result);
        }

        @Override
        public void late(String key, Object event, long timestamp, long watermark) {
          late.add(timestamp);
        }
      };

  private List<Incident> incidents() {
    return results.stream().filter(Incident.class::isInstance).map(Incident.class::cast).toList();
  }

  private List<Score> scores() {
    return results.stream().filter(Score.class::isInstance).map(Score.class::cast).toList();
  }

  private static AnomalyDetection<String, Reading> detection() {
    return AnomalyDetection.of(Detectors.decayedZ(0.01), Reading::value).build();
  }

  private void feed(
      Processor<String, Reading, Detection> detection, int from, int to, IntToDoubleFunction f) {
    for (int i = from; i < to; i++) {
      detection.process("a", new Reading(f.applyAsDouble(i)), i * MINUTE, out);
    }
  }

  private static IntToDoubleFunction noise(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return i -> 50 + random.nextGaussian();
  }

  @Test
  void process_eachReading_hasOneScoreWithItsStatus() {
    feed(detection(), 0, 200, noise(1));
    assertThat(scores()).hasSize(200);
    assertThat(scores().subList(0, 20)).allMatch(s -> s.status() == Score.Status.LEARNING);
    assertThat(scores().subList(20, 70)).allMatch(s -> s.status() == Score.Status.CALIBRATING);
    assertThat(scores().subList(70, 200)).allMatch(s -> s.status() == Score.Status.JUDGED);
    Score last = scores().get(199);
    assertThat(last.low()).isLessThan(last.expected());
    assertThat(last.high()).isGreaterThan(last.expected());
  }

  @Test
  void process_spike_opensOneIncidentThatClosesAndExplainsItself() {
    IntToDoubleFunction noise = noise(2);
    feed(detection(), 0, 600, i -> i == 500 ? 90 : noise.applyAsDouble(i));
    assertThat(incidents()).hasSize(2);
    Incident opened = incidents().get(0);
    assertThat(opened.state()).isEqualTo(Incident.State.OPENED);
    assertThat(opened.peakValue()).isEqualTo(90);
    assertThat(opened.recent()).endsWith(90.0);
    assertThat(opened.summary())
        .contains("standard deviations above the mean")
        .contains("value 90")
        .contains("closes after 5 ordinary readings");
    Incident closed = incidents().get(1);
    assertThat(closed.state()).isEqualTo(Incident.State.CLOSED);
    assertThat(closed.duration()).isEqualTo(5 * MINUTE);
  }

  @Test
  void process_notFiniteValue_isAnsweredCountedAndNotLearnt() {
    AnomalyDetection<String, Reading> detection = detection();
    IntToDoubleFunction noise = noise(3);
    feed(detection, 0, 100, noise);
    feed(detection, 100, 140, i -> i % 2 == 0 ? Double.NaN : Double.POSITIVE_INFINITY);
    feed(detection, 140, 200, noise);
    assertThat(scores().subList(100, 140)).allMatch(s -> s.status() == Score.Status.NOT_FINITE);
    assertThat(scores().subList(140, 200)).noneMatch(Score::anomalous);
    List<String> counters = new ArrayList<>();
    detection.counters((name, value) -> counters.add(name + " " + value));
    assertThat(counters).contains("notFinite 40", "offered 200");
  }

  @Test
  void process_equalReadingsOfAVaryingSensor_areStuckUntilAnotherValue() {
    IntToDoubleFunction noise = noise(4);
    feed(detection(), 0, 1_600, i -> i >= 1_000 && i < 1_500 ? 50.25 : noise.applyAsDouble(i));
    List<Incident> stuck =
        incidents().stream().filter(i -> i.kind() == Incident.Kind.STUCK).toList();
    assertThat(stuck)
        .extracting(Incident::state)
        .containsExactly(Incident.State.OPENED, Incident.State.CLOSED);
    assertThat(stuck.get(0).start()).isEqualTo(1_000 * MINUTE);
    assertThat(stuck.get(0).timestamp()).isEqualTo(1_020 * MINUTE);
    assertThat(stuck.get(1).readings()).isEqualTo(500);
  }

  @Test
  void process_constantSeries_isNeverStuckNorAnomalous() {
    feed(detection(), 0, 5_000, i -> 7);
    assertThat(incidents()).isEmpty();
  }

  @Test
  void advance_noReading_isASilenceWhileItLasts() {
    AnomalyDetection<String, Reading> detection = detection();
    IntToDoubleFunction noise = noise(5);
    feed(detection, 0, 100, noise);
    long last = 99 * MINUTE;
    detection.advance(last + 3 * MINUTE, out);
    assertThat(incidents()).isEmpty();
    detection.advance(last + 3 * MINUTE + 1, out);
    assertThat(incidents())
        .singleElement()
        .satisfies(
            i -> {
              assertThat(i.kind()).isEqualTo(Incident.Kind.SILENCE);
              assertThat(i.start()).isEqualTo(last);
              assertThat(i.timestamp()).isEqualTo(last + 3 * MINUTE);
            });
    detection.advance(last + 240 * MINUTE, out);
    feed(detection, 340, 400, noise);
    assertThat(incidents()).hasSize(2);
    assertThat(incidents().get(1).state()).isEqualTo(Incident.State.CLOSED);
    assertThat(incidents().get(1).duration()).isEqualTo(241 * MINUTE);
    detection.advance(
        402 * MINUTE + 1, out); // silent again: the first silence is no usual interval
    assertThat(incidents()).hasSize(3);
  }

  @Test
  void advance_lateReadingsKeepComing_theSilenceIsReportedInTime() {
    AnomalyDetection<String, Reading> detection = detection();
    feed(detection, 0, 100, noise(9));
    long last = 99 * MINUTE;
    for (int i = 1; i <= 4; i++) {
      feed(detection, 50, 51, noise(9)); // behind the last reading of its key
      detection.advance(last + i * MINUTE, out);
    }
    assertThat(late).hasSize(4);
    assertThat(incidents())
        .singleElement()
        .satisfies(
            i -> {
              assertThat(i.kind()).isEqualTo(Incident.Kind.SILENCE);
              assertThat(i.timestamp()).isEqualTo(last + 3 * MINUTE);
            });
  }

  @Test
  void process_gapWithoutWatermark_givesTheSameIncidentsAsWithIt() {
    IntToDoubleFunction noise = noise(6);
    AnomalyDetection<String, Reading> detection = detection();
    feed(detection, 0, 100, noise);
    feed(detection, 340, 341, noise);
    assertThat(incidents())
        .extracting(Incident::state)
        .containsExactly(Incident.State.OPENED, Incident.State.CLOSED);
    assertThat(incidents().get(0).timestamp()).isEqualTo((99 + 3) * MINUTE);
  }

  @Test
  void process_readingBeforeTheLastOfItsKey_isLate() {
    AnomalyDetection<String, Reading> detection = detection();
    feed(detection, 10, 11, i -> 1);
    feed(detection, 9, 10, i -> 1);
    feed(detection, 10, 11, i -> 1); // an equal timestamp is not late
    assertThat(late).containsExactly(9 * MINUTE);
    assertThat(scores()).hasSize(2);
  }

  @Test
  void advance_idleKey_expiresAndItsSilenceCloses() {
    AnomalyDetection<String, Reading> detection =
        AnomalyDetection.of(Detectors.decayedZ(0.01), Reading::value)
            .idle(Duration.ofHours(1))
            .build();
    feed(detection, 0, 100, noise(7));
    detection.advance(99 * MINUTE + Duration.ofHours(1).toMillis(), out);
    assertThat(incidents())
        .extracting(Incident::state)
        .containsExactly(Incident.State.OPENED, Incident.State.CLOSED);
    List<String> counters = new ArrayList<>();
    detection.counters((name, value) -> counters.add(name + " " + value));
    assertThat(counters).contains("keys 0");
  }

  @Test
  void incidentsOnly_sameIncidents_andNoScore() {
    IntToDoubleFunction values = noise(8);
    double[] series = new double[600];
    for (int i = 0; i < series.length; i++) {
      series[i] = i == 500 ? 90 : values.applyAsDouble(i);
    }
    feed(detection(), 0, 600, i -> series[i]);
    List<Incident> expected = incidents();
    results.clear();
    feed(
        AnomalyDetection.of(Detectors.decayedZ(0.01), Reading::value).incidentsOnly().build(),
        0,
        600,
        i -> series[i]);
    assertThat(results).isEqualTo(expected).isNotEmpty();
  }

  @Test
  void laws_randomReadings_hold() {
    ProcessorLaws.<String, Reading, Detection>of(
            AnomalyDetectionTest::detection,
            random -> "k" + random.nextInt(2),
            random ->
                new Reading(
                    random.nextInt(10) == 0
                        ? 50 * random.nextDouble()
                        : random.nextInt(50) == 0 ? Double.NaN : random.nextInt(3)))
        .sequences(30, 400)
        .check(42);
  }

  @Test
  void process_moreSilencesThanThree_areUsualIntervals() {
    AnomalyDetection<String, Reading> detection = detection();
    IntToDoubleFunction noise = noise(9);
    for (int i = 0; i < 10; i++) {
      feed(detection, 200 * i, 200 * i + 50, noise);
    }
    assertThat(incidents()).filteredOn(i -> i.kind() == Incident.Kind.SILENCE).hasSize(8);
  }

  @Test
  void process_newPatternOfTwoValues_isLearnt() {
    feed(detection(), 0, 1_000, i -> i < 500 ? 7 : 7 + i % 2);
    assertThat(scores().subList(700, 1_000)).noneMatch(Score::anomalous);
  }

  private record Pump(double pressure, double flow) {}

  private static AnomalyDetection<String, Pump> vectorDetection() {
    return AnomalyDetection.of(Detectors.mahalanobis(0.01), Pump::pressure, Pump::flow).build();
  }

  @Test
  void process_vectorThatBreaksARelation_isAnomalous() {
    AnomalyDetection<String, Pump> detection = vectorDetection();
    SplittableRandom random = new SplittableRandom(10);
    for (int i = 0; i < 500; i++) {
      double pressure = 5 + random.nextGaussian();
      double flow = i == 400 ? 20 - pressure : 2 * pressure + 0.1 * random.nextGaussian();
      detection.process("a", new Pump(pressure, i == 450 ? Double.NaN : flow), i * MINUTE, out);
    }
    assertThat(scores()).hasSize(500);
    assertThat(scores().get(400).anomalous()).isTrue();
    assertThat(scores().get(450).status()).isEqualTo(Score.Status.NOT_FINITE);
    assertThat(incidents().get(0).evidence()).contains("from the mean of the vectors");
  }

  @Test
  void laws_randomVectors_hold() {
    ProcessorLaws.<String, Pump, Detection>of(
            AnomalyDetectionTest::vectorDetection,
            random -> "k" + random.nextInt(2),
            random -> new Pump(random.nextInt(3), random.nextInt(20) == 0 ? 99 : random.nextInt(5)))
        .sequences(20, 300)
        .check(42);
  }
}
