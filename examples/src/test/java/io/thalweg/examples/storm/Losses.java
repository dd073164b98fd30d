package io.thalweg.examples.storm;

import io.thalweg.storm.TupleFields;
import java.util.ArrayList;
import java.util.HashSet;
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
final class Losses extends BaseRichBolt {

  private static final long serialVersionUID = 1;
  private static final Map<String, Losses.Seen> SEEN = new ConcurrentHashMap<>();

  /** What was lost in a run. */
  record Seen(Set<String> failed, Set<String> swallowed, Set<String> again) {
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

  /** The end of a line, which swallows one tuple in 400: each holds the watermark up. */
  Losses(String run) {
    this.run = run;
    this.swallows = 400;
    this.fields = new ArrayList<>();
  }

  /** Behind a bolt, for its default stream; swallows one tuple in 25. */
  Losses(String run, IRichBolt before) {
    this.run = run;
    this.swallows = 25;
    OutputFieldsGetter declared = new OutputFieldsGetter();
    before.declareOutputFields(declared);
    this.fields =
        new ArrayList<>(
            declared.getFieldsDeclaration().get(Utils.DEFAULT_STREAM_ID).get_output_fields());
  }

  static Seen of(String run) {
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
    } else if (known.size() > number && number % swallows == 7) {
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
