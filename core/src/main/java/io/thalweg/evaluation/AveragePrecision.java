package io.thalweg.evaluation;

import java.util.List;

/**
 * Average precision of the rows of a series, {@code Σ (R_k - R_(k-1)) P_k} over its distinct scores
 * from the highest, with precision {@code P_k} and recall {@code R_k} of the rows that score at
 * least the {@code k}-th. It needs no threshold.
 *
 * <p>The rows of the probation are not judged. A row whose score is NaN is never retrieved: a
 * labelled one lowers the recall. O(n log n).
 */
public final class AveragePrecision {

  private AveragePrecision() {}

  /**
   * Returns the average precision of a series.
   *
   * @param series the series
   * @return 0 to 1; NaN if no judged row is labelled
   */
  public static double of(ScoredSeries series) {
    boolean[] labels = series.labels();
    long positives = 0;
    for (int row = series.probation(); row < labels.length; row++) {
      positives += labels[row] ? 1 : 0;
    }
    int[] ranking = series.ranking();
    double sum = 0;
    long right = 0;
    long rightBefore = 0;
    for (int i = 0; i < ranking.length; i++) {
      right += labels[ranking[i]] ? 1 : 0;
      if (i + 1 == ranking.length || series.score(ranking[i + 1]) != series.score(ranking[i])) {
        sum += (right - rightBefore) * (right / (i + 1.0));
        rightBefore = right;
      }
    }
    return sum / positives;
  }

  /**
   * Returns the mean over the series that have a labelled row.
   *
   * @param corpus the series
   * @return 0 to 1; NaN if no series has one
   */
  public static double mean(List<ScoredSeries> corpus) {
    return corpus.stream()
        .mapToDouble(AveragePrecision::of)
        .filter(precision -> !Double.isNaN(precision))
        .average()
        .orElse(Double.NaN);
  }
}
