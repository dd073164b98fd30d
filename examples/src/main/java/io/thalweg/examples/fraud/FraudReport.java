package io.thalweg.examples.fraud;

/**
 * Report that a transaction was fraudulent.
 *
 * @param id the number of the transaction
 * @param timestamp the time at which the fraud became known
 * @param customer the customer of the transaction
 * @param terminal the terminal of the transaction
 */
record FraudReport(long id, long timestamp, String customer, String terminal)
    implements CardEvent {}
