package io.thalweg.storm;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.tuple.Tuple;

/**
 * Heartbeats that a task receives. Each raises the watermark of the task, settles the sources that
 * it names, removes the outputs that it confirms, and is forwarded.
 */
final class HeartbeatInput {

  private final TaskState<?, ?> state;
  private final UpstreamWatermark upstream;
  private final Set<Integer> spoutTasks;
  private final Map<String, Set<Integer>> tasksOfBolts = new HashMap<>();
  private final boolean hasWatermarkListeners;

  /** Check of a start without state; null when it is passed. */
  private FirstStart firstStart;

  /**
   * Value of {@link Outbox#additions} when the outputs of an attempt were emitted; since the last
   * commit.
   */
  private final Map<Attempt, Long> emittedAttempts = new HashMap<>();

  /**
   * Delivery attempt of a heartbeat. Behind several tasks of a bolt, an attempt arrives in several
   * copies of one ack tree. In each commit, the outputs are anchored to one copy of each attempt:
   * if they are lost, the tree fails as a whole. Another attempt has another tree.
   */
  record Attempt(Heartbeat.Id heartbeat, Set<Long> roots) {
    static Attempt of(Heartbeat heartbeat, Tuple copy) {
      return new Attempt(heartbeat.id(), copy.getMessageId().getAnchors());
    }
  }

  /**
   * Creates the input of a task.
   *
   * @param state the state of the task
   * @param topology the topology around the task
   * @param senders the components whose heartbeats the task receives
   * @param context the context of the task
   */
  HeartbeatInput(
      TaskState<?, ?> state,
      TopologyChecks topology,
      Set<String> senders,
      TopologyContext context) {
    this.state = state;
    spoutTasks = topology.spoutTasks();
    upstream = new UpstreamWatermark(topology.tasksOf(senders));
    for (String sender : senders) {
      if (context.getRawTopology().get_bolts().containsKey(sender)) {
        tasksOfBolts.put(sender, topology.tasksOf(Set.of(sender)));
      }
    }
    if (state.isFirstStart()) {
      firstStart =
          new FirstStart(
              context.getThisComponentId(),
              state.shard(),
              topology.spoutTasksBehind(senders),
              topology.acceptsMissingState());
    }
    hasWatermarkListeners = context.getThisTargets().containsKey(Streams.WATERMARK);
  }

  /**
   * Receives a copy of a heartbeat.
   *
   * @return true if the copy may cause outputs: the watermark is raised, and the caller advances
   *     the processor to it
   */
  boolean receive(Heartbeat heartbeat, Tuple copy) {
    if (firstStart != null) {
      firstStart.add(heartbeat);
      firstStart = firstStart.isPassed() ? null : firstStart;
    }
    String sender = copy.getSourceComponent();
    int task = copy.getSourceTask();
    Set<Integer> tasks = tasksOfBolts.get(sender);
    if (tasks == null) {
      state.ledgers().settle(heartbeat.marks());
    } else {
      state.ledgers().settle(sender, tasks, task, heartbeat.marks());
    }
    state.outbox().confirm(heartbeat.id().incarnation(), heartbeat.confirmed());
    long watermark = upstream.add(task, heartbeat, state.watermark());
    Set<Long> roots = copy.getMessageId().getAnchors();
    if (!state.seenHeartbeats().addAndCheckOnlyAttempt(heartbeat, roots, spoutTasks.size())) {
      return false;
    }
    state.outbox().adopt(heartbeat.id(), spoutTasks::contains);
    state.raiseWatermark(watermark);
    return true;
  }

  /** Returns true if all upstream tasks are idle. */
  boolean isIdle() {
    return upstream.isIdle();
  }

  /** Returns false while the task checks whether its state is missing. */
  boolean allowsCommit() {
    return firstStart == null;
  }

  /**
   * Records that the outputs of an attempt are emitted before the commit.
   *
   * @return true if the attempt was not emitted since the last commit, or has more outputs by now
   */
  boolean startEmission(Attempt attempt) {
    Long before = emittedAttempts.put(attempt, state.outbox().additions());
    return before == null || before != state.outbox().additions();
  }

  /** Records that all attempts received so far are committed. */
  void onCommit() {
    emittedAttempts.clear();
  }

  /**
   * Returns the heartbeat to forward. Its watermark is at or below every answer that is not yet
   * known to have arrived.
   */
  Heartbeat forwarded(Heartbeat heartbeat) {
    long[] watermark = {state.watermark()};
    state
        .outbox()
        .forEach(
            output -> {
              if (output.answer()) {
                watermark[0] = Math.min(watermark[0], output.timestamp());
              }
            });
    return new Heartbeat(
        heartbeat.id(),
        watermark[0],
        heartbeat.confirmed(),
        false,
        hasWatermarkListeners ? unsettledNumbers() : Map.of(),
        Heartbeat.NO_CLOCK);
  }

  /** Returns the smallest number of each shard that a downstream bolt may still receive. */
  private Map<String, Long> unsettledNumbers() {
    Map<String, Long> marks = new HashMap<>();
    marks.put(state.shardName(), state.unusedNumber());
    state.forEachOutput(
        output -> {
          if (output.answer()) {
            marks.merge(output.shard(), output.number(), Math::min);
          }
        });
    return marks;
  }
}
