package io.thalweg.examples.runtime;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A SQLite database for the results of a run. Readers do not wait for writers (WAL).
 *
 * @param path the file
 */
public record SqliteFile(Path path) {

  /** What is done with a row. */
  @FunctionalInterface
  public interface RowReader {

    /**
     * Reads a row.
     *
     * @param row stands on it
     * @throws SQLException if a column is not there
     */
    void read(ResultSet row) throws SQLException;
  }

  /**
   * The address for JDBC.
   *
   * @return an address
   */
  public String url() {
    return "jdbc:sqlite:"
        + path.toAbsolutePath()
        + "?journal_mode=WAL&synchronous=NORMAL&busy_timeout=10000";
  }

  /**
   * Creates a table unless it exists, and makes sure that it can be written.
   *
   * @param table its name
   * @param create the statement that creates it
   * @param columns what it must have, with commas in between
   * @throws DemoException if it cannot be written, or has not these columns
   */
  public void prepare(String table, String create, String columns) {
    if (Files.isDirectory(path)) {
      throw new DemoException(
          path.toAbsolutePath() + " is a folder: name a file in it as --database", null);
    }
    if (path.toString().contains("?")) { // where the parameters of a JDBC address begin
      throw new DemoException(
          "the name of a database must not contain ?: choose another --database: " + path, null);
    }
    Path folder = path.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) {
      throw new DemoException(
          "there is no folder " + folder + ": create it, or choose another --database", null);
    }
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      statement.execute(create);
      requireColumns(statement, table, columns);
      // a file that can only be read is opened without complaint
      statement.execute("DELETE FROM " + table + " WHERE id IS NULL");
    } catch (SQLException e) {
      throw new DemoException(
          "cannot write database "
              + path.toAbsolutePath()
              + " ("
              + e.getMessage()
              + "): make it writable, or choose another --database",
          e);
    }
  }

  private void requireColumns(Statement statement, String table, String columns) {
    try {
      statement.execute("SELECT " + columns + " FROM " + table + " LIMIT 0");
    } catch (SQLException e) {
      throw new DemoException(
          "table "
              + table
              + " of "
              + path.toAbsolutePath()
              + " is not this example's ("
              + e.getMessage()
              + "): choose another --database",
          e);
    }
  }

  /**
   * Asks the database.
   *
   * @param sql a query
   * @param each receives every row
   * @throws DemoException if it cannot be read
   */
  public void query(String sql, RowReader each) {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        each.read(rows);
      }
    } catch (SQLException e) {
      throw new DemoException("cannot read database " + path + ": " + e.getMessage(), e);
    }
  }
}
