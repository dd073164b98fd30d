package io.thalweg.window;

import java.time.Duration;

/**
 * The watermark of one source, judged from the timestamps of its events: the largest so far, less a
 * bound on their disorder.
 *
 * <pre>{@code
 * Watermarks watermarks = Watermarks.lagging(ofSeconds(2));
 * for (Reading reading : readings) {
 *   windows.process(reading.device(), reading, reading.time(), out);
 *   windows.advance(watermarks.observe(reading.time()), out);
 * }
 * }</pre>
 *
 * <p>With a lag of 2,000 and timestamps 10,000, 9,000, 12,000 the watermarks are 8,000, 8,000,
 * 10,000. A watermark promises that no smaller timestamp comes: an event that is behind the largest
 * by exactly the lag is in time. It never moves back, and before the first event it is {@code
 * Long.MIN_VALUE}. Several sources are combined by {@link #ofSources}.
 *
 * <p>A single timestamp far in the future carries the watermark with it: see {@link
 * WindowedAggregator.Builder#futureGuard}, and ask before observing.
 *
 * <p>Cost: O(1). Not thread-safe.
 */
public final class Watermarks {

  private final long lag;
  private long watermark = Long.MIN_VALUE;

  private Watermarks(long lag) {
    this.lag = lag;
  }

  /**
   * A watermark that stays behind the largest timestamp.
   *
   * @param lag by how much events may be out of order, in whole milliseconds, not negative
   * @return a watermark before the first event
   * @throws IllegalArgumentException if the lag is negative
   */
  public static Watermarks lagging(Duration lag) {
    if (lag.isNegative()) {
      throw new IllegalArgumentException("lag must not be negative: " + lag);
    }
    return new Watermarks(Windows.millis("lag", lag));
  }

  /**
   * The watermark of a source whose timestamps never descend: the largest. Equal timestamps are in
   * time.
   *
   * @return a watermark before the first event
   */
  public static Watermarks monotonous() {
    return new Watermarks(0);
  }

  /**
   * The watermark of several sources, none of which is idle unless it is said to be.
   *
   * @param <S> what names a source
   * @return a tracker without sources
   */
  public static <S> WatermarkTracker<S> ofSources() {
    return new WatermarkTracker<>(Long.MAX_VALUE);
  }

  /**
   * The watermark of several sources, where one that said nothing for a time is taken to be idle.
   *
   * @param idleAfter the time, in whole milliseconds, positive
   * @param <S> what names a source
   * @return a tracker without sources
   * @throws IllegalArgumentException if the time is not positive
   */
  public static <S> WatermarkTracker<S> ofSources(Duration idleAfter) {
    if (idleAfter.isZero() || idleAfter.isNegative()) {
      throw new IllegalArgumentException("idleAfter must be positive: " + idleAfter);
    }
    return new WatermarkTracker<>(Windows.millis("idleAfter", idleAfter));
  }

  /**
   * Takes the timestamp of an event.
   *
   * @param timestamp the timestamp
   * @return the watermark after it
   */
  public long observe(long timestamp) {
    watermark = Math.max(watermark, WindowCursor.minus(timestamp, lag));
    return watermark;
  }

  /**
   * The watermark now.
   *
   * @return no event with a smaller timestamp is expected
   */
  public long watermark() {
    return watermark;
  }
}
