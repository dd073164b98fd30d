package io.thalweg.storm;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.storm.Config;
import org.apache.storm.generated.GlobalStreamId;
import org.apache.storm.generated.Grouping;
import org.apache.storm.generated.StreamInfo;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.ObjectReader;
import org.apache.storm.utils.Utils;

/**
 * Checks of the topology around a {@link ProcessorBolt}, made when a task starts. Each violation is
 * an {@code IllegalStateException} whose message states the remedy.
 */
final class TopologyChecks {

  /**
   * Smallest permitted number of events per commit: with fewer, the time of a commit would limit
   * the throughput.
   */
  private static final int MIN_PENDING_EVENTS = 100;

  /**
   * Largest number of events per commit. The fixed cost of a commit is small, and more tuples would
   * fill Storm's queues when they are emitted and acked together.
   */
  private static final int MAX_PENDING_EVENTS = 1_000;

  /**
   * Largest number of events per commit if commits write nothing, so that tuples are acked while
   * they are cached.
   */
  private static final int MAX_PENDING_EVENTS_IN_MEMORY = 64;

  private final Map<String, Object> conf;
  private final TopologyContext context;
  private final String component;

  TopologyChecks(Map<String, Object> conf, TopologyContext context) {
    this.conf = conf;
    this.context = context;
    this.component = context.getThisComponentId();
  }

  /** Requires that tuples are tracked. */
  void requireAckers() {
    if (ObjectReader.getInt(conf.get(Config.TOPOLOGY_ACKER_EXECUTORS), 1) == 0) {
      throw new IllegalStateException(
          component
              + ": acking must be on, since lost tuples are not replayed otherwise: set "
              + Config.TOPOLOGY_ACKER_EXECUTORS
              + " to at least 1: 0");
    }
  }

  /** Requires that lost tuples time out, and that tuples which wait for a commit do not. */
  void requireMessageTimeouts(long commitIntervalMillis) {
    if (!ObjectReader.getBoolean(conf.get(Config.TOPOLOGY_ENABLE_MESSAGE_TIMEOUTS), true)) {
      throw new IllegalStateException(
          component
              + ": message timeouts must be on, since tuples of a dead worker are not replayed otherwise:"
              + " set "
              + Config.TOPOLOGY_ENABLE_MESSAGE_TIMEOUTS
              + " to true: false");
    }
    int seconds = ObjectReader.getInt(conf.get(Config.TOPOLOGY_MESSAGE_TIMEOUT_SECS), 30);
    if (seconds * 1_000L / 4 < commitIntervalMillis) {
      throw new IllegalStateException(
          "%s: %s must be at least 4 commit intervals of %d ms, since tuples wait for the commit: %d s"
              .formatted(
                  component, Config.TOPOLOGY_MESSAGE_TIMEOUT_SECS, commitIntervalMillis, seconds));
    }
  }

  /**
   * Requires that ids of results and names of shards are unique: the name of the component has no
   * slash, which separates their parts, and no event is answered on two paths of equal length.
   */
  void requireUniqueIds() {
    if (component.indexOf('/') >= 0) {
      throw new IllegalStateException(
          "name of a processor bolt must not contain a slash, which separates the parts of an id:"
              + " rename the component, whose state starts anew under the new name: "
              + component);
    }
    Map<Origin, String> answering = new HashMap<>();
    for (String input : eventInputs(component)) {
      for (Origin origin : origins(input, Set.of(component))) {
        String other = origin.bolts == 0 ? null : answering.putIfAbsent(origin, input);
        if (other != null) {
          throw new IllegalStateException(
              "%s: an event must be answered on one path, since its answers have equal ids otherwise: compute them in one bolt, or give each its own downstream bolt: events of %s come from %s and %s"
                  .formatted(component, origin.spout, other, input));
        }
      }
    }
  }

  /**
   * Origin of events.
   *
   * @param spout the spout of the records
   * @param bolts the number of processor bolts between the spout and the events
   */
  private record Origin(String spout, int bolts) {}

  private Set<Origin> origins(String sender, Set<String> below) {
    if (!isBolt(sender)) {
      return Set.of(new Origin(sender, 0));
    }
    if (below.contains(sender)) {
      return Set.of();
    }
    Set<String> path = new HashSet<>(below);
    path.add(sender);
    Map<String, StreamInfo> streams = context.getComponentCommon(sender).get_streams();
    StreamInfo results = streams.get(Utils.DEFAULT_STREAM_ID);
    int answers =
        results != null && results.get_output_fields().contains(TupleFields.SHARD) ? 1 : 0;
    Set<Origin> origins = new HashSet<>();
    for (String input : eventInputs(sender)) {
      for (Origin origin : origins(input, path)) {
        origins.add(new Origin(origin.spout, origin.bolts + answers));
      }
    }
    return origins;
  }

