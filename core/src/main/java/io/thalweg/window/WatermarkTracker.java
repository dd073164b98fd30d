package io.thalweg.window;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;

/**
 * Watermark of several sources: the smallest watermark of the active ones. {@link
 * Watermarks#ofSources} creates a tracker.
 *
 * <ul>
 *   <li>A source is active when it is added, with the watermark {@code Long.MIN_VALUE}. It becomes
 *       idle when {@link #idle} is called, or when it has not reported for the idle time.
 *   <li>An idle source does not hold back the watermark. It becomes active again with its next
 *       report. It never moves the watermark back: if its own watermark is smaller, its events may
 *       be late.
 *   <li>While no source is active, the watermark stays. Idle sources alone do not end the stream.
 *   <li>A source that is done never becomes active again. When all sources are done, the watermark
 *       is {@code Long.MAX_VALUE}: the stream has ended.
 * </ul>
 *
 * <p>The caller passes in the time, on any clock that does not go back. Readings of this clock are
 * compared with each other only, never with timestamps of events.
 *
 * <p>Cost: O(1) per report, O(sources) per call of {@link #watermark}. Not thread-safe.
 *
 * @param <S> the type of the source names
 */
public final class WatermarkTracker<S> {

  private static final class Source {
    long watermark = Long.MIN_VALUE;
    long lastReport;
    boolean idle;
    boolean done;
  }

  private final long idleAfter;
  private final Map<S, Source> sources = new HashMap<>();
  private long watermark = Long.MIN_VALUE;

  WatermarkTracker(long idleAfter) {
    this.idleAfter = idleAfter;
  }

  /**
   * Adds a source. It is active from now on.
   *
   * @param source the name of the source
   * @param now the time
   * @throws IllegalArgumentException if the source was added before
   */
  public void add(S source, long now) {
    Source added = new Source();
    added.lastReport = now;
    if (sources.putIfAbsent(requireNonNull(source, "source"), added) != null) {
      throw new IllegalArgumentException("a source must be added once: " + source);
    }
  }

  /**
   * Sets the watermark of a source and makes the source active. A watermark smaller than the
   * current one of the source leaves it unchanged.
   *
   * @param source a source that was added
   * @param watermark its watermark
   * @param now the time
   * @throws IllegalArgumentException if the source was not added, or is done
   */
  public void report(S source, long watermark, long now) {
    Source reported = source(source);
    if (reported.done) {
      throw new IllegalArgumentException("a source that is done must not report: " + source);
    }
    reported.watermark = Math.max(reported.watermark, watermark);
    reported.lastReport = now;
    reported.idle = false;
  }

  /**
   * Declares a source idle until its next report.
   *
   * @param source a source that was added
   * @throws IllegalArgumentException if the source was not added
   */
  public void idle(S source) {
    source(source).idle = true;
  }

  /**
   * Declares that a source has ended: it never reports again.
   *
   * @param source a source that was added
   * @throws IllegalArgumentException if the source was not added
   */
  public void done(S source) {
    source(source).done = true;
  }

  private Source source(S name) {
    Source source = sources.get(name);
    if (source == null) {
      throw new IllegalArgumentException("a source must be added first: " + name);
    }
    return source;
  }

  /**
   * Returns the watermark of all sources. Sources that have not reported for the idle time become
   * idle.
   *
   * @param now the time
   * @return the watermark, never smaller than before; no event with a smaller timestamp is expected
   */
  public long watermark(long now) {
    long smallest = Long.MAX_VALUE;
    boolean anyActive = false;
    boolean allDone = !sources.isEmpty();
    for (Source source : sources.values()) {
      if (source.done) {
        continue;
      }
      allDone = false;
      if (now - source.lastReport >= idleAfter) {
        source.idle = true;
      }
      if (!source.idle) {
        anyActive = true;
        smallest = Math.min(smallest, source.watermark);
      }
    }
    if (anyActive || allDone) {
      watermark = Math.max(watermark, smallest);
    }
    return watermark;
  }
}
