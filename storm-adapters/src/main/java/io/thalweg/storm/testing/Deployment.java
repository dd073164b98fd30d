package io.thalweg.storm.testing;

import io.thalweg.storm.ComponentSettings;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.storm.Config;
import org.apache.storm.Constants;
import org.apache.storm.generated.ComponentCommon;
import org.apache.storm.generated.GlobalStreamId;
import org.apache.storm.generated.Grouping;
import org.apache.storm.generated.SpoutSpec;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.generated.StreamInfo;
import org.apache.storm.grouping.CustomStreamGrouping;
import org.apache.storm.metrics2.StormMetricRegistry;
import org.apache.storm.shade.net.minidev.json.JSONObject;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.IRichBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.utils.ObjectReader;
import org.apache.storm.utils.TupleUtils;
import org.apache.storm.utils.Utils;

/** One submission of the topology: its tasks, who listens to whom, and Storm's contexts. */
final class Deployment {

  /** The in-flight bound of the spout, as its component configuration tells it to the bolts. */
  private static final Map<String, Object> DEFAULTS = Utils.readDefaultConfig();

  final int number;
  final String spout;

  /** Whether the spout says how far event time is complete, or is a plain one. */
  final boolean hasHeartbeats;

  final List<String> bolts;
  final Map<String, Object> conf;
  final int maxUncommittedOffsets;
  private final StormTopology topology;
  private final String id;
  private final Map<Integer, String> componentOfTask = new HashMap<>();
  private final Map<String, List<Integer>> tasksOfComponent = new LinkedHashMap<>();
  private final Map<String, Map<String, Fields>> fields = new HashMap<>();
  private final Map<GlobalStreamId, List<Route>> routes = new HashMap<>();
  private final TopologyContext general;

  /** The instances of each task, the newest first. */
  final Map<Integer, List<TaskInstance>> instances = new HashMap<>();

  private record Route(List<Integer> targets, Grouping grouping, CustomStreamGrouping custom) {}

  Deployment(
      StormTopology submitted,
      String name,
      int number,
      Map<String, Integer> tasks,
      Map<String, Object> settings,
      Integer maxUncommitted) {
    this.number = number;
    topology = submitted.deepCopy();
    id = name + "-" + number + "-" + (1_000 + number);
    spout = sourceOf(topology);
    hasHeartbeats = hasStream(topology.get_spouts().get(spout), Streams.WATERMARK);
    bolts = List.copyOf(new TreeMap<>(topology.get_bolts()).keySet());
    conf = new HashMap<>(DEFAULTS);
    conf.put(Config.TOPOLOGY_ACKER_EXECUTORS, 1);
    conf.put(Config.TOPOLOGY_NAME, name);
    conf.put(Config.TOPOLOGY_KRYO_REGISTER, List.of());
    conf.putAll(settings);
    Map<String, ComponentCommon> components = new TreeMap<>();
    components.put(spout, topology.get_spouts().get(spout).get_common());
    topology.get_bolts().forEach((bolt, spec) -> components.put(bolt, spec.get_common()));
    if (maxUncommitted != null && hasHeartbeats) {
      configure(
          components.get(spout), Map.of(ComponentSettings.MAX_UNCOMMITTED_OFFSETS, maxUncommitted));
    }
    // A plain spout keeps its bound to itself.
    maxUncommittedOffsets =
        maxUncommitted != null
            ? maxUncommitted
            : ObjectReader.getInt(
                configuration(components.get(spout)).get(ComponentSettings.MAX_UNCOMMITTED_OFFSETS),
                Integer.MAX_VALUE);
    for (Map.Entry<String, ComponentCommon> component : components.entrySet()) {
      ComponentCommon common = component.getValue();
      Integer wanted = tasks.get(component.getKey());
      if (wanted != null) {
        configure(common, Map.of(Config.TOPOLOGY_TASKS, wanted));
        common.set_parallelism_hint(wanted);
      }
      declare(component.getKey(), common);
    }
    componentOfTask.put(-1, Constants.SYSTEM_COMPONENT_ID);
    fields.put(
        Constants.SYSTEM_COMPONENT_ID,
        Map.of(Constants.SYSTEM_TICK_STREAM_ID, new Fields("rate_secs")));
    general = context(tasksOfComponent.get(spout).get(0));
    components.forEach(this::connect);
  }

  /** The spout with a watermark stream; where there is none, the one that reads records. */
  private static String sourceOf(StormTopology topology) {
    List<String> sources = new ArrayList<>();
    List<String> plain = new ArrayList<>();
    topology
        .get_spouts()
        .forEach(
            (id, spout) -> {
              if (hasStream(spout, Streams.WATERMARK)) {
                sources.add(id);
              } else if (readsRecords(spout)) {
                plain.add(id);
              }
            });
    List<String> found = sources.isEmpty() ? plain : sources;
    if (found.size() != 1) {
      throw new IllegalArgumentException(
          "topology must have one spout with a watermark stream, or else one of records, which is"
              + " then simulated: "
              + found);
    }
    return found.get(0);
  }

  private static boolean hasStream(SpoutSpec spout, String stream) {
    return spout.get_common().get_streams().containsKey(stream);
  }

  private static boolean readsRecords(SpoutSpec spout) {
    StreamInfo records = spout.get_common().get_streams().get(Utils.DEFAULT_STREAM_ID);
    return records != null && records.get_output_fields().contains(TupleFields.OFFSET);
  }

