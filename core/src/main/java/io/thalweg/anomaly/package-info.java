/**
 * Anomaly detectors: each scores an event against the recent events of its key, then adds it to
 * them.
 *
 * <p>In reading order: {@link io.thalweg.anomaly.ZScore}, the result {@link
 * io.thalweg.anomaly.Anomaly}.
 */
package io.thalweg.anomaly;
