package io.thalweg.examples.sensors;

import io.thalweg.examples.runtime.DemoException;
import io.thalweg.examples.runtime.Progress;
import io.thalweg.examples.runtime.SqliteFile;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.jdbc.JdbcSink;
import java.nio.file.Path;

/**
 * Table {@code alerts} of a SQLite file. The id of a row is that of the reading that caused the
 * alert, so that reading a topic again adds no rows.
 */
final class AlertTable {

  private static final String CREATE =
      """
      CREATE TABLE IF NOT EXISTS alerts (
        id              TEXT PRIMARY KEY, -- detector/topic id/partition/offset/ordinal
        device_id       TEXT NOT NULL,
        value           REAL NOT NULL,
        event_timestamp INTEGER NOT NULL, -- ms since 1970
        window_mean     REAL NOT NULL,
        window_std_dev  REAL NOT NULL,
        z_score         REAL NOT NULL,
        alert_timestamp INTEGER NOT NULL, -- ms since 1970
        recent_readings TEXT NOT NULL,    -- json: the device's last five values, oldest first
        topic_id        TEXT NOT NULL,
        "partition"     INTEGER NOT NULL,
        "offset"        INTEGER NOT NULL)
      """;

  private AlertTable() {}

  /**
   * Creates the table unless it exists.
   *
   * @param database the SQLite file
   * @throws DemoException if the table cannot be created
   */
  static void prepare(Path database) {
    new SqliteFile(database)
        .prepare(
            "alerts",
            CREATE,
            "id, device_id, value, event_timestamp, window_mean, window_std_dev, z_score,"
                + " alert_timestamp, recent_readings, topic_id, alerts.\"partition\","
                + " alerts.\"offset\"");
  }

  /**
   * Returns the sink that writes the rows.
   *
   * @param database the SQLite file
   * @param run the name of the run, for {@link Progress}
   * @return a sink for alerts
   */
  static JdbcSink sink(Path database, String run) {
    return new JdbcSink(new SqliteFile(database).url(), "alerts")
        .withSetup(CREATE)
        .insertOnce()
        .withColumn(Alerts.DEVICE_ID, TupleFields.KEY)
        .withColumn(Alerts.EVENT_TIMESTAMP, TupleFields.TIMESTAMP)
        .withColumn(Alerts.VALUE, Alerts.VALUE)
        .withColumn(Alerts.WINDOW_MEAN, Alerts.WINDOW_MEAN)
        .withColumn(Alerts.WINDOW_STD_DEV, Alerts.WINDOW_STD_DEV)
        .withColumn(Alerts.Z_SCORE, Alerts.Z_SCORE)
        .withColumn(Alerts.ALERT_TIMESTAMP, Alerts.ALERT_TIMESTAMP)
        .withColumn(Alerts.RECENT_READINGS, Alerts.RECENT_READINGS)
        .withColumn("topic_id", TupleFields.TOPIC_ID)
        .withColumn("partition", TupleFields.PARTITION)
        .withColumn("offset", TupleFields.OFFSET)
        .withListener((row, changed, latency) -> Progress.of(run).stored(latency));
  }

  /**
   * Returns the number of alerts in the table.
   *
   * @param database the SQLite file
   * @return the number of rows
   */
  static long rows(Path database) {
    long[] rows = {0};
    new SqliteFile(database).query("SELECT count(*) FROM alerts", row -> rows[0] = row.getLong(1));
    return rows[0];
  }
}
