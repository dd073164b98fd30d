package io.thalweg.examples.fraud;

import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.feature.FeatureRow;
import java.util.List;
import java.util.function.Consumer;

/**
 * Labelled rows of features, one for each transaction, in the order of their times.
 *
 * @param rows the rows
 */
record FraudRows(List<Row> rows) {

  /** Days of a period of training, of the delay until its labels are known, and of a test. */
  private static final int WEEK = 7;

  /**
   * Labelled row.
   *
   * @param transaction the transaction
   * @param fraud true if it is fraudulent
   * @param features one value for each feature of {@link FraudFeatures#SCHEMA}
   */
  record Row(Transaction transaction, boolean fraud, double[] features) {

    int day() {
      return FraudSimulation.day(transaction.timestamp());
    }
  }

  /**
   * Computes the features of a simulation.
   *
   * @param simulation the simulation
   * @param each receives the row of each transaction
   */
  static void compute(FraudSimulation simulation, Consumer<Row> each) {
    Processor<String, CardEvent, FeatureRow<CardEvent>> customers = new CustomerStage();
    Processor<String, FeatureRow<CardEvent>, FeatureRow<CardEvent>> terminals =
        FraudFeatures.terminals(Long.MIN_VALUE).append(FraudFeatures.customers().schema());
    Output<String, FeatureRow<CardEvent>> complete =
        Output.strict(
            (terminal, row) -> {
              double[] features = new double[row.vector().size()];
              row.vector().copyNumbers(features);
              Transaction transaction = (Transaction) row.event();
              each.accept(new Row(transaction, simulation.isFraud(transaction.id()), features));
            });
    Output<String, FeatureRow<CardEvent>> half =
        Output.strict(
            (terminal, row) -> terminals.process(terminal, row, row.event().timestamp(), complete));
    FraudStream.of(simulation, Long.MIN_VALUE)
        .forEachRemaining(
            event -> customers.process(event.customer(), event, event.timestamp(), half));
  }

  /**
   * Returns the rows of some days.
   *
   * @param from the first day
   * @param days the number of days
   * @return the rows
   */
  FraudRows days(int from, int days) {
    return new FraudRows(
        rows.stream().filter(row -> row.day() >= from && row.day() < from + days).toList());
  }

  /**
   * Returns the rows of a week of test, two weeks after the beginning of the last week of training,
   * without those of cards that are known to be compromised.
   *
   * @param lastWeek the first day of the last week of training
   * @param compromised the cards known since that day
   * @return the rows
   */
  FraudRows test(int lastWeek, CompromisedCards compromised) {
    return new FraudRows(
        days(lastWeek + 2 * WEEK, WEEK).rows.stream()
            .filter(row -> !compromised.contains(row.transaction))
            .toList());
  }

  /**
   * Returns some features of all rows.
   *
   * @param names the names of the features
   * @return a row of values for each transaction
   */
  double[][] matrix(List<String> names) {
    int[] columns = names.stream().mapToInt(FraudFeatures.SCHEMA::index).toArray();
    double[][] matrix = new double[rows.size()][columns.length];
    for (int i = 0; i < matrix.length; i++) {
      for (int k = 0; k < columns.length; k++) {
        matrix[i][k] = rows.get(i).features[columns[k]];
      }
    }
    return matrix;
  }

  /**
   * Returns the labels.
   *
   * @return true for each fraud
   */
  boolean[] labels() {
    boolean[] labels = new boolean[rows.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = rows.get(i).fraud;
    }
    return labels;
  }
}
