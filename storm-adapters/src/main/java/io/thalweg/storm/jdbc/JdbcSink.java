package io.thalweg.storm.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.codahale.metrics.Counter;
import io.thalweg.storm.Durations;
import io.thalweg.storm.FailurePolicy;
import io.thalweg.storm.SideOutput;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TickSpout;
import io.thalweg.storm.TupleFields;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.apache.storm.utils.TupleUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
 * <h2>Late events and dead letters</h2>
 *
 * {@link #lateEvents} and {@link #deadLetters} create sinks for the streams {@link Streams#LATE}
 * and {@link Streams#DEAD_LETTER} of spouts, bolts and sinks, with one row per tuple, however often
 * it is repeated. Any other sink takes these streams too, if it keeps the first row ({@link
 * #insertOnce}). A column of the field {@code id}, which these tuples lack, receives {@code
 * component / topic id / partition / offset / ordinal}; for a dead letter a checksum takes the
 * place of the ordinal. Without such a column, the table needs a unique key of its own.
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
 * <h2>Errors</h2>
 *
 * If the database fails, the worker ends with an exception that names the cause; no tuple of the
 * batch is acked, and Storm repeats them. If it refuses a row, such as one that violates a
 * constraint or does not fit into its column, the exception names the row; {@link
 * #withFailurePolicy} turns the row into a dead letter instead. PostgreSQL stores no NUL in texts:
 * each is replaced by the symbol for it, U+2400.
 *
 * <p>A lock is waited for at most 30 s: on SQLite unless the property {@code busy_timeout} is set,
 * on PostgreSQL unless {@code lock_timeout} is. There, a statement may take 5 min unless {@code
 * statement_timeout} is set, for instance by the property {@code options} with the value {@code -c
 * statement_timeout=1h}. With {@code reWriteBatchedInserts} the driver does not tell which rows
 * changed, and all count as changed.
 *
 * <p>A relative path is resolved where the sink is created, because each worker starts in a folder
 * of its own, which Storm removes.
 *
 * <p>Counters: {@code rows} committed, {@code unchanged} rows among them, {@code commits}, {@code
 * removed} rows after the retention time, and {@code deadLetters}.
 */
public final class JdbcSink extends BaseRichBolt {

  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(JdbcSink.class);

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
  private FailurePolicy failurePolicy = FailurePolicy.stop();

  private transient OutputCollector collector;
  private transient SinkTable rowTable;
  private transient boolean marksDeleted;
  private transient List<Tuple> batch;
  private transient long lastCommitNanos;
  private transient long commitDurationNanos;
  private transient long lastRemovalMillis;
  private transient Counter rows;
  private transient Counter unchanged;
  private transient Counter commits;
  private transient Counter removed;
  private transient Counter deadLetters;

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
   * Creates a sink for the stream {@link Streams#LATE}. It creates the table if it does not exist,
   * with the columns {@code id} and those of {@link TupleFields#LATE}.
   *
   * @param url JDBC url of the database, whose driver is on the class path
   * @param table name of the table
   * @return sink that keeps the first row of each late event
   * @throws IllegalArgumentException if the name is not letters, digits and underscores
   */
  public static JdbcSink lateEvents(String url, String table) {
    return sideOutput(url, table, TupleFields.LATE);
  }

  /**
   * Creates a sink for the stream {@link Streams#DEAD_LETTER}. It creates the table if it does not
   * exist, with the columns {@code id} and those of {@link TupleFields#DEAD_LETTER}.
   *
   * @param url JDBC url of the database, whose driver is on the class path
   * @param table name of the table
   * @return sink that keeps the first row of each dead letter
   * @throws IllegalArgumentException if the name is not letters, digits and underscores
   */
  public static JdbcSink deadLetters(String url, String table) {
    return sideOutput(url, table, TupleFields.DEAD_LETTER);
  }

  private static JdbcSink sideOutput(String url, String table, List<String> fields) {
    JdbcSink sink = new JdbcSink(url, table).withColumn("id", TupleFields.ID).insertOnce();
    fields.forEach(field -> sink.withColumn(field, field));
    return sink.withSetup(SinkStatements.createSideOutput(table, fields));
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

  /**
   * Sets the reaction to a row that the database refuses. {@link FailurePolicy#stop} by default.
   * With {@link FailurePolicy#deadLetter}, the row is emitted on the stream {@link
   * Streams#DEAD_LETTER} and acked, and the other rows of its batch are written, each in a
   * transaction of its own. The record key of the dead letter is the id of the row; its value is
   * the tuple as JSON.
   *
   * <p>The policy applies to a violated constraint, a value that does not fit into its column, a
   * row that exceeds a limit of the database, such as one too large for an index, and an exception
   * that a trigger raises (SQL states 23, 22, 54 and P0). Every other failure of the database stops
   * the sink.
   *
   * @param policy policy
   * @return this
   */
  public JdbcSink withFailurePolicy(FailurePolicy policy) {
    this.failurePolicy = requireNonNull(policy, "policy");
    return this;
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {
    declarer.declareStream(Streams.DEAD_LETTER, new Fields(TupleFields.DEAD_LETTER));
  }

  @Override
  public Map<String, Object> getComponentConfiguration() {
    return TupleUtils.putTickFrequencyIntoComponentConfig(super.getComponentConfiguration(), 1);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the url, the table, a field of an input or a subscriber of
   *     dead letters is missing, if the database cannot be reached, or if it has no such table and
   *     columns; the message names it
   */
  @Override
  public void prepare(
      Map<String, Object> conf, TopologyContext context, OutputCollector collector) {
    if (url == null || table == null) {
      throw new IllegalStateException(
          "url and table must be set, by the constructor or by withUrl and withTable; missing: "
              + (url == null ? "url" : "table"));
    }
    SinkStatements sql =
        new SinkStatements(
            table, columns, insertOnce, writtenColumn, SinkStatements.hasId(context));
    sql.requireFields(context);
    failurePolicy.requireSubscriber(context);
    this.collector = collector;
    marksDeleted = sql.fieldsByColumn().containsValue(TupleFields.DELETED);
    batch = new ArrayList<>();
    rows = context.registerCounter("rows");
    unchanged = context.registerCounter("unchanged");
    commits = context.registerCounter("commits");
    removed = context.registerCounter("removed");
    deadLetters = context.registerCounter("deadLetters");
    lastRemovalMillis = Long.MIN_VALUE;
    rowTable =
        SinkTable.open(table, url, properties, setup, sql, writtenColumn != null, failurePolicy);
    lastCommitNanos = Time.nanoTime() - TimeUnit.MILLISECONDS.toNanos(maxDelayMillis);
    commitDurationNanos = 0;
  }

  @Override
  public void execute(Tuple tuple) {
    if (TupleUtils.isTick(tuple)) {
      commit();
      return;
    }
    if (SinkStatements.isTick(tuple.getSourceStreamId())) {
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
    if (!marksDeleted
        && tuple.contains(TupleFields.DELETED)
        && Boolean.TRUE.equals(tuple.getValueByField(TupleFields.DELETED))) {
      throw new IllegalStateException(
          ("table %s must have a column for the field %s, because results are retracted; add it with"
                  + " withColumn(\"deleted\", \"%s\")")
              .formatted(table, TupleFields.DELETED, TupleFields.DELETED));
    }
  }

  /**
   * Commits the batch. Synchronized with {@link #close}, since Storm closes a task from another
   * thread and waits at most 100 ms for a call in progress.
   */
  private synchronized void commit() {
    if (batch.isEmpty() || rowTable == null) {
      return;
    }
    long start = Time.nanoTime();
    Map<Tuple, String> refused = new LinkedHashMap<>();
    int[] changes = rowTable.write(batch, Time.currentTimeMillis(), refused);
    removeDeleted(Time.currentTimeMillis());
    lastCommitNanos = Time.nanoTime();
    commitDurationNanos = lastCommitNanos - start;
    long now = Time.currentTimeMillis();
    commits.inc();
    rows.inc(batch.size() - refused.size());
    refused.forEach(this::emitDeadLetter);
    for (Tuple row : batch) {
      collector.ack(row);
    }
    for (int i = 0; i < changes.length; i++) {
      Tuple row = batch.get(i);
      if (changes[i] == 0) {
        unchanged.inc();
      }
      if (changes[i] != Statement.EXECUTE_FAILED) {
        listener.committed(row, changes[i] != 0, latency(row, now));
      }
    }
    batch.clear();
  }

  private void emitDeadLetter(Tuple row, String reason) {
    deadLetters.inc();
    LOG.error("row refused by table {} becomes a dead letter: {}", table, reason);
    List<Object> values = new ArrayList<>(List.of(reason));
    for (String field : TupleFields.DEAD_LETTER.subList(1, 6)) {
      values.add(row.contains(field) ? row.getValueByField(field) : null);
    }
    values.add(SideOutput.id(row).getBytes(UTF_8));
    values.add(SideOutput.json(row));
    collector.emit(Streams.DEAD_LETTER, row, values);
  }

  /** Removes deleted rows ten times within the retention, so that none stays a tenth longer. */
  private void removeDeleted(long now) {
    if (rowTable.hasRemoval() && now - retentionMillis / 10 >= lastRemovalMillis) {
      lastRemovalMillis = now;
      removed.inc(rowTable.removeDeleted(now - retentionMillis));
    }
  }

  private static long latency(Tuple row, long now) {
    if (!row.contains(TupleFields.RECORD_TIMESTAMP)) {
      return -1;
    }
    Object timestamp = row.getValueByField(TupleFields.RECORD_TIMESTAMP);
    return timestamp instanceof Long at && at >= 0 ? now - at : -1;
  }

  /** Closes the connection. Uncommitted rows were not acked, so that Storm repeats them. */
  @Override
  public void cleanup() {
    close();
  }

  private synchronized void close() {
    if (rowTable != null) {
      rowTable.close();
      rowTable = null;
    }
  }
}
