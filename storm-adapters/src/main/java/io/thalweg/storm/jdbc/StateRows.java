package io.thalweg.storm.jdbc;

import io.thalweg.StateReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The rows of one shard: a row for each record, and one for each scope. */
final class StateRows {

  /** Rows that go to the database, or come from it, at once. */
  private static final int BATCH = 1000;

  private final Connection connection;
  private final SqlStatements tables;
  private final long shard;
  private final Map<String, Scope> scopes = new HashMap<>();
  private int nextScope;

  /** A scope as its row had it when it was read. */
  private record Scope(int number, byte[] shared) {}

  /** Reads the scopes, but not their records. */
  StateRows(Connection connection, SqlStatements tables, long shard) throws SQLException {
    this.connection = connection;
    this.tables = tables;
    this.shard = shard;
    try (PreparedStatement select = connection.prepareStatement(tables.scopes)) {
      select.setLong(1, shard);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          scopes.put(rows.getString(2), new Scope(rows.getInt(1), rows.getBytes(3)));
          nextScope = Math.max(nextScope, rows.getInt(1) + 1);
        }
      }
    }
  }

  // ---------------------------------------------------------------- reading

  Iterable<String> scopes() {
    return scopes.keySet();
  }

  /** The shared record of a scope as it was read at first; null if there was none. */
  byte[] shared(String scope) {
    Scope known = scopes.get(scope);
    return known == null ? null : known.shared;
  }

  /** Reads the records of a scope, those of one key together, its parts ascending. */
  void forEach(String scope, StateReader.RecordVisitor<Object> action) throws SQLException {
    Scope known = scopes.get(scope);
    if (known == null) {
      return;
    }
    try (PreparedStatement select = connection.prepareStatement(tables.records)) {
      select.setFetchSize(BATCH);
      select.setLong(1, shard);
      select.setInt(2, known.number);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          action.accept(key(rows.getBytes(1)), rows.getLong(2), rows.getBytes(3));
        }
      }
    }
  }

  private static Object key(byte[] bytes) throws SQLDataException {
    try {
      return KeyBytes.decode(bytes);
    } catch (IllegalStateException e) {
      throw new SQLDataException(e.getMessage(), e);
    }
  }

  // ---------------------------------------------------------------- writing

  /** A row to be written; to be deleted if it has no state; all of its key if it is whole. */
  private record Row(int scope, byte[] key, boolean whole, long part, byte[] state) {

    /** As the rows lie in the table, so that neighbours go there together. */
    static final Comparator<Row> ORDER =
        Comparator.comparingInt(Row::scope)
            .thenComparing(Row::key, Arrays::compareUnsigned)
            .thenComparing(Row::whole, Comparator.reverseOrder())
            .thenComparingLong(Row::part);
  }

  /** Changes on their way into the rows: a bit with each commit, lest one of them take long. */
  final class LogCompaction {

    private final List<Row> rows;
    private int done;

    private LogCompaction(List<Row> rows) {
      this.rows = rows;
    }

    /** Writes on, until such a share of all is done; from 0 to 1. */
    void upTo(double share) throws SQLException {
      int to = (int) Math.ceil(share * rows.size());
      if (to <= done) {
        return;
      }
      List<Row> next = rows.subList(done, to);
      try (Batch removeKey = new Batch(tables.removeKey)) {
        for (Row row : next) {
          if (row.whole) {
            removeKey.add(shard, row.scope, row.key);
          }
        }
      }
      try (Batch removeRecord = new Batch(tables.removeRecord)) {
        for (Row row : next) {
          if (!row.whole && row.state == null) {
            removeRecord.add(shard, row.scope, row.key, row.part);
          }
        }
      }
      try (Batch put = new Batch(tables.put)) {
        for (Row row : next) {
          if (row.state != null) {
            put.add(shard, row.scope, row.key, row.part, row.state);
          }
        }
      }
      done = to;
    }
  }

  /** Nothing to be folded in. */
  LogCompaction nothing() {
    return new LogCompaction(List.of());
  }

  /** Begins to fold changes in: whole ranges go at once, and scopes are written. */
  LogCompaction fold(ScopeDelta changes) throws SQLException {
    List<ScopeDelta> changed = new ArrayList<>();
    changes.forEach(changed::add);
    List<Row> rows = new ArrayList<>();
    for (ScopeDelta scope : changed) {
      Scope known = scopes.get(scope.path);
      if (known != null) {
        if (scope.cleared) {
          Jdbc.update(connection, tables.clear, shard, known.number);
        } else if (scope.removedBefore != Long.MIN_VALUE) {
          Jdbc.update(connection, tables.removeBefore, shard, known.number, scope.removedBefore);
        }
      }
      if (scope.sharedChanged || (known == null && !scope.records.isEmpty())) {
        known = new Scope(known == null ? nextScope++ : known.number, null);
        scopes.put(scope.path, known);
        Jdbc.update(connection, tables.saveScope, shard, known.number, scope.path, scope.shared);
      }
      if (known != null) {
        addRows(known.number, scope, rows);
      }
    }
    rows.sort(Row.ORDER);
    return new LogCompaction(rows);
  }

  private static void addRows(int number, ScopeDelta scope, List<Row> rows) {
    if (!scope.cleared) {
      for (Object key : scope.removed) {
        rows.add(new Row(number, KeyBytes.encode(key), true, 0, null));
      }
    }
    for (Map.Entry<Object, TreeMap<Long, byte[]>> parts : scope.records.entrySet()) {
      byte[] key = KeyBytes.encode(parts.getKey());
      for (Map.Entry<Long, byte[]> part : parts.getValue().entrySet()) {
        if (part.getValue() != null || !scope.cleared) {
          rows.add(new Row(number, key, false, part.getKey(), part.getValue()));
        }
      }
    }
  }

  /** One statement for many rows. It is prepared with the first row and executed when closed. */
  private final class Batch implements AutoCloseable {

    private final String sql;
    private PreparedStatement statement;
    private int rows;

    Batch(String sql) {
      this.sql = sql;
    }

    void add(Object... values) throws SQLException {
      if (statement == null) {
        statement = connection.prepareStatement(sql);
      }
      Jdbc.bind(statement, values);
      statement.addBatch();
      if (++rows % BATCH == 0) {
        statement.executeBatch();
      }
    }

    @Override
    public void close() throws SQLException {
      if (statement != null) {
        try {
          statement.executeBatch();
        } finally {
          statement.close();
        }
      }
    }
  }
}
