package io.thalweg.storm;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * Watermark of a task: the minimum over the upstream tasks.
 *
 * <ul>
 *   <li>An upstream task without a heartbeat since the start holds the watermark at {@code
 *       Long.MIN_VALUE}.
 *   <li>The maximum of each task counts, since a restarted task may report a lower watermark.
 *   <li>An idle task does not hold the others. When an idle heartbeat arrives, the minimum over the
 *       tasks that are not idle is stored under its sequence number. When a later idle heartbeat
 *       confirms that number, the watermark of the task is raised to the stored minimum: the task
 *       was still idle when the confirmed heartbeat arrived, so every record that it reads later
 *       was written later. Without further heartbeats, the watermark of the task is not raised.
 *   <li>A task that has reached the end of its stream does not hold the others, and is no measure
 *       for those that are idle.
 *   <li>When all tasks are idle, the watermark follows the smallest of their clocks, provided that
 *       the stream is live: it had come near the clock before ({@link Heartbeat#MAX_DELAY_MILLIS}).
 *       Every record that a task reads later was written after its clock was read.
 * </ul>
 */
final class UpstreamWatermark {

  private static final class Task {
    long watermark = Long.MIN_VALUE;
    boolean idle;
    long clock;

    /** Incarnation of the heartbeats below. */
    long incarnation;

    /** Largest sequence number of an idle heartbeat since the task became idle. */
    long newest = -1;

    /** Minimum over the other tasks at the arrival of an idle heartbeat, by sequence number. */
    final TreeMap<Long, Long> minimumByHeartbeat = new TreeMap<>();

    boolean isEnded() {
      return watermark == Long.MAX_VALUE;
    }
  }

  private final Set<Integer> expected;
  private final Map<Integer, Task> tasks = new HashMap<>();

  UpstreamWatermark(Set<Integer> tasks) {
    this.expected = Set.copyOf(tasks);
  }

  /**
   * Adds a heartbeat of an upstream task.
   *
   * @param from the task that sent the heartbeat
   * @param heartbeat the heartbeat
   * @param reached the watermark that the receiver has reached
   * @return the minimum over the tasks, or the clock that they follow; {@code Long.MIN_VALUE} while
   *     one is missing
   */
  long add(int from, Heartbeat heartbeat, long reached) {
    if (!expected.contains(from)) {
      throw new IllegalStateException("heartbeat must come from a task of an input: " + from);
    }
    Task task = tasks.computeIfAbsent(from, t -> new Task());
    task.watermark = Math.max(task.watermark, heartbeat.watermark());
    task.idle = heartbeat.idle();
    task.clock = task.idle ? heartbeat.clock() : Heartbeat.NO_CLOCK;
    long incarnation = heartbeat.id().incarnation().number();
    if (!task.idle || task.incarnation != incarnation) {
      task.incarnation = incarnation;
      task.newest = -1;
      task.minimumByHeartbeat.clear();
    }
    if (task.idle) {
      raiseToConfirmed(task, heartbeat.confirmed());
      storeMinimum(task, heartbeat.id().sequence());
    }
    return allReported() ? Math.max(minimum(), clock(reached)) : Long.MIN_VALUE;
  }

  /** Raises an idle task to the minimum stored with the last confirmed idle heartbeat. */
  private static void raiseToConfirmed(Task task, long confirmed) {
    NavigableMap<Long, Long> arrived = task.minimumByHeartbeat.headMap(confirmed, true);
    if (!arrived.isEmpty()) {
      task.watermark = Math.max(task.watermark, arrived.lastEntry().getValue());
      arrived.headMap(arrived.lastKey()).clear();
    }
  }

  private void storeMinimum(Task task, long sequence) {
    if (sequence > task.newest) {
      task.newest = sequence;
      long others = allReported() ? minimumOfActive() : Long.MIN_VALUE;
      if (task.minimumByHeartbeat.isEmpty()
          || task.minimumByHeartbeat.lastEntry().getValue() != others) {
        task.minimumByHeartbeat.put(sequence, others);
      }
    }
  }

  /** Returns true if all upstream tasks are idle or ended: every record is read and settled. */
  boolean isIdle() {
    return allReported() && allIdle();
  }

  private boolean allIdle() {
    return tasks.values().stream().allMatch(task -> task.idle || task.isEnded());
  }

  private boolean allReported() {
    return tasks.size() == expected.size();
  }

  private long minimum() {
    return tasks.values().stream().mapToLong(task -> task.watermark).min().orElse(Long.MIN_VALUE);
  }

  /**
   * Returns the minimum over the tasks that are not idle. If all are idle, those without any event
   * time do not hold the others. A task at its end is no measure for the others.
   */
  private long minimumOfActive() {
    boolean allIdle = allIdle();
    return tasks.values().stream()
        .filter(task -> !task.isEnded())
        .filter(task -> allIdle ? task.watermark > Long.MIN_VALUE : !task.idle)
        .mapToLong(task -> task.watermark)
        .min()
        .orElse(Long.MIN_VALUE);
  }

  /**
   * Returns the smallest clock of the tasks that have not ended, if all of them are idle and the
   * stream is live.
   */
  private long clock(long reached) {
    long clock = Long.MAX_VALUE;
    long largest = reached;
    boolean ended = true;
    for (Task task : tasks.values()) {
      if (!task.isEnded()) {
        ended = false;
        clock = Math.min(clock, task.clock);
        largest = Math.max(largest, task.watermark);
      }
    }
    boolean live =
        !ended && clock != Heartbeat.NO_CLOCK && largest >= clock - Heartbeat.MAX_DELAY_MILLIS;
    return live ? clock : Heartbeat.NO_CLOCK;
  }
}
