/**
 * Contracts of aggregates, processors and saved state.
 *
 * <p>An {@link io.thalweg.Aggregate} folds events into a small mergeable state and is independent
 * of time. A {@link io.thalweg.Processor} is a keyed computation driven by an engine: the engine
 * passes events and watermarks by method call, the processor emits results to an {@link
 * io.thalweg.Output}, and its state is saved to a {@link io.thalweg.StateWriter} and restored from
 * a {@link io.thalweg.StateReader}.
 *
 * <p>No class here has a thread, a clock, a lock, a log or I/O. An operator is used by one thread
 * at a time. No argument, event, key or result may be null unless its documentation permits it.
 *
 * <h2>Time</h2>
 *
 * A timestamp is a signed 64-bit integer on any time axis, by convention epoch milliseconds in UTC.
 * Timestamps may be negative, equal or far apart; {@code Long.MIN_VALUE} and {@code Long.MAX_VALUE}
 * are reserved and rejected. A watermark {@code W} states that no further event with a timestamp
 * below {@code W} is expected; it never decreases, and {@code Long.MAX_VALUE} ends the stream.
 */
package io.thalweg;
