package io.thalweg.examples.fraud;

import java.util.HashMap;
import java.util.Map;

/**
 * Customers whose cards are known to be compromised, as the handbook takes them out of a test: by a
 * fraud since the first day of the last week of training whose label is known. The label of a day
 * is known from the eighth day after it on.
 */
final class CompromisedCards {

  private static final int DAYS_UNTIL_KNOWN = 8;

  private final Map<String, Integer> firstFraud = new HashMap<>();

  /**
   * Finds the compromised cards.
   *
   * @param simulation the transactions
   * @param from the first day of the last week of training
   */
  CompromisedCards(FraudSimulation simulation, int from) {
    for (Transaction each : simulation.transactions()) {
      int day = FraudSimulation.day(each.timestamp());
      if (day >= from && simulation.isFraud(each.id())) {
        firstFraud.putIfAbsent(each.customer(), day);
      }
    }
  }

  /**
   * Returns whether the card of a transaction is known to be compromised on its day.
   *
   * @param transaction the transaction
   * @return true if it is
   */
  boolean contains(Transaction transaction) {
    Integer first = firstFraud.get(transaction.customer());
    return first != null
        && first <= FraudSimulation.day(transaction.timestamp()) - DAYS_UNTIL_KNOWN;
  }
}
