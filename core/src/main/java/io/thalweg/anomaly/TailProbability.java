package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;

/**
 * Calibration of the scores of one series: the probability that a past score was at least as high,
 * extrapolated beyond the highest ones.
 *
 * <p>Scores are counted in bins of 1/32 of an octave, from 2<sup>-6</sup> to 2<sup>18</sup>. Where
 * at least {@value #MIN_EXCEEDANCES} scores were as high, the probability is their fraction.
 * Beyond, the excesses y over a threshold u that the {@value #EXCEEDANCES} highest scores exceed
 * follow a generalised Pareto distribution: {@code P(u) (1 + k y / s)^(-1/k)} (peaks over
 * threshold: Siffer et al. 2017, <a
 * href="https://doi.org/10.1145/3097983.3098144">doi:10.1145/3097983.3098144</a>), k and s by the
 * method of moments (Hosking and Wallis 1987, <a
 * href="https://doi.org/10.2307/1269343">doi:10.2307/1269343</a>). They are estimated anew every
 * {@value #INTERVAL} scores. After {@value #MEMORY} scores all counts are halved, so the old ones
 * fade.
 *
 * <p>A probability is NaN until {@value #MIN_SCORES} scores were learnt. Memory: 3.2 kB. A
 * probability, and learning, take O(1); {@link #score} takes a bisection, about 12 times a
 * probability. Not thread-safe.
 */
public final class TailProbability {

  /** The number of scores before the first probability. */
  public static final int MIN_SCORES = 50;

  private static final int MIN_EXCEEDANCES = 3;
  private static final int EXCEEDANCES = 100;

  /** The weight of the shape 0 in the fit, in scores. */
  private static final double PRIOR = 10;

  /** An outlier is beyond this multiple of the score of the rate. */
  private static final double FAR = 1.25;

  /** The probability of an outlier by the fit, relative to the rate, is below this. */
  private static final double IMPROBABLE = 0.1;

  /** The least share of its bin that a score has: equal scores may fill it. */
  private static final double ATOM = 0.25;

  private static final int BISECTIONS = 12;
  private static final double MAX_LOG = 300;

  private static final int INTERVAL = 64;
  private static final double MEMORY = 1 << 19;

  private static final double FIRST_LIMIT = 512;

  private static final int OCTAVE = 32;
  private static final int OCTAVES = 24;
  private static final int BINS = OCTAVE * OCTAVES;

  /**
   * The bits of a float that remain in the number of its bin: the exponent and 5 of the fraction.
   */
  private static final int SHIFT = 18;

  private static final int FIRST = Float.floatToIntBits(0x1p-6f) >> SHIFT;

  private final float[] counts = new float[BINS];
  private final float[] octaves = new float[OCTAVES];
  private float below;
  private double total;
  private int sinceFit;

  /** The number of scores at which all counts are halved. */
  private double limit = FIRST_LIMIT;

  // the fit
  private double threshold = Double.POSITIVE_INFINITY;
  private double tail;
  private double shape;
  private double scale;

  /** Creates a calibration without scores. */
  public TailProbability() {}

  /** Returns the bin of a score; -1 if it is below the first one. */
  private static int bin(double score) {
    int bin = (Float.floatToIntBits((float) score) >> SHIFT) - FIRST;
    return score > 0 ? Math.max(-1, Math.min(BINS - 1, bin)) : -1;
  }

  /** Returns the lower edge of a bin. */
  private static double edge(int bin) {
    return Float.intBitsToFloat((bin + FIRST) << SHIFT);
  }

  /** Returns the number of scores in the bins above one. */
  private double above(int bin) {
    double sum = 0;
    int octave = (bin + OCTAVE) / OCTAVE;
    for (int i = bin + 1; i < octave * OCTAVE; i++) {
      sum += counts[i];
    }
    for (int i = octave; i < OCTAVES; i++) {
      sum += octaves[i];
    }
    return sum;
  }

