package io.thalweg.storm.jdbc;

import io.thalweg.storm.TupleFields;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

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
   * @param columns tuple field of each column; columns of id and version are added if missing
   * @param insertOnce true if the first row of each id stays
   * @param writtenColumn column of the time of the last change; null if there is none
   */
  SinkStatements(
      String table, Map<String, String> columns, boolean insertOnce, String writtenColumn) {
    this.table = Jdbc.quoted(table);
    this.insertOnce = insertOnce;
    this.writtenColumn = writtenColumn;
    for (String field :
        insertOnce
            ? List.of(TupleFields.ID)
            : List.of(TupleFields.ID, TupleFields.EPOCH, TupleFields.NUMBER)) {
      if (!columns.containsValue(field)) {
        fieldsByColumn.put(field, field);
      }
    }
    fieldsByColumn.putAll(columns);
  }

  /** Returns the tuple field of each column, in the order of the parameters of {@link #write}. */
  Map<String, String> fieldsByColumn() {
    return fieldsByColumn;
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
        "INSERT INTO %s (%s) VALUES (%s) ON CONFLICT (%s) DO "
            .formatted(table, names, parameters, columnOf(TupleFields.ID));
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
