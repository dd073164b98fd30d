package io.thalweg.storm.jdbc;

import io.thalweg.StateReader;
import java.nio.ByteBuffer;
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

/** Rows of one shard: one per record, and one per scope. */
final class StateRows {

  /*
   * Folding of changes into the rows.
   *
   * A ScopeDelta is a set of deletions followed by writes. The deletion of a scope, or of its
   * records below a part, is one statement; it is executed when the compaction starts, since the
   * rows contain only records that are older than the changes. The other changes are sorted in the
   * order of the table, with the deletion of a key before the records of that key, and written in
   * steps. Each step deletes keys, then deletes records, then upserts records.
   *
   * Between two steps the rows are a mixture of old and new records. That is permitted, because the
   * log contains all these changes until the last step, and StoredState applies the log to the
   * rows.
   */

  /** Number of rows that are sent or fetched at a time. */
  private static final int BATCH = 1000;

  private final Connection connection;
  private final SqlStatements sql;
  private final long shard;
  private final Map<String, Scope> scopes = new HashMap<>();
  private int nextScope;

  /** Row of a scope, with the operator state that was read first. */
  private record Scope(int number, byte[] operatorState) {}

  /** Reads the rows of the scopes, without their records. */
  StateRows(Connection connection, SqlStatements tables, long shard) throws SQLException {
    this.connection = connection;
    this.sql = tables;
    this.shard = shard;
    try (PreparedStatement select = connection.prepareStatement(tables.selectScopes)) {
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

  /** Returns the operator state of a scope when it was read; null if there was none. */
  byte[] operatorState(String scope) {
    Scope known = scopes.get(scope);
    return known == null ? null : known.operatorState;
  }

  /** Visits the records of a scope, grouped by key, with ascending parts. */
  void forEach(String scope, StateReader.RecordVisitor<Object> action) throws SQLException {
    Scope known = scopes.get(scope);
    if (known == null) {
      return;
    }
    try (PreparedStatement select = connection.prepareStatement(sql.selectRecords)) {
      select.setFetchSize(BATCH);
      select.setLong(1, shard);
      select.setInt(2, known.number);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          byte[] key = rows.getBytes(1);
          byte[] state = rows.getBytes(3);
          if (KeyBytes.isDigest(key)) {
            LongKeyState of = LongKeyState.split(state);
            key = of.key;
            state = of.state;
          }
          action.accept(key(key), rows.getLong(2), state);
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

  /** State of a record whose key is stored before it, because the column of the key is a digest. */
  private record LongKeyState(byte[] key, byte[] state) {

    static LongKeyState split(byte[] bytes) throws SQLDataException {
      ByteBuffer from = ByteBuffer.wrap(bytes);
      int length = bytes.length < Integer.BYTES ? -1 : from.getInt();
      if (length < 0 || length > from.remaining()) {
        throw new SQLDataException("state of a long key must begin with the key");
      }
      int start = Integer.BYTES + length;
      return new LongKeyState(
          Arrays.copyOfRange(bytes, Integer.BYTES, start),
          Arrays.copyOfRange(bytes, start, bytes.length));
    }

    byte[] join() {
      return ByteBuffer.allocate(Integer.BYTES + key.length + state.length)
          .putInt(key.length)
          .put(key)
          .put(state)
          .array();
    }
  }

  // ---------------------------------------------------------------- writing

  /**
   * Change of one row, or of all rows of a key.
   *
   * @param scope number of the scope
   * @param key form of the key for the index
   * @param wholeKey true if all records of the key are deleted
   * @param part part of the record
   * @param state state to be written; null if the record is deleted
   */
  private record Row(int scope, byte[] key, boolean wholeKey, long part, byte[] state) {

    /** Order of the rows in the table, so that neighbours are written together. */
    static final Comparator<Row> ORDER =
        Comparator.comparingInt(Row::scope)
            .thenComparing(Row::key, Arrays::compareUnsigned)
            .thenComparing(Row::wholeKey, Comparator.reverseOrder())
            .thenComparingLong(Row::part);
  }

  /** Folding of changes into the rows, in steps, so that no commit takes long. */
  final class Compaction {

    private final List<Row> rows;
    private int done;

    private Compaction(List<Row> rows) {
      this.rows = rows;
    }

    /** Writes further rows until the given share of all is written, from 0 to 1. */
    void advanceTo(double share) throws SQLException {
      int to = (int) Math.ceil(share * rows.size());
      if (to <= done) {
        return;
      }
      List<Row> next = rows.subList(done, to);
      try (Batch deleteKey = new Batch(sql.deleteKey)) {
        for (Row row : next) {
          if (row.wholeKey) {
            deleteKey.add(shard, row.scope, row.key);
          }
        }
      }
      try (Batch deleteRecord = new Batch(sql.deleteRecord)) {
        for (Row row : next) {
          if (!row.wholeKey && row.state == null) {
            deleteRecord.add(shard, row.scope, row.key, row.part);
          }
        }
      }
      try (Batch upsert = new Batch(sql.upsertRecord)) {
        for (Row row : next) {
          if (row.state != null) {
            upsert.add(shard, row.scope, row.key, row.part, row.state);
          }
        }
      }
      done = to;
    }
  }

  /** Returns a compaction without changes. */
  Compaction emptyCompaction() {
    return new Compaction(List.of());
  }

  /**
   * Starts to fold changes into the rows. Ranges are deleted and scopes written at once; single
   * records follow by {@link Compaction#advanceTo}.
   */
  Compaction startCompaction(ScopeDelta changes) throws SQLException {
    List<ScopeDelta> changed = new ArrayList<>();
    changes.forEach(changed::add);
    List<Row> rows = new ArrayList<>();
    for (ScopeDelta scope : changed) {
      Scope known = scopes.get(scope.path);
      if (known != null) {
        if (scope.cleared) {
          Jdbc.update(connection, sql.deleteScopeRecords, shard, known.number);
        } else if (scope.removedBefore != Long.MIN_VALUE) {
          Jdbc.update(
              connection, sql.deleteRecordsBefore, shard, known.number, scope.removedBefore);
        }
      }
      if (scope.operatorStateChanged || (known == null && !scope.records.isEmpty())) {
        known = new Scope(known == null ? nextScope++ : known.number, null);
        scopes.put(scope.path, known);
        Jdbc.update(
            connection, sql.upsertScope, shard, known.number, scope.path, scope.operatorState);
      }
      if (known != null) {
        addRows(known.number, scope, rows);
      }
    }
    rows.sort(Row.ORDER);
    return new Compaction(rows);
  }

  private static void addRows(int number, ScopeDelta scope, List<Row> rows) {
    if (!scope.cleared) {
      for (Object key : scope.removedKeys) {
        rows.add(new Row(number, KeyBytes.indexed(KeyBytes.encode(key)), true, 0, null));
      }
    }
    for (Map.Entry<Object, TreeMap<Long, byte[]>> parts : scope.records.entrySet()) {
      byte[] key = KeyBytes.encode(parts.getKey());
      byte[] indexed = KeyBytes.indexed(key);
      for (Map.Entry<Long, byte[]> part : parts.getValue().entrySet()) {
        byte[] state = part.getValue();
        if (state != null && KeyBytes.isDigest(indexed)) {
          state = new LongKeyState(key, state).join();
        }
        if (state != null || !scope.cleared) {
          rows.add(new Row(number, indexed, false, part.getKey(), state));
        }
      }
    }
  }

  /** Batch of one statement, prepared for the first row and executed when closed. */
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
