package io.thalweg.file;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Records of a CSV text (RFC 4180): their lines and their values. */
final class CsvRecords {

  /** The largest number of lines of a record. */
  private static final int MAX_LINES = 100;

  private final Lines lines;
  private final char delimiter;

  CsvRecords(Lines lines, char delimiter) {
    this.lines = lines;
    this.delimiter = delimiter;
  }

  /**
   * Returns the text of a record, and adds its lines after the first one to a list.
   *
   * @throws IllegalArgumentException if a quote is not closed
   */
  String text(Lines.Line first, List<Lines.Line> further) throws IOException {
    if (!endsInQuotes(first.text())) {
      return first.text();
    }
    StringBuilder text = new StringBuilder(first.text());
    while (further.size() < MAX_LINES - 1) {
      Lines.Line line = lines.next();
      if (line == null) {
        break;
      }
      further.add(line);
      if (line.fault() != null || text.length() > Lines.MAX_BYTES) {
        break;
      }
      text.append('\n').append(line.text());
      if (!endsInQuotes(text)) {
        return text.toString();
      }
    }
    throw new IllegalArgumentException("a quote must be closed");
  }

  /** Returns true if a text ends within a quoted value. A quote opens at the start of a value. */
  private boolean endsInQuotes(CharSequence text) {
    boolean quoted = false;
    boolean atStart = true;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted) {
        quoted = c != '"' || i + 1 < text.length() && text.charAt(i + 1) == '"';
        i += c == '"' && quoted ? 1 : 0;
      } else {
        quoted = atStart && c == '"';
        atStart = c == delimiter || atStart && c == ' ';
      }
    }
    return quoted;
  }

  /**
   * Returns the values of a record. Values without quotes keep their spaces.
   *
   * @throws IllegalArgumentException if text follows a quoted value, or its quote is not closed
   */
  static List<String> values(String text, char delimiter) {
    List<String> values = new ArrayList<>();
    int position = 0;
    while (true) {
      int start = skipSpaces(text, position);
      int end;
      if (start < text.length() && text.charAt(start) == '"') {
        StringBuilder value = new StringBuilder();
        end = skipSpaces(text, unquote(text, start + 1, value));
        if (end < text.length() && text.charAt(end) != delimiter) {
          throw new IllegalArgumentException("a quoted value must end with its quote");
        }
        values.add(value.toString());
      } else {
        int found = text.indexOf(delimiter, position);
        end = found < 0 ? text.length() : found;
        values.add(text.substring(position, end));
      }
      if (end == text.length()) {
        return values;
      }
      position = end + 1;
    }
  }

  private static int skipSpaces(String text, int from) {
    int position = from;
    while (position < text.length() && text.charAt(position) == ' ') {
      position++;
    }
    return position;
  }

  /** Appends the text up to the closing quote, and returns the position after it. */
  private static int unquote(String text, int from, StringBuilder value) {
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '"') {
        value.append(c);
      } else if (i + 1 < text.length() && text.charAt(i + 1) == '"') {
        value.append(c);
        i++;
      } else {
        return i + 1;
      }
    }
    throw new IllegalArgumentException("a quote must be closed");
  }
}
