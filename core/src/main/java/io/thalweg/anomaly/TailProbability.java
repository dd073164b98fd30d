package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;

/**
 * Calibration of the scores of one series: the probability that a past score was at least as high,
 * extrapolated beyond the highest ones.
 *
 * <p>Below the quantile {@value #BODY} the probability is that of the scores seen. Above, the
 * excesses follow an exponential distribution, the generalised Pareto distribution with shape 0
 * (peaks over threshold: Siffer et al. 2017, <a
 * href="https://doi.org/10.1145/3097983.3098144">doi:10.1145/3097983.3098144</a>).
 *
 * <p>A probability is NaN until {@value #MIN_SCORES} scores were learnt. Cost: O(1). Not
 * thread-safe.
 */
public final class TailProbability {

  /** The number of scores before the first probability. */
  public static final int MIN_SCORES = 50;

  private static final double BODY = 0.98;

  /** The adjustment of the threshold for each score, relative to the mean excess. */
  private static final double STEP = 0.05;

  private long count;
  private double threshold;
  private double meanExcess;
  private double meanScore;
  private double above;

  /** Creates a calibration without scores. */
  public TailProbability() {}

  /**
   * Returns the tail probability of a score and changes nothing.
   *
   * @param score the score; NaN if the detector cannot judge
   * @return the probability, from above 0 to 1; NaN if the score is NaN or too few were learnt
   */
  public double probability(double score) {
    if (count < MIN_SCORES || Double.isNaN(score)) {
      return Double.NaN;
    }
    if (score <= threshold) {
      return 1 - BODY * Math.max(0, Math.min(1, score / threshold));
    }
    return Math.max(Double.MIN_NORMAL, tail() * Math.exp((threshold - score) / meanExcess));
  }

  private double tail() {
    return 1 - BODY;
  }

  /**
   * Returns the score of a tail probability, the inverse of {@link #probability}.
   *
   * @param probability from above 0 to 1
   * @return the score; NaN if too few scores were learnt
   */
  public double score(double probability) {
    if (count < MIN_SCORES) {
      return Double.NaN;
    }
    if (probability >= tail()) {
      return threshold * (1 - probability) / BODY;
    }
    return threshold + meanExcess * Math.log(tail() / probability);
  }

  /**
   * Learns a score.
   *
   * @param score the score, finite; NaN is ignored
   */
  public void learn(double score) {
    if (Double.isNaN(score)) {
      return;
    }
    count++;
    meanScore += (score - meanScore) / count;
    double step = STEP * Math.max(meanExcess, 0.01 * meanScore);
    if (count <= MIN_SCORES) {
      threshold = Math.max(threshold, score);
      meanExcess = Math.max(meanScore / 4, Double.MIN_NORMAL);
    } else if (score > threshold) {
      above++;
      meanExcess += (score - threshold - meanExcess) / Math.min(above + 10, 1_000);
      threshold += step * BODY;
    } else {
      threshold -= step * (1 - BODY);
    }
  }

  /**
   * Writes the state.
   *
   * @param out the destination
   * @throws IOException if the destination fails
   */
  public void write(DataOutput out) throws IOException {
    out.writeLong(count);
    out.writeDouble(threshold);
    out.writeDouble(meanExcess);
    out.writeDouble(meanScore);
    out.writeDouble(above);
  }

  /**
   * Reads a state that {@link #write} wrote, into a new calibration.
   *
   * @param in the source
   * @throws IOException if the source fails or its content is not a state
   */
  public void read(DataInput in) throws IOException {
    count = in.readLong();
    threshold = in.readDouble();
    meanExcess = in.readDouble();
    meanScore = in.readDouble();
    above = in.readDouble();
    if (count < 0 || !(above >= 0) || !Double.isFinite(threshold) || !(meanExcess >= 0)) {
      throw new StreamCorruptedException("calibration: count and excesses must not be negative");
    }
  }
}
