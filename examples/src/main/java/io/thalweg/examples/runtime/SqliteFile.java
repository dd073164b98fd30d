package io.thalweg.examples.runtime;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.sqlite.SQLiteErrorCode;

/**
 * SQLite database for the results of a run. Readers do not wait for writers (WAL).
 *
 * @param path the file
 */
public record SqliteFile(Path path) {

  /** Receives a row of a query. */
  @FunctionalInterface
  public interface RowReader {

    /**
     * Reads a row.
     *
     * @param row the result set, positioned on the row
     * @throws SQLException if a column does not exist
     */
    void read(ResultSet row) throws SQLException;
  }

  /**
   * Returns the JDBC URL.
   *
   * @return the URL
   */
  public String url() {
    return "jdbc:sqlite:" + path.toAbsolutePath() + "?journal_mode=WAL&busy_timeout=10000";
  }

  /**
   * Creates a table unless it exists, and checks that it can be written.
   *
   * @param table the name of the table
   * @param create the statement that creates it
   * @param columns the columns that it must have, separated by commas
   * @throws DemoException if the table cannot be written or lacks a column
   */
  public void prepare(String table, String create, String columns) {
    check("--database");
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      statement.execute(create);
      requireColumns(statement, table, columns);
      // a read-only file opens without an error
      statement.execute("DELETE FROM " + table + " WHERE id IS NULL");
    } catch (SQLException e) {
      throw cannotWrite("--database", e);
    }
  }

  /**
   * Checks that the file is a database, or that it can be created.
   *
   * @param option the option that names the file
   * @throws DemoException if the file is a folder or no database, or if it cannot be opened
   */
  public void check(String option) {
    if (Files.isDirectory(path)) {
      throw new DemoException(
          path.toAbsolutePath() + " is a folder: name a file in it as " + option, null);
    }
    if (path.toString().contains("?")) { // where the parameters of a JDBC address begin
      throw new DemoException(
          "the name of a database must not contain ?: choose another " + option + ": " + path,
          null);
    }
    Path folder = path.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) {
      throw new DemoException(
          "there is no folder " + folder + ": create it, or choose another " + option, null);
    }
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA schema_version"); // reads the header
    } catch (SQLException e) {
      throw cannotWrite(option, e);
    }
  }

  private DemoException cannotWrite(String option, SQLException e) {
    if (e.getErrorCode() == SQLiteErrorCode.SQLITE_NOTADB.code) {
      return new DemoException(
          path.toAbsolutePath() + " is not a SQLite database: choose another " + option, e);
    }
    return new DemoException(
        "cannot write database "
            + path.toAbsolutePath()
            + " ("
            + e.getMessage()
            + "): make it writable, or choose another "
            + option,
        e);
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
              + " does not belong to this example ("
              + e.getMessage()
              + "): choose another --database",
          e);
    }
  }

  /**
   * Executes a query.
   *
   * @param sql a query
   * @param each receives every row
   * @throws DemoException if the database cannot be read
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
