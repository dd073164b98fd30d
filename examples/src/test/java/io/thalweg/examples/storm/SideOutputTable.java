package io.thalweg.examples.storm;

import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Tuple;

/** Bolt that stores late events and dead letters, one row for each record. */
final class SideOutputTable extends BaseRichBolt {

  private static final long serialVersionUID = 1;

  private final String url;
  private transient OutputCollector collector;
  private transient Connection connection;
  private transient PreparedStatement insert;

  SideOutputTable(String url) {
    this.url = url;
  }

  @Override
  public void prepare(
      Map<String, Object> config, TopologyContext context, OutputCollector outputCollector) {
    collector = outputCollector;
    try {
      connection = DriverManager.getConnection(url);
      insert =
          connection.prepareStatement("INSERT OR REPLACE INTO side_outputs VALUES (?, ?, ?, ?, ?)");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void execute(Tuple tuple) {
    String stream = tuple.getSourceStreamId();
    try {
      insert.setString(1, tuple.getSourceComponent() + " " + stream);
      insert.setString(2, tuple.getStringByField(TupleFields.TOPIC_ID));
      insert.setInt(3, tuple.getIntegerByField(TupleFields.PARTITION));
      insert.setLong(4, tuple.getLongByField(TupleFields.OFFSET));
      insert.setString(
          5,
          stream.equals(Streams.LATE)
              ? tuple.getLongByField(TupleFields.TIMESTAMP)
                  + " behind "
                  + tuple.getLongByField(TupleFields.WATERMARK)
              : tuple.getStringByField(TupleFields.REASON));
      insert.executeUpdate();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    collector.ack(tuple);
  }

  @Override
  public void cleanup() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {}
}
