/**
 * Anomaly detectors, which score each value of a series against the values before it, and then
 * learn it.
 *
 * <p>Three stages are separate. A {@link io.thalweg.anomaly.Detector} scores the values of one
 * series. {@link io.thalweg.anomaly.TailProbability} turns its scores into probabilities. {@link
 * io.thalweg.anomaly.AlertPolicy} decides about an {@link io.thalweg.anomaly.Incident}. {@link
 * io.thalweg.anomaly.AnomalyDetection} applies them to each key of a stream.
 *
 * <p>In reading order: {@link io.thalweg.anomaly.Detectors}, {@link
 * io.thalweg.anomaly.AnomalyDetection}, {@link io.thalweg.anomaly.Score}, {@link
 * io.thalweg.anomaly.Incident}; {@link io.thalweg.anomaly.ZScore} is a detector of its own.
 */
package io.thalweg.anomaly;
