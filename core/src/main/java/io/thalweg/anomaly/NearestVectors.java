package io.thalweg.anomaly;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/** Detector of {@link Detectors#nearestVectors}. */
final class NearestVectors implements VectorDetector {

  /** The number of times in a window that the scales are computed. */
  private static final int RESCALES = 8;

  private static final int INITIAL = 16;

  private final int dimension;
  private final int capacity;
  private final int k;
  private final int minVectors;

  /** The vectors, one after the other; the oldest at {@code head} once there are n. */
  private double[] ring;

  private int head;
  private int size;

  /** The inverse standard deviations. */
  private final double[] inverse;

  private int untilRescale;

  /** In use while a vector is scored: the vector, and the least squared distances, ascending. */
  private final double[] query;

  private final double[] least;

  NearestVectors(int dimension, int n, int k, int minVectors) {
    this.dimension = dimension;
    this.capacity = n;
    this.k = k;
    this.minVectors = minVectors;
    ring = new double[Math.min(INITIAL, n) * dimension];
    inverse = new double[dimension];
    query = new double[dimension];
    least = new double[k];
  }

  @Override
  public double score(double[] vector, long timestamp) {
    if (size < minVectors) {
      return Double.NaN;
    }
    for (int i = 0; i < dimension; i++) {
      query[i] = Resolution.limit(vector[i]);
    }
    Arrays.fill(least, Double.POSITIVE_INFINITY);
    for (int from = 0; from < size * dimension; from += dimension) {
      double distance = squaredDistance(from);
      if (distance < least[k - 1]) {
        insert(distance);
      }
    }
    return Math.min(Math.sqrt(least[k - 1]), Resolution.LIMIT);
  }

  private double squaredDistance(int from) {
    double sum = 0;
    for (int i = 0; i < dimension; i++) {
      double scaled = (query[i] - ring[from + i]) * inverse[i];
      sum += scaled * scaled;
    }
    return sum;
  }

  private void insert(double distance) {
    int at = k - 1;
    for (; at > 0 && least[at - 1] > distance; at--) {
      least[at] = least[at - 1];
    }
    least[at] = distance;
  }

  @Override
  public void learn(double[] vector, long timestamp) {
    if (size < capacity && size * dimension == ring.length) {
      ring = Arrays.copyOf(ring, Math.min(2 * size, capacity) * dimension);
    }
    int at = size < capacity ? size++ : head;
    for (int i = 0; i < dimension; i++) {
      ring[at * dimension + i] = Resolution.limit(vector[i]);
    }
    if (size == capacity && at == head) {
      head = head + 1 == capacity ? 0 : head + 1;
    }
    if (size >= minVectors && --untilRescale <= 0) {
      rescale();
      untilRescale = Math.max(1, size / RESCALES);
    }
  }

  /** Computes the standard deviation of each dimension in two passes, in order of arrival. */
  private void rescale() {
    for (int i = 0; i < dimension; i++) {
      double mean = 0;
      for (int j = 0; j < size; j++) {
        mean += get(j, i) / size;
      }
      double squares = 0;
      for (int j = 0; j < size; j++) {
        double deviation = get(j, i) - mean;
        squares += deviation * deviation / size;
      }
      inverse[i] = 1 / Math.max(Math.sqrt(squares), Resolution.floor(mean));
    }
  }

  /** Returns a value of a vector by its age; 0 is the oldest. */
  private double get(int age, int i) {
    int at = head + age;
    return ring[(at < capacity ? at : at - capacity) * dimension + i];
  }

  @Override
  public String evidence(double[] vector, long timestamp) {
    return Evidence.number(score(vector, timestamp))
        + " standard deviations from number "
        + k
        + " of the nearest among the last "
        + size
        + " vectors";
  }

  @Override
  public void write(DataOutput out) throws IOException {
    out.writeInt(size);
    out.writeInt(untilRescale);
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < dimension; j++) {
        out.writeDouble(get(i, j));
      }
    }
    for (int i = 0; i < dimension; i++) {
      out.writeDouble(inverse[i]);
    }
  }

  @Override
  public void read(DataInput in) throws IOException {
    size = 0;
    head = 0;
    int written = Resolution.readInt(in, 0, capacity);
    int until = Resolution.readInt(in, 0, capacity);
    double[] vector = new double[dimension];
    for (int i = 0; i < written; i++) {
      for (int j = 0; j < dimension; j++) {
        vector[j] = Resolution.readValue(in);
      }
      untilRescale = Integer.MAX_VALUE; // the scales are read
      learn(vector, 0);
    }
    untilRescale = until;
    for (int i = 0; i < dimension; i++) {
      inverse[i] = in.readDouble();
      Resolution.require(
          inverse[i] >= 0 && inverse[i] <= 1 / Resolution.ABSOLUTE_FLOOR,
          "scales must be positive",
          inverse[i]);
    }
  }
}
