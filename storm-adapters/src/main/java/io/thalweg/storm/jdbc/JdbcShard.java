package io.thalweg.storm.jdbc;

import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.storm.FencedException;
import io.thalweg.storm.StateStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Shard in the tables of a database, with the connection of its holder. */
final class JdbcShard implements StateStore.Shard {

  /*
   * Steps of a commit.
   *
   * The state of a shard is stored twice: as rows, one per record (StateRows), and as a log of the
   * changes since (ScopeDelta). The current state is the log applied to the rows; StoredState reads
   * it so.
   *
   * 1. Fencing. The first statement of every commit marks the shard as committed where its epoch is
   *    still that of this holder. An acquisition by another task has raised the epoch; then no row
   *    matches, and the commit fails with FencedException before anything is written. The statement
   *    also locks the row, so that an acquisition waits for the end of a commit and then sees it.
   *
   * 2. Log. The changes since the last commit are appended as one entry. Random writes into the
   *    rows would cost far more, and most records soon change again.
   *
   * 3. Folding. The log consists of two segments. Changes are appended to the current segment;
   *    their net effect is kept in memory ("segment"). The older segment is being folded into the
   *    rows ("compaction"): when the current segment is filled by a share of its capacity, the same
   *    share of the older one has been folded. When the current segment is full, the older one is
   *    therefore folded completely, its log entries are deleted, and the current segment takes its
   *    place.
   *
   * 4. Large commits. Changes that would fill a segment alone are not logged: they and the log go
   *    to the rows at once, in the same transaction.
   *
   * Invariants: entries up to lastCompactedEntry belong to the older segment, later ones to the
   * current segment. Folding is idempotent, and the entries of a segment are deleted only in the
   * transaction that finishes its folding: a holder that starts in between reads rows which are
   * folded in part, applies the whole log to them, and gets the same state. All steps of a commit
   * are one transaction, so that a failure leaves the previous commit.
   */

  private final String database;
  private final Connection connection;
  private final SqlStatements sql;
  private final Ownership ownership;
  private final Limits limits;
  private final StateRows rows;
  private final ScopeDelta changes = new ScopeDelta("");
  private List<StateStore.SavedShard> saved;
  private boolean hasOlderGenerations;
  private int activeReads;

  /** Net effect of the current segment of the log. */
  private ScopeDelta segment;

  private long segmentLogBytes;
  private long lastEntry;

  /** Folding of the older segment of the log. */
  private StateRows.Compaction compaction;

  private long lastCompactedEntry;

  /** Reason why the shard is unusable; null while it is usable. */
  private String unusableReason;

  /**
   * Shard and its holder.
   *
   * @param task the holder
   * @param generation generation of the shard
   * @param id id of the shard
   * @param epoch epoch of the holder
   */
  record Ownership(StateStore.Task task, long generation, long id, long epoch) {
    String name() {
      return task.component() + "/" + generation + "/" + task.index();
    }
  }

  /**
   * Sizes that a shard keeps.
   *
   * @param segmentBytes size of a segment of the log
   * @param file file of the database
   * @param maxWalBytes largest size of the write-ahead log of the file
   */
  record Limits(long segmentBytes, SqliteFile file, long maxWalBytes) {}

  /**
   * Creates a shard within the transaction that acquires it.
   *
   * @param database url of the database without secrets, for messages
   * @param connection connection, closed with the shard
   * @param sql statements
   * @param ownership shard and holder
   * @param limits sizes that the shard keeps
   * @param committed true if the shard was ever committed
   * @param inherited shards that it inherits if it was not
   * @param hasOlderGenerations true if shards of older generations exist
   */
  JdbcShard(
      String database,
      Connection connection,
      SqlStatements sql,
      Ownership ownership,
      Limits limits,
      boolean committed,
      List<ShardLayouts.InheritedShard> inherited,
      boolean hasOlderGenerations)
      throws SQLException {
    this.database = database;
    this.connection = connection;
    this.sql = sql;
    this.ownership = ownership;
    this.limits = limits;
    this.hasOlderGenerations = hasOlderGenerations;
    List<StateStore.SavedShard> all = new ArrayList<>();
    StoredState own = readState(ownership.id);
    if (committed) {
      all.add(new StateStore.SavedShard(new Reader("", own, true), true, key -> true, true));
      own.log()
          .forEach(
              scope -> changes.descendant(scope.path).markStored(own.operatorState(scope.path)));
    }
    for (ShardLayouts.InheritedShard each : inherited) {
      Reader other = new Reader("", readState(each.shard()), each.ownsCounters());
      all.add(new StateStore.SavedShard(other, false, each.owned(), each.ownsCounters()));
    }
    saved = List.copyOf(all);
    rows = own.rows();
    compaction = rows.emptyCompaction();
    segment = own.log();
    segmentLogBytes = own.logBytes();
    lastEntry = own.lastEntry();
  }

  private StoredState readState(long shard) throws SQLException {
    try {
      return new StoredState(connection, sql, shard);
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(
          "state of shard %d, read for %s of %s, must be unchanged since it was written: %s"
              .formatted(shard, name(), database, e.getMessage()),
          e);
    }
  }

  /** Returns the connection, for tests. */
  Connection connection() {
    return connection;
  }

  @Override
  public String name() {
    return ownership.name();
  }

