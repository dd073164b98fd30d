package io.thalweg.storm;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.storm.Config;
import org.apache.storm.generated.GlobalStreamId;
import org.apache.storm.generated.Grouping;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.tuple.Fields;
import org.apache.storm.utils.ObjectReader;
import org.apache.storm.utils.Utils;

/**
 * What a {@link ProcessorBolt} needs of the topology around it, checked when a task starts: each
 * violation is an {@code IllegalStateException} that says what to set.
 */
final class TopologyChecks {

  /** A share below this would make the rate a matter of the time that a commit takes. */
  private static final int LEAST_SHARE = 100;

  /**
   * A commit is due with so many tuples at the latest: it costs little more than what it writes,
   * and many more would fill Storm's queues when they are emitted and acked at one go.
   */
  private static final int LARGEST_SHARE = 1_000;

  /** The same where a commit writes nothing: tuples are then acked while caches still hold them. */
  private static final int LARGEST_SHARE_IN_MEMORY = 64;

  private final Map<String, Object> conf;
  private final TopologyContext context;
  private final String component;

  TopologyChecks(Map<String, Object> conf, TopologyContext context) {
    this.conf = conf;
    this.context = context;
    this.component = context.getThisComponentId();
  }

  void ackers() {
    if (ObjectReader.getInt(conf.get(Config.TOPOLOGY_ACKER_EXECUTORS), 1) == 0) {
      throw new IllegalStateException(
          component
              + ": acking must be on, or lost tuples are not repeated: set "
              + Config.TOPOLOGY_ACKER_EXECUTORS
              + " to at least 1: 0");
    }
  }

  /** A tuple that waits for a commit must not time out meanwhile; one that is lost must. */
  void messageTimeouts(long commitIntervalMillis) {
    if (!ObjectReader.getBoolean(conf.get(Config.TOPOLOGY_ENABLE_MESSAGE_TIMEOUTS), true)) {
      throw new IllegalStateException(
          component
              + ": message timeouts must be on, or what a dead worker held is never repeated: set "
              + Config.TOPOLOGY_ENABLE_MESSAGE_TIMEOUTS
              + " to true: false");
    }
    int seconds = ObjectReader.getInt(conf.get(Config.TOPOLOGY_MESSAGE_TIMEOUT_SECS), 30);
    if (seconds * 1_000L / 4 < commitIntervalMillis) {
      throw new IllegalStateException(
          "%s: %s must be at least 4 commit intervals of %d ms, or tuples time out while they wait: %d s"
              .formatted(
                  component, Config.TOPOLOGY_MESSAGE_TIMEOUT_SECS, commitIntervalMillis, seconds));
    }
  }

  /** All event inputs have the fields needed and bring a key to one task. */
  void events() {
    int tasks = context.getComponentTasks(component).size();
    if (context.getThisSources().keySet().stream().allMatch(TopologyChecks::isPulse)) {
      throw new IllegalStateException(
          "%s: a processor bolt must have an input of events: add fieldsGrouping(..., new Fields(\"%s\")): %s"
              .formatted(component, TupleFields.KEY, context.getThisSources().keySet()));
    }
    for (Map.Entry<GlobalStreamId, Grouping> input : context.getThisSources().entrySet()) {
      GlobalStreamId stream = input.getKey();
      if (isPulse(stream)) {
        continue;
      }
      Fields fields = context.getComponentOutputFields(stream);
      for (String field : InputLayout.NEEDED) {
        if (!fields.contains(field)) {
          throw new IllegalStateException(
              "%s: input %s of %s must have the field %s, %s: %s"
                  .formatted(
                      component,
                      stream.get_streamId(),
                      stream.get_componentId(),
                      field,
                      field.equals(TupleFields.VALUE) && fields.contains(TupleFields.SHARD)
                          ? "the bytes of an event: give it to the mapping of that bolt"
                          : "as those of KafkaSources have",
                      fields.toList()));
        }
      }
      Grouping grouping = input.getValue();
      boolean byKey =
          grouping.is_set_fields() && grouping.get_fields().equals(List.of(TupleFields.KEY));
      if (tasks > 1 && !byKey) {
        // Not any one of them: where fields grouping brings a key its state is sought, too.
        throw new IllegalStateException(
            "%s: all tuples of a key must come to that one of its %d tasks where its state is: use fieldsGrouping(\"%s\", new Fields(\"%s\")): %s"
                .formatted(
                    component,
                    tasks,
                    stream.get_componentId(),
                    TupleFields.KEY,
                    grouping.getSetField()));
      }
    }
  }

  private static boolean isPulse(GlobalStreamId stream) {
    return stream.get_streamId().equals(Streams.WATERMARK)
        || stream.get_streamId().equals(Streams.TICK);
  }

