package io.thalweg.storm.jdbc;

import static java.util.Objects.requireNonNull;

import com.codahale.metrics.Counter;
import io.thalweg.storm.Durations;
import io.thalweg.storm.ErrorText;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TickSpout;
import io.thalweg.storm.TupleFields;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.storm.generated.GlobalStreamId;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.apache.storm.utils.TupleUtils;

/**
 * Bolt that writes tuples into a table, one row per result id, and acks them after its commit, so
 * that the table converges however often a result is repeated.
 *
 * <pre>{@code
 * new JdbcSink("jdbc:sqlite:alerts.db", "alerts")
 *     .withSetup("PRAGMA journal_mode = WAL")
 *     .withSetup("CREATE TABLE IF NOT EXISTS alerts (id TEXT PRIMARY KEY, device_id TEXT, z REAL)")
 *     .withColumn("device_id", TupleFields.KEY)
 *     .withColumn("z", "z_score")
 *     .insertOnce();
 * }</pre>
 *
 * <p>There are two modes:
 *
 * <ul>
 *   <li>By version (the default): a row is replaced by a row of the same {@code id} with a newer
 *       version {@code (epoch, number)}. Use it for results that change, such as those of windows.
 *   <li>{@link #insertOnce}: the first row of an id stays. Use it for facts: a new consumer group
 *       that reads the topic again leaves the table unchanged.
 * </ul>
 *
 * <p>The table has a primary key or unique column for the id and, by version, two integer columns
 * for epoch and number. These columns are called {@code id}, {@code epoch} and {@code number}
 * unless {@link #withColumn} names others. The SQL is that of SQLite from 3.24 and of PostgreSQL.
 * Names of tables and columns are checked and quoted; values are bound, never pasted.
 *
 * <h2>Retractions</h2>
 *
 * A session that is merged into a larger one is retracted by a tuple whose field {@code deleted} is
 * true. Its row stays in the table and is marked as deleted in the column of that field: an older
 * version of the result may still be repeated, and would otherwise insert the row again. Readers
 * select rows {@code WHERE NOT deleted}. With {@link #withWrittenColumn}, rows marked as deleted
 * are removed once they are older than {@link #withRetention}.
 *
 * <h2>Commits</h2>
 *
 * Each batch is one transaction on the executor's thread. A batch is committed
 *
 * <ul>
 *   <li>when it is full;
 *   <li>when a row arrives after a pause since the last commit that is as long as that commit took,
 *       or as long as {@link #withMaxDelay}, whichever is shorter. At low rates a row is therefore
 *       committed at once; under load commits take at most about half of the time;
 *   <li>at every heartbeat or tick. Storm's own ticks come once a second, which bounds the wait of
 *       the last row of a burst. The heartbeats of a bolt ({@code allGrouping("detector",
 *       Streams.WATERMARK)}) reduce that to 200 ms. Without heartbeats, a {@link TickSpout} ({@code
 *       allGrouping("tick", Streams.TICK)}) sets any other bound.
 * </ul>
 *
 * <p>If the database fails, the worker ends with an exception that names the cause; no tuple of the
 * batch is acked, and Storm repeats them.
 *
 * <p>A SQLite file that is locked by another process is waited for: 30 s unless the property {@code
 * busy_timeout} is set. A relative path is resolved where the sink is created, because each worker
 * starts in a folder of its own, which Storm removes.
 *
 * <p>Counters: {@code rows} committed, {@code unchanged} rows among them, {@code commits}, and
 * {@code removed} rows after the retention time.
 */
public final class JdbcSink extends BaseRichBolt {

  private static final long serialVersionUID = 1;

  private String url;
  private String table;
  private final LinkedHashMap<String, String> columns = new LinkedHashMap<>();
  private final ArrayList<String> setup = new ArrayList<>();
  private final Properties properties = new Properties();
  private boolean insertOnce;
  private String writtenColumn;
  private long retentionMillis = TimeUnit.DAYS.toMillis(7);
  private int batchSize = 500;
  private long maxDelayMillis = 50;
  private CommitListener listener = (row, changed, latency) -> {};

