package io.thalweg.storm.jdbc;

import java.util.List;

/**
 * SQL statements of a {@link JdbcStateStore}, for SQLite from 3.24 and for PostgreSQL.
 *
 * <ul>
 *   <li><b>epoch</b>: one row with the newest epoch. Every acquisition updates it first, so that
 *       acquisitions are serialized.
 *   <li><b>shard</b>: one row per shard. Its id is the epoch of its first acquisition; the id of
 *       the first shard of a generation is the number of the generation. Its column {@code
 *       committed} is the format of the last commit, or 0 if there was none.
 *   <li><b>scope</b>: one row per scope of a shard, with its number and operator state. Rows of the
 *       state refer to the number instead of repeating the name.
 *   <li><b>state</b>: one row per record.
 *   <li><b>log</b>: one row per commit, until its changes are folded into the other tables.
 * </ul>
 */
final class SqlStatements {

  final List<String> createTables;
  final String advanceEpoch;
  final String selectEpoch;
  final String lockEpoch;
  final String selectShards;
  final String insertShard;
  final String acquireShard;
  final String fenceShards;
  final String commitShard;
  final String countCommitted;
  final String selectScopes;
  final String upsertScope;
  final String selectRecords;
  final String selectLog;
  final String appendLog;
  final String deleteLog;
  final String deleteScopeRecords;
  final String deleteRecordsBefore;
  final String deleteKey;
  final String deleteRecord;
  final String upsertRecord;
  final List<String> deleteOlderGenerations;

  /**
   * Creates the statements.
   *
   * @param prefix prefix of the names of the tables, an identifier
   * @param sqlite true for SQLite, whose state table is created {@code WITHOUT ROWID}: one tree
   *     instead of two, at half the cost of a record
   */
  SqlStatements(String prefix, boolean sqlite) {
    String epoch = Jdbc.quoted(prefix + "epoch");
    String shard = Jdbc.quoted(prefix + "shard");
    String scope = Jdbc.quoted(prefix + "scope");
    String state = Jdbc.quoted(prefix + "state");
    String entries = Jdbc.quoted(prefix + "log");
    createTables =
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
    advanceEpoch =
        "UPDATE "
            + epoch
            + " SET newest = CASE WHEN newest < ? THEN ? ELSE newest + 1 END WHERE id = 1";
    selectEpoch = "SELECT newest FROM " + epoch + " WHERE id = 1";
    lockEpoch = "UPDATE " + epoch + " SET newest = newest WHERE id = 1";
    String ofComponent = " WHERE topology = ? AND component = ?";
    selectShards =
        "SELECT id, generation, task, tasks, deployment, committed FROM "
            + shard
            + ofComponent
            + " ORDER BY generation, task";
    insertShard =
        "INSERT INTO "
            + shard
            + " (id, topology, component, generation, task, tasks, deployment, epoch, committed)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)";
    acquireShard = "UPDATE " + shard + " SET deployment = ?, epoch = ? WHERE id = ?";
    fenceShards = "UPDATE " + shard + " SET epoch = -1" + ofComponent;
    commitShard =
        "UPDATE "
            + shard
            + " SET committed = "
            + JdbcStateStore.FORMAT
            + " WHERE id = ? AND epoch = ?";
    countCommitted =
        "SELECT COUNT(*) FROM " + shard + ofComponent + " AND generation = ? AND committed > 0";
    selectScopes = "SELECT scope, path, shared FROM " + scope + " WHERE shard = ? ORDER BY path";
    upsertScope =
        "INSERT INTO "
            + scope
            + " (shard, scope, path, shared) VALUES (?, ?, ?, ?)"
            + " ON CONFLICT (shard, scope) DO UPDATE SET shared = excluded.shared";
    String ofScope = " WHERE shard = ? AND scope = ?";
    selectRecords =
        "SELECT \"key\", part, state FROM " + state + ofScope + " ORDER BY \"key\", part";
    selectLog = "SELECT entry, changes FROM " + entries + " WHERE shard = ? ORDER BY entry";
    appendLog = "INSERT INTO " + entries + " (shard, entry, changes) VALUES (?, ?, ?)";
    deleteLog = "DELETE FROM " + entries + " WHERE shard = ? AND entry <= ?";
    deleteScopeRecords = "DELETE FROM " + state + ofScope;
    deleteRecordsBefore = deleteScopeRecords + " AND part < ?";
    deleteKey = deleteScopeRecords + " AND \"key\" = ?";
    deleteRecord = deleteKey + " AND part = ?";
    upsertRecord =
        "INSERT INTO "
            + state
            + " (shard, scope, \"key\", part, state) VALUES (?, ?, ?, ?, ?)"
            + " ON CONFLICT (shard, scope, \"key\", part) DO UPDATE SET state = excluded.state";
    String older = ofComponent + " AND generation < ?";
    String olderShards = " WHERE shard IN (SELECT id FROM " + shard + older + ")";
    deleteOlderGenerations =
        List.of(
            "DELETE FROM " + entries + olderShards,
            "DELETE FROM " + state + olderShards,
            "DELETE FROM " + scope + olderShards,
            "DELETE FROM " + shard + older);
  }
}
