package io.thalweg.model;

import java.util.List;

/**
 * Trained model that scores a row of features.
 *
 * <p>Implementations are immutable, allocate nothing to score a row, and are safe to share between
 * threads.
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
}
