package io.thalweg.storm.jdbc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

class SqliteStateStoreTest extends StateStoreContract {

  private Path folder;

  @BeforeTry
  void makeFolder() throws IOException {
    folder = Files.createTempDirectory("state");
  }

  @AfterTry
  void deleteFolder() throws IOException {
    for (String name : List.of("state.db", "state.db-wal", "state.db-shm")) {
      Files.deleteIfExists(folder.resolve(name));
    }
    Files.delete(folder);
  }

  @Override
  JdbcStateStore store(long segmentBytes) {
    return new JdbcStateStore(url(), segmentBytes)
        .withProperty("synchronous", "OFF")
        .withTablePrefix(prefix());
  }

  @Override
  String url() {
    return "jdbc:sqlite:" + folder.resolve("state.db");
  }

  @Override
  String prefix() {
    return "kept_";
  }

  @Override
  void refusePoison(Statement statement) throws SQLException {
    statement.execute(
        "CREATE TRIGGER poison BEFORE INSERT ON kept_state"
            + " WHEN instr(NEW.state, CAST('poison' AS BLOB)) > 0"
            + " BEGIN SELECT RAISE(ABORT, 'poison'); END");
    statement.execute(
        "CREATE TRIGGER poisoned_log BEFORE INSERT ON kept_log"
            + " WHEN instr(NEW.changes, CAST('poison' AS BLOB)) > 0"
            + " BEGIN SELECT RAISE(ABORT, 'poison'); END");
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void anySteps_leaveTheCommitsOfTheNewestHolders(
      @ForAll("steps") List<Step> steps, @ForAll("segments") long segmentBytes)
      throws SQLException {
    run(steps, segmentBytes);
  }
}
