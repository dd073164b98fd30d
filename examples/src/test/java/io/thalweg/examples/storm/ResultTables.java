package io.thalweg.examples.storm;

import io.thalweg.examples.runtime.SqliteFile;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.jdbc.JdbcSink;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Tables of a pipeline: windows, alerts, late events and dead letters.
 *
 * @param file the SQLite file
 */
record ResultTables(Path file) {

  /** Position of a record. */
  record RecordPosition(String topicId, int partition, long offset) {}

  record DeviceWindow(String device, long start) {}

  record Mean(long n, double mean) {}

  record Alert(String device, long timestamp, double mean, double sd, double z) {}

  String url() {
    return "jdbc:sqlite:" + file;
  }

  /** Creates the tables. */
  void create() {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode = WAL");
      statement.execute(
          "CREATE TABLE windows (id TEXT PRIMARY KEY, epoch BIGINT, number BIGINT, device TEXT,"
              + " start BIGINT, n BIGINT, mean REAL, deleted INT)");
      statement.execute(
          "CREATE TABLE alerts (id TEXT PRIMARY KEY, epoch BIGINT, number BIGINT, device TEXT,"
              + " timestamp BIGINT, topic_id TEXT, part INT, off BIGINT, mean REAL, sd REAL,"
              + " z REAL)");
      statement.execute(
          "CREATE TABLE side_outputs (kind TEXT, topic_id TEXT, part INT, off BIGINT, reason TEXT,"
              + " PRIMARY KEY (kind, topic_id, part, off))");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  JdbcSink windowSink() {
    return new JdbcSink(url(), "windows")
        .withColumn("device", TupleFields.KEY)
        .withColumn("start", TupleFields.WINDOW_START)
        .withColumn("n", "n")
        .withColumn("mean", "mean")
        .withColumn("deleted", TupleFields.DELETED);
  }

  JdbcSink alertSink() {
    return new JdbcSink(url(), "alerts")
        .withColumn("device", TupleFields.KEY)
        .withColumn("timestamp", TupleFields.TIMESTAMP)
        .withColumn("topic_id", TupleFields.TOPIC_ID)
        .withColumn("part", TupleFields.PARTITION)
        .withColumn("off", TupleFields.OFFSET)
        .withColumn("mean", "mean")
        .withColumn("sd", "sd")
        .withColumn("z", "z");
  }

  /** Returns the number of results in the tables. */
  int count() {
    int[] count = new int[1];
    query(
        "SELECT (SELECT count(*) FROM windows) + (SELECT count(*) FROM alerts)",
        row -> count[0] = row.getInt(1));
    return count[0];
  }

  Map<DeviceWindow, Mean> means() {
    Map<DeviceWindow, Mean> means = new HashMap<>();
    query(
        "SELECT * FROM windows WHERE NOT deleted",
        row -> {
          DeviceWindow of = new DeviceWindow(row.getString("device"), row.getLong("start"));
          if (means.put(of, new Mean(row.getLong("n"), row.getDouble("mean"))) != null) {
            throw new AssertionError("two rows of " + of);
          }
        });
    return means;
  }

  /** Returns the number of readings and the mean of each window, by the id of the result. */
  Map<String, String> windowsById() {
    Map<String, String> windows = new HashMap<>();
    query(
        "SELECT * FROM windows WHERE NOT deleted",
        row -> windows.put(row.getString("id"), row.getLong("n") + " " + row.getDouble("mean")));
    return windows;
  }

  Map<RecordPosition, Alert> alerts() {
    Map<RecordPosition, Alert> alerts = new HashMap<>();
    query(
        "SELECT * FROM alerts",
        row -> {
          RecordPosition position = position(row);
          Alert alert =
              new Alert(
                  row.getString("device"),
                  row.getLong("timestamp"),
                  row.getDouble("mean"),
                  row.getDouble("sd"),
                  row.getDouble("z"));
          if (alerts.put(position, alert) != null) {
            throw new AssertionError("two rows of " + position);
          }
        });
    return alerts;
  }

  Set<RecordPosition> deadLetters() {
    Set<RecordPosition> places = new HashSet<>();
    query(
        "SELECT * FROM side_outputs WHERE kind LIKE '%dead-letter'",
        row -> places.add(position(row)));
    return places;
  }

  /** Returns a description of each late event. */
  Set<String> lateEvents() {
    Set<String> late = new HashSet<>();
    query(
        "SELECT * FROM side_outputs WHERE kind LIKE '%late'",
        row ->
            late.add(row.getString("kind") + " " + position(row) + " " + row.getString("reason")));
    return late;
  }

  private static RecordPosition position(ResultSet row) throws SQLException {
    return new RecordPosition(row.getString("topic_id"), row.getInt("part"), row.getLong("off"));
  }

  private void query(String sql, SqliteFile.RowReader reader) {
    new SqliteFile(file).query(sql, reader);
  }
}
