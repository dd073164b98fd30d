package io.thalweg.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScoredSeriesTest {

  @Test
  void probation_default_is15PercentButAtMost750() {
    assertThat(ScoredSeries.of(new double[0], List.of()).probation()).isZero();
    assertThat(ScoredSeries.of(new double[19], List.of()).probation()).isEqualTo(2);
    assertThat(ScoredSeries.of(new double[4032], List.of()).probation()).isEqualTo(604);
    assertThat(ScoredSeries.of(new double[5000], List.of()).probation()).isEqualTo(750);
    assertThat(ScoredSeries.of(new double[22_695], List.of()).probation()).isEqualTo(750);
    assertThat(ScoredSeries.of(new double[200_000_000 / 100], List.of()).probation())
        .isEqualTo(750);
    assertThat(ScoredSeries.of(new double[9], List.of()).withProbation(9).probation()).isEqualTo(9);
  }

  @Test
  void anomalies_ofLabels_areRuns() {
    boolean[] labels = {true, true, false, true, false, false, true};

    ScoredSeries series = ScoredSeries.of(new double[7], labels);

    assertThat(series.anomalies())
        .containsExactly(new RowRange(0, 1), new RowRange(3, 3), new RowRange(6, 6));
    assertThat(series.withProbation(0).events(1))
        .containsExactly(new RowRange(0, 3), new RowRange(6, 6));
    assertThat(series.withProbation(4).events(1)).containsExactly(new RowRange(6, 6));
  }

  @Test
  void scores_changedByCaller_stay() {
    double[] scores = {1, 2};
    ScoredSeries series = ScoredSeries.of(scores, List.of());
    scores[0] = 5;

    assertThat(series.score(0)).isEqualTo(1);
  }

  @Test
  void arguments_wrong_areRejected() {
    double[] scores = new double[10];
    RowRange range = new RowRange(3, 5);
    assertThatThrownBy(() -> ScoredSeries.of(scores, new boolean[9]))
        .hasMessage("each row needs a score and a label: 10, 9");
    assertThatThrownBy(() -> ScoredSeries.of(scores, List.of(range, new RowRange(5, 6))))
        .hasMessageContaining("in order, without overlap, and within 10 rows");
    assertThatThrownBy(() -> ScoredSeries.of(scores, List.of(new RowRange(9, 10))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ScoredSeries.of(scores, List.of(range)).withProbation(11))
        .hasMessage("probation must be between 0 and 10: 11");
  }
}
