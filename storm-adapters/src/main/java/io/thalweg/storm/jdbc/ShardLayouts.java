package io.thalweg.storm.jdbc;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.storm.utils.TupleUtils;

/**
 * Layouts of a component over time, and the shards of older layouts that a task inherits.
 *
 * <p>In each layout a key belongs to one shard: that of the task to which Storm's fields grouping
 * sends it. The current state of a key is found by walking back from the newest layout, in the
 * first shard of the key that was ever committed. Counters move in the same way: in each newer
 * layout, from a shard to the task whose index is the old index modulo the number of tasks.
 */
final class ShardLayouts {

  /**
   * Layout of a component.
   *
   * @param tasks number of tasks, and of shards
   * @param committed ids of the shards that were ever committed, by task index
   */
  record Layout(int tasks, Map<Integer, Long> committed) {

    private boolean hasCommitted(Object key) {
      return committed.containsKey(shardOf(key, tasks));
    }
  }

  /**
   * Shard that a task inherits.
   *
   * @param shard id of the shard
   * @param owned predicate of the keys that the task inherits
   * @param ownsCounters true if the task inherits the counters
   */
  record InheritedShard(long shard, Predicate<Object> owned, boolean ownsCounters) {}

  private ShardLayouts() {}

  /**
   * Returns the shards that a task inherits whose own shard was never committed.
   *
   * @param layouts layouts, oldest first; the last is that of the task
   * @param index index of the task
   */
  static List<InheritedShard> inherited(List<Layout> layouts, int index) {
    List<InheritedShard> all = new ArrayList<>();
    int newest = layouts.size() - 1;
    int tasks = layouts.get(newest).tasks;
    for (int g = newest - 1; g >= 0; g--) {
      Layout layout = layouts.get(g);
      List<Layout> since = List.copyOf(layouts.subList(g + 1, newest));
      Predicate<Object> owned =
          key ->
              shardOf(key, tasks) == index
                  && since.stream().noneMatch(later -> later.hasCommitted(key));
      layout.committed.forEach(
          (old, shard) ->
              all.add(
                  new InheritedShard(shard, owned, inheritsCounters(old, since, index, tasks))));
      if (layout.committed.size() == layout.tasks) {
        break; // every older shard was inherited by this layout
      }
    }
    return all;
  }

  /**
   * Returns true if the counters of an old task move to the given task, and no layout in between
   * has committed them.
   */
  private static boolean inheritsCounters(int old, List<Layout> since, int index, int tasks) {
    int at = old;
    for (Layout later : since) {
      at %= later.tasks;
      if (later.committed.containsKey(at)) {
        return false;
      }
    }
    return at % tasks == index;
  }

  /** Returns the index of the task to which fields grouping sends a key. */
  private static int shardOf(Object key, int tasks) {
    return TupleUtils.chooseTaskIndex(List.of(key), tasks);
  }
}