  private static void configure(ComponentCommon common, Map<String, Object> settings) {
    Map<String, Object> all = new HashMap<>(configuration(common));
    all.putAll(settings);
    common.set_json_conf(JSONObject.toJSONString(all));
  }

  private static Map<String, Object> configuration(ComponentCommon common) {
    Map<String, Object> conf =
        common.is_set_json_conf() ? Utils.parseJson(common.get_json_conf()) : null;
    return conf == null ? Map.of() : conf;
  }

  private void declare(String component, ComponentCommon common) {
    Map<String, Fields> streams = new HashMap<>();
    common
        .get_streams()
        .forEach((stream, info) -> streams.put(stream, new Fields(info.get_output_fields())));
    fields.put(component, streams);
    int tasks =
        ObjectReader.getInt(
            configuration(common).get(Config.TOPOLOGY_TASKS),
            Math.max(1, common.get_parallelism_hint()));
    for (int i = 0; i < tasks; i++) {
      int task = componentOfTask.size() + 1;
      componentOfTask.put(task, component);
      tasksOfComponent.computeIfAbsent(component, c -> new ArrayList<>()).add(task);
      instances.put(task, new ArrayList<>(2));
    }
  }

  private void connect(String component, ComponentCommon common) {
    new TreeMap<>(common.get_inputs())
        .forEach(
            (stream, grouping) -> {
              List<Integer> targets = tasksOfComponent.get(component);
              CustomStreamGrouping custom = null;
              if (grouping.is_set_custom_serialized()) {
                custom =
                    Utils.javaDeserialize(
                        grouping.get_custom_serialized(), CustomStreamGrouping.class);
                custom.prepare(general, stream, targets);
              } else if (grouping.is_set_direct() || grouping.is_set_custom_object()) {
                throw new IllegalArgumentException(
                    "%s: grouping must not be direct nor a thrift object in a simulation: %s"
                        .formatted(component, grouping.getSetField()));
              }
              routes
                  .computeIfAbsent(stream, s -> new ArrayList<>())
                  .add(new Route(targets, grouping, custom));
            });
  }

  /** The tasks that a tuple goes to; null if nobody listens to the stream at all. */
  List<Integer> targets(
      String component, int from, String stream, List<Object> values, Chance chance) {
    List<Route> listeners = routes.get(new GlobalStreamId(component, stream));
    if (listeners == null) {
      return null;
    }
    List<Integer> tasks = new ArrayList<>();
    for (Route route : listeners) {
      List<Integer> all = route.targets;
      if (route.custom != null) {
        tasks.addAll(route.custom.chooseTasks(from, values));
      } else if (route.grouping.is_set_all()) {
        tasks.addAll(all);
      } else if (!route.grouping.is_set_fields()) {
        tasks.add(all.get(chance.from(0, all.size() - 1)));
      } else if (route.grouping.get_fields().isEmpty()) {
        tasks.add(all.get(0)); // how Storm says global
      } else {
        List<Object> by =
            fields(component, stream).select(new Fields(route.grouping.get_fields()), values);
        tasks.add(all.get(TupleUtils.chooseTaskIndex(by, all.size())));
      }
    }
    return tasks;
  }

  Fields fields(String component, String stream) {
    Fields declared = fields.get(component).get(stream);
    if (declared == null) {
      throw new IllegalArgumentException(
          component + ": stream must be declared before it is emitted to: " + stream);
    }
    return declared;
  }

  List<Integer> tasks(String component) {
    List<Integer> tasks = tasksOfComponent.get(component);
    if (tasks == null) {
      throw new IllegalArgumentException(
          "component must be one of " + tasksOfComponent.keySet() + ": " + component);
    }
    return tasks;
  }

  /** Whether its tasks share out the keys, so that there may be more or fewer of them. */
  boolean isKeyed(String bolt) {
    return topology.get_bolts().get(bolt).get_common().get_inputs().values().stream()
        .anyMatch(grouping -> grouping.is_set_fields() && !grouping.get_fields().isEmpty());
  }

  String component(int task) {
    return componentOfTask.get(task);
  }

  int tickSeconds(String bolt) {
    return ObjectReader.getInt(
        configuration(topology.get_bolts().get(bolt).get_common())
            .get(Config.TOPOLOGY_TICK_TUPLE_FREQ_SECS),
        ObjectReader.getInt(conf.get(Config.TOPOLOGY_TICK_TUPLE_FREQ_SECS), 0));
  }

  /** A bolt as it comes to a worker, not yet prepared. */
  IRichBolt bolt(String component) {
    return Utils.javaDeserialize(
        topology.get_bolts().get(component).get_bolt_object().get_serialized_java(),
        IRichBolt.class);
  }

  TopologyContext general() {
    return general;
  }

  /** What a task learns of itself when it starts. */
  TopologyContext context(int task) {
    return new TopologyContext(
        topology,
        conf,
        componentOfTask,
        tasksOfComponent,
        fields,
        new HashMap<>(),
        id,
        "",
        "",
        task,
        6700,
        new ArrayList<>(componentOfTask.keySet()),
        new HashMap<>(),
        new HashMap<>(),
        new HashMap<>(),
        new HashMap<>(),
        new AtomicBoolean(),
        new StormMetricRegistry());
  }
}
