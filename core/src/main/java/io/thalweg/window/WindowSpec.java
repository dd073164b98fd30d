package io.thalweg.window;

import static java.util.Objects.requireNonNull;

import io.thalweg.Milliseconds;
import java.time.ZoneId;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Specification of windows: the rule that assigns an event to windows. Created by {@link Windows}
 * and evaluated by operators.
 *
 * <p>Bounds are half-open, {@code [start, end)}, computed exactly and then clamped to the range of
 * {@code long}. Sizes are in the unit of the timestamps, by convention milliseconds.
 *
 * @param <E> the type of the events; {@code Object} if the rule does not read them
 */
public sealed interface WindowSpec<E> {

  /**
   * Sliding windows: every {@code [s, s + size)} with {@code s ≡ offset (mod slide)} that contains
   * the event. With {@code slide = size} the windows are tumbling. With {@code slide > size},
   * events between two windows are in none.
   *
   * @param size the length of a window, positive
   * @param slide the distance between the starts of two windows, positive
   * @param offset the offset of the starts, from 0 to below the slide
   */
  record Sliding(long size, long slide, long offset) implements WindowSpec<Object> {
    /**
     * Checks the sizes and reduces the offset modulo the slide.
     *
     * @param size the length of a window
     * @param slide the distance between the starts of two windows
     * @param offset the offset of the starts, any number
     * @throws IllegalArgumentException if the size or the slide is not positive
     */
    public Sliding {
      positive("size", size);
      positive("slide", slide);
      offset = Math.floorMod(offset, slide);
    }
  }

  /**
   * Cumulative windows: every {@code [o + k·max, o + k·max + j·step)}, {@code j = 1 … max/step},
   * that contains the event, with {@code o = offset}.
   *
   * @param max the length of the longest window, a multiple of the step
   * @param step the difference between the lengths of consecutive windows, positive
   * @param offset the offset of the starts, from 0 to below {@code max}
   */
  record Cumulative(long max, long step, long offset) implements WindowSpec<Object> {
    /**
     * Checks the sizes and reduces the offset modulo {@code max}.
     *
     * @param max the length of the longest window
     * @param step the difference between the lengths of consecutive windows
     * @param offset the offset of the starts, any number
     * @throws IllegalArgumentException if a length is not positive, or {@code max} is not a
     *     multiple of the step
     */
    public Cumulative {
      positive("max", max);
      positive("step", step);
      if (max % step != 0) {
        throw new IllegalArgumentException("max must be a multiple of step " + step + ": " + max);
      }
      offset = Math.floorMod(offset, max);
    }
  }

  /**
   * Calendar windows: the days, ISO weeks, months, quarters or years of a time zone, for timestamps
   * in epoch milliseconds. They touch and do not overlap.
   *
   * <p>A period starts at the first instant at which the clocks of the zone show midnight of its
   * first day, or a later time. So a day has 23 or 25 hours if the clocks change in it. If they
   * skip midnight, the day starts with the change. If they show midnight twice, it starts with the
   * first one. A day that a zone skipped, such as 2011-12-30 in Pacific/Apia, has no window.
   *
   * @param unit the length of a window
   * @param zone the time zone; its rules are those of the running Java version
   */
  record Calendar(Unit unit, ZoneId zone) implements WindowSpec<Object> {

    /** Length of a calendar window. */
    public enum Unit {
      /** A day. */
      DAY,
      /** A week from Monday to Sunday, as in ISO 8601. */
      WEEK,
      /** A month of the ISO calendar. */
      MONTH,
      /** Three months; the first quarter starts in January. */
      QUARTER,
      /** A year of the ISO calendar. */
      YEAR
    }

    /**
     * Checks that both are given.
     *
     * @param unit the length of a window
     * @param zone the time zone
     */
    public Calendar {
      requireNonNull(unit, "unit");
      requireNonNull(zone, "zone");
    }
  }

  /**
   * Sessions: an event at {@code t} opens {@code [t, t + gap)}, and overlapping intervals of a key
   * merge. Inactivity of exactly the gap ends a session.
   *
   * @param gap the time for which an event keeps its session open, positive
   */
  record Session(long gap) implements WindowSpec<Object> {
    /**
     * Checks the gap.
     *
     * @param gap the time for which an event keeps its session open
     * @throws IllegalArgumentException if the gap is not positive
     */
    public Session {
      positive("gap", gap);
    }
  }

