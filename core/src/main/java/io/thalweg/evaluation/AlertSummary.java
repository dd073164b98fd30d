package io.thalweg.evaluation;

import java.util.Arrays;
import java.util.List;

/**
 * Counts of the alerts of a corpus at a given threshold, as an operator on call meets them.
 *
 * <p>Rows that alert are merged into one alert while they are at most 10 rows apart. An event is a
 * run of labelled rows, over single gaps; it is found if one of its rows or the row after it
 * alerts. The rows of the probation are not judged.
 *
 * @param rows the rows after the probation
 * @param unscored the rows among them that have no score
 * @param alertRows the rows that alert
 * @param falseRows the rows that alert and find no event
 * @param alerts the merged alerts
 * @param events the labelled events
 * @param found the events that are found
 * @param medianDelay the median number of rows from the start of an event to the first row that
 *     finds it, over the events found, the lower one of two; NaN if none is
 */
public record AlertSummary(
    long rows,
    long unscored,
    long alertRows,
    long falseRows,
    long alerts,
    long events,
    long found,
    double medianDelay) {

  /**
   * Counts the alerts of a corpus.
   *
   * @param corpus the series
   * @param threshold the score from which a row alerts
   * @return the counts
   */
  public static AlertSummary of(List<ScoredSeries> corpus, double threshold) {
    Count count = new Count();
    corpus.forEach(series -> count.add(series, threshold));
    return count.summary();
  }

  /** Sums over the series. */
  private static final class Count {
    private long rows;
    private long unscored;
    private long alertRows;
    private long falseRows;
    private long alerts;
    private long events;
    private int found;
    private int[] delays = new int[16];

    void add(ScoredSeries series, double threshold) {
      int size = series.size();
      rows += size - series.probation();
      List<RowRange> ranges = series.events(EventF1.GAP);
      events += ranges.size();
      int next = 0;
      int lastFound = -1;
      int lastAlert = -1;
      for (int row = series.probation(); row < size; row++) {
        while (next < ranges.size() && row > ranges.get(next).last() + EventF1.AFTER) {
          next++;
        }
        double score = series.score(row);
        unscored += Double.isNaN(score) ? 1 : 0;
        if (!(score >= threshold)) {
          continue;
        }
        alertRows++;
        if (lastAlert < 0 || row - lastAlert > EventF1.MERGED) {
          alerts++;
        }
        lastAlert = row;
        if (next == ranges.size() || row < ranges.get(next).first()) {
          falseRows++;
        } else if (lastFound < next) {
          lastFound = next;
          delay(row - ranges.get(next).first());
        }
      }
    }

    private void delay(int rows) {
      if (found == delays.length) {
        delays = Arrays.copyOf(delays, 2 * found);
      }
      delays[found++] = rows;
    }

    AlertSummary summary() {
      Arrays.sort(delays, 0, found);
      double median = found == 0 ? Double.NaN : delays[(found - 1) / 2];
      return new AlertSummary(rows, unscored, alertRows, falseRows, alerts, events, found, median);
    }
  }

  /**
   * Returns the merged alerts in 1,000 rows.
   *
   * @return the rate; NaN without rows
   */
  public double alertsPerThousand() {
    return 1000.0 * alerts / rows;
  }

  /**
   * Returns the rows in 1,000 that alert.
   *
   * @return the rate; NaN without rows
   */
  public double alertRowsPerThousand() {
    return 1000.0 * alertRows / rows;
  }
}
