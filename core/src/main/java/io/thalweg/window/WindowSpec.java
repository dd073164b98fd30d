package io.thalweg.window;

import static java.util.Objects.requireNonNull;

import java.util.function.ToLongFunction;

/**
 * A window query: which stretches of a stream an event falls in. A description, made by {@link
 * Windows}; operators read it.
 *
 * <p>Bounds are half-open, {@code [start, end)}, computed exactly and then clamped to the range of
 * {@code long}. Sizes are in the unit of the timestamps, by convention milliseconds.
 *
 * @param <E> the events it can be asked about; {@code Object} unless it reads something from them
 */
public sealed interface WindowSpec<E> {

  /**
   * Every {@code [s, s + size)} with {@code s ≡ offset (mod slide)} that holds the event. With
   * {@code slide = size} the windows tumble; with {@code slide > size} events in between belong to
   * none.
   *
   * @param size the length of a window, positive
   * @param slide the distance between the starts of two windows, positive
   * @param offset where the windows begin, from 0 to below the slide
   */
  record Sliding(long size, long slide, long offset) implements WindowSpec<Object> {
    /**
     * Checks the sizes and reduces the offset modulo the slide.
     *
     * @param size the length of a window
     * @param slide the distance between the starts of two windows
     * @param offset where the windows begin, any number
     * @throws IllegalArgumentException if the size or the slide is not positive
     */
    public Sliding {
      positive("size", size);
      positive("slide", slide);
      offset = Math.floorMod(offset, slide);
    }
  }

  /**
   * The growing windows {@code [o + k·max, o + k·max + j·step)}, {@code j = 1 … max/step}, that
   * hold the event.
   *
   * @param max the length of the longest, a multiple of the step
   * @param step by how much they grow, positive
   * @param offset where the windows begin, from 0 to below {@code max}
   */
  record Cumulative(long max, long step, long offset) implements WindowSpec<Object> {
    /**
     * Checks the sizes and reduces the offset modulo {@code max}.
     *
     * @param max the length of the longest
     * @param step by how much they grow
     * @param offset where the windows begin, any number
     * @throws IllegalArgumentException if a size is not positive or {@code max} is no multiple of
     *     the step
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
   * Events of a key with less than {@code gap} of silence between them.
   *
   * @param gap how long an event keeps its session open, positive
   */
  record Session(long gap) implements WindowSpec<Object> {
    /**
     * Checks the gap.
     *
     * @param gap how long an event keeps its session open
     * @throws IllegalArgumentException if the gap is not positive
     */
    public Session {
      positive("gap", gap);
    }
  }

  /**
   * Sessions whose gap is read from each event.
   *
   * @param gap how long an event keeps its session open; an event whose gap is not positive or
   *     above {@code largestGap} is rejected
   * @param largestGap the largest gap allowed; {@code Long.MAX_VALUE} for none, and then the last
   *     forgotten end of each key is kept until the stream ends
   * @param <E> the events
   */
  record EventSession<E>(ToLongFunction<? super E> gap, long largestGap) implements WindowSpec<E> {
    /**
     * Checks the largest gap.
     *
     * @param gap how long an event keeps its session open
     * @param largestGap the largest gap allowed
     * @throws IllegalArgumentException if the largest gap is not positive
     */
    public EventSession {
      requireNonNull(gap, "gap");
      positive("largestGap", largestGap);
    }

    /** Why an event is refused; null if it is not. */
    String refusal(E event) {
      long asked = gap.applyAsLong(event);
      return asked > 0 && asked <= largestGap
          ? null
          : "gap must be from 1 to " + largestGap + ": " + asked;
    }
  }

  /** One window over all time, {@code [Long.MIN_VALUE, Long.MAX_VALUE)}, for early results. */
  record Global() implements WindowSpec<Object> {
    /** The only window. */
    public Global {}
  }

  /**
   * Per key and by arrival: every {@code step} events one result over the last {@code n}.
   *
   * @param n how many events a result is over, positive
   * @param step after how many events there is a result, positive
   */
  record Count(long n, long step) implements WindowSpec<Object> {
    /**
     * Checks the numbers.
     *
     * @param n how many events a result is over
     * @param step after how many events there is a result
     * @throws IllegalArgumentException if a number is not positive
     */
    public Count {
      positive("n", n);
      positive("step", step);
    }
  }

  /**
   * For each event, those of its key with {@code t - size < timestamp <= t}.
   *
   * @param size how far back the window reaches, positive
   * @param includesEvent whether the event itself is in its window
   */
  record Trailing(long size, boolean includesEvent) implements WindowSpec<Object> {
    /**
     * Checks the size.
     *
     * @param size how far back the window reaches
     * @param includesEvent whether the event itself is in its window
     * @throws IllegalArgumentException if the size is not positive
     */
    public Trailing {
      positive("size", size);
    }
  }

  /**
   * For each event, the last {@code n} of its key by arrival.
   *
   * @param n how many events the window holds at most, positive
   * @param includesEvent whether the event itself is in its window
   */
  record TrailingCount(long n, boolean includesEvent) implements WindowSpec<Object> {
    /**
     * Checks the number.
     *
     * @param n how many events the window holds at most
     * @param includesEvent whether the event itself is in its window
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