  private transient OutputCollector collector;
  private transient Connection connection;
  private transient PreparedStatement upsert;
  private transient PreparedStatement removal;
  private transient List<String> fields;
  private transient List<Tuple> batch;
  private transient long lastCommitNanos;
  private transient long commitDurationNanos;
  private transient long lastRemovalMillis;
  private transient Counter rows;
  private transient Counter unchanged;
  private transient Counter commits;
  private transient Counter removed;

  /** Creates a sink whose url and table are set by {@link #withUrl} and {@link #withTable}. */
  public JdbcSink() {}

  /**
   * Creates a sink.
   *
   * @param url JDBC url of the database, whose driver is on the class path
   * @param table name of the table
   * @throws IllegalArgumentException if the name is not letters, digits and underscores
   */
  public JdbcSink(String url, String table) {
    this.url = Jdbc.withAbsolutePath(url);
    this.table = Jdbc.identifier("table", table);
  }

  /**
   * Sets the database.
   *
   * @param url JDBC url of the database, whose driver is on the class path
   * @return this
   */
  public JdbcSink withUrl(String url) {
    this.url = Jdbc.withAbsolutePath(url);
    return this;
  }

  /**
   * Sets the table.
   *
   * @param table name of the table
   * @return this
   * @throws IllegalArgumentException if the name is not letters, digits and underscores
   */
  public JdbcSink withTable(String table) {
    this.table = Jdbc.identifier("table", table);
    return this;
  }

  /**
   * Adds a column. The columns of id and version need not be added; adding them here gives them
   * other names.
   *
   * @param column name of the column
   * @param field tuple field of its values
   * @return this
   * @throws IllegalArgumentException if the name is not letters, digits and underscores
   */
  public JdbcSink withColumn(String column, String field) {
    columns.put(Jdbc.identifier("column", column), requireNonNull(field, "field"));
    return this;
  }

  /**
   * Adds a statement that is executed in autocommit mode when a task starts, such as {@code CREATE
   * TABLE IF NOT EXISTS} or a pragma. Statements are executed in the order in which they are added.
   *
   * @param sql statement, executed as it is: it must not contain text from outside the program
   * @return this
   */
  public JdbcSink withSetup(String sql) {
    setup.add(requireNonNull(sql, "sql"));
    return this;
  }

  /**
   * Sets a property of the connection, such as {@code user} or {@code busy_timeout}.
   *
   * @param name name, as in the driver's documentation
   * @param value value
   * @return this
   */
  public JdbcSink withProperty(String name, String value) {
    properties.setProperty(requireNonNull(name, "name"), requireNonNull(value, "value"));
    return this;
  }

  /**
   * Keeps the first row of each id.
   *
   * @return this
   */
  public JdbcSink insertOnce() {
    this.insertOnce = true;
    return this;
  }

  /**
   * Writes the time of the last change of each row into a column, in epoch milliseconds, and
   * removes rows marked as deleted when they are older than {@link #withRetention}.
   *
   * @param column name of an integer column
   * @return this
   * @throws IllegalArgumentException if the name is not letters, digits and underscores
   */
  public JdbcSink withWrittenColumn(String column) {
    this.writtenColumn = Jdbc.identifier("column", column);
    return this;
  }

  /**
   * Sets how long rows marked as deleted are kept. 7 days by default, as long as Kafka keeps the
   * offsets of a group. The retention must exceed the time after which a result can be repeated:
   * the longest pause after which the topology may resume.
   *
   * @param retention time since the row was marked
   * @return this
   * @throws IllegalArgumentException if the retention is less than a millisecond
   */
  public JdbcSink withRetention(Duration retention) {
    this.retentionMillis = Durations.positiveMillis("retention", retention);
    return this;
  }

  /**
   * Sets the largest number of rows in one transaction. 500 by default.
   *
   * @param rows number of rows
   * @return this
   * @throws IllegalArgumentException if the number is not positive
   */
  public JdbcSink withBatchSize(int rows) {
    if (rows <= 0) {
      throw new IllegalArgumentException("rows must be positive: " + rows);
    }
    this.batchSize = rows;
    return this;
  }

