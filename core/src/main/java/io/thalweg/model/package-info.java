/**
 * Models that were trained elsewhere and score rows of features in the stream.
 *
 * <p>In reading order: {@link io.thalweg.model.Model}, {@link io.thalweg.model.TreeEnsemble},
 * {@link io.thalweg.model.LinearModel}, {@link io.thalweg.model.TimedModel}, {@link
 * io.thalweg.model.Scoring}, {@link io.thalweg.model.ModelRelease}, {@link
 * io.thalweg.model.Prediction}, {@link io.thalweg.model.Pipeline}.
 */
package io.thalweg.model;
