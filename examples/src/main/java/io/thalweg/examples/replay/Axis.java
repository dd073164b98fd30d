package io.thalweg.examples.replay;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Ticks of an axis: round values, with labels that tell them apart. */
final class Axis {

  /** Position with its label. */
  record Tick(double at, String label) {}

  private static final long SECOND = 1_000;
  private static final long MINUTE = 60 * SECOND;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  private static final long[] STEPS = {
    1,
    2,
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY
  };

  private static final int[] MONTHS = {1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1_200};

  private Axis() {}

  /** Returns at most about {@code most} ticks of a time axis in UTC. */
  static List<Tick> times(long from, long to, int most) {
    for (long step : STEPS) {
      if ((to - from) / step <= most) {
        return timesBySteps(from, to, step);
      }
    }
    for (int step : MONTHS) {
      if ((to - from) / (30.4 * DAY * step) <= most) {
        return timesByMonths(from, to, step);
      }
    }
    return List.of();
  }

  private static List<Tick> timesBySteps(long from, long to, long step) {
    List<Tick> ticks = new ArrayList<>();
    long monday = step == 7 * DAY ? 4 * DAY : 0; // 1970-01-05
    for (long at = Math.floorDiv(from - monday + step - 1, step) * step + monday;
        at <= to;
        at += step) {
      boolean namesDay = step >= DAY || ticks.isEmpty() || Math.floorMod(at, DAY) == 0;
      String time =
          step >= DAY
              ? ""
              : format(at, step < SECOND ? "HH:mm:ss.SSS" : step < MINUTE ? "HH:mm:ss" : "HH:mm");
      String day = namesDay ? format(at, "d MMM") : "";
      ticks.add(
          new Tick(at, Math.floorMod(at, DAY) == 0 && namesDay ? day : (day + ' ' + time).strip()));
    }
    return ticks;
  }

  private static List<Tick> timesByMonths(long from, long to, int step) {
    List<Tick> ticks = new ArrayList<>();
    LocalDateTime month =
        utc(from)
            .truncatedTo(ChronoUnit.DAYS)
            .withDayOfMonth(1)
            .withMonth(1)
            .minusYears(step > 12 ? Math.floorMod(utc(from).getYear(), step / 12) : 0);
    for (; millis(month) <= to; month = month.plusMonths(step)) {
      if (millis(month) >= from) {
        ticks.add(new Tick(millis(month), format(millis(month), step < 12 ? "MMM yyyy" : "yyyy")));
      }
    }
    return ticks;
  }

  private static LocalDateTime utc(long millis) {
    return LocalDateTime.ofInstant(Instant.ofEpochMilli(millis), ZoneOffset.UTC);
  }

  private static long millis(LocalDateTime time) {
    return time.toInstant(ZoneOffset.UTC).toEpochMilli();
  }

  private static String format(long millis, String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(utc(millis));
  }

  /** Returns the text of a time for people, to the second. */
  static String time(long millis) {
    return format(millis, "yyyy-MM-dd HH:mm:ss");
  }

  /** Returns at most about {@code most} ticks of an axis of numbers. */
  static List<Tick> numbers(double from, double to, int most) {
    double raw = (to - from) / most;
    double unit = Math.pow(10, Math.floor(Math.log10(raw)));
    double step =
        raw <= unit ? unit : raw <= 2 * unit ? 2 * unit : raw <= 5 * unit ? 5 * unit : 10 * unit;
    List<Tick> ticks = new ArrayList<>();
    for (double n = Math.ceil(from / step); n * step <= to && ticks.size() <= 2 * most; n++) {
      ticks.add(new Tick(n * step, number(n * step, step)));
    }
    return ticks;
  }

  /** Returns the text of a number with the digits that tell multiples of a step apart. */
  static String number(double value, double step) {
    double magnitude = Math.max(Math.abs(value), step);
    if (magnitude >= 1e7 || magnitude < 1e-3) {
      int digits =
          Math.max(
              0,
              (int) Math.floor(Math.log10(magnitude) + 1e-9)
                  - (int) Math.floor(Math.log10(step) + 1e-9));
      return value == 0
          ? "0"
          : String.format(Locale.ROOT, "%." + Math.min(9, digits) + "e", value)
              .replaceFirst("e([+-])0?(\\d+)$", "e$1$2")
              .replace("e+", "e");
    }
    int decimals = Math.max(0, (int) -Math.floor(Math.log10(step) + 1e-9));
    return String.format(Locale.ROOT, "%,." + Math.min(9, decimals) + "f", value + 0.0);
  }
}
