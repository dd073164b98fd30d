package io.thalweg.window;

import io.thalweg.Milliseconds;
import java.time.Duration;

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
 * <p>A single timestamp in the far future would move the watermark there, and all later events
 * would be late. An estimator of {@link Watermarks#lagging(Duration, Duration)} rejects such
 * events:
 *
 * <pre>{@code
 * WatermarkEstimator watermarks = Watermarks.lagging(ofSeconds(2), ofSeconds(60));
 * for (Reading reading : readings) {
 *   if (watermarks.observe(reading.time(), reading.receivedAt())) {
 *     windows.process(reading.device(), reading, reading.time(), out);
 *     windows.advance(watermarks.watermark(), out);
 *   }
 * }
 * }</pre>
 *
 * <p>Cost: O(1) per event. Not thread-safe.
 */
public final class WatermarkEstimator {

  private final long lag;
  private final long maxFuture;
  private long watermark = Long.MIN_VALUE;
  private long rejected;

  WatermarkEstimator(long lag, long maxFuture) {
    this.lag = lag;
    this.maxFuture = maxFuture;
  }

  /**
   * Adds the timestamp of an event. The reserved value {@code Long.MAX_VALUE} is ignored.
   *
   * @param timestamp the timestamp
   * @return the watermark after this event
   * @throws IllegalStateException if the estimator has a bound on the future, for which {@link
   *     #observe(long, long)} must be called
   */
  public long observe(long timestamp) {
    if (maxFuture != Long.MAX_VALUE) {
      throw new IllegalStateException(
          "a reference time must be given, because the estimator has a bound on the future: "
              + maxFuture);
    }
    raise(timestamp);
    return watermark;
  }

  /**
   * Adds the timestamp of an event, unless it is after its reference time by more than the bound on
   * the future. A rejected event leaves the watermark unchanged and must not be processed.
   *
   * @param timestamp the timestamp
   * @param reference a time of the event that its sender cannot set, such as the time it was
   *     received
   * @return true if the event is accepted; false if {@code timestamp > reference + bound}
   */
  public boolean observe(long timestamp, long reference) {
    if (timestamp > Milliseconds.plus(reference, maxFuture)) {
      rejected++;
      return false;
    }
    raise(timestamp);
    return true;
  }

  private void raise(long timestamp) {
    if (timestamp != Long.MAX_VALUE) {
      watermark = Math.max(watermark, Milliseconds.minus(timestamp, lag));
    }
  }

  /**
   * Returns the current watermark.
   *
   * @return the watermark; no event with a smaller timestamp is expected
   */
  public long watermark() {
    return watermark;
  }

  /**
   * Returns the number of rejected events.
   *
   * @return the number of events beyond the bound on the future
   */
  public long rejected() {
    return rejected;
  }
}
