package io.thalweg.storm.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.thalweg.storm.StateStore;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.lifecycle.BeforeTry;

/** Contract of the store on PostgreSQL, whose binaries come as a test dependency. */
class PostgresStateStoreTest extends StateStoreContract {

  private static EmbeddedPostgres server;
  private static int tries;
  private String prefix;

  @BeforeContainer
  static void start() throws IOException {
    server = EmbeddedPostgres.builder().setServerConfig("fsync", "off").start();
  }

  @AfterContainer
  static void stop() throws IOException {
    server.close();
  }

  @BeforeTry
  void next() {
    prefix = "t" + tries++ + "_";
  }

  @AfterTry
  void drop() throws SQLException {
    for (String table : new String[] {"epoch", "shard", "scope", "state", "log"}) {
      execute("DROP TABLE IF EXISTS " + prefix + table);
    }
  }

  private void execute(String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      for (String each : statements) {
        statement.execute(each);
      }
    }
  }

  @Override
  JdbcStateStore store(long segmentBytes) {
    return new JdbcStateStore(url(), segmentBytes).withTablePrefix(prefix);
  }

  @Override
  String url() {
    return server.getJdbcUrl("postgres", "postgres");
  }

  @Override
  String prefix() {
    return prefix;
  }

  @Override
  void refusePoison(Statement statement) throws SQLException {
    statement.execute(
        "ALTER TABLE "
            + prefix
            + "state ADD CONSTRAINT poison CHECK (position('poison'::bytea IN state) = 0)");
    statement.execute(
        "ALTER TABLE "
            + prefix
            + "log ADD CONSTRAINT poison CHECK (position('poison'::bytea IN changes) = 0)");
  }

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void anySteps_leaveTheCommitsOfTheNewestHolders(
      @ForAll("steps") List<Step> steps, @ForAll("segments") long segmentBytes)
      throws SQLException {
    run(steps, segmentBytes);
  }

  /** A user without the right to create tables can use existing ones. */
  @Example
  void acquire_userWhoMayNotCreateTables_usesExistingOnes() throws SQLException {
    StateStore.Task task = new StateStore.Task("job", "bolt", 0, 1, 0);
    try (StateStore.Shard shard = store().acquire(task)) {
      shard.commit();
    }
    execute(
        "CREATE ROLE guest LOGIN",
        "REVOKE CREATE ON SCHEMA public FROM public",
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO guest");
    JdbcStateStore guest =
        new JdbcStateStore(server.getJdbcUrl("guest", "postgres")).withTablePrefix(prefix);
    try (StateStore.Shard shard = guest.acquire(task)) {
      shard.changes().put("a", 0, new byte[0]);
      shard.commit();
    }
    execute("DROP TABLE " + prefix + "log");
    assertThatThrownBy(() -> guest.acquire(task))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("permission denied");
    store().acquire(task).close();
    execute("GRANT ALL ON " + prefix + "log TO guest");
    guest.acquire(task).close();
  }

  @Example
  void withoutValues_refusedRow_namesTheRuleOnly() throws SQLException {
    execute(
        "CREATE TABLE " + prefix + "log (id TEXT PRIMARY KEY, number INT, word VARCHAR(3))",
        "INSERT INTO " + prefix + "log VALUES ('taken-value', 1, 'abc')");
    for (String values :
        List.of("'taken-value', 2, ''", "'b', 3, 'long-value'", "'c', 'text-value'::INT, ''")) {
      try (Connection connection = DriverManager.getConnection(url());
          PreparedStatement insert =
              connection.prepareStatement(
                  "INSERT INTO " + prefix + "log SELECT " + values + " WHERE 'bound-value' <> ?")) {
        insert.setString(1, "bound-value-2");
        insert.addBatch();
        insert.setString(1, "bound-value-3");
        insert.addBatch();
        SQLException failure = catchThrowableOfType(SQLException.class, insert::executeBatch);
        assertThat((Throwable) failure).hasMessageContaining("-value");
        SQLException safe = Jdbc.withoutValues(failure);
        assertThat((Throwable) safe).hasNoCause();
        assertThat(safe.getSQLState()).isEqualTo(failure.getSQLState());
        assertThat(safe.getMessage()).startsWith("ERROR: ").doesNotContain("-value");
      }
    }
  }
}
