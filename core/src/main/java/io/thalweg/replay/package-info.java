/**
 * Replay of recorded readings: a {@link io.thalweg.replay.Replay} runs anomaly detection over a
 * file and answers each of its records, in their order.
 */
package io.thalweg.replay;
