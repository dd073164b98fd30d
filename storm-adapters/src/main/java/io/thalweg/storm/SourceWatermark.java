package io.thalweg.storm;

import io.thalweg.window.WatermarkTracker;
import io.thalweg.window.Watermarks;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.storm.utils.Time;

/** Watermark of a task behind a plain spout, computed from the events that it receives. */
final class SourceWatermark {

  private final WatermarkTracker<String> tracker;
  private final Set<String> sources = new HashSet<>();
  private final long disorderMillis;

  SourceWatermark(long disorderMillis, long idleTimeoutMillis) {
    this.disorderMillis = disorderMillis;
    this.tracker = Watermarks.ofSources(Duration.ofMillis(idleTimeoutMillis));
  }

  /** Adds an event, and returns the watermark after it. */
  long add(String source, long timestamp) {
    long now = TimeUnit.NANOSECONDS.toMillis(Time.nanoTime());
    if (sources.add(source)) {
      tracker.add(source, now);
    }
    // A reserved timestamp, or one whose watermark would underflow, gives no watermark.
    boolean hasWatermark =
        timestamp != Long.MAX_VALUE && timestamp >= Long.MIN_VALUE + disorderMillis;
    tracker.report(source, hasWatermark ? timestamp - disorderMillis : Long.MIN_VALUE, now);
    return tracker.watermark(now);
  }
}