  /**
   * Sessions whose gap is read from each event.
   *
   * @param gap returns the time for which an event keeps its session open; a pure function. An
   *     event whose gap is not positive or larger than {@code largestGap} is rejected
   * @param largestGap the largest permitted gap, or {@code Long.MAX_VALUE} for no limit; without a
   *     limit, the end of the last forgotten session of each key is kept until the stream ends
   * @param <E> the type of the events
   */
  record EventSession<E>(ToLongFunction<? super E> gap, long largestGap) implements WindowSpec<E> {
    /**
     * Checks the largest gap.
     *
     * @param gap returns the time for which an event keeps its session open
     * @param largestGap the largest permitted gap
     * @throws IllegalArgumentException if the largest gap is not positive
     */
    public EventSession {
      requireNonNull(gap, "gap");
      positive("largestGap", largestGap);
    }

    /** Returns the reason why an event is rejected, or null if it is not. */
    String refusal(E event) {
      long eventGap = gap.applyAsLong(event);
      return eventGap > 0 && eventGap <= largestGap
          ? null
          : "gap must be from 1 to " + largestGap + ": " + eventGap;
    }
  }

  /**
   * Sessions that also end at a largest length or at an end event. An event at {@code t} extends
   * its session up to {@code t + gap}, but not beyond the start of the session plus the largest
   * length; the next event from there on opens a new session. An end event ends its session
   * directly after it, at {@code t + 1}.
   *
   * <p>These rules depend on the order of the events, so that the results do as well. In the order
   * of timestamps the rules above are exact. Otherwise: an event before two sessions merges with
   * them as long as their events span less than the largest length, and ends where the first
   * session starts that it cannot merge with. An end event that arrives after later events of its
   * session ends the session after the last of them.
   *
   * @param gap the time for which an event keeps its session open, positive
   * @param largestLength the largest length of a session, positive; {@code Long.MAX_VALUE} for no
   *     limit
   * @param end returns true for an event that ends its session; a pure function
   * @param <E> the type of the events
   */
  record BoundedSession<E>(long gap, long largestLength, Predicate<? super E> end)
      implements WindowSpec<E> {
    /**
     * Checks the lengths.
     *
     * @param gap the time for which an event keeps its session open
     * @param largestLength the largest length of a session
     * @param end returns true for an event that ends its session
     * @throws IllegalArgumentException if a length is not positive
     */
    public BoundedSession {
      positive("gap", gap);
      positive("largestLength", largestLength);
      requireNonNull(end, "end");
    }

    /** Returns the end of a session that starts with an event and has no other. */
    long endAlone(long timestamp, boolean ends) {
      return Milliseconds.plus(timestamp, ends ? 1 : Math.min(gap, largestLength));
    }
  }

  /** Global window: one window over all time, {@code [Long.MIN_VALUE, Long.MAX_VALUE)}. */
  record Global() implements WindowSpec<Object> {
    /** Creates the specification. */
    public Global {}
  }

  /**
   * Count windows: after every {@code step} events of a key, its last {@code n} events in order of
   * arrival.
   *
   * @param n the number of events of a window, positive
   * @param step the number of events between two results, positive
   */
  record Count(long n, long step) implements WindowSpec<Object> {
    /**
     * Checks the numbers.
     *
     * @param n the number of events of a window
     * @param step the number of events between two results
     * @throws IllegalArgumentException if a number is not positive
     */
    public Count {
      positive("n", n);
      positive("step", step);
    }
  }

  /**
   * Trailing windows: for each event, the events of its key with {@code t - size < timestamp <= t}.
   *
   * @param size the length of the window, positive
   * @param includesEvent true if the window of an event contains the event itself
   */
  record Trailing(long size, boolean includesEvent) implements WindowSpec<Object> {
    /**
     * Checks the size.
     *
     * @param size the length of the window
     * @param includesEvent true if the window of an event contains the event itself
     * @throws IllegalArgumentException if the size is not positive
     */
    public Trailing {
      positive("size", size);
    }
  }

  /**
   * Trailing windows by count: for each event, the last {@code n} events of its key in order of
   * arrival.
   *
   * @param n the largest number of events in a window, positive
   * @param includesEvent true if the window of an event contains the event itself
   */
  record TrailingCount(long n, boolean includesEvent) implements WindowSpec<Object> {
    /**
     * Checks the number.
     *
     * @param n the largest number of events in a window
     * @param includesEvent true if the window of an event contains the event itself
     * @throws IllegalArgumentException if the number is not positive
     */
    public TrailingCount {
      positive("n", n);
    }
  }

  private static void positive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be positive: " + value);
    }
  }
}
