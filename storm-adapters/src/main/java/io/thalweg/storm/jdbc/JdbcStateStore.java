package io.thalweg.storm.jdbc;

import static java.util.Objects.requireNonNull;

import io.thalweg.storm.StateStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.apache.storm.utils.Time;

/**
 * State store in the tables of a database: SQLite from 3.24, whose file ties the topology to one
 * host, or PostgreSQL from 9.5.
 *
 * <pre>{@code
 * new JdbcStateStore("jdbc:sqlite:/var/lib/detector/state.db")
 * new JdbcStateStore("jdbc:postgresql://db/state").withProperty("user", "detector")
 * }</pre>
 *
 * <p>The first task creates the tables {@code thalweg_epoch}, {@code thalweg_shard}, {@code
 * thalweg_scope}, {@code thalweg_state} and {@code thalweg_log}; {@link #withTablePrefix} sets
 * another prefix. Several topologies can share them.
 *
 * <h2>Commits</h2>
 *
 * A task has one connection from {@link #acquire} on. A commit is one transaction: its first
 * statement fences, and the next one appends the changes to the log, in one piece. After each MiB
 * of log, its changes are folded into one row per record, of which the last change counts; this is
 * spread over the commits that write the next MiB. A commit therefore costs in proportion to the
 * changes, not to the state, with one exception: removal below a watermark ({@link
 * io.thalweg.StateWriter#removeBefore}) reads all records of its scope once per MiB of log. A
 * commit of more than one MiB, such as the first one after a start, goes to the rows at once and
 * folds the log with it.
 *
 * <p>An acquisition reads a few rows and the log. Reading saved state is one query per scope. The
 * changes in the log, about two MiB, are also held in memory.
 *
 * <p>An epoch is the time of the acquisition in milliseconds, or one more than the newest epoch if
 * that is larger. A store that was lost and starts empty therefore still exceeds the epochs of the
 * lost one. Numbers of generations are epochs too.
 *
 * <h2>SQLite</h2>
 *
 * These pragmas are set unless {@link #withProperty} or the url sets them:
 *
 * <ul>
 *   <li>{@code journal_mode = WAL} and {@code synchronous = FULL}: commits survive the death of the
 *       process and a power failure. With {@code NORMAL} a commit does not wait for the disk, and a
 *       power failure may undo the last ones, whose records are not replayed.
 *   <li>{@code busy_timeout = 30000}: an acquisition or a commit waits up to 30 s for other
 *       writers. SQLite has one writer at a time.
 *   <li>{@code wal_autocheckpoint = 4000}: a checkpoint every 4,000 pages; the commit that triggers
 *       it waits for the disk. More pages make checkpoints rarer and longer.
 *   <li>{@code journal_size_limit = 67108864}: a larger write-ahead log, as a large commit leaves
 *       it, shrinks to 64 MiB.
 * </ul>
 *
 * <p>A connection that keeps a transaction open, such as that of a forgotten query, lets the
 * write-ahead log grow. A log of 64 MiB and each doubling of it is logged; {@link #withMaxWalBytes}
 * bounds it. A new file has the mode 0600, and so has its log. The tasks of one worker commit in
 * the order in which they are due.
 *
 * <p>The file must be on a local disk. A relative path is resolved where the store is created, that
 * is, on the submitting host, because each worker starts in a folder of its own, which Storm
 * removes. A database in memory is rejected.
 *
 * <h2>PostgreSQL</h2>
 *
 * A task waits at most 30 s for a lock unless {@code lock_timeout} is set, and 5 min for a
 * statement unless {@code statement_timeout} is set, for instance by the property {@code options}
 * with the value {@code -c statement_timeout=1h}. Keys may have any length and any characters: the
 * index contains the digest of a key of more than 1,000 bytes.
 *
 * <h2>Errors</h2>
 *
 * Every failure of the database is an {@link IllegalStateException} that names the database,
 * without the parameters of the url, and the driver's reason.
 */
public final class JdbcStateStore implements StateStore {

  private static final long serialVersionUID = 1;

  /**
   * Format of the tables and of all that tasks save in them. It is raised with each change that
   * earlier releases cannot read. Format 2 stores the names of the fields of results, and the marks
   * of sources beside those that moved.
   */
  static final int FORMAT = 2;

  /** Result code of SQLite for a file that is locked. */
  private static final int SQLITE_BUSY = 5;

  private static final int BUSY_TRIES = 1_500;
  private static final long BUSY_PAUSE_NANOS = 20_000_000;
  private static final long SEGMENT_BYTES = 1 << 20;

  private String url;
  private String tablePrefix = "thalweg_";
  private final Properties properties = new Properties();
  private long maxWalBytes = 1L << 30;

  /** Size of the log of a shard at which it is folded into the rows. */
  private final long segmentBytes;

  /** Creates a store whose url is set by {@link #withUrl}. */
  public JdbcStateStore() {
    this.segmentBytes = SEGMENT_BYTES;
  }