  /**
   * Returns the tail probability of a score and changes nothing.
   *
   * @param score the score; NaN if the detector cannot judge
   * @return the probability, from above 0 to 1; NaN if the score is NaN or too few were learnt
   */
  public double probability(double score) {
    if (total < MIN_SCORES || Double.isNaN(score)) {
      return Double.NaN;
    }
    int bin = bin(score);
    if (bin < 0) {
      return 1;
    }
    double fraction = (score - edge(bin)) / (edge(bin + 1) - edge(bin));
    double seen = above(bin) + counts[bin] * Math.max(ATOM, 1 - fraction);
    double observed = Math.min(1, (seen + 1) / (total + 1));
    return seen >= MIN_EXCEEDANCES || score <= threshold
        ? observed
        : Math.min(observed, extrapolated(score));
  }

  /**
   * Returns the probability by the fit plus {@code (threshold / score)² / n}, so that it never
   * vanishes where a light tail was fitted.
   */
  private double extrapolated(double score) {
    double ratio = threshold / score;
    return fitted(score) + ratio * ratio / (total + 1);
  }

  private double fitted(double score) {
    double y = Math.log(score / threshold) / scale;
    if (Math.abs(shape) < 1e-6) {
      return tail * Math.exp(-y);
    }
    double base = 1 + shape * y;
    return base <= 0 ? 0 : tail * Math.pow(base, -1 / shape);
  }

  /**
   * Tests if a score is an outlier, not the tail of the ordinary ones: it is far above the
   * threshold of a rate, and improbable by the fit.
   *
   * @param score the score
   * @param rate the rate of false alerts
   */
  boolean isOutlier(double score, double rate) {
    return score > FAR * score(rate) && fitted(score) < IMPROBABLE * rate;
  }

  /**
   * Returns the score of a tail probability, the inverse of {@link #probability}.
   *
   * @param probability from above 0 to 1
   * @return the lowest score with at most the probability; NaN if too few scores were learnt
   */
  public double score(double probability) {
    if (total < MIN_SCORES) {
      return Double.NaN;
    }
    double seen = probability * (total + 1) - 1;
    if (seen >= MIN_EXCEEDANCES) {
      return scoreSeen(seen);
    }
    double few = scoreSeen(MIN_EXCEEDANCES * (1 - 1e-9));
    return Math.max(few, Math.min(scoreSeen(seen), inverseOfFit(probability)));
  }

  /** Returns the score that a number of scores reach. */
  private double scoreSeen(double seen) {
    double above = 0;
    int octave = OCTAVES;
    while (octave > 0 && above + octaves[octave - 1] <= seen) {
      above += octaves[--octave];
    }
    int bin = octave * OCTAVE;
    while (bin > 0 && above + counts[bin - 1] <= seen) {
      above += counts[--bin];
    }
    double end = edge(bin);
    if (bin == 0 || above > seen) {
      return end;
    }
    double within = (seen - above) / counts[bin - 1];
    return within < ATOM ? end : end - within * (end - edge(bin - 1));
  }

