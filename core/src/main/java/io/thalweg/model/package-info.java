/**
 * Models that were trained elsewhere and score rows of features in the stream.
 *
 * <p>In reading order: {@link io.thalweg.model.Model}, {@link io.thalweg.model.TreeEnsemble},
 * {@link io.thalweg.model.LinearModel}.
 */
package io.thalweg.model;
