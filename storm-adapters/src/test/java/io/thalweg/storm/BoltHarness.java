package io.thalweg.storm;

import com.codahale.metrics.Histogram;
import com.codahale.metrics.Timer;
import io.thalweg.storm.testing.TaskContexts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.storm.Config;
import org.apache.storm.Constants;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.metrics2.StormMetricRegistry;
import org.apache.storm.serialization.KryoTupleDeserializer;
import org.apache.storm.serialization.KryoTupleSerializer;
import org.apache.storm.task.GeneralTopologyContext;
import org.apache.storm.task.IOutputCollector;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.IRichBolt;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.MessageId;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.TupleImpl;
import org.apache.storm.utils.Utils;

/**
 * Harness that runs the bolts of a topology without a cluster, with Storm's contexts, tuples and
 * serialization, and a collector that records. Bolts are deserialized from the topology as in a
 * worker, and their outputs pass through Kryo with registration required.
 */
public final class BoltHarness {

  private final StormTopology topology;
  private final Map<String, Object> conf;
  private TaskContexts contexts;
  private KryoTupleSerializer serializer;
  private KryoTupleDeserializer deserializer;

  public BoltHarness(TopologyBuilder builder) {
    this(builder, Map.of());
  }

  public BoltHarness(TopologyBuilder builder, Map<String, Object> settings) {
    topology = builder.createTopology();
    conf = new HashMap<>(Utils.readDefaultConfig());
    conf.put(Config.TOPOLOGY_ACKER_EXECUTORS, 1);
    conf.put(Config.TOPOLOGY_KRYO_REGISTER, List.of());
    conf.putAll(settings);
    contexts = new TaskContexts(topology, conf, "topology-1");
  }

  /** Sets the id of the submission. */
  public BoltHarness submittedAs(String topologyId) {
    contexts = new TaskContexts(topology, conf, topologyId);
    return this;
  }

  public TopologyContext context(String component) {
    return contexts.of(component, 0);
  }

  /** Returns the configuration of the topology. */
  public Map<String, Object> conf() {
    return conf;
  }

  /** Returns the context of the first task of a component, which registers its metrics there. */
  public TopologyContext context(String component, StormMetricRegistry metrics) {
    return contexts.of(component, 0, metrics);
  }

  private GeneralTopologyContext general() {
    return context(topology.get_bolts().keySet().iterator().next());
  }

  /** Returns a new instance of a bolt, not yet prepared. */
  public IRichBolt bolt(String component) {
    return contexts.bolt(component);
  }

  /** Starts the first task of a component with a new bolt, as a restarted worker does. */
  public Task start(String component) {
    return start(component, bolt(component));
  }

  public Task start(String component, IRichBolt bolt) {
    return start(component, 0, bolt);
  }

  /** Starts a task of a component. */
  public Task start(String component, int index) {
    return start(component, index, bolt(component));
  }

  private Task start(String component, int index, IRichBolt bolt) {
    StormMetricRegistry metrics = new StormMetricRegistry();
    Recorder recorder = new Recorder(component, metrics);
    Map<String, Object> own = new HashMap<>(conf);
    String json = topology.get_bolts().get(component).get_common().get_json_conf();
    if (json != null) {
      own.putAll(Utils.parseJson(json));
    }
    bolt.prepare(own, contexts.of(component, index, metrics), new OutputCollector(recorder));
    return new Task(bolt, recorder);
  }

  private static long nextRoot = 1;

  /** Returns a tracked tuple as it arrives from another worker. */
  public Tuple tuple(String component, String stream, List<Object> values) {
    return tuple(component, 0, stream, values);
  }

  /** Returns a tracked tuple from the task with an index. */
  public Tuple tuple(String component, int index, String stream, List<Object> values) {
    Tuple sent =
        new TupleImpl(
            general(),
            values,
            component,
            contexts.tasks(component).get(index),
            stream,
            MessageId.makeRootId(nextRoot++, 7));
    if (serializer == null) {
      serializer = new KryoTupleSerializer(conf, general());
      deserializer = new KryoTupleDeserializer(conf, general());
    }
    return deserializer.deserialize(serializer.serialize(sent));
  }

  /** Returns another tuple of the same ack tree, as when several tasks forward one. */
  public Tuple copy(Tuple of) {
    long root = of.getMessageId().getAnchors().iterator().next();
    return new TupleImpl(
        general(),
        of.getValues(),
        of.getSourceComponent(),
        of.getSourceTask(),
        of.getSourceStreamId(),
        MessageId.makeRootId(root, 8));
  }

  public Tuple tick() {
    return new TupleImpl(
        general(), List.of(1), Constants.SYSTEM_COMPONENT_ID, -1, Constants.SYSTEM_TICK_STREAM_ID);
  }

  public record EmittedTuple(Tuple tuple, List<Tuple> anchors) {
    public String stream() {
      return tuple.getSourceStreamId();
    }

    public Object get(String field) {
      return tuple.getValueByField(field);
    }
  }

  public record Task(IRichBolt bolt, Recorder recorder) {
    public List<EmittedTuple> execute(Tuple tuple) {
      int before = recorder.emissions.size();
      bolt.execute(tuple);
      return List.copyOf(recorder.emissions.subList(before, recorder.emissions.size()));
    }
  }

  /** Collector that records the calls of a task, in order. */
  public class Recorder implements IOutputCollector {
    public final List<EmittedTuple> emissions = new ArrayList<>();
    public final List<Tuple> acked = new ArrayList<>();
    public final List<Tuple> failed = new ArrayList<>();
    public final List<String> log = new ArrayList<>();
    private final String component;
    private final StormMetricRegistry metrics;

    public Recorder(String component, StormMetricRegistry metrics) {
      this.component = component;
      this.metrics = metrics;
    }

    public long counter(String name) {
      return metrics.getTaskCounters(task()).get(name).getCount();
    }

    public Object gauge(String name) {
      return metrics.getTaskGauges(task()).get(name).getValue();
    }

    public Timer timer(String name) {
      return metrics.getTaskTimers(task()).get(name);
    }

    public Histogram histogram(String name) {
      return metrics.getTaskHistograms(task()).get(name);
    }

    /** The names of all metrics of the task. */
    public Set<String> metrics() {
      Set<String> names = new TreeSet<>(metrics.getTaskCounters(task()).keySet());
      names.addAll(metrics.getTaskGauges(task()).keySet());
      names.addAll(metrics.getTaskTimers(task()).keySet());
      names.addAll(metrics.getTaskHistograms(task()).keySet());
      return names;
    }

    private int task() {
      return contexts.tasks(component).get(0);
    }

    @Override
    public List<Integer> emit(String stream, Collection<Tuple> anchors, List<Object> values) {
      if (values.size() != contexts.fields(component, stream).size()) {
        throw new AssertionError(
            "stream " + stream + " must have one value for each field: " + values.size());
      }
      List<Tuple> to = anchors == null ? List.of() : List.copyOf(anchors);
      emissions.add(new EmittedTuple(tuple(component, stream, values), to));
      log.add("emit " + stream);
      return List.of();
    }

    @Override
    public void emitDirect(int task, String stream, Collection<Tuple> anchors, List<Object> v) {
      throw new AssertionError("direct");
    }

    @Override
    public void ack(Tuple input) {
      acked.add(input);
      log.add("ack");
    }

    @Override
    public void fail(Tuple input) {
      failed.add(input);
      log.add("fail");
    }

    @Override
    public void resetTimeout(Tuple input) {}

    @Override
    public void flush() {}

    @Override
    public void reportError(Throwable error) {
      throw new AssertionError(error);
    }
  }
}
