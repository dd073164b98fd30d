package io.thalweg.storm.testing;

import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.StateStore;
import io.thalweg.storm.Streams;
import io.thalweg.storm.testing.Faults.Fault;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.storm.serialization.KryoValuesDeserializer;
import org.apache.storm.serialization.KryoValuesSerializer;
import org.apache.storm.topology.IRichBolt;
import org.apache.storm.tuple.MessageId;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.TupleImpl;

/** Everything around the bolts: supervisor, network, ackers, broker and sink. */
final class World {

  static final String TOPIC = "simulated";
  static final int HEARTBEAT_MILLIS = 200;

  /** When a run is given up that does not come to rest. */
  private static final long PATIENCE_MILLIS = 120_000;

  private record Edge(long from, long to) {}

  private record Place(String component, int index) {}

  final Clock clock = new Clock();
  final Chance chance;
  final List<List<TopicRecord>> logs;

  /** By partition, how many records the group has committed. */
  final int[] committed;

  private final long lastArrival;
  final StateStore store;
  final int pollMillis;
  final int storeMillis;
  private final Simulation simulation;
  private final List<Fault> faults;
  private final List<Fault> plans = new ArrayList<>();
  private final Sink sink;
  private final List<String> trace = new ArrayList<>();
  private final Map<Long, AckTree> roots = new HashMap<>();
  private final Map<Edge, Long> lastOn = new HashMap<>();
  private final Map<Edge, Long> knownSince = new HashMap<>();
  private final Map<Place, Integer> commits = new HashMap<>();
  private final Map<Integer, Integer> orders = new HashMap<>();
  private final Map<String, Integer> tasks = new HashMap<>();
  private final List<TaskInstance> started = new ArrayList<>();
  private final KryoValuesSerializer serializer;
  private final KryoValuesDeserializer deserializer;
  private Deployment deployment;
  private long uids;
  private boolean settled;
  private int rounds;
  private Map<SpoutInstance, Long> goals = Map.of();

  World(Simulation simulation, Chance chance, Deployment deployment, List<Fault> faults) {
    this.simulation = simulation;
    this.chance = chance;
    this.deployment = deployment;
    this.faults = faults;
    logs = simulation.logs();
    committed = new int[logs.size()];
    lastArrival = simulation.lastArrival();
    store = simulation.store == null ? new SimulatedStore(simulation.off) : simulation.store;
    sink = new Sink(has(Safeguard.VERSIONS));
    pollMillis = chance.oneOf(10, 40);
    storeMillis = chance.oneOf(2, 30);
    serializer = new KryoValuesSerializer(deployment.conf);
    deserializer = new KryoValuesDeserializer(deployment.conf);
  }

  // What the parts ask

  boolean has(Safeguard safeguard) {
    return !simulation.off.contains(safeguard);
  }

  long seed() {
    return simulation.seed;
  }

  long bound() {
    return simulation.disorderMillis;
  }

  int maxUncommittedOffsets() {
    return deployment.maxUncommittedOffsets;
  }

  long idleMillis() {
    return simulation.idleMillis;
  }

  boolean isEndless() {
    return simulation.untilMillis >= 0;
  }

  /** Whether the topic has an end, and the last record is there. */
  boolean isAllWritten() {
    return !isEndless() && clock.now() > lastArrival;
  }

  boolean isReplaced(Deployment of) {
    return of != deployment;
  }

  void giveStore(IRichBolt bolt, StateStore store) {
    if (bolt instanceof ProcessorBolt<?, ?, ?> processor) {
      processor.withStateStore(store);
    }
  }

  void log(Object... words) {
    StringBuilder line = new StringBuilder().append(clock.now()).append(" ms");
    for (Object word : words) {
      line.append(' ').append(word);
    }
    trace.add(line.toString());
  }

  // The run

  Outcome run() {
    startAll(1, 1);
    for (Fault fault : faults) {
      if (fault.component() != null) {
        deployment.tasks(fault.component()); // which it must have
      }
      if (fault instanceof Faults.Kill kill) {
        clock.at(kill.at(), () -> kill(kill));
      } else if (fault instanceof Faults.Zombie zombie) {
        clock.at(zombie.at(), () -> makeZombie(zombie));
      } else if (fault instanceof Faults.Rescale rescale) {
        clock.at(rescale.at(), () -> rescale(rescale));
      } else {
        plans.add(fault);
      }
    }
    try {
      if (isEndless()) {
        clock.runUntil(simulation.untilMillis);
      } else {
        clock.after(HEARTBEAT_MILLIS, this::stopOnceSettled);
        clock.runUntil(PATIENCE_MILLIS);
      }
    } finally {
      clock.stop();
      started.forEach(TaskInstance::cleanUp);
    }
    return new Outcome(
        sink.rows(), sink.results(), sink.late(), sink.deadLetters(), settled, List.copyOf(trace));
  }

