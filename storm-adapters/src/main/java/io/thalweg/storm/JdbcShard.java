package io.thalweg.storm;

import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A shard in a database, and the connection of the one who holds it. */
final class JdbcShard implements StateStore.Shard {

  /** Rows that go to the database, or come from it, at once. */
  private static final int BATCH = 1000;

  private final String place;
  private final Connection connection;
  private final StateTables tables;
  private final Holding holding;
  private final List<StateStore.Saved> saved;
  private final ScopeChanges changes = new ScopeChanges("");
  private int nextScope;
  private boolean olderGenerations;
  private int reading;

  /** Why nothing more can be done with this shard; null if it can. */
  private String over;

  /**
   * Who holds what.
   *
   * @param task the holder
   * @param generation of the shard
   * @param id of the shard
   * @param epoch of the holder
   */
  record Holding(StateStore.Task task, long generation, long id, long epoch) {
    String name() {
      return task.component() + "/" + generation + "/" + task.index();
    }
  }

  /**
   * Takes a connection, in the transaction in which the shard was acquired.
   *
   * @param place where the database is, to be shown
   * @param connection the connection, to be closed with the shard
   * @param tables the statements
   * @param holding whose shard it is
   * @param committed whether the shard ever was
   * @param inherited what it takes up if it was not
   * @param olderGenerations whether there are any
   */
  JdbcShard(
      String place,
      Connection connection,
      StateTables tables,
      Holding holding,
      boolean committed,
      List<Layouts.Inherited> inherited,
      boolean olderGenerations)
      throws SQLException {
    this.place = place;
    this.connection = connection;
    this.tables = tables;
    this.holding = holding;
    this.olderGenerations = olderGenerations;
    List<StateStore.Saved> all = new ArrayList<>();
    if (committed) {
      Reader own = new Reader("", holding.id, scopes(holding.id), true);
      all.add(new StateStore.Saved(own, true, key -> true, true));
      own.scopes.forEach((path, scope) -> known(path, scope));
    }
    for (Layouts.Inherited each : inherited) {
      Reader other = new Reader("", each.shard(), scopes(each.shard()), each.heir());
      all.add(new StateStore.Saved(other, false, each.owned(), each.heir()));
    }
    saved = List.copyOf(all);
  }

  @Override
  public String name() {
    return holding.name();
  }

  @Override
  public long epoch() {
    return holding.epoch;
  }

  @Override
  public List<StateStore.Saved> saved() {
    return saved;
  }

  @Override
  public StateWriter<Object> changes() {
    return changes;
  }

  // ---------------------------------------------------------------- reading

  /** A scope as the database has it. */
  private record Stored(int number, byte[] shared) {}

