package io.thalweg.examples.runtime;

import io.thalweg.storm.TupleFields;
import io.thalweg.storm.kafka.EndOfStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Tuple;

/**
 * The end of a bounded run in this JVM: announced by whoever writes the records, when the last one
 * is written; reached when the topology has brought everything home.
 *
 * <p>Storm creates spouts and bolts from their serialized form, so they find it by the name of the
 * run. Thread-safe.
 */
public final class EndOfRun {

  private static final Map<String, EndOfRun> RUNS = new ConcurrentHashMap<>();

  private volatile boolean announced;
  private volatile boolean reached;

  private EndOfRun() {}

  /**
   * The end of a run.
   *
   * @param run its name
   * @return always the same for the same name
   */
  public static EndOfRun of(String run) {
    return RUNS.computeIfAbsent(run, k -> new EndOfRun());
  }

  /**
   * What the source asks.
   *
   * @param run the name of the run
   * @return says yes once the end is announced
   */
  public static EndOfStream announcement(String run) {
    return () -> of(run).announced;
  }

  /** Says that the last record is written. */
  public void announce() {
    announced = true;
  }

  /**
   * Whether every result of every record has arrived, in all sinks.
   *
   * @return false before
   */
  public boolean isReached() {
    return reached;
  }

  /**
   * Finds out that the end is reached. It listens to the watermarks of the source: when a heartbeat
   * that ended the stream is confirmed, what it brought has been acked by everyone.
   */
  public static final class Watch extends BaseRichBolt {

    private static final long serialVersionUID = 1;

    private final String run;
    private transient OutputCollector collector;
    private transient TopologyContext context;
    private transient Map<Long, Long> last;
    private transient Set<Integer> ended;

    /**
     * Creates it, for {@code allGrouping(SOURCE, Streams.WATERMARK)}, with one task.
     *
     * @param run the name of the run
     */
    public Watch(String run) {
      this.run = run;
    }

    @Override
    public void prepare(
        Map<String, Object> config, TopologyContext context, OutputCollector collector) {
      this.collector = collector;
      this.context = context;
      last = new HashMap<>();
      ended = new HashSet<>();
    }

    @Override
    public void execute(Tuple tuple) {
      long incarnation = tuple.getLongByField(TupleFields.INCARNATION);
      if (tuple.getLongByField(TupleFields.WATERMARK) == Long.MAX_VALUE) {
        long sequence = tuple.getLongByField(TupleFields.SEQUENCE);
        long first = last.merge(incarnation, sequence, Math::min);
        if (tuple.getLongByField(TupleFields.CONFIRMED) >= first) {
          ended.add(tuple.getSourceTask());
          if (ended.containsAll(context.getComponentTasks(tuple.getSourceComponent()))) {
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
