package io.thalweg.storm.jdbc;

import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.storm.generated.GlobalStreamId;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.tuple.Fields;

/**
 * Columns of the table of a {@link JdbcSink}, and the SQL statements that write and remove rows.
 */
final class SinkStatements {

  private final String table;
  private final boolean insertOnce;
  private final String writtenColumn;
  private final Map<String, String> fieldsByColumn = new LinkedHashMap<>();

  /**
   * Creates the statements.
   *
   * @param table name of the table, an identifier
   * @param columns tuple field of each column; columns of id and version are added if missing,
   *     unless no input has an id
   * @param insertOnce true if the first row of each id stays
   * @param writtenColumn column of the time of the last change; null if there is none
   * @param hasId true if an input has the field of the id
   */
  SinkStatements(
      String table,
      Map<String, String> columns,
      boolean insertOnce,
      String writtenColumn,
      boolean hasId) {
    this.table = Jdbc.quoted(table);
    this.insertOnce = insertOnce;
    this.writtenColumn = writtenColumn;
    for (String field :
        insertOnce
            ? hasId ? List.of(TupleFields.ID) : List.<String>of()
            : List.of(TupleFields.ID, TupleFields.EPOCH, TupleFields.NUMBER)) {
      if (!columns.containsValue(field)) {
        fieldsByColumn.put(field, field);
      }
    }
    fieldsByColumn.putAll(columns);
  }

  /**
   * Returns the statement that creates the table of late events or of dead letters.
   *
   * @param table name of the table, an identifier
   * @param fields fields of the stream, which are the columns besides the id
   */
  static String createSideOutput(String table, List<String> fields) {
    return fields.stream()
        .map(field -> Jdbc.quoted(field) + " " + typeOf(field))
        .collect(
            Collectors.joining(
                ", ",
                "CREATE TABLE IF NOT EXISTS " + Jdbc.quoted(table) + " (id TEXT PRIMARY KEY, ",
                ")"));
  }

  private static String typeOf(String field) {
    return switch (field) {
      case TupleFields.VALUE, TupleFields.RECORD_KEY -> "BYTEA";
      case TupleFields.PARTITION -> "INTEGER";
      case TupleFields.OFFSET,
          TupleFields.TIMESTAMP,
          TupleFields.WATERMARK,
          TupleFields.RECORD_TIMESTAMP ->
          "BIGINT";
      default -> "TEXT";
    };
  }

  /** Returns the tuple field of each column, in the order of the parameters of {@link #write}. */
  Map<String, String> fieldsByColumn() {
    return fieldsByColumn;
  }

  /**
   * Requires that all inputs have the fields of the columns.
   *
   * @throws IllegalStateException if one is missing; the message names it
   */
  void requireFields(TopologyContext context) {
    for (GlobalStreamId input : context.getThisSources().keySet()) {
      Fields given = context.getComponentOutputFields(input);
      for (Map.Entry<String, String> column : fieldsByColumn.entrySet()) {
        if (!isTick(input.get_streamId()) && !has(given, column.getValue())) {
          throw new IllegalStateException(
              ("%s: input %s of %s must have the field %s for column %s, late events and dead letters"
                      + " need insertOnce(); its fields are %s")
                  .formatted(
                      context.getThisComponentId(),
                      input.get_streamId(),
                      input.get_componentId(),
                      column.getValue(),
                      column.getKey(),
                      given.toList()));
        }
      }
    }
  }

  /** Returns whether a stream carries no rows, but makes the sink commit. */
  static boolean isTick(String stream) {
    return stream.equals(Streams.TICK) || stream.equals(Streams.WATERMARK);
  }

  /** Returns whether an input has the field of the id. */
  static boolean hasId(TopologyContext context) {
    return context.getThisSources().keySet().stream()
        .anyMatch(input -> context.getComponentOutputFields(input).contains(TupleFields.ID));
  }

  /** Returns whether an input has a field; the id is made from the source of a record. */
  private static boolean has(Fields given, String field) {
    return given.contains(field)
        || field.equals(TupleFields.ID)
            && given.contains(TupleFields.TOPIC_ID)
            && given.contains(TupleFields.PARTITION)
            && given.contains(TupleFields.OFFSET)
            && (given.contains(TupleFields.ORDINAL) || given.contains(TupleFields.RECORD_KEY));
  }

  /** Returns the statement that writes a row. Its last parameter is the written time, if any. */
  String write() {
    List<String> written = new ArrayList<>(fieldsByColumn.keySet());
    if (writtenColumn != null) {
      written.add(writtenColumn);
    }
    String names = written.stream().map(Jdbc::quoted).collect(Collectors.joining(", "));
    String parameters = written.stream().map(column -> "?").collect(Collectors.joining(", "));
    String insert =
        "INSERT INTO %s (%s) VALUES (%s) ON CONFLICT".formatted(table, names, parameters);
    if (!fieldsByColumn.containsValue(TupleFields.ID)) {
      return insert + " DO NOTHING"; // a unique key of the user
    }
    insert += " (%s) DO ".formatted(columnOf(TupleFields.ID));
    if (insertOnce) {
      return insert + "NOTHING";
    }
    String epoch = columnOf(TupleFields.EPOCH);
    String number = columnOf(TupleFields.NUMBER);
    String sets =
        written.stream()
            .map(column -> Jdbc.quoted(column) + " = excluded." + Jdbc.quoted(column))
            .collect(Collectors.joining(", "));
    String old = table + ".";
    return "%sUPDATE SET %s WHERE %s < excluded.%s OR (%s = excluded.%s AND %s < excluded.%s)"
        .formatted(insert, sets, old + epoch, epoch, old + epoch, epoch, old + number, number);
  }

  /**
   * Returns the statement that removes rows marked as deleted, with the mark and the written time
   * as parameters; null if the table has no such columns.
   */
  String removal() {
    return writtenColumn == null || !fieldsByColumn.containsValue(TupleFields.DELETED)
        ? null
        : "DELETE FROM %s WHERE %s = ? AND %s < ?"
            .formatted(table, columnOf(TupleFields.DELETED), Jdbc.quoted(writtenColumn));
  }

  private String columnOf(String field) {
    return fieldsByColumn.entrySet().stream()
        .filter(column -> column.getValue().equals(field))
        .map(column -> Jdbc.quoted(column.getKey()))
        .findFirst()
        .orElseThrow();
  }
}
