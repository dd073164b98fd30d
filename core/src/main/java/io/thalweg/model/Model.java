package io.thalweg.model;

import java.util.List;

/**
 * Trained model that scores a row of features.
 *
 * <p>Implementations do not change by scoring and are safe to share between threads. Those of this
 * package that read trained models allocate nothing to score a row.
 */
public interface Model {

  /**
   * Returns the names of the features, in the order of a row.
   *
   * @return an immutable list
   */
  List<String> features();

  /**
   * Scores a row.
   *
   * @param row one value for each feature, unchanged; NaN if it is missing
   * @return the prediction, such as a probability
   * @throws IllegalArgumentException if the row is shorter than the list of features
   */
  double score(double[] row);

  /**
   * Scores several rows in one call. The default scores them one after another; a model whose calls
   * have a large fixed cost overrides it.
   *
   * @param rows the rows, unchanged
   * @param scores receives the prediction of each row; at least as long as {@code rows}
   * @throws IllegalArgumentException if a row is shorter than the list of features, or there are
   *     fewer places for scores than rows
   */
  default void score(double[][] rows, double[] scores) {
    if (scores.length < rows.length) {
      throw new IllegalArgumentException(
          "scores must have a place for each of " + rows.length + " rows: " + scores.length);
    }
    for (int i = 0; i < rows.length; i++) {
      scores[i] = score(rows[i]);
    }
  }
}
