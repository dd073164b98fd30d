package io.thalweg.evaluation;

/** Rules of a score that is a function of counts, each a sum over the series. */
interface CorpusScore {

  /** Returns the number of events of a series. */
  int events(ScoredSeries series);

  /**
   * Lowers the threshold over a series, row by row in the order of {@link ScoredSeries#ranking},
   * and reports each change.
   */
  void sweep(ScoredSeries series, Steps steps);

  /** Returns the score of a corpus. */
  double score(double gain, long alerts, long falseAlerts, long events, long found);

  /** Receives the changes of the counts of a series. */
  interface Steps {

    /**
     * Adds a change.
     *
     * @param threshold the threshold from which it holds
     * @param gain the change of a sum that only the score knows
     * @param alerts the change of the number of alerts
     * @param falseAlerts the change of the number of false alerts
     * @param found the change of the number of events found
     */
    void add(double threshold, double gain, int alerts, int falseAlerts, int found);
  }
}
