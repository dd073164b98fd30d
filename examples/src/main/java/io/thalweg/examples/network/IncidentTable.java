package io.thalweg.examples.network;

import io.thalweg.examples.runtime.SqliteFile;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.storm.jdbc.JdbcSink;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Table {@code incidents} of a SQLite file: one row at the begin and one at the end of each. */
final class IncidentTable {

  private static final String CREATE =
      """
      CREATE TABLE IF NOT EXISTS incidents (
        id              TEXT PRIMARY KEY, -- incidents/shard/number
        cell_id         TEXT NOT NULL,
        event_timestamp INTEGER NOT NULL, -- ms since 1970: the report that decided
        kpi             TEXT NOT NULL,    -- the worst indicator so far
        state           TEXT NOT NULL,    -- OPEN or CLOSED
        since           INTEGER NOT NULL, -- ms since 1970: the report that opened it
        score           REAL NOT NULL,    -- robust standard deviations from usual, at worst
        value           REAL NOT NULL,    -- the indicator over an hour, at worst
        usual           REAL NOT NULL)    -- its median at that hour of the week
      """;

  static final String KPI = "kpi";
  static final String STATE = "state";
  static final String SINCE = "since";
  static final String SCORE = "score";
  static final String AT_WORST = "at_worst";
  static final String USUAL = "usual";

  /**
   * Row of the table.
   *
   * @param cell the cell
   * @param time the report that decided
   * @param incident the rest
   */
  record Row(String cell, long time, CellIncident incident) {}

  private IncidentTable() {}

  static TupleMapping<CellIncident> mapping() {
    return TupleMapping.<CellIncident>columns()
        .with(KPI, incident -> incident.kpi().feature())
        .with(STATE, incident -> incident.open() ? "OPEN" : "CLOSED")
        .with(SINCE, CellIncident::since)
        .with(SCORE, CellIncident::score)
        .with(AT_WORST, CellIncident::value)
        .with(USUAL, CellIncident::usual);
  }

  static void prepare(Path database) {
    new SqliteFile(database)
        .prepare(
            "incidents",
            CREATE,
            "id, cell_id, event_timestamp, kpi, state, since, score, value, usual");
  }

  static JdbcSink sink(Path database) {
    return new JdbcSink(new SqliteFile(database).url(), "incidents")
        .withSetup(CREATE)
        .insertOnce()
        .withColumn("cell_id", TupleFields.KEY)
        .withColumn("event_timestamp", TupleFields.TIMESTAMP)
        .withColumn("kpi", KPI)
        .withColumn("state", STATE)
        .withColumn("since", SINCE)
        .withColumn("score", SCORE)
        .withColumn("value", AT_WORST)
        .withColumn("usual", USUAL);
  }

  /**
   * Reads the rows of a time.
   *
   * @param database the SQLite file
   * @param from the first event time
   * @param to the last event time
   * @return the rows by time and cell
   */
  static List<Row> rows(Path database, long from, long to) {
    List<Row> rows = new ArrayList<>();
    new SqliteFile(database)
        .query(
            "SELECT * FROM incidents WHERE event_timestamp BETWEEN "
                + from
                + " AND "
                + to
                + " ORDER BY event_timestamp, cell_id",
            row ->
                rows.add(
                    new Row(
                        row.getString("cell_id"),
                        row.getLong("event_timestamp"),
                        new CellIncident(
                            Kpi.valueOf(row.getString("kpi").toUpperCase(Locale.ROOT)),
                            row.getString("state").equals("OPEN"),
                            row.getLong("since"),
                            row.getDouble("score"),
                            row.getDouble("value"),
                            row.getDouble("usual")))));
    return rows;
  }
}
