package io.thalweg.evaluation;

import java.util.List;

/** The harmonic mean of precision and recall of events: see {@link ThresholdSweep#eventF1}. */
final class EventF1 implements CorpusScore {

  /** Rows between two that alert, at most, for both to be one alert. */
  static final int MERGED = 10;

  /** Rows that are not labelled between two labelled ones of one event, at most. */
  static final int GAP = 1;

  /** Rows after an event in which an alert finds it. */
  static final int AFTER = 1;

  @Override
  public int events(ScoredSeries series) {
    return series.events(GAP).size();
  }

  @Override
  public void sweep(ScoredSeries series, Steps steps) {
    boolean[] labels = series.labels();
    boolean[] right = new boolean[series.size()];
    for (int row = 0; row < right.length; row++) {
      right[row] = labels[row] || row > 0 && labels[row - 1];
    }
    List<RowRange> events = series.events(GAP);
    int[] eventOf = eventOf(events, series.size());
    boolean[] found = new boolean[events.size() + 1];
    boolean[] alerts = new boolean[series.size()];
    for (int row : series.ranking()) {
      int before = near(alerts, row, -1);
      int after = near(alerts, row, 1);
      alerts[row] = true;
      int newAlerts = 0;
      int falseAlerts = 0;
      if (before < 0) { // the row is the first of an alert
        newAlerts++;
        falseAlerts += right[row] ? 0 : 1;
      }
      if (after >= 0 && (before < 0 || after - before > MERGED)) { // and no longer the one after it
        newAlerts--;
        falseAlerts -= right[after] ? 0 : 1;
      }
      int newFound = 0;
      for (int event : new int[] {eventOf[row], row < AFTER ? 0 : eventOf[row - AFTER]}) {
        if (event > 0 && !found[event]) {
          found[event] = true;
          newFound++;
        }
      }
      steps.add(series.score(row), 0, newAlerts, falseAlerts, newFound);
    }
  }

  /** Returns the nearest row that alerts, at most {@link #MERGED} away; -1 if there is none. */
  private static int near(boolean[] alerts, int row, int direction) {
    for (int distance = 1; distance <= MERGED; distance++) {
      int other = row + direction * distance;
      if (other < 0 || other >= alerts.length) {
        return -1;
      }
      if (alerts[other]) {
        return other;
      }
    }
    return -1;
  }

  /** Returns the number of the event of each row, from 1; 0 for none. */
  private static int[] eventOf(List<RowRange> events, int size) {
    int[] eventOf = new int[size];
    for (int i = 0; i < events.size(); i++) {
      for (int row = events.get(i).first(); row <= events.get(i).last(); row++) {
        eventOf[row] = i + 1;
      }
    }
    return eventOf;
  }

  @Override
  public double score(double gain, long alerts, long falseAlerts, long events, long found) {
    if (events == 0) {
      return Double.NaN;
    }
    long right = alerts - falseAlerts;
    if (right == 0 || found == 0) {
      return 0;
    }
    double precision = right / (double) alerts;
    double recall = found / (double) events;
    return 2 * precision * recall / (precision + recall);
  }
}
