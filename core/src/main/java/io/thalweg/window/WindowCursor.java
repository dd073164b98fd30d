package io.thalweg.window;

import static io.thalweg.Milliseconds.minus;
import static io.thalweg.Milliseconds.plus;

/**
 * Cursor over the windows of one aligned query: the arithmetic of sliding, cumulative, calendar and
 * global windows. Bounds are computed exactly and then clamped to the range of {@code long}.
 *
 * <p>The cursor is at one window, {@link #start} and {@link #end}. {@link #moveToNext} visits the
 * windows in order of end, then start. No two windows have the same bounds.
 *
 * <p>Clamping loses no information: a window that starts below the range ends below zero, since no
 * size exceeds {@code Long.MAX_VALUE}. So at most one bound of a sliding window is clamped, and the
 * other one identifies the window.
 */
abstract sealed class WindowCursor
    permits WindowCursor.Sliding, WindowCursor.Cumulative, WindowCursor.Whole, CalendarCursor {

  /** The start of the current window, inclusive. */
  long start;

  /** The end of the current window, exclusive. */
  long end;

  /** Creates the cursor of an aligned query; returns null for another kind of query. */
  static WindowCursor of(WindowSpec<?> window) {
    if (window instanceof WindowSpec.Sliding sliding) {
      return new Sliding(sliding);
    }
    if (window instanceof WindowSpec.Cumulative cumulative) {
      return new Cumulative(cumulative);
    }
    if (window instanceof WindowSpec.Calendar calendar) {
      return new CalendarCursor(calendar);
    }
    return window instanceof WindowSpec.Global ? new Whole() : null;
  }

  /** Moves to the window with the smallest end that contains {@code t}; false if there is none. */
  abstract boolean moveToFirst(long t);

  /** Moves to the window with the largest end that contains {@code t}; false if there is none. */
  abstract boolean moveToLast(long t);

  /** Moves to the first window with {@code end > watermark}; false if there is none. */
  abstract boolean moveToEndAfter(long watermark);

  /** Moves to the next window; false if there is none. */
  abstract boolean moveToNext();

  /** Returns the last edge of a window that is not after {@code t}, clamped. */
  abstract long edgeUpTo(long t);

  /** Returns the first edge of a window after {@code t}, clamped. */
  abstract long edgeAfter(long t);

  /**
   * Returns the point at which {@link SlidingFold} splits the current window. It depends on the
   * window only, so that a result does not depend on the history of the fold. It is the same for as
   * many consecutive windows as possible.
   */
  abstract long pivot();

  /** Returns true if the windows tile all of time: without other queries, each is one slice. */
  abstract boolean tiles();

  /** Returns the number of windows from the current one to a later one, both included. */
  abstract long countTo(long lastStart, long lastEnd);

  /** Moves to the window with these bounds; false if there is none. */
  final boolean moveToIfExists(long start, long end) {
    // The end of a window is distinct unless it is clamped.
    boolean found = end == Long.MAX_VALUE ? moveToLast(start) : moveToEndAfter(end - 1);
    return found && this.start == start && this.end == end;
  }

  /** Moves to the window with these bounds, which exists. */
  final void moveTo(long start, long end) {
    this.start = start;
    this.end = end;
  }

  /** Returns {@code (t - offset) mod period}, for an offset from 0 to below the period. */
  static long phase(long t, long period, long offset) {
    long phase = Math.floorMod(t, period) - offset;
    return phase < 0 ? phase + period : phase;
  }

  static final class Sliding extends WindowCursor {
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
        // The end is negative: see the class comment.
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
      // The sum of both may exceed 64 bits.
      return 1
          + Long.divideUnsigned(ahead, slide)
          + hidden / slide
          + Long.divideUnsigned(Long.remainderUnsigned(ahead, slide) + hidden % slide, slide);
    }

    /** Returns the length of the part of a window before the range of {@code long}. */
    private long hidden(long start, long end) {
      return start > Long.MIN_VALUE ? 0 : size - (end - Long.MIN_VALUE);
    }
  }

  static final class Cumulative extends WindowCursor {
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
        return false; // all later ends are clamped to the same value
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
  static final class Whole extends WindowCursor {

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
