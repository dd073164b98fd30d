package io.thalweg.storm;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.lifecycle.BeforeTry;

/** The same on PostgreSQL, whose binaries come as a test dependency. */
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
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      for (String table : new String[] {"epoch", "shard", "scope", "state", "log"}) {
        statement.execute("DROP TABLE IF EXISTS " + prefix + table);
      }
    }
  }

  @Override
  JdbcStateStore store() {
    return new JdbcStateStore(url()).withTablePrefix(prefix);
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
  void anySteps_atAnyTime_leaveWhatTheNewestHoldersCommitted(
      @ForAll("steps") List<Step> steps, @ForAll("segments") long segmentBytes)
      throws SQLException {
    run(steps, segmentBytes);
  }
}
