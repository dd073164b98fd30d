package io.thalweg.storm;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What all users of a database here do alike: connect, name tables, and keep passwords quiet. */
final class Jdbc {

  private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  /** Who connects, between two slashes and an at sign; and the parameters. */
  private static final Pattern SECRETS = Pattern.compile("(?<=//)[^/@]+(?=@)|(?<=[?;]).+");

  private Jdbc() {}

  /** Lets a name pass that may stand in SQL between quotes. */
  static String identifier(String what, String name) {
    if (!IDENTIFIER.matcher(name).matches()) {
      throw new IllegalArgumentException(
          what + " must be letters, digits and underscores, no digit first: " + name);
    }
    return name;
  }

  /** Quotes a name that {@link #identifier} let pass. */
  static String quoted(String identifier) {
    return '"' + identifier + '"';
  }

  /** The url without its parameters, where passwords are. */
  static String place(String url) {
    return url.split("[?;]", 2)[0].replaceFirst("//[^/@]*@", "//");
  }

  /**
   * Connects. What drivers and {@link DriverManager} say when they cannot may hold the url, or what
   * they take for a host in it; so only their words come through, without what is secret in them.
   */
  static Connection connect(String url, Properties properties) throws SQLException {
    try {
      Connection connection = DriverManager.getDriver(url).connect(url, properties);
      if (connection != null) {
        return connection;
      }
    } catch (SQLException e) {
      StringBuilder words = new StringBuilder(Reason.of(e));
      for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
        words.append(": ").append(Reason.of(cause));
      }
      throw new SQLException(hidden(url, words.toString()), e.getSQLState(), e.getErrorCode());
    }
    throw new SQLException("driver must know the database: " + place(url));
  }

  private static String hidden(String url, String words) {
    String hidden = words;
    Matcher secrets = SECRETS.matcher(url);
    while (secrets.find()) {
      hidden = hidden.replace(secrets.group(), "…");
    }
    return hidden;
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
