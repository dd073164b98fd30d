package io.thalweg.examples.fraud;

/**
 * Payment by card.
 *
 * @param id the number of the transaction, not negative
 * @param timestamp the event time in milliseconds since 1970
 * @param customer the customer who pays
 * @param terminal the terminal at which the customer pays
 * @param amount the amount, finite and not negative
 */
record Transaction(long id, long timestamp, String customer, String terminal, double amount)
    implements CardEvent {}
