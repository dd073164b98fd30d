package io.thalweg.examples.fraud;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Quality of the order in which scores put transactions, without a threshold.
 *
 * @param auc the area under the ROC curve: the probability that a fraud scores higher than a
 *     legitimate transaction, ties counted as half
 * @param averagePrecision {@code Σ (R_k - R_(k-1)) P_k} over the distinct scores from the highest
 * @param cardPrecision the share of frauds among the {@link #CARDS} customers with the highest
 *     scores of a day, as a mean over the days
 */
record Ranking(double auc, double averagePrecision, double cardPrecision) {

  /** Number of cards that are checked each day. */
  static final int CARDS = 100;

  /**
   * Scored transaction.
   *
   * @param transaction the transaction
   * @param fraud true if it is fraudulent
   * @param score the score; a NaN ranks lowest
   */
  record Scored(Transaction transaction, boolean fraud, double score) {}

  /**
   * Ranks transactions. A customer is checked at most once for fraud that is found: a customer
   * among the highest of a day with a fraudulent transaction on that day is taken out of the days
   * after it, as the handbook does.
   *
   * @param transactions the transactions, in any order
   * @return the quality; NaN where there is no fraud or nothing but fraud
   */
  static Ranking of(List<Scored> transactions) {
    List<Scored> sorted = new ArrayList<>(transactions);
    sorted.sort((a, b) -> Double.compare(rank(b), rank(a)));
    long frauds = 0;
    long others = 0;
    double area = 0;
    double precision = 0;
    for (int i = 0; i < sorted.size(); ) {
      int end = i;
      long tiedFrauds = 0;
      for (; end < sorted.size() && rank(sorted.get(end)) == rank(sorted.get(i)); end++) {
        tiedFrauds += sorted.get(end).fraud ? 1 : 0;
      }
      long tiedOthers = end - i - tiedFrauds;
      area += tiedOthers * (frauds + tiedFrauds / 2.0);
      frauds += tiedFrauds;
      others += tiedOthers;
      precision += tiedFrauds * (frauds / (double) end);
      i = end;
    }
    return new Ranking(
        area / ((double) frauds * others), precision / frauds, cardPrecision(transactions));
  }

  private static double rank(Scored each) {
    return Double.isNaN(each.score) ? Double.NEGATIVE_INFINITY : each.score;
  }

  /** Customer on one day. */
  private static final class Card {
    private double score = Double.NEGATIVE_INFINITY;
    private boolean fraud;
  }

  private static double cardPrecision(List<Scored> transactions) {
    Map<Integer, Map<String, Card>> days = new TreeMap<>();
    for (Scored each : transactions) {
      Card card =
          days.computeIfAbsent(
                  FraudSimulation.day(each.transaction.timestamp()), day -> new HashMap<>())
              .computeIfAbsent(each.transaction.customer(), customer -> new Card());
      card.score = Math.max(card.score, rank(each));
      card.fraud |= each.fraud;
    }
    Set<String> found = new HashSet<>();
    double sum = 0;
    for (Map<String, Card> cards : days.values()) {
      List<String> highest =
          cards.keySet().stream()
              .filter(customer -> !found.contains(customer))
              .sorted(
                  (a, b) -> {
                    int order = Double.compare(cards.get(b).score, cards.get(a).score);
                    return order != 0 ? order : a.compareTo(b);
                  })
              .limit(CARDS)
              .filter(customer -> cards.get(customer).fraud)
              .toList();
      found.addAll(highest);
      sum += highest.size() / (double) CARDS;
    }
    return sum / days.size();
  }
}
