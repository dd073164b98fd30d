package io.thalweg.examples.storm;

import io.thalweg.storm.TupleFields;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.IRichBolt;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.OutputFieldsGetter;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.Utils;

/**
 * Bolt that forwards tuples, and loses some of them when they arrive for the first time. It fails
 * one tuple in 20, as a sink does that cannot write. It drops others without an ack, so that they
 * reach the message timeout of Storm.
 */
public final class LossyBolt extends BaseRichBolt {

  private static final long serialVersionUID = 1;
  private static final Map<String, LossyBolt.LostTuples> LOST = new ConcurrentHashMap<>();

  /** Ids of the tuples that were lost in a run, and of the tuples that were replayed. */
  public record LostTuples(Set<String> failed, Set<String> dropped, Set<String> replayed) {
    private LostTuples() {
      this(
          ConcurrentHashMap.newKeySet(),
          ConcurrentHashMap.newKeySet(),
          ConcurrentHashMap.newKeySet());
    }
  }

  private static final int FAILURE_INTERVAL = 20;

  private final String run;
  private final int dropInterval;
  private final ArrayList<String> fields;
  private transient OutputCollector collector;
  private transient LostTuples lost;
  private transient Set<String> known;

  private LossyBolt(String run, int dropInterval, List<String> fields) {
    this.run = run;
    this.dropInterval = dropInterval;
    this.fields = new ArrayList<>(fields);
  }

  /** Returns a bolt without output that fails tuples and drops none. */
  public static LossyBolt failing(String run) {
    return new LossyBolt(run, 0, List.of());
  }

  /** Returns a bolt without output that drops one tuple in 400; each holds back the watermark. */
  static LossyBolt atEnd(String run) {
    return new LossyBolt(run, 400, List.of());
  }

  /** Returns a bolt that forwards the default stream of another one, and drops one tuple in 25. */
  static LossyBolt after(IRichBolt bolt, String run) {
    OutputFieldsGetter declared = new OutputFieldsGetter();
    bolt.declareOutputFields(declared);
    return new LossyBolt(
        run, 25, declared.getFieldsDeclaration().get(Utils.DEFAULT_STREAM_ID).get_output_fields());
  }

  public static LostTuples lostTuples(String run) {
    return LOST.computeIfAbsent(run, name -> new LostTuples());
  }

  @Override
  public void prepare(
      Map<String, Object> config, TopologyContext context, OutputCollector outputCollector) {
    collector = outputCollector;
    lost = lostTuples(run);
    known = new HashSet<>();
  }

  @Override
  public void execute(Tuple tuple) {
    String id = tuple.getSourceComponent() + " " + id(tuple);
    int number = known.size();
    if (known.add(id) && number % FAILURE_INTERVAL == 3) {
      lost.failed.add(id);
      collector.fail(tuple);
    } else if (known.size() > number && dropInterval > 0 && number % dropInterval == 7) {
      lost.dropped.add(id);
    } else {
      if (known.size() == number) {
        lost.replayed.add(id);
      }
      if (!fields.isEmpty()) {
        collector.emit(tuple, tuple.getValues());
      }
      collector.ack(tuple);
    }
  }

  private static String id(Tuple tuple) {
    return tuple.contains(TupleFields.ID)
        ? tuple.getStringByField(TupleFields.ID)
        : tuple.getIntegerByField(TupleFields.PARTITION)
            + "/"
            + tuple.getLongByField(TupleFields.OFFSET);
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {
    if (!fields.isEmpty()) {
      declarer.declare(new Fields(fields));
    }
  }
}
