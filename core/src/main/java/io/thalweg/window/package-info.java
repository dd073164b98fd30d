/**
 * Windowed aggregation: assignment of events to windows by event time, session or count, and their
 * results.
 *
 * <p>In reading order:
 *
 * <ul>
 *   <li>{@link io.thalweg.window.Windows} creates window specifications ({@link
 *       io.thalweg.window.WindowSpec}); a {@link io.thalweg.window.Window} is a single interval.
 *   <li>{@link io.thalweg.window.WindowedAggregator} evaluates one or several specifications over a
 *       keyed stream. {@link io.thalweg.window.AccumulationMode} states the relation of a result to
 *       the previous results of its window.
 *   <li>{@link io.thalweg.window.TrailingWindow} gives one result per event, over the events before
 *       it.
 *   <li>{@link io.thalweg.window.Watermarks} creates a {@link io.thalweg.window.WatermarkEstimator}
 *       for one source and a {@link io.thalweg.window.WatermarkTracker} for several.
 * </ul>
 *
 * <p>Inside, {@code WindowedAggregator} judges each event, adds it to the states of its key, and
 * merges the results of its window groups by window end. A {@code WindowGroup} implements one kind
 * of windows: {@code AlignedWindows} (sliding, cumulative, global), {@code SessionWindows}, {@code
 * CountWindows} and {@code TrailingWindows}.
 */
package io.thalweg.window;