  /**
   * Sets the pause since the last commit after which a row is committed at once, however long that
   * commit took. 50 ms by default.
   *
   * @param delay pause since the last commit; zero commits each row separately
   * @return this
   * @throws IllegalArgumentException if the delay is negative
   */
  public JdbcSink withMaxDelay(Duration delay) {
    this.maxDelayMillis = Durations.nonNegativeMillis("delay", delay);
    return this;
  }

  /**
   * Sets a listener that is called for every committed row, with its latency since Kafka.
   *
   * @param listener listener
   * @return this
   */
  public JdbcSink withListener(CommitListener listener) {
    this.listener = requireNonNull(listener, "listener");
    return this;
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {}

  @Override
  public Map<String, Object> getComponentConfiguration() {
    return TupleUtils.putTickFrequencyIntoComponentConfig(super.getComponentConfiguration(), 1);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the url, the table or a field of an input is missing, if the
   *     database cannot be reached, or if it has no such table and columns; the message names it
   */
  @Override
  public void prepare(
      Map<String, Object> conf, TopologyContext context, OutputCollector collector) {
    if (url == null || table == null) {
      throw new IllegalStateException(
          "url and table must be set, by the constructor or by withUrl and withTable; missing: "
              + (url == null ? "url" : "table"));
    }
    SinkStatements sql = new SinkStatements(table, columns, insertOnce, writtenColumn);
    requireInputs(context, sql.fieldsByColumn());
    this.collector = collector;
    fields = List.copyOf(sql.fieldsByColumn().values());
    batch = new ArrayList<>();
    rows = context.registerCounter("rows");
    unchanged = context.registerCounter("unchanged");
    commits = context.registerCounter("commits");
    removed = context.registerCounter("removed");
    lastRemovalMillis = Long.MIN_VALUE;
    open(sql);
    lastCommitNanos = Time.nanoTime() - TimeUnit.MILLISECONDS.toNanos(maxDelayMillis);
    commitDurationNanos = 0;
  }

  private void requireInputs(TopologyContext context, Map<String, String> fieldsByColumn) {
    for (GlobalStreamId input : context.getThisSources().keySet()) {
      Fields given = context.getComponentOutputFields(input);
      for (Map.Entry<String, String> column : fieldsByColumn.entrySet()) {
        if (!isTick(input.get_streamId()) && !given.contains(column.getValue())) {
          throw new IllegalStateException(
              "%s: input %s of %s must have the field %s for column %s; its fields are %s"
                  .formatted(
                      context.getThisComponentId(),
                      input.get_streamId(),
                      input.get_componentId(),
                      column.getValue(),
                      column.getKey(),
                      given.toList()));
        }
      }
    }
  }

  private void open(SinkStatements sql) {
    Properties settings = new Properties();
    if (Jdbc.isSqlite(url)) {
      settings.setProperty("busy_timeout", "30000");
    }
    settings.putAll(properties);
    try {
      connection = Jdbc.connect(url, settings);
      setUp();
      connection.setAutoCommit(false);
      upsert = connection.prepareStatement(sql.write());
      removal = sql.removal() == null ? null : connection.prepareStatement(sql.removal());
    } catch (SQLException e) {
      close();
      throw new IllegalStateException(
          "database must be reachable and have table "
              + table
              + " with its columns: "
              + Jdbc.withoutSecrets(url)
              + ": "
              + ErrorText.of(e),
          e);
    }
  }

  private void setUp() throws SQLException {
    for (String each : setup) {
      try (Statement once = connection.createStatement()) {
        once.execute(each);
      } catch (SQLException e) {
        throw new SQLException(
            "setup statement must be executable: %s: %s"
                .formatted(ErrorText.of(each), ErrorText.of(e)),
            e);
      }
    }
  }

  @Override
  public void execute(Tuple tuple) {
    if (TupleUtils.isTick(tuple)) {
      commit();
      return;
    }
    if (isTick(tuple.getSourceStreamId())) {
      commit();
      collector.ack(tuple);
      return;
    }
    requireDeletedColumn(tuple);
    batch.add(tuple);
    long pause = Math.min(commitDurationNanos, TimeUnit.MILLISECONDS.toNanos(maxDelayMillis));
    if (batch.size() >= batchSize || Time.nanoTime() - lastCommitNanos >= pause) {
      commit();
    }
  }

  /** Rejects a retraction if the table cannot mark its row as deleted. */
  private void requireDeletedColumn(Tuple tuple) {
    if (!fields.contains(TupleFields.DELETED)
        && tuple.contains(TupleFields.DELETED)
        && Boolean.TRUE.equals(tuple.getValueByField(TupleFields.DELETED))) {
      throw new IllegalStateException(
          ("table %s must have a column for the field %s, because results are retracted; add it with"
                  + " withColumn(\"deleted\", \"%s\")")
              .formatted(table, TupleFields.DELETED, TupleFields.DELETED));
    }
  }

  private static boolean isTick(String stream) {
    return stream.equals(Streams.TICK) || stream.equals(Streams.WATERMARK);
  }

  /**
   * Commits the batch. Synchronized with {@link #close}, since Storm closes a task from another
   * thread and waits at most 100 ms for a call in progress.
   */
  private synchronized void commit() {
    if (batch.isEmpty() || connection == null) {
      return;
    }
    long start = Time.nanoTime();
    int[] changes = write();
    lastCommitNanos = Time.nanoTime();
    commitDurationNanos = lastCommitNanos - start;
    long now = Time.currentTimeMillis();
    commits.inc();
    rows.inc(batch.size());
    for (Tuple row : batch) {
      collector.ack(row);
    }
    for (int i = 0; i < changes.length; i++) {
      Tuple row = batch.get(i);
      if (changes[i] == 0) {
        unchanged.inc();
      }
      listener.committed(row, changes[i] != 0, latency(row, now));
    }
    batch.clear();
  }

  private int[] write() {
    long now = Time.currentTimeMillis();
    try {
      for (Tuple row : batch) {
        for (int i = 0; i < fields.size(); i++) {
          upsert.setObject(i + 1, row.getValueByField(fields.get(i)));
        }
        if (writtenColumn != null) {
          upsert.setLong(fields.size() + 1, now);
        }
        upsert.addBatch();
      }
      int[] changes = upsert.executeBatch();
      removeDeleted(now);
      connection.commit();
      return changes;
    } catch (SQLException failure) {
      SQLException e = Jdbc.withoutValues(failure);
      throw new IllegalStateException(
          ("database must accept every row; none of the batch was acked: %d rows, from id %s to id %s,"
                  + " for table %s of %s: %s")
              .formatted(
                  batch.size(),
                  ErrorText.ofName(batch.get(0).getValueByField(TupleFields.ID)),
                  ErrorText.ofName(batch.get(batch.size() - 1).getValueByField(TupleFields.ID)),
                  table,
                  Jdbc.withoutSecrets(url),
                  ErrorText.of(e)),
          e);
    }
  }

  /** Removes deleted rows ten times within the retention, so that none stays a tenth longer. */
  private void removeDeleted(long now) throws SQLException {
    if (removal != null && now - retentionMillis / 10 >= lastRemovalMillis) {
      lastRemovalMillis = now;
      removal.setBoolean(1, true);
      removal.setLong(2, now - retentionMillis);
      removed.inc(removal.executeUpdate());
    }
  }

  private static long latency(Tuple row, long now) {
    if (!row.contains(TupleFields.RECORD_TIMESTAMP)) {
      return -1;
    }
    Object timestamp = row.getValueByField(TupleFields.RECORD_TIMESTAMP);
    return timestamp instanceof Long at ? now - at : -1;
  }

  /** Closes the connection. Uncommitted rows were not acked, so that Storm repeats them. */
  @Override
  public void cleanup() {
    close();
  }

  private synchronized void close() {
    Jdbc.close(connection);
    connection = null;
  }
}
