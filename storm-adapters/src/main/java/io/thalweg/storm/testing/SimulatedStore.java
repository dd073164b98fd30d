package io.thalweg.storm.testing;

import io.thalweg.Snapshot;
import io.thalweg.StateWriter;
import io.thalweg.storm.FencedException;
import io.thalweg.storm.StateStore;
import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.apache.storm.utils.TupleUtils;

/**
 * Store in the memory of a test: durable, atomic, fenced, and able to restore the shards of another
 * number of tasks. It cannot be serialized. Not thread-safe.
 */
final class SimulatedStore implements StateStore {

  private static final long serialVersionUID = 1;

  private final transient Map<String, Component> components = new HashMap<>();
  private final transient Set<Safeguard> off;

  SimulatedStore(Set<Safeguard> off) {
    this.off = off;
  }

  /** Layouts of one component that may still be read; the last one is written. */
  private static final class Component {
    long epoch;
    long deployment = Long.MIN_VALUE;
    final TreeMap<Integer, Slot[]> generations = new TreeMap<>();
  }

  private static final class Slot {
    long epoch;

    /** Null until the first commit. */
    Snapshot<Object> state;
  }

  /**
   * Returns true.
   *
   * @return true
   */
  @Override
  public boolean durable() {
    return true;
  }

  @Override
  public Shard acquire(Task task) {
    Component component =
        components.computeIfAbsent(
            task.topology() + "/" + task.component(), name -> new Component());
    if (task.deployment() < component.deployment) {
      throw new IllegalStateException(
          "%s: deployment must not be older than %d, which has started: %d"
              .formatted(task.component(), component.deployment, task.deployment()));
    }
    component.deployment = task.deployment();
    Map.Entry<Integer, Slot[]> newest = component.generations.lastEntry();
    if (newest == null || newest.getValue().length != task.tasks()) {
      if (!off.contains(Safeguard.SEAL_OLD_SHARDS)) {
        component.generations.values().forEach(SimulatedStore::fence);
      }
      Slot[] slots = new Slot[task.tasks()];
      for (int i = 0; i < slots.length; i++) {
        slots[i] = new Slot();
      }
      component.generations.put(newest == null ? 0 : newest.getKey() + 1, slots);
      newest = component.generations.lastEntry();
    }
    return new SimulatedShard(task, component, newest.getKey());
  }

  private static void fence(Slot[] slots) {
    for (Slot slot : slots) {
      slot.epoch = Long.MAX_VALUE;
    }
  }

  private Object writeReplace() throws NotSerializableException {
    throw new NotSerializableException("a simulated store cannot leave its test");
  }

  /** Returns the shards that a never committed shard inherits: all of the layout before. */
  private static List<SavedShard> inheritance(Component component, int generation, int index) {
    List<SavedShard> inheritance = new ArrayList<>();
    int tasks = component.generations.get(generation).length;
    Slot[] before = component.generations.getOrDefault(generation - 1, new Slot[0]);
    for (int i = 0; i < before.length; i++) {
      Predicate<Object> owned = key -> TupleUtils.chooseTaskIndex(List.of(key), tasks) == index;
      boolean ownsCounters = i % tasks == index;
      if (before[i].state != null) {
        inheritance.add(new SavedShard(before[i].state, false, owned, ownsCounters));
      } else {
        for (SavedShard older : inheritance(component, generation - 1, i)) {
          inheritance.add(
              new SavedShard(
                  older.state(),
                  false,
                  older.ownsKey().and(owned),
                  older.ownsCounters() && ownsCounters));
        }
      }
    }
    return inheritance;
  }

  private final class SimulatedShard implements Shard {
    private final Component component;
    private final int generation;
    private final int index;
    private final Slot slot;
    private final String name;
    private final long epoch;
    private final List<Consumer<Snapshot<Object>>> log = new ArrayList<>();

    SimulatedShard(Task task, Component component, int generation) {
      this.component = component;
      this.generation = generation;
      index = task.index();
      slot = component.generations.get(generation)[index];
      name = task.component() + "/" + generation + "/" + index;
      slot.epoch = off.contains(Safeguard.COMPONENT_EPOCH) ? slot.epoch + 1 : ++component.epoch;
      epoch = slot.epoch;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public long epoch() {
      return epoch;
    }

    @Override
    public List<SavedShard> saved() {
      return slot.state == null
          ? inheritance(component, generation, index)
          : List.of(new SavedShard(slot.state, true, key -> true, true));
    }

    @Override
    public StateWriter<Object> changes() {
      return new Changes(log, UnaryOperator.identity());
    }

    @Override
    public void requireHeld() {
      if (slot.epoch != epoch && !off.contains(Safeguard.FENCING)) {
        throw new FencedException(
            "shard %s must be acquired by this task to be written: epoch %d is newer than %d"
                .formatted(name, slot.epoch, epoch));
      }
    }

    @Override
    public void commit() {
      requireHeld();
      if (slot.state == null) {
        slot.state = new Snapshot<>();
      }
      log.forEach(change -> change.accept(slot.state));
      log.clear();
      if (generation == component.generations.lastKey()) {
        for (Slot each : component.generations.get(generation)) {
          if (each.state == null) {
            return;
          }
        }
        component.generations.headMap(generation).clear();
      }
    }

    @Override
    public void close() {}
  }

  /** Writer that stores its calls until the commit. */
  private record Changes(
      List<Consumer<Snapshot<Object>>> log, UnaryOperator<Snapshot<Object>> scope)
      implements StateWriter<Object> {

    private void add(Consumer<Snapshot<Object>> change) {
      log.add(state -> change.accept(scope.apply(state)));
    }

    @Override
    public StateWriter<Object> scope(String name) {
      return new Changes(log, state -> scope.apply(state).scope(name));
    }

    @Override
    public void put(Object key, long part, byte[] state) {
      add(to -> to.put(key, part, state));
    }

    @Override
    public void remove(Object key, long part) {
      add(to -> to.remove(key, part));
    }

    @Override
    public void remove(Object key) {
      add(to -> to.remove(key));
    }

    @Override
    public void removeBefore(long part) {
      add(to -> to.removeBefore(part));
    }

    @Override
    public void putOperatorState(byte[] state) {
      add(to -> to.putOperatorState(state));
    }

    @Override
    public void clear() {
      add(Snapshot::clear);
    }
  }
}
