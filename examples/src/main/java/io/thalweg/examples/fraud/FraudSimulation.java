package io.thalweg.examples.fraud;

import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Simulated card transactions with three kinds of fraud, after the description of the simulator in
 * Le Borgne, Siblini, Lebichot and Bontempi, <em>Reproducible machine learning for credit card
 * fraud detection: practical handbook</em>, 2022, chapter 3. Code and random numbers are our own,
 * so the transactions differ from the handbook's, and their distribution is the same.
 *
 * <ul>
 *   <li>Customers and terminals lie at random on a grid of 100 by 100. A customer pays at the
 *       terminals within a radius of 5, each with the same probability.
 *   <li>A customer has a mean amount m ~ U(5, 100) and a mean number of payments a day ~ U(0, 4).
 *       The number of a day is a Poisson variate; the second of the day is N(43,200, 20,000), and a
 *       payment outside of the day does not happen; the amount is N(m, m/2), or U(0, 2m) where that
 *       is negative, in cents.
 *   <li>Scenario 1: a transaction of more than 220 is fraudulent.
 *   <li>Scenario 2: each day two terminals are drawn; all their transactions of 28 days, from this
 *       day on, are fraudulent.
 *   <li>Scenario 3: each day three customers are drawn; a third of their transactions of 14 days,
 *       from this day on, are fraudulent, and their amounts are multiplied by 5.
 * </ul>
 *
 * <p>A later scenario takes precedence. The full size takes about two seconds and 150 MB.
 */
final class FraudSimulation {

  /**
   * Seed of the examples. The counts of its transactions and of its frauds are those of the
   * handbook's data within 2 %; over the seeds their standard deviation is 0.7 % for the
   * transactions and 2 to 5 % for the frauds of a scenario.
   */
  static final long SEED = 28;

  /** First day of the simulation. */
  static final LocalDate START = LocalDate.of(2018, 4, 1);

  /** Time from a fraudulent payment to its report, less a millisecond: see {@link #report}. */
  static final Duration REPORT_DELAY = Duration.ofDays(7);

  private static final int GRID = 100;
  private static final int RADIUS = 5;
  private static final int DAY_SECONDS = 86_400;
  private static final double HIGH_AMOUNT = 220;
  private static final int TERMINALS_A_DAY = 2;
  private static final int TERMINAL_DAYS = 28;
  private static final int CUSTOMERS_A_DAY = 3;
  private static final int CUSTOMER_DAYS = 14;
  private static final int AMOUNT_FACTOR = 5;

  /**
   * Size of the simulation.
   *
   * @param customers the number of customers
   * @param terminals the number of terminals
   * @param days the number of days
   */
  record Size(int customers, int terminals, int days) {

    /** Size of the handbook's data. */
    static final Size FULL = new Size(5_000, 10_000, 183);

    Size {
      if (customers < CUSTOMERS_A_DAY || terminals < TERMINALS_A_DAY || days < 1) {
        throw new IllegalArgumentException(
            "size must have at least %d customers, %d terminals and a day: %d, %d, %d"
                .formatted(CUSTOMERS_A_DAY, TERMINALS_A_DAY, customers, terminals, days));
      }
    }
  }

  /** Purposes of the random numbers. */
  private enum Purpose {
    CUSTOMER,
    TERMINAL,
    BAD_TERMINALS,
    BAD_CUSTOMERS;

    RandomStream random(long seed, int index) {
      return RandomStream.of(seed, ordinal(), index);
    }
  }

  private final Size size;
  private final long seed;
  private final List<Transaction> transactions;
  private final byte[] scenarios;

  private FraudSimulation(Size size, long seed) {
    this.size = size;
    this.seed = seed;
    List<Payment> payments = payments();
    scenarios = new byte[payments.size()];
    markHighAmounts(payments);
    markTerminals(payments);
    markCustomers(payments);
    String[] customers = names("c", size.customers);
    String[] terminals = names("t", size.terminals);
    Transaction[] all = new Transaction[payments.size()];
    for (int i = 0; i < all.length; i++) {
      Payment p = payments.get(i);
      all[i] =
          new Transaction(
              i, millis(p.second), customers[p.customer], terminals[p.terminal], p.cents / 100.0);
    }
    transactions = List.of(all);
  }

  /**
   * Simulates.
   *
   * @param size the size
   * @param seed the seed of every number
   * @return the transactions; the same for the same arguments
   */
  static FraudSimulation of(Size size, long seed) {
    return new FraudSimulation(size, seed);
  }

  /** Transaction in the making. */
  private static final class Payment {
    private final int second; // since the start
    private final int customer;
    private final int terminal;
    private long cents;

    Payment(int second, int customer, int terminal, long cents) {
      this.second = second;
      this.customer = customer;
      this.terminal = terminal;
      this.cents = cents;
    }

    int day() {
      return second / DAY_SECONDS;
    }
  }

  private List<Payment> payments() {
    double[][] terminals = new double[size.terminals][];
    for (int t = 0; t < size.terminals; t++) {
      RandomStream random = Purpose.TERMINAL.random(seed, t);
      terminals[t] = new double[] {random.uniform(0, GRID), random.uniform(0, GRID)};
    }
    List<Payment> payments = new ArrayList<>();
    for (int c = 0; c < size.customers; c++) {
      addPayments(c, terminals, payments);
    }
    // stable: payments of one second stay in the order of the customers
    payments.sort(Comparator.comparingInt(p -> p.second));
    return payments;
  }

