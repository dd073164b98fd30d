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
 * A bad line: hands every tuple on, but for some that it loses the first time they come. One in 20
 * it fails, as a sink does that cannot write, and some it swallows, so that Storm has to find out
 * by the message timeout.
 */
public final class Losses extends BaseRichBolt {

  private static final long serialVersionUID = 1;
  private static final Map<String, Losses.Seen> SEEN = new ConcurrentHashMap<>();

  /** What was lost in a run. */
  public record Seen(Set<String> failed, Set<String> swallowed, Set<String> again) {
    private Seen() {
      this(
          ConcurrentHashMap.newKeySet(),
          ConcurrentHashMap.newKeySet(),
          ConcurrentHashMap.newKeySet());
    }
  }

  private static final int FAILS = 20;

  private final String run;
  private final int swallows;
  private final ArrayList<String> fields;
  private transient OutputCollector collector;
  private transient Seen seen;
  private transient Set<String> known;

  private Losses(String run, int swallows, List<String> fields) {
    this.run = run;
    this.swallows = swallows;
    this.fields = new ArrayList<>(fields);
  }

  /** The end of a line, which swallows nothing. */
  public static Losses failing(String run) {
    return new Losses(run, 0, List.of());
  }

  /** The end of a line, which swallows one tuple in 400: each holds the watermark up. */
  static Losses atEnd(String run) {
    return new Losses(run, 400, List.of());
  }

  /** Behind a bolt, for its default stream; swallows one tuple in 25. */
  static Losses behind(IRichBolt bolt, String run) {
    OutputFieldsGetter declared = new OutputFieldsGetter();
    bolt.declareOutputFields(declared);
    return new Losses(
        run, 25, declared.getFieldsDeclaration().get(Utils.DEFAULT_STREAM_ID).get_output_fields());
  }

  public static Seen of(String run) {
    return SEEN.computeIfAbsent(run, name -> new Seen());
  }

  @Override
  public void prepare(
      Map<String, Object> config, TopologyContext context, OutputCollector outputCollector) {
    collector = outputCollector;
    seen = of(run);
    known = new HashSet<>();
  }

  @Override
  public void execute(Tuple tuple) {
    String id = tuple.getSourceComponent() + " " + id(tuple);
    int number = known.size();
    if (known.add(id) && number % FAILS == 3) {
      seen.failed.add(id);
      collector.fail(tuple);
    } else if (known.size() > number && swallows > 0 && number % swallows == 7) {
      seen.swallowed.add(id);
    } else {
      if (known.size() == number) {
        seen.again.add(id);
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
