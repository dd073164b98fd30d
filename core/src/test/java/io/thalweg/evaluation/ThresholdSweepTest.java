package io.thalweg.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.BiFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ThresholdSweepTest {

  private static final double NONE = Double.NaN;

  private static ScoredSeries series(int size, List<RowRange> anomalies, double... rowsAndScores) {
    double[] scores = new double[size];
    for (int i = 0; i < rowsAndScores.length; i += 2) {
      scores[(int) rowsAndScores[i]] = rowsAndScores[i + 1];
    }
    return ScoredSeries.of(scores, anomalies);
  }

  private static double sigma(double y) {
    return 2 / (1 + Math.exp(5 * y)) - 1;
  }

  /**
   * 100 rows, probation 15, a window of rows 40 to 49. The row 45 has y = -(49 - 45 + 1) / 10 =
   * -0.5, so that it is worth 0.848283640 / 0.986614298 = 0.859792567. The row 54 has y = 5 / 9: σ
   * = -0.882926. The row 20 has no window before it and costs 1.
   */
  @Test
  void nab_handComputed_isExact() {
    List<ScoredSeries> corpus =
        List.of(
            series(
                100,
                List.of(new RowRange(40, 49)),
                5,
                9,
                20,
                5,
                45,
                8,
                43,
                4,
                47,
                7,
                54,
                6,
                99,
                3));
    ThresholdSweep sweep = ThresholdSweep.nab(corpus, NabProfile.STANDARD);

    double value = sigma(-0.5) / sigma(-1);
    assertThat(value).isCloseTo(0.859792567, within(1e-9));
    assertThat(sweep.at(8).score()).isCloseTo(50 * (value + 1), within(1e-9));
    assertThat(sweep.at(7)).isEqualTo(new Evaluation(7, sweep.at(8).score(), 2, 0, 1, 1));
    double pastWindow = 0.11 * sigma(5 / 9.0);
    assertThat(pastWindow).isCloseTo(-0.11 * 0.882926, within(1e-6));
    assertThat(sweep.at(6).score()).isCloseTo(50 * (value + 1 + pastWindow), within(1e-9));
    assertThat(sweep.at(5).score()).isCloseTo(50 * (value + 1 + pastWindow - 0.11), within(1e-9));
    double earlier = sigma(-0.7) / sigma(-1);
    assertThat(sweep.at(4).score()).isCloseTo(50 * (earlier + 1 + pastWindow - 0.11), within(1e-9));
    // row 99 is 50 / 9 > 3 window lengths past the window
    assertThat(sweep.at(3).score()).isCloseTo(50 * (earlier + 1 + pastWindow - 0.22), within(1e-9));
    assertThat(sweep.at(3)).extracting("alerts", "falseAlerts").containsExactly(6L, 3L);
    assertThat(sweep.best()).isEqualTo(sweep.at(8)); // row 5 is in the probation
  }

  @Test
  void nab_profiles_weighErrors() {
    List<RowRange> windows = List.of(new RowRange(40, 49), new RowRange(80, 89));
    List<ScoredSeries> corpus = List.of(series(100, windows, 20, 5, 40, 5));

    assertThat(ThresholdSweep.nab(corpus, NabProfile.STANDARD).at(5).score())
        .isCloseTo(100 * (1 - 0.11 - 1 + 2) / 4, within(1e-9));
    assertThat(ThresholdSweep.nab(corpus, NabProfile.LOW_FALSE_POSITIVES).at(5).score())
        .isCloseTo(100 * (1 - 0.22 - 1 + 2) / 4, within(1e-9));
    assertThat(ThresholdSweep.nab(corpus, NabProfile.LOW_FALSE_NEGATIVES).at(5).score())
        .isCloseTo(100 * (1 - 0.11 - 2 + 4) / 6, within(1e-9));
  }

  @Test
  void nab_firstRowsOfWindows_is100() {
    List<RowRange> windows = List.of(new RowRange(40, 49), new RowRange(50, 59));
    ThresholdSweep sweep =
        ThresholdSweep.nab(List.of(series(100, windows, 40, 1, 50, 1)), NabProfile.STANDARD);

    assertThat(sweep.best().score()).isCloseTo(100, within(1e-12));
    assertThat(sweep.at(2).score()).isZero();
  }

  @Test
  void nab_scoresOfNan_neverAlert() {
    List<RowRange> windows = List.of(new RowRange(40, 49));
    double[] scores = new double[100];
    java.util.Arrays.fill(scores, NONE);
    ThresholdSweep sweep =
        ThresholdSweep.nab(List.of(ScoredSeries.of(scores, windows)), NabProfile.STANDARD);

    assertThat(sweep.best()).isEqualTo(new Evaluation(Double.POSITIVE_INFINITY, 0, 0, 0, 1, 0));
    assertThat(sweep.at(Double.NEGATIVE_INFINITY).alerts()).isZero();
  }

  @Test
  void nab_infiniteScores_alertAtEveryThreshold() {
    ThresholdSweep sweep =
        ThresholdSweep.nab(
            List.of(series(100, List.of(new RowRange(40, 49)), 40, Double.POSITIVE_INFINITY)),
            NabProfile.STANDARD);

    assertThat(sweep.best()).isEqualTo(new Evaluation(Double.POSITIVE_INFINITY, 100, 1, 0, 1, 1));
  }

  /**
   * Labels at 30, 31, 33 (one event, over the gap) and 60. Alerts at threshold 1: 34 and 40 are one
   * alert that begins in the row after the event, right; 61 is right as the row before it is
   * labelled; 80, 90, 100 are one false alert, 111 another. P = 2/4, R = 2/2.
   */
  @Test
  void eventF1_handComputed_isExact() {
    List<RowRange> labelled =
        List.of(new RowRange(30, 31), new RowRange(33, 33), new RowRange(60, 60));
    ThresholdSweep sweep =
        ThresholdSweep.eventF1(
            List.of(series(150, labelled, 34, 1, 40, 1, 61, 1, 80, 2, 90, 1, 100, 2, 111, 1)));

    assertThat(sweep.at(1)).isEqualTo(new Evaluation(1, 2 * 0.5 / 1.5, 4, 2, 2, 2));
    assertThat(sweep.at(2)).isEqualTo(new Evaluation(2, 0, 2, 2, 2, 0));
    assertThat(sweep.at(3)).isEqualTo(new Evaluation(3, 0, 0, 0, 2, 0));
    assertThat(sweep.best()).isEqualTo(sweep.at(1));
    assertThat(sweep.at(1).precision()).isEqualTo(0.5);
    assertThat(sweep.at(1).recall()).isEqualTo(1);
  }

  @Test
  void eventF1_eventEndsInProbation_isNotJudged() {
    ThresholdSweep sweep =
        ThresholdSweep.eventF1(
            List.of(series(100, List.of(new RowRange(5, 14), new RowRange(50, 50)), 15, 1)));

    assertThat(sweep.at(1)).isEqualTo(new Evaluation(1, 0, 1, 0, 1, 0));
  }

  @Test
  void best_noAnomalies_isNoAlertOfScoreNan() {
    for (ThresholdSweep sweep :
        List.of(
            ThresholdSweep.nab(List.of(series(100, List.of(), 20, 1)), NabProfile.STANDARD),
            ThresholdSweep.eventF1(List.of(series(100, List.of(), 20, 1))),
            ThresholdSweep.eventF1(List.of()))) {
      assertThat(sweep.best().threshold()).isInfinite();
      assertThat(sweep.best().score()).isNaN();
      assertThat(sweep.randomHalves(3, 1).mean()).isNaN();
      assertThat(sweep.bootstrap(3, 1).mean()).isNaN();
    }
  }

  @Test
  void arguments_wrong_areRejected() {
    ThresholdSweep sweep = ThresholdSweep.eventF1(List.of());
    assertThatThrownBy(() -> sweep.at(NONE)).hasMessage("threshold must be a number: NaN");
    assertThatThrownBy(() -> sweep.randomHalves(0, 1)).hasMessage("times must be positive: 0");
    assertThatThrownBy(() -> sweep.bootstrap(-1, 1)).hasMessage("times must be positive: -1");
    assertThatThrownBy(() -> new NabProfile(-1, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new RowRange(3, 2)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void heldOut_twoSeries_takeThresholdOfTheOther() {
    List<RowRange> window = List.of(new RowRange(40, 49));
    ScoredSeries low = series(100, window, 40, 2, 20, 1);
    ScoredSeries high = series(100, window, 40, 5, 20, 3);
    ThresholdSweep sweep = ThresholdSweep.nab(List.of(low, high), NabProfile.STANDARD);

    HeldOut heldOut = sweep.heldOut(i -> i == 0);

    assertThat(heldOut.first()).isEqualTo(new Evaluation(5, 0, 0, 0, 1, 0));
    assertThat(heldOut.second().threshold()).isEqualTo(2);
    assertThat(heldOut.second().score()).isCloseTo(50 * (2 - 0.11), within(1e-9));
    assertThat(heldOut.together().score()).isCloseTo(25 * (2 - 0.11), within(1e-9));
    assertThat(heldOut.together().threshold()).isNaN();
    // two series have one division in halves
    Interval halves = sweep.randomHalves(20, 7);
    assertThat(halves.mean()).isCloseTo(heldOut.together().score(), within(1e-9));
    assertThat(halves.low()).isEqualTo(halves.high());
  }

  @Property(tries = 150)
  void sweep_anyCorpus_equalsBruteForce(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<ScoredSeries> corpus = corpus(random);
    check(
        corpus,
        ThresholdSweep.nab(corpus, NabProfile.LOW_FALSE_POSITIVES),
        (series, threshold) -> BruteForce.nab(series, threshold, NabProfile.LOW_FALSE_POSITIVES));
    check(corpus, ThresholdSweep.eventF1(corpus), BruteForce::eventF1);
  }

  private static void check(
      List<ScoredSeries> corpus,
      ThresholdSweep sweep,
      BiFunction<List<ScoredSeries>, Double, Evaluation> bruteForce) {
    TreeSet<Double> thresholds = new TreeSet<>(List.of(Double.POSITIVE_INFINITY));
    for (ScoredSeries series : corpus) {
      for (int row = series.probation(); row < series.size(); row++) {
        if (!Double.isNaN(series.score(row))) {
          thresholds.add(series.score(row) + 0.0);
        }
      }
    }
    double best = Double.NEGATIVE_INFINITY;
    for (double threshold : thresholds) {
      Evaluation expected = bruteForce.apply(corpus, threshold);
      same(sweep.at(threshold), expected);
      best = Math.max(best, expected.score());
    }
    if (Double.isNaN(best)) {
      assertThat(sweep.best().score()).isNaN();
      return;
    }
    assertThat(sweep.best().score()).isCloseTo(best, within(1e-9));
    HeldOut heldOut = sweep.heldOut(i -> i % 3 == 0);
    List<ScoredSeries> first = new ArrayList<>();
    List<ScoredSeries> second = new ArrayList<>();
    for (int i = 0; i < corpus.size(); i++) {
      (i % 3 == 0 ? first : second).add(corpus.get(i));
    }
    same(heldOut.first(), bruteForce.apply(first, heldOut.first().threshold()));
    same(heldOut.second(), bruteForce.apply(second, heldOut.second().threshold()));
  }

  private static void same(Evaluation actual, Evaluation expected) {
    assertThat(actual.score()).isCloseTo(expected.score(), within(1e-9));
    assertThat(actual).usingRecursiveComparison().ignoringFields("score").isEqualTo(expected);
  }

  static List<ScoredSeries> corpus(SplittableRandom random) {
    List<ScoredSeries> corpus = new ArrayList<>();
    int count = random.nextInt(1, 5);
    for (int s = 0; s < count; s++) {
      int size = random.nextInt(0, 120);
      double[] scores = new double[size];
      for (int row = 0; row < size; row++) {
        scores[row] =
            switch (random.nextInt(8)) {
              case 0 -> NONE;
              case 1 -> random.nextDouble() * 4;
              case 2 -> 4 - random.nextInt(8);
              case 3 -> random.nextInt(20) == 0 ? Double.POSITIVE_INFINITY : -0.0;
              default -> 0;
            };
      }
      List<RowRange> anomalies = new ArrayList<>();
      for (int row = random.nextInt(30); row < size; row += random.nextInt(1, 40)) {
        int last = Math.min(size - 1, row + random.nextInt(1 + random.nextInt(20)));
        anomalies.add(new RowRange(row, last));
        row = last;
      }
      corpus.add(ScoredSeries.of(scores, anomalies));
    }
    return corpus;
  }
}