  private void addPayments(int customer, double[][] terminals, List<Payment> to) {
    RandomStream random = Purpose.CUSTOMER.random(seed, customer);
    int[] near = near(random.uniform(0, GRID), random.uniform(0, GRID), terminals);
    double mean = random.uniform(5, 100);
    double rate = random.uniform(0, 4);
    if (near.length == 0) {
      return; // no terminal to pay at
    }
    for (int day = 0; day < size.days; day++) {
      for (int left = random.poisson(rate); left > 0; left--) {
        int second = (int) random.normal(DAY_SECONDS / 2.0, 20_000);
        if (second > 0 && second < DAY_SECONDS) {
          double amount = random.normal(mean, mean / 2);
          if (amount < 0) {
            amount = random.uniform(0, 2 * mean);
          }
          to.add(
              new Payment(
                  day * DAY_SECONDS + second,
                  customer,
                  near[random.below(near.length)],
                  Math.round(100 * amount)));
        }
      }
    }
  }

  private static int[] near(double x, double y, double[][] terminals) {
    int[] near = new int[terminals.length];
    int count = 0;
    for (int t = 0; t < terminals.length; t++) {
      double dx = terminals[t][0] - x;
      double dy = terminals[t][1] - y;
      if (dx * dx + dy * dy < RADIUS * RADIUS) {
        near[count++] = t;
      }
    }
    return Arrays.copyOf(near, count);
  }

  private void markHighAmounts(List<Payment> payments) {
    for (int i = 0; i < scenarios.length; i++) {
      if (payments.get(i).cents > 100 * HIGH_AMOUNT) {
        scenarios[i] = 1;
      }
    }
  }

  private void markTerminals(List<Payment> payments) {
    int[] badUntil = new int[size.terminals]; // exclusive
    int next = 0;
    for (int day = 0; day < size.days; day++) {
      for (int t : draw(TERMINALS_A_DAY, size.terminals, Purpose.BAD_TERMINALS.random(seed, day))) {
        badUntil[t] = day + TERMINAL_DAYS;
      }
      for (; next < scenarios.length && payments.get(next).day() == day; next++) {
        if (day < badUntil[payments.get(next).terminal]) {
          scenarios[next] = 2;
        }
      }
    }
  }

  private void markCustomers(List<Payment> payments) {
    List<List<Integer>> ofCustomer = new ArrayList<>();
    for (int c = 0; c < size.customers; c++) {
      ofCustomer.add(new ArrayList<>());
    }
    for (int i = 0; i < scenarios.length; i++) {
      ofCustomer.get(payments.get(i).customer).add(i);
    }
    for (int day = 0; day < size.days; day++) {
      RandomStream random = Purpose.BAD_CUSTOMERS.random(seed, day);
      int from = day;
      List<Integer> exposed = new ArrayList<>();
      for (int c : draw(CUSTOMERS_A_DAY, size.customers, random)) {
        ofCustomer.get(c).stream()
            .filter(i -> payments.get(i).day() >= from)
            .filter(i -> payments.get(i).day() < from + CUSTOMER_DAYS)
            .forEach(exposed::add);
      }
      for (int each : draw(exposed.size() / 3, exposed.size(), random)) {
        payments.get(exposed.get(each)).cents *= AMOUNT_FACTOR;
        scenarios[exposed.get(each)] = 3;
      }
    }
  }

  /** Draws different numbers below a bound. */
  private static int[] draw(int count, int bound, RandomStream random) {
    int[] drawn = new int[count];
    for (int i = 0; i < count; i++) {
      int next;
      do {
        next = random.below(bound);
      } while (contains(drawn, i, next));
      drawn[i] = next;
    }
    return drawn;
  }

  private static boolean contains(int[] numbers, int count, int number) {
    for (int i = 0; i < count; i++) {
      if (numbers[i] == number) {
        return true;
      }
    }
    return false;
  }

  private static String[] names(String prefix, int count) {
    String[] names = new String[count];
    Arrays.setAll(names, i -> prefix + i);
    return names;
  }

  private static long millis(int second) {
    return 1_000 * (START.toEpochSecond(LocalTime.MIDNIGHT, ZoneOffset.UTC) + second);
  }

  /**
   * Returns the transactions in the order of their times. The id of each is its index.
   *
   * @return an immutable list
   */
  List<Transaction> transactions() {
    return transactions;
  }

  /**
   * Returns the scenario of a fraud.
   *
   * @param id the number of a transaction
   * @return 1 to 3; 0 for a legitimate transaction
   */
  int scenario(long id) {
    return scenarios[(int) id];
  }

  /**
   * Returns whether a transaction is fraudulent.
   *
   * @param id the number of a transaction
   * @return true for a fraud
   */
  boolean isFraud(long id) {
    return scenarios[(int) id] != 0;
  }

  /**
   * Returns the report of a fraud. It becomes known a millisecond before seven days have passed:
   * payments are made at whole seconds, so no report coincides with a payment.
   *
   * @param fraud the transaction
   * @return the report
   */
  static FraudReport report(Transaction fraud) {
    return new FraudReport(
        fraud.id(),
        fraud.timestamp() + REPORT_DELAY.toMillis() - 1,
        fraud.customer(),
        fraud.terminal());
  }

  /**
   * Returns the beginning of a day.
   *
   * @param day days since {@link #START}
   * @return the event time
   */
  static long time(int day) {
    return millis(day * DAY_SECONDS);
  }

  /**
   * Returns the day of a transaction.
   *
   * @param timestamp the event time
   * @return days since {@link #START}
   */
  static int day(long timestamp) {
    return (int) ((timestamp - millis(0)) / (1_000L * DAY_SECONDS));
  }

  /**
   * Returns the number of transactions of a scenario.
   *
   * @param scenario 0 to 3
   * @return the number
   */
  int count(int scenario) {
    int count = 0;
    for (byte each : scenarios) {
      count += each == scenario ? 1 : 0;
    }
    return count;
  }
}
