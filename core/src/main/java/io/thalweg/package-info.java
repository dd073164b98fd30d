/**
 * The contracts everything else is built on.
 *
 * <p>An {@link io.thalweg.Aggregate} says how events fold into a small mergeable state and knows
 * nothing of time. A {@link io.thalweg.Processor} is one keyed computation that an engine drives:
 * events and watermarks come in by method call, results go out through an {@link
 * io.thalweg.Output}, its state is saved to a {@link io.thalweg.StateWriter} and restored from a
 * {@link io.thalweg.StateReader}.
 *
 * <p>Nothing here owns a thread, a clock, a lock, a log or any I/O. Every operator has one writer.
 * Null is not a value: no argument, event, key or result may be null unless its documentation says
 * so.
 *
 * <h2>Time</h2>
 *
 * A timestamp is a signed 64-bit integer on any axis, by convention epoch milliseconds in UTC.
 * Negative, equal and far-apart timestamps are ordinary; {@code Long.MIN_VALUE} and {@code
 * Long.MAX_VALUE} are reserved and rejected. A watermark {@code W} is a promise that no event with
 * a timestamp below {@code W} is expected any more; it never moves back, and {@code Long.MAX_VALUE}
 * ends the stream.
 */
package io.thalweg;
