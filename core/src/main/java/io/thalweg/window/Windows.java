package io.thalweg.window;

import io.thalweg.Milliseconds;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Factory of window specifications. Durations are converted to milliseconds. For timestamps in
 * another unit, create the records of {@link WindowSpec} directly.
 *
 * <p>All methods throw {@link IllegalArgumentException} if a size, slide, gap or step is not
 * positive, or if a duration is not a whole number of milliseconds in the range of {@code long}.
 */
public final class Windows {

  private Windows() {}

  /**
   * Returns tumbling windows, aligned to the epoch: windows of equal size that touch and do not
   * overlap.
   *
   * <p>The epoch, 1970-01-01T00:00Z, is a Thursday: windows of seven days start on Thursday at
   * midnight UTC, windows of one day at midnight UTC. For the weeks and days of a time zone, use
   * {@link #weeks} and {@link #days}.
   *
   * @param size the length of a window
   * @return the specification
   */
  public static WindowSpec<Object> tumbling(Duration size) {
    return tumbling(size, Duration.ZERO);
  }

  /**
   * Returns tumbling windows: windows of equal size that touch and do not overlap.
   *
   * @param size the length of a window
   * @param offset the offset of the starts from the epoch; reduced modulo the size
   * @return the specification
   */
  public static WindowSpec<Object> tumbling(Duration size, Duration offset) {
    return sliding(size, size, offset);
  }

  /**
   * Returns sliding windows, aligned to the epoch.
   *
   * @param size the length of a window; need not be a multiple of the slide
   * @param slide the distance between two starts; if it is larger than the size, events between two
   *     windows are in none
   * @return the specification
   */
  public static WindowSpec<Object> sliding(Duration size, Duration slide) {
    return sliding(size, slide, Duration.ZERO);
  }

  /**
   * Returns sliding windows: windows of equal size that start at a fixed distance.
   *
   * @param size the length of a window; need not be a multiple of the slide
   * @param slide the distance between two starts; if it is larger than the size, events between two
   *     windows are in none
   * @param offset the offset of the starts from the epoch; reduced modulo the slide
   * @return the specification
   */
  public static WindowSpec<Object> sliding(Duration size, Duration slide, Duration offset) {
    return new WindowSpec.Sliding(
        Milliseconds.of("size", size),
        Milliseconds.of("slide", slide),
        Milliseconds.of("offset", offset));
  }

  /**
   * Returns cumulative windows, aligned to the epoch: windows with the same start that grow by a
   * step up to a maximum, then the next start.
   *
   * @param max the length of the longest window, a multiple of the step
   * @param step the difference between the lengths of consecutive windows
   * @return the specification
   */
  public static WindowSpec<Object> cumulative(Duration max, Duration step) {
    return cumulative(max, step, Duration.ZERO);
  }

  /**
   * Returns cumulative windows: windows with the same start that grow by a step up to a maximum,
   * then the next start.
   *
   * @param max the length of the longest window, a multiple of the step
   * @param step the difference between the lengths of consecutive windows
   * @param offset the offset of the starts from the epoch; reduced modulo {@code max}
   * @return the specification
   */
  public static WindowSpec<Object> cumulative(Duration max, Duration step, Duration offset) {
    return new WindowSpec.Cumulative(
        Milliseconds.of("max", max),
        Milliseconds.of("step", step),
        Milliseconds.of("offset", offset));
  }

  /**
   * Returns the calendar days of a time zone, for timestamps in epoch milliseconds. A day has 23 or
   * 25 hours if the clocks change in it.
   *
   * @param zone the time zone
   * @return the specification
   * @see WindowSpec.Calendar
   */
  public static WindowSpec<Object> days(ZoneId zone) {
    return new WindowSpec.Calendar(WindowSpec.Calendar.Unit.DAY, zone);
  }

  /**
   * Returns the weeks, from Monday to Sunday as in ISO 8601, of a time zone, for timestamps in
   * epoch milliseconds.
   *
   * @param zone the time zone
   * @return the specification
   * @see WindowSpec.Calendar
   */
  public static WindowSpec<Object> weeks(ZoneId zone) {
    return new WindowSpec.Calendar(WindowSpec.Calendar.Unit.WEEK, zone);
  }

