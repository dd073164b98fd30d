package io.thalweg.anomaly;

import java.util.List;

/**
 * A value that was found surprising, and what it was measured against.
 *
 * @param timestamp the event time of the value
 * @param value the value
 * @param mean the mean of the window it was measured against
 * @param standardDeviation the scale it was measured in, in the unit of the value, above 0
 * @param z {@code |value - mean| / standardDeviation}, never negative
 * @param recent the last values of the window, at most {@value ZScore#RECENT}, oldest first, the
 *     surprising one last
 */
public record Anomaly(
    long timestamp,
    double value,
    double mean,
    double standardDeviation,
    double z,
    List<Double> recent) {}
