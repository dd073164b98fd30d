package io.thalweg.stats;

/**
 * Tukey's five-number summary.
 *
 * <p>The detached form of {@link OrderStatistics}, whose result changes with the next value. For no
 * values, or with a NaN among them, the five numbers are NaN.
 *
 * @param count the number of values
 * @param min the minimum
 * @param lowerQuartile the quantile 0.25
 * @param median the quantile 0.5
 * @param upperQuartile the quantile 0.75
 * @param max the maximum
 */
public record FiveNumberSummary(
    long count, double min, double lowerQuartile, double median, double upperQuartile, double max) {

  /**
   * The difference of the quartiles.
   *
   * @return {@code upperQuartile - lowerQuartile}; NaN when empty
   */
  public double interquartileRange() {
    return upperQuartile - lowerQuartile;
  }
}