  /**
   * Returns the calendar months of a time zone, for timestamps in epoch milliseconds.
   *
   * @param zone the time zone
   * @return the specification
   * @see WindowSpec.Calendar
   */
  public static WindowSpec<Object> months(ZoneId zone) {
    return new WindowSpec.Calendar(WindowSpec.Calendar.Unit.MONTH, zone);
  }

  /**
   * Returns the calendar quarters, from January, April, July and October, of a time zone, for
   * timestamps in epoch milliseconds.
   *
   * @param zone the time zone
   * @return the specification
   * @see WindowSpec.Calendar
   */
  public static WindowSpec<Object> quarters(ZoneId zone) {
    return new WindowSpec.Calendar(WindowSpec.Calendar.Unit.QUARTER, zone);
  }

  /**
   * Returns the calendar years of a time zone, for timestamps in epoch milliseconds.
   *
   * @param zone the time zone
   * @return the specification
   * @see WindowSpec.Calendar
   */
  public static WindowSpec<Object> years(ZoneId zone) {
    return new WindowSpec.Calendar(WindowSpec.Calendar.Unit.YEAR, zone);
  }

  /**
   * Returns sessions: periods of activity of a key. Inactivity of exactly the gap ends a session.
   *
   * @param gap the time for which an event keeps its session open
   * @return the specification
   */
  public static WindowSpec<Object> session(Duration gap) {
    return new WindowSpec.Session(Milliseconds.of("gap", gap));
  }

  /**
   * Returns sessions whose gap is read from each event, up to a limit.
   *
   * @param gap returns the time for which an event keeps its session open, in milliseconds; a pure
   *     function
   * @param largestGap the largest permitted gap; an event with a larger one is rejected
   * @param <E> the type of the events
   * @return the specification
   */
  public static <E> WindowSpec<E> session(ToLongFunction<? super E> gap, Duration largestGap) {
    return new WindowSpec.EventSession<>(gap, Milliseconds.of("largestGap", largestGap));
  }

  /**
   * Returns sessions whose gap is read from each event, without a limit. Costs one {@code long} per
   * key until the stream ends.
   *
   * @param gap returns the time for which an event keeps its session open, in milliseconds; a pure
   *     function
   * @param <E> the type of the events
   * @return the specification
   */
  public static <E> WindowSpec<E> session(ToLongFunction<? super E> gap) {
    return new WindowSpec.EventSession<>(gap, Long.MAX_VALUE);
  }

  /**
   * Returns sessions with a largest length. A session that reaches it ends there, and the next
   * event opens a new one.
   *
   * @param gap the time for which an event keeps its session open
   * @param largestLength the largest length of a session
   * @return the specification; its results depend on the order of the events
   * @see WindowSpec.BoundedSession
   */
  public static WindowSpec<Object> session(Duration gap, Duration largestLength) {
    return new WindowSpec.BoundedSession<>(
        Milliseconds.of("gap", gap),
        Milliseconds.of("largestLength", largestLength),
        event -> false);
  }

  /**
   * Returns sessions that end at the latest with an end event, such as a logout.
   *
   * @param gap the time for which an event keeps its session open
   * @param end returns true for an event that ends its session; a pure function
   * @param <E> the type of the events
   * @return the specification; its results depend on the order of the events
   * @see WindowSpec.BoundedSession
   */
  public static <E> WindowSpec<E> session(Duration gap, Predicate<? super E> end) {
    return new WindowSpec.BoundedSession<>(Milliseconds.of("gap", gap), Long.MAX_VALUE, end);
  }

  /**
   * Returns sessions with a largest length that end at the latest with an end event.
   *
   * @param gap the time for which an event keeps its session open
   * @param largestLength the largest length of a session
   * @param end returns true for an event that ends its session; a pure function
   * @param <E> the type of the events
   * @return the specification; its results depend on the order of the events
   * @see WindowSpec.BoundedSession
   */
  public static <E> WindowSpec<E> session(
      Duration gap, Duration largestLength, Predicate<? super E> end) {
    return new WindowSpec.BoundedSession<>(
        Milliseconds.of("gap", gap), Milliseconds.of("largestLength", largestLength), end);
  }

