package io.thalweg.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class AlertSummaryTest {

  private static final double NONE = Double.NaN;

  @Test
  void summary_handComputed_isExact() {
    double[] scores = new double[100];
    scores[10] = 9; // in the probation
    scores[20] = 5; // false
    scores[31] = NONE;
    scores[42] = 5; // finds 40 to 44 after two rows
    scores[44] = 5;
    scores[61] = 5; // finds 60 in the row after
    List<RowRange> anomalies =
        List.of(new RowRange(40, 44), new RowRange(60, 60), new RowRange(80, 85));

    AlertSummary summary = AlertSummary.of(List.of(ScoredSeries.of(scores, anomalies)), 5);

    assertThat(summary).isEqualTo(new AlertSummary(85, 1, 4, 1, 3, 3, 2, 1));
    assertThat(summary.alertsPerThousand()).isCloseTo(3000.0 / 85, within(1e-12));
    assertThat(summary.alertRowsPerThousand()).isCloseTo(4000.0 / 85, within(1e-12));
  }

  @Test
  void summary_nothing_hasNoDelay() {
    assertThat(AlertSummary.of(List.of(), 1))
        .isEqualTo(new AlertSummary(0, 0, 0, 0, 0, 0, 0, NONE));
  }

  @Property(tries = 200)
  void summary_anyCorpus_agreesWithEventF1(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<ScoredSeries> corpus = ThresholdSweepTest.corpus(random);
    double threshold = random.nextInt(4);

    AlertSummary summary = AlertSummary.of(corpus, threshold);

    Evaluation expected = BruteForce.eventF1(corpus, threshold);
    assertThat(summary)
        .extracting("alerts", "events", "found")
        .containsExactly(expected.alerts(), expected.events(), expected.found());
    assertThat(summary.medianDelay() >= 0).isEqualTo(summary.found() > 0);
  }

  /** Average precision by its definition, row by row of a list of thresholds. */
  @Property(tries = 200)
  void averagePrecision_anySeries_equalsDefinition(@ForAll long seed) {
    for (ScoredSeries series : ThresholdSweepTest.corpus(new SplittableRandom(seed))) {
      boolean[] labels = BruteForce.labels(series);
      TreeMap<Double, int[]> byScore = new TreeMap<>((a, b) -> Double.compare(b, a));
      int positives = 0;
      for (int row = series.probation(); row < series.size(); row++) {
        positives += labels[row] ? 1 : 0;
        if (!Double.isNaN(series.score(row))) {
          int[] counts = byScore.computeIfAbsent(series.score(row) + 0.0, score -> new int[2]);
          counts[0]++;
          counts[1] += labels[row] ? 1 : 0;
        }
      }
      double expected = 0;
      double retrieved = 0;
      double right = 0;
      for (int[] counts : byScore.values()) {
        retrieved += counts[0];
        right += counts[1];
        expected += counts[1] / (double) positives * right / retrieved;
      }
      if (positives == 0) {
        assertThat(AveragePrecision.of(series)).isNaN();
      } else {
        assertThat(AveragePrecision.of(series)).isCloseTo(expected, within(1e-12));
      }
    }
  }

  /** Right at ranks 1 and 3 of 4, and one row without a score: (1/1 + 2/3) / 3. */
  @Test
  void averagePrecision_handComputed_isExact() {
    double[] scores = {0, 9, 3, 7, 5, NONE};
    boolean[] labels = {false, true, false, false, true, true};
    ScoredSeries series = ScoredSeries.of(scores, labels);

    assertThat(AveragePrecision.of(series)).isCloseTo((1 + 2.0 / 3) / 3, within(1e-15));
    ScoredSeries clean = ScoredSeries.of(scores, new boolean[6]);
    assertThat(AveragePrecision.of(clean)).isNaN();
    assertThat(AveragePrecision.mean(List.of(series, clean)))
        .isEqualTo(AveragePrecision.of(series));
    assertThat(AveragePrecision.mean(List.of(clean))).isNaN();
  }
}
