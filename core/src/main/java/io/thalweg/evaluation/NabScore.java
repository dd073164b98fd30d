package io.thalweg.evaluation;

import java.util.List;

/** The score of the Numenta Anomaly Benchmark: see {@link ThresholdSweep#nab}. */
record NabScore(NabProfile profile) implements CorpusScore {

  private static final double FIRST = sigmoid(-1);

  @Override
  public int events(ScoredSeries series) {
    return series.events(-1).size();
  }

  @Override
  public void sweep(ScoredSeries series, Steps steps) {
    List<RowRange> windows = series.anomalies();
    int[] windowOf = new int[series.size()]; // inside: its number + 1; else minus those before
    int number = 0;
    for (int row = 0; row < windowOf.length; row++) {
      if (number < windows.size() && windows.get(number).first() == row) {
        int last = windows.get(number++).last();
        while (row <= last) {
          windowOf[row++] = number;
        }
        row--;
      } else {
        windowOf[row] = -number;
      }
    }
    int[] earliest = new int[windows.size() + 1];
    for (int row : series.ranking()) {
      double threshold = series.score(row);
      int window = windowOf[row];
      if (window <= 0) {
        RowRange before = window == 0 ? null : windows.get(-window - 1);
        steps.add(threshold, profile.falsePositive() * falsePositive(row, before), 1, 1, 0);
        continue;
      }
      double value = found(row, windows.get(window - 1));
      if (earliest[window] == 0) {
        earliest[window] = row + 1;
        steps.add(threshold, value + profile.falseNegative(), 1, 0, 1);
      } else if (row + 1 < earliest[window]) {
        double until = found(earliest[window] - 1, windows.get(window - 1));
        earliest[window] = row + 1;
        steps.add(threshold, value - until, 1, 0, 0);
      } else {
        steps.add(threshold, 0, 1, 0, 0);
      }
    }
  }

  @Override
  public double score(double gain, long alerts, long falseAlerts, long events, long found) {
    // (S - S_null) / (S_perfect - S_null) with S_null = -falseNegative * events
    return events == 0 ? Double.NaN : 100 * gain / (events * (1 + profile.falseNegative()));
  }

  private static double found(int row, RowRange window) {
    return sigmoid(-(window.last() - row + 1) / (double) window.length()) / FIRST;
  }

  private static double falsePositive(int row, RowRange before) {
    if (before == null) {
      return -1;
    }
    double distance = (row - before.last()) / (double) (before.length() - 1);
    return distance > 3 ? -1 : sigmoid(distance);
  }

  private static double sigmoid(double position) {
    return 2 / (1 + StrictMath.exp(5 * position)) - 1;
  }
}
