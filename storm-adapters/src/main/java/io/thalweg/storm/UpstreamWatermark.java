package io.thalweg.storm;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * The watermark of a task: the smallest of those of the tasks before it, as far as they count.
 *
 * <p>A task that was not heard of since the start holds the watermark back; one that was restarted
 * may begin at the beginning of time, since the largest word of each counts. A task that says that
 * it is idle lets the watermark go on heartbeat by heartbeat: an idle heartbeat allows what the
 * others had reached when the last one arrived here that it confirms. The task was idle after that,
 * so whatever it reads later was written later. One that dies while idle, with records coming in,
 * allows no more; nor does one whose heartbeats, and the records behind them, are long on their
 * way.
 */
final class UpstreamWatermark {

  private static final class Task {
    long watermark = Long.MIN_VALUE;
    boolean idle;

    /** The start of the task whose heartbeats these are. */
    long incarnation;

    /** The largest number of an idle heartbeat since the task is idle. */
    long newest = -1;

    /** Where the others stood when an idle heartbeat first came, by its number; if they moved. */
    final TreeMap<Long, Long> releases = new TreeMap<>();
  }

  private final Set<Integer> expected;
  private final Map<Integer, Task> heard = new HashMap<>();

  UpstreamWatermark(Set<Integer> tasks) {
    this.expected = Set.copyOf(tasks);
  }

  /**
   * Takes the word of one task.
   *
   * @param task its id
   * @param watermark what it says
   * @param idle whether it has nothing that counts
   * @param incarnation the start of the task
   * @param sequence the number of this heartbeat since that start
   * @param confirmed the number up to which it knows that its heartbeats have come, -1 for none
   * @return the smallest watermark, {@code Long.MIN_VALUE} as long as a task is missing
   */
  long heard(
      int task, long watermark, boolean idle, long incarnation, long sequence, long confirmed) {
    if (!expected.contains(task)) {
      throw new IllegalStateException("watermark must come from a task of an input: " + task);
    }
    Task of = heard.computeIfAbsent(task, t -> new Task());
    of.watermark = Math.max(of.watermark, watermark);
    of.idle = idle;
    if (!idle || of.incarnation != incarnation) {
      of.incarnation = incarnation;
      of.newest = -1;
      of.releases.clear();
    }
    if (idle) {
      NavigableMap<Long, Long> arrived = of.releases.headMap(confirmed, true);
      if (!arrived.isEmpty()) {
        of.watermark = Math.max(of.watermark, arrived.lastEntry().getValue());
        arrived.headMap(arrived.lastKey()).clear();
      }
      if (sequence > of.newest) {
        of.newest = sequence;
        long stood = all() ? smallest(true) : Long.MIN_VALUE;
        if (of.releases.isEmpty() || of.releases.lastEntry().getValue() != stood) {
          of.releases.put(sequence, stood);
        }
      }
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
