package io.thalweg.examples.runtime;

import java.util.Map;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Tuple;

/**
 * Bolt that logs the results of a run, and counts its late readings and dead letters. A subclass
 * formats the results.
 */
public abstract class ResultLog extends BaseRichBolt {

  private static final long serialVersionUID = 1;

  private final String run;
  private transient OutputCollector collector;
  private transient Progress progress;

  /**
   * Creates a bolt.
   *
   * @param run the name of the run, for {@link Progress}
   */
  protected ResultLog(String run) {
    this.run = run;
  }

  /**
   * Logs a result.
   *
   * @param result the tuple; it may be a repetition
   * @param counts the counts of the run
   */
  protected abstract void log(Tuple result, Progress counts);

  @Override
  public final void prepare(
      Map<String, Object> config, TopologyContext context, OutputCollector outputCollector) {
    collector = outputCollector;
    progress = Progress.of(run);
  }

  @Override
  public final void execute(Tuple tuple) {
    if (!progress.count(tuple)) {
      log(tuple, progress);
    }
    collector.ack(tuple);
  }

  @Override
  public final void declareOutputFields(OutputFieldsDeclarer declarer) {}
}
