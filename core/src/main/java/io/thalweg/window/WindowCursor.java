package io.thalweg.window;

/**
 * Where the windows of one aligned query lie: the arithmetic of sliding, cumulative and global
 * windows, exact and then clamped to the range of {@code long}.
 *
 * <p>It points at one window at a time, {@link #start} and {@link #end}. In order of end, then
 * start, the windows of a query follow each other by {@link #moveToNext}; no two have the same
 * bounds.
 *
 * <p>Why clamping is harmless: a window whose start is below the range ends below zero, since no
 * size exceeds {@code Long.MAX_VALUE}; so at most one bound of a sliding window is clamped, and the
 * other one tells where it is.
 */
abstract sealed class WindowCursor {

  /** The first instant of the window in hand. */
  long start;

  /** The end of the window in hand, exclusive. */
  long end;

  /** Makes the grid of an aligned query; null for a query of another kind. */
  static WindowCursor of(WindowSpec<?> window) {
    if (window instanceof WindowSpec.Sliding sliding) {
      return new Sliding(sliding);
    }
    if (window instanceof WindowSpec.Cumulative cumulative) {
      return new Cumulative(cumulative);
    }
    return window instanceof WindowSpec.Global ? new Whole() : null;
  }

  /** Goes to the window that holds {@code t} and ends first; false if there is none. */
  abstract boolean moveToFirst(long t);

  /** Goes to the window that holds {@code t} and ends last; false if there is none. */
  abstract boolean moveToLast(long t);

  /** Goes to the first window with {@code end > watermark}; false if there is none. */
  abstract boolean moveToEndAfter(long watermark);

  /** Goes to the window after the one in hand; false if there is none. */
  abstract boolean moveToNext();

  /** The latest edge of a window that is not after {@code t}, clamped. */
  abstract long edgeUpTo(long t);

  /** The first edge of a window after {@code t}, clamped. */
  abstract long edgeAfter(long t);

  /**
   * Where the window in hand is folded: events before this point from there backwards, the others
   * forwards. It depends on the window alone, so that a result does not depend on how it was
   * arrived at; and for as many windows as possible it stays where it is.
   */
  abstract long pivot();

  /** Whether the windows tile all of time, so that alone each of them is one slice. */
  abstract boolean tiles();

  /** How many windows there are from the one in hand to one further on, both counted. */
  abstract long countTo(long lastStart, long lastEnd);

  /** Whether a window has these bounds; goes to it if so. */
  final boolean moveToIfExists(long start, long end) {
    // No two windows have the same end, but for those whose end is clamped.
    boolean found = end == Long.MAX_VALUE ? moveToLast(start) : moveToEndAfter(end - 1);
    return found && this.start == start && this.end == end;
  }

  /** Goes to a window by its bounds. */
  final void moveTo(long start, long end) {
    this.start = start;
    this.end = end;
  }

  /** {@code (t - offset) mod period}, for an offset from 0 to below the period. */
  static long phase(long t, long period, long offset) {
    long phase = Math.floorMod(t, period) - offset;
    return phase < 0 ? phase + period : phase;
  }

  /** {@code t + length}, clamped. */
  static long plus(long t, long length) {
    long sum = t + length;
    if (length >= 0) {
      return sum < t ? Long.MAX_VALUE : sum;
    }
    return sum > t ? Long.MIN_VALUE : sum;
  }

  /** {@code t - length}, clamped, for a length that is not negative. */
  static long minus(long t, long length) {
    long difference = t - length;
    return difference > t ? Long.MIN_VALUE : difference;
  }

  private static final class Sliding extends WindowCursor {
    private final long size;
    private final long slide;
    private final long offset;
    private final long endOffset;
    private final long pivotOffset;

    Sliding(WindowSpec.Sliding window) {
      size = window.size();
      slide = window.slide();
      offset = window.offset();
      long sizePhase = size % slide;
      endOffset = offset < slide - sizePhase ? offset + sizePhase : offset - (slide - sizePhase);
      pivotOffset = offset % size;
    }

    @Override
    boolean moveToFirst(long t) {
      long phase = phase(t, slide, offset);
      if (phase >= size) {
        return false;
      }
      long back = phase + (size - 1 - phase) / slide * slide;
      moveTo(minus(t, back), plus(t, size - back));
      return true;
    }

    @Override
    boolean moveToLast(long t) {
      long phase = phase(t, slide, offset);
      if (phase >= size) {
        return false;
      }
      moveTo(minus(t, phase), plus(t, size - phase));
      return true;
    }

