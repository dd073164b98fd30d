package io.thalweg.storm.testing;

import io.thalweg.storm.ComponentSettings;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.storm.Config;
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

/** One submission of the topology: its tasks, their contexts, and the routes of its streams. */
final class Deployment {

  private static final Map<String, Object> DEFAULTS = Utils.readDefaultConfig();

  final int number;
  final String spout;

  /** True if the spout emits heartbeats; false for a plain spout. */
  final boolean hasHeartbeats;

  final List<String> bolts;
  final Map<String, Object> conf;
  final int maxUncommittedOffsets;
  private final StormTopology topology;
  private final TaskContexts contexts;
  private final Map<GlobalStreamId, List<Route>> routes = new HashMap<>();
  private final TopologyContext general;

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
    // The bound of a plain spout is not in its component configuration.
    maxUncommittedOffsets =
        maxUncommitted != null
            ? maxUncommitted
            : ObjectReader.getInt(
                TaskContexts.configuration(components.get(spout))
                    .get(ComponentSettings.MAX_UNCOMMITTED_OFFSETS),
                Integer.MAX_VALUE);
    for (Map.Entry<String, ComponentCommon> component : components.entrySet()) {
      ComponentCommon common = component.getValue();
      Integer wanted = tasks.get(component.getKey());
      if (wanted != null) {
        configure(common, Map.of(Config.TOPOLOGY_TASKS, wanted));
        common.set_parallelism_hint(wanted);
      }
    }
    String id = name + "-" + number + "-" + (1_000 + number);
    contexts = new TaskContexts(topology, components, conf, id);
    general = context(tasks(spout).get(0));
    components.forEach(this::connect);
  }

  /** Returns the spout with heartbeats; if there is none, the spout that reads records. */
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
          "topology must have exactly one spout with a stream watermark, or else exactly one spout"
              + " of records, which is simulated: "
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
    Map<String, Object> all = new HashMap<>(TaskContexts.configuration(common));
    all.putAll(settings);
    common.set_json_conf(JSONObject.toJSONString(all));
  }

  private void connect(String component, ComponentCommon common) {
    new TreeMap<>(common.get_inputs())
        .forEach(
            (stream, grouping) -> {
              List<Integer> targets = tasks(component);
              CustomStreamGrouping custom = null;
              if (grouping.is_set_custom_serialized()) {
                custom =
                    Utils.javaDeserialize(
                        grouping.get_custom_serialized(), CustomStreamGrouping.class);
                custom.prepare(general, stream, targets);
              } else if (grouping.is_set_direct() || grouping.is_set_custom_object()) {
                throw new IllegalArgumentException(
                    "%s: grouping must be neither direct nor a Thrift object in a simulation: %s"
                        .formatted(component, grouping.getSetField()));
              }
              routes
                  .computeIfAbsent(stream, s -> new ArrayList<>())
                  .add(new Route(targets, grouping, custom));
            });
  }

  /** Returns the tasks to which a tuple is sent; null if no bolt receives the stream. */
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
        tasks.add(all.get(0)); // global grouping
      } else {
        List<Object> by =
            fields(component, stream).select(new Fields(route.grouping.get_fields()), values);
        tasks.add(all.get(TupleUtils.chooseTaskIndex(by, all.size())));
      }
    }
    return tasks;
  }

  Fields fields(String component, String stream) {
    return contexts.fields(component, stream);
  }

  Collection<Integer> tasks() {
    return contexts.tasks();
  }

  List<Integer> tasks(String component) {
    return contexts.tasks(component);
  }

  /** Returns whether the tasks of a bolt are grouped by fields, so that it can be rescaled. */
  boolean isKeyed(String bolt) {
    return topology.get_bolts().get(bolt).get_common().get_inputs().values().stream()
        .anyMatch(grouping -> grouping.is_set_fields() && !grouping.get_fields().isEmpty());
  }

  String component(int task) {
    return contexts.component(task);
  }

  int tickSeconds(String bolt) {
    return ObjectReader.getInt(
        TaskContexts.configuration(topology.get_bolts().get(bolt).get_common())
            .get(Config.TOPOLOGY_TICK_TUPLE_FREQ_SECS),
        ObjectReader.getInt(conf.get(Config.TOPOLOGY_TICK_TUPLE_FREQ_SECS), 0));
  }

  /** Returns a new instance of a bolt, not yet prepared. */
  IRichBolt bolt(String component) {
    return contexts.bolt(component);
  }

  TopologyContext general() {
    return general;
  }

  TopologyContext context(int task) {
    return contexts.of(task, new StormMetricRegistry());
  }
}
