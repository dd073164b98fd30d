/**
 * Execution of processors without an engine.
 *
 * <p>A {@link io.thalweg.runner.Runner} passes events to processors in order, advances the
 * watermark, ends the stream, and returns a {@link io.thalweg.runner.RunSummary}. A {@link
 * io.thalweg.runner.Source} supplies events from records that can be unreadable.
 */
package io.thalweg.runner;
