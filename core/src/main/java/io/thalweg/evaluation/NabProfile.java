package io.thalweg.evaluation;

/**
 * The weights of the score of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015, <a
 * href="https://doi.org/10.1109/ICMLA.2015.141">doi:10.1109/ICMLA.2015.141</a>). A window found has
 * weight 1.
 *
 * @param falsePositive the weight of a row that alerts outside the windows, not negative
 * @param falseNegative the weight of a missed window, not negative
 */
public record NabProfile(double falsePositive, double falseNegative) {

  /** The standard profile: 0.11 and 1. */
  public static final NabProfile STANDARD = new NabProfile(0.11, 1);

  /** The profile that rewards few false positives: 0.22 and 1. */
  public static final NabProfile LOW_FALSE_POSITIVES = new NabProfile(0.22, 1);

  /** The profile that rewards few false negatives: 0.11 and 2. */
  public static final NabProfile LOW_FALSE_NEGATIVES = new NabProfile(0.11, 2);

  /**
   * Creates a profile.
   *
   * @param falsePositive the weight of a row that alerts outside the windows, not negative
   * @param falseNegative the weight of a missed window, not negative
   * @throws IllegalArgumentException if a weight is negative or not finite
   */
  public NabProfile {
    if (!(falsePositive >= 0 && falseNegative >= 0)
        || Double.isInfinite(falsePositive + falseNegative)) {
      throw new IllegalArgumentException(
          "weights must not be negative and be finite: " + falsePositive + ", " + falseNegative);
    }
  }
}