  /**
   * Creates a store.
   *
   * @param url JDBC url of the database, whose driver is on the class path
   */
  public JdbcStateStore(String url) {
    this(url, SEGMENT_BYTES);
  }

  JdbcStateStore(String url, long segmentBytes) {
    this.url = Jdbc.withAbsolutePath(url);
    this.segmentBytes = segmentBytes;
  }

  /**
   * Sets the database.
   *
   * @param url JDBC url of the database, whose driver is on the class path
   * @return this
   */
  public JdbcStateStore withUrl(String url) {
    this.url = Jdbc.withAbsolutePath(url);
    return this;
  }

  /**
   * Sets the prefix of the names of the tables. {@code thalweg_} by default.
   *
   * @param prefix letters, digits and underscores
   * @return this
   * @throws IllegalArgumentException if the prefix has other characters
   */
  public JdbcStateStore withTablePrefix(String prefix) {
    this.tablePrefix = Jdbc.identifier("table prefix", prefix);
    return this;
  }

  /**
   * Sets a property of the connections, such as {@code user} or {@code busy_timeout}.
   *
   * @param name name, as in the driver's documentation
   * @param value value
   * @return this
   */
  public JdbcStateStore withProperty(String name, String value) {
    properties.setProperty(requireNonNull(name, "name"), requireNonNull(value, "value"));
    return this;
  }

