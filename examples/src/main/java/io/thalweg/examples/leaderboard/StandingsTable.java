package io.thalweg.examples.leaderboard;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.thalweg.examples.runtime.DemoException;
import io.thalweg.examples.runtime.SqliteFile;
import io.thalweg.rank.Standing;
import io.thalweg.rank.Standings;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.storm.jdbc.JdbcSink;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Table {@code leaderboard} of a SQLite file: one row for each window, replaced by each newer
 * version of its standings.
 */
final class StandingsTable {

  private static final String CREATE =
      """
      CREATE TABLE IF NOT EXISTS leaderboard (
        id           TEXT PRIMARY KEY, -- leaderboard/run/query/start/end
        epoch        INTEGER NOT NULL, -- version: start of the task,
        number       INTEGER NOT NULL, -- and number of the result
        window_start INTEGER NOT NULL, -- ms since 1970
        window_end   INTEGER NOT NULL, -- ms since 1970, exclusive
        timing       TEXT NOT NULL,    -- EARLY while the window is open, then ON_TIME
        version      INTEGER NOT NULL, -- number of versions before this one
        devices      INTEGER NOT NULL, -- number of devices with an anomaly
        top          TEXT NOT NULL)    -- json: [{"rank":1,"device":"sensor-3","anomalies":41},…]
      """;

  static final String DEVICES = "devices";
  static final String TOP = "top";

  private static final JsonFactory JSON = new JsonFactory();

  /**
   * Row of the table.
   *
   * @param epoch the start of the task that wrote the row
   * @param start the start of the window
   * @param end the end of the window, exclusive
   * @param isFinal true if the window was final
   * @param version the number of versions before
   * @param standings the standings
   */
  record Row(
      long epoch,
      long start,
      long end,
      boolean isFinal,
      long version,
      Standings<String, Long> standings) {}

  private StandingsTable() {}

  /**
   * Returns the payload columns of a result.
   *
   * @return the columns {@code devices} and {@code top}
   */
  static TupleMapping<Standings<String, Long>> mapping() {
    return TupleMapping.<Standings<String, Long>>columns()
        .with(DEVICES, Standings::members)
        .with(TOP, standings -> toJson(standings.top()));
  }

  /**
   * Returns the sink that writes the rows.
   *
   * @param database the SQLite file
   * @return a sink for results of the leaderboard
   */
  static JdbcSink sink(Path database) {
    return new JdbcSink(new SqliteFile(database).url(), "leaderboard")
        .withSetup(CREATE)
        .withColumn("window_start", TupleFields.WINDOW_START)
        .withColumn("window_end", TupleFields.WINDOW_END)
        .withColumn("timing", TupleFields.TIMING)
        .withColumn("version", TupleFields.PANE)
        .withColumn("devices", DEVICES)
        .withColumn("top", TOP);
  }

  static String toJson(List<Standing<String, Long>> top) {
    StringWriter text = new StringWriter(128);
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartArray();
      for (Standing<String, Long> standing : top) {
        json.writeStartObject();
        json.writeNumberField("rank", standing.rank());
        json.writeStringField("device", standing.member());
        json.writeNumberField("anomalies", standing.score());
        json.writeEndObject();
      }
      json.writeEndArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // cannot happen in memory
    }
    return text.toString();
  }

  static List<Standing<String, Long>> fromJson(String text) {
    List<Standing<String, Long>> top = new ArrayList<>();
    try (JsonParser json = JSON.createParser(text)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.START_OBJECT) {
        json.nextValue();
        int rank = json.getIntValue();
        json.nextValue();
        String device = json.getText();
        json.nextValue();
        top.add(new Standing<>(rank, device, json.getLongValue()));
        json.nextToken();
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("not the standings of a window: " + text, e);
    }
    return top;
  }

  /**
   * Creates the table unless it exists.
   *
   * @param database the SQLite file
   * @throws DemoException if the table cannot be created
   */
  static void prepare(Path database) {
    new SqliteFile(database)
        .prepare(
            "leaderboard",
            CREATE,
            "id, epoch, number, window_start, window_end, timing, version, devices, top");
  }

  /**
   * Reads the table.
   *
   * @param database the SQLite file
   * @return the rows by window
   */
  static List<Row> rows(Path database) {
    List<Row> rows = new ArrayList<>();
    new SqliteFile(database)
        .query(
            "SELECT * FROM leaderboard ORDER BY window_start, id",
            row ->
                rows.add(
                    new Row(
                        row.getLong("epoch"),
                        row.getLong("window_start"),
                        row.getLong("window_end"),
                        !row.getString("timing").equals("EARLY"),
                        row.getLong("version"),
                        new Standings<>(fromJson(row.getString("top")), row.getLong("devices")))));
    return rows;
  }
}
