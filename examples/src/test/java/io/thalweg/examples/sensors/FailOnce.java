package io.thalweg.examples.sensors;

import io.thalweg.storm.TupleFields;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Tuple;

/**
 * A bolt that fails tuples on purpose: one in so many, by offset, the first time it sees them.
 * Kafka is then read again from there, and everything behind the spout sees them a second time.
 */
final class FailOnce extends BaseRichBolt {

  private static final long serialVersionUID = 1;
  private static final Map<String, Set<String>> FAILED = new ConcurrentHashMap<>();
  private static final Map<String, Set<String>> SEEN_AGAIN = new ConcurrentHashMap<>();

  private final String run;
  private final long oneIn;
  private transient OutputCollector collector;

  FailOnce(String run, long oneIn) {
    this.run = run;
    this.oneIn = oneIn;
  }

  /** The tuples that were failed. */
  static Set<String> failed(String run) {
    return FAILED.getOrDefault(run, Set.of());
  }

  /** Those of them that came again. */
  static Set<String> seenAgain(String run) {
    return SEEN_AGAIN.getOrDefault(run, Set.of());
  }

  @Override
  public void prepare(
      Map<String, Object> config, TopologyContext context, OutputCollector outputCollector) {
    collector = outputCollector;
  }

  @Override
  public void execute(Tuple tuple) {
    long offset = tuple.getLongByField(TupleFields.OFFSET);
    String id =
        tuple.getSourceComponent()
            + "/"
            + tuple.getIntegerByField(TupleFields.PARTITION)
            + "/"
            + offset;
    if (offset % oneIn == 0) {
      if (FAILED.computeIfAbsent(run, k -> ConcurrentHashMap.newKeySet()).add(id)) {
        collector.fail(tuple);
        return;
      }
      SEEN_AGAIN.computeIfAbsent(run, k -> ConcurrentHashMap.newKeySet()).add(id);
    }
    collector.ack(tuple);
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {}
}
