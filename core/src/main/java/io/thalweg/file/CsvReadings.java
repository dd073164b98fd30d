package io.thalweg.file;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Readings of a CSV file. */
final class CsvReadings implements ReadingFile.Format {

  private static final char[] DELIMITERS = {',', ';', '\t', '|'};

  private final Consumer<String> notices;

  CsvReadings(Consumer<String> notices) {
    this.notices = notices;
  }

  /** Positions of the columns in a record; -1 if there is none. */
  private record Header(char delimiter, int size, int time, int value, int key, int label) {}

  @Override
  public void read(
      Lines lines, ReadingFile.Columns columns, ReadingParser parser, Consumer<Reading> readings)
      throws IOException {
    Header header = null;
    CsvRecords records = null;
    for (Lines.Line line = lines.next(); line != null; line = lines.next()) {
      if (line.text().isBlank() && line.fault() == null) {
        continue;
      }
      if (header == null) {
        if (!isSeparatorLine(line)) {
          header = header(line, columns);
          records = new CsvRecords(lines, header.delimiter);
        }
      } else if (line.fault() != null) {
        readings.accept(ReadingParser.unreadable(line.number(), line.fault()));
      } else {
        readings.accept(read(line, lines, records, header, parser));
      }
    }
    if (header == null) {
      throw new IOException("the file must have a header, it is empty");
    }
  }

  private static boolean isSeparatorLine(Lines.Line line) {
    return line.number() == 1 && line.text().matches("(?i)sep=.");
  }

  private static Reading read(
      Lines.Line first, Lines lines, CsvRecords records, Header header, ReadingParser parser)
      throws IOException {
    List<Lines.Line> further = new ArrayList<>(0);
    List<String> values;
    try {
      values = CsvRecords.values(records.text(first, further), header.delimiter);
    } catch (IllegalArgumentException e) {
      lines.putBack(further);
      return ReadingParser.unreadable(first.number(), e.getMessage() + ": " + first.text());
    }
    if (!fits(values, header)) {
      return ReadingParser.unreadable(
          first.number(),
          "a record must have the " + header.size + " values of the header: " + first.text());
    }
    return parser.parse(
        first.number(),
        values.get(header.time),
        values.get(header.value),
        header.key < 0 ? "" : values.get(header.key),
        header.label < 0 ? "" : values.get(header.label));
  }

  /** Returns true if a record has the values of the header, and at most empty ones after them. */
  private static boolean fits(List<String> values, Header header) {
    for (int i = header.size; i < values.size(); i++) {
      if (!values.get(i).isBlank()) {
        return false;
      }
    }
    return values.size() >= header.size;
  }

  private Header header(Lines.Line line, ReadingFile.Columns columns) throws IOException {
    if (line.fault() != null) {
      throw new IOException(
          "line "
              + line.number()
              + ": "
              + line.fault()
              + "; save the file as CSV in UTF-8 and try again");
    }
    List<String> names = List.of();
    for (char delimiter : DELIMITERS) {
      List<String> found = names(line, delimiter);
      if (position(found, columns.time()) >= 0 && position(found, columns.value()) >= 0) {
        if (delimiter != ',') {
          notices.accept("values are separated by " + name(delimiter));
        }
        return new Header(
            delimiter,
            found.size(),
            position(found, columns.time()),
            position(found, columns.value()),
            optional(line, found, columns.key()),
            optional(line, found, columns.label()));
      }
      names = found.size() > names.size() ? found : names;
    }
    String missing = position(names, columns.time()) < 0 ? columns.time() : columns.value();
    throw missing(line, missing, names);
  }

  private static List<String> names(Lines.Line line, char delimiter) throws IOException {
    try {
      return CsvRecords.values(line.text(), delimiter).stream().map(String::strip).toList();
    } catch (IllegalArgumentException e) {
      throw new IOException("line " + line.number() + ": " + e.getMessage(), e);
    }
  }

  private static String name(char delimiter) {
    return switch (delimiter) {
      case ';' -> "semicolons";
      case '\t' -> "tabs";
      default -> "bars";
    };
  }

  private static int optional(Lines.Line line, List<String> names, String name) throws IOException {
    if (name == null) {
      return -1;
    }
    int position = position(names, name);
    if (position < 0) {
      throw missing(line, name, names);
    }
    return position;
  }

  private static IOException missing(Lines.Line line, String name, List<String> names) {
    boolean isData = names.stream().anyMatch(each -> each.matches("[+-]?[\\d.]+"));
    return new IOException(
        String.format(
            Locale.ROOT,
            "line %d: the header must have the column %s: %s%s",
            line.number(),
            name,
            String.join(", ", names),
            isData ? "; this looks like a record: put a header before it" : ""));
  }

  /** Returns the position of a name: the same, or else the first that differs in case only. */
  private static int position(List<String> names, String name) {
    int same = names.indexOf(name);
    for (int i = 0; same < 0 && i < names.size(); i++) {
      same = names.get(i).equalsIgnoreCase(name) ? i : -1;
    }
    return same;
  }
}