  private Map<String, Stored> scopes(long shard) throws SQLException {
    Map<String, Stored> scopes = new HashMap<>();
    try (PreparedStatement select = connection.prepareStatement(tables.scopes)) {
      select.setLong(1, shard);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          scopes.put(rows.getString(2), new Stored(rows.getInt(1), rows.getBytes(3)));
        }
      }
    }
    return scopes;
  }

  private void known(String path, Stored scope) {
    try {
      changes.at(path).stored(scope.number, scope.shared);
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(
          "state must have no other scopes than were written; %s; in %s of %s"
              .formatted(e.getMessage(), name(), place),
          e);
    }
    nextScope = Math.max(nextScope, scope.number + 1);
  }

  /** Reads a scope of this shard, or of one before it. */
  private final class Reader implements StateReader<Object> {

    private final String path;
    private final long shard;
    private final Map<String, Stored> scopes;
    private final boolean heir;

    Reader(String path, long shard, Map<String, Stored> scopes, boolean heir) {
      this.path = path;
      this.shard = shard;
      this.scopes = scopes;
      this.heir = heir;
    }

    @Override
    public StateReader<Object> within(String scope) {
      return new Reader(ScopeChanges.path(path, scope), shard, scopes, heir);
    }

    @Override
    public byte[] shared() {
      Stored scope = scopes.get(path);
      return scope == null ? null : scope.shared;
    }

    @Override
    public boolean heir() {
      return heir;
    }

    @Override
    public void forEach(Part<? super Object> action) {
      requireHeld();
      Stored scope = scopes.get(path);
      if (scope == null) {
        return;
      }
      reading++;
      try (PreparedStatement select = connection.prepareStatement(tables.records)) {
        select.setFetchSize(BATCH);
        select.setLong(1, shard);
        select.setInt(2, scope.number);
        try (ResultSet rows = select.executeQuery()) {
          while (rows.next()) {
            action.accept(key(rows.getBytes(1)), rows.getLong(2), rows.getBytes(3));
          }
        }
      } catch (SQLException e) {
        throw new IllegalStateException(
            "state must be readable: scope '%s' for %s of %s: %s"
                .formatted(path, name(), place, Reason.of(e)),
            e);
      } finally {
        if (--reading == 0) {
          rollback(); // the transaction of a reader could not go on to write
        }
      }
    }

    private Object key(byte[] bytes) {
      try {
        return StateKey.decode(bytes);
      } catch (IllegalStateException e) {
        throw new IllegalStateException(
            "state must be as it was written; %s; in scope '%s' for %s of %s"
                .formatted(e.getMessage(), path, name(), place),
            e);
      }
    }
  }

  // ---------------------------------------------------------------- writing

  @Override
  public void commit() {
    requireHeld();
    over = "a commit failed";
    try {
      if (Jdbc.update(connection, tables.commitShard, holding.id, holding.epoch) != 1) {
        rollback();
        throw new FencedException(
            "shard must have no newer holder than the one that commits: %s, epoch %d, in %s"
                .formatted(name(), holding.epoch, place));
      }
      write();
      connection.commit();
      changes.forEach(ScopeChanges::done);
      if (olderGenerations) {
        deleteOlderGenerations();
      }
    } catch (SQLException e) {
      rollback();
      throw new IllegalStateException(
          "state store must take the changes; all or none were committed: %s of %s: %s"
              .formatted(name(), place, Reason.of(e)),
          e);
    }
    over = null;
  }

  private void requireHeld() {
    if (over != null) {
      throw new IllegalStateException(
          "shard must be acquired again after it failed or was closed; %s: %s of %s"
              .formatted(over, name(), place));
    }
  }

  private void rollback() {
    try {
      connection.rollback();
    } catch (SQLException e) {
      // Whatever comes next on this connection fails and says so.
    }
  }

  /** What is deleted, of all scopes, and then what is written: few batches, each of one kind. */
  private void write() throws SQLException {
    List<ScopeChanges> scopes = new ArrayList<>();
    changes.forEach(scopes::add);
    try (Batch clear = new Batch(tables.clear)) {
      for (ScopeChanges scope : scopes) {
        if (scope.cleared) {
          clear.add(holding.id, scope.number);
        }
      }
    }
    try (Batch removeBefore = new Batch(tables.removeBefore)) {
      for (ScopeChanges scope : scopes) {
        if (scope.stands() && scope.removedBefore != Long.MIN_VALUE) {
          removeBefore.add(holding.id, scope.number, scope.removedBefore);
        }
      }
    }
    try (Batch removeKey = new Batch(tables.removeKey)) {
      for (ScopeChanges scope : scopes) {
        for (Object key : scope.removed) {
          removeKey.add(holding.id, scope.number, StateKey.encode(key));
        }
      }
    }
    try (Batch removeRecord = new Batch(tables.removeRecord)) {
      for (ScopeChanges scope : scopes) {
        if (scope.stands()) {
          for (Map.Entry<Object, TreeMap<Long, byte[]>> parts : scope.records.entrySet()) {
            removeRecords(removeRecord, scope, parts);
          }
        }
      }
    }
    try (Batch save = new Batch(tables.saveScope)) {
      for (ScopeChanges scope : scopes) {
        if (scope.sharedChanged || (scope.number < 0 && !scope.records.isEmpty())) {
          if (scope.number < 0) {
            scope.number = nextScope++;
          }
          save.add(holding.id, scope.number, scope.path, scope.shared);
        }
      }
    }
    try (Batch put = new Batch(tables.put)) {
      for (ScopeChanges scope : scopes) {
        for (Map.Entry<Object, TreeMap<Long, byte[]>> parts : scope.records.entrySet()) {
          putRecords(put, scope, parts);
        }
      }
    }
  }

  private void removeRecords(
      Batch batch, ScopeChanges scope, Map.Entry<Object, TreeMap<Long, byte[]>> parts)
      throws SQLException {
    byte[] key = null;
    for (Map.Entry<Long, byte[]> part : parts.getValue().entrySet()) {
      if (part.getValue() == null) {
        key = key == null ? StateKey.encode(parts.getKey()) : key;
        batch.add(holding.id, scope.number, key, part.getKey());
      }
    }
  }

  private void putRecords(
      Batch batch, ScopeChanges scope, Map.Entry<Object, TreeMap<Long, byte[]>> parts)
      throws SQLException {
    byte[] key = null;
    for (Map.Entry<Long, byte[]> part : parts.getValue().entrySet()) {
      if (part.getValue() != null) {
        key = key == null ? StateKey.encode(parts.getKey()) : key;
        batch.add(holding.id, scope.number, key, part.getKey(), part.getValue());
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

  /**
   * Deletes the generations before, once all shards of this one are committed. In a transaction of
   * its own: of two that commit last at once, the one that looks later sees both. It begins like an
   * acquisition, so that it waits for one and no one waits for both.
   */
  private void deleteOlderGenerations() throws SQLException {
    StateStore.Task task = holding.task;
    Jdbc.update(connection, tables.serialize);
    int committed;
    try (PreparedStatement select = connection.prepareStatement(tables.committed)) {
      select.setString(1, task.topology());
      select.setString(2, task.component());
      select.setLong(3, holding.generation);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        committed = row.getInt(1);
      }
    }
    if (committed == task.tasks()) {
      for (String delete : tables.deleteOlder) {
        Jdbc.update(connection, delete, task.topology(), task.component(), holding.generation);
      }
    }
    connection.commit();
    olderGenerations = false;
  }

  @Override
  public void close() {
    if (over == null) {
      over = "it was closed";
    }
    Jdbc.close(connection);
  }
}
