package io.thalweg.storm.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** Model of Storm's supervisors: it starts, replaces and stops instances of tasks. */
final class Supervisor {

  /** Factory of the instances of a task. */
  interface TaskFactory {
    /**
     * Creates an instance.
     *
     * @param restores the number of instances that die while they restore, this one included
     */
    TaskInstance create(Deployment deployment, int task, long uid, int restores);
  }

  private final Clock clock;
  private final Chance chance;
  private final Trace trace;
  private final TaskFactory factory;
  private final BiFunction<Integer, Map<String, Integer>, Deployment> deployments;
  private final Runnable disturbance;
  private final Map<String, Integer> tasks = new HashMap<>();

  /** Number of start orders of each task; only the newest order is carried out. */
  private final Map<Integer, Integer> orders = new HashMap<>();

  /** Instances of the tasks of each deployment, the newest first. */
  private final Map<Deployment, Map<Integer, List<TaskInstance>>> instances =
      new IdentityHashMap<>();

  private final List<TaskInstance> started = new ArrayList<>();
  private Deployment deployment;
  private long uids;

  /**
   * Creates a supervisor.
   *
   * @param first the first deployment
   * @param factory creates instances
   * @param deployments creates the deployment with a number, from the number of tasks of components
   * @param disturbance called when an instance starts
   */
  Supervisor(
      Clock clock,
      Chance chance,
      Trace trace,
      Deployment first,
      TaskFactory factory,
      BiFunction<Integer, Map<String, Integer>, Deployment> deployments,
      Runnable disturbance) {
    this.clock = clock;
    this.chance = chance;
    this.trace = trace;
    this.factory = factory;
    this.deployments = deployments;
    this.disturbance = disturbance;
    deploy(first);
  }

  private void deploy(Deployment next) {
    deployment = next;
    Map<Integer, List<TaskInstance>> ofTasks = new HashMap<>();
    next.tasks().forEach(task -> ofTasks.put(task, new ArrayList<>(2)));
    instances.put(next, ofTasks);
  }

  Deployment deployment() {
    return deployment;
  }

  /** Returns all instances, in the order of their start. */
  List<TaskInstance> started() {
    return started;
  }

  /** Returns the instances of a task, the newest first. */
  List<TaskInstance> instances(Deployment of, int task) {
    return instances.get(of).get(task);
  }

  /** Starts all tasks, each after a random delay below the given one. */
  void startAll(int spoutDelay, int boltDelay) {
    for (int task : deployment.tasks(deployment.spout)) {
      startLater(deployment, task, chance.from(0, spoutDelay - 1), 0);
    }
    for (String bolt : deployment.bolts) {
      for (int task : deployment.tasks(bolt)) {
        startLater(deployment, task, chance.from(0, boltDelay - 1), 0);
      }
    }
  }

  private void startLater(Deployment of, int task, long gap, int restores) {
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
    TaskInstance instance = factory.create(deployment, task, ++uids, restores);
    started.add(instance);
    instances(deployment, task).add(0, instance);
    trace.add(instance, "starts");
    disturbance.run();
    instance.start();
  }

  boolean isNewest(TaskInstance instance) {
    return deployment == instance.deployment
        && instances(deployment, instance.task).get(0) == instance;
  }

  /** Starts a successor of an instance that died, if there is none. */
  void replaceDead(TaskInstance instance) {
    if (isNewest(instance)) {
      startLater(instance.deployment, instance.task, chance.from(20, 400), 0);
    }
  }

  /** Starts a successor of an instance after a time, if there is none. */
  void replace(TaskInstance instance, long gap) {
    if (isNewest(instance)) {
      startLater(instance.deployment, instance.task, gap, 0);
    }
  }

  /** Starts a successor of an instance that died while it restored. */
  void restart(TaskInstance instance, int restores) {
    startLater(instance.deployment, instance.task, chance.from(20, 300), restores);
  }

  /** Returns the task with an index; -1 if the component has fewer tasks now. */
  private int task(String component, int index) {
    List<Integer> all = deployment.tasks(component);
    return index < all.size() ? all.get(index) : -1;
  }

  void kill(Faults.Kill kill) {
    int task = task(kill.component(), kill.task());
    if (task >= 0) {
      trace.add("kill", kill.component(), kill.task());
      instances(deployment, task).forEach(TaskInstance::end);
      startLater(deployment, task, kill.gap(), kill.restores());
    }
  }

  void makeZombie(Faults.Zombie zombie) {
    int task = task(zombie.component(), zombie.task());
    if (task < 0) {
      return;
    }
    List<TaskInstance> living =
        instances(deployment, task).stream().filter(instance -> instance.alive).toList();
    if (!living.isEmpty()) {
      trace.add("zombie", living);
      startLater(deployment, task, zombie.gap(), 0);
      living.forEach(old -> clock.after(zombie.gap() + zombie.rest(), old::end));
    }
  }

  void rescale(Faults.Rescale rescale) {
    trace.add("rescale", rescale.component(), "to", rescale.tasks());
    for (List<TaskInstance> ofTask : instances.get(deployment).values()) {
      for (TaskInstance old : ofTask) {
        if (rescale.zombies()) {
          clock.after(chance.from(0, 900), old::end);
        } else {
          old.end();
        }
      }
    }
    tasks.put(rescale.component(), rescale.tasks());
    deploy(deployments.apply(deployment.number + 1, tasks));
    orders.clear();
    startAll(900, 300);
  }
}
