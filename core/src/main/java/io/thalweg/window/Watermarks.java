package io.thalweg.window;

import io.thalweg.Milliseconds;
import java.time.Duration;

/**
 * Factory of watermark estimators and trackers.
 *
 * <p>A {@link WatermarkEstimator} derives the watermark of one source from the timestamps of its
 * events. A {@link WatermarkTracker} combines the watermarks of several sources.
 */
public final class Watermarks {

  private Watermarks() {}

  /**
   * Returns an estimator whose watermark follows the largest timestamp at a fixed distance.
   *
   * @param lag the bound on the disorder of the events, in whole milliseconds, not negative
   * @return an estimator that has seen no event
   * @throws IllegalArgumentException if the lag is negative
   */
  public static WatermarkEstimator lagging(Duration lag) {
    return new WatermarkEstimator(Milliseconds.notNegative("lag", lag), Long.MAX_VALUE);
  }

  /**
   * Returns an estimator whose watermark follows the largest timestamp at a fixed distance, and
   * that rejects events from the future. Without this bound, a single event with a wrong date moves
   * the watermark to that date, and all later events are late.
   *
   * @param lag the bound on the disorder of the events, in whole milliseconds, not negative
   * @param maxFuture the permitted distance of a timestamp after the reference time of its event,
   *     in whole milliseconds, not negative
   * @return an estimator that has seen no event
   * @throws IllegalArgumentException if a duration is negative
   */
  public static WatermarkEstimator lagging(Duration lag, Duration maxFuture) {
    return new WatermarkEstimator(
        Milliseconds.notNegative("lag", lag), Milliseconds.notNegative("maxFuture", maxFuture));
  }

  /**
   * Returns an estimator for a source whose timestamps never descend. The watermark is the largest
   * timestamp; events with equal timestamps are on time.
   *
   * @return an estimator that has seen no event
   */
  public static WatermarkEstimator monotonous() {
    return new WatermarkEstimator(0, Long.MAX_VALUE);
  }

  /**
   * Returns a tracker of several sources. A source is idle only if {@link WatermarkTracker#idle}
   * declares it so.
   *
   * @param <S> the type of the source names
   * @return a tracker without sources
   */
  public static <S> WatermarkTracker<S> ofSources() {
    return new WatermarkTracker<>(Long.MAX_VALUE);
  }

  /**
   * Returns a tracker of several sources. A source that does not report for the given time is idle.
   *
   * @param idleAfter the time without a report, in whole milliseconds, positive
   * @param <S> the type of the source names
   * @return a tracker without sources
   * @throws IllegalArgumentException if the time is not positive
   */
  public static <S> WatermarkTracker<S> ofSources(Duration idleAfter) {
    return new WatermarkTracker<>(Milliseconds.positive("idleAfter", idleAfter));
  }
}
