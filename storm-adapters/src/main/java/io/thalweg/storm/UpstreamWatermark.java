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
 *   <li>An idle task raises its own watermark heartbeat by heartbeat, so that it does not hold the
 *       others. Each idle heartbeat notes the minimum over the tasks that are not idle, at the time
 *       of its arrival. A later heartbeat of the task that confirms it releases this minimum. The
 *       task was idle after the confirmed heartbeat arrived, so every record that it reads later
 *       was written later. A task that dies while idle, or whose heartbeats are delayed, releases
 *       no more.
 * </ul>
 */
final class UpstreamWatermark {

  private static final class Task {
    long watermark = Long.MIN_VALUE;
    boolean idle;

    /** Incarnation of the heartbeats below. */
    long incarnation;

    /** Largest sequence number of an idle heartbeat since the task became idle. */
    long newest = -1;

    /** Minimum over the other tasks at the arrival of an idle heartbeat, by sequence number. */
    final TreeMap<Long, Long> releases = new TreeMap<>();
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
   * @return the minimum over the tasks, {@code Long.MIN_VALUE} while one is missing
   */
  long add(int from, Heartbeat heartbeat) {
    if (!expected.contains(from)) {
      throw new IllegalStateException("heartbeat must come from a task of an input: " + from);
    }
    Task task = tasks.computeIfAbsent(from, t -> new Task());
    task.watermark = Math.max(task.watermark, heartbeat.watermark());
    task.idle = heartbeat.idle();
    long incarnation = heartbeat.id().incarnation().number();
    if (!task.idle || task.incarnation != incarnation) {
      task.incarnation = incarnation;
      task.newest = -1;
      task.releases.clear();
    }
    if (task.idle) {
      release(task, heartbeat.confirmed());
      noteMinimum(task, heartbeat.id().sequence());
    }
    return allReported() ? minimum(false) : Long.MIN_VALUE;
  }

  /** Raises an idle task to the minimum noted with the last confirmed idle heartbeat. */
  private static void release(Task task, long confirmed) {
    NavigableMap<Long, Long> arrived = task.releases.headMap(confirmed, true);
    if (!arrived.isEmpty()) {
      task.watermark = Math.max(task.watermark, arrived.lastEntry().getValue());
      arrived.headMap(arrived.lastKey()).clear();
    }
  }

  private void noteMinimum(Task task, long sequence) {
    if (sequence > task.newest) {
      task.newest = sequence;
      long others = allReported() ? minimum(true) : Long.MIN_VALUE;
      if (task.releases.isEmpty() || task.releases.lastEntry().getValue() != others) {
        task.releases.put(sequence, others);
      }
    }
  }

  private boolean allReported() {
    return tasks.size() == expected.size();
  }

  private long minimum(boolean withoutIdle) {
    long minimum = Long.MAX_VALUE;
    boolean any = false;
    for (Task task : tasks.values()) {
      if (!(withoutIdle && task.idle)) {
        any = true;
        minimum = Math.min(minimum, task.watermark);
      }
    }
    return any ? minimum : Long.MIN_VALUE;
  }
}
