package io.thalweg.evaluation;

import java.util.Arrays;

/**
 * Mean and spread of repeated measurements.
 *
 * @param mean the mean
 * @param low the 5 % quantile, by nearest rank
 * @param high the 95 % quantile, by nearest rank
 */
public record Interval(double mean, double low, double high) {

  static Interval of(double[] measurements) {
    double[] sorted = measurements.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return new Interval(
        Arrays.stream(sorted).sum() / n,
        sorted[(int) Math.ceil(0.05 * n) - 1],
        sorted[(int) Math.ceil(0.95 * n) - 1]);
  }
}
