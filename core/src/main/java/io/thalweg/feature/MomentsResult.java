package io.thalweg.feature;

import io.thalweg.stats.DecayedMomentsAccumulator;
import io.thalweg.stats.MomentsAccumulator;

/** Mean and standard deviation of a window, overwritten by the next result. */
final class MomentsResult {

  private long count;
  private double mean;
  private double variance;

  /** Sets the moments of values by their number, mean and sum of squared deviations. */
  MomentsResult set(long count, double mean, double squares) {
    this.count = count;
    this.mean = mean;
    this.variance = squares / (count - 1);
    return this;
  }

  MomentsResult set(MomentsAccumulator of) {
    return set(of.count(), of.mean(), of.sumOfSquaredDeviations());
  }

  MomentsResult set(DecayedMomentsAccumulator of) {
    count = of.count();
    mean = of.mean();
    variance = of.variance();
    return this;
  }

  /** Returns the mean; NaN if there is no value. */
  double mean() {
    return count == 0 ? Double.NaN : mean;
  }

  /** Returns the standard deviation; NaN for less than two values. */
  double sd() {
    return count < 2 ? Double.NaN : Math.sqrt(variance);
  }

  /** Returns the deviation of a value; NaN if it or the standard deviation is absent, or 0. */
  double deviation(double value) {
    double sd = sd();
    return sd == 0 ? Double.NaN : (value - mean) / sd;
  }
}
