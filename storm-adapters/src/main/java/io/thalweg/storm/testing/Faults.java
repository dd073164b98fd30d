package io.thalweg.storm.testing;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;

/**
 * What goes wrong in a run, and when. Times are milliseconds since the start of the run; commits of
 * a task are counted from 1 through all its restarts, and a bolt without a store counts tuples
 * instead. A fault at a step that the task does not take in that commit waits for the next.
 *
 * <pre>{@code
 * Faults faults = new Faults()
 *     .crash("sums", 0, 3, Step.AFTER_COMMIT)   // committed, and not a word of it said
 *     .zombie("sums", 1, 700, 50, 2_000)        // its successor starts at 750, it goes on to 2,750
 *     .rescale("sums", 1_500, 3, true);
 * }</pre>
 */
public final class Faults {

  private final List<Fault> all = new ArrayList<>();

  /** Creates a run in which nothing goes wrong yet. */
  public Faults() {}

  List<Fault> all() {
    return List.copyOf(all);
  }

  Faults add(Fault fault) {
    all.add(fault);
    return this;
  }

  /** One of them. */
  sealed interface Fault {
    /** The component that it concerns; null if none. */
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
   * Kills a task of the spout or of a bolt, whatever it is doing between two tuples.
   *
   * @param component its component
   * @param task its place among the component's tasks, from 0
   * @param at when
   * @param gap after how long its successor starts
   * @param restores how many successors die, too, while they restore
   * @return this
   */
  public Faults kill(String component, int task, long at, long gap, int restores) {
    return add(new Kill(requireNonNull(component, "component"), task, at, gap, restores));
  }

  /**
   * Kills a task of a bolt at a step of its protocol. A successor starts soon.
   *
   * @param component its component
   * @param task its place among the component's tasks, from 0
   * @param commit in which commit
   * @param step at which step
   * @return this
   */
  public Faults crash(String component, int task, int commit, CommitStep step) {
    return add(new Crash(requireNonNull(component, "component"), task, commit, step));
  }

  /**
   * Stops a task of a bolt at a step of its protocol, as a long collection of garbage does.
   *
   * @param component its component
   * @param task its place among the component's tasks, from 0
   * @param commit in which commit
   * @param step at which step
   * @param millis for how long
   * @param successor after how long it is taken for dead and a successor starts; negative: it is
   *     not
   * @return this
   */
  public Faults pause(
      String component, int task, int commit, CommitStep step, long millis, long successor) {
    return add(
        new Pause(requireNonNull(component, "component"), task, commit, step, millis, successor));
  }

  /**
   * Starts a successor of a task that is taken for dead and is not.
   *
   * @param component its component
   * @param task its place among the component's tasks, from 0
   * @param at when it is given up
   * @param gap after how long its successor starts
   * @param rest how long it goes on beside its successor
   * @return this
   */
  public Faults zombie(String component, int task, long at, long gap, long rest) {
    return add(new Zombie(requireNonNull(component, "component"), task, at, gap, rest));
  }

  /**
   * Makes the store fail in a commit.
   *
   * @param component the component whose task it fails
   * @param task its place among the component's tasks, from 0
   * @param commit in which commit
   * @param committed whether the commit took effect, and only its confirmation was lost
   * @return this
   */
  public Faults storeFails(String component, int task, int commit, boolean committed) {
    return add(new StoreFailure(requireNonNull(component, "component"), task, commit, committed));
  }

  /**
   * Lets the sink fail tuples.
   *
   * @param from from when
   * @param to until when
   * @param share which share of them, from 0 to 1
   * @return this
   */
  public Faults sinkFails(long from, long to, double share) {
    return add(new SinkFails(from, to, share));
  }

  /**
   * Lets what comes to the sink disappear.
   *
   * @param from from when
   * @param to until when
   * @return this
   */
  public Faults sinkDown(long from, long to) {
    return add(new SinkDown(from, to));
  }

  /**
   * Loses the news that a tuple of the spout was acked: it times out and comes again.
   *
   * @param from from when
   * @param to until when
   * @param share which share, from 0 to 1
   * @return this
   */
  public Faults acksLost(long from, long to, double share) {
    return add(new AcksLost(from, to, share));
  }

  /**
   * Lets a partition be read no further.
   *
   * @param partition the partition
   * @param from from when
   * @param to until when
   * @return this
   */
  public Faults stall(int partition, long from, long to) {
    return add(new Stall(partition, from, to));
  }

  /**
   * Delays the tuples on their way to a task.
   *
   * @param component its component
   * @param task its place among the component's tasks, from 0
   * @param from from when
   * @param to until when
   * @param millis by how much
   * @return this
   */
  public Faults slow(String component, int task, long from, long to, long millis) {
    return add(new Slow(requireNonNull(component, "component"), task, from, to, millis));
  }

  /**
   * Submits the topology anew with another number of tasks of one bolt.
   *
   * @param component the bolt
   * @param at when
   * @param tasks its number of tasks from then on
   * @param zombies whether the tasks of the old deployment go on for a while
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
