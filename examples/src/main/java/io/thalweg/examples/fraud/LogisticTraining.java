package io.thalweg.examples.fraud;

import io.thalweg.model.LinearModel;
import java.util.List;

/**
 * Logistic regression by Newton's method on standardized features, with a ridge penalty of one half
 * of the squared weights. Absent values are replaced by 0.
 */
final class LogisticTraining {

  private static final int MAX_STEPS = 50;
  private static final double TOLERANCE = 1e-8;

  private LogisticTraining() {}

  /**
   * Trains a model.
   *
   * @param features the names of the features
   * @param rows one value for each feature, finite or NaN
   * @param labels the frauds among the rows
   * @return the model, for rows without absent values
   */
  static LinearModel train(List<String> features, double[][] rows, boolean[] labels) {
    int width = features.size();
    double[] mean = new double[width];
    double[] sd = new double[width];
    for (int k = 0; k < width; k++) {
      for (double[] row : rows) {
        mean[k] += value(row[k]) / rows.length;
      }
      for (double[] row : rows) {
        sd[k] += Math.pow(value(row[k]) - mean[k], 2) / rows.length;
      }
      sd[k] = sd[k] > 0 ? Math.sqrt(sd[k]) : 1;
    }
    double[] weights = new double[width + 1]; // the last one is the intercept
    double[] x = new double[width + 1];
    x[width] = 1;
    for (int step = 0; step < MAX_STEPS; step++) {
      double[][] system = new double[width + 1][width + 2];
      for (int k = 0; k < width; k++) {
        system[k][k] = 1;
        system[k][width + 1] = -weights[k];
      }
      for (int i = 0; i < rows.length; i++) {
        double sum = weights[width];
        for (int k = 0; k < width; k++) {
          x[k] = (value(rows[i][k]) - mean[k]) / sd[k];
          sum += weights[k] * x[k];
        }
        double p = 1 / (1 + Math.exp(-sum));
        for (int k = 0; k <= width; k++) {
          double curved = p * (1 - p) * x[k];
          for (int j = 0; j <= width; j++) {
            system[k][j] += curved * x[j];
          }
          system[k][width + 1] += ((labels[i] ? 1 : 0) - p) * x[k];
        }
      }
      double largest = 0;
      double[] change = solve(system);
      for (int k = 0; k <= width; k++) {
        weights[k] += change[k];
        largest = Math.max(largest, Math.abs(change[k]));
      }
      if (largest < TOLERANCE) {
        break;
      }
    }
    double intercept = weights[width];
    double[] raw = new double[width];
    for (int k = 0; k < width; k++) {
      raw[k] = weights[k] / sd[k];
      intercept -= raw[k] * mean[k];
    }
    return LinearModel.logistic(features, raw, intercept);
  }

  private static double value(double value) {
    return Double.isNaN(value) ? 0 : value;
  }

  /**
   * Solves a linear system by Gaussian elimination with pivots; the last column is its right side.
   */
  private static double[] solve(double[][] system) {
    int n = system.length;
    for (int k = 0; k < n; k++) {
      int pivot = k;
      for (int i = k + 1; i < n; i++) {
        pivot = Math.abs(system[i][k]) > Math.abs(system[pivot][k]) ? i : pivot;
      }
      double[] swap = system[k];
      system[k] = system[pivot];
      system[pivot] = swap;
      for (int i = k + 1; i < n; i++) {
        double factor = system[i][k] / system[k][k];
        for (int j = k; j <= n; j++) {
          system[i][j] -= factor * system[k][j];
        }
      }
    }
    double[] solution = new double[n];
    for (int k = n - 1; k >= 0; k--) {
      double rest = system[k][n];
      for (int j = k + 1; j < n; j++) {
        rest -= system[k][j] * solution[j];
      }
      solution[k] = rest / system[k][k];
    }
    return solution;
  }
}
