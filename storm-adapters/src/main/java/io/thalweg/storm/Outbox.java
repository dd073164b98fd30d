package io.thalweg.storm;

import io.thalweg.StateReader;
import io.thalweg.StateWriter;
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
import java.util.function.Predicate;

/**
 * What came out when the watermark moved, filed under the heartbeat that moved it, until the spout
 * says that this heartbeat was acked by all.
 *
 * <p>A spout task that starts anew numbers its heartbeats from 0 again, in another incarnation; it
 * cannot confirm those of the one before. What is filed under an incarnation that is gone is
 * therefore adopted by the next heartbeat of its spout.
 */
final class Outbox {

  /**
   * A heartbeat of a spout.
   *
   * @param spout the spout's task id
   * @param incarnation which start of that task
   * @param sequence the number of the heartbeat in it
   */
  record Heartbeat(int spout, long incarnation, long sequence) {
    /** Of no spout: to be adopted by the first heartbeat that comes. */
    static final Heartbeat NONE = new Heartbeat(-1, 0, 0);

    private Incarnation of() {
      return new Incarnation(spout, incarnation);
    }
  }

  private record Incarnation(int spout, long number) {
    String key() {
      return spout + "/" + number;
    }

    static Incarnation of(String key) {
      int slash = key.indexOf('/');
      if (slash < 0) {
        throw new IllegalArgumentException(
            "outbox is damaged: its key must be spout/incarnation: " + key);
      }
      return new Incarnation(
          Integer.parseInt(key.substring(0, slash)), Long.parseLong(key.substring(slash + 1)));
    }
  }

  private final Map<Incarnation, TreeMap<Long, List<OutboxRecord>>> entries = new HashMap<>();
  private final Set<Heartbeat> changed = new HashSet<>();
  private final Set<Heartbeat> removed = new HashSet<>();
  private long size;
  private long filings;

  /** What is filed under a heartbeat, not to be changed. */
  List<OutboxRecord> of(Heartbeat id) {
    TreeMap<Long, List<OutboxRecord>> record = entries.get(id.of());
    return record == null ? List.of() : record.getOrDefault(id.sequence, List.of());
  }

  void file(Heartbeat id, OutboxRecord output) {
    list(id).add(output);
    size++;
  }

  private List<OutboxRecord> list(Heartbeat id) {
    filings++;
    changed.add(id);
    removed.remove(id);
    return entries
        .computeIfAbsent(id.of(), i -> new TreeMap<>())
        .computeIfAbsent(id.sequence, s -> new ArrayList<>());
  }

  /** Forgets what is filed under the heartbeats of one incarnation up to a sequence. */
  void confirm(int spout, long incarnation, long confirmed) {
    Incarnation of = new Incarnation(spout, incarnation);
    TreeMap<Long, List<OutboxRecord>> record = entries.get(of);
    if (record == null) {
      return;
    }
    Iterator<Map.Entry<Long, List<OutboxRecord>>> oldest =
        record.headMap(confirmed, true).entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<Long, List<OutboxRecord>> entry = oldest.next();
      size -= entry.getValue().size();
      oldest.remove();
      remove(new Heartbeat(spout, incarnation, entry.getKey()));
    }
    if (record.isEmpty()) {
      entries.remove(of);
    }
  }

  private void remove(Heartbeat id) {
    changed.remove(id);
    removed.add(id);
  }

  /**
   * Files under a heartbeat what was filed under other incarnations of its spout, and under spouts
   * that are no more.
   */
  void adopt(Heartbeat by, IntPredicate isSpout) {
    List<OutboxRecord> adopted = new ArrayList<>();
    Iterator<Map.Entry<Incarnation, TreeMap<Long, List<OutboxRecord>>>> each =
        entries.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<Incarnation, TreeMap<Long, List<OutboxRecord>>> entry = each.next();
      Incarnation of = entry.getKey();
      if (of.spout == by.spout ? of.number != by.incarnation : !isSpout.test(of.spout)) {
        entry
            .getValue()
            .forEach(
                (sequence, record) -> {
                  adopted.addAll(record);
                  remove(new Heartbeat(of.spout, of.number, sequence));
                });
        each.remove();
      }
    }
    if (!adopted.isEmpty()) {
      list(by).addAll(adopted);
    }
  }

  /** Gives everything away, to be filed elsewhere. */
  void drain(Consumer<OutboxRecord> to) {
    if (size == 0) {
      return;
    }
    entries.forEach(
        (of, record) ->
            record.forEach(
                (sequence, list) -> {
                  list.forEach(to);
                  remove(new Heartbeat(of.spout, of.number, sequence));
                }));
    entries.clear();
    size = 0;
  }

  /** A number that is another whenever something was filed, or filed elsewhere. */
  long filings() {
    return filings;
  }

  /** How many outputs are filed. */
  long size() {
    return size;
  }

  void forEach(Consumer<OutboxRecord> action) {
    if (size > 0) {
      entries.values().forEach(record -> record.values().forEach(list -> list.forEach(action)));
    }
  }

  /** Writes everything. */
  void save(StateWriter<Object> to) {
    entries.forEach(
        (of, record) ->
            record.forEach(
                (sequence, list) -> to.put(of.key(), sequence, OutboxRecord.CODEC.encode(list))));
  }

  /** Writes what changed since the last {@link #committed}. */
  void saveChanges(StateWriter<Object> to) {
    removed.forEach(id -> to.remove(id.of().key(), id.sequence));
    changed.forEach(id -> to.put(id.of().key(), id.sequence, OutboxRecord.CODEC.encode(of(id))));
  }

  void committed() {
    changed.clear();
    removed.clear();
  }

  void restore(StateReader<Object> from, Predicate<OutboxRecord> mine) {
    from.forEach(
        (key, sequence, state) -> {
          List<OutboxRecord> record = OutboxRecord.CODEC.decode(state);
          record.removeIf(mine.negate());
          if (!record.isEmpty()) {
            Incarnation of = Incarnation.of((String) key);
            entries
                .computeIfAbsent(of, i -> new TreeMap<>())
                .computeIfAbsent(sequence, s -> new ArrayList<>())
                .addAll(record);
            size += record.size();
          }
        });
  }
}
