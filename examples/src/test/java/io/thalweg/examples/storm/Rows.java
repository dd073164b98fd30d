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
 * The tables that a pipeline fills.
 *
 * @param file of SQLite
 */
record Rows(Path file) {

  /** Where a record lies. */
  record Place(String topicId, int partition, long offset) {}

  record WindowOf(String device, long start) {}

  record Mean(long n, double mean) {}

  record Alert(String device, long timestamp, double mean, double sd, double z) {}

  String url() {
    return "jdbc:sqlite:" + file;
  }

  /** Makes the tables. */
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
          "CREATE TABLE others (kind TEXT, topic_id TEXT, part INT, off BIGINT, reason TEXT,"
              + " PRIMARY KEY (kind, topic_id, part, off))");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  JdbcSink windows() {
    return new JdbcSink(url(), "windows")
        .withColumn("device", TupleFields.KEY)
        .withColumn("start", TupleFields.WINDOW_START)
        .withColumn("n", "n")
        .withColumn("mean", "mean")
        .withColumn("deleted", TupleFields.DELETED);
  }

  JdbcSink alerts() {
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

  /** How many results have arrived. */
  int count() {
    int[] count = new int[1];
    query(
        "SELECT (SELECT count(*) FROM windows) + (SELECT count(*) FROM alerts)",
        row -> count[0] = row.getInt(1));
    return count[0];
  }

  Map<WindowOf, Mean> means() {
    Map<WindowOf, Mean> means = new HashMap<>();
    query(
        "SELECT * FROM windows WHERE NOT deleted",
        row -> {
          WindowOf of = new WindowOf(row.getString("device"), row.getLong("start"));
          if (means.put(of, new Mean(row.getLong("n"), row.getDouble("mean"))) != null) {
            throw new AssertionError("two rows of " + of);
          }
        });
    return means;
  }

  /** Of each window, by the identity of its result, how many readings it has and their mean. */
  Map<String, String> windowsById() {
    Map<String, String> windows = new HashMap<>();
    query(
        "SELECT * FROM windows WHERE NOT deleted",
        row -> windows.put(row.getString("id"), row.getLong("n") + " " + row.getDouble("mean")));
    return windows;
  }

  Map<Place, Alert> alertsFound() {
    Map<Place, Alert> alerts = new HashMap<>();
    query(
        "SELECT * FROM alerts",
        row -> {
          Place place = place(row);
          Alert alert =
              new Alert(
                  row.getString("device"),
                  row.getLong("timestamp"),
                  row.getDouble("mean"),
                  row.getDouble("sd"),
                  row.getDouble("z"));
          if (alerts.put(place, alert) != null) {
            throw new AssertionError("two rows of " + place);
          }
        });
    return alerts;
  }

  Set<Place> deadLetters() {
    Set<Place> places = new HashSet<>();
    query("SELECT * FROM others WHERE kind LIKE '%dead-letter'", row -> places.add(place(row)));
    return places;
  }

  /** What was late, in words. */
  Set<String> late() {
    Set<String> late = new HashSet<>();
    query(
        "SELECT * FROM others WHERE kind LIKE '%late'",
        row -> late.add(row.getString("kind") + " " + place(row) + " " + row.getString("reason")));
    return late;
  }

  private static Place place(ResultSet row) throws SQLException {
    return new Place(row.getString("topic_id"), row.getInt("part"), row.getLong("off"));
  }

  private void query(String sql, SqliteFile.RowReader reader) {
    new SqliteFile(file).query(sql, reader);
  }
}
