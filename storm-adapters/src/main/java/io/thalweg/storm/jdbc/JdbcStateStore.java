package io.thalweg.storm.jdbc;

import static java.util.Objects.requireNonNull;

import io.thalweg.storm.ErrorText;
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
 * Keeps the state of the tasks in tables of a database: SQLite from 3.24, whose file ties the
 * topology to one host, or PostgreSQL from 9.5.
 *
 * <pre>{@code
 * new JdbcStateStore("jdbc:sqlite:/var/lib/detector/state.db")
 * new JdbcStateStore("jdbc:postgresql://db/state").withProperty("user", "detector")
 * }</pre>
 *
 * <p>The first task that comes makes the tables: {@code thalweg_epoch}, {@code thalweg_shard},
 * {@code thalweg_scope}, {@code thalweg_state} and {@code thalweg_log}; another prefix than {@code
 * thalweg_} can be set. Several topologies can share them.
 *
 * <p>A task has one connection from {@link #acquire} on. A commit is one transaction: the first
 * statement fences, and the next appends what has changed to the log, in one piece. When a MiB of
 * it has come together, its changes are folded into a row for each record, of several changes of
 * one record the last, a bit with each commit while the next MiB comes together. So a commit costs
 * what has changed, not what there is; but removing what is below a watermark ({@link
 * io.thalweg.StateWriter#removeBefore}) reads all records of its scope, once for each MiB. A commit
 * of more than a MiB, such as the first after a start, goes to the rows at once, and takes the log
 * with it. An acquisition costs a few rows and the log; reading what is saved is one query for each
 * scope. What the log changes, some two MiB, is also in memory.
 *
 * <p>An epoch is the time of the acquisition in milliseconds, or one more than the newest if that
 * is not newer: a store that was lost and begins anew still exceeds what the old one gave. Numbers
 * of generations are epochs too.
 *
 * <h2>SQLite</h2>
 *
 * These pragmas are set unless {@link #withProperty} or the url sets them: {@code journal_mode =
 * WAL} and {@code synchronous = NORMAL}, with which commits survive the death of the process and
 * the last ones may be lost with the power; {@code busy_timeout = 30000}: so long, in milliseconds,
 * an acquisition or a commit waits for others that write; {@code wal_autocheckpoint = 4000}: the
 * commit that has written so many pages ahead brings them home, which pauses it for the disk (more
 * pages make that rarer and longer). SQLite has one writer at a time. The file must be on a local
 * disk, and is named from where the store is made: a relative path is that of the submitter, since
 * each worker starts in a folder of its own, which Storm removes. A database in memory is refused.
 *
 * <h2>PostgreSQL</h2>
 *
 * Its index takes keys of up to some 2,700 bytes, its text no NUL. What has a longer key is in the
 * log before it is refused, when it comes into the rows: keep keys short.
 *
 * <h2>Errors</h2>
 *
 * Whatever goes wrong in the database is an {@link IllegalStateException} that says where, without
 * the parameters of the url, and why, in the driver's words.
 */
public final class JdbcStateStore implements StateStore {

  private static final long serialVersionUID = 1;

  /** The result code of SQLite for a file that others hold. */
  private static final int SQLITE_BUSY = 5;

  private static final int BUSY_TRIES = 1_500;
  private static final long BUSY_PAUSE_NANOS = 20_000_000;

  private String url;
  private String tablePrefix = "thalweg_";
  private final Properties properties = new Properties();
  private long segmentBytes = 1 << 20;

  /** Creates a store that has to be given its url. */
  public JdbcStateStore() {}

  /**
   * Creates a store.
   *
   * @param url where the database is, as JDBC says it; its driver is on the class path
   */
  public JdbcStateStore(String url) {
    this.url = Jdbc.absolute(url);
  }

  /**
   * Says where the database is.
   *
   * @param url as JDBC says it
   * @return this
   */
  public JdbcStateStore withUrl(String url) {
    this.url = Jdbc.absolute(url);
    return this;
  }

  /**
   * Names the tables. {@code thalweg_} by default.
   *
   * @param prefix what their names begin with
   * @return this
   * @throws IllegalArgumentException if it is not letters, digits and underscores
   */
  public JdbcStateStore withTablePrefix(String prefix) {
    this.tablePrefix = Jdbc.identifier("table prefix", prefix);
    return this;
  }

  /** Says how much of the log of a shard is folded into its rows at a time. */
  JdbcStateStore withSegmentBytes(long bytes) {
    segmentBytes = bytes;
    return this;
  }

  /**
   * Sets a property of the connections, such as {@code user} or {@code busy_timeout}.
   *
   * @param name the name, as in the driver's documentation
   * @param value the value
   * @return this
   */
  public JdbcStateStore withProperty(String name, String value) {
    properties.setProperty(requireNonNull(name, "name"), requireNonNull(value, "value"));
    return this;
  }

  /**
   * Says where the database is, as {@link #withUrl}.
   *
   * @param url as JDBC says it
   */
  public void setUrl(String url) {
    withUrl(url);
  }

  /**
   * Names the tables, as {@link #withTablePrefix}.
   *
   * @param prefix what their names begin with
   */
  public void setTablePrefix(String prefix) {
    withTablePrefix(prefix);
  }

  /**
   * Sets properties of the connections, as {@link #withProperty}.
   *
   * @param values the value of each property
   */
  public void setProperties(Map<String, String> values) {
    properties.clear();
    values.forEach(this::withProperty);
  }

  /**
   * Whether a worker that dies leaves its state behind.
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
   * @throws IllegalStateException if the url is missing or names a database in memory, the database
   *     does not answer or is damaged, or the task belongs to an older deployment
   */
  @Override
  public Shard acquire(Task task) {
    if (url == null) {
      throw new IllegalStateException("a jdbc state store needs a url");
    }
    boolean sqlite = url.startsWith("jdbc:sqlite:");
    if (sqlite
        && (url.matches("jdbc:sqlite:(\\?.*)?")
            || url.contains(":memory:")
            || url.contains("mode=memory"))) {
      throw new IllegalStateException(
          "state must be in a file to outlive its worker: " + Jdbc.place(url));
    }
    SqlStatements tables = new SqlStatements(tablePrefix, sqlite);
    Connection connection = null;
    Shard shard = null;
    try {
      connection = Jdbc.connect(url, sqlite ? withPragmas() : properties);
      if (sqlite) {
        writeAhead(connection);
      }
      connection.setAutoCommit(false);
      create(connection, tables);
      shard = acquire(connection, tables, task);
      return shard;
    } catch (SQLException e) {
      throw new IllegalStateException(
          "state store must answer, be writable, and have no other tables %s... than this release makes: %s: %s"
              .formatted(tablePrefix, Jdbc.place(url), ErrorText.of(e)),
          e);
    } finally {
      if (shard == null) {
        Jdbc.close(connection);
      }
    }
  }

  private Properties withPragmas() {
    Properties all = new Properties();
    all.setProperty("synchronous", "NORMAL");
    all.setProperty("busy_timeout", "30000");
    all.setProperty("wal_autocheckpoint", "4000");
    all.putAll(properties);
    return all;
  }

  /**
   * Has SQLite write ahead. Where several tasks come to a new file at once, SQLite refuses all but
   * one of them without waiting, whatever its timeout for locks.
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

  /** Makes the tables if they are not there. Of several that do, the others wait for the first. */
  private static void create(Connection connection, SqlStatements tables) throws SQLException {
    if (exist(connection, tables)) {
      return; // whoever made them may not have left us the right to
    }
    try (Statement statement = connection.createStatement()) {
      for (String create : tables.create) {
        statement.execute(create);
      }
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      if (!exist(connection, tables)) {
        throw e;
      }
    }
  }

  private static boolean exist(Connection connection, SqlStatements tables) throws SQLException {
    try (Statement statement = connection.createStatement();
        PreparedStatement newestTable = connection.prepareStatement(tables.log)) {
      newestTable.setLong(1, 0);
      newestTable.executeQuery().close();
      try (ResultSet row = statement.executeQuery(tables.newestEpoch)) {
        return row.next();
      }
    } catch (SQLException e) {
      return false;
    } finally {
      connection.rollback(); // what has read cannot go on to write
    }
  }

  /** A row of the table of shards. */
  private record Row(
      long id, long generation, int task, int tasks, long deployment, boolean committed) {}

  private Shard acquire(Connection connection, SqlStatements tables, Task task)
      throws SQLException {
    long epoch = nextEpoch(connection, tables);
    List<Row> before = rows(connection, tables, task);
    long deployment = before.stream().mapToLong(Row::deployment).max().orElse(0);
    if (task.deployment() < deployment) {
      throw new IllegalStateException(
          "%s: task must belong to the newest deployment, %d: %d, in %s"
              .formatted(task.component(), deployment, task.deployment(), Jdbc.place(url)));
    }
    Row newest = before.isEmpty() ? null : before.get(before.size() - 1);
    boolean begins = newest == null || newest.tasks != task.tasks();
    long generation = begins ? epoch : newest.generation;
    if (begins) {
      Jdbc.update(connection, tables.fenceAll, task.topology(), task.component());
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
          tables.insertShard,
          id,
          task.topology(),
          task.component(),
          generation,
          task.index(),
          task.tasks(),
          task.deployment(),
          epoch);
    } else {
      Jdbc.update(connection, tables.holdShard, task.deployment(), epoch, id);
    }
    // Only now that no one else can commit is it known what was committed.
    List<Row> rows = rows(connection, tables, task);
    boolean committed = rows.stream().anyMatch(row -> row.id == id && row.committed);
    Shard shard =
        new JdbcShard(
            Jdbc.place(url),
            connection,
            tables,
            new JdbcShard.Holding(task, generation, id, epoch),
            segmentBytes,
            committed,
            committed ? List.of() : ShardLayouts.inherited(layouts(rows), task.index()),
            rows.get(0).generation != generation);
    connection.commit();
    return shard;
  }

  private static long nextEpoch(Connection connection, SqlStatements tables) throws SQLException {
    long now = Time.currentTimeMillis();
    Jdbc.update(connection, tables.nextEpoch, now, now);
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(tables.newestEpoch)) {
      if (!row.next()) {
        throw new SQLException("epoch must have its row");
      }
      return row.getLong(1);
    }
  }

  /** The shards of a component, the oldest generation first. */
  private static List<Row> rows(Connection connection, SqlStatements tables, Task task)
      throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(tables.shards)) {
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
                  row.getInt(6) != 0));
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
      if (row.committed) {
        layout.committed().put(row.task, row.id);
      }
    }
    return List.copyOf(layouts.values());
  }
}
