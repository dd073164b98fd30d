package io.thalweg.evaluation;

/**
 * The score of a corpus at one threshold, and the counts behind it.
 *
 * @param threshold the score from which a row alerts, +∞ for none; NaN if the series have different
 *     ones
 * @param score the score of the corpus: at most 100 by the Numenta Anomaly Benchmark, 0 to 1 for
 *     event F1; NaN if the corpus has no anomaly
 * @param alerts the alerts: rows that alert by the Numenta Anomaly Benchmark, merged alerts for
 *     event F1
 * @param falseAlerts the alerts that are false
 * @param events the labelled anomalies
 * @param found the labelled anomalies that are found
 */
public record Evaluation(
    double threshold, double score, long alerts, long falseAlerts, long events, long found) {

  /**
   * Returns the share of the alerts that are right.
   *
   * @return 0 to 1; NaN without alerts
   */
  public double precision() {
    return (alerts - falseAlerts) / (double) alerts;
  }

  /**
   * Returns the share of the labelled anomalies that are found.
   *
   * @return 0 to 1; NaN without anomalies
   */
  public double recall() {
    return found / (double) events;
  }
}
