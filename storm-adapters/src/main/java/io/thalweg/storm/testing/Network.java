package io.thalweg.storm.testing;

import io.thalweg.storm.Streams;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.storm.serialization.KryoValuesDeserializer;
import org.apache.storm.serialization.KryoValuesSerializer;
import org.apache.storm.tuple.MessageId;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.TupleImpl;

/**
 * Model of the network between tasks: tuples from one instance to another arrive in the order in
 * which they were sent. Values pass through Storm's serialization. Streams without a listener go to
 * the sink.
 */
final class Network {

  private record Link(long from, long to) {}

  private final Clock clock;
  private final Chance chance;
  private final Trace trace;
  private final FaultPlan faults;
  private final AckTrees trees;
  private final Supervisor supervisor;
  private final Sink sink;
  private final Runnable disturbance;
  private final KryoValuesSerializer serializer;
  private final KryoValuesDeserializer deserializer;

  /** Time of the last arrival on each link. */
  private final Map<Link, Long> lastArrivals = new HashMap<>();

  /** Time at which a sender learns of a new instance. */
  private final Map<Link, Long> knownSince = new HashMap<>();

  /**
   * Creates a network.
   *
   * @param disturbance called when a tuple arrives for which no spout task waits
   */
  Network(
      Clock clock,
      Chance chance,
      Trace trace,
      FaultPlan faults,
      AckTrees trees,
      Supervisor supervisor,
      Sink sink,
      Runnable disturbance) {
    this.clock = clock;
    this.chance = chance;
    this.trace = trace;
    this.faults = faults;
    this.trees = trees;
    this.supervisor = supervisor;
    this.sink = sink;
    this.disturbance = disturbance;
    serializer = new KryoValuesSerializer(supervisor.deployment().conf);
    deserializer = new KryoValuesDeserializer(supervisor.deployment().conf);
  }

  /** Emits a tuple of a spout task; it is not tracked if the tree is null. */
  void emit(TaskInstance spout, String stream, List<Object> values, AckTree tree) {
    long root = chance.id();
    List<Integer> targets =
        spout.deployment.targets(spout.component, spout.task, stream, values, chance);
    if (tree != null) {
      trees.add(root, tree);
    }
    List<Object> sent = serialized(values);
    for (int target : targets == null ? List.<Integer>of() : targets) {
      Map<Long, Long> edges = new HashMap<>();
      if (tree != null) {
        long edge = chance.id();
        tree.edges ^= edge;
        edges.put(root, edge);
      }
      send(spout, target, tuple(spout, stream, sent, edges));
    }
    if (tree != null && tree.edges == 0) {
      trees.complete(root, tree);
    }
  }

  /** Emits a tuple of a bolt task, and returns the tasks that receive it. */
  List<Integer> emit(
      TaskInstance bolt, String stream, Collection<Tuple> anchors, List<Object> values) {
    bolt.deployment.fields(bolt.component, stream);
    List<Integer> targets =
        bolt.deployment.targets(bolt.component, bolt.task, stream, values, chance);
    boolean toSink = targets == null && !stream.equals(Streams.WATERMARK);
    List<Object> sent = serialized(values);
    if (toSink) {
      TupleImpl tuple = tuple(bolt, stream, sent, trees.edges(anchors));
      clock.after(chance.from(1, 20), () -> sink(tuple));
      return List.of();
    }
    if (targets == null) {
      return List.of();
    }
    for (int target : targets) {
      send(bolt, target, tuple(bolt, stream, sent, trees.edges(anchors)));
    }
    return targets;
  }

  private List<Object> serialized(List<Object> values) {
    return deserializer.deserialize(serializer.serialize(values));
  }

  private static TupleImpl tuple(
      TaskInstance from, String stream, List<Object> values, Map<Long, Long> edges) {
    return new TupleImpl(
        from.deployment.general(),
        values,
        from.component,
        from.task,
        stream,
        MessageId.makeId(edges));
  }

  private void send(TaskInstance from, int task, TupleImpl tuple) {
    TaskInstance to = receiver(from, task);
    if (to == null) {
      return;
    }
    Link link = new Link(from.uid, to.uid);
    long at = clock.now() + chance.from(1, 15) + faults.delay(to);
    at = Math.max(at, lastArrivals.getOrDefault(link, 0L));
    lastArrivals.put(link, at);
    clock.at(
        at,
        () -> {
          if (!trees.areOpen(tuple)) {
            disturbance.run();
          }
          to.receive(tuple);
        });
  }

  /**
   * Returns the living instance of a task that a sender knows; null if there is none. For a while,
   * a sender knows the old one of two living instances only.
   */
  private TaskInstance receiver(TaskInstance from, int task) {
    TaskInstance newest = null;
    for (TaskInstance instance : supervisor.instances(from.deployment, task)) {
      if (instance.alive) {
        if (newest != null) {
          Link link = new Link(from.uid, newest.uid);
          Long since = knownSince.get(link);
          if (since == null) {
            since = clock.now() + chance.from(0, 400);
            knownSince.put(link, since);
          }
          return clock.now() < since ? instance : newest;
        }
        newest = instance;
      }
    }
    return newest;
  }

  private void sink(TupleImpl tuple) {
    Faults.Fault fault = faults.ofSink(chance);
    if (fault instanceof Faults.SinkDown) {
      return;
    }
    if (fault instanceof Faults.SinkFails) {
      trees.fail(tuple);
      return;
    }
    String change = sink.add(tuple);
    if (change != null) {
      trace.add(change);
    }
    trees.ack(tuple);
  }
}
