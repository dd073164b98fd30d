package io.thalweg.examples.fraud;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;

import io.thalweg.feature.FeatureSchema;
import io.thalweg.feature.FeatureSet;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Features of a transaction as of its time: of its customer, then of its terminal. The same sets
 * compute the rows that a model is trained with and the rows that it scores.
 *
 * <p>A report counts from the time at which it became known, seven days after the transaction. The
 * risk of a terminal over a period is the number of reports of that period divided by the number of
 * transactions seven days before, which is a difference of two counts.
 */
final class FraudFeatures {

  /** Periods of the handbook's features, in days. */
  private static final int[] PERIODS = {1, 7, 30};

  private static final int DELAY = 7;

  /** Time after which the state of a customer or terminal without events is dropped. */
  private static final Duration IDLE = ofDays(365);

  /** Largest disorder of events that come at once, without waiting for the watermark. */
  static final Duration LATENESS = ofDays(4);

  private static final ToDoubleFunction<CardEvent> AMOUNT =
      event -> event instanceof Transaction paid ? paid.amount() : Double.NaN;

  private static final Predicate<CardEvent> PAID = Transaction.class::isInstance;
  private static final Predicate<CardEvent> REPORTED = FraudReport.class::isInstance;

  /** Schema of a complete row. */
  static final FeatureSchema SCHEMA =
      customers().schema().concat(terminals(Long.MIN_VALUE).schema());

  private FraudFeatures() {}

  /**
   * Returns the features of a customer. All events are answered, so that they reach the terminals.
   *
   * @return the set
   */
  static FeatureSet<CardEvent> customers() {
    // region customers
    FeatureSet.Builder<CardEvent> set =
        FeatureSet.<CardEvent>named("customer")
            .feature("amount")
            .value(AMOUNT)
            .feature("weekend")
            .value(FraudFeatures::weekend)
            .feature("night")
            .value(FraudFeatures::night)
            .feature("time_since_last_transaction")
            .where(PAID)
            .sinceLast()
            .feature("transaction_rate_5m")
            .where(PAID)
            .last(ofMinutes(5))
            .rate()
            .feature("avg_transaction_amount_1h")
            .where(PAID)
            .last(ofHours(1))
            .mean(AMOUNT)
            .feature("amount_deviation_30d")
            .where(PAID)
            .last(ofDays(30))
            .deviation(AMOUNT)
            .feature("customer_median_30d")
            .where(PAID)
            .last(ofDays(30))
            .quantile(AMOUNT, 0.5)
            .feature("customer_max_30d")
            .where(PAID)
            .last(ofDays(30))
            .max(AMOUNT)
            .feature("amount_to_median_30d")
            .ratio("amount", "customer_median_30d")
            .feature("amount_to_max_30d")
            .ratio("amount", "customer_max_30d")
            .feature("customer_reports_30d")
            .where(REPORTED)
            .last(ofDays(30))
            .count();
    for (int days : PERIODS) {
      set.feature("customer_count_" + days + "d")
          .where(PAID)
          .including()
          .last(ofDays(days))
          .count()
          .feature("customer_mean_" + days + "d")
          .where(PAID)
          .including()
          .last(ofDays(days))
          .mean(AMOUNT);
    }
    return set.idle(IDLE).lateness(LATENESS).build();
    // endregion
  }

  /**
   * Returns the features of a terminal.
   *
   * @param from the first time of a transaction that is answered; those before are history
   * @return the set
   */
  static FeatureSet<CardEvent> terminals(long from) {
    // region terminals
    FeatureSet.Builder<CardEvent> set =
        FeatureSet.<CardEvent>named("terminal")
            .answering(event -> event instanceof Transaction && event.timestamp() >= from)
            .feature("time_since_last_report")
            .where(REPORTED)
            .sinceLast()
            .feature("terminal_reports_21d")
            .where(REPORTED)
            .last(ofDays(21))
            .count()
            .feature("terminal_reports_28d")
            .where(REPORTED)
            .last(ofDays(28))
            .count()
            .feature("terminal_count_" + DELAY + "d")
            .where(PAID)
            .last(ofDays(DELAY))
            .count();
    for (int days : PERIODS) {
      String all = "terminal_count_" + (days + DELAY) + "d";
      String delayed = "terminal_delayed_count_" + days + "d";
      String reports = "terminal_reports_" + days + "d";
      set.feature(all)
          .where(PAID)
          .last(ofDays(days + DELAY))
          .count()
          .feature(delayed)
          .combine(all, "terminal_count_" + DELAY + "d", (longer, recent) -> longer - recent)
          .feature(reports)
          .where(REPORTED)
          .last(ofDays(days))
          .count()
          .feature("terminal_risk_" + days + "d")
          .combine(reports, delayed, (frauds, count) -> count == 0 ? 0 : frauds / count);
    }
    return set.idle(IDLE).lateness(LATENESS).build();
    // endregion
  }

  /**
   * Returns the names of the handbook's features.
   *
   * @return 15 names
   */
  static List<String> handbook() {
    List<String> names = new ArrayList<>(List.of("amount", "weekend", "night"));
    for (String each :
        List.of("customer_count", "customer_mean", "terminal_delayed_count", "terminal_risk")) {
      for (int days : PERIODS) {
        names.add(each + "_" + days + "d");
      }
    }
    return names;
  }

  /** Returns 1 on Saturdays and Sundays. */
  static double weekend(CardEvent event) {
    return time(event).getDayOfWeek().compareTo(DayOfWeek.SATURDAY) >= 0 ? 1 : 0;
  }

  /** Returns 1 from midnight until 6:59. */
  static double night(CardEvent event) {
    return time(event).getHour() <= 6 ? 1 : 0;
  }

  private static ZonedDateTime time(CardEvent event) {
    return Instant.ofEpochMilli(event.timestamp()).atZone(ZoneOffset.UTC);
  }
}
