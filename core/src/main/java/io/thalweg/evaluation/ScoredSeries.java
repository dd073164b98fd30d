package io.thalweg.evaluation;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;

/**
 * The scores that a detector gave to the rows of a series, and the rows that are labelled as
 * anomalies.
 *
 * <p>The first rows, the probation, are not judged: neither their alerts nor the anomalies that end
 * inside it. By default it has {@code min(⌊0.15 n⌋, 750)} rows of {@code n}, as in the Numenta
 * Anomaly Benchmark. Scores: a higher one is more anomalous, NaN stands for a row that the detector
 * could not judge. Immutable; 8 bytes a row.
 */
public final class ScoredSeries {

  private static final int MOST_PROBATION = 750;

  private final double[] scores;
  private final List<RowRange> anomalies;
  private final int probation;

  private ScoredSeries(double[] scores, List<RowRange> anomalies, int probation) {
    this.scores = scores;
    this.anomalies = anomalies;
    this.probation = probation;
  }

  /**
   * Returns a series whose anomalies are ranges of rows, such as the windows of the Numenta Anomaly
   * Benchmark.
   *
   * @param scores the score of each row; copied
   * @param anomalies the labelled ranges in order, without overlap
   * @return the series with the default probation
   * @throws IllegalArgumentException if the ranges overlap, are not in order, or exceed the rows
   */
  public static ScoredSeries of(double[] scores, List<RowRange> anomalies) {
    int end = -1;
    for (RowRange range : anomalies) {
      if (range.first() <= end || range.last() >= scores.length) {
        throw new IllegalArgumentException(
            "anomalies must be in order, without overlap, and within "
                + scores.length
                + " rows: "
                + anomalies);
      }
      end = range.last();
    }
    return new ScoredSeries(
        scores.clone(),
        List.copyOf(anomalies),
        Math.min((int) (scores.length * 3L / 20), MOST_PROBATION));
  }

  /**
   * Returns a series with a label for each row. Each run of labelled rows is a range.
   *
   * @param scores the score of each row; copied
   * @param labels true for the rows that are anomalies
   * @return the series with the default probation
   * @throws IllegalArgumentException if the lengths differ
   */
  public static ScoredSeries of(double[] scores, boolean[] labels) {
    if (requireNonNull(scores, "scores").length != labels.length) {
      throw new IllegalArgumentException(
          "each row needs a score and a label: " + scores.length + ", " + labels.length);
    }
    List<RowRange> ranges = new ArrayList<>();
    for (int row = 0; row < labels.length; row++) {
      if (labels[row]) {
        int first = row;
        while (row + 1 < labels.length && labels[row + 1]) {
          row++;
        }
        ranges.add(new RowRange(first, row));
      }
    }
    return of(scores, ranges);
  }

  /**
   * Returns the same series with another probation.
   *
   * @param rows the number of first rows that are not judged, from 0 to the number of rows
   * @return the series
   * @throws IllegalArgumentException if it is negative or exceeds the rows
   */
  public ScoredSeries withProbation(int rows) {
    if (rows < 0 || rows > scores.length) {
      throw new IllegalArgumentException(
          "probation must be between 0 and " + scores.length + ": " + rows);
    }
    return new ScoredSeries(scores, anomalies, rows);
  }

  /**
   * Returns the number of rows.
   *
   * @return the rows, with those of the probation
   */
  public int size() {
    return scores.length;
  }

  /**
   * Returns the number of first rows that are not judged.
   *
   * @return the probation, from 0 to {@link #size}
   */
  public int probation() {
    return probation;
  }

  /**
   * Returns the score of a row.
   *
   * @param row the row, from 0
   * @return the score, NaN if the detector could not judge
   */
  public double score(int row) {
    return scores[row];
  }

  /**
   * Returns the labelled ranges.
   *
   * @return in order, without overlap, with those in the probation
   */
  public List<RowRange> anomalies() {
    return anomalies;
  }

  /**
   * Returns the labelled ranges with a judged row, after joining those at most {@code gap} apart.
   */
  List<RowRange> events(int gap) {
    return RowRange.bridged(anomalies, gap).stream().filter(e -> e.last() >= probation).toList();
  }

  /** Returns true for the labelled rows. */
  boolean[] labels() {
    boolean[] labels = new boolean[scores.length];
    for (RowRange range : anomalies) {
      for (int row = range.first(); row <= range.last(); row++) {
        labels[row] = true;
      }
    }
    return labels;
  }

  /** Returns the judged rows that have a score, the highest score first, equal ones by row. */
  int[] ranking() {
    int n = 0;
    int[] rows = new int[scores.length - probation];
    for (int row = probation; row < scores.length; row++) {
      if (!Double.isNaN(scores[row])) {
        rows[n++] = row;
      }
    }
    double[] ranked = new double[n];
    for (int i = 0; i < n; i++) {
      ranked[i] = scores[rows[i]];
    }
    int[] order = Descending.order(ranked, n);
    for (int i = 0; i < n; i++) {
      order[i] = rows[order[i]];
    }
    return order;
  }
}
