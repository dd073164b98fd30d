package io.thalweg;

/**
 * Which window a result belongs to, and which of that window's results it is.
 *
 * @param query the place of the window's query in its operator, from 0
 * @param start the first instant of the window, inclusive; for count windows the arrival number of
 *     the first event, from 0
 * @param end the end of the window, exclusive; a bound beyond the range of {@code long} is clamped
 * @param timing whether the result came before, at or after the window was final
 * @param index how many results this window gave before this one, from 0
 * @param last whether no further result of this window can come
 */
public record Pane(int query, long start, long end, Timing timing, long index, boolean last) {

  /** When a result came, measured against the moment its window was final. */
  public enum Timing {
    /** Before the watermark reached the end of the window. */
    EARLY,
    /** The window's first result once the watermark reached its end. */
    ON_TIME,
    /** A later result, after late events changed the window. */
    LATE
  }
}
