package io.thalweg.storm.jdbc;

import io.thalweg.storm.ErrorText;
import io.thalweg.storm.FailurePolicy;
import io.thalweg.storm.SideOutput;
import io.thalweg.storm.TupleFields;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.storm.tuple.Tuple;

/** Table of a {@link JdbcSink}: a connection and the statements that write and remove rows. */
final class SinkTable implements AutoCloseable {

  private final String name;
  private final String url;
  private final List<String> fields;
  private final boolean hasWrittenColumn;
  private final Connection connection;
  private final PreparedStatement upsert;
  private final PreparedStatement removal;
  private final FailurePolicy failurePolicy;
  private int consecutiveRefusals;

  private SinkTable(
      String name,
      String url,
      SinkStatements sql,
      boolean hasWrittenColumn,
      Connection connection,
      FailurePolicy failurePolicy)
      throws SQLException {
    this.name = name;
    this.url = url;
    this.hasWrittenColumn = hasWrittenColumn;
    this.connection = connection;
    this.failurePolicy = failurePolicy;
    fields = List.copyOf(sql.fieldsByColumn().values());
    upsert = connection.prepareStatement(sql.write());
    removal = sql.removal() == null ? null : connection.prepareStatement(sql.removal());
  }

  /**
   * Connects, and executes the statements of the user.
   *
   * @throws IllegalStateException if the database cannot be reached or lacks the table
   */
  static SinkTable open(
      String name,
      String url,
      Properties properties,
      List<String> setup,
      SinkStatements sql,
      boolean hasWrittenColumn,
      FailurePolicy failurePolicy) {
    Properties settings = new Properties();
    if (Jdbc.isSqlite(url)) {
      settings.setProperty("busy_timeout", "30000");
    }
    settings.putAll(properties);
    Connection connection = null;
    SinkTable table = null;
    try {
      connection = Jdbc.connect(url, settings);
      setUp(connection, setup);
      connection.setAutoCommit(false);
      table = new SinkTable(name, url, sql, hasWrittenColumn, connection, failurePolicy);
      return table;
    } catch (SQLException e) {
      throw new IllegalStateException(
          "database must be reachable and have table "
              + name
              + " with its columns: "
              + Jdbc.withoutSecrets(url)
              + ": "
              + Jdbc.reason(e),
          e);
    } finally {
      if (table == null) {
        Jdbc.close(connection);
      }
    }
  }

  private static void setUp(Connection connection, List<String> setup) throws SQLException {
    for (String each : setup) {
      try (Statement once = connection.createStatement()) {
        once.execute(each);
      } catch (SQLException e) {
        throw new SQLException(
            "setup statement must be executable: %s: %s"
                .formatted(ErrorText.of(each), Jdbc.reason(e)),
            e);
      }
    }
  }

  /**
   * Writes rows in one transaction. If the database refuses a row, each row is written in a
   * transaction of its own.
   *
   * @param refused receives the reason for each row that the database refused, if the failure
   *     policy permits it
   * @return the number of changed rows for each row, {@link Statement#SUCCESS_NO_INFO} if the
   *     driver does not tell it, {@link Statement#EXECUTE_FAILED} if the database refused it
   * @throws IllegalStateException if the database fails, or refuses a row and the failure policy
   *     does not permit it
   */
  int[] write(List<Tuple> rows, long now, Map<Tuple, String> refused) {
    try {
      int[] changes = writeBatch(rows, now);
      connection.commit();
      consecutiveRefusals = 0;
      return changes;
    } catch (SQLException e) {
      rollback();
      if (Jdbc.refusesRow(e)) {
        return writeEach(rows, now, refused);
      }
      throw failure(
          "%d rows, from id %s to id %s"
              .formatted(rows.size(), id(rows.get(0)), id(rows.get(rows.size() - 1))),
          e);
    }
  }

  private int[] writeBatch(List<Tuple> rows, long now) throws SQLException {
    int[] changes = new int[rows.size()];
    // A driver that rewrites a batch to one statement cannot write an id twice.
    Set<String> ids = new HashSet<>();
    int from = 0;
    for (int i = 0; i < rows.size(); i++) {
      if (!ids.add(SideOutput.id(rows.get(i)))) {
        from = executeBatch(changes, from);
        ids.clear();
        ids.add(SideOutput.id(rows.get(i)));
      }
      bind(rows.get(i), now);
      upsert.addBatch();
    }
    executeBatch(changes, from);
    return changes;
  }

  private int executeBatch(int[] changes, int from) throws SQLException {
    int[] executed = upsert.executeBatch();
    System.arraycopy(executed, 0, changes, from, executed.length);
    return from + executed.length;
  }

  private int[] writeEach(List<Tuple> rows, long now, Map<Tuple, String> refused) {
    int[] changes = new int[rows.size()];
    for (int i = 0; i < rows.size(); i++) {
      Tuple row = rows.get(i);
      try {
        upsert.clearBatch();
        bind(row, now);
        changes[i] = upsert.executeUpdate();
        connection.commit();
        consecutiveRefusals = 0;
      } catch (SQLException e) {
        rollback();
        if (!Jdbc.refusesRow(e) || !failurePolicy.permits(++consecutiveRefusals)) {
          throw failure("id " + id(row), e);
        }
        refused.put(row, "database must accept the row: " + Jdbc.reason(Jdbc.withoutValues(e)));
        changes[i] = Statement.EXECUTE_FAILED;
      }
    }
    return changes;
  }

  private static String id(Tuple row) {
    return ErrorText.ofName(SideOutput.id(row));
  }

  private IllegalStateException failure(String rows, SQLException e) {
    SQLException safe = Jdbc.withoutValues(e);
    return new IllegalStateException(
        "database must accept every row; none of the batch was acked: %s, for table %s of %s: %s"
            .formatted(rows, name, Jdbc.withoutSecrets(url), Jdbc.reason(safe)),
        safe);
  }

  private void bind(Tuple row, long now) throws SQLException {
    for (int i = 0; i < fields.size(); i++) {
      String field = fields.get(i);
      Object value = field.equals(TupleFields.ID) ? SideOutput.id(row) : row.getValueByField(field);
      upsert.setObject(i + 1, Jdbc.storable(url, value));
    }
    if (hasWrittenColumn) {
      upsert.setLong(fields.size() + 1, now);
    }
  }

  /** Returns whether rows marked as deleted can be removed. */
  boolean hasRemoval() {
    return removal != null;
  }

  /** Removes the rows that were marked as deleted before a time, and returns their number. */
  int removeDeleted(long before) {
    try {
      removal.setBoolean(1, true);
      removal.setLong(2, before);
      int removed = removal.executeUpdate();
      connection.commit();
      return removed;
    } catch (SQLException e) {
      throw failure("removal of rows marked as deleted", e);
    }
  }

  private void rollback() {
    try {
      connection.rollback();
    } catch (SQLException e) {
      // Ignored: the next statement on this connection fails with its own message.
    }
  }

  @Override
  public void close() {
    Jdbc.close(connection);
  }
}
