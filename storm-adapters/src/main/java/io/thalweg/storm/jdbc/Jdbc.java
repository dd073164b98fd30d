package io.thalweg.storm.jdbc;

import static java.util.Objects.requireNonNull;

import io.thalweg.storm.ErrorText;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Helpers for JDBC: connections, identifiers, and messages without secrets and values. */
final class Jdbc {

  private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  /** Path of a file: neither a URI nor one of SQLite's special names, which begin with a colon. */
  private static final Pattern SQLITE_FILE = Pattern.compile("jdbc:sqlite:(?!:|file:)([^?]+)(.*)");

  /** User and password before the host, also where they contain a slash or an at sign. */
  private static final Pattern USER = Pattern.compile("^(jdbc:[^:/@]*:(?://)?|[^/@]*//|).*@");

  /** Class of the SQL states whose messages quote the value that is refused. */
  private static final String DATA_EXCEPTION = "22";

  private static final Pattern QUOTED = Pattern.compile("\"[^\"]*\"|'[^']*'");

  /** SQLite's codes for a value that is too large, a violated constraint, and a type mismatch. */
  private static final Set<Integer> SQLITE_ROW = Set.of(18, 19, 20);

  private static final int SOCKET_TIMEOUT_MILLIS = 360_000;

  private Jdbc() {}

  /** Returns a name that is safe in SQL between quotes; rejects any other. */
  static String identifier(String kind, String name) {
    if (name == null || !IDENTIFIER.matcher(name).matches()) {
      throw new IllegalArgumentException(
          kind + " must be letters, digits and underscores, no digit first: " + name);
    }
    return name;
  }

  /** Quotes a name that {@link #identifier} has checked. */
  static String quoted(String identifier) {
    return '"' + identifier + '"';
  }

  /**
   * Returns a url whose SQLite file has an absolute path. Each worker starts in a folder of its
   * own, which Storm removes with it: a relative path would name another file after every start.
   */
  static String withAbsolutePath(String url) {
    requireNonNull(url, "url");
    Matcher file = SQLITE_FILE.matcher(url);
    return file.matches()
        ? "jdbc:sqlite:" + Path.of(file.group(1)).toAbsolutePath() + file.group(2)
        : url;
  }

  /** Returns the path of the file of a SQLite url, which may be a URI. */
  static Path sqlitePath(String url) {
    String file = url.substring("jdbc:sqlite:".length()).split("[?]", 2)[0];
    return Path.of(file.replaceFirst("^file:(//[^/]*)?", "")).toAbsolutePath();
  }

  /**
   * Returns the url without parameters and user, where passwords may be. A path of SQLite may
   * contain an at sign.
   */
  static String withoutSecrets(String url) {
    String location = url.split("[?;]", 2)[0];
    return isSqlite(url) ? location : USER.matcher(location).replaceFirst("$1");
  }

  static boolean isSqlite(String url) {
    return url.startsWith("jdbc:sqlite:");
  }

  /**
   * Returns an exception with the reason of another one, but without the values of the statement. A
   * driver may repeat the whole statement of a batch, and a server the row that it rejects.
   */
  static SQLException withoutValues(SQLException e) {
    SQLException reason = e;
    while (reason.getNextException() != null) {
      reason = reason.getNextException();
    }
    String message = ErrorText.of(reason);
    String state = reason.getSQLState();
    if (state != null && state.startsWith(DATA_EXCEPTION)) {
      message = QUOTED.matcher(message).replaceAll("…");
    }
    SQLException safe = new SQLException(message, state, reason.getErrorCode());
    safe.setStackTrace(e.getStackTrace());
    return safe;
  }

  /**
   * Connects. Unlike {@link DriverManager#getConnection}, it throws no message that contains the
   * parameters of the url. Messages of the driver may contain them, and are replaced.
   */
  static Connection connect(String url, Properties properties) throws SQLException {
    Driver driver;
    try {
      driver = DriverManager.getDriver(url);
    } catch (SQLException e) {
      throw new SQLException(
          "url must begin with jdbc: and its driver must be on the class path: "
              + withoutSecrets(url));
    }
    Connection connection;
    try {
      connection = driver.connect(url, properties);
    } catch (SQLException e) {
      if (withoutSecrets(url).equals(url)) {
        throw e;
      }
      SQLException redacted =
          new SQLException(
              "driver could not connect to " + withoutSecrets(url),
              e.getSQLState(),
              e.getErrorCode());
      redacted.setStackTrace(e.getStackTrace());
      throw redacted;
    }
    if (connection == null) {
      throw new SQLException("driver must support the url: " + withoutSecrets(url));
    }
    if (isPostgres(url)) {
      boundWaits(connection);
    }
    return connection;
  }

  /**
   * Bounds the time that PostgreSQL waits for a lock and executes a statement, unless the user or
   * the database has set a bound. A connection that is dead is noticed by the socket's timeout.
   */
  private static void boundWaits(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SELECT set_config(name, CASE name WHEN 'lock_timeout' THEN '30s' ELSE '5min' END, false)"
              + " FROM pg_settings WHERE name IN ('lock_timeout', 'statement_timeout')"
              + " AND setting = '0'");
    }
    if (connection.getNetworkTimeout() == 0) {
      connection.setNetworkTimeout(Runnable::run, SOCKET_TIMEOUT_MILLIS);
    }
  }

  /** Executes a statement with values, and returns the number of changed rows. */
  static int update(Connection connection, String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, values);
      return statement.executeUpdate();
    }
  }

  /** Binds values; null is bound as a null byte array. */
  static void bind(PreparedStatement statement, Object... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null || values[i] instanceof byte[]) {
        statement.setBytes(i + 1, (byte[]) values[i]);
      } else {
        statement.setObject(i + 1, values[i]);
      }
    }
  }

  /** Returns whether an exception is about the values of a row, so that other rows may pass. */
  static boolean refusesRow(SQLException e) {
    String state = e.getSQLState();
    if (state != null) {
      return state.matches("(22|23|54|P0).*");
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && SQLITE_ROW.contains(sql.getErrorCode() & 0xff)) {
        return true;
      }
    }
    return false;
  }

  /** Returns the message of an exception, and the remedy if a wait was too long. */
  static String reason(SQLException e) {
    String remedy =
        switch (String.valueOf(e.getSQLState())) {
          case "55P03" ->
              ": find the holder of the lock in pg_locks, or set lock_timeout by the property options";
          case "57014" ->
              ": find the statement in pg_stat_activity, or set statement_timeout by the property"
                  + " options";
          default -> "";
        };
    return ErrorText.of(e) + remedy;
  }

  /**
   * Returns a value that the database can store. A NUL in a text for PostgreSQL is replaced by its
   * symbol.
   */
  static Object storable(String url, Object value) {
    return value instanceof String text && text.indexOf('\0') >= 0 && isPostgres(url)
        ? text.replace('\0', '\u2400')
        : value;
  }

  private static boolean isPostgres(String url) {
    return url.startsWith("jdbc:postgresql:");
  }

  /** Closes a connection, ignoring failures. */
  static void close(Connection connection) {
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        // Ignored: commits are durable, and uncommitted changes are dropped in either case.
      }
    }
  }
}
