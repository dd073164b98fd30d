package io.thalweg.evaluation;

import java.util.ArrayList;
import java.util.List;

/** The definitions of the scores, computed anew for each threshold. */
final class BruteForce {

  private BruteForce() {}

  private static double sigma(double y) {
    return y > 3 ? -1 : 2 / (1 + Math.exp(5 * y)) - 1;
  }

  static boolean alert(ScoredSeries series, int row, double threshold) {
    return row >= series.probation() && series.score(row) >= threshold;
  }

  static Evaluation nab(List<ScoredSeries> corpus, double threshold, NabProfile profile) {
    double sum = 0;
    long alerts = 0;
    long wrong = 0;
    long windows = 0;
    long found = 0;
    for (ScoredSeries series : corpus) {
      boolean[] inside = new boolean[series.size()];
      for (RowRange window : series.anomalies()) {
        int earliest = -1;
        for (int row = window.last(); row >= window.first(); row--) {
          inside[row] = true;
          if (alert(series, row, threshold)) {
            earliest = row;
            alerts++;
          }
        }
        if (window.last() < series.probation()) {
          continue;
        }
        windows++;
        if (earliest < 0) {
          sum -= profile.falseNegative();
        } else {
          found++;
          sum += sigma((earliest - window.last() - 1.0) / window.length()) / sigma(-1);
        }
      }
      for (int row = 0; row < series.size(); row++) {
        if (inside[row] || !alert(series, row, threshold)) {
          continue;
        }
        alerts++;
        wrong++;
        double y = Double.POSITIVE_INFINITY;
        for (RowRange window : series.anomalies()) {
          if (window.last() < row) {
            y = (double) (row - window.last()) / (window.length() - 1);
          }
        }
        sum += profile.falsePositive() * sigma(y);
      }
    }
    double least = -profile.falseNegative() * windows;
    double score = windows == 0 ? Double.NaN : 100 * (sum - least) / (windows - least);
    return new Evaluation(threshold, score, alerts, wrong, windows, found);
  }

  static Evaluation eventF1(List<ScoredSeries> corpus, double threshold) {
    long alerts = 0;
    long right = 0;
    long events = 0;
    long found = 0;
    for (ScoredSeries series : corpus) {
      boolean[] labels = labels(series);
      int last = Integer.MIN_VALUE / 2;
      for (int row = 0; row < series.size(); row++) {
        if (alert(series, row, threshold)) {
          if (row - last > 10) {
            alerts++;
            right += labels[row] || row > 0 && labels[row - 1] ? 1 : 0;
          }
          last = row;
        }
      }
      for (RowRange event : events(series)) {
        events++;
        boolean any = false;
        for (int row = event.first(); row <= event.last() + 1 && row < series.size(); row++) {
          any |= alert(series, row, threshold);
        }
        found += any ? 1 : 0;
      }
    }
    double precision = alerts == 0 ? 0 : right / (double) alerts;
    double recall = events == 0 ? Double.NaN : found / (double) events;
    double score = precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
    return new Evaluation(threshold, score, alerts, alerts - right, events, found);
  }

  static boolean[] labels(ScoredSeries series) {
    boolean[] labels = new boolean[series.size()];
    for (int row = 0; row < labels.length; row++) {
      int at = row;
      labels[row] = series.anomalies().stream().anyMatch(range -> range.contains(at));
    }
    return labels;
  }

  /** The runs of labelled rows over single gaps, with a row after the probation. */
  static List<RowRange> events(ScoredSeries series) {
    boolean[] labels = labels(series);
    for (int row = 1; row + 1 < labels.length; row++) {
      labels[row] |= labels[row - 1] && series.anomalies().stream().anyMatch(starting(row + 1));
    }
    List<RowRange> events = new ArrayList<>();
    for (int row = 0; row < labels.length; row++) {
      if (labels[row] && (row == 0 || !labels[row - 1])) {
        int last = row;
        while (last + 1 < labels.length && labels[last + 1]) {
          last++;
        }
        if (last >= series.probation()) {
          events.add(new RowRange(row, last));
        }
      }
    }
    return events;
  }

  private static java.util.function.Predicate<RowRange> starting(int row) {
    return range -> range.first() == row;
  }
}
