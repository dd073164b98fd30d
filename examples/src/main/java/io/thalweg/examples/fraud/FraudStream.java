package io.thalweg.examples.fraud;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * Stream of a simulation: its transactions and, a week after each fraud, the report of it, in the
 * order of their times.
 */
final class FraudStream {

  /** The transactions: key {@code customer}, value JSON. */
  static final String TRANSACTIONS = "transactions";

  /** The reports: key {@code customer}, value JSON. */
  static final String REPORTS = "fraud_reports";

  /** The releases of models: key the version, value the release, timestamp the event time. */
  static final String MODELS = "models";

  /**
   * Record to be written.
   *
   * @param topic the topic
   * @param key the key of the record
   * @param value the value
   * @param recordTime the timestamp of the record; null for the present
   */
  record Message(String topic, String key, byte[] value, Long recordTime) {

    /**
     * Returns the message of an event.
     *
     * @param event a transaction or a report
     * @return the message, of the present
     */
    static Message of(CardEvent event) {
      return new Message(
          event instanceof Transaction ? TRANSACTIONS : REPORTS,
          event.customer(),
          CardEvents.toJson(event),
          null);
    }
  }

  private FraudStream() {}

  /**
   * Returns the events of a simulation from a time on.
   *
   * @param simulation the simulation
   * @param from the time of the first transaction; frauds before it are not reported
   * @return the events, made while they are read
   */
  static Iterator<CardEvent> of(FraudSimulation simulation, long from) {
    List<Transaction> transactions = simulation.transactions();
    int first = 0;
    while (first < transactions.size() && transactions.get(first).timestamp() < from) {
      first++;
    }
    return new Events(simulation, first);
  }

  /**
   * Returns all events of a simulation.
   *
   * @param simulation the simulation
   * @return the events, in the order of their times
   */
  static List<CardEvent> all(FraudSimulation simulation) {
    List<CardEvent> events = new ArrayList<>();
    of(simulation, Long.MIN_VALUE).forEachRemaining(events::add);
    return events;
  }

  private static final class Events implements Iterator<CardEvent> {
    private final FraudSimulation simulation;
    private final List<Transaction> transactions;
    private final Deque<FraudReport> reports = new ArrayDeque<>(); // all have the same delay
    private int next;

    Events(FraudSimulation simulation, int first) {
      this.simulation = simulation;
      this.transactions = simulation.transactions();
      this.next = first;
    }

    @Override
    public boolean hasNext() {
      return next < transactions.size() || !reports.isEmpty();
    }

    @Override
    public CardEvent next() {
      if (!hasNext()) {
        throw new NoSuchElementException("the simulation has no more events");
      }
      if (next == transactions.size()
          || !reports.isEmpty()
              && reports.peek().timestamp() <= transactions.get(next).timestamp()) {
        return reports.remove();
      }
      Transaction transaction = transactions.get(next++);
      if (simulation.isFraud(transaction.id())) {
        reports.add(FraudSimulation.report(transaction));
      }
      return transaction;
    }
  }
}
