package io.thalweg.examples.fraud;

import io.thalweg.feature.FeatureSchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Recomputation of {@link FraudFeatures} from the full history of customer and terminal, with a
 * pass over that history for each transaction. It shares no code with the feature sets.
 */
final class NaiveFeatures {

  private static final long DAY = 86_400_000;

  /** Events of a customer or terminal, in the order of their times. */
  private static final class History {
    private final List<Transaction> paid = new ArrayList<>();
    private final List<Long> reported = new ArrayList<>();
  }

  private final FeatureSchema schema = FraudFeatures.SCHEMA;
  private final Map<String, History> customers = new HashMap<>();
  private final Map<String, History> terminals = new HashMap<>();

  /**
   * Adds an event to the histories.
   *
   * @param event the event, not earlier than those before
   */
  void add(CardEvent event) {
    for (History history :
        List.of(
            customers.computeIfAbsent(event.customer(), k -> new History()),
            terminals.computeIfAbsent(event.terminal(), k -> new History()))) {
      if (event instanceof Transaction transaction) {
        history.paid.add(transaction);
      } else {
        history.reported.add(event.timestamp());
      }
    }
  }

  /**
   * Returns the features of a transaction as of its time.
   *
   * @param transaction a transaction that is not in the histories yet; all earlier events are
   * @return one value for each feature of {@link FraudFeatures#SCHEMA}
   */
  double[] of(Transaction transaction) {
    double[] row = new double[schema.size()];
    Arrays.fill(row, Double.NEGATIVE_INFINITY); // no feature has it
    customer(transaction, customers.getOrDefault(transaction.customer(), new History()), row);
    terminal(
        transaction.timestamp(),
        terminals.getOrDefault(transaction.terminal(), new History()),
        row);
    return row;
  }

  private void customer(Transaction now, History history, double[] row) {
    long t = now.timestamp();
    long second = t / 1000;
    long weekday = Math.floorMod(second / 86_400 + 3, 7); // 1970-01-01 was a Thursday
    put(row, "amount", now.amount());
    put(row, "weekend", weekday >= 5 ? 1 : 0);
    put(row, "night", second % 86_400 < 7 * 3_600 ? 1 : 0);
    List<Transaction> paid = history.paid;
    put(
        row,
        "time_since_last_transaction",
        paid.isEmpty() ? Double.NaN : (t - paid.get(paid.size() - 1).timestamp()) / 1000.0);
    put(row, "transaction_rate_5m", amounts(paid, t, 300_000).length / 300.0);
    put(row, "avg_transaction_amount_1h", mean(amounts(paid, t, 3_600_000)));
    double[] month = amounts(paid, t, 30 * DAY);
    Arrays.sort(month);
    put(
        row,
        "amount_deviation_30d",
        sd(month) == 0 ? Double.NaN : (now.amount() - mean(month)) / sd(month));
    double median = median(month);
    double max = month.length == 0 ? Double.NaN : month[month.length - 1];
    put(row, "customer_median_30d", median);
    put(row, "customer_max_30d", max);
    put(row, "amount_to_median_30d", median == 0 ? Double.NaN : now.amount() / median);
    put(row, "amount_to_max_30d", max == 0 ? Double.NaN : now.amount() / max);
    put(row, "customer_reports_30d", count(history.reported, t, 30 * DAY));
    for (int days : new int[] {1, 7, 30}) {
      double[] before = amounts(paid, t, days * DAY);
      double[] all = Arrays.copyOf(before, before.length + 1);
      all[before.length] = now.amount();
      put(row, "customer_count_" + days + "d", all.length);
      put(row, "customer_mean_" + days + "d", mean(all));
    }
  }

