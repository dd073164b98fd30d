package io.thalweg.storm.jdbc;

import io.thalweg.StateReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What a shard has saved: its rows, and over them the log of what has changed since. */
final class StoredState {

  private final StateRows rows;
  private final ScopeDelta log = new ScopeDelta("");
  private long logBytes;
  private long lastEntry;

  /**
   * Reads the scopes and the log.
   *
   * @throws IllegalArgumentException if they are not as they were written
   */
  StoredState(Connection connection, SqlStatements tables, long shard) throws SQLException {
    rows = new StateRows(connection, tables, shard);
    rows.scopes().forEach(log::at);
    try (PreparedStatement select = connection.prepareStatement(tables.log)) {
      select.setLong(1, shard);
      try (ResultSet entries = select.executeQuery()) {
        while (entries.next()) {
          lastEntry = entries.getLong(1);
          byte[] entry = entries.getBytes(2);
          log.add(ScopeDeltaCodec.INSTANCE.decode(entry));
          logBytes += entry.length;
        }
      }
    }
  }

  StateRows rows() {
    return rows;
  }

  /** What the log comes to. */
  ScopeDelta log() {
    return log;
  }

  /** How long the log is, which may be much more than what it comes to. */
  long logBytes() {
    return logBytes;
  }

  /** The number of the last entry of the log, 0 if there is none. */
  long lastEntry() {
    return lastEntry;
  }

  /** The shared record of a scope; null if there is none. */
  byte[] shared(String path) {
    ScopeDelta over = log.at(path);
    return over.sharedChanged ? over.shared : rows.shared(path);
  }

  /** Reads the records of a scope, those of one key together, its parts ascending. */
  void forEach(String path, StateReader.RecordVisitor<? super Object> action) throws SQLException {
    ScopeDelta over = log.at(path);
    Set<Object> left = new HashSet<>(over.records.keySet());
    if (!over.cleared) {
      OneKey rowsOfKey = new OneKey(over, left, action);
      rows.forEach(path, rowsOfKey);
      rowsOfKey.end();
    }
    for (Object key : left) {
      emit(key, new TreeMap<>(), over, action);
    }
  }

  private static void emit(
      Object key,
      TreeMap<Long, byte[]> parts,
      ScopeDelta over,
      StateReader.RecordVisitor<? super Object> action) {
    Map<Long, byte[]> changed = over.records.get(key);
    if (changed != null) {
      parts.putAll(changed);
    }
    parts.forEach(
        (part, state) -> {
          if (state != null) {
            action.accept(key, part, state);
          }
        });
  }

  /** Gathers the rows of one key, and then of the next. */
  private static final class OneKey implements StateReader.RecordVisitor<Object> {

    private final ScopeDelta over;
    private final Set<Object> left;
    private final StateReader.RecordVisitor<? super Object> action;
    private final TreeMap<Long, byte[]> parts = new TreeMap<>();
    private Object key;

    OneKey(ScopeDelta over, Set<Object> left, StateReader.RecordVisitor<? super Object> action) {
      this.over = over;
      this.left = left;
      this.action = action;
    }

    @Override
    public void accept(Object next, long part, byte[] state) {
      if (!next.equals(key)) {
        end();
        key = next;
      }
      if (part >= over.removedBefore && !over.removed.contains(key)) {
        parts.put(part, state);
      }
    }

    void end() {
      if (key != null) {
        left.remove(key);
        emit(key, parts, over, action);
        parts.clear();
      }
    }
  }
}