  /**
   * Sets the largest size of SQLite's write-ahead log that a connection with an open transaction
   * may cause. With a larger one commits fail and name the file, so that the disk is not filled. 1
   * GiB by default.
   *
   * @param bytes largest size
   * @return this
   * @throws IllegalArgumentException if the size is not positive
   */
  public JdbcStateStore withMaxWalBytes(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("bytes must be positive: " + bytes);
    }
    this.maxWalBytes = bytes;
    return this;
  }

  /**
   * {@inheritDoc}
   *
   * @return true
   */
  @Override
  public boolean durable() {
    return true;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the url is missing or names a database in memory, if the
   *     database cannot be reached or is damaged, if a later release has saved the state in a
   *     format that this one does not know, or if the task belongs to an older deployment
   */
  @Override
  public Shard acquire(Task task) {
    if (url == null) {
      throw new IllegalStateException("url must be set, by the constructor or by withUrl");
    }
    boolean sqlite = Jdbc.isSqlite(url);
    if (sqlite
        && (url.matches("jdbc:sqlite:(\\?.*)?")
            || url.contains(":memory:")
            || url.contains("mode=memory"))) {
      throw new IllegalStateException(
          "database of a state store must be a file, because state in memory is lost with its"
              + " worker: "
              + Jdbc.withoutSecrets(url));
    }
    SqlStatements sql = new SqlStatements(tablePrefix, sqlite);
    Connection connection = null;
    Shard shard = null;
    SqliteFile file = null;
    try {
      file = SqliteFile.of(url);
      file.lock();
      connection = Jdbc.connect(url, sqlite ? withPragmas() : properties);
      if (sqlite) {
        writeAhead(connection);
      }
      connection.setAutoCommit(false);
      create(connection, sql);
      shard = acquire(connection, sql, task, new JdbcShard.Limits(segmentBytes, file, maxWalBytes));
      return shard;
    } catch (SQLException failure) {
      SQLException e = Jdbc.withoutValues(failure);
      throw new IllegalStateException(
          ("state store must be reachable and writable, and its tables %s... must be of this release: %s:"
                  + " %s")
              .formatted(tablePrefix, Jdbc.withoutSecrets(url), Jdbc.reason(e)),
          e);
    } finally {
      if (shard == null) {
        Jdbc.close(connection);
      }
      if (file != null) {
        file.unlock();
      }
    }
  }

  private Properties withPragmas() {
    Properties all = new Properties();
    all.setProperty("synchronous", "FULL");
    all.setProperty("busy_timeout", "30000");
    all.setProperty("wal_autocheckpoint", "4000");
    all.setProperty("journal_size_limit", "67108864");
    all.putAll(properties);
    return all;
  }

  /**
   * Switches SQLite to write-ahead logging. When several tasks open a new file at once, SQLite
   * rejects all but one of them without waiting, whatever its timeout for locks.
   */
  private void writeAhead(Connection connection) throws SQLException {
    if (properties.containsKey("journal_mode")) {
      return;
    }
    for (int tries = 0; ; tries++) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA journal_mode = WAL");
        return;
      } catch (SQLException e) {
        if ((e.getErrorCode() & 0xff) != SQLITE_BUSY || tries == BUSY_TRIES) {
          throw e;
        }
        LockSupport.parkNanos(BUSY_PAUSE_NANOS);
      }
    }
  }

  /**
   * Creates the tables if they do not exist. Of several tasks that do so, one waits for another.
   */
  private static void create(Connection connection, SqlStatements sql) throws SQLException {
    if (exist(connection, sql)) {
      return; // this user may lack the right to create tables
    }
    try (Statement statement = connection.createStatement()) {
      for (String create : sql.createTables) {
        statement.execute(create);
      }
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      if (!exist(connection, sql)) {
        throw e;
      }
    }
  }

  private static boolean exist(Connection connection, SqlStatements sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        PreparedStatement newestTable = connection.prepareStatement(sql.selectLog)) {
      newestTable.setLong(1, 0);
      newestTable.executeQuery().close();
      try (ResultSet row = statement.executeQuery(sql.selectEpoch)) {
        return row.next();
      }
    } catch (SQLException e) {
      return false;
    } finally {
      connection.rollback(); // a transaction that has read cannot be upgraded to write
    }
  }

  /**
   * Row of the table of shards.
   *
   * @param format the format of the last commit; 0 if there was none
   */
  private record Row(long id, long generation, int task, int tasks, long deployment, int format) {
    boolean committed() {
      return format > 0;
    }
  }

  private Shard acquire(
      Connection connection, SqlStatements sql, Task task, JdbcShard.Limits limits)
      throws SQLException {
    long epoch = nextEpoch(connection, sql);
    List<Row> before = rows(connection, sql, task);
    requireKnownFormat(before, task);
    long deployment = before.stream().mapToLong(Row::deployment).max().orElse(0);
    if (task.deployment() < deployment) {
      throw new IllegalStateException(
          "%s: task must belong to the newest deployment, which is %d: %d, in %s"
              .formatted(
                  task.component(), deployment, task.deployment(), Jdbc.withoutSecrets(url)));
    }
    Row newest = before.isEmpty() ? null : before.get(before.size() - 1);
    boolean startsGeneration = newest == null || newest.tasks != task.tasks();
    long generation = startsGeneration ? epoch : newest.generation;
    if (startsGeneration) {
      Jdbc.update(connection, sql.fenceShards, task.topology(), task.component());
    }
    Row own =
        before.stream()
            .filter(row -> row.generation == generation && row.task == task.index())
            .findFirst()
            .orElse(null);
    long id = own == null ? epoch : own.id;
    if (own == null) {
      Jdbc.update(
          connection,
          sql.insertShard,
          id,
          task.topology(),
          task.component(),
          generation,
          task.index(),
          task.tasks(),
          task.deployment(),
          epoch);
    } else {
      Jdbc.update(connection, sql.acquireShard, task.deployment(), epoch, id);
    }
    // Read again: only now can no other holder commit.
    List<Row> rows = rows(connection, sql, task);
    boolean committed = rows.stream().anyMatch(row -> row.id == id && row.committed());
    Shard shard =
        new JdbcShard(
            Jdbc.withoutSecrets(url),
            connection,
            sql,
            new JdbcShard.Ownership(task, generation, id, epoch),
            limits,
            committed,
            committed ? List.of() : ShardLayouts.inherited(layouts(rows), task.index()),
            rows.get(0).generation != generation);
    connection.commit();
    return shard;
  }

  /** Requires that this release can read all shards. Nothing is committed before. */
  private void requireKnownFormat(List<Row> rows, Task task) {
    int newest = rows.stream().mapToInt(Row::format).max().orElse(0);
    if (newest > FORMAT) {
      throw new IllegalStateException(
          "%s: saved state must have format %d or an earlier one, but a later release has saved it: run that release again, or restore a copy of the database from before the upgrade, as in \"Going back\" of operations.md: %d, in %s"
              .formatted(task.component(), FORMAT, newest, Jdbc.withoutSecrets(url)));
    }
  }

  private static long nextEpoch(Connection connection, SqlStatements sql) throws SQLException {
    long now = Time.currentTimeMillis();
    Jdbc.update(connection, sql.advanceEpoch, now, now);
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql.selectEpoch)) {
      if (!row.next()) {
        throw new SQLException("table of the epoch must have one row, but is empty");
      }
      return row.getLong(1);
    }
  }

  /** Returns the shards of a component, oldest generation first. */
  private static List<Row> rows(Connection connection, SqlStatements sql, Task task)
      throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(sql.selectShards)) {
      select.setString(1, task.topology());
      select.setString(2, task.component());
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          rows.add(
              new Row(
                  row.getLong(1),
                  row.getLong(2),
                  row.getInt(3),
                  row.getInt(4),
                  row.getLong(5),
                  row.getInt(6)));
        }
      }
    }
    return rows;
  }

  private static List<ShardLayouts.Layout> layouts(List<Row> rows) {
    Map<Long, ShardLayouts.Layout> layouts = new TreeMap<>();
    for (Row row : rows) {
      ShardLayouts.Layout layout =
          layouts.computeIfAbsent(
              row.generation, g -> new ShardLayouts.Layout(row.tasks, new HashMap<>()));
      if (row.committed()) {
        layout.committed().put(row.task, row.id);
      }
    }
    return List.copyOf(layouts.values());
  }
}
