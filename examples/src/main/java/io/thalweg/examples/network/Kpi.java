package io.thalweg.examples.network;

import io.thalweg.feature.FeatureVector;
import java.util.function.ToDoubleFunction;

/** Indicator of a cell, compared with its own history at this hour of the week. */
enum Kpi {
  DROP_RATE("drop_rate", CellReport::dropRate, 1, 0.01),
  THROUGHPUT("throughput", CellReport::throughput, -1, 5),
  LATENCY("latency", CellReport::latency, 1, 3);

  /** Reports of the same hour of the week without which nothing is judged: those of two weeks. */
  static final int MIN_HISTORY = 8;

  /** Ratio of the interquartile range of a normal distribution to its standard deviation. */
  private static final double NORMAL_RANGE = 1.349;

  private final String feature;
  private final ToDoubleFunction<CellReport> field;
  private final int worse;
  private final double leastSpread;

  Kpi(String feature, ToDoubleFunction<CellReport> field, int worse, double leastSpread) {
    this.feature = feature;
    this.field = field;
    this.worse = worse;
    this.leastSpread = leastSpread;
  }

  /**
   * Returns the name of its features, before {@code _1h}, {@code _low}, {@code _usual} and {@code
   * _high}.
   *
   * @return the name
   */
  String feature() {
    return feature;
  }

  /**
   * Returns the field of a report.
   *
   * @return the same object at each call, so that features share their state
   */
  ToDoubleFunction<CellReport> field() {
    return field;
  }

  double lastHour(FeatureVector of) {
    return of.number(feature + "_1h");
  }

  double usual(FeatureVector of) {
    return of.number(feature + "_usual");
  }

  /**
   * Returns how much worse the last hour is than usual at this hour of the week, in robust standard
   * deviations: the distance from the median, divided by the interquartile range over 1.349.
   *
   * @param of the features of a report
   * @return positive for worse than usual; NaN without enough history
   */
  double score(FeatureVector of) {
    if (of.number("history") < MIN_HISTORY) {
      return Double.NaN;
    }
    double range = of.number(feature + "_high") - of.number(feature + "_low");
    double spread = Math.max(range / NORMAL_RANGE, leastSpread);
    return worse * (lastHour(of) - usual(of)) / spread;
  }
}
