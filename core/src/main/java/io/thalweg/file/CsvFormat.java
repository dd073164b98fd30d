package io.thalweg.file;

import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Format of CSV records, whose columns the first one names. */
final class CsvFormat<E> implements RecordFile.Format<E> {

  private final Class<E> type;
  private final char delimiter;
  private final CsvMapper mapper;

  CsvFormat(Class<E> type, char delimiter) {
    this.type = type;
    this.delimiter = delimiter;
    this.mapper =
        JsonParser.strict(CsvMapper.builder())
            .enable(CsvParser.Feature.FAIL_ON_MISSING_COLUMNS)
            .build();
  }

  @Override
  public void read(Lines lines, Consumer<? super E> events, RecordFile.Rejections rejected)
      throws IOException {
    ObjectReader reader = null;
    for (Lines.Line line = lines.next(); line != null; line = lines.next()) {
      if (line.fault() != null) {
        rejected.reject(line, line.fault());
      } else if (line.text().isBlank()) {
        continue;
      } else if (reader == null) {
        reader = reader(line);
      } else {
        read(line, lines, reader, events, rejected);
      }
    }
  }

  private void read(
      Lines.Line first,
      Lines lines,
      ObjectReader reader,
      Consumer<? super E> events,
      RecordFile.Rejections rejected)
      throws IOException {
    List<Lines.Line> further = new ArrayList<>();
    E event;
    try {
      event = JsonParser.read(reader, new CsvRecords(lines, delimiter).text(first, further));
    } catch (IllegalArgumentException e) {
      rejected.reject(first, e.getMessage());
      lines.putBack(further);
      return;
    }
    events.accept(event);
  }

  private ObjectReader reader(Lines.Line header) {
    String[] names =
        JsonParser.read(
            mapper
                .readerFor(String[].class)
                .with(CsvSchema.emptySchema().withColumnSeparator(delimiter)),
            header.text());
    CsvSchema.Builder schema = CsvSchema.builder().setColumnSeparator(delimiter);
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (name.isBlank() || !seen.add(name.strip())) {
        throw new IllegalArgumentException("a header must name each column once: " + header.text());
      }
      schema.addColumn(name.strip());
    }
    return mapper.readerFor(type).with(schema.build());
  }
}
