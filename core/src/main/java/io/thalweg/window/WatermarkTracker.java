package io.thalweg.window;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;

/**
 * The watermark of several sources: the smallest of theirs, made by {@link Watermarks#ofSources}.
 *
 * <ul>
 *   <li>A source counts from when it is added, at first with a watermark of {@code Long.MIN_VALUE},
 *       until it is idle. It is idle when somebody says so, or when it said nothing for the time
 *       given.
 *   <li>An idle source counts again with its next word. It never moves the watermark back: if it
 *       stayed behind, its events may be late.
 *   <li>When no source counts the watermark stays: that all are idle is not the end of the stream.
 *   <li>A source that is done never counts again. When all are, the watermark is {@code
 *       Long.MAX_VALUE}: the stream has ended.
 * </ul>
 *
 * <p>Time is passed in by the caller, on any clock that does not go back; readings of it are
 * compared with each other only, never with timestamps.
 *
 * <p>Cost: O(1) to report, O(sources) to read. Not thread-safe.
 *
 * @param <S> what names a source
 */
public final class WatermarkTracker<S> {

  private static final class Source {
    long watermark = Long.MIN_VALUE;
    long lastWord;
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
   * Adds a source, which counts from now on.
   *
   * @param source the source
   * @param now the time
   * @throws IllegalArgumentException if it was added before
   */
  public void add(S source, long now) {
    Source added = new Source();
    added.lastWord = now;
    if (sources.putIfAbsent(requireNonNull(source, "source"), added) != null) {
      throw new IllegalArgumentException("a source must be added once: " + source);
    }
  }

  /**
   * Takes the watermark of a source; a smaller one than before counts as the one before.
   *
   * @param source a source that was added
   * @param watermark its watermark
   * @param now the time
   * @throws IllegalArgumentException if it was not added, or is done
   */
  public void report(S source, long watermark, long now) {
    Source of = source(source);
    if (of.done) {
      throw new IllegalArgumentException("a source that is done must not report: " + source);
    }
    of.watermark = Math.max(of.watermark, watermark);
    of.lastWord = now;
    of.idle = false;
  }

  /**
   * Declares a source idle: it does not count until it reports again.
   *
   * @param source a source that was added
   * @throws IllegalArgumentException if it was not added
   */
  public void idle(S source) {
    source(source).idle = true;
  }

  /**
   * Declares that nothing more comes from a source.
   *
   * @param source a source that was added
   * @throws IllegalArgumentException if it was not added
   */
  public void done(S source) {
    source(source).done = true;
  }

  private Source source(S source) {
    Source of = sources.get(source);
    if (of == null) {
      throw new IllegalArgumentException("a source must be added first: " + source);
    }
    return of;
  }

  /**
   * The watermark of all sources.
   *
   * @param now the time; sources that said nothing for too long are idle from now on
   * @return no event with a smaller timestamp is expected; never less than before
   */
  public long watermark(long now) {
    long smallest = Long.MAX_VALUE;
    boolean anyCounts = false;
    boolean allDone = !sources.isEmpty();
    for (Source source : sources.values()) {
      if (source.done) {
        continue;
      }
      allDone = false;
      if (now - source.lastWord >= idleAfter) {
        source.idle = true;
      }
      if (!source.idle) {
        anyCounts = true;
        smallest = Math.min(smallest, source.watermark);
      }
    }
    if (anyCounts || allDone) {
      watermark = Math.max(watermark, smallest);
    }
    return watermark;
  }
}