  /**
   * The end of the stream has passed through once watermark tuples that say so were acked, others
   * made after that were acked, and so on: each bolt may keep its outputs, and with them the end,
   * until it hears that they arrived. Whatever starts, fails or comes too late to count may undo
   * that: late heartbeats of a spout task that is gone keep outputs from being confirmed.
   */
  private void stopOnceSettled() {
    List<SpoutInstance> spouts = new ArrayList<>();
    for (int task : deployment.tasks(deployment.spout)) {
      deployment.instances.get(task).stream()
          .limit(1)
          .forEach(instance -> spouts.add((SpoutInstance) instance));
    }
    if (clock.now() <= lastFault()
        || started.stream().anyMatch(instance -> instance.alive && !isNewest(instance))
        || spouts.size() < deployment.tasks(deployment.spout).size()
        || !spouts.stream().allMatch(SpoutInstance::isAtEnd)) {
      disturbed();
    } else if (!goals.keySet().equals(Set.copyOf(spouts))) {
      rounds = 0;
      goals = spouts.stream().collect(Collectors.toMap(spout -> spout, SpoutInstance::next));
    } else if (goals.entrySet().stream().allMatch(g -> g.getKey().confirmed() >= g.getValue())) {
      rounds++;
      goals = spouts.stream().collect(Collectors.toMap(spout -> spout, SpoutInstance::next));
    }
    if (rounds == deployment.bolts.size() + 1) {
      settled = true;
      clock.stop();
    } else {
      clock.after(HEARTBEAT_MILLIS, this::stopOnceSettled);
    }
  }

  private void disturbed() {
    rounds = 0;
    goals = Map.of();
  }

  /** Of those that come at a time; the others wait for their step, which may never come. */
  private long lastFault() {
    long last = 0;
    for (Fault fault : faults) {
      if (fault instanceof Faults.Kill kill) {
        last = Math.max(last, kill.at() + kill.gap());
      } else if (fault instanceof Faults.Zombie zombie) {
        last = Math.max(last, zombie.at() + zombie.gap());
      } else if (fault instanceof Faults.Rescale rescale) {
        last = Math.max(last, rescale.at());
      }
    }
    return last;
  }

  // The supervisor

  private void startAll(int spoutDelay, int boltDelay) {
    for (int task : deployment.tasks(deployment.spout)) {
      later(deployment, task, chance.from(0, spoutDelay - 1), 0);
    }
    for (String bolt : deployment.bolts) {
      for (int task : deployment.tasks(bolt)) {
        later(deployment, task, chance.from(0, boltDelay - 1), 0);
      }
    }
  }

  /** The newest order to start a task replaces earlier ones. */
  private void later(Deployment of, int task, long gap, int restores) {
    if (of != deployment) {
      return;
    }
    int order = orders.merge(task, 1, Integer::sum);
    clock.after(
        gap,
        () -> {
          if (of == deployment && orders.get(task) == order) {
            start(task, restores);
          }
        });
  }

  private void start(int task, int restores) {
    TaskInstance instance;
    if (deployment.component(task).equals(deployment.spout)) {
      instance = simulation.spouts.create(this, deployment, task, ++uids);
    } else {
      instance = new BoltInstance(this, deployment, task, ++uids, restores);
    }
    started.add(instance);
    deployment.instances.get(task).add(0, instance);
    log(instance, "starts");
    disturbed();
    instance.start();
  }

  private boolean isNewest(TaskInstance instance) {
    return deployment == instance.deployment
        && deployment.instances.get(instance.task).get(0) == instance;
  }

  void died(TaskInstance instance) {
    if (isNewest(instance)) {
      later(instance.deployment, instance.task, chance.from(20, 400), 0);
    }
  }

  void replace(TaskInstance instance, long gap) {
    if (isNewest(instance)) {
      later(instance.deployment, instance.task, gap, 0);
    }
  }

  void restart(TaskInstance instance, int restores) {
    later(instance.deployment, instance.task, chance.from(20, 300), restores);
  }

  /** The task at a place; -1 if the component has fewer by now. */
  private int task(String component, int index) {
    List<Integer> all = deployment.tasks(component);
    return index < all.size() ? all.get(index) : -1;
  }