  /**
   * Finds the components whose watermarks this bolt listens to: those of all its event inputs, or,
   * where that is allowed, of none.
   */
  Set<String> watermarks(Guarantee guarantee) {
    Set<String> events = new HashSet<>();
    Set<String> watermarks = new HashSet<>();
    for (Map.Entry<GlobalStreamId, Grouping> input : context.getThisSources().entrySet()) {
      GlobalStreamId stream = input.getKey();
      if (stream.get_streamId().equals(Streams.WATERMARK)) {
        if (!input.getValue().is_set_all()) {
          throw new IllegalStateException(
              "%s: every task must see every watermark: use allGrouping(\"%s\", Streams.WATERMARK): %s"
                  .formatted(component, stream.get_componentId(), input.getValue().getSetField()));
        }
        watermarks.add(stream.get_componentId());
      } else if (!isPulse(stream)) {
        events.add(stream.get_componentId());
      }
    }
    if (!watermarks.isEmpty()) {
      answersOnly();
    }
    if (watermarks.isEmpty() && guarantee == Guarantee.AT_LEAST_ONCE) {
      return watermarks;
    }
    for (String input : events) {
      if (!context.getComponentStreams(input).contains(Streams.WATERMARK)) {
        throw new IllegalStateException(
            "%s: %s needs a source that knows its low watermark, or replayed records come late: make %s by KafkaSources...lowWatermarkSpout(), or use withGuarantee(Guarantee.AT_LEAST_ONCE): it has no stream %s"
                .formatted(component, guarantee, input, Streams.WATERMARK));
      }
      if (isBolt(input) && !hears(input)) {
        throw new IllegalStateException(
            "%s: watermarks must come from a source that knows them, or nothing falls due: %s passes on those that it gets, and listens to none: add allGrouping(..., Streams.WATERMARK) to it"
                .formatted(component, input));
      }
      if (!watermarks.contains(input)) {
        throw new IllegalStateException(
            "%s: %s needs the watermarks of every input: add allGrouping(\"%s\", Streams.WATERMARK): %s"
                .formatted(component, guarantee, input, watermarks));
      }
    }
    return watermarks;
  }

  /** A bolt says how far its answers are settled, and nothing of the other tuples it emits. */
  private void answersOnly() {
    for (GlobalStreamId input : context.getThisSources().keySet()) {
      if (!isPulse(input)
          && isBolt(input.get_componentId())
          && !context.getComponentOutputFields(input).contains(TupleFields.SHARD)) {
        throw new IllegalStateException(
            "%s: of a bolt only the answers can be input, others feed sinks only: stream %s of %s has no field %s"
                .formatted(
                    component, input.get_streamId(), input.get_componentId(), TupleFields.SHARD));
      }
    }
  }

  private boolean isBolt(String id) {
    return context.getRawTopology().get_bolts().containsKey(id);
  }

  private boolean hears(String bolt) {
    return context.getSources(bolt).keySet().stream()
        .anyMatch(input -> input.get_streamId().equals(Streams.WATERMARK));
  }

  /** The tasks of some components. */
  Set<Integer> tasksOf(Set<String> components) {
    return components.stream()
        .flatMap(each -> context.getComponentTasks(each).stream())
        .collect(Collectors.toSet());
  }

  Set<Integer> spoutTasks() {
    return tasksOf(context.getRawTopology().get_spouts().keySet());
  }

  /**
   * How many tuples this task may hold before a commit is due: half of its share of what the spouts
   * may have in flight, so that a spout always has room for more and the rate is not tied to the
   * commit interval; and no more than {@link #LARGEST_SHARE}.
   *
   * @param durable whether a commit writes
   */
  int share(boolean durable) {
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
      if (maxPending / (2L * holders) < LEAST_SHARE) {
        throw new IllegalStateException(
            "%s: %s would tie the rate to the time of a commit: leave it unset, since the source bounds what is in flight, or set it to at least %d: %d"
                .formatted(
                    component,
                    Config.TOPOLOGY_MAX_SPOUT_PENDING,
                    2L * holders * LEAST_SHARE,
                    maxPending));
      }
      inFlight = Math.min(inFlight, maxPending);
    }
    int largest = durable ? LARGEST_SHARE : LARGEST_SHARE_IN_MEMORY;
    return (int) Math.max(1, Math.min(largest, inFlight / (2L * holders)));
  }

  /** The tasks that hold tuples until a commit: all that listen to watermarks, and this bolt's. */
  private int holders() {
    Set<Integer> tasks = new HashSet<>(context.getComponentTasks(component));
    context
        .getRawTopology()
        .get_bolts()
        .forEach(
            (id, bolt) -> {
              if (bolt.get_common().get_inputs().keySet().stream()
                  .anyMatch(TopologyChecks::isPulse)) {
                tasks.addAll(context.getComponentTasks(id));
              }
            });
    return tasks.size();
  }

  private static Map<?, ?> json(String text) {
    return text == null ? Map.of() : Utils.parseJson(text);
  }
}