  private Set<String> eventInputs(String id) {
    return context.getSources(id).keySet().stream()
        .filter(input -> !isWatermarkOrTick(input))
        .map(GlobalStreamId::get_componentId)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Requires that there are event inputs and that they have the required fields. */
  void requireEventInputs() {
    if (context.getThisSources().keySet().stream().allMatch(TopologyChecks::isWatermarkOrTick)) {
      throw new IllegalStateException(
          "%s: a processor bolt must have an input of events: add fieldsGrouping(..., new Fields(\"%s\")): %s"
              .formatted(component, TupleFields.KEY, context.getThisSources().keySet()));
    }
    for (Map.Entry<GlobalStreamId, Grouping> input : context.getThisSources().entrySet()) {
      GlobalStreamId stream = input.getKey();
      if (isWatermarkOrTick(stream)) {
        continue;
      }
      Fields fields = context.getComponentOutputFields(stream);
      for (String field : InputLayout.REQUIRED) {
        if (!fields.contains(field)) {
          throw new IllegalStateException(
              "%s: input %s of %s must have the field %s, %s: %s"
                  .formatted(
                      component,
                      stream.get_streamId(),
                      stream.get_componentId(),
                      field,
                      field.equals(TupleFields.VALUE) && fields.contains(TupleFields.SHARD)
                          ? "the bytes of an event: add the column to the mapping of that bolt"
                          : "as the tuples of KafkaSources",
                      fields.toList()));
        }
      }
    }
    requireInputs(true);
  }

  /**
   * Requires that event inputs bring each key to one task, since the processor accepts no others.
   */
  void requireInputsByKey() {
    requireInputs(false);
  }

  private void requireInputs(boolean broadcastAllowed) {
    int tasks = context.getComponentTasks(component).size();
    for (Map.Entry<GlobalStreamId, Grouping> input : context.getThisSources().entrySet()) {
      GlobalStreamId stream = input.getKey();
      Grouping grouping = input.getValue();
      boolean byKey =
          grouping.is_set_fields() && grouping.get_fields().equals(List.of(TupleFields.KEY));
      boolean allowed = byKey || broadcastAllowed && grouping.is_set_all();
      if (tasks > 1 && !allowed && !isWatermarkOrTick(stream)) {
        // After rescaling, the state of a key is restored by the task of the fields grouping.
        throw new IllegalStateException(
            "%s: all tuples of a key must be sent to the one of %d tasks that has its state: use fieldsGrouping(\"%s\", new Fields(\"%s\")): %s"
                .formatted(
                    component,
                    tasks,
                    stream.get_componentId(),
                    TupleFields.KEY,
                    grouping.getSetField()));
      }
    }
  }

  /** Returns whether every task receives the tuples of a stream. */
  boolean isBroadcast(Tuple of) {
    Grouping grouping = context.getThisSources().get(of.getSourceGlobalStreamId());
    return grouping != null && grouping.is_set_all();
  }

  private static boolean isWatermarkOrTick(GlobalStreamId stream) {
    return stream.get_streamId().equals(Streams.WATERMARK)
        || stream.get_streamId().equals(Streams.TICK);
  }

  /**
   * Returns the components whose heartbeats this bolt receives: those of all event inputs, or none
   * if the guarantee allows it.
   */
  Set<String> heartbeatSenders(Guarantee guarantee) {
    Set<String> events = new HashSet<>();
    Set<String> watermarks = new HashSet<>();
    for (Map.Entry<GlobalStreamId, Grouping> input : context.getThisSources().entrySet()) {
      GlobalStreamId stream = input.getKey();
      if (stream.get_streamId().equals(Streams.WATERMARK)) {
        if (!input.getValue().is_set_all()) {
          throw new IllegalStateException(
              "%s: every task must receive every heartbeat: use allGrouping(\"%s\", Streams.WATERMARK): %s"
                  .formatted(component, stream.get_componentId(), input.getValue().getSetField()));
        }
        watermarks.add(stream.get_componentId());
      } else if (!isWatermarkOrTick(stream)) {
        events.add(stream.get_componentId());
      }
    }
    if (!watermarks.isEmpty()) {
      requireAnswers();
    }
    if (watermarks.isEmpty() && guarantee == Guarantee.AT_LEAST_ONCE) {
      return watermarks;
    }
    for (String input : events) {
      if (!context.getComponentStreams(input).contains(Streams.WATERMARK)) {
        throw new IllegalStateException(
            "%s: %s requires a source with heartbeats, since replayed records are late otherwise: create %s by KafkaSources...lowWatermarkSpout(), or use withGuarantee(Guarantee.AT_LEAST_ONCE): it has no stream %s"
                .formatted(component, guarantee, input, Streams.WATERMARK));
      }
      if (isBolt(input) && !receivesHeartbeats(input)) {
        throw new IllegalStateException(
            "%s: heartbeats must come from a spout, and %s forwards them but receives none: add allGrouping(..., Streams.WATERMARK) to it"
                .formatted(component, input));
      }
      if (!watermarks.contains(input)) {
        throw new IllegalStateException(
            "%s: %s requires the heartbeats of every input: add allGrouping(\"%s\", Streams.WATERMARK): %s"
                .formatted(component, guarantee, input, watermarks));
      }
    }
    return watermarks;
  }

  /** Requires that tuples of bolts are answers, since only answers have settled marks. */
  private void requireAnswers() {
    for (GlobalStreamId input : context.getThisSources().keySet()) {
      if (!isWatermarkOrTick(input)
          && isBolt(input.get_componentId())
          && !context.getComponentOutputFields(input).contains(TupleFields.SHARD)) {
        throw new IllegalStateException(
            "%s: an input from a bolt must be its answers, since other outputs feed sinks only: stream %s of %s has no field %s"
                .formatted(
                    component, input.get_streamId(), input.get_componentId(), TupleFields.SHARD));
      }
    }
  }

  private boolean isBolt(String id) {
    return context.getRawTopology().get_bolts().containsKey(id);
  }

  private boolean receivesHeartbeats(String bolt) {
    return context.getSources(bolt).keySet().stream()
        .anyMatch(input -> input.get_streamId().equals(Streams.WATERMARK));
  }

  /** Returns the tasks of components. */
  Set<Integer> tasksOf(Set<String> components) {
    return components.stream()
        .flatMap(each -> context.getComponentTasks(each).stream())
        .collect(Collectors.toSet());
  }

  /** Returns the tasks of the spouts whose heartbeats arrive from the given components. */
  Set<Integer> spoutTasksBehind(Set<String> senders) {
    Set<Integer> tasks = new HashSet<>();
    for (String sender : senders) {
      tasks.addAll(
          isBolt(sender)
              ? spoutTasksBehind(
                  context.getSources(sender).keySet().stream()
                      .filter(input -> input.get_streamId().equals(Streams.WATERMARK))
                      .map(GlobalStreamId::get_componentId)
                      .collect(Collectors.toSet()))
              : context.getComponentTasks(sender));
    }
    return tasks;
  }

  /** Returns whether a component may start without the state of records applied before. */
  boolean acceptsMissingState() {
    return ObjectReader.getBoolean(conf.get(ComponentSettings.ACCEPT_MISSING_STATE), false);
  }

  Set<Integer> spoutTasks() {
    return tasksOf(context.getRawTopology().get_spouts().keySet());
  }

  /**
   * Returns the number of tuples at which a commit is due: half of this task's share of the
   * in-flight bound of the spouts, and at most {@link #MAX_PENDING_EVENTS}. With half of the share,
   * the spout can always emit more, so the throughput does not depend on the commit interval.
   *
   * @param durable true if a commit writes
   */
  int maxPendingEvents(boolean durable) {
    long inFlight = Integer.MAX_VALUE;
    Integer maxPending = null;
    Object topologyWide = conf.get(Config.TOPOLOGY_MAX_SPOUT_PENDING);
    for (var spout : context.getRawTopology().get_spouts().values()) {
      Map<?, ?> own = json(spout.get_common().get_json_conf());
      if (own.get(ComponentSettings.MAX_UNCOMMITTED_OFFSETS) instanceof Number n) {
        inFlight = Math.min(inFlight, n.longValue());
      }
      Object pending = own.get(Config.TOPOLOGY_MAX_SPOUT_PENDING);
      Integer bound = ObjectReader.getInt(pending == null ? topologyWide : pending, null);
      if (bound != null) {
        maxPending = Math.min(maxPending == null ? Integer.MAX_VALUE : maxPending, bound);
      }
    }
    int holders = holders();
    if (maxPending != null) {
      if (maxPending / (2L * holders) < MIN_PENDING_EVENTS) {
        throw new IllegalStateException(
            "%s: %s must not limit the tuples of a commit: leave it unset, since the source bounds the tuples in flight, or set it to at least %d: %d"
                .formatted(
                    component,
                    Config.TOPOLOGY_MAX_SPOUT_PENDING,
                    2L * holders * MIN_PENDING_EVENTS,
                    maxPending));
      }
      inFlight = Math.min(inFlight, maxPending);
    }
    int max = durable ? MAX_PENDING_EVENTS : MAX_PENDING_EVENTS_IN_MEMORY;
    return (int) Math.max(1, Math.min(max, inFlight / (2L * holders)));
  }

  /**
   * Returns the number of tasks that hold tuples: those of this bolt and of all with heartbeats.
   */
  private int holders() {
    Set<Integer> tasks = new HashSet<>(context.getComponentTasks(component));
    context
        .getRawTopology()
        .get_bolts()
        .forEach(
            (id, bolt) -> {
              if (bolt.get_common().get_inputs().keySet().stream()
                  .anyMatch(TopologyChecks::isWatermarkOrTick)) {
                tasks.addAll(context.getComponentTasks(id));
              }
            });
    return tasks.size();
  }

  private static Map<?, ?> json(String text) {
    return text == null ? Map.of() : Utils.parseJson(text);
  }
}
