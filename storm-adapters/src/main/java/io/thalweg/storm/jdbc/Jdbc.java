package io.thalweg.storm.jdbc;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What all users of a database here do alike: connect, name tables, and keep passwords quiet. */
final class Jdbc {

  private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  /** Neither a URI nor one of SQLite's own places, which begin with a colon. */
  private static final Pattern SQLITE_FILE = Pattern.compile("jdbc:sqlite:(?!:|file:)([^?]+)(.*)");

  private Jdbc() {}

  /** Lets a name pass that may stand in SQL between quotes. */
  static String identifier(String what, String name) {
    if (name == null || !IDENTIFIER.matcher(name).matches()) {
      throw new IllegalArgumentException(
          what + " must be letters, digits and underscores, no digit first: " + name);
    }
    return name;
  }

  /** Quotes a name that {@link #identifier} let pass. */
  static String quoted(String identifier) {
    return '"' + identifier + '"';
  }

  /**
   * The url with the whole path of a file of SQLite. Each worker starts in a folder of its own,
   * which Storm removes with it: a file there would be another one after every start.
   */
  static String absolute(String url) {
    requireNonNull(url, "url");
    Matcher file = SQLITE_FILE.matcher(url);
    return file.matches()
        ? "jdbc:sqlite:" + Path.of(file.group(1)).toAbsolutePath() + file.group(2)
        : url;
  }

  /** The url without its parameters, where passwords are. */
  static String place(String url) {
    return url.split("[?;]", 2)[0].replaceFirst("//[^/@]*@", "//");
  }

  /**
   * Connects. Unlike with {@link DriverManager#getConnection}, no message holds what the url keeps
   * secret; those of a driver and of its causes may, so they go no further.
   */
  static Connection connect(String url, Properties properties) throws SQLException {
    Driver driver;
    try {
      driver = DriverManager.getDriver(url);
    } catch (SQLException e) {
      throw new SQLException(
          "url must begin with jdbc: and have its driver on the class path: " + place(url));
    }
    Connection connection;
    try {
      connection = driver.connect(url, properties);
    } catch (SQLException e) {
      if (place(url).equals(url)) {
        throw e;
      }
      SQLException quiet =
          new SQLException(
              "driver could not connect to " + place(url), e.getSQLState(), e.getErrorCode());
      quiet.setStackTrace(e.getStackTrace());
      throw quiet;
    }
    if (connection == null) {
      throw new SQLException("driver must know the database: " + place(url));
    }
    return connection;
  }

  /** Executes a statement with values, and says how many rows it changed. */
  static int update(Connection connection, String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, values);
      return statement.executeUpdate();
    }
  }

  /** Binds values; null is taken for bytes. */
  static void bind(PreparedStatement statement, Object... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null || values[i] instanceof byte[]) {
        statement.setBytes(i + 1, (byte[]) values[i]);
      } else {
        statement.setObject(i + 1, values[i]);
      }
    }
  }

  /** Closes a connection whose work is done, or beyond help. */
  static void close(Connection connection) {
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        // What was committed is safe, and there is nobody left to tell.
      }
    }
  }
}