  /**
   * Returns one window over all time, which is final when the stream ends. For early results.
   *
   * @return the specification
   */
  public static WindowSpec<Object> global() {
    return new WindowSpec.Global();
  }

  /**
   * Returns windows of {@code n} consecutive events of a key, in order of arrival.
   *
   * @param n the number of events of a window
   * @return the specification
   */
  public static WindowSpec<Object> count(long n) {
    return count(n, n);
  }

  /**
   * Returns windows over the last {@code n} events of a key, in order of arrival, after every
   * {@code step} events.
   *
   * @param n the number of events of a window
   * @param step the number of events between two results
   * @return the specification
   */
  public static WindowSpec<Object> count(long n, long step) {
    return new WindowSpec.Count(n, step);
  }

  /**
   * Returns trailing windows: for each event, the events of its key in the time before it,
   * including the event itself. To exclude it, use {@code new WindowSpec.Trailing(size, false)}.
   *
   * @param size the length of the window: {@code t - size < timestamp <= t}
   * @return the specification
   */
  public static WindowSpec<Object> trailing(Duration size) {
    return new WindowSpec.Trailing(Milliseconds.of("size", size), true);
  }

  /**
   * Returns trailing windows by count: for each event, the last {@code n} events of its key in
   * order of arrival, including the event itself. To exclude it, use {@code new
   * WindowSpec.TrailingCount(n, false)}.
   *
   * @param n the largest number of events in a window
   * @return the specification
   */
  public static WindowSpec<Object> trailingCount(long n) {
    return new WindowSpec.TrailingCount(n, true);
  }

  /**
   * Returns the windows that contain an event, in order of end, then start. For tests, and to
   * explain a result. For sessions, returns the interval of the event before it is merged with
   * others.
   *
   * <p>Cost: O(number of windows).
   *
   * @param window the specification
   * @param event the event
   * @param timestamp its timestamp
   * @param <E> the type of the events
   * @return the windows; an empty list if the event is between the windows of a sampling query
   * @throws IllegalArgumentException if the windows are by count, since they depend on the previous
   *     events; or if an operator rejects the event, because its timestamp is reserved or its gap
   *     is not permitted
   */
  public static <E> List<Window> assign(WindowSpec<? super E> window, E event, long timestamp) {
    if (timestamp == Long.MIN_VALUE || timestamp == Long.MAX_VALUE) {
      throw new IllegalArgumentException("timestamp is reserved: " + timestamp);
    }
    List<Window> found = new ArrayList<>();
    WindowCursor cursor = WindowCursor.of(window);
    if (cursor != null) {
      boolean more = cursor.moveToFirst(timestamp);
      while (more && cursor.start <= timestamp) {
        found.add(new Window(cursor.start, cursor.end));
        more = cursor.moveToNext();
      }
    } else if (window instanceof WindowSpec.Session session) {
      found.add(new Window(timestamp, Milliseconds.plus(timestamp, session.gap())));
    } else if (window instanceof WindowSpec.EventSession<? super E> session) {
      String refusal = session.refusal(event);
      if (refusal != null) {
        throw new IllegalArgumentException(refusal);
      }
      long gap = session.gap().applyAsLong(event);
      found.add(new Window(timestamp, Milliseconds.plus(timestamp, gap)));
    } else if (window instanceof WindowSpec.BoundedSession<? super E> session) {
      long end = session.endAlone(timestamp, session.end().test(event));
      found.add(new Window(timestamp, end));
    } else if (window instanceof WindowSpec.Trailing trailing) {
      long end = timestamp + 1;
      found.add(new Window(Milliseconds.minus(end, trailing.size()), end));
    } else {
      throw new IllegalArgumentException("windows by count have no bounds in time: " + window);
    }
    return found;
  }
}
