package io.thalweg.examples.sensors;

import io.thalweg.examples.readings.PlantedAnomalies;
import io.thalweg.examples.runtime.SqliteFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * Summary of a run.
 *
 * @param readings the number of readings processed and committed
 * @param rate readings a second written at full speed, or read if none were written
 * @param late the number of late readings
 * @param deadLetters the number of dead letters
 * @param newRows the number of rows that the run added
 * @param rows the number of rows in the table
 * @param score the comparison of the alerts with the planted anomalies; null without generator
 * @param latencies from the record's timestamp in Kafka to its alert's commit
 * @param firstAlert seconds from the topology's submission to the first row; NaN without
 */
record RunSummary(
    long readings,
    double rate,
    long late,
    long deadLetters,
    long newRows,
    long rows,
    Score score,
    Histogram latencies,
    double firstAlert) {

  /**
   * Alerts compared with the planted anomalies.
   *
   * @param planted the number of planted anomalies
   * @param alerts the number of alerts on readings of the generator
   * @param found the number of alerts on planted anomalies
   */
  record Score(long planted, long alerts, long found) {

    /**
     * Returns the share of alerts that are planted anomalies.
     *
     * @return from 0 to 1; NaN without an alert
     */
    double precision() {
      return found / (double) alerts;
    }

    /**
     * Returns the share of planted anomalies that were found.
     *
     * @return from 0 to 1; NaN if none was planted
     */
    double recall() {
      return found / (double) planted;
    }

    /**
     * Compares the alerts in a database with the ground truth.
     *
     * @param database the SQLite file
     * @param detector the component that raised the alerts
     * @param topicId the topic of the readings
     * @param truth the ground truth of the generator
     * @return the comparison
     */
    static Score of(Path database, String detector, String topicId, PlantedAnomalies truth) {
      long[] counts = {0, 0};
      new SqliteFile(database)
          .query(
              "SELECT id, topic_id, \"partition\", \"offset\" FROM alerts",
              row -> {
                int partition = row.getInt("partition");
                long offset = row.getLong("offset");
                if (row.getString("id").startsWith(detector + "/")
                    && row.getString("topic_id").equals(topicId)
                    && truth.isWritten(partition, offset)) {
                  counts[0]++;
                  counts[1] += truth.isPlanted(partition, offset) ? 1 : 0;
                }
              });
      return new Score(truth.planted(), counts[0], counts[1]);
    }
  }

  /**
   * Prints the summary.
   *
   * @param out the output for the user
   * @param database the SQLite file
   */
  void print(PrintWriter out, Path database) {
    out.println();
    line(
        out,
        "readings",
        "%,d, %,.1f a second; %,d late, %,d dead-lettered",
        readings,
        rate,
        late,
        deadLetters);
    if (score != null && score.planted > 0) {
      line(out, "planted anomalies", "%,d", score.planted);
      line(
          out,
          "alerts",
          "%,d: %,d planted anomalies, %,d ordinary readings",
          score.alerts,
          score.found,
          score.alerts - score.found);
      if (score.alerts > 0) {
        line(
            out,
            "precision, recall",
            "%.1f %% of the alerts were planted, %.1f %% of the planted were found",
            100 * score.precision(),
            100 * score.recall());
      }
    }
    if (latencies.getTotalCount() > 0) {
      line(
          out,
          "latency",
          "p50 %,d ms, p99 %,d ms, max %,d ms, from Kafka's timestamp to the row's commit",
          latencies.getValueAtPercentile(50),
          latencies.getValueAtPercentile(99),
          latencies.getMaxValue());
      line(out, "first alert", "%.1f s after the topology's submission", firstAlert);
    }
    line(
        out,
        "database",
        "%s, table alerts: %,d rows, %,d of them new",
        database.toAbsolutePath(),
        rows,
        newRows);
    line(
        out,
        "try",
        "sqlite3 -box %s \"SELECT device_id, count(*) AS alerts, round(max(z_score), 2) AS highest_z"
            + " FROM alerts GROUP BY device_id\"",
        forShell(database));
    out.flush();
  }

  private static String forShell(Path file) {
    String name = file.toString();
    return name.matches("[\\w./+-]+") ? name : "'" + name.replace("'", "'\\''") + "'";
  }

  private static void line(PrintWriter out, String name, String format, Object... values) {
    out.printf(Locale.ROOT, "%-18s  %s%n", name, String.format(Locale.ROOT, format, values));
  }
}