  private void terminal(long t, History history, double[] row) {
    List<Long> reported = history.reported;
    put(
        row,
        "time_since_last_report",
        reported.isEmpty() ? Double.NaN : (t - reported.get(reported.size() - 1)) / 1000.0);
    put(row, "terminal_reports_21d", count(reported, t, 21 * DAY));
    put(row, "terminal_reports_28d", count(reported, t, 28 * DAY));
    put(row, "terminal_count_7d", amounts(history.paid, t, 7 * DAY).length);
    for (int days : new int[] {1, 7, 30}) {
      int delayed = amounts(history.paid, t - 7 * DAY, days * DAY).length;
      int reports = count(reported, t, days * DAY);
      put(
          row,
          "terminal_count_" + (days + 7) + "d",
          amounts(history.paid, t, (days + 7) * DAY).length);
      put(row, "terminal_delayed_count_" + days + "d", delayed);
      put(row, "terminal_reports_" + days + "d", reports);
      put(row, "terminal_risk_" + days + "d", delayed == 0 ? 0 : (double) reports / delayed);
    }
  }

  private void put(double[] row, String feature, double value) {
    row[schema.index(feature)] = value;
  }

  /** Amounts of the transactions with {@code end - size < time <= end}. */
  private static double[] amounts(List<Transaction> paid, long end, long size) {
    double[] amounts = new double[paid.size()];
    int count = 0;
    for (int i = paid.size() - 1; i >= 0 && paid.get(i).timestamp() > end - size; i--) {
      if (paid.get(i).timestamp() <= end) {
        amounts[count++] = paid.get(i).amount();
      }
    }
    return Arrays.copyOf(amounts, count);
  }

  private static int count(List<Long> times, long end, long size) {
    int count = 0;
    for (long each : times) {
      count += each > end - size && each <= end ? 1 : 0;
    }
    return count;
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double each : values) {
      sum += each;
    }
    return values.length == 0 ? Double.NaN : sum / values.length;
  }

  private static double sd(double[] values) {
    double mean = mean(values);
    double squares = 0;
    for (double each : values) {
      squares += (each - mean) * (each - mean);
    }
    return values.length < 2 ? Double.NaN : Math.sqrt(squares / (values.length - 1));
  }

  private static double median(double[] sorted) {
    int n = sorted.length;
    return n == 0 ? Double.NaN : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  }

  /**
   * Returns whether two values are equal: both absent, or different by at most a relative error of
   * 1e-9, as far as sums in another order may differ.
   *
   * @param a a value
   * @param b a value
   * @return true if they are equal
   */
  static boolean equal(double a, double b) {
    return Double.isNaN(a)
        ? Double.isNaN(b)
        : Math.abs(a - b) <= 1e-9 * Math.max(1, Math.max(Math.abs(a), Math.abs(b)));
  }

  /**
   * Compares the rows of all transactions of a simulation with their recomputation.
   *
   * @param simulation the simulation
   * @param print prints a line for the user: the progress, and the first differences
   * @return the number of rows that differ
   */
  static long mismatches(FraudSimulation simulation, Printer print) {
    NaiveFeatures naive = new NaiveFeatures();
    Iterator<CardEvent> events = FraudStream.of(simulation, Long.MIN_VALUE);
    long[] counts = {0, 0};
    FraudRows.compute(
        simulation,
        row -> {
          CardEvent next = events.next();
          for (;
              next.id() != row.transaction().id() || next instanceof FraudReport;
              next = events.next()) {
            naive.add(next);
          }
          double[] expected = naive.of(row.transaction());
          naive.add(next);
          for (int k = 0; k < expected.length; k++) {
            if (!equal(expected[k], row.features()[k])) {
              if (counts[1]++ < 10) {
                print.line(
                    "  %s of transaction %d: %s, naive %s",
                    naive.schema.name(k), next.id(), row.features()[k], expected[k]);
              }
              break;
            }
          }
          if (++counts[0] % 250_000 == 0) {
            print.line("  %,d rows compared", counts[0]);
          }
        });
    return counts[1];
  }

  /** Printer of formatted lines. */
  @FunctionalInterface
  interface Printer {
    /**
     * Prints a line.
     *
     * @param format the format, for {@link String#format}
     * @param values its values
     */
    void line(String format, Object... values);
  }
}
