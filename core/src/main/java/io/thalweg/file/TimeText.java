package io.thalweg.file;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Parser of times. A date with an optional time of day, fraction and zone is read as ISO 8601, with
 * the separators {@code -} or {@code /}, and {@code T} or a space. A number is the time since the
 * epoch, in the unit that gives a date before the year 5138. Assumptions are reported once.
 */
final class TimeText {

  private enum Unit {
    SECONDS(1e11, -3),
    MILLISECONDS(1e14, 0),
    MICROSECONDS(1e17, 3),
    NANOSECONDS(1e20, 6);

    /** The smallest magnitude of the next unit. */
    final double limit;

    /** The number of decimal digits behind milliseconds. */
    final int digits;

    Unit(double limit, int digits) {
      this.limit = limit;
      this.digits = digits;
    }
  }

  private static final long[] POWERS = {1, 10, 100, 1_000, 10_000, 100_000, 1_000_000};

  private final Consumer<String> notices;
  private final boolean[] isSaid = new boolean[Unit.values().length + 1];

  private String text;
  private int position;

  TimeText(Consumer<String> notices) {
    this.notices = notices;
  }

  /**
   * Returns the epoch milliseconds of a text, rounded down.
   *
   * @throws IllegalArgumentException if the text is no time
   */
  long parse(String original) {
    text = original.strip();
    position = 0;
    try {
      return isNumber() ? epoch() : iso();
    } catch (NumberFormatException | DateTimeException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "time must be like 2015-02-26 21:42:53, 2015-02-26T21:42:53.5Z or an epoch number: "
              + (text.isEmpty() ? "nothing" : text),
          e);
    }
  }

  private boolean isNumber() {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean isSign = (c == '-' || c == '+') && (i == 0 || isExponent(text.charAt(i - 1)));
      if (!isSign && !isDigit(c) && c != '.' && !(i > 0 && isExponent(c))) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  private static boolean isExponent(char c) {
    return c == 'e' || c == 'E';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private long epoch() {
    boolean isWhole = text.length() < 19 && text.chars().skip(1).allMatch(c -> isDigit((char) c));
    double magnitude = Math.abs(Double.parseDouble(text));
    for (Unit unit : Unit.values()) {
      if (magnitude < unit.limit) {
        say(
            unit.ordinal(),
            () -> "times are read as epoch " + unit.name().toLowerCase(Locale.ROOT));
        if (!isWhole) {
          return new BigDecimal(text)
              .movePointLeft(unit.digits)
              .setScale(0, RoundingMode.FLOOR)
              .longValueExact();
        }
        long whole = Long.parseLong(text);
        return unit.digits < 0
            ? Math.multiplyExact(whole, POWERS[-unit.digits])
            : Math.floorDiv(whole, POWERS[unit.digits]);
      }
    }
    throw new ArithmeticException("beyond nanoseconds");
  }

  private long iso() {
    int year = digits(4, 4);
    char separator = next();
    require(separator == '-' || separator == '/');
    int month = digits(1, 2);
    require(next() == separator);
    long day = LocalDate.of(year, month, digits(1, 2)).toEpochDay();
    long millis = 0;
    if (position < text.length() && "Tt ".indexOf(text.charAt(position)) >= 0) {
      position++;
      millis = timeOfDay();
    }
    return Math.addExact(Math.multiplyExact(day, 86_400_000L), millis - offset());
  }

  private long timeOfDay() {
    int hour = digits(1, 2);
    require(hour < 24 && next() == ':');
    int minute = digits(2, 2);
    require(minute < 60);
    int second = 0;
    long millis = 0;
    if (accept(":")) {
      second = digits(2, 2);
      require(second < 60);
      if (accept(".") || accept(",")) {
        int start = position;
        for (long weight = 100; position < text.length() && isDigit(text.charAt(position)); ) {
          millis += weight * (text.charAt(position++) - '0');
          weight /= 10;
        }
        require(position > start);
      }
    }
    return ((hour * 60L + minute) * 60 + second) * 1_000 + millis;
  }

  /** Returns the milliseconds that the zone is ahead of UTC. */
  private long offset() {
    while (accept(" ")) {}
    if (position == text.length()) {
      say(Unit.values().length, () -> "times without a zone are read as UTC");
      return 0;
    }
    if (accept("Z") || accept("z") || accept("UTC") || accept("GMT")) {
      require(position == text.length());
      return 0;
    }
    char sign = next();
    require(sign == '+' || sign == '-');
    int hours = digits(2, 2);
    int minutes = 0;
    if (position < text.length()) {
      accept(":");
      minutes = digits(2, 2);
    }
    require(hours <= 18 && minutes < 60 && position == text.length());
    long millis = (hours * 60L + minutes) * 60_000;
    return sign == '-' ? -millis : millis;
  }

  private void say(int number, Supplier<String> notice) {
    if (!isSaid[number]) {
      isSaid[number] = true;
      notices.accept(notice.get());
    }
  }

  private int digits(int least, int most) {
    int value = 0;
    int count = 0;
    while (count < most && position < text.length() && isDigit(text.charAt(position))) {
      value = 10 * value + text.charAt(position++) - '0';
      count++;
    }
    require(count >= least);
    return value;
  }

  private char next() {
    require(position < text.length());
    return text.charAt(position++);
  }

  private boolean accept(String expected) {
    boolean found = text.startsWith(expected, position);
    position += found ? expected.length() : 0;
    return found;
  }

  private static void require(boolean condition) {
    if (!condition) {
      throw new DateTimeException("no time");
    }
  }
}
