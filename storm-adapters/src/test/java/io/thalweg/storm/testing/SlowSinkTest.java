package io.thalweg.storm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Time;
import org.junit.jupiter.api.Test;

/** Effect of a blocked sink on the tasks before it. */
class SlowSinkTest {

  private static final long FROM = 2_000;
  private static final long TO = 80_000;

  /** 150 heartbeats, and the delay of the last one. */
  private static final long READING_GOES_ON = 150 * World.HEARTBEAT_MILLIS + 2_000;

  /** Sink that acks nothing while it is blocked; its tuples time out and are replayed. */
  private static final class Slow extends BaseRichBolt {
    private static final long serialVersionUID = 1;

    /** End of the last window with a result while the sink was blocked. */
    private static long newest;

    /** Rows that were acked. */
    private static final Map<String, String> ROWS = new TreeMap<>();

    private transient OutputCollector collector;

    @Override
    public void prepare(
        Map<String, Object> conf, TopologyContext context, OutputCollector collector) {
      this.collector = collector;
    }

    @Override
    public void execute(Tuple tuple) {
      boolean result = !tuple.getSourceStreamId().equals(Streams.WATERMARK);
      long now = Time.currentTimeMillis();
      if (now < FROM || now >= TO) {
        if (result) {
          ROWS.put(tuple.getStringByField(TupleFields.ID), tuple.getStringByField("answer"));
        }
        collector.ack(tuple);
      } else if (result) {
        newest = Math.max(newest, tuple.getLongByField(TupleFields.WINDOW_END));
      }
    }

    @Override
    public void declareOutputFields(OutputFieldsDeclarer declarer) {}
  }

  /** Returns a record every 50 ms. */
  private static List<TopicRecord> records() {
    List<TopicRecord> records = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      records.add(
          new TopicRecord(
              50L * i,
              i % 2,
              i,
              List.of("a", "b", "c").get(i * 7 % 3),
              50L * i,
              Variant.encode(i)));
    }
    return records;
  }

  @Test
  void sinkThatStandsStill_stopsTheReading_andNothingIsLost() {
    for (SpoutInstance.Factory spouts :
        List.<SpoutInstance.Factory>of(ModelSpout::new, RealSpout.factory())) {
      Slow.newest = 0;
      Slow.ROWS.clear();
      TopologyBuilder topology = Variant.TUMBLING.topology(new ProcessorBolts(), 1, 2, 1, 0);
      topology
          .setBolt("slow", new Slow())
          .fieldsGrouping("a", new Fields(TupleFields.ID))
          .allGrouping("a", Streams.WATERMARK);

      Outcome outcome = Simulation.of(topology).records(records()).spouts(spouts).run();

      assertThat(Slow.newest)
          .as("outputs of half a minute are in the outbox")
          .isBetween(FROM + READING_GOES_ON / 2, FROM + READING_GOES_ON);
      assertThat(outcome.settled()).isTrue();
      assertThat(outcome.late()).isEmpty();
      assertThat(Slow.ROWS).isEqualTo(Variant.TUMBLING.oracle(records()));
    }
  }
}
