package io.thalweg.storm.jdbc;

import java.util.List;

/**
 * The tables of a {@link JdbcStateStore} and all that is said to them, in the SQL of SQLite from
 * 3.24 and of PostgreSQL.
 *
 * <p>One table has the newest epoch of all. Whoever acquires a shard updates it first, so that
 * acquisitions come one after another. A shard's id is the epoch of its first acquisition; that of
 * the first shard of a generation is the number of the generation. Scopes have a number within
 * their shard, so that the many rows of the state need not repeat their names; they also hold the
 * shared record. What a commit changes is first an entry of the log.
 */
final class SqlStatements {

  final List<String> create;
  final String nextEpoch;
  final String newestEpoch;
  final String serialize;
  final String shards;
  final String insertShard;
  final String holdShard;
  final String fenceAll;
  final String commitShard;
  final String committed;
  final String scopes;
  final String saveScope;
  final String records;
  final String log;
  final String append;
  final String deleteEntries;
  final String clear;
  final String removeBefore;
  final String removeKey;
  final String removeRecord;
  final String put;
  final List<String> deleteOlder;

  /**
   * Words the statements.
   *
   * @param prefix of the names of the tables, an identifier
   * @param sqlite whether SQLite is to keep the state in the tree of its key alone, which it asks
   *     for in words of its own, and not in a second tree beside: each record costs half
   */
  SqlStatements(String prefix, boolean sqlite) {
    String epoch = Jdbc.quoted(prefix + "epoch");
    String shard = Jdbc.quoted(prefix + "shard");
    String scope = Jdbc.quoted(prefix + "scope");
    String state = Jdbc.quoted(prefix + "state");
    String entries = Jdbc.quoted(prefix + "log");
    create =
        List.of(
            "CREATE TABLE IF NOT EXISTS "
                + epoch
                + " (id INTEGER PRIMARY KEY, newest BIGINT NOT NULL)",
            "CREATE TABLE IF NOT EXISTS "
                + shard
                + " (id BIGINT PRIMARY KEY, topology TEXT NOT NULL, component TEXT NOT NULL,"
                + " generation BIGINT NOT NULL, task INTEGER NOT NULL, tasks INTEGER NOT NULL,"
                + " deployment BIGINT NOT NULL, epoch BIGINT NOT NULL, committed INTEGER NOT NULL,"
                + " UNIQUE (topology, component, generation, task))",
            "CREATE TABLE IF NOT EXISTS "
                + scope
                + " (shard BIGINT NOT NULL, scope INTEGER NOT NULL, path TEXT NOT NULL,"
                + " shared BYTEA, PRIMARY KEY (shard, scope), UNIQUE (shard, path))",
            "CREATE TABLE IF NOT EXISTS "
                + state
                + " (shard BIGINT NOT NULL, scope INTEGER NOT NULL, \"key\" BYTEA NOT NULL,"
                + " part BIGINT NOT NULL, state BYTEA NOT NULL,"
                + " PRIMARY KEY (shard, scope, \"key\", part))"
                + (sqlite ? " WITHOUT ROWID" : ""),
            "CREATE TABLE IF NOT EXISTS "
                + entries
                + " (shard BIGINT NOT NULL, entry BIGINT NOT NULL, changes BYTEA NOT NULL,"
                + " PRIMARY KEY (shard, entry))",
            "INSERT INTO " + epoch + " (id, newest) VALUES (1, 0) ON CONFLICT (id) DO NOTHING");
    nextEpoch =
        "UPDATE "
            + epoch
            + " SET newest = CASE WHEN newest < ? THEN ? ELSE newest + 1 END WHERE id = 1";
    newestEpoch = "SELECT newest FROM " + epoch + " WHERE id = 1";
    serialize = "UPDATE " + epoch + " SET newest = newest WHERE id = 1";
    String ofComponent = " WHERE topology = ? AND component = ?";
    shards =
        "SELECT id, generation, task, tasks, deployment, committed FROM "
            + shard
            + ofComponent
            + " ORDER BY generation, task";
    insertShard =
        "INSERT INTO "
            + shard
            + " (id, topology, component, generation, task, tasks, deployment, epoch, committed)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)";
    holdShard = "UPDATE " + shard + " SET deployment = ?, epoch = ? WHERE id = ?";
    fenceAll = "UPDATE " + shard + " SET epoch = -1" + ofComponent;
    commitShard = "UPDATE " + shard + " SET committed = 1 WHERE id = ? AND epoch = ?";
    committed =
        "SELECT COUNT(*) FROM " + shard + ofComponent + " AND generation = ? AND committed = 1";
    scopes = "SELECT scope, path, shared FROM " + scope + " WHERE shard = ? ORDER BY path";
    saveScope =
        "INSERT INTO "
            + scope
            + " (shard, scope, path, shared) VALUES (?, ?, ?, ?)"
            + " ON CONFLICT (shard, scope) DO UPDATE SET shared = excluded.shared";
    String ofScope = " WHERE shard = ? AND scope = ?";
    records = "SELECT \"key\", part, state FROM " + state + ofScope + " ORDER BY \"key\", part";
    log = "SELECT entry, changes FROM " + entries + " WHERE shard = ? ORDER BY entry";
    append = "INSERT INTO " + entries + " (shard, entry, changes) VALUES (?, ?, ?)";
    deleteEntries = "DELETE FROM " + entries + " WHERE shard = ? AND entry <= ?";
    clear = "DELETE FROM " + state + ofScope;
    removeBefore = clear + " AND part < ?";
    removeKey = clear + " AND \"key\" = ?";
    removeRecord = removeKey + " AND part = ?";
    put =
        "INSERT INTO "
            + state
            + " (shard, scope, \"key\", part, state) VALUES (?, ?, ?, ?, ?)"
            + " ON CONFLICT (shard, scope, \"key\", part) DO UPDATE SET state = excluded.state";
    String older = ofComponent + " AND generation < ?";
    String olderShards = " WHERE shard IN (SELECT id FROM " + shard + older + ")";
    deleteOlder =
        List.of(
            "DELETE FROM " + entries + olderShards,
            "DELETE FROM " + state + olderShards,
            "DELETE FROM " + scope + olderShards,
            "DELETE FROM " + shard + older);
  }
}
