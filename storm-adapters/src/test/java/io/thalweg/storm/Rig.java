package io.thalweg.storm;

import com.codahale.metrics.Histogram;
import com.codahale.metrics.Timer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.storm.Config;
import org.apache.storm.Constants;
import org.apache.storm.generated.ComponentCommon;
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
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.MessageId;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.TupleImpl;
import org.apache.storm.utils.Utils;

/**
 * A topology without a cluster: Storm's own context, tuples and serialization, and a collector that
 * records. Bolts are taken out of the built topology as a worker does, by Java deserialization, and
 * everything they emit goes through Kryo with registration required.
 */
public final class Rig {

  private final StormTopology topology;
  private final Map<String, Object> conf;
  private final Map<Integer, String> componentOfTask = new HashMap<>();
  private final Map<String, List<Integer>> tasksOfComponent = new HashMap<>();
  private final Map<String, Map<String, Fields>> fields = new HashMap<>();
  private String stormId = "topology-1";
  private KryoTupleSerializer serializer;
  private KryoTupleDeserializer deserializer;

  public Rig(TopologyBuilder builder) {
    this(builder, Map.of());
  }

  public Rig(TopologyBuilder builder, Map<String, Object> settings) {
    topology = builder.createTopology();
    conf = new HashMap<>(Utils.readDefaultConfig());
    conf.put(Config.TOPOLOGY_ACKER_EXECUTORS, 1);
    conf.put(Config.TOPOLOGY_KRYO_REGISTER, List.of());
    conf.putAll(settings);
    Map<String, ComponentCommon> components = new TreeMap<>();
    topology.get_spouts().forEach((id, spout) -> components.put(id, spout.get_common()));
    topology.get_bolts().forEach((id, bolt) -> components.put(id, bolt.get_common()));
    components.forEach(
        (id, common) -> {
          Map<String, Fields> streams = new HashMap<>();
          common
              .get_streams()
              .forEach((stream, info) -> streams.put(stream, new Fields(info.get_output_fields())));
          fields.put(id, streams);
          for (int i = 0; i < Math.max(1, common.get_parallelism_hint()); i++) {
            int task = componentOfTask.size() + 1;
            componentOfTask.put(task, id);
            tasksOfComponent.computeIfAbsent(id, c -> new ArrayList<>()).add(task);
          }
        });
    componentOfTask.put(-1, Constants.SYSTEM_COMPONENT_ID);
    fields.put(
        Constants.SYSTEM_COMPONENT_ID,
        Map.of(Constants.SYSTEM_TICK_STREAM_ID, new Fields("rate_secs")));
  }

  /** What Storm calls this submission. */
  public Rig submittedAs(String stormId) {
    this.stormId = stormId;
    return this;
  }

  public TopologyContext context(String component) {
    return context(component, 0, new StormMetricRegistry());
  }

  private TopologyContext context(String component, int index, StormMetricRegistry metrics) {
    return new TopologyContext(
        topology,
        conf,
        componentOfTask,
        tasksOfComponent,
        fields,
        new HashMap<>(),
        stormId,
        "",
        "",
        tasksOfComponent.get(component).get(index),
        6700,
        new ArrayList<>(componentOfTask.keySet()),
        new HashMap<>(),
        new HashMap<>(),
        new HashMap<>(),
        new HashMap<>(),
        new AtomicBoolean(),
        metrics);
  }

  private GeneralTopologyContext general() {
    return context(tasksOfComponent.keySet().iterator().next());
  }

  /** A bolt as it comes to a worker, not yet prepared. */
  public IRichBolt bolt(String component) {
    return Utils.javaDeserialize(
        topology.get_bolts().get(component).get_bolt_object().get_serialized_java(),
        IRichBolt.class);
  }

  /** A prepared task of a component, new from the topology: what a restarted worker has. */
  public Task start(String component) {
    return start(component, bolt(component));
  }

  public Task start(String component, IRichBolt bolt) {
    return start(component, 0, bolt);
  }

  /** The task of a component with an index. */
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
    bolt.prepare(own, context(component, index, metrics), new OutputCollector(recorder));
    return new Task(bolt, recorder);
  }

  private static long nextRoot = 1;

  /** A tracked tuple as it arrives from another worker. */
  public Tuple tuple(String component, String stream, List<Object> values) {
    return tuple(component, 0, stream, values);
  }

  /** One that comes from the task with an index. */
  public Tuple tuple(String component, int index, String stream, List<Object> values) {
    Tuple sent =
        new TupleImpl(
            general(),
            values,
            component,
            tasksOfComponent.get(component).get(index),
            stream,
            MessageId.makeRootId(nextRoot++, 7));
    if (serializer == null) {
      serializer = new KryoTupleSerializer(conf, general());
      deserializer = new KryoTupleDeserializer(conf, general());
    }
    return deserializer.deserialize(serializer.serialize(sent));
  }

  /** Another tuple of the same tree, as it comes when several tasks pass one on. */
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

  public record Emission(Tuple tuple, List<Tuple> anchors) {
    public String stream() {
      return tuple.getSourceStreamId();
    }

    public Object get(String field) {
      return tuple.getValueByField(field);
    }
  }

  public record Task(IRichBolt bolt, Recorder recorder) {
    public List<Emission> execute(Tuple tuple) {
      int before = recorder.emissions.size();
      bolt.execute(tuple);
      return List.copyOf(recorder.emissions.subList(before, recorder.emissions.size()));
    }
  }

  /** What a task did, in order. */
  public final class Recorder implements IOutputCollector {
    public final List<Emission> emissions = new ArrayList<>();
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

    Timer timer(String name) {
      return metrics.getTaskTimers(task()).get(name);
    }

    Histogram histogram(String name) {
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
      return tasksOfComponent.get(component).get(0);
    }

    @Override
    public List<Integer> emit(String stream, Collection<Tuple> anchors, List<Object> values) {
      if (values.size() != fields.get(component).get(stream).size()) {
        throw new AssertionError(
            "stream " + stream + " has as many values as fields: " + values.size());
      }
      List<Tuple> to = anchors == null ? List.of() : List.copyOf(anchors);
      emissions.add(new Emission(tuple(component, stream, values), to));
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
