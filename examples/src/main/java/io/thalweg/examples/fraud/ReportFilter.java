package io.thalweg.examples.fraud;

import io.thalweg.examples.runtime.SqliteFile;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.jdbc.JdbcSink;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.storm.topology.BasicOutputCollector;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseBasicBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.Values;

/** Bolt that selects the fraud reports of the stream, for the table {@code fraud_reports}. */
final class ReportFilter extends BaseBasicBolt {

  private static final long serialVersionUID = 1;

  private static final String CREATE =
      """
      CREATE TABLE IF NOT EXISTS fraud_reports (
        id              TEXT PRIMARY KEY, -- of the transaction
        event_timestamp INTEGER NOT NULL) -- ms since 1970 when the fraud became known
      """;

  @Override
  public void execute(Tuple tuple, BasicOutputCollector out) {
    if (tuple.getStringByField(TupleFields.TOPIC).equals(FraudStream.REPORTS)) {
      // the spout has parsed it already
      CardEvent event = CardEvents.parse(tuple.getBinaryByField(TupleFields.VALUE));
      out.emit(new Values(Long.toString(event.id()), event.timestamp()));
    }
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {
    declarer.declare(new Fields(TupleFields.ID, TupleFields.TIMESTAMP));
  }

  /** Creates the table unless it exists. */
  static void prepare(Path database) {
    new SqliteFile(database).prepare("fraud_reports", CREATE, "id, event_timestamp");
  }

  /** Returns the sink that writes the rows. */
  static JdbcSink sink(Path database) {
    return new JdbcSink(new SqliteFile(database).url(), "fraud_reports")
        .withSetup(CREATE)
        .insertOnce()
        .withColumn("event_timestamp", TupleFields.TIMESTAMP);
  }

  /**
   * Reads the reports.
   *
   * @param database the SQLite file
   * @return for each reported transaction the time at which the fraud became known
   */
  static Map<Long, Long> read(Path database) {
    Map<Long, Long> reports = new TreeMap<>();
    new SqliteFile(database)
        .query(
            "SELECT id, event_timestamp FROM fraud_reports",
            row -> reports.put(row.getLong(1), row.getLong(2)));
    return reports;
  }
}
