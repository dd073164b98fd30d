package io.thalweg.window;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/**
 * Cursor over the days, weeks, months, quarters or years of a time zone.
 *
 * <p>Periods are numbered. The starts of {@value #LENGTH} consecutive periods make a block, and the
 * cursor keeps the two blocks that it used last. An instant in one of them costs a search in an
 * array. Another instant costs a call of {@code java.time} for each start of its block.
 *
 * <p>The starts never descend. Those of a skipped day and of the next day are equal: the window of
 * an instant is that of the last period that starts at or before it.
 */
final class CalendarCursor extends WindowCursor {

  private static final int LENGTH = 64;

  /** 1969-12-29, the Monday of week 0, in days since the epoch. */
  private static final long FIRST_MONDAY = -3;

  private final WindowSpec.Calendar.Unit unit;
  private final ZoneId zone;

  /** The starts of the periods of the block used last, and the start of the next block. */
  private long[] starts = new long[LENGTH + 1];

  /** The block used before it. */
  private long[] before = new long[LENGTH + 1];

  CalendarCursor(WindowSpec.Calendar window) {
    unit = window.unit();
    zone = window.zone();
  }

  /** Returns the index in {@link #starts} of the window that contains an instant. */
  private int indexOf(long instant) {
    long t = Math.min(instant, Long.MAX_VALUE - 1); // the largest instant of an event
    if (!isInBlock(t)) {
      long[] used = starts;
      starts = before;
      before = used;
      if (!isInBlock(t)) {
        load(t);
      }
    }
    int low = 0;
    int high = LENGTH;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (starts[middle] <= t) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private boolean isInBlock(long t) {
    return starts[0] <= t && t < starts[LENGTH];
  }

  /** Reads the block that contains an instant, with its period in the middle. */
  private void load(long t) {
    LocalDate date = LocalDate.ofInstant(Instant.ofEpochMilli(t), zone);
    long first = period(date) - LENGTH / 2;
    for (int i = 0; i <= LENGTH; i++) {
      long second = firstDay(first + i).atStartOfDay(zone).toEpochSecond();
      starts[i] =
          Math.abs(second) <= Long.MAX_VALUE / 1000
              ? second * 1000
              : second < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
  }

  private long period(LocalDate date) {
    return switch (unit) {
      case DAY -> date.toEpochDay();
      case WEEK -> Math.floorDiv(date.toEpochDay() - FIRST_MONDAY, 7L);
      case MONTH -> month(date);
      case QUARTER -> Math.floorDiv(month(date), 3L);
      case YEAR -> date.getYear();
    };
  }

  /** Returns the number of months since the start of year 0. */
  private static long month(LocalDate date) {
    return 12L * date.getYear() + date.getMonthValue() - 1;
  }

  private LocalDate firstDay(long period) {
    return switch (unit) {
      case DAY -> LocalDate.ofEpochDay(period);
      case WEEK -> LocalDate.ofEpochDay(7 * period + FIRST_MONDAY);
      case MONTH -> firstDayOfMonth(period);
      case QUARTER -> firstDayOfMonth(3 * period);
      case YEAR -> firstDayOfMonth(12 * period);
    };
  }

  private static LocalDate firstDayOfMonth(long month) {
    return LocalDate.of((int) Math.floorDiv(month, 12L), (int) Math.floorMod(month, 12L) + 1, 1);
  }

  @Override
  boolean moveToFirst(long t) {
    int i = indexOf(t);
    moveTo(starts[i], starts[i + 1]);
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
    return moveToEndAfter(end);
  }

  @Override
  long edgeUpTo(long t) {
    int i = indexOf(t); // first, since it may exchange the blocks
    return starts[i];
  }

  @Override
  long edgeAfter(long t) {
    int i = indexOf(t);
    return starts[i + 1];
  }

  @Override
  long pivot() {
    return start;
  }

  @Override
  boolean tiles() {
    return true;
  }

  @Override
  long countTo(long lastStart, long lastEnd) {
    long count = 1;
    long firstStart = start;
    long firstEnd = end;
    while (end < lastEnd) {
      moveToNext();
      count++;
    }
    moveTo(firstStart, firstEnd);
    return count;
  }
}
