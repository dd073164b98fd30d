package io.thalweg.storm;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.storm.spout.SpoutOutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichSpout;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Values;
import org.apache.storm.utils.Time;

/**
 * Spout of ticks at a fixed period, so that bolts which collect tuples commit on time. Storm's own
 * ticks come at most once a second.
 *
 * <pre>{@code
 * topology.setSpout("tick", new TickSpout(Duration.ofMillis(50)));
 * topology.setBolt("rows", new JdbcSink(...)).globalGrouping("detector")
 *     .allGrouping("tick", Streams.TICK);
 * }</pre>
 *
 * <p>Its tuples are not tracked: a lost tick is followed by the next.
 */
public final class TickSpout extends BaseRichSpout {

  private static final long serialVersionUID = 1;

  private final long periodNanos;
  private transient SpoutOutputCollector collector;
  private transient long lastNanos;

  /**
   * Creates a spout.
   *
   * @param period the time between two ticks
   * @throws IllegalArgumentException if the period is below a millisecond
   */
  public TickSpout(Duration period) {
    if (period.compareTo(Duration.ofMillis(1)) < 0) {
      throw new IllegalArgumentException("period must be at least 1 ms: " + period);
    }
    this.periodNanos = TimeUnit.NANOSECONDS.convert(period);
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {
    declarer.declareStream(Streams.TICK, new Fields("sent"));
  }

  @Override
  public void open(
      Map<String, Object> conf, TopologyContext context, SpoutOutputCollector collector) {
    this.collector = collector;
    this.lastNanos = Time.nanoTime();
  }

  @Override
  public void nextTuple() {
    long now = Time.nanoTime();
    if (now - lastNanos >= periodNanos) {
      lastNanos = now;
      collector.emit(Streams.TICK, new Values(Time.currentTimeMillis()));
    }
  }
}
