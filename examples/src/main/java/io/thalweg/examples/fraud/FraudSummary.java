package io.thalweg.examples.fraud;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Quality and worth of the decisions of a run.
 *
 * @param all the quality of all decisions
 * @param test the quality without cards that are known to be compromised, as the handbook tests
 * @param byModel the number of decisions of each version of the model
 * @param alerts the number of alerts
 * @param found the number of frauds among them
 * @param frauds the number of frauds
 * @param foundAmount the amount of the frauds among the alerts
 * @param fraudAmount the amount of all frauds
 */
record FraudSummary(
    Ranking all,
    Ranking test,
    Map<String, Integer> byModel,
    long alerts,
    long found,
    long frauds,
    double foundAmount,
    double fraudAmount) {

  /** Cost of the check of an alert. */
  static final double CHECK_COST = 10;

  /** Days of the period of training and of the delay before the first decision. */
  private static final int TRAINING_AND_DELAY = 14;

  /**
   * Summarizes decisions.
   *
   * @param simulation the transactions
   * @param decisions the decisions
   * @param firstDay the day of the first decision
   * @return the summary
   */
  static FraudSummary of(
      FraudSimulation simulation, List<Decisions.Decision> decisions, int firstDay) {
    CompromisedCards compromised = new CompromisedCards(simulation, firstDay - TRAINING_AND_DELAY);
    List<Ranking.Scored> all = new ArrayList<>();
    List<Ranking.Scored> test = new ArrayList<>();
    Map<String, Integer> byModel = new TreeMap<>();
    long alerts = 0;
    long found = 0;
    long frauds = 0;
    double foundAmount = 0;
    double fraudAmount = 0;
    for (Decisions.Decision each : decisions) {
      boolean fraud = simulation.isFraud(each.transaction().id());
      Ranking.Scored scored = new Ranking.Scored(each.transaction(), fraud, each.score());
      all.add(scored);
      if (!compromised.contains(each.transaction())) {
        test.add(scored);
      }
      byModel.merge(each.model(), 1, Integer::sum);
      alerts += each.alert() ? 1 : 0;
      if (fraud) {
        frauds++;
        fraudAmount += each.transaction().amount();
        found += each.alert() ? 1 : 0;
        foundAmount += each.alert() ? each.transaction().amount() : 0;
      }
    }
    return new FraudSummary(
        Ranking.of(all),
        Ranking.of(test),
        byModel,
        alerts,
        found,
        frauds,
        foundAmount,
        fraudAmount);
  }

  /**
   * Returns the amount of the frauds found less the cost of the checks.
   *
   * @return the amount; negative if the checks cost more
   */
  double saved() {
    return foundAmount - CHECK_COST * alerts;
  }

  /**
   * Prints the summary.
   *
   * @param out prints a line
   * @param threshold the smallest score of an alert
   */
  void print(NaiveFeatures.Printer out, double threshold) {
    out.line("");
    out.line(
        "%-18s  AUC %.3f, average precision %.3f, card precision@100 %.3f",
        "all transactions", all.auc(), all.averagePrecision(), all.cardPrecision());
    out.line(
        "%-18s  AUC %.3f, average precision %.3f, card precision@100 %.3f",
        "unknown cards", test.auc(), test.averagePrecision(), test.cardPrecision());
    out.line("%-18s  %s", "models", byModel);
    out.line(
        "%-18s  %,d at score >= %.2f, %.1f %% of them fraud; %,d of %,d frauds found",
        "alerts", alerts, threshold, 100.0 * found / alerts, found, frauds);
    out.line(
        "%-18s  %,.0f of %,.0f in frauds, less %,d checks at %.0f each: %,.0f saved",
        "money", foundAmount, fraudAmount, alerts, CHECK_COST, saved());
  }
}
