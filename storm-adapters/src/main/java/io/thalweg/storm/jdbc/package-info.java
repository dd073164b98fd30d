/**
 * State store and result sink over JDBC, for SQLite and PostgreSQL. In reading order:
 *
 * <ol>
 *   <li>{@link io.thalweg.storm.jdbc.JdbcStateStore}: keeps the state of the tasks in a database.
 *   <li>{@link io.thalweg.storm.jdbc.JdbcSink}: writes results into a table, one row per result id.
 *   <li>{@link io.thalweg.storm.jdbc.CommitListener}: is called for the rows that a sink commits.
 * </ol>
 *
 * <p>Inside the store, {@code JdbcShard} writes a commit: it fences, appends the changes to a log,
 * and folds the log into rows. {@code ScopeDelta} collects the changes, {@code ScopeDeltaCodec} is
 * their form in the log, {@code StateRows} are the rows, and {@code StoredState} reads both. {@code
 * ShardLayouts} distributes the shards of earlier layouts when the number of tasks changes. {@code
 * SqlStatements} has the statements and describes the tables.
 *
 * @serial exclude
 */
package io.thalweg.storm.jdbc;