  private void kill(Faults.Kill kill) {
    int task = task(kill.component(), kill.task());
    if (task >= 0) {
      log("kill", kill.component(), kill.task());
      deployment.instances.get(task).forEach(TaskInstance::end);
      later(deployment, task, kill.gap(), kill.restores());
    }
  }

  private void makeZombie(Faults.Zombie zombie) {
    int task = task(zombie.component(), zombie.task());
    if (task < 0) {
      return;
    }
    List<TaskInstance> living =
        deployment.instances.get(task).stream().filter(instance -> instance.alive).toList();
    if (!living.isEmpty()) {
      log("zombie", living);
      later(deployment, task, zombie.gap(), 0);
      living.forEach(old -> clock.after(zombie.gap() + zombie.rest(), old::end));
    }
  }

  private void rescale(Faults.Rescale rescale) {
    log("rescale", rescale.component(), "to", rescale.tasks());
    for (List<TaskInstance> instances : deployment.instances.values()) {
      for (TaskInstance old : instances) {
        if (rescale.zombies()) {
          clock.after(chance.from(0, 900), old::end);
        } else {
          old.end();
        }
      }
    }
    tasks.put(rescale.component(), rescale.tasks());
    deployment = simulation.deployment(deployment.number + 1, tasks);
    orders.clear();
    startAll(900, 300);
  }

  // The faults that wait for their moment

  void countCommit(BoltInstance instance) {
    commits.merge(new Place(instance.component, instance.index), 1, Integer::sum);
  }

  private boolean isDue(BoltInstance instance, String component, int task, int commit) {
    return instance.component.equals(component)
        && instance.index == task
        && commits.getOrDefault(new Place(component, task), 0) >= commit;
  }

  /** What is to happen to an instance now; null for nothing. It happens once. */
  Fault due(BoltInstance instance, CommitStep step) {
    for (Iterator<Fault> all = plans.iterator(); all.hasNext(); ) {
      Fault fault = all.next();
      boolean due =
          fault instanceof Faults.Crash crash
              ? crash.step() == step
                  && isDue(instance, crash.component(), crash.task(), crash.commit())
              : fault instanceof Faults.Pause pause
                  && pause.step() == step
                  && isDue(instance, pause.component(), pause.task(), pause.commit());
      if (due) {
        all.remove();
        return fault;
      }
    }
    return null;
  }

  Faults.StoreFailure storeFailure(BoltInstance instance) {
    for (Iterator<Fault> all = plans.iterator(); all.hasNext(); ) {
      if (all.next() instanceof Faults.StoreFailure failure
          && isDue(instance, failure.component(), failure.task(), failure.commit())) {
        all.remove();
        return failure;
      }
    }
    return null;
  }

  private boolean isNow(long from, long to) {
    return from <= clock.now() && clock.now() < to;
  }

  boolean isStalled(int partition) {
    for (Fault fault : plans) {
      if (fault instanceof Faults.Stall stall
          && stall.partition() == partition
          && isNow(stall.from(), stall.to())) {
        return true;
      }
    }
    return false;
  }

  private long delay(TaskInstance to) {
    for (Fault fault : plans) {
      if (fault instanceof Faults.Slow slow
          && slow.component().equals(to.component)
          && slow.task() == to.index
          && isNow(slow.from(), slow.to())) {
        return slow.millis();
      }
    }
    return 0;
  }

  private double shareOfLostAcks() {
    for (Fault fault : plans) {
      if (fault instanceof Faults.AcksLost lost && isNow(lost.from(), lost.to())) {
        return lost.share();
      }
    }
    return 0;
  }

  // The network: first in, first out from instance to instance

  /** Emits a tuple of the spout; without a root it is not tracked. */
  void emit(SpoutInstance spout, String stream, List<Object> values, AckTree tree) {
    long id = chance.id();
    List<Integer> targets =
        deployment(spout).targets(spout.component, spout.task, stream, values, chance);
    if (tree != null) {
      roots.put(id, tree);
      expire(id, tree);
    }
    List<Object> sent = sent(values);
    for (int target : targets == null ? List.<Integer>of() : targets) {
      Map<Long, Long> edges = new HashMap<>();
      if (tree != null) {
        long edge = chance.id();
        tree.edges ^= edge;
        edges.put(id, edge);
      }
      send(spout, target, tuple(spout, stream, sent, edges));
    }
    if (tree != null && tree.edges == 0) {
      complete(id, tree);
    }
  }

  private static Deployment deployment(TaskInstance instance) {
    return instance.deployment;
  }

  private void expire(long id, AckTree tree) {
    int extension = tree.extensions;
    clock.after(
        chance.from(simulation.timeoutMillis, 2 * simulation.timeoutMillis),
        () -> {
          if (tree.open && tree.extensions == extension) {
            roots.remove(id);
            disturbed();
            tree.spout.failed(tree);
          }
        });
  }

