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

/** Saved state of a shard: its rows, overlaid with the log of later changes. */
final class StoredState {

  private final StateRows rows;
  private final ScopeDelta log = new ScopeDelta("");
  private long logBytes;
  private long lastEntry;

  /**
   * Reads the scopes and the log.
   *
   * @throws IllegalArgumentException if they are damaged
   */
  StoredState(Connection connection, SqlStatements tables, long shard) throws SQLException {
    rows = new StateRows(connection, tables, shard);
    rows.scopes().forEach(log::descendant);
    try (PreparedStatement select = connection.prepareStatement(tables.selectLog)) {
      select.setLong(1, shard);
      try (ResultSet entries = select.executeQuery()) {
        while (entries.next()) {
          lastEntry = entries.getLong(1);
          byte[] entry = entries.getBytes(2);
          log.merge(ScopeDeltaCodec.INSTANCE.decode(entry));
          logBytes += entry.length;
        }
      }
    }
  }

  StateRows rows() {
    return rows;
  }

  /** Returns the net effect of the log. */
  ScopeDelta log() {
    return log;
  }

  /** Returns the size of the log, which may exceed the size of its net effect by far. */
  long logBytes() {
    return logBytes;
  }

  /** Returns the number of the last entry of the log; 0 if it is empty. */
  long lastEntry() {
    return lastEntry;
  }

  /** Returns the operator state of a scope; null if there is none. */
  byte[] operatorState(String path) {
    ScopeDelta changes = log.descendant(path);
    return changes.operatorStateChanged ? changes.operatorState : rows.operatorState(path);
  }

  /** Returns the names of the scopes directly within a scope; some may be empty. */
  Set<String> scopes(String path) {
    return log.descendant(path).scopes();
  }

  /** Visits the records of a scope, grouped by key, with ascending parts. */
  void forEach(String path, StateReader.RecordVisitor<? super Object> action) throws SQLException {
    ScopeDelta changes = log.descendant(path);
    Set<Object> keysWithoutRows = new HashSet<>(changes.records.keySet());
    if (!changes.cleared) {
      RowOverlay overlay = new RowOverlay(changes, keysWithoutRows, action);
      rows.forEach(path, overlay);
      overlay.end();
    }
    for (Object key : keysWithoutRows) {
      emit(key, new TreeMap<>(), changes, action);
    }
  }

  private static void emit(
      Object key,
      TreeMap<Long, byte[]> parts,
      ScopeDelta changes,
      StateReader.RecordVisitor<? super Object> action) {
    Map<Long, byte[]> changed = changes.records.get(key);
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

  /** Visitor of rows that overlays the rows of each key with its logged changes. */
  private static final class RowOverlay implements StateReader.RecordVisitor<Object> {

    private final ScopeDelta changes;
    private final Set<Object> keysWithoutRows;
    private final StateReader.RecordVisitor<? super Object> action;
    private final TreeMap<Long, byte[]> parts = new TreeMap<>();
    private Object key;

    RowOverlay(
        ScopeDelta changes,
        Set<Object> keysWithoutRows,
        StateReader.RecordVisitor<? super Object> action) {
      this.changes = changes;
      this.keysWithoutRows = keysWithoutRows;
      this.action = action;
    }

    @Override
    public void accept(Object next, long part, byte[] state) {
      if (!next.equals(key)) {
        end();
        key = next;
      }
      if (part >= changes.removedBefore && !changes.removedKeys.contains(key)) {
        parts.put(part, state);
      }
    }

    void end() {
      if (key != null) {
        keysWithoutRows.remove(key);
        emit(key, parts, changes, action);
        parts.clear();
      }
    }
  }
}
