package io.thalweg.storm.jdbc;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.storm.utils.TupleUtils;

/**
 * The layouts that a component has had, and what a task takes up of the shards of those before.
 *
 * <p>A key has one place in each layout, the task that Storm's fields grouping sends it to. Where
 * the state of a key is now is found by walking back from the newest layout: it is in the first
 * shard on the way that was ever committed. Counters go the same way, from a shard to the task with
 * its number modulo the number of tasks.
 */
final class ShardLayouts {

  /**
   * A layout.
   *
   * @param tasks how many shards it has
   * @param committed the ids of those that were ever committed, by task index
   */
  record Layout(int tasks, Map<Integer, Long> committed) {

    private boolean holds(Object key) {
      return committed.containsKey(place(key, tasks));
    }
  }

  /**
   * A shard that a task takes up.
   *
   * @param shard its id
   * @param owned which of its keys are the task's
   * @param ownsCounters whether its counters are the task's
   */
  record InheritedShard(long shard, Predicate<Object> owned, boolean ownsCounters) {}

  private ShardLayouts() {}

  /**
   * What a task inherits that was never committed itself.
   *
   * @param layouts the oldest first; the last is the task's own
   * @param index of the task
   */
  static List<InheritedShard> inherited(List<Layout> layouts, int index) {
    List<InheritedShard> all = new ArrayList<>();
    int newest = layouts.size() - 1;
    int tasks = layouts.get(newest).tasks;
    for (int g = newest - 1; g >= 0; g--) {
      Layout layout = layouts.get(g);
      List<Layout> since = List.copyOf(layouts.subList(g + 1, newest));
      Predicate<Object> owned =
          key -> place(key, tasks) == index && since.stream().noneMatch(later -> later.holds(key));
      layout.committed.forEach(
          (old, shard) ->
              all.add(new InheritedShard(shard, owned, heir(old, since, index, tasks))));
      if (layout.committed.size() == layout.tasks) {
        break; // all that was before has been taken up
      }
    }
    return all;
  }

  /** Whether the counters of an old task have come to a new one, none between having taken them. */
  private static boolean heir(int old, List<Layout> since, int index, int tasks) {
    int at = old;
    for (Layout later : since) {
      at %= later.tasks;
      if (later.committed.containsKey(at)) {
        return false;
      }
    }
    return at % tasks == index;
  }

  /** The task that fields grouping sends a key to. */
  private static int place(Object key, int tasks) {
    return TupleUtils.chooseTaskIndex(List.of(key), tasks);
  }
}
