package io.thalweg.anomaly;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Output;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Series from public reports of detectors that alarmed too much or not at all. */
class PublicReportsTest {

  private static final long MINUTE = 60_000;

  private final List<Incident> incidents = new ArrayList<>();
  private final List<Score> scores = new ArrayList<>();

  private void feed(DetectorSpec spec, int n, long interval, IntToDoubleFunction value) {
    AnomalyDetection<String, double[]> detection =
        AnomalyDetection.<double[]>of(spec, reading -> reading[0]).build();
    Output<String, Detection> out =
        (key, result) -> {
          if (result instanceof Score score) {
            scores.add(score);
          } else {
            incidents.add((Incident) result);
          }
        };
    for (int i = 0; i < n; i++) {
      detection.process("a", new double[] {value.applyAsDouble(i)}, i * interval, out);
    }
  }

  private List<Incident> opened() {
    return incidents.stream().filter(i -> i.state() == Incident.State.OPENED).toList();
  }

  private List<Incident> closed() {
    return incidents.stream().filter(i -> i.state() == Incident.State.CLOSED).toList();
  }

  static Stream<DetectorSpec> ofLevels() {
    return Stream.of(
        Detectors.trailingZ(1_000),
        Detectors.decayedZ(0.01),
        Detectors.decayedZ(0.002, 0.05),
        Detectors.robustZ(1_000),
        Detectors.hampel(100, 3),
        Detectors.histogram(1_000));
  }

  @ParameterizedTest
  @MethodSource("ofLevels")
  void process_constant7Then8_isOneIncidentUntilTheLevelIsLearnt(DetectorSpec spec) {
    feed(spec, 3_000, MINUTE, i -> i < 1_500 ? 7 : 8);
    assertThat(opened()).hasSize(1);
    assertThat(opened().get(0).start()).isEqualTo(1_500 * MINUTE);
    assertThat(closed()).hasSize(1);
    assertThat(closed().get(0).duration()).isLessThan(600 * MINUTE);
  }

  @ParameterizedTest
  @MethodSource("ofLevels")
  void process_readingsThatChangeByOneUnitInTheLastPlace_areOrdinary(DetectorSpec spec) {
    SplittableRandom random = new SplittableRandom(1);
    feed(spec, 3_000, MINUTE, i -> random.nextInt(50) == 0 ? Math.nextUp(1e9) : 1e9);
    assertThat(scores).noneMatch(Score::anomalous);
  }

  @Test
  void process_burstOf20ReadingsInAWindowOf50_isOneIncidentThatLasts() {
    SplittableRandom random = new SplittableRandom(2);
    feed(
        Detectors.trailingZ(50),
        20_100,
        MINUTE,
        i -> (i >= 20_000 && i < 20_020 ? 10 : 0) + random.nextGaussian());
    List<Incident> late = opened().stream().filter(i -> i.start() >= 20_000 * MINUTE).toList();
    assertThat(late).hasSize(1);
    assertThat(late.get(0).start()).isEqualTo(20_000 * MINUTE);
    assertThat(closed().get(closed().size() - 1).timestamp()).isEqualTo(20_024 * MINUTE);
  }

  @ParameterizedTest
  @MethodSource("ofLevels")
  void process_halfASpikeAfterTwoSpikes_isFound(DetectorSpec spec) {
    SplittableRandom random = new SplittableRandom(3);
    feed(
        spec,
        600,
        MINUTE,
        i -> (i == 560 || i == 565 ? 100 : i == 570 ? 50 : 0) + random.nextGaussian());
    assertThat(List.of(scores.get(560), scores.get(565))).allMatch(Score::anomalous);
    assertThat(scores.get(570).score()).isGreaterThan(5);
    assertThat(scores.get(570).probability()).isLessThan(5e-3);
  }

  /** A job of one hour at 2:00 each day for three weeks, except on day 20. */
  @Test
  void process_dailyJob_isOrdinaryFromTheSecondWeekOnAndMissedWhenItDoesNotRun() {
    SplittableRandom random = new SplittableRandom(4);
    int day = 288;
    feed(
        Detectors.seasonal(Duration.ofDays(1), 96),
        21 * day,
        5 * MINUTE,
        i -> (i % day / 12 == 2 && i / day != 20 ? 60 : 10) + random.nextGaussian());
    int missing = 20 * day + 24;
    assertThat(opened())
        .noneMatch(i -> i.start() >= 7L * day * 5 * MINUTE && i.start() < missing * 5L * MINUTE);
    assertThat(scores.subList(7 * day, missing)).allMatch(score -> score.score() < 8);
    assertThat(scores.get(missing).score()).isGreaterThan(20);
  }
}
