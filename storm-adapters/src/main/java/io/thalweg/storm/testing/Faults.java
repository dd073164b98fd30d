package io.thalweg.storm.testing;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;

/**
 * Faults of a run. Times are milliseconds since the start of the run. Commits of a task are counted
 * from 1 through all restarts; in a bolt without a store, tuples are counted instead. A fault at a
 * step that does not occur in its commit happens in a later commit.
 *
 * <pre>{@code
 * Faults faults = new Faults()
 *     .crash("sums", 0, 3, CommitStep.AFTER_COMMIT)   // committed, nothing emitted
 *     .zombie("sums", 1, 700, 50, 2_000)        // successor at 750, stops at 2,750
 *     .rescale("sums", 1_500, 3, true);
 * }</pre>
 */
public final class Faults {

  private final List<Fault> all = new ArrayList<>();

  /** Creates an empty list of faults. */
  public Faults() {}

  List<Fault> all() {
    return List.copyOf(all);
  }

  Faults add(Fault fault) {
    all.add(fault);
    return this;
  }

  /** A fault. */
  sealed interface Fault {
    /** Returns the component that is affected; null if none. */
    default String component() {
      return null;
    }
  }

  record Kill(String component, int task, long at, long gap, int restores) implements Fault {}

  record Crash(String component, int task, int commit, CommitStep step) implements Fault {}

  record Pause(String component, int task, int commit, CommitStep step, long millis, long successor)
      implements Fault {}

  record Zombie(String component, int task, long at, long gap, long rest) implements Fault {}

  record StoreFailure(String component, int task, int commit, boolean committed) implements Fault {}

  record SinkFails(long from, long to, double share) implements Fault {}

  record SinkDown(long from, long to) implements Fault {}

  record AcksLost(long from, long to, double share) implements Fault {}

  record Stall(int partition, long from, long to) implements Fault {}

  record Slow(String component, int task, long from, long to, long millis) implements Fault {}

  record Rescale(String component, long at, int tasks, boolean zombies) implements Fault {}

  /**
   * Kills a task of the spout or of a bolt between two tuples.
   *
   * @param component the component of the task
   * @param task its index, from 0
   * @param at the time
   * @param gap the time until its successor starts
   * @param restores the number of successors that die while they restore
   * @return this
   */
  public Faults kill(String component, int task, long at, long gap, int restores) {
    return add(new Kill(requireNonNull(component, "component"), task, at, gap, restores));
  }

  /**
   * Kills a task of a bolt at a step of its protocol. A successor starts soon.
   *
   * @param component the component of the task
   * @param task its index, from 0
   * @param commit the number of the commit
   * @param step the step
   * @return this
   */
  public Faults crash(String component, int task, int commit, CommitStep step) {
    return add(new Crash(requireNonNull(component, "component"), task, commit, step));
  }

  /**
   * Pauses a task of a bolt at a step of its protocol, as a long garbage collection does.
   *
   * @param component the component of the task
   * @param task its index, from 0
   * @param commit the number of the commit
   * @param step the step
   * @param millis the length of the pause
   * @param successor the time until a successor starts, since the task is believed dead; negative
   *     for no successor
   * @return this
   */
  public Faults pause(
      String component, int task, int commit, CommitStep step, long millis, long successor) {
    return add(
        new Pause(requireNonNull(component, "component"), task, commit, step, millis, successor));
  }

  /**
   * Starts a successor of a task that is believed dead, but still runs.
   *
   * @param component the component of the task
   * @param task its index, from 0
   * @param at the time at which it is believed dead
   * @param gap the time until its successor starts
   * @param rest the time for which it runs beside its successor
   * @return this
   */
  public Faults zombie(String component, int task, long at, long gap, long rest) {
    return add(new Zombie(requireNonNull(component, "component"), task, at, gap, rest));
  }

  /**
   * Makes the store fail in a commit.
   *
   * @param component the component of the task
   * @param task its index, from 0
   * @param commit the number of the commit
   * @param committed true if the commit took effect and only its confirmation was lost
   * @return this
   */
  public Faults storeFails(String component, int task, int commit, boolean committed) {
    return add(new StoreFailure(requireNonNull(component, "component"), task, commit, committed));
  }

  /**
   * Makes the sink fail tuples.
   *
   * @param from the start
   * @param to the end
   * @param share the share of tuples, from 0 to 1
   * @return this
   */
  public Faults sinkFails(long from, long to, double share) {
    return add(new SinkFails(from, to, share));
  }

  /**
   * Makes the sink lose tuples.
   *
   * @param from the start
   * @param to the end
   * @return this
   */
  public Faults sinkDown(long from, long to) {
    return add(new SinkDown(from, to));
  }

  /**
   * Loses the acks of spout tuples, which time out and are replayed.
   *
   * @param from the start
   * @param to the end
   * @param share the share of acks, from 0 to 1
   * @return this
   */
  public Faults acksLost(long from, long to, double share) {
    return add(new AcksLost(from, to, share));
  }

  /**
   * Stops the reading of a partition.
   *
   * @param partition the partition
   * @param from the start
   * @param to the end
   * @return this
   */
  public Faults stall(int partition, long from, long to) {
    return add(new Stall(partition, from, to));
  }

  /**
   * Delays the tuples that are sent to a task.
   *
   * @param component the component of the task
   * @param task its index, from 0
   * @param from the start
   * @param to the end
   * @param millis the delay
   * @return this
   */
  public Faults slow(String component, int task, long from, long to, long millis) {
    return add(new Slow(requireNonNull(component, "component"), task, from, to, millis));
  }

  /**
   * Submits the topology again with another number of tasks of one bolt.
   *
   * @param component the bolt
   * @param at the time
   * @param tasks the new number of tasks
   * @param zombies true if the tasks of the old deployment still run for a while
   * @return this
   */
  public Faults rescale(String component, long at, int tasks, boolean zombies) {
    return add(new Rescale(requireNonNull(component, "component"), at, tasks, zombies));
  }

  @Override
  public String toString() {
    return all.toString();
  }
}
