package io.thalweg.examples.replay;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Writer of rows with named columns, as CSV (RFC 4180, with a header) or JSON lines. A value is a
 * text or a number; NaN and null are empty.
 */
final class RowWriter {

  private static final JsonFactory JSON = new JsonFactory();

  private final Writer out;
  private final List<String> columns;
  private final boolean isJson;

  private RowWriter(Writer out, List<String> columns, boolean isJson) {
    this.out = out;
    this.columns = columns;
    this.isJson = isJson;
  }

  static RowWriter csv(Writer out, List<String> columns) throws IOException {
    RowWriter writer = new RowWriter(out, columns, false);
    writer.writeCsv(columns.toArray());
    return writer;
  }

  /** Returns a writer of the format that the name of a file ends with: JSON lines, else CSV. */
  static RowWriter of(Path file, Writer out, List<String> columns) throws IOException {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".jsonl") || name.endsWith(".ndjson")
        ? new RowWriter(out, columns, true)
        : csv(out, columns);
  }

  /** Writes a row: one value for each column. */
  void write(Object... values) throws IOException {
    if (isJson) {
      writeJson(values);
    } else {
      writeCsv(values);
    }
  }

  private void writeCsv(Object[] values) throws IOException {
    for (int i = 0; i < values.length; i++) {
      out.append(i == 0 ? "" : ",");
      String text = isEmpty(values[i]) ? "" : values[i].toString();
      if (text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')) {
        out.append('"').append(text.replace("\"", "\"\"")).append('"');
      } else {
        out.append(text);
      }
    }
    out.append('\n');
  }

  private void writeJson(Object[] values) throws IOException {
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      json.disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
      json.writeStartObject();
      for (int i = 0; i < values.length; i++) {
        json.writeFieldName(columns.get(i));
        if (isEmpty(values[i])) {
          json.writeNull();
        } else if (values[i] instanceof Double number) {
          json.writeNumber(number);
        } else if (values[i] instanceof Long number) {
          json.writeNumber(number);
        } else {
          json.writeString(values[i].toString());
        }
      }
      json.writeEndObject();
    }
    out.append('\n');
  }

  private static boolean isEmpty(Object value) {
    return value == null || value instanceof Double number && Double.isNaN(number);
  }
}
