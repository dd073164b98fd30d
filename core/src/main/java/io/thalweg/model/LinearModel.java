package io.thalweg.model;

import java.util.List;

/**
 * Linear or logistic regression: {@code intercept + Σ weight · value}, or the logistic function of
 * it.
 *
 * <p>The sum is made in the order of the features. A missing value makes the prediction NaN; put an
 * imputer before the model. Cost: O(features), no allocation. Immutable.
 */
public final class LinearModel implements Model {

  private final List<String> features;
  private final double[] weights;
  private final double intercept;
  private final Link link;

  private LinearModel(List<String> features, double[] weights, double intercept, Link link) {
    this.features = List.copyOf(features);
    this.weights = weights.clone();
    this.intercept = intercept;
    this.link = link;
    if (weights.length != features.size()) {
      throw new IllegalArgumentException(
          "weights must be as many as features, " + features.size() + ": " + weights.length);
    }
    for (int i = 0; i < weights.length; i++) {
      if (!Double.isFinite(weights[i])) {
        throw new IllegalArgumentException(
            "weight of " + features.get(i) + " must be finite: " + weights[i]);
      }
    }
    if (!Double.isFinite(intercept)) {
      throw new IllegalArgumentException("intercept must be finite: " + intercept);
    }
  }

  /**
   * Returns a linear regression.
   *
   * @param features the names of the features
   * @param weights one finite weight for each
   * @param intercept the prediction for a row of zeros
   * @return the model
   * @throws IllegalArgumentException if the lengths differ or a number is not finite
   */
  public static LinearModel linear(List<String> features, double[] weights, double intercept) {
    return new LinearModel(features, weights, intercept, Link.IDENTITY);
  }

  /**
   * Returns a logistic regression, whose prediction is {@code 1 / (1 + exp(-sum))}.
   *
   * @param features the names of the features
   * @param weights one finite weight for each
   * @param intercept the log odds for a row of zeros
   * @return the model
   * @throws IllegalArgumentException if the lengths differ or a number is not finite
   */
  public static LinearModel logistic(List<String> features, double[] weights, double intercept) {
    return new LinearModel(features, weights, intercept, Link.LOGISTIC);
  }

  @Override
  public List<String> features() {
    return features;
  }

  @Override
  public double score(double[] row) {
    TreeEnsemble.requireWidth(row, weights.length);
    double sum = intercept;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i] * row[i];
    }
    return link.apply(sum);
  }
}
