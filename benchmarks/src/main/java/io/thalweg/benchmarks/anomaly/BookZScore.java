package io.thalweg.benchmarks.anomaly;

/** The z-score of a value among the last ones, itself included, by the population's deviation. */
final class BookZScore extends Rival {

  private final double[] window;
  private int size;
  private int next;

  BookZScore(int n) {
    window = new double[n - 1];
  }

  @Override
  public double score(double value, long timestamp) {
    if (size < 4) {
      return Double.NaN;
    }
    double mean = value;
    for (int i = 0; i < size; i++) {
      mean += window[i];
    }
    mean /= size + 1;
    double squares = (value - mean) * (value - mean);
    for (int i = 0; i < size; i++) {
      squares += (window[i] - mean) * (window[i] - mean);
    }
    double deviation = Math.sqrt(squares / (size + 1));
    return deviation == 0 ? 0 : Math.abs(value - mean) / deviation;
  }

  @Override
  public void learn(double value, long timestamp) {
    window[next] = value;
    next = (next + 1) % window.length;
    size = Math.min(size + 1, window.length);
  }
}
