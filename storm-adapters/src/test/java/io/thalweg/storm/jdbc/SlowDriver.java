package io.thalweg.storm.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import java.util.logging.Logger;
import org.apache.storm.utils.Time;

/**
 * JDBC driver whose commits take a given simulated time. Everything else is passed to the driver of
 * another url.
 */
final class SlowDriver implements Driver {

  private static final String PREFIX = "jdbc:slow:";

  private final long commitMillis;

  /**
   * Creates a driver, to be registered with {@link DriverManager}.
   *
   * @param commitMillis simulated time of a commit
   */
  SlowDriver(long commitMillis) {
    this.commitMillis = commitMillis;
  }

  /** Returns the url by which this driver connects to the database of another one. */
  static String url(String url) {
    return PREFIX + url;
  }

  @Override
  public Connection connect(String url, Properties properties) throws SQLException {
    if (!acceptsURL(url)) {
      return null; // as JDBC specifies
    }
    Connection connection = DriverManager.getConnection(url.substring(PREFIX.length()), properties);
    return (Connection)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("commit")) {
                Time.advanceTime(commitMillis);
              }
              try {
                return method.invoke(connection, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Override
  public boolean acceptsURL(String url) {
    return url.startsWith(PREFIX);
  }

  @Override
  public DriverPropertyInfo[] getPropertyInfo(String url, Properties properties) {
    return new DriverPropertyInfo[0];
  }

  @Override
  public int getMajorVersion() {
    return 1;
  }

  @Override
  public int getMinorVersion() {
    return 0;
  }

  @Override
  public boolean jdbcCompliant() {
    return false;
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException();
  }
}