  void resetTimeout(TupleImpl tuple) {
    for (long id : tuple.getMessageId().getAnchors()) {
      AckTree tree = roots.get(id);
      if (tree != null) {
        tree.extensions++;
        expire(id, tree);
      }
    }
  }

  /** Emits a tuple of a bolt; the edges of the trees are made as Storm makes them. */
  List<Integer> emit(
      BoltInstance bolt, String stream, Collection<Tuple> anchors, List<Object> values) {
    bolt.deployment.fields(bolt.component, stream);
    List<Integer> targets =
        bolt.deployment.targets(bolt.component, bolt.task, stream, values, chance);
    boolean toSink = targets == null && !stream.equals(Streams.WATERMARK);
    List<Object> sent = sent(values);
    if (toSink) {
      TupleImpl tuple = tuple(bolt, stream, sent, edges(anchors));
      clock.after(chance.from(1, 20), () -> sink(tuple));
      return List.of();
    }
    if (targets == null) {
      return List.of();
    }
    for (int target : targets) {
      send(bolt, target, tuple(bolt, stream, sent, edges(anchors)));
    }
    return targets;
  }

  private Map<Long, Long> edges(Collection<Tuple> anchors) {
    Map<Long, Long> edges = new HashMap<>();
    for (Tuple anchor : anchors) {
      if (!anchor.getMessageId().getAnchors().isEmpty()) {
        long edge = chance.id();
        ((TupleImpl) anchor).updateAckVal(edge);
        for (long root : anchor.getMessageId().getAnchors()) {
          edges.merge(root, edge, (a, b) -> a ^ b);
        }
      }
    }
    return edges;
  }

  /** The values as they come out at the other end. */
  private List<Object> sent(List<Object> values) {
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
    BoltInstance to = null;
    for (TaskInstance instance : from.deployment.instances.get(task)) {
      if (instance.alive) {
        if (to == null) {
          to = (BoltInstance) instance;
        } else {
          // A sender may know only the old instance for a while.
          Edge edge = new Edge(from.uid, to.uid);
          Long since = knownSince.get(edge);
          if (since == null) {
            since = clock.now() + chance.from(0, 400);
            knownSince.put(edge, since);
          }
          if (clock.now() < since) {
            to = (BoltInstance) instance;
          }
          break;
        }
      }
    }
    if (to == null) {
      return;
    }
    Edge edge = new Edge(from.uid, to.uid);
    long at = clock.now() + chance.from(1, 15) + delay(to);
    at = Math.max(at, lastOn.getOrDefault(edge, 0L));
    lastOn.put(edge, at);
    BoltInstance receiver = to;
    clock.at(
        at,
        () -> {
          if (!counts(tuple)) {
            disturbed();
          }
          receiver.receive(tuple);
        });
  }

  /** Whether a spout task still waits for a tuple; or it is of none, and nobody does. */
  private boolean counts(TupleImpl tuple) {
    for (long id : tuple.getMessageId().getAnchors()) {
      AckTree tree = roots.get(id);
      if (tree == null || !tree.spout.alive) {
        return false;
      }
    }
    return true;
  }

  private void sink(TupleImpl tuple) {
    for (Fault fault : plans) {
      if (fault instanceof Faults.SinkDown down && isNow(down.from(), down.to())) {
        return;
      }
      if (fault instanceof Faults.SinkFails fails
          && isNow(fails.from(), fails.to())
          && chance.chance(fails.share())) {
        fail(tuple);
        return;
      }
    }
    String change = sink.take(tuple);
    if (change != null) {
      log(change);
    }
    ack(tuple);
  }

  // The ackers

  void ack(TupleImpl tuple) {
    tuple
        .getMessageId()
        .getAnchorsToIds()
        .forEach(
            (id, edge) -> {
              AckTree tree = roots.get(id);
              if (tree != null) {
                tree.edges ^= edge ^ tuple.getAckVal();
                if (tree.edges == 0) {
                  complete(id, tree);
                }
              }
            });
  }

  private void complete(long id, AckTree tree) {
    if (!chance.chance(shareOfLostAcks())) {
      roots.remove(id);
      clock.after(chance.from(1, 10), () -> tree.spout.acked(tree));
    }
  }

  void fail(TupleImpl tuple) {
    for (long id : tuple.getMessageId().getAnchors()) {
      AckTree tree = roots.remove(id);
      if (tree != null) {
        disturbed();
        clock.after(1, () -> tree.spout.failed(tree));
      }
    }
  }
}
