package io.thalweg.storm.testing;

import io.thalweg.storm.testing.Faults.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/** One run of a simulation: it starts the tasks, schedules the faults and detects the end. */
final class SimulationRun {

  /** Time at which a run is ended that has not settled. */
  private static final long MAX_MILLIS = 120_000;

  private final RunSettings settings;
  private final Clock clock = new Clock();
  private final Trace trace = new Trace(clock);
  private final List<Fault> faults;
  private final Sink sink;
  private final Supervisor supervisor;
  private final World world;

  private boolean settled;

  /** Number of rounds of heartbeats that have passed through the topology. */
  private int rounds;

  /** Sequence number that each spout must confirm to complete the round. */
  private Map<SpoutInstance, Long> goals = Map.of();

  SimulationRun(
      RunSettings settings,
      Chance chance,
      Deployment first,
      BiFunction<Integer, Map<String, Integer>, Deployment> deployments,
      List<Fault> faults,
      SpoutInstance.Factory spouts) {
    this.settings = settings;
    this.faults = faults;
    sink = new Sink(settings.has(Safeguard.VERSIONS));
    supervisor =
        new Supervisor(
            clock,
            chance,
            trace,
            first,
            (deployment, task, uid, restores) -> create(spouts, deployment, task, uid, restores),
            deployments,
            this::disturb);
    FaultPlan plan =
        new FaultPlan(clock, faults.stream().filter(fault -> !isTimed(fault)).toList());
    AckTrees trees = new AckTrees(clock, chance, plan, settings.timeoutMillis(), this::disturb);
    Network network =
        new Network(clock, chance, trace, plan, trees, supervisor, sink, this::disturb);
    world = new World(settings, clock, chance, trace, plan, trees, supervisor, network);
  }

  private TaskInstance create(
      SpoutInstance.Factory spouts, Deployment deployment, int task, long uid, int restores) {
    return deployment.component(task).equals(deployment.spout)
        ? spouts.create(world, deployment, task, uid)
        : new BoltInstance(world, deployment, task, uid, restores);
  }

  private static boolean isTimed(Fault fault) {
    return fault instanceof Faults.Kill
        || fault instanceof Faults.Zombie
        || fault instanceof Faults.Rescale;
  }

  Outcome run() {
    supervisor.startAll(1, 1);
    for (Fault fault : faults) {
      if (fault.component() != null) {
        supervisor.deployment().tasks(fault.component()); // throws if there is no such component
      }
      if (fault instanceof Faults.Kill kill) {
        clock.at(kill.at(), () -> supervisor.kill(kill));
      } else if (fault instanceof Faults.Zombie zombie) {
        clock.at(zombie.at(), () -> supervisor.makeZombie(zombie));
      } else if (fault instanceof Faults.Rescale rescale) {
        clock.at(rescale.at(), () -> supervisor.rescale(rescale));
      }
    }
    try {
      if (settings.isEndless()) {
        clock.runUntil(settings.untilMillis());
      } else {
        clock.after(World.HEARTBEAT_MILLIS, this::stopOnceSettled);
        clock.runUntil(MAX_MILLIS);
      }
    } finally {
      clock.stop();
      supervisor.started().forEach(TaskInstance::cleanUp);
    }
    return new Outcome(
        sink.rows(), sink.results(), sink.late(), sink.deadLetters(), settled, trace.lines());
  }

  /**
   * Ends the run once the end of the stream has passed through the topology. Each bolt keeps its
   * outputs until the spout confirms their heartbeat. So a round of heartbeats is counted for each
   * bolt and one for the spout: the heartbeats that exist when a round starts must be acked. A
   * failure, a start of a task or a late tuple may keep outputs from being confirmed, and starts
   * the count again.
   */
  private void stopOnceSettled() {
    Deployment deployment = supervisor.deployment();
    List<Integer> spoutTasks = deployment.tasks(deployment.spout);
    List<SpoutInstance> spouts = new ArrayList<>();
    for (int task : spoutTasks) {
      supervisor.instances(deployment, task).stream()
          .limit(1)
          .forEach(instance -> spouts.add((SpoutInstance) instance));
    }
    if (clock.now() <= lastFault()
        || supervisor.started().stream()
            .anyMatch(instance -> instance.alive && !supervisor.isNewest(instance))
        || spouts.size() < spoutTasks.size()
        || !spouts.stream().allMatch(SpoutInstance::isAtEnd)) {
      disturb();
    } else if (!goals.keySet().equals(Set.copyOf(spouts))) {
      rounds = 0;
      goals = goals(spouts);
    } else if (goals.entrySet().stream().allMatch(g -> g.getKey().confirmed() >= g.getValue())) {
      rounds++;
      goals = goals(spouts);
    }
    if (rounds == deployment.bolts.size() + 1) {
      settled = true;
      clock.stop();
    } else {
      clock.after(World.HEARTBEAT_MILLIS, this::stopOnceSettled);
    }
  }

  private static Map<SpoutInstance, Long> goals(List<SpoutInstance> spouts) {
    return spouts.stream().collect(Collectors.toMap(spout -> spout, SpoutInstance::next));
  }

  private void disturb() {
    rounds = 0;
    goals = Map.of();
  }

  /** Returns the time of the last fault; faults at a step may never happen, and do not count. */
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
}
