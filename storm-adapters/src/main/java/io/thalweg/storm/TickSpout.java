package io.thalweg.storm;

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
 * A pulse for bolts that collect: Storm's own ticks come once a second at most.
 *
 * <pre>{@code
 * topology.setSpout("tick", new TickSpout(50));
 * topology.setBolt("rows", new JdbcSink(...)).globalGrouping("detector")
 *     .allGrouping("tick", Streams.TICK);
 * }</pre>
 *
 * <p>Its tuples are not tracked: a lost one is followed by the next.
 */
public final class TickSpout extends BaseRichSpout {

  private static final long serialVersionUID = 1;

  private final long periodMillis;
  private transient SpoutOutputCollector collector;
  private transient long lastNanos;

  /**
   * Creates a pulse.
   *
   * @param periodMillis the time from one to the next
   * @throws IllegalArgumentException if the period is not positive
   */
  public TickSpout(long periodMillis) {
    if (periodMillis <= 0) {
      throw new IllegalArgumentException("period must be positive: " + periodMillis);
    }
    this.periodMillis = periodMillis;
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
    if (now - lastNanos >= TimeUnit.MILLISECONDS.toNanos(periodMillis)) {
      lastNanos = now;
      collector.emit(Streams.TICK, new Values(Time.currentTimeMillis()));
    }
  }
}
