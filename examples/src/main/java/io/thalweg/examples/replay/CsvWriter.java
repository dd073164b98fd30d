package io.thalweg.examples.replay;

import java.io.IOException;
import java.io.Writer;

/** Writer of CSV records (RFC 4180). Values are quoted where they must be. */
final class CsvWriter {

  private final Writer out;
  private boolean hasValues;

  CsvWriter(Writer out) {
    this.out = out;
  }

  CsvWriter text(String value) throws IOException {
    if (hasValues) {
      out.append(',');
    }
    hasValues = true;
    if (value.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')) {
      out.append('"').append(value.replace("\"", "\"\"")).append('"');
    } else {
      out.append(value);
    }
    return this;
  }

  /** Adds a number; NaN is empty. */
  CsvWriter number(double value) throws IOException {
    return text(Double.isNaN(value) ? "" : Double.toString(value));
  }

  void end() throws IOException {
    out.append('\n');
    hasValues = false;
  }
}
