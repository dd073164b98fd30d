package io.thalweg.benchmarks.anomaly;

import org.apache.commons.math3.special.Erf;

/**
 * The windowed Gaussian of the Numenta Anomaly Benchmark: 1 less the probability of a higher value
 * above the mean, and the probability of a lower value below it, by a normal distribution with the
 * moments of the last 6,400 values, renewed every 100.
 */
final class WindowedGaussian extends Rival {

  private static final int WINDOW = 6_400;
  private static final int STEP = 100;

  private final double[] values = new double[WINDOW + STEP];
  private int size;
  private double mean;
  private double sumOfSquares;
  private double deviation = 1;

  @Override
  public double score(double value, long timestamp) {
    if (size == 0) {
      return Double.NaN;
    }
    double tail = 0.5 * Erf.erfc(Math.abs(value - mean) / deviation / 1.4142);
    return value < mean ? tail : 1 - tail; // so a value far below the mean scores 0
  }

  @Override
  public void learn(double value, long timestamp) {
    values[size++] = value;
    if (size <= WINDOW) {
      double delta = value - mean;
      mean += delta / size;
      sumOfSquares += delta * (value - mean);
      scale(size);
    } else if (size == WINDOW + STEP) {
      System.arraycopy(values, STEP, values, 0, WINDOW);
      size = WINDOW;
      mean = 0;
      for (int i = 0; i < WINDOW; i++) {
        mean += values[i] / WINDOW;
      }
      sumOfSquares = 0;
      for (int i = 0; i < WINDOW; i++) {
        sumOfSquares += (values[i] - mean) * (values[i] - mean);
      }
      scale(WINDOW);
    }
  }

  private void scale(int n) {
    deviation = Math.sqrt(sumOfSquares / n);
    if (deviation == 0) {
      deviation = 0.000001;
    }
  }
}
