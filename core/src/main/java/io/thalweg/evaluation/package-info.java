/**
 * Evaluation of anomaly detectors on labelled series.
 *
 * <p>{@link io.thalweg.evaluation.ScoredSeries} holds the scores that a detector gave to a series,
 * with the labelled anomalies as {@link io.thalweg.evaluation.RowRange}s. {@link
 * io.thalweg.evaluation.ThresholdSweep} finds the one threshold that serves a corpus best, by the
 * score of the Numenta Anomaly Benchmark ({@link io.thalweg.evaluation.NabProfile}) or by event F1,
 * and measures how well a threshold carries over to other series. {@link
 * io.thalweg.evaluation.AveragePrecision} needs no threshold. {@link
 * io.thalweg.evaluation.AlertSummary} counts alerts, events found, and delay at a given threshold.
 *
 * <p>A row alerts if its score is at least the threshold. A score of NaN never alerts. The first
 * rows of a series, its probation, are not judged.
 */
package io.thalweg.evaluation;
