package io.thalweg.window;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * The window queries. Durations are taken in milliseconds; on another axis of time, make the
 * records of {@link WindowSpec} directly, in its own unit.
 *
 * <p>A size, slide, gap or step that is not positive is refused with {@link
 * IllegalArgumentException}, and so is a duration that is no whole number of milliseconds or beyond
 * {@code long}.
 */
public final class Windows {

  private Windows() {}

  /**
   * Windows of one size, one after the other, aligned to the epoch.
   *
   * @param size the length of a window
   * @return a query
   */
  public static WindowSpec<Object> tumbling(Duration size) {
    return tumbling(size, Duration.ZERO);
  }

  /**
   * Windows of one size, one after the other.
   *
   * @param size the length of a window
   * @param offset where the windows begin relative to the epoch; reduced modulo the size
   * @return a query
   */
  public static WindowSpec<Object> tumbling(Duration size, Duration offset) {
    return sliding(size, size, offset);
  }

  /**
   * Overlapping windows aligned to the epoch.
   *
   * @param size the length of a window; need not be a multiple of the slide
   * @param slide the distance between two starts; larger than the size, it samples
   * @return a query
   */
  public static WindowSpec<Object> sliding(Duration size, Duration slide) {
    return sliding(size, slide, Duration.ZERO);
  }

  /**
   * Overlapping windows.
   *
   * @param size the length of a window; need not be a multiple of the slide
   * @param slide the distance between two starts; larger than the size, it samples
   * @param offset where the windows begin relative to the epoch; reduced modulo the slide
   * @return a query
   */
  public static WindowSpec<Object> sliding(Duration size, Duration slide, Duration offset) {
    return new WindowSpec.Sliding(
        millis("size", size), millis("slide", slide), millis("offset", offset));
  }

  /**
   * Windows that grow step by step up to a maximum and then begin anew, aligned to the epoch.
   *
   * @param max the length of the longest, a multiple of the step
   * @param step by how much they grow
   * @return a query
   */
  public static WindowSpec<Object> cumulative(Duration max, Duration step) {
    return cumulative(max, step, Duration.ZERO);
  }

  /**
   * Windows that grow step by step up to a maximum and then begin anew.
   *
   * @param max the length of the longest, a multiple of the step
   * @param step by how much they grow
   * @param offset where the windows begin relative to the epoch; reduced modulo {@code max}
   * @return a query
   */
  public static WindowSpec<Object> cumulative(Duration max, Duration step, Duration offset) {
    return new WindowSpec.Cumulative(
        millis("max", max), millis("step", step), millis("offset", offset));
  }

  /**
   * Stretches of activity of a key. Silence of exactly the gap ends a session.
   *
   * @param gap how long an event keeps its session open
   * @return a query
   */
  public static WindowSpec<Object> session(Duration gap) {
    return new WindowSpec.Session(millis("gap", gap));
  }

  /**
   * Sessions whose gap is read from each event, up to a largest one.
   *
   * @param gap how long an event keeps its session open, in milliseconds
   * @param largestGap events that ask for more are rejected
   * @param <E> the events
   * @return a query
   */
  public static <E> WindowSpec<E> session(ToLongFunction<? super E> gap, Duration largestGap) {
    return new WindowSpec.EventSession<>(gap, millis("largestGap", largestGap));
  }

  /**
   * Sessions whose gap is read from each event, without a largest one: a bound a key is kept until
   * the stream ends.
   *
   * @param gap how long an event keeps its session open, in milliseconds
   * @param <E> the events
   * @return a query
   */
  public static <E> WindowSpec<E> session(ToLongFunction<? super E> gap) {
    return new WindowSpec.EventSession<>(gap, Long.MAX_VALUE);
  }

  /**
   * One window over all time, for early results; final when the stream ends.
   *
   * @return a query
   */
  public static WindowSpec<Object> global() {
    return new WindowSpec.Global();
  }

  /**
   * Every {@code n} events of a key, by arrival.
   *
   * @param n how many
   * @return a query
   */
  public static WindowSpec<Object> count(long n) {
    return count(n, n);
  }

  /**
   * The last {@code n} events of a key after every {@code step}, by arrival.
   *
   * @param n how many events a result is over
   * @param step after how many events there is a result
   * @return a query
   */
  public static WindowSpec<Object> count(long n, long step) {
    return new WindowSpec.Count(n, step);
  }

  /**
   * For each event, those of its key in the time before it, itself included. Without itself it is
   * {@code new Window.Trailing(size, false)}.
   *
   * @param size how far back the window reaches: {@code t - size < timestamp <= t}
   * @return a query
   */
  public static WindowSpec<Object> trailing(Duration size) {
    return new WindowSpec.Trailing(millis("size", size), true);
  }

  /**
   * For each event, the last {@code n} of its key by arrival, itself included. Without itself it is
   * {@code new Window.TrailingCount(n, false)}.
   *
   * @param n how many events the window holds at most
   * @return a query
   */
  public static WindowSpec<Object> trailingCount(long n) {
    return new WindowSpec.TrailingCount(n, true);
  }

  /**
   * The windows that an event falls in, in order of end, then start: what an operator would do with
   * it, for tests and for explaining a result. Of a session query it is the stretch that the event
   * keeps open by itself.
   *
   * <p>Cost: O(number of windows).
   *
   * @param window the query
   * @param event the event
   * @param timestamp its timestamp
   * @param <E> the events
   * @return the windows; none between the windows of a sampling query
   * @throws IllegalArgumentException if the query goes by count, since its windows depend on the
   *     events before; or if an operator would reject the event, for its timestamp is reserved or
   *     its own gap not allowed
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
      found.add(new Window(timestamp, WindowCursor.plus(timestamp, session.gap())));
    } else if (window instanceof WindowSpec.EventSession<? super E> session) {
      String refusal = session.refusal(event);
      if (refusal != null) {
        throw new IllegalArgumentException(refusal);
      }
      long gap = session.gap().applyAsLong(event);
      found.add(new Window(timestamp, WindowCursor.plus(timestamp, gap)));
    } else if (window instanceof WindowSpec.Trailing trailing) {
      long end = timestamp + 1;
      found.add(new Window(WindowCursor.minus(end, trailing.size()), end));
    } else {
      throw new IllegalArgumentException("windows by count have no bounds in time: " + window);
    }
    return found;
  }

  static long millis(String name, Duration duration) {
    try {
      long millis = duration.toMillis();
      if (Duration.ofMillis(millis).equals(duration)) {
        return millis;
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(name + " must fit in long milliseconds: " + duration, e);
    }
    throw new IllegalArgumentException(
        name + " must be a whole number of milliseconds: " + duration);
  }
}
