package io.thalweg.storm.testing;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.storm.Config;
import org.apache.storm.Constants;
import org.apache.storm.generated.ComponentCommon;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.metrics2.StormMetricRegistry;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.IRichBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.utils.ObjectReader;
import org.apache.storm.utils.Utils;

/**
 * Storm contexts of the tasks of a topology, without a cluster. Tasks are numbered from 1, in the
 * order of the names of their components.
 *
 * <pre>{@code
 * TaskContexts contexts = new TaskContexts(builder.createTopology(), conf, "test-1-1");
 * bolt.prepare(conf, contexts.of("detector", 0), collector);
 * }</pre>
 */
public final class TaskContexts {

  private final StormTopology topology;
  private final Map<String, Object> conf;
  private final String topologyId;
  private final Map<Integer, String> componentOfTask = new HashMap<>();
  private final Map<String, List<Integer>> tasksOfComponent = new LinkedHashMap<>();
  private final Map<String, Map<String, Fields>> fields = new HashMap<>();

  /**
   * Creates the contexts of all components.
   *
   * @param topology the topology
   * @param conf the configuration of the topology
   * @param topologyId the id that Storm assigns to a submission: name, number and time, joined by
   *     hyphens
   */
  public TaskContexts(StormTopology topology, Map<String, Object> conf, String topologyId) {
    this(topology, componentsOf(topology), conf, topologyId);
  }

  /** Creates the contexts of some components. */
  TaskContexts(
      StormTopology topology,
      Map<String, ComponentCommon> components,
      Map<String, Object> conf,
      String topologyId) {
    this.topology = topology;
    this.conf = conf;
    this.topologyId = topologyId;
    components.forEach(this::declare);
    componentOfTask.put(-1, Constants.SYSTEM_COMPONENT_ID);
    fields.put(
        Constants.SYSTEM_COMPONENT_ID,
        Map.of(Constants.SYSTEM_TICK_STREAM_ID, new Fields("rate_secs")));
  }

  private static Map<String, ComponentCommon> componentsOf(StormTopology topology) {
    Map<String, ComponentCommon> components = new TreeMap<>();
    topology.get_spouts().forEach((id, spout) -> components.put(id, spout.get_common()));
    topology.get_bolts().forEach((id, bolt) -> components.put(id, bolt.get_common()));
    return components;
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
    }
  }

  /** Returns the configuration of a component. */
  static Map<String, Object> configuration(ComponentCommon common) {
    Map<String, Object> conf =
        common.is_set_json_conf() ? Utils.parseJson(common.get_json_conf()) : null;
    return conf == null ? Map.of() : conf;
  }

  /** Returns the tasks of all components. */
  Collection<Integer> tasks() {
    return tasksOfComponent.values().stream().flatMap(List::stream).toList();
  }

  /**
   * Returns the tasks of a component.
   *
   * @param component a component of the topology
   * @return the tasks, by index
   * @throws IllegalArgumentException if there is no such component
   */
  public List<Integer> tasks(String component) {
    List<Integer> tasks = tasksOfComponent.get(component);
    if (tasks == null) {
      throw new IllegalArgumentException(
          "component must be one of " + tasksOfComponent.keySet() + ": " + component);
    }
    return tasks;
  }

  /** Returns the component of a task. */
  String component(int task) {
    return componentOfTask.get(task);
  }

  /**
   * Returns the fields of a stream.
   *
   * @param component the component that declares the stream
   * @param stream the stream
   * @return the fields
   * @throws IllegalArgumentException if the component does not declare the stream
   */
  public Fields fields(String component, String stream) {
    Fields declared = fields.get(component).get(stream);
    if (declared == null) {
      throw new IllegalArgumentException(
          component + ": stream must be declared before it is emitted to: " + stream);
    }
    return declared;
  }

  /**
   * Returns a new instance of a bolt, deserialized from the topology as in a worker.
   *
   * @param component a bolt of the topology
   * @return the bolt, not yet prepared
   */
  public IRichBolt bolt(String component) {
    return Utils.javaDeserialize(
        topology.get_bolts().get(component).get_bolt_object().get_serialized_java(),
        IRichBolt.class);
  }

  /**
   * Creates the context of a task.
   *
   * @param component the component
   * @param index the index of the task in the component, from 0
   * @return the context
   */
  public TopologyContext of(String component, int index) {
    return of(component, index, new StormMetricRegistry());
  }

  /**
   * Creates the context of a task with a metric registry.
   *
   * @param component the component
   * @param index the index of the task in the component, from 0
   * @param metrics the registry in which the task registers its metrics
   * @return the context
   */
  public TopologyContext of(String component, int index, StormMetricRegistry metrics) {
    return of(tasks(component).get(index), metrics);
  }

  TopologyContext of(int task, StormMetricRegistry metrics) {
    return new TopologyContext(
        topology,
        conf,
        componentOfTask,
        tasksOfComponent,
        fields,
        new HashMap<>(),
        topologyId,
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
        metrics);
  }
}
