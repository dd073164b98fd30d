package io.thalweg.anomaly;

/**
 * The formula of a detector: the score of a value, given a statistic of the recent values of its
 * key. Implementations are pure functions.
 *
 * @param <R> the statistic
 */
interface ScoreFunction<R> {

  /**
   * Scores a value.
   *
   * @param value the value, finite
   * @param statistic the statistic, not empty
   * @param score receives the score
   * @return false if the value cannot be scored
   */
  boolean score(double value, R statistic, WindowScore score);
}
