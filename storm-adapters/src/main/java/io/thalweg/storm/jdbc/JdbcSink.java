package io.thalweg.storm.jdbc;

import static java.util.Objects.requireNonNull;

import com.codahale.metrics.Counter;
import io.thalweg.storm.ErrorText;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TickSpout;
import io.thalweg.storm.TupleFields;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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
 * Writes tuples into a table, one row for each result id, so that rows converge however often a
 * result is repeated: acks come after the commit.
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
 * <p>Two modes:
 *
 * <ul>
 *   <li>by version (the default): a row is replaced by one of the same {@code id} whose version,
 *       {@code (epoch, number)}, is newer, and by no other. For what changes: results of windows.
 *   <li>{@link #insertOnce}: the first row of an id stays as it is for ever. For facts: a topic
 *       read again by a new group leaves the table as it was.
 * </ul>
 *
 * <p>The table has a primary key or unique column for the id, and by version two integer columns
 * for epoch and number. These are called {@code id, epoch, number} unless {@link #withColumn} says
 * otherwise. The SQL is that of SQLite from 3.24 and of PostgreSQL; names of tables and columns are
 * checked, quoted, and used as written; values are bound, never pasted.
 *
 * <h2>Results that are taken back</h2>
 *
 * A session that is absorbed by a larger one is taken back by a tuple whose field {@code deleted}
 * is true. The row stays, marked as deleted in the column for that field, since an older version of
 * the result may still come again and would otherwise bring it back to life: readers ask for rows
 * {@code WHERE NOT deleted}. With {@link #withWrittenColumn} such rows are removed for good once
 * they are older than {@link #withRetentionMillis}.
 *
 * <h2>When it commits</h2>
 *
 * In one transaction for each batch, on the executor's thread: when the batch is full; when a row
 * comes after a pause as long as the last commit took, or {@link #withMaxDelayMillis}, whichever is
 * shorter, so that at low rates a row is committed at once and under load commits take at most
 * about half of the time; and at every pulse. Storm pulses once a second, which bounds the wait of
 * a row that others followed too closely and then none. The watermarks of the bolt before, by
 * {@code allGrouping("detector", Streams.WATERMARK)}, make it 200 ms; where there are none, a
 * {@link TickSpout}, by {@code allGrouping("tick", Streams.TICK)}, makes it as short as wanted.
 *
 * <p>A database that fails ends the worker with an exception that says what to look at; nothing of
 * the batch is acked, and Storm repeats it.
 *
 * <p>A SQLite file that another process has locked is waited for: 30 s unless the property {@code
 * busy_timeout} says otherwise. A relative path is taken from where the sink is made, since each
 * worker starts in a folder of its own, which Storm removes.
 *
 * <p>Counters: {@code rows} committed, {@code unchanged} among them, {@code commits}, {@code
 * removed} by retention.
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
  private transient PreparedStatement statement;
  private transient PreparedStatement removal;
  private transient List<String> fields;
  private transient List<Tuple> batch;
  private transient long lastCommitNanos;
  private transient long commitTookNanos;
  private transient long lastRemovalMillis;
  private transient Counter rows;
  private transient Counter unchanged;
  private transient Counter commits;
  private transient Counter removed;

  /** Creates a sink that has to be given its url and its table. */
  public JdbcSink() {}

  /**
   * Creates a sink.
   *
   * @param url where the database is, as JDBC says it; its driver is on the class path
   * @param table the name of the table
   * @throws IllegalArgumentException if the name is not letters, digits and underscores
   */
  public JdbcSink(String url, String table) {
    this.url = Jdbc.absolute(url);
    this.table = Jdbc.identifier("table", table);
  }

  /**
   * Says where the database is.
   *
   * @param url as JDBC says it
   * @return this
   */
  public JdbcSink withUrl(String url) {
    this.url = Jdbc.absolute(url);
    return this;
  }

  /**
   * Names the table.
   *
   * @param table the name
   * @return this
   * @throws IllegalArgumentException if the name is not letters, digits and underscores
   */
  public JdbcSink withTable(String table) {
    this.table = Jdbc.identifier("table", table);
    return this;
  }

  /**
   * Fills a column. Those of id and version come by themselves; naming their fields here gives them
   * other columns.
   *
   * @param column the name of the column
   * @param field the tuple field that its values are in
   * @return this
   * @throws IllegalArgumentException if the name is not letters, digits and underscores
   */
  public JdbcSink withColumn(String column, String field) {
    columns.put(Jdbc.identifier("column", column), requireNonNull(field, "field"));
    return this;
  }

  /**
   * Adds a statement to be executed when a task starts, before anything else, in autocommit mode:
   * create the table if it is not there, set pragmas. It is executed as it is.
   *
   * @param sql the statement, the author's own words: nothing that came from outside
   * @return this
   */
  public JdbcSink withSetup(String sql) {
    setup.add(requireNonNull(sql, "sql"));
    return this;
  }

  /**
   * Sets a property of the connection, such as {@code user} or {@code busy_timeout}.
   *
   * @param name the name, as in the driver's documentation
   * @param value the value
   * @return this
   */
  public JdbcSink withProperty(String name, String value) {
    properties.setProperty(requireNonNull(name, "name"), requireNonNull(value, "value"));
    return this;
  }

  /**
   * Lets the first row of an id stay as it is for ever.
   *
   * @return this
   */
  public JdbcSink insertOnce() {
    this.insertOnce = true;
    return this;
  }

  /**
   * Has the time of the last change of each row written into a column, in epoch milliseconds, and
   * rows marked as deleted removed when they are older than {@link #withRetentionMillis}.
   *
   * @param column the name of an integer column
   * @return this
   * @throws IllegalArgumentException if the name is not letters, digits and underscores
   */
  public JdbcSink withWrittenColumn(String column) {
    this.writtenColumn = Jdbc.identifier("column", column);
    return this;
  }

  /**
   * Says how long rows that are marked as deleted are kept. It must be longer than any result can
   * take to come again: as long as the topology may stand still and then go on where it was. 7 days
   * by default, as long as Kafka keeps the offsets of a group.
   *
   * @param millis the time since the row was marked
   * @return this
   * @throws IllegalArgumentException if the time is not positive
   */
  public JdbcSink withRetentionMillis(long millis) {
    if (millis <= 0) {
      throw new IllegalArgumentException("retention must be positive: " + millis);
    }
    this.retentionMillis = millis;
    return this;
  }

  /**
   * Bounds a batch. 500 by default.
   *
   * @param rows the largest number of rows in one transaction
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
   * Says after which pause a row is committed as it comes, at the latest. 50 ms by default.
   *
   * @param millis the pause since the last commit; 0 commits every row by itself
   * @return this
   * @throws IllegalArgumentException if the time is negative
   */
  public JdbcSink withMaxDelayMillis(long millis) {
    if (millis < 0) {
      throw new IllegalArgumentException("delay must not be negative: " + millis);
    }
    this.maxDelayMillis = millis;
    return this;
  }

  /**
   * Tells someone of every row that was committed, and how long it took from Kafka to here.
   *
   * @param listener is told
   * @return this
   */
  public JdbcSink withListener(CommitListener listener) {
    this.listener = requireNonNull(listener, "listener");
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
   * Names the table, as {@link #withTable}.
   *
   * @param table the name
   */
  public void setTable(String table) {
    withTable(table);
  }

  /**
   * Fills columns, as {@link #withColumn}.
   *
   * @param fields the field of each column
   */
  public void setColumns(Map<String, String> fields) {
    columns.clear();
    fields.forEach(this::withColumn);
  }

  /**
   * Says which statements are executed when a task starts, as {@link #withSetup}.
   *
   * @param statements in their order
   */
  public void setSetup(List<String> statements) {
    setup.clear();
    statements.forEach(this::withSetup);
  }

  /**
   * Sets properties of the connection, as {@link #withProperty}.
   *
   * @param values the value of each property
   */
  public void setProperties(Map<String, String> values) {
    properties.clear();
    values.forEach(this::withProperty);
  }

  /**
   * Chooses the mode, as {@link #insertOnce}.
   *
   * @param once whether the first row of an id stays; otherwise newer versions replace it
   */
  public void setInsertOnce(boolean once) {
    this.insertOnce = once;
  }

  /**
   * Has the time of each change written, as {@link #withWrittenColumn}.
   *
   * @param column the name of an integer column
   */
  public void setWrittenColumn(String column) {
    withWrittenColumn(column);
  }

  /**
   * Says how long deleted rows are kept, as {@link #withRetentionMillis}.
   *
   * @param millis the time since the row was marked
   */
  public void setRetentionMillis(long millis) {
    withRetentionMillis(millis);
  }

  /**
   * Bounds a batch, as {@link #withBatchSize}.
   *
   * @param rows the largest number of rows in one transaction
   */
  public void setBatchSize(int rows) {
    withBatchSize(rows);
  }

  /**
   * Bounds the delay of a row, as {@link #withMaxDelayMillis}.
   *
   * @param millis the pause since the last commit
   */
  public void setMaxDelayMillis(long millis) {
    withMaxDelayMillis(millis);
  }

  /**
   * Tells someone of every row, as {@link #withListener}.
   *
   * @param listener is told
   */
  public void setListener(CommitListener listener) {
    withListener(listener);
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
   * @throws IllegalStateException if url, table or an input's field is missing, or the database
   *     does not answer or does not know table and columns; the message says which
   */
  @Override
  public void prepare(
      Map<String, Object> conf, TopologyContext context, OutputCollector collector) {
    if (url == null || table == null) {
      throw new IllegalStateException(
          "a jdbc sink needs a url and a table; missing: " + (url == null ? "url" : "table"));
    }
    Map<String, String> all = allColumns();
    requireInputs(context, all);
    this.collector = collector;
    fields = List.copyOf(all.values());
    batch = new ArrayList<>();
    rows = context.registerCounter("rows");
    unchanged = context.registerCounter("unchanged");
    commits = context.registerCounter("commits");
    removed = context.registerCounter("removed");
    lastRemovalMillis = Long.MIN_VALUE;
    open(sql(all), all);
    lastCommitNanos = Time.nanoTime() - TimeUnit.MILLISECONDS.toNanos(maxDelayMillis);
    commitTookNanos = 0;
  }

  private Map<String, String> allColumns() {
    Map<String, String> all = new LinkedHashMap<>();
    for (String field :
        insertOnce
            ? List.of(TupleFields.ID)
            : List.of(TupleFields.ID, TupleFields.EPOCH, TupleFields.NUMBER)) {
      if (!columns.containsValue(field)) {
        all.put(field, field);
      }
    }
    all.putAll(columns);
    return all;
  }

  private void requireInputs(TopologyContext context, Map<String, String> all) {
    for (GlobalStreamId input : context.getThisSources().keySet()) {
      Fields given = context.getComponentOutputFields(input);
      for (Map.Entry<String, String> column : all.entrySet()) {
        if (!isPulse(input.get_streamId()) && !given.contains(column.getValue())) {
          throw new IllegalStateException(
              "%s: input %s of %s must have the field %s for column %s: %s"
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

  private String sql(Map<String, String> all) {
    List<String> written = new ArrayList<>(all.keySet());
    if (writtenColumn != null) {
      written.add(writtenColumn);
    }
    String names = written.stream().map(Jdbc::quoted).collect(Collectors.joining(", "));
    String places = written.stream().map(column -> "?").collect(Collectors.joining(", "));
    String insert =
        "INSERT INTO "
            + Jdbc.quoted(table)
            + " ("
            + names
            + ") VALUES ("
            + places
            + ") ON CONFLICT ("
            + Jdbc.quoted(column(all, TupleFields.ID))
            + ") DO ";
    if (insertOnce) {
      return insert + "NOTHING";
    }
    String epoch = Jdbc.quoted(column(all, TupleFields.EPOCH));
    String number = Jdbc.quoted(column(all, TupleFields.NUMBER));
    String sets =
        written.stream()
            .map(column -> Jdbc.quoted(column) + " = excluded." + Jdbc.quoted(column))
            .collect(Collectors.joining(", "));
    String old = Jdbc.quoted(table) + ".";
    return "%sUPDATE SET %s WHERE %s < excluded.%s OR (%s = excluded.%s AND %s < excluded.%s)"
        .formatted(insert, sets, old + epoch, epoch, old + epoch, epoch, old + number, number);
  }

  private static String column(Map<String, String> all, String field) {
    return all.entrySet().stream()
        .filter(column -> column.getValue().equals(field))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  private void open(String sql, Map<String, String> all) {
    Properties settings = new Properties();
    if (url.startsWith("jdbc:sqlite:")) {
      settings.setProperty("busy_timeout", "30000");
    }
    settings.putAll(properties);
    try {
      connection = Jdbc.connect(url, settings);
      setUp();
      connection.setAutoCommit(false);
      statement = connection.prepareStatement(sql);
      removal = null;
      if (writtenColumn != null && all.containsValue(TupleFields.DELETED)) {
        removal =
            connection.prepareStatement(
                "DELETE FROM %s WHERE %s = ? AND %s < ?"
                    .formatted(
                        Jdbc.quoted(table),
                        Jdbc.quoted(column(all, TupleFields.DELETED)),
                        Jdbc.quoted(writtenColumn)));
      }
    } catch (SQLException e) {
      close();
      throw new IllegalStateException(
          "database must answer, and have table "
              + table
              + " with its columns: "
              + Jdbc.place(url)
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
            "setup must be executable, %s: %s".formatted(ErrorText.of(each), ErrorText.of(e)), e);
      }
    }
  }

  @Override
  public void execute(Tuple tuple) {
    if (TupleUtils.isTick(tuple)) {
      commit();
      return;
    }
    if (isPulse(tuple.getSourceStreamId())) {
      commit();
      collector.ack(tuple);
      return;
    }
    requireKept(tuple);
    batch.add(tuple);
    long pause = Math.min(commitTookNanos, TimeUnit.MILLISECONDS.toNanos(maxDelayMillis));
    if (batch.size() >= batchSize || Time.nanoTime() - lastCommitNanos >= pause) {
      commit();
    }
  }

  /** A result that is taken back must not stand on as if nothing had happened. */
  private void requireKept(Tuple tuple) {
    if (!fields.contains(TupleFields.DELETED)
        && tuple.contains(TupleFields.DELETED)
        && Boolean.TRUE.equals(tuple.getValueByField(TupleFields.DELETED))) {
      throw new IllegalStateException(
          "results are taken back, so table %s needs a column for the field %s: withColumn(\"deleted\", \"%s\")"
              .formatted(table, TupleFields.DELETED, TupleFields.DELETED));
    }
  }

  private static boolean isPulse(String stream) {
    return stream.equals(Streams.TICK) || stream.equals(Streams.WATERMARK);
  }

  /**
   * Excludes {@link #close}: Storm ends a task from another thread, and waits no more than a tenth
   * of a second for the one that is still at work.
   */
  private synchronized void commit() {
    if (batch.isEmpty() || connection == null) {
      return;
    }
    long start = Time.nanoTime();
    int[] changes = write();
    lastCommitNanos = Time.nanoTime();
    commitTookNanos = lastCommitNanos - start;
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

  /** Says how long the last commit took, which the clock of a test cannot. */
  void lastCommitTook(long nanos) {
    commitTookNanos = nanos;
  }

  private int[] write() {
    long now = Time.currentTimeMillis();
    try {
      for (Tuple row : batch) {
        for (int i = 0; i < fields.size(); i++) {
          statement.setObject(i + 1, row.getValueByField(fields.get(i)));
        }
        if (writtenColumn != null) {
          statement.setLong(fields.size() + 1, now);
        }
        statement.addBatch();
      }
      int[] changes = statement.executeBatch();
      removeDeleted(now);
      connection.commit();
      return changes;
    } catch (SQLException e) {
      throw new IllegalStateException(
          "database must take every row; nothing was acked: %d rows from id %s to id %s into table %s of %s: %s"
              .formatted(
                  batch.size(),
                  batch.get(0).getValueByField(TupleFields.ID),
                  batch.get(batch.size() - 1).getValueByField(TupleFields.ID),
                  table,
                  Jdbc.place(url),
                  ErrorText.of(e)),
          e);
    }
  }

  /** Ten times within the retention, so that a deleted row stays at most a tenth longer. */
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

  /** Leaves what was not committed to the next run: it was not acked either. */
  @Override
  public void cleanup() {
    close();
  }

  private synchronized void close() {
    Jdbc.close(connection);
    connection = null;
  }
}
