package io.thalweg.storm.jdbc;

import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.storm.ErrorText;
import io.thalweg.storm.FencedException;
import io.thalweg.storm.StateStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * A shard in a database, and the connection of the one who holds it.
 *
 * <p>A commit appends what has changed to a log: as rows, each somewhere else in the table, it
 * would cost far more, and most of it soon changes again. When a <em>segment</em> of the log is
 * full, what its changes come to is folded into the rows, a bit with each commit, so that it is
 * done when the next segment is full; then the older one is deleted.
 */
final class JdbcShard implements StateStore.Shard {

  private final String place;
  private final Connection connection;
  private final SqlStatements tables;
  private final Holding holding;
  private final long segmentBytes;
  private final StateRows rows;
  private final ScopeDelta changes = new ScopeDelta("");
  private List<StateStore.SavedShard> saved;
  private boolean olderGenerations;
  private int reading;

  /** What the segment that is being filled comes to. */
  private ScopeDelta filling;

  private long filledBytes;
  private long lastEntry;

  /** The segment before, on its way into the rows. */
  private StateRows.LogCompaction folding;

  private long lastEntryFolding;

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
   * @param segmentBytes how much of the log is folded at a time
   * @param committed whether the shard ever was
   * @param inherited what it takes up if it was not
   * @param olderGenerations whether there are any
   */
  JdbcShard(
      String place,
      Connection connection,
      SqlStatements tables,
      Holding holding,
      long segmentBytes,
      boolean committed,
      List<ShardLayouts.InheritedShard> inherited,
      boolean olderGenerations)
      throws SQLException {
    this.place = place;
    this.connection = connection;
    this.tables = tables;
    this.holding = holding;
    this.segmentBytes = segmentBytes;
    this.olderGenerations = olderGenerations;
    List<StateStore.SavedShard> all = new ArrayList<>();
    StoredState own = stored(holding.id);
    if (committed) {
      all.add(new StateStore.SavedShard(new Reader("", own, true), true, key -> true, true));
      own.log().forEach(scope -> changes.at(scope.path).stored(own.shared(scope.path)));
    }
    for (ShardLayouts.InheritedShard each : inherited) {
      Reader other = new Reader("", stored(each.shard()), each.ownsCounters());
      all.add(new StateStore.SavedShard(other, false, each.owned(), each.ownsCounters()));
    }
    saved = List.copyOf(all);
    rows = own.rows();
    folding = rows.nothing();
    filling = own.log();
    filledBytes = own.logBytes();
    lastEntry = own.lastEntry();
  }

  private StoredState stored(long shard) throws SQLException {
    try {
      return new StoredState(connection, tables, shard);
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(
          "state must be as it was written; %s; of shard %d for %s of %s"
              .formatted(e.getMessage(), shard, name(), place),
          e);
    }
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
  public List<StateStore.SavedShard> saved() {
    return saved;
  }

  @Override
  public StateWriter<Object> changes() {
    return changes;
  }

  // ---------------------------------------------------------------- reading

  /** Reads a scope of this shard, or of one before it. */
  private final class Reader implements StateReader<Object> {

    private final String path;
    private final StoredState state;
    private final boolean heir;

    Reader(String path, StoredState state, boolean heir) {
      this.path = path;
      this.state = state;
      this.heir = heir;
    }

    @Override
    public StateReader<Object> scope(String scope) {
      return new Reader(ScopeDelta.path(path, scope), state, heir);
    }

    @Override
    public byte[] operatorState() {
      return state.shared(path);
    }

    @Override
    public boolean ownsCounters() {
      return heir;
    }

    @Override
    public void forEach(RecordVisitor<? super Object> action) {
      requireHeld();
      reading++;
      try {
        state.forEach(path, action);
      } catch (SQLException e) {
        throw new IllegalStateException(
            "state must be readable: scope '%s' for %s of %s: %s"
                .formatted(path, name(), place, ErrorText.of(e)),
            e);
      } finally {
        if (--reading == 0) {
          rollback(); // the transaction of a reader could not go on to write
        }
      }
    }
  }

  // ---------------------------------------------------------------- writing

  @Override
  public void commit() {
    requireHeld();
    over = "a commit failed";
    saved = List.of();
    try {
      if (Jdbc.update(connection, tables.commitShard, holding.id, holding.epoch) != 1) {
        rollback();
        throw new FencedException(
            "shard must have no newer holder than the one that commits: %s, epoch %d, in %s"
                .formatted(name(), holding.epoch, place));
      }
      write();
      connection.commit();
      changes.forEach(ScopeDelta::done);
      if (olderGenerations) {
        deleteOlderGenerations();
      }
    } catch (SQLException e) {
      rollback();
      throw new IllegalStateException(
          "state store must take the changes; all or none were committed: %s of %s: %s"
              .formatted(name(), place, ErrorText.of(e)),
          e);
    }
    over = null;
  }

  private void write() throws SQLException {
    long bytes = changes.bytes();
    if (bytes == 0) {
      return;
    }
    // What would fill a segment alone is not written twice. A log that was found so long is folded
    // at once too: it would grow with each of many restarts in a row.
    boolean large = Math.max(bytes, filledBytes) >= segmentBytes;
    if (!large) {
      byte[] entry = ScopeDeltaCodec.INSTANCE.encode(changes);
      Jdbc.update(connection, tables.append, holding.id, ++lastEntry, entry);
      filledBytes += entry.length;
    }
    filling.add(changes);
    if (!large && filledBytes < segmentBytes) {
      folding.upTo((double) filledBytes / segmentBytes);
      return;
    }
    fold();
    folding = rows.fold(filling);
    lastEntryFolding = lastEntry;
    filling = new ScopeDelta("");
    filledBytes = 0;
    if (large) {
      fold();
    }
  }

  /** Has the older segment folded altogether, and deletes it. */
  private void fold() throws SQLException {
    folding.upTo(1);
    folding = rows.nothing();
    Jdbc.update(connection, tables.deleteEntries, holding.id, lastEntryFolding);
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
