package io.thalweg.examples.sensors;

import io.thalweg.examples.demo.DemoException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The table {@code alerts} in a SQLite file. Its identity is that of the reading that caused the
 * alert, so that reading a topic again adds nothing.
 */
final class AlertTable {

  /** The columns that an alert has, whatever becomes of it. */
  static final String CREATE =
      """
      CREATE TABLE IF NOT EXISTS alerts (
        id              TEXT PRIMARY KEY, -- detector/topic id/partition/offset/ordinal
        device_id       TEXT NOT NULL,
        value           REAL NOT NULL,
        event_timestamp INTEGER NOT NULL, -- ms since 1970
        window_mean     REAL NOT NULL,
        window_std_dev  REAL NOT NULL,
        z_score         REAL NOT NULL,
        alert_timestamp INTEGER NOT NULL, -- ms since 1970
        recent_readings TEXT NOT NULL,    -- json: the device's last five values, oldest first
        topic_id        TEXT NOT NULL,
        "partition"     INTEGER NOT NULL,
        "offset"        INTEGER NOT NULL)
      """;

  private AlertTable() {}

  /**
   * The address for JDBC. Readers do not wait for writers (WAL).
   *
   * @param database the SQLite file
   * @return the address
   */
  static String url(Path database) {
    return "jdbc:sqlite:"
        + database.toAbsolutePath()
        + "?journal_mode=WAL&synchronous=NORMAL&busy_timeout=10000";
  }

  /**
   * Creates the table unless it exists.
   *
   * @param database the SQLite file
   * @throws DemoException if that cannot be done
   */
  static void prepare(Path database) {
    if (Files.isDirectory(database)) {
      throw new DemoException(
          database.toAbsolutePath() + " is a folder: name a file in it as --database", null);
    }
    if (database.toString().contains("?")) { // where the parameters of a JDBC address begin
      throw new DemoException(
          "the name of a database must not contain ?: choose another --database: " + database,
          null);
    }
    Path folder = database.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) {
      throw new DemoException(
          "there is no folder " + folder + ": create it, or choose another --database", null);
    }
    try (Connection connection = DriverManager.getConnection(url(database));
        Statement statement = connection.createStatement()) {
      statement.execute(CREATE);
      requireColumns(statement, database);
      // a file that can only be read is opened without complaint
      statement.execute("DELETE FROM alerts WHERE id IS NULL");
    } catch (SQLException e) {
      throw new DemoException(
          "cannot write database "
              + database.toAbsolutePath()
              + " ("
              + e.getMessage()
              + "): make it writable, or choose another --database",
          e);
    }
  }

  private static void requireColumns(Statement statement, Path database) {
    try {
      statement.execute(
          "SELECT id, device_id, value, event_timestamp, window_mean, window_std_dev, z_score,"
              + " alert_timestamp, recent_readings, topic_id, alerts.\"partition\", alerts.\"offset\""
              + " FROM alerts LIMIT 0");
    } catch (SQLException e) {
      throw new DemoException(
          "table alerts of "
              + database.toAbsolutePath()
              + " is not this example's ("
              + e.getMessage()
              + "): choose another --database",
          e);
    }
  }

  /**
   * How many alerts it holds.
   *
   * @param database the SQLite file
   * @return the number of rows
   */
  static long rows(Path database) {
    long[] rows = {0};
    query(database, "SELECT count(*) FROM alerts", row -> rows[0] = row.getLong(1));
    return rows[0];
  }

  /** What is done with a row. */
  @FunctionalInterface
  interface Row {
    void read(ResultSet row) throws SQLException;
  }

  /**
   * Asks the database.
   *
   * @param database the SQLite file
   * @param sql a query
   * @param each receives every row
   */
  static void query(Path database, String sql, Row each) {
    try (Connection connection = DriverManager.getConnection(url(database));
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        each.read(rows);
      }
    } catch (SQLException e) {
      throw new DemoException("cannot read database " + database + ": " + e.getMessage(), e);
    }
  }
}
