package io.thalweg.examples.replay;

import io.thalweg.anomaly.Incident;
import io.thalweg.anomaly.Score;
import io.thalweg.replay.ScoredReading;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Series of a plot: the judged readings in the order of their times, incidents, and labels. */
final class PlotSeries {

  /** Greatest surprise that is drawn: a probability of 1e-16. */
  static final double MOST_SURPRISE = 16;

  /**
   * Incident of the series.
   *
   * @param alert the reading at which it opened
   * @param end the time at which it closed, or the last one known
   */
  record Alert(int alert, long start, long end, String text) {}

  /**
   * Labelled period.
   *
   * @param start the first time
   * @param end the last time
   */
  record Period(long start, long end) {}

  private final List<Alert> alerts = new ArrayList<>();
  private final List<Period> labels = new ArrayList<>();
  private long[] times = new long[1024];
  private double[] values = new double[1024];
  private double[] expected = new double[1024];
  private double[] low = new double[1024];
  private double[] high = new double[1024];
  private double[] scores = new double[1024];
  private double[] probabilities = new double[1024];
  private int size;
  private boolean isLabelled;
  private boolean hasProbabilities;

  /** Adds an answer, unless it has no judgement. */
  void add(ScoredReading row, boolean label) {
    if (row.score() == null) {
      return;
    }
    for (Incident incident : row.incidents()) {
      add(incident);
    }
    Score score = row.score();
    if (size == times.length) {
      grow();
    }
    times[size] = score.timestamp();
    values[size] = score.value();
    expected[size] = score.expected();
    low[size] = score.low();
    high[size] = score.high();
    scores[size] = score.score();
    probabilities[size] = score.probability();
    hasProbabilities |= !Double.isNaN(score.probability());
    if (label) {
      int last = labels.size() - 1;
      long start = isLabelled ? labels.remove(last).start : score.timestamp();
      labels.add(new Period(start, score.timestamp()));
    }
    isLabelled = label;
    size++;
  }

  private void add(Incident incident) {
    String text = incident.summary().replaceFirst("^\\w+: ", ""); // without the state
    if (incident.state() == Incident.State.OPENED) {
      alerts.add(new Alert(size, incident.start(), incident.timestamp(), text));
      return;
    }
    for (int i = alerts.size() - 1; i >= 0; i--) {
      Alert each = alerts.get(i);
      if (each.start == incident.start()) {
        boolean isClosed = incident.state() == Incident.State.CLOSED;
        alerts.set(
            i,
            new Alert(each.alert, each.start, incident.timestamp(), isClosed ? each.text : text));
        return;
      }
    }
  }

  private void grow() {
    int length = 2 * size;
    times = Arrays.copyOf(times, length);
    values = Arrays.copyOf(values, length);
    expected = Arrays.copyOf(expected, length);
    low = Arrays.copyOf(low, length);
    high = Arrays.copyOf(high, length);
    scores = Arrays.copyOf(scores, length);
    probabilities = Arrays.copyOf(probabilities, length);
  }

  void addLabel(Period period) {
    labels.add(period);
  }

  int size() {
    return size;
  }

  long time(int i) {
    return times[i];
  }

  double value(int i) {
    return values[i];
  }

  double expected(int i) {
    return expected[i];
  }

  double low(int i) {
    return low[i];
  }

  double high(int i) {
    return high[i];
  }

  /** Returns the surprise {@code -log10 p}, or the score of a detector without probabilities. */
  double surprise(int i) {
    return hasProbabilities ? Math.min(MOST_SURPRISE, -Math.log10(probabilities[i])) : scores[i];
  }

  boolean hasProbabilities() {
    return hasProbabilities;
  }

  List<Alert> alerts() {
    return alerts;
  }

  List<Period> labels() {
    return labels;
  }

  /** Returns the time between two readings beyond which a line is interrupted. */
  long gap() {
    long[] intervals = new long[Math.max(0, size - 1)];
    for (int i = 0; i < intervals.length; i++) {
      intervals[i] = times[i + 1] - times[i];
    }
    Arrays.sort(intervals);
    return intervals.length == 0 ? 0 : 3 * intervals[intervals.length / 2];
  }

  /** Returns the ends of the axis of the values: {@link #extremes} with a margin of 6 %. */
  double[] range() {
    double[] extremes = extremes();
    double margin = 0.06 * (extremes[1] - extremes[0]);
    margin = margin > 0 ? margin : Math.max(1e-9, 0.1 * Math.abs(extremes[0]));
    return new double[] {extremes[0] - margin, extremes[1] + margin};
  }

  /** Returns the least and the greatest finite value; 0 and 1 without one. */
  double[] extremes() {
    double least = Double.POSITIVE_INFINITY;
    double greatest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < size; i++) {
      if (Double.isFinite(values[i])) {
        least = Math.min(least, values[i]);
        greatest = Math.max(greatest, values[i]);
      }
    }
    return least > greatest ? new double[] {0, 1} : new double[] {least, greatest};
  }

  /** Returns the upper end of the axis of {@link #surprise}. */
  double mostSurprise() {
    double most = 1;
    for (int i = 0; i < size; i++) {
      double each = surprise(i);
      most = each > most ? each : most;
    }
    return 1.05 * most;
  }
}
