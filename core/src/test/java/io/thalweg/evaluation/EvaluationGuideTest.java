package io.thalweg.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.anomaly.Detector;
import io.thalweg.anomaly.Detectors;
import io.thalweg.testing.SeriesGenerator;
import io.thalweg.testing.SeriesGenerator.Anomalies;
import io.thalweg.testing.SeriesGenerator.Background;
import io.thalweg.testing.SeriesGenerator.Kind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The code of docs/evaluation.md. */
class EvaluationGuideTest {

  // region score
  static ScoredSeries score(Detector detector, SeriesGenerator series, int rows) {
    double[] scores = new double[rows];
    boolean[] labels = new boolean[rows];
    for (int row = 0; row < rows; row++) {
      series.next();
      scores[row] = detector.score(series.value(), series.timestamp());
      detector.learn(series.value(), series.timestamp());
      labels[row] = series.anomalous();
    }
    return ScoredSeries.of(scores, labels);
  }

  // endregion

  @Test
  void guide_evaluation_holds() {
    // region evaluate
    List<ScoredSeries> corpus = new ArrayList<>();
    for (int seed = 0; seed < 10; seed++) {
      Anomalies spikes = new Anomalies(Kind.SPIKE, 8, 1, 1_000, 200);
      SeriesGenerator series = SeriesGenerator.of(Background.AR1, spikes, seed);
      corpus.add(score(Detectors.decayedZ(0.01).newDetector(), series, 5_000));
    }
    ThresholdSweep sweep = ThresholdSweep.eventF1(corpus);
    Evaluation best = sweep.best(); // the labels chose the threshold
    Interval halves = sweep.randomHalves(200, 42); // the other half of the series chose it
    AlertSummary alerts = AlertSummary.of(corpus, best.threshold());
    // endregion

    assertThat(best.score()).isGreaterThan(0.95);
    assertThat(halves.mean()).isBetween(0.9, best.score());
    assertThat(alerts.found()).isGreaterThan(95 * alerts.events() / 100);
    assertThat(alerts.medianDelay()).isZero();
  }
}