    @Override
    boolean moveToEndAfter(long watermark) {
      long ahead = slide - phase(watermark, slide, endOffset);
      moveTo(plus(watermark, ahead - size), plus(watermark, ahead));
      return watermark < Long.MAX_VALUE && start < Long.MAX_VALUE;
    }

    @Override
    boolean moveToNext() {
      if (start > Long.MIN_VALUE) {
        if (start >= Long.MAX_VALUE - slide) {
          return false;
        }
        moveTo(start + slide, plus(start + slide, size));
      } else {
        // The end is negative: see above.
        moveTo(minus(end + slide, size), end + slide);
      }
      return true;
    }

    @Override
    long edgeUpTo(long t) {
      return minus(t, Math.min(phase(t, slide, offset), phase(t, slide, endOffset)));
    }

    @Override
    long edgeAfter(long t) {
      return plus(t, slide - Math.max(phase(t, slide, offset), phase(t, slide, endOffset)));
    }

    @Override
    long pivot() {
      if (start > Long.MIN_VALUE) {
        long phase = phase(start, size, pivotOffset);
        return phase == 0 ? start : plus(start, size - phase);
      }
      long phase = phase(end, size, pivotOffset);
      return phase == 0 ? start : minus(end, phase);
    }

    @Override
    boolean tiles() {
      return size == slide;
    }

    @Override
    long countTo(long lastStart, long lastEnd) {
      long ahead = lastStart - start;
      long hidden = hidden(start, end) - hidden(lastStart, lastEnd);
      // Their sum may be beyond 64 bits.
      return 1
          + Long.divideUnsigned(ahead, slide)
          + hidden / slide
          + Long.divideUnsigned(Long.remainderUnsigned(ahead, slide) + hidden % slide, slide);
    }

    /** How much of a window lies before the range of {@code long}. */
    private long hidden(long start, long end) {
      return start > Long.MIN_VALUE ? 0 : size - (end - Long.MIN_VALUE);
    }
  }

  private static final class Cumulative extends WindowCursor {
    private final long max;
    private final long step;
    private final long offset;

    Cumulative(WindowSpec.Cumulative window) {
      max = window.max();
      step = window.step();
      offset = window.offset();
    }

    @Override
    boolean moveToFirst(long t) {
      long phase = phase(t, max, offset);
      moveTo(minus(t, phase), plus(t, step - phase % step));
      return true;
    }

    @Override
    boolean moveToLast(long t) {
      long phase = phase(t, max, offset);
      moveTo(minus(t, phase), plus(t, max - phase));
      return true;
    }

    @Override
    boolean moveToEndAfter(long watermark) {
      return watermark < Long.MAX_VALUE && moveToFirst(watermark);
    }

    @Override
    boolean moveToNext() {
      if (end == Long.MAX_VALUE) {
        return false; // all later ends of this start are clamped to the same
      }
      moveTo(phase(end, max, offset) == 0 ? end : start, plus(end, step));
      return true;
    }

    @Override
    long edgeUpTo(long t) {
      return minus(t, phase(t, step, offset % step));
    }

    @Override
    long edgeAfter(long t) {
      return plus(t, step - phase(t, step, offset % step));
    }

    @Override
    long pivot() {
      return start;
    }

    @Override
    boolean tiles() {
      return max == step;
    }

    @Override
    long countTo(long lastStart, long lastEnd) {
      long steps = Long.divideUnsigned(lastEnd - end, step);
      return 1 + (Long.remainderUnsigned(lastEnd - end, step) == 0 ? steps : steps + 1);
    }
  }

  /** One window over all time. */
  private static final class Whole extends WindowCursor {

    @Override
    boolean moveToFirst(long t) {
      moveTo(Long.MIN_VALUE, Long.MAX_VALUE);
      return true;
    }

    @Override
    boolean moveToLast(long t) {
      return moveToFirst(t);
    }

    @Override
    boolean moveToEndAfter(long watermark) {
      return watermark < Long.MAX_VALUE && moveToFirst(watermark);
    }

    @Override
    boolean moveToNext() {
      return false;
    }

    @Override
    long edgeUpTo(long t) {
      return Long.MIN_VALUE;
    }

    @Override
    long edgeAfter(long t) {
      return Long.MAX_VALUE;
    }

    @Override
    long pivot() {
      return Long.MIN_VALUE;
    }

    @Override
    boolean tiles() {
      return true;
    }

    @Override
    long countTo(long lastStart, long lastEnd) {
      return 1;
    }
  }
}
