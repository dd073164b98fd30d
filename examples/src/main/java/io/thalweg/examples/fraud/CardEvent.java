package io.thalweg.examples.fraud;

/** Event of the stream that features are computed from: a transaction or a fraud report. */
sealed interface CardEvent permits Transaction, FraudReport {

  /**
   * Returns the number of the transaction.
   *
   * @return not negative
   */
  long id();

  /**
   * Returns the event time: that of the payment, or that at which the fraud became known.
   *
   * @return milliseconds since 1970
   */
  long timestamp();

  /**
   * Returns the customer who paid.
   *
   * @return a name
   */
  String customer();

  /**
   * Returns the terminal at which the customer paid.
   *
   * @return a name
   */
  String terminal();
}
