package io.thalweg.stats;

/**
 * Tukey's five-number summary of a number of values.
 *
 * <p>Read from {@link OrderStatistics}. Empty, or with a NaN among the values: the five are NaN.
 *
 * @param count how many values
 * @param min the least
 * @param lowerQuartile the quantile 0.25
 * @param median the quantile 0.5
 * @param upperQuartile the quantile 0.75
 * @param max the greatest
 */
public record FiveNumberSummary(
    long count, double min, double lowerQuartile, double median, double upperQuartile, double max) {

  /**
   * The distance of the quartiles.
   *
   * @return {@code upperQuartile - lowerQuartile}; NaN when empty
   */
  public double interquartileRange() {
    return upperQuartile - lowerQuartile;
  }
}
