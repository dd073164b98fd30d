package io.thalweg.storm;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The watermark of a task: the smallest of those of the tasks before it, as far as they count.
 *
 * <p>A task that was not heard of since the start holds the watermark back; one that was restarted
 * may begin at the beginning of time, since the largest word of each counts. A task that says that
 * it is idle lets the watermark go on heartbeat by heartbeat: each of its heartbeats allows what
 * the others had reached at the one before, so that one that dies while idle, with records coming
 * in, allows no more.
 */
final class Upstream {

  private static final class Task {
    long watermark = Long.MIN_VALUE;
    boolean idle;

    /** Where the others stood at the last idle heartbeat. */
    long release = Long.MIN_VALUE;
  }

  private final Set<Integer> expected;
  private final Map<Integer, Task> heard = new HashMap<>();

  Upstream(Set<Integer> tasks) {
    this.expected = Set.copyOf(tasks);
  }

  /**
   * Takes the word of one task.
   *
   * @param task its id
   * @param watermark what it says
   * @param idle whether it has nothing that counts
   * @return the smallest watermark, {@code Long.MIN_VALUE} as long as a task is missing
   */
  long heard(int task, long watermark, boolean idle) {
    if (!expected.contains(task)) {
      throw new IllegalStateException("watermark must come from a task of an input: " + task);
    }
    Task of = heard.computeIfAbsent(task, t -> new Task());
    of.watermark = Math.max(of.watermark, watermark);
    of.idle = idle;
    if (idle) {
      of.watermark = Math.max(of.watermark, of.release);
      of.release = all() ? smallest(true) : Long.MIN_VALUE;
    } else {
      of.release = Long.MIN_VALUE;
    }
    return all() ? smallest(false) : Long.MIN_VALUE;
  }

  private boolean all() {
    return heard.size() == expected.size();
  }

  private long smallest(boolean busyOnly) {
    long smallest = Long.MAX_VALUE;
    boolean any = false;
    for (Task task : heard.values()) {
      if (!(busyOnly && task.idle)) {
        any = true;
        smallest = Math.min(smallest, task.watermark);
      }
    }
    return any ? smallest : Long.MIN_VALUE;
  }
}
