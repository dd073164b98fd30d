package io.thalweg.storm;

import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.storm.Heartbeat.Id;
import io.thalweg.storm.Heartbeat.Incarnation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;

/**
 * Outputs of heartbeats that are not yet confirmed: the results of the watermark and of events that
 * it released. They are stored under the id of the heartbeat until the spout confirms that every
 * tuple of this heartbeat was acked.
 *
 * <p>A restarted spout task numbers its heartbeats from 0 again, in another incarnation, and cannot
 * confirm those of the incarnation before. The records of an incarnation that has ended are
 * therefore moved to the next heartbeat of the spout, and emitted again with it.
 */
final class Outbox {

  private final Map<Incarnation, TreeMap<Long, List<StoredOutput>>> entries = new HashMap<>();
  private final Set<Id> changed = new HashSet<>();
  private final Set<Id> removed = new HashSet<>();
  private long size;
  private long additions;

  /** Returns the outputs of a heartbeat, not to be changed. */
  List<StoredOutput> of(Id id) {
    TreeMap<Long, List<StoredOutput>> bySequence = entries.get(id.incarnation());
    return bySequence == null ? List.of() : bySequence.getOrDefault(id.sequence(), List.of());
  }

  /** Adds an output of a heartbeat. */
  void add(Id id, StoredOutput output) {
    list(id).add(output);
    size++;
  }

  private List<StoredOutput> list(Id id) {
    additions++;
    changed.add(id);
    removed.remove(id);
    return entries
        .computeIfAbsent(id.incarnation(), i -> new TreeMap<>())
        .computeIfAbsent(id.sequence(), s -> new ArrayList<>());
  }

  /** Removes the outputs of the heartbeats of an incarnation up to a sequence number. */
  void confirm(Incarnation of, long confirmed) {
    TreeMap<Long, List<StoredOutput>> bySequence = entries.get(of);
    if (bySequence == null) {
      return;
    }
    Iterator<Map.Entry<Long, List<StoredOutput>>> oldest =
        bySequence.headMap(confirmed, true).entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<Long, List<StoredOutput>> entry = oldest.next();
      size -= entry.getValue().size();
      oldest.remove();
      noteRemoval(new Id(of, entry.getKey()));
    }
    if (bySequence.isEmpty()) {
      entries.remove(of);
    }
  }

  private void noteRemoval(Id id) {
    changed.remove(id);
    removed.add(id);
  }

  /**
   * Moves to a heartbeat the outputs of other incarnations of its spout task, and those of spout
   * tasks that no longer exist.
   */
  void adopt(Id by, IntPredicate isSpout) {
    List<StoredOutput> adopted = new ArrayList<>();
    Iterator<Map.Entry<Incarnation, TreeMap<Long, List<StoredOutput>>>> each =
        entries.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<Incarnation, TreeMap<Long, List<StoredOutput>>> entry = each.next();
      Incarnation of = entry.getKey();
      if (of.spout() == by.incarnation().spout()
          ? of.number() != by.incarnation().number()
          : !isSpout.test(of.spout())) {
        entry
            .getValue()
            .forEach(
                (sequence, outputs) -> {
                  adopted.addAll(outputs);
                  noteRemoval(new Id(of, sequence));
                });
        each.remove();
      }
    }
    if (!adopted.isEmpty()) {
      list(by).addAll(adopted);
    }
  }

  /** Removes all outputs and passes each to an action. */
  void drain(Consumer<StoredOutput> to) {
    if (size == 0) {
      return;
    }
    entries.forEach(
        (of, bySequence) ->
            bySequence.forEach(
                (sequence, list) -> {
                  list.forEach(to);
                  noteRemoval(new Id(of, sequence));
                }));
    entries.clear();
    size = 0;
  }

  /** Returns a number that grows with each output that is added or moved. */
  long additions() {
    return additions;
  }

  /** Returns the number of outputs. */
  long size() {
    return size;
  }

  void forEach(Consumer<StoredOutput> action) {
    if (size > 0) {
      entries.values().forEach(each -> each.values().forEach(list -> list.forEach(action)));
    }
  }

  /** Writes everything. */
  void save(StateWriter<Object> to) {
    entries.forEach(
        (of, bySequence) ->
            bySequence.forEach(
                (sequence, list) ->
                    to.put(of.toString(), sequence, StoredOutput.CODEC.encode(list))));
  }

  /** Writes the changes since the last {@link #markCommitted}. */
  void saveChanges(StateWriter<Object> to) {
    removed.forEach(id -> to.remove(id.incarnation().toString(), id.sequence()));
    changed.forEach(
        id ->
            to.put(id.incarnation().toString(), id.sequence(), StoredOutput.CODEC.encode(of(id))));
  }

  void markCommitted() {
    changed.clear();
    removed.clear();
  }

  /**
   * Adds the outputs of a saved shard.
   *
   * @param own selects and converts the outputs of this task
   */
  void restore(StateReader<Object> from, UnaryOperator<List<StoredOutput>> own) {
    from.forEach(
        (key, sequence, state) -> {
          List<StoredOutput> outputs = own.apply(StoredOutput.CODEC.decode(state));
          if (!outputs.isEmpty()) {
            Incarnation of = Incarnation.parse((String) key);
            entries
                .computeIfAbsent(of, i -> new TreeMap<>())
                .computeIfAbsent(sequence, s -> new ArrayList<>())
                .addAll(outputs);
            size += outputs.size();
          }
        });
  }
}
