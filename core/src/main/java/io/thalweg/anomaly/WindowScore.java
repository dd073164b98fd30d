package io.thalweg.anomaly;

/** Mutable result of a {@link ScoreFunction}, reused for every value. */
final class WindowScore {

  private double score;
  private double expected;
  private double scale;

  /**
   * Sets the score.
   *
   * @param score the score, never negative
   * @param expected the expected value, or NaN
   * @param scale the unit of the score in the unit of the value, or NaN
   */
  void set(double score, double expected, double scale) {
    this.score = score;
    this.expected = expected;
    this.scale = scale;
  }

  double score() {
    return score;
  }

  double expected() {
    return expected;
  }

  double scale() {
    return scale;
  }
}
