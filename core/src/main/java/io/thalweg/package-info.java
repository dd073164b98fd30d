/**
 * Contracts of aggregates, processors and saved state.
 *
 * <p>In reading order:
 *
 * <ul>
 *   <li>{@link io.thalweg.Processor}: a keyed computation that an engine drives. It receives events
 *       and watermarks by method calls and emits results to an {@link io.thalweg.Output}, with the
 *       window of a result as a {@link io.thalweg.Pane}; a {@link io.thalweg.CountingOutput} counts
 *       them. {@code io.thalweg.runner} drives processors in a program without an engine. A {@link
 *       io.thalweg.ProcessorFactory} creates processors in the tasks of an engine.
 *   <li>{@link io.thalweg.Aggregate}: a statistic with a small mergeable state, independent of
 *       time; {@link io.thalweg.Aggregates} combines them, {@link io.thalweg.NonFinite} is their
 *       policy for NaN and infinite values. {@link io.thalweg.Fifo} is a statistic over a FIFO
 *       window.
 *   <li>{@link io.thalweg.StateWriter} and {@link io.thalweg.StateReader}: the destination and the
 *       source of saved state, with {@link io.thalweg.Snapshot} in memory. {@link io.thalweg.Codec}
 *       and {@link io.thalweg.DeltaCodec} are the binary forms of values.
 *   <li>{@link io.thalweg.Ordered} and {@link io.thalweg.ForwardingProcessor}: processors around
 *       other processors.
 *   <li>{@link io.thalweg.KeyedState}, {@link io.thalweg.Timers}, {@link io.thalweg.Counters} and
 *       {@link io.thalweg.Rings}: parts for processors and statistics of one's own.
 * </ul>
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
