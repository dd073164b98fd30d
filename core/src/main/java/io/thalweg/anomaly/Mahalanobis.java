package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;

/** Detector of {@link Detectors#mahalanobis}. */
final class Mahalanobis implements VectorDetector {

  private static final double RIDGE = 1e-6;
  private static final double MAX_DEVIATION = 1e50;
  private static final int MEMORIES = 4;
  private static final int MIN_PERIOD = 100;

  private final int dimension;
  private final int minVectors;
  private final int period;
  private Moments elder;
  private Moments younger;

  /** In use while a vector is scored. */
  private final double[] factor;

  private final double[] scale;
  private final double[] deviation;

  Mahalanobis(int dimension, double share, int minVectors) {
    this.dimension = dimension;
    this.minVectors = minVectors;
    period = (int) Math.max(MIN_PERIOD, Math.min(Math.ceil(MEMORIES / share), 1 << 30));
    elder = new Moments(dimension, share);
    younger = new Moments(dimension, share);
    factor = new double[dimension * dimension];
    scale = new double[dimension];
    deviation = new double[dimension];
  }

  /** Exponentially weighted means and covariances, the lower triangle, by rows. */
  private static final class Moments {
    private final double share;
    private long count;
    private final double[] mean;
    private final double[] covariance;
    private final double[] difference;

    Moments(int dimension, double share) {
      this.share = share;
      mean = new double[dimension];
      covariance = new double[dimension * (dimension + 1) / 2];
      difference = new double[dimension];
    }

    void add(double[] vector) {
      if (count++ == 0) {
        for (int i = 0; i < mean.length; i++) {
          mean[i] = Resolution.limit(vector[i]);
        }
        return;
      }
      for (int i = 0, at = 0; i < mean.length; i++) {
        difference[i] = Resolution.limit(vector[i]) - mean[i];
        mean[i] += share * difference[i];
        for (int j = 0; j <= i; j++, at++) {
          covariance[at] = (1 - share) * (covariance[at] + share * difference[i] * difference[j]);
        }
      }
    }

    double deviation(int i) {
      return Math.sqrt(covariance[i * (i + 1) / 2 + i]);
    }

    void clear() {
      count = 0;
      Arrays.fill(mean, 0);
      Arrays.fill(covariance, 0);
    }

    void write(DataOutput out) throws IOException {
      out.writeLong(count);
      for (double number : mean) {
        out.writeDouble(number);
      }
      for (double number : covariance) {
        out.writeDouble(number);
      }
    }

    void read(DataInput in) throws IOException {
      count = in.readLong();
      Resolution.require(count >= 0, "counts must not be negative", count);
      for (int i = 0; i < mean.length; i++) {
        mean[i] = Resolution.readValue(in);
      }
      for (int i = 0, at = 0; i < mean.length; i++) {
        for (int j = 0; j <= i; j++, at++) {
          covariance[at] = in.readDouble();
          Resolution.require(
              Math.abs(covariance[at]) <= Double.MAX_VALUE && (i != j || covariance[at] >= 0),
              "covariances must be finite, variances not negative",
              covariance[at]);
        }
      }
    }
  }

  @Override
  public double score(double[] vector, long timestamp) {
    if (elder.count < minVectors) {
      return Double.NaN;
    }
    standardize(vector);
    double sum = 0;
    for (int i = 0, at = 0; i < dimension; i++) {
      // Row i of the Cholesky factor of the correlations with a ridge, and of the solution.
      double rest = deviation[i];
      double square = 1 + RIDGE;
      for (int j = 0; j < i; j++, at++) {
        double element = elder.covariance[at] / scale[i] / scale[j];
        for (int l = 0; l < j; l++) {
          element -= factor[i * dimension + l] * factor[j * dimension + l];
        }
        element /= factor[j * dimension + j];
        factor[i * dimension + j] = element;
        square -= element * element;
        rest -= element * deviation[j];
      }
      at++;
      double diagonal = Math.sqrt(Math.max(square, RIDGE));
      factor[i * dimension + i] = diagonal;
      deviation[i] = rest / diagonal;
      sum += deviation[i] * deviation[i];
    }
    return Math.min(Math.sqrt(sum), Resolution.LIMIT);
  }

  /** Sets the scales, and the deviations from the means in units of them. */
  private void standardize(double[] vector) {
    for (int i = 0; i < dimension; i++) {
      double floor = Resolution.floor(elder.mean[i]);
      scale[i] = Math.max(elder.deviation(i), floor);
      double difference = Resolution.limit(vector[i]) - elder.mean[i];
      // The cap keeps sums of squares finite.
      double scaled = Math.max(-MAX_DEVIATION, Math.min(MAX_DEVIATION, difference / scale[i]));
      deviation[i] = Math.abs(difference) <= floor ? 0 : scaled;
    }
  }

  @Override
  public void learn(double[] vector, long timestamp) {
    if (younger.count == period) {
      Moments renewed = elder;
      elder = younger;
      younger = renewed;
      younger.clear();
    }
    elder.add(vector);
    younger.add(vector);
  }

  @Override
  public String evidence(double[] vector, long timestamp) {
    double score = score(vector, timestamp);
    standardize(vector);
    int most = 0;
    for (int i = 1; i < dimension; i++) {
      most = Math.abs(deviation[i]) > Math.abs(deviation[most]) ? i : most;
    }
    return String.format(
        Locale.ROOT,
        "%s standard deviations from the mean of the vectors; the farthest value, number %d, is %s",
        Evidence.number(score),
        most + 1,
        Evidence.deviations(Math.abs(deviation[most]), deviation[most] > 0, "mean"));
  }

  @Override
  public void write(DataOutput out) throws IOException {
    elder.write(out);
    younger.write(out);
  }

  @Override
  public void read(DataInput in) throws IOException {
    elder.read(in);
    younger.read(in);
    Resolution.require(younger.count <= period, "counts must follow", younger.count);
  }
}
