package io.thalweg.storm.jdbc;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * File of a SQLite database: its permissions, the turn of its writers, and the size of its
 * write-ahead log. The files of all other databases are one object without effect.
 *
 * <p>SQLite has one writer at a time. A connection that waits for another one sleeps and tries
 * again, so that under load some commits wait for seconds while others overtake them. The writers
 * of one process therefore take turns in the order of their arrival; between processes SQLite
 * decides.
 */
final class SqliteFile {

  private static final Logger LOG = LoggerFactory.getLogger(SqliteFile.class);
  private static final Map<Path, ReentrantLock> TURNS = new ConcurrentHashMap<>();
  private static final SqliteFile NONE = new SqliteFile(null);

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  /** Share of the largest log from which on each doubling is logged. */
  private static final int WARN_SHARE = 16;

  private final Path path;
  private final ReentrantLock turn;
  private long lastWarnedBytes;

  private SqliteFile(Path path) {
    this.path = path;
    this.turn = path == null ? null : TURNS.computeIfAbsent(path, p -> new ReentrantLock(true));
  }

  /**
   * Returns the file of a database, and creates it if it does not exist. Only its owner may read a
   * new file: it contains keys and events. SQLite gives its log the same permissions.
   *
   * @throws SQLException if the file cannot be created
   */
  static SqliteFile of(String url) throws SQLException {
    if (!Jdbc.isSqlite(url)) {
      return NONE;
    }
    Path path = Jdbc.sqlitePath(url);
    try {
      if (Files.notExists(path)) {
        create(path);
      }
      return new SqliteFile(path.toRealPath());
    } catch (IOException | SecurityException e) {
      throw new SQLException(
          "file must exist or be creatable, in a folder that exists: " + path, e);
    }
  }

  private static void create(Path path) throws IOException {
    boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
    try {
      Files.createFile(
          path,
          posix
              ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
              : new FileAttribute<?>[0]);
    } catch (FileAlreadyExistsException e) {
      // Another task has created it.
    }
  }

  /** Waits for the turn of this thread to write. */
  void lock() {
    if (turn != null) {
      turn.lock();
    }
  }

  void unlock() {
    if (turn != null) {
      turn.unlock();
    }
  }

  /**
   * Checks the size of the log. A connection that keeps a transaction open, such as that of a
   * forgotten query, keeps SQLite from writing the log again from its start.
   *
   * @param connection connection without a transaction
   * @param largest largest size of the log in bytes
   * @throws SQLException if the log is larger although all of it could have been reused
   */
  void checkLog(Connection connection, long largest) throws SQLException {
    if (path == null) {
      return;
    }
    long bytes = path.resolveSibling(path.getFileName() + "-wal").toFile().length();
    long warned = Math.max(largest / WARN_SHARE, 2 * lastWarnedBytes);
    if (bytes < warned && bytes <= largest || isReusable(connection)) {
      return;
    }
    String state =
        "%s-wal has %d bytes, because a connection has kept a transaction open: end that connection"
            .formatted(path, bytes);
    if (bytes > largest) {
      throw new SQLException(
          "log must have at most %d bytes, so that the disk is not filled; %s"
              .formatted(largest, state));
    }
    lastWarnedBytes = bytes;
    LOG.warn("the log of the state store grows: {}", state);
  }

  /** Writes the log into the database as far as possible; returns true if that was all of it. */
  private static boolean isReusable(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA wal_checkpoint(PASSIVE)")) {
      return row.next() && row.getInt(2) == row.getInt(3);
    }
  }
}
