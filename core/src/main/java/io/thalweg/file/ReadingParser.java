package io.thalweg.file;

import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Parser of the time and the value of a {@link Reading}. */
final class ReadingParser {

  private static final Set<String> MISSING =
      Set.of("", "nan", "na", "n/a", "null", "none", "-", "#n/a");

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");

  private static final Pattern DECIMAL_COMMA =
      Pattern.compile("[+-]?[\\d.'\\u00a0\\u202f ]*,\\d+([eE][+-]?\\d+)?");

  private static final Pattern INFINITE = Pattern.compile("([+-]?)inf(inity)?");

  private final boolean decimalComma;
  private final TimeText times;

  /** True if a value had a decimal point: another one with a comma is then a fault of its own. */
  private boolean hasPoint;

  ReadingParser(boolean decimalComma, Consumer<String> notices) {
    this.decimalComma = decimalComma;
    this.times = new TimeText(notices);
  }

  /**
   * Returns the reading of a record.
   *
   * @throws IOException if the file seems to have decimal commas
   */
  Reading parse(long line, String time, String value, String key, String label) throws IOException {
    try {
      long timestamp = times.parse(time);
      return new Reading(line, time, value, key, label, timestamp, number(line, value), null);
    } catch (IllegalArgumentException e) {
      return new Reading(line, time, value, key, label, 0, Double.NaN, e.getMessage());
    }
  }

  /** Returns the reading of a record whose values cannot be told apart. */
  static Reading unreadable(long line, String fault) {
    return new Reading(line, "", "", "", "", 0, Double.NaN, fault);
  }

  private double number(long line, String original) throws IOException {
    String text = original.strip();
    if (decimalComma) {
      text = text.replace(',', '.');
    }
    if (NUMBER.matcher(text).matches()) {
      hasPoint |= text.indexOf('.') >= 0;
      return Double.parseDouble(text);
    }
    String word = text.toLowerCase(Locale.ROOT);
    if (MISSING.contains(word)) {
      return Double.NaN;
    }
    if (INFINITE.matcher(word).matches()) {
      return word.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    if (DECIMAL_COMMA.matcher(text).matches() && !hasPoint) {
      throw new IOException(
          "line "
              + line
              + ": value must have a decimal point: "
              + text
              + "; read the file with decimal commas (decimalComma, --decimal-comma), or remove"
              + " commas between thousands");
    }
    throw new IllegalArgumentException("value must be a number: " + text);
  }
}
