/**
 * Sketches: approximate statistics in bounded memory, with documented error bounds.
 *
 * <p>{@link io.thalweg.sketch.DistinctCount} counts distinct values, {@link
 * io.thalweg.sketch.Quantiles} has quantiles and ranks, {@link io.thalweg.sketch.HeavyHitters} has
 * the most frequent keys, {@link io.thalweg.sketch.Frequencies} has the frequency of any key, and
 * {@link io.thalweg.sketch.Sample} draws a random sample. Each of them makes an aggregate whose
 * mutable state is the sketch: {@link io.thalweg.sketch.DistinctSketch}, {@link
 * io.thalweg.sketch.QuantileSketch}, {@link io.thalweg.sketch.RelativeQuantileSketch}, {@link
 * io.thalweg.sketch.HeavyHittersSketch}, {@link io.thalweg.sketch.FrequencySketch} and {@link
 * io.thalweg.sketch.Reservoir}.
 */
package io.thalweg.sketch;
