package io.thalweg.anomaly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.testing.DetectorLaws;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DetectorsTest {

  private static final long MINUTE = 60_000;
  private static final Duration HOUR = Duration.ofHours(1);

  /** A detector, and the number of ordinary values after which no other has an effect. */
  record Case(DetectorSpec spec, int memory) {
    @Override
    public String toString() {
      return spec.name();
    }
  }

  /** All detectors, with small windows. */
  static Stream<Case> detectors() {
    return Stream.of(
        new Case(Detectors.standard(), 9_000),
        new Case(Detectors.trailingZ(50), 50),
        new Case(Detectors.trailingZ(7), 7),
        new Case(Detectors.decayedZ(0.05), 200),
        new Case(Detectors.decayedZ(0.02, 0.1), 500),
        new Case(Detectors.robustZ(50), 50),
        new Case(Detectors.robustZ(5), 20),
        new Case(Detectors.hampel(30, 3), 45),
        new Case(Detectors.nearestNeighbour(100), 500),
        new Case(Detectors.histogram(100), 250),
        new Case(Detectors.seasonal(HOUR, 6), 8_200),
        new Case(Detectors.holtWinters(HOUR, 12), 1_500),
        new Case(Detectors.holtWinters(HOUR, 1), 1_500),
        new Case(Detectors.autoregression(3), 4_500),
        new Case(Detectors.rateOfChange(0.05), 250));
  }

  @ParameterizedTest
  @MethodSource("detectors")
  void laws_valuesOfAllKinds_hold(Case detector) {
    DetectorLaws.of(detector.spec()).memory(detector.memory()).sequences(16, 250).check(42);
  }

  private static void learn(Detector detector, double... values) {
    for (int i = 0; i < values.length; i++) {
      detector.learn(values[i], i * MINUTE);
    }
  }

  private static double[] noise(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return DoubleStream.generate(() -> 50 + random.nextGaussian()).limit(n).toArray();
  }

  @Test
  void trailingZ_lastValues_isThatOfTheWindowWithoutTheValue() {
    double[] values = noise(500, 1);
    Detector detector = Detectors.trailingZ(30).newDetector();
    for (int i = 0; i < values.length; i++) {
      if (i >= 30) {
        double[] window = Arrays.copyOfRange(values, i - 30, i);
        double mean = Arrays.stream(window).average().orElseThrow();
        double squares = Arrays.stream(window).map(v -> (v - mean) * (v - mean)).sum();
        double expected = Math.abs(values[i] - mean) / Math.sqrt(squares / 29);
        assertThat(detector.score(values[i], i)).isCloseTo(expected, within(1e-10));
      }
      detector.learn(values[i], i);
    }
  }

  @Test
  void decayedZ_hugeValue_isForgottenAfterEightMemories() {
    Detector detector = Detectors.decayedZ(0.05).newDetector();
    Detector other = Detectors.decayedZ(0.05).newDetector();
    learn(detector, 1e300, -1e300);
    double[] values = noise(200, 2);
    learn(detector, values);
    learn(other, values);
    assertThat(detector.score(60, 0)).isCloseTo(other.score(60, 0), within(1.0));
  }

  @Test
  void decayedZ_twoSpeeds_newLevelIsOrdinaryOnceTheFastMeanFollows() {
    Detector slow = Detectors.decayedZ(0.002).newDetector();
    Detector both = Detectors.decayedZ(0.002, 0.1).newDetector();
    for (Detector detector : List.of(slow, both)) {
      learn(detector, noise(1_000, 3));
      learn(detector, Arrays.stream(noise(40, 4)).map(v -> v + 20).toArray());
    }
    assertThat(slow.score(70, 0)).isGreaterThan(3);
    assertThat(both.score(70, 0)).isLessThan(1);
    assertThat(both.score(90, 0)).isGreaterThan(3);
  }

  /** The median absolute deviation of 1, 1, 2, 2, 4, 6, 9 is 1, by Iglewicz and Hoaglin. */
  @Test
  void robustZ_oneOutlierAmongTheValues_doesNotHideAnother() {
    Detector detector = Detectors.robustZ(7).newDetector();
    learn(detector, 1, 1, 2, 2, 4, 6, 9e9);
    assertThat(detector.score(5, 0)).isCloseTo(3 / 1.482602218505602, within(1e-12));
  }

  /** More than half of 1, 1, 1, 1, 9 are equal: the mean absolute deviation is 1.6. */
  @Test
  void robustZ_medianAbsoluteDeviationZero_takesTheMeanOne() {
    Detector detector = Detectors.robustZ(5).newDetector();
    learn(detector, 1, 1, 1, 1, 9);
    assertThat(detector.score(9, 0)).isCloseTo(8 / (1.6 * 1.2533141373155003), within(1e-12));
  }

  @Test
  void sortedWindow_randomValues_equalsSorting() {
    SplittableRandom random = new SplittableRandom(5);
    for (int n : new int[] {1, 2, 3, 10, 33}) {
      SortedWindow window = new SortedWindow(n);
      double[] all = new double[200];
      for (int i = 0; i < all.length; i++) {
        all[i] = random.nextInt(12) - 5.5;
        window.add(all[i]);
        double[] last = Arrays.copyOfRange(all, Math.max(0, i + 1 - n), i + 1);
        Arrays.sort(last);
        int size = last.length;
        double median = (last[(size - 1) / 2] + last[size / 2]) / 2;
        double[] deviations = Arrays.stream(last).map(v -> Math.abs(v - median)).sorted().toArray();
        assertThat(window.size()).isEqualTo(size);
        assertThat(window.min()).isEqualTo(last[0]);
        assertThat(window.max()).isEqualTo(last[size - 1]);
        assertThat(window.median()).isEqualTo(median);
        assertThat(window.medianAbsoluteDeviation()).isEqualTo(deviations[size / 2]);
        double value = random.nextInt(12) - 5;
        assertThat(window.nearestDistance(value))
            .isEqualTo(Arrays.stream(last).map(v -> Math.abs(v - value)).min().orElseThrow());
      }
    }
  }

  @Test
  void hampel_outliersInARow_areReplacedUpToHalfAWindow() {
    Detector detector = Detectors.hampel(30, 3).newDetector();
    learn(detector, noise(100, 6));
    for (int i = 0; i < 15; i++) {
      assertThat(detector.score(90, 0)).isGreaterThan(20);
      detector.learn(90, 0);
    }
    for (int i = 0; i < 16; i++) { // a new level: learnt as it is
      detector.learn(90, 0);
    }
    assertThat(detector.score(90, 0)).isZero();
  }

  @Test
  void nearestNeighbour_valueBetweenTwoLevels_isNovelAndDampedByRecentGaps() {
    Detector detector = Detectors.nearestNeighbour(100).newDetector();
    double[] values = new double[100];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 2 == 0 ? 0 : 10;
    }
    learn(detector, values); // gaps: 10, then 0
    assertThat(detector.score(10, 0)).isZero();
    assertThat(detector.score(4, 0)).isCloseTo(16, within(1e-12));
    assertThat(detector.score(30, 0)).isCloseTo(200 / 3.0, within(1e-12));
    for (int i = 0; i < NearestNeighbour.GAPS; i++) {
      detector.learn(i % 2 == 0 ? 0 : 10, 0);
    }
    assertThat(detector.score(4, 0)).isCloseTo(40, within(1e-12)); // the gap of 10 is forgotten
  }

  @Test
  void histogram_valueBetweenTwoLevels_isMoreSurprisingThanTheLevels() {
    Detector detector = Detectors.histogram(1_000).newDetector();
    double[] values = noise(1_000, 7);
    for (int i = 0; i < values.length; i += 2) {
      values[i] += 30;
    }
    learn(detector, values);
    assertThat(detector.score(50, 0)).isLessThan(2);
    assertThat(detector.score(80, 0)).isLessThan(2);
    assertThat(detector.score(65, 0)).isGreaterThan(5);
    assertThat(detector.score(200, 0)).isGreaterThan(detector.score(150, 0)).isGreaterThan(7);
  }

  /** A daily curve of 48 values, with noise of 1. */
  private static double daily(int i, SplittableRandom random) {
    return 100 + 30 * Math.sin(2 * Math.PI * i / 48) + random.nextGaussian();
  }

  static Stream<Supplier<DetectorSpec>> ofSeasons() {
    return Stream.of(
        () -> Detectors.seasonal(Duration.ofDays(1), 48),
        () -> Detectors.holtWinters(Duration.ofDays(1), 48));
  }

  @ParameterizedTest
  @MethodSource("ofSeasons")
  void seasonal_valueOddForItsPhaseOnly_isFound(Supplier<DetectorSpec> spec) {
    Detector detector = spec.get().newDetector();
    SplittableRandom random = new SplittableRandom(8);
    int highest = 0;
    for (int i = 0; i < 48 * 21; i++) {
      double value = daily(i, random);
      long time = i * 30 * MINUTE;
      if (i >= 48 * 7) {
        assertThat(detector.score(value, time)).isLessThan(6);
        boolean isNearBoth = Math.abs(i % 24 - 12) > 9;
        assertThat(detector.score(daily(i + 24, random), time))
            .isGreaterThanOrEqualTo(isNearBoth ? 0 : 12);
        highest++;
      }
      detector.learn(value, time);
    }
    assertThat(highest).isEqualTo(48 * 14);
  }

  @Test
  void seasonal_seriesWithoutSeason_isThatOfTheDecayedMean() {
    Detector detector = Detectors.seasonal(Duration.ofDays(1), 48).newDetector();
    Detector decayed = Detectors.decayedZ(0.01).newDetector();
    SplittableRandom random = new SplittableRandom(9);
    double level = 0;
    for (int i = 0; i < 48 * 14; i++) {
      level += random.nextGaussian();
      detector.learn(level, i * 30 * MINUTE);
      decayed.learn(level, i * 30 * MINUTE);
    }
    assertThat(detector.score(100, 48 * 14 * 30 * MINUTE)).isEqualTo(decayed.score(100, 0));
  }

  @Test
  void holtWinters_trend_isForecast() {
    Detector detector = Detectors.holtWinters(Duration.ofHours(1), 1).newDetector();
    SplittableRandom random = new SplittableRandom(10);
    for (int i = 0; i < 2_000; i++) {
      detector.learn(5.0 * i + random.nextGaussian(), i * MINUTE);
    }
    ExpectedRange range = new ExpectedRange();
    detector.expect(2_000 * MINUTE, 3, range);
    assertThat(range.centre()).isCloseTo(10_000, within(3.0));
    assertThat(range.high() - range.low()).isBetween(4.0, 12.0);
    assertThat(detector.score(9_950, 2_000 * MINUTE)).isGreaterThan(20);
  }

  /** The weights of x[t] = 1.5 x[t-1] - 0.9 x[t-2] + noise: the errors are the noise. */
  @Test
  void autoregression_autoregressiveSeries_errorsAreTheNoise() {
    Detector detector = Detectors.autoregression(2).newDetector();
    SplittableRandom random = new SplittableRandom(11);
    double before = 0;
    double last = 0;
    double squares = 0;
    for (int i = 0; i < 6_000; i++) {
      double noise = random.nextGaussian();
      double value = 1.5 * last - 0.9 * before + noise;
      if (i >= 3_000) {
        double score = detector.score(1_000 + value, i);
        squares += score * score / 3_000;
        assertThat(score).isCloseTo(Math.abs(noise), within(1.5));
      }
      detector.learn(1_000 + value, i);
      before = last;
      last = value;
    }
    assertThat(squares).isBetween(0.9, 1.15);
  }

  @Test
  void rateOfChange_jumpOfASeriesThatDrifts_isFound() {
    Detector detector = Detectors.rateOfChange(0.01).newDetector();
    SplittableRandom random = new SplittableRandom(12);
    double level = 0;
    long time = 0;
    for (int i = 0; i < 1_000; i++) {
      level += random.nextGaussian();
      time += random.nextInt(2) * MINUTE; // half of the timestamps are equal
      if (i > 200) {
        assertThat(detector.score(level, time)).isLessThan(6);
      }
      detector.learn(level, time);
    }
    assertThat(detector.score(level + 20, time + MINUTE)).isGreaterThan(8);
    assertThat(detector.score(level + 20, time + 1_000 * MINUTE)).isLessThan(1);
  }

  @ParameterizedTest
  @MethodSource("detectors")
  void expect_beforeTheFirstJudgement_isNothing(Case detector) {
    ExpectedRange range = new ExpectedRange();
    range.set(1, 1, 1);
    detector.spec().newDetector().expect(0, 3, range);
    assertThat(range.centre()).isNaN();
    assertThat(range.low()).isNaN();
  }

  @Test
  void factories_parametersOutOfRange_areRefusedWithTheRule() {
    assertThatThrownBy(() -> Detectors.trailingZ(1)).hasMessage("n must be at least 2: 1");
    assertThatThrownBy(() -> Detectors.decayedZ(0))
        .hasMessage("share must be above 0 and at most 1: 0.0");
    assertThatThrownBy(() -> Detectors.decayedZ(0.5, 0.1))
        .hasMessage("slow must be below fast: 0.5, 0.1");
    assertThatThrownBy(() -> Detectors.hampel(30, Double.NaN))
        .hasMessage("threshold must be above 0: NaN");
    assertThatThrownBy(() -> Detectors.seasonal(Duration.ofDays(400), 4))
        .hasMessageStartingWith("period must be from 1 ms a phase to 366 days: PT9600H");
    assertThatThrownBy(() -> Detectors.holtWinters(HOUR, 0))
        .hasMessage("phases must be from 1 to 10000: 0");
    assertThatThrownBy(() -> Detectors.autoregression(65))
        .hasMessage("order must be from 1 to 64: 65");
  }

  static Stream<VectorDetectorSpec> ofVectors() {
    return Stream.of(Detectors.nearestVectors(60, 3), Detectors.mahalanobis(0.05));
  }

  @ParameterizedTest
  @MethodSource("ofVectors")
  void laws_vectorsOfAllKinds_hold(VectorDetectorSpec spec) {
    DetectorLaws.of(spec, 3).memory(250).sequences(16, 250).check(42);
    DetectorLaws.of(spec, 1).memory(250).sequences(8, 250).check(43);
  }

  @ParameterizedTest
  @MethodSource("ofVectors")
  void vectors_valuesThatBreakTheirRelation_areFound(VectorDetectorSpec spec) {
    VectorDetector detector = spec.newDetector(2);
    SplittableRandom random = new SplittableRandom(13);
    for (int i = 0; i < 400; i++) {
      double x = random.nextGaussian();
      detector.learn(new double[] {x, 1_000 - 50 * x + random.nextGaussian()}, i);
    }
    double ordinary = detector.score(new double[] {1.2, 940}, 400);
    assertThat(detector.score(new double[] {1.2, 1_060}, 400)).isGreaterThan(3 * ordinary);
    assertThat(detector.evidence(new double[] {1.2, 1_060}, 400)).contains("standard deviations");
  }

  /** Correlation 0.6 of two values with variance 1: the distance of (1, -1) is √5. */
  @Test
  void mahalanobis_knownCovariance_isTheDistance() {
    VectorDetector detector = Detectors.mahalanobis(0.001).newDetector(2);
    SplittableRandom random = new SplittableRandom(14);
    for (int i = 0; i < 8_000; i++) {
      double x = random.nextGaussian();
      detector.learn(new double[] {x, 0.6 * x + 0.8 * random.nextGaussian()}, i);
    }
    assertThat(detector.score(new double[] {1, -1}, 0)).isCloseTo(Math.sqrt(5), within(0.25));
    assertThat(detector.score(new double[] {1, 1}, 0)).isCloseTo(Math.sqrt(1.25), within(0.15));
  }
}
