package io.thalweg.examples.runtime;

import io.thalweg.storm.TupleFields;
import io.thalweg.storm.kafka.EndOfStream;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.storm.generated.GlobalStreamId;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Tuple;

/**
 * End of a bounded run in this JVM. The writer of the records announces it after the last record;
 * it is reached when every sink has acked every result.
 *
 * <p>Storm creates spouts and bolts from their serialized form, so they look it up by the name of
 * the run. In a worker process of a cluster the entry stays as long as the process. Thread-safe.
 */
public final class EndOfRun {

  private static final Map<String, EndOfRun> RUNS = new ConcurrentHashMap<>();

  private volatile boolean announced;
  private volatile boolean reached;
  private volatile long watermark = Long.MIN_VALUE;

  private EndOfRun() {}

  /**
   * Returns the end of a run.
   *
   * @param run the name of the run
   * @return the same object for the same name
   */
  public static EndOfRun of(String run) {
    return RUNS.computeIfAbsent(run, k -> new EndOfRun());
  }

  /** Forgets a run. */
  static void remove(String run) {
    RUNS.remove(run);
  }

  /**
   * Returns the end-of-stream condition of the source.
   *
   * @param run the name of the run
   * @return a condition that holds once the end is announced
   */
  public static EndOfStream announcement(String run) {
    return () -> of(run).announced;
  }

  /** Announces that the last record is written. */
  public void announce() {
    announced = true;
  }

  /**
   * Returns whether every sink has acked every result.
   *
   * @return true from then on
   */
  public boolean isReached() {
    return reached;
  }

  /**
   * Returns the event time that the last bolts have reached.
   *
   * @return the smallest watermark of their tasks; {@code Long.MIN_VALUE} until all have one
   */
  public long watermark() {
    return watermark;
  }

  /**
   * Bolt that detects the end. It listens to the heartbeats of the last bolts: once a heartbeat
   * with the watermark of the end is confirmed, all tuples anchored to it are acked.
   */
  public static final class EndDetector extends BaseRichBolt {

    private static final long serialVersionUID = 1;

    private final String run;
    private transient OutputCollector collector;

    /** The first heartbeat of the end, by source task and incarnation of the spout. */
    private transient Map<List<Number>, Long> first;

    private transient Set<Integer> running;

    /** The largest watermark of each task. */
    private transient Map<Integer, Long> watermarks;

    /**
     * Creates the bolt, for {@code allGrouping(LAST, Streams.WATERMARK)} with each component before
     * a sink, with one task. A bolt behind another one reaches the end some heartbeats after it.
     *
     * @param run the name of the run
     */
    public EndDetector(String run) {
      this.run = run;
    }

    @Override
    public void prepare(
        Map<String, Object> config, TopologyContext context, OutputCollector collector) {
      this.collector = collector;
      first = new HashMap<>();
      running = new HashSet<>();
      for (GlobalStreamId source : context.getThisSources().keySet()) {
        running.addAll(context.getComponentTasks(source.get_componentId()));
      }
      watermarks = new HashMap<>();
      running.forEach(task -> watermarks.put(task, Long.MIN_VALUE));
    }

    @Override
    public void execute(Tuple tuple) {
      long incarnation = tuple.getLongByField(TupleFields.INCARNATION);
      long watermark = tuple.getLongByField(TupleFields.WATERMARK);
      watermarks.merge(tuple.getSourceTask(), watermark, Math::max);
      of(run).watermark = Collections.min(watermarks.values());
      if (watermark == Long.MAX_VALUE) {
        long sequence = tuple.getLongByField(TupleFields.SEQUENCE);
        List<Number> source = List.of(tuple.getSourceTask(), incarnation);
        if (tuple.getLongByField(TupleFields.CONFIRMED)
            >= first.merge(source, sequence, Math::min)) {
          running.remove(tuple.getSourceTask());
          if (running.isEmpty()) {
            of(run).reached = true;
          }
        }
      }
      collector.ack(tuple);
    }

    @Override
    public void declareOutputFields(OutputFieldsDeclarer declarer) {}
  }
}
