/**
 * Single-pass statistics of numbers, with documented edge cases and numerical errors.
 *
 * <p>For each statistic, {@code X} is the immutable result and makes the aggregate; {@code
 * XAccumulator} is its mutable state. Start with {@link io.thalweg.stats.Moments}, {@link
 * io.thalweg.stats.Sum}, {@link io.thalweg.stats.LongSum} and {@link io.thalweg.stats.Extrema};
 * then {@link io.thalweg.stats.HigherMoments}, {@link io.thalweg.stats.WeightedMoments}, {@link
 * io.thalweg.stats.Covariance} and {@link io.thalweg.stats.Autocorrelation}; statistics with decay
 * are {@link io.thalweg.stats.DecayedMoments} and {@link io.thalweg.stats.Rate}; {@link
 * io.thalweg.stats.LastSeen} detects the absence of events; {@link
 * io.thalweg.stats.OrderStatistics} has exact quantiles of the last values.
 */
package io.thalweg.stats;
