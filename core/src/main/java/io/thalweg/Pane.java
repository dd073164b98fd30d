package io.thalweg;

/**
 * Window of a result, and the position of the result among the results of that window.
 *
 * @param query the index of the query in its operator, from 0
 * @param start the first instant of the window, inclusive; for count windows the arrival number of
 *     the first event, from 0
 * @param end the end of the window, exclusive; a bound beyond the range of {@code long} is clamped
 * @param timing the phase of the result: before, at or after the end of the window
 * @param index the number of earlier results of this window
 * @param last true if this is the last result of this window
 */
public record Pane(int query, long start, long end, Timing timing, long index, boolean last) {

  /** Phase of a result, relative to the moment when the watermark reached the end of its window. */
  public enum Timing {
    /** Before the watermark reached the end of the window. */
    EARLY,
    /** The first result after the watermark has reached the end of the window. */
    ON_TIME,
    /** A later result, after late events changed the window. */
    LATE
  }
}
