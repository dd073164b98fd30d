package io.thalweg.window;

/**
 * Watermark of one source, estimated from the timestamps of its events: the largest timestamp minus
 * a bound on the disorder.
 *
 * <pre>{@code
 * WatermarkEstimator watermarks = Watermarks.lagging(ofSeconds(2));
 * for (Reading reading : readings) {
 *   windows.process(reading.device(), reading, reading.time(), out);
 *   windows.advance(watermarks.observe(reading.time()), out);
 * }
 * }</pre>
 *
 * <p>With a lag of 2,000 the timestamps 10,000, 9,000 and 12,000 give the watermarks 8,000, 8,000
 * and 10,000. A watermark promises that no event with a smaller timestamp follows: an event that is
 * behind the largest timestamp by exactly the lag is on time. The watermark never moves back, and
 * is {@code Long.MIN_VALUE} before the first event. {@link Watermarks#ofSources} combines several
 * sources.
 *
 * <p>A single timestamp in the far future moves the watermark there, and all later events are late.
 * {@link WindowedAggregator.Builder#futureGuard} rejects such events; do not observe their
 * timestamps.
 *
 * <p>Cost: O(1) per event. Not thread-safe.
 */
public final class WatermarkEstimator {

  private final long lag;
  private long watermark = Long.MIN_VALUE;

  WatermarkEstimator(long lag) {
    this.lag = lag;
  }

  /**
   * Adds the timestamp of an event.
   *
   * @param timestamp the timestamp
   * @return the watermark after this event
   */
  public long observe(long timestamp) {
    watermark = Math.max(watermark, WindowCursor.minus(timestamp, lag));
    return watermark;
  }

  /**
   * Returns the current watermark.
   *
   * @return the watermark; no event with a smaller timestamp is expected
   */
  public long watermark() {
    return watermark;
  }
}
