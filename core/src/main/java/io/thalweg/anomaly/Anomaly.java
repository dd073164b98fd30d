package io.thalweg.anomaly;

import java.util.List;

/**
 * Event whose score exceeds the threshold of a detector, with the values that explain the score.
 *
 * @param timestamp the event time of the value
 * @param value the value
 * @param score the score, never negative; its meaning is documented by the detector
 * @param expected the value that the detector expected, such as the mean of a window; NaN if it
 *     expects none
 * @param scale the unit of the score in the unit of the value, such as a standard deviation, above
 *     0; NaN if the score has no such unit
 * @param recent the last values of the key, oldest first, ending with {@code value}; empty if the
 *     detector keeps none
 */
public record Anomaly(
    long timestamp,
    double value,
    double score,
    double expected,
    double scale,
    List<Double> recent) {}