  /** Returns the score above the threshold that has a probability by extrapolation. */
  private double inverseOfFit(double probability) {
    double low = Math.max(fittedScore(probability), leastScore(probability));
    double high = Math.max(fittedScore(probability / 2), leastScore(probability / 2));
    for (int i = 0; i < BISECTIONS; i++) {
      double middle = Math.sqrt(low * high);
      if (extrapolated(middle) <= probability) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return high;
  }

  private double fittedScore(double probability) {
    double log = Math.log(Math.max(1, tail / probability));
    double y = Math.abs(shape) < 1e-6 ? log : Math.expm1(shape * log) / shape;
    return threshold * Math.exp(Math.min(MAX_LOG, scale * y));
  }

  private double leastScore(double probability) {
    return threshold * Math.max(1, Math.sqrt(1 / (probability * (total + 1))));
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
    int bin = bin(score);
    if (bin < 0) {
      below++;
    } else {
      counts[bin]++;
      octaves[bin / OCTAVE]++;
    }
    total++;
    if (++sinceFit >= INTERVAL || total <= MIN_SCORES) {
      fit();
    }
  }

  private void fit() {
    sinceFit = 0;
    if (total >= limit) {
      halve();
      limit = Math.min(MEMORY, 2 * limit);
    }
    double n = 0;
    double sum = 0;
    double squares = 0;
    int bin = BINS;
    double enough = Math.min(EXCEEDANCES, total / 10);
    while (bin > 0 && n < enough) {
      bin--;
      n += counts[bin];
      sum += counts[bin] * (double) bin;
      squares += counts[bin] * (double) bin * bin;
    }
    threshold = edge(bin);
    tail = n / total;
    double width = Math.log(2) / OCTAVE;
    double mean = (sum / n - bin + 0.5) * width;
    double variance = (squares / n - (sum / n) * (sum / n) + 1.0 / 12) * width * width;
    double prior = PRIOR / (n + PRIOR); // towards the shape 0, for which the variance is mean²
    variance += prior * (mean * mean - variance);
    double ratio = mean * mean / Math.max(variance, 1e-9 * mean * mean);
    shape = Math.max(-5, (1 - ratio) / 2);
    scale = mean * (1 - shape);
    if (!(n > 0)) {
      threshold = edge(0);
      scale = 1;
      shape = 0;
      tail = 1 / total;
    }
  }

  private void halve() {
    below /= 2;
    total = below;
    for (int i = 0; i < OCTAVES; i++) {
      float sum = 0;
      for (int j = i * OCTAVE; j < (i + 1) * OCTAVE; j++) {
        counts[j] /= 2;
        sum += counts[j];
      }
      octaves[i] = sum;
      total += sum;
    }
  }

  /**
   * Writes the state.
   *
   * @param out the destination
   * @throws IOException if the destination fails
   */
  public void write(DataOutput out) throws IOException {
    int used = 0;
    for (float count : counts) {
      used += count > 0 ? 1 : 0;
    }
    out.writeInt(used);
    for (int i = 0; i < BINS; i++) {
      if (counts[i] > 0) {
        out.writeShort(i);
        out.writeFloat(counts[i]);
      }
    }
    for (float octave : octaves) {
      out.writeFloat(octave);
    }
    out.writeFloat(below);
    out.writeDouble(total);
    out.writeInt(sinceFit);
    out.writeDouble(limit);
    out.writeDouble(threshold);
    out.writeDouble(tail);
    out.writeDouble(shape);
    out.writeDouble(scale);
  }

  /**
   * Reads a state that {@link #write} wrote, into a new calibration.
   *
   * @param in the source
   * @throws IOException if the source fails or its content is not a state
   */
  public void read(DataInput in) throws IOException {
    int used = in.readInt();
    if (used < 0 || used > BINS) {
      throw new StreamCorruptedException("calibration: " + used + " bins");
    }
    boolean valid = true;
    for (int i = 0; i < used; i++) {
      int bin = in.readShort();
      if (bin < 0 || bin >= BINS) {
        throw new StreamCorruptedException("calibration: bin " + bin);
      }
      counts[bin] = in.readFloat();
      valid &= counts[bin] > 0 && counts[bin] <= MEMORY;
    }
    for (int i = 0; i < OCTAVES; i++) {
      octaves[i] = in.readFloat();
      valid &= octaves[i] >= 0 && octaves[i] <= MEMORY;
    }
    below = in.readFloat();
    total = in.readDouble();
    sinceFit = in.readInt();
    limit = in.readDouble();
    threshold = in.readDouble();
    tail = in.readDouble();
    shape = in.readDouble();
    scale = in.readDouble();
    if (!valid
        || !(below >= 0 && total >= 0)
        || sinceFit < 0
        || !(limit > 0)
        || Double.isNaN(threshold + shape)) {
      throw new StreamCorruptedException("calibration: a count or the fit is out of range");
    }
  }
}