  @Override
  public long epoch() {
    return ownership.epoch;
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

  /** Reader of one scope of this shard or of an inherited one. */
  private final class Reader implements StateReader<Object> {

    private final String path;
    private final StoredState state;
    private final boolean ownsCounters;

    Reader(String path, StoredState state, boolean ownsCounters) {
      this.path = path;
      this.state = state;
      this.ownsCounters = ownsCounters;
    }

    @Override
    public StateReader<Object> scope(String scope) {
      return new Reader(ScopeDelta.path(path, scope), state, ownsCounters);
    }

    @Override
    public byte[] operatorState() {
      return state.operatorState(path);
    }

    @Override
    public boolean isEmpty() {
      boolean[] found = {operatorState() != null};
      forEach((key, part, record) -> found[0] = true);
      return !found[0] && state.scopes(path).stream().allMatch(name -> scope(name).isEmpty());
    }

    @Override
    public boolean ownsCounters() {
      return ownsCounters;
    }

    @Override
    public void forEach(RecordVisitor<? super Object> action) {
      requireUsable();
      activeReads++;
      try {
        state.forEach(path, action);
      } catch (SQLException failure) {
        SQLException e = Jdbc.withoutValues(failure);
        throw new IllegalStateException(
            "scope '%s' must be readable, for %s of %s: %s"
                .formatted(path, name(), database, Jdbc.reason(e)),
            e);
      } finally {
        if (--activeReads == 0) {
          rollback(); // a transaction that has read cannot be upgraded to write
        }
      }
    }
  }

  // ---------------------------------------------------------------- writing

  @Override
  public void commit() {
    requireUsable();
    unusableReason = "a commit failed";
    saved = List.of();
    limits.file.lock();
    try {
      limits.file.checkLog(connection, limits.maxWalBytes);
      markCommitted();
      writeChanges();
      connection.commit();
      changes.forEach(ScopeDelta::markCommitted);
      if (hasOlderGenerations) {
        deleteOlderGenerations();
      }
    } catch (SQLException failure) {
      rollback();
      SQLException e = Jdbc.withoutValues(failure);
      throw new IllegalStateException(
          "state store must accept the changes; all or none of them were committed: %s of %s: %s"
              .formatted(name(), database, Jdbc.reason(e)),
          e);
    } finally {
      limits.file.unlock();
    }
    unusableReason = null;
  }

  /** Marks the shard as committed, in the transaction that has started. */
  private void markCommitted() throws SQLException {
    if (Jdbc.update(connection, sql.commitShard, ownership.id, ownership.epoch) != 1) {
      rollback();
      throw new FencedException(
          ("shard must still be held by the task that commits, but was acquired by another one: %s,"
                  + " epoch %d, in %s")
              .formatted(name(), ownership.epoch, database));
    }
  }

  @Override
  public void requireHeld() {
    requireUsable();
    limits.file.lock(); // SQLite takes its write lock, although nothing is written
    try {
      markCommitted();
    } catch (SQLException failure) {
      SQLException e = Jdbc.withoutValues(failure);
      throw new IllegalStateException(
          "state store must answer: %s of %s: %s".formatted(name(), database, Jdbc.reason(e)), e);
    } finally {
      rollback();
      limits.file.unlock();
    }
  }

  private void writeChanges() throws SQLException {
    long bytes = changes.estimatedBytes();
    if (bytes == 0) {
      return;
    }
    // A log that is already full at a start is folded at once too: it would grow with each restart.
    boolean large = Math.max(bytes, segmentLogBytes) >= limits.segmentBytes;
    if (!large) {
      byte[] entry = ScopeDeltaCodec.INSTANCE.encode(changes);
      Jdbc.update(connection, sql.appendLog, ownership.id, ++lastEntry, entry);
      segmentLogBytes += entry.length;
    }
    segment.merge(changes);
    if (!large && segmentLogBytes < limits.segmentBytes) {
      compaction.advanceTo((double) segmentLogBytes / limits.segmentBytes);
      return;
    }
    finishCompaction();
    compaction = rows.startCompaction(segment);
    lastCompactedEntry = lastEntry;
    segment = new ScopeDelta("");
    segmentLogBytes = 0;
    if (large) {
      finishCompaction();
    }
  }

  /** Folds the rest of the older segment into the rows and deletes its log entries. */
  private void finishCompaction() throws SQLException {
    compaction.advanceTo(1);
    compaction = rows.emptyCompaction();
    Jdbc.update(connection, sql.deleteLog, ownership.id, lastCompactedEntry);
  }

  private void requireUsable() {
    if (unusableReason != null) {
      throw new IllegalStateException(
          "shard must be acquired again after a failed commit or after close; %s: %s of %s"
              .formatted(unusableReason, name(), database));
    }
  }

  private void rollback() {
    try {
      connection.rollback();
    } catch (SQLException e) {
      // Ignored: the next statement on this connection fails with its own message.
    }
  }

  /**
   * Deletes older generations once all shards of this one are committed. It is a transaction of its
   * own: if the last two shards commit concurrently, the later check sees both. It locks the epoch
   * first, as an acquisition does, so that the two cannot deadlock.
   */
  private void deleteOlderGenerations() throws SQLException {
    StateStore.Task task = ownership.task;
    Jdbc.update(connection, sql.lockEpoch);
    int committed;
    try (PreparedStatement select = connection.prepareStatement(sql.countCommitted)) {
      select.setString(1, task.topology());
      select.setString(2, task.component());
      select.setLong(3, ownership.generation);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        committed = row.getInt(1);
      }
    }
    if (committed == task.tasks()) {
      for (String delete : sql.deleteOlderGenerations) {
        Jdbc.update(connection, delete, task.topology(), task.component(), ownership.generation);
      }
    }
    connection.commit();
    hasOlderGenerations = false;
  }

  @Override
  public void close() {
    if (unusableReason == null) {
      unusableReason = "it was closed";
    }
    Jdbc.close(connection);
  }
}
