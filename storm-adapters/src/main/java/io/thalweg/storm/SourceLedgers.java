package io.thalweg.storm;

import io.thalweg.Codec;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Ledgers of a task, one per source. A source is a Kafka partition, named {@code topicId/number},
 * or a shard of an upstream bolt, named {@code component/generation/index}.
 *
 * <p>Heartbeats carry settled marks. The mark of a partition comes from one spout task and applies
 * at once. Each task of an upstream bolt reports its own mark for a shard, since a result may still
 * be in the outbox of any of them; the smallest one applies, once every task has reported.
 */
final class SourceLedgers {

  /** Largest number of a partition that is looked up by index. */
  private static final int MAX_INDEX = (1 << 14) - 1;

  /** Number of commits after which all marks are saved again; about an hour. */
  private static final int SAVES_OF_CHANGES = 1 << 14;

  private static final Codec<Map<String, Long>> MARKS =
      Codec.of("thalweg.storm.marks", SettledMarks::write, SettledMarks::read);

  private final Map<String, Ledger> ledgers = new HashMap<>();

  /** Suffix of a source in saved marks, for the largest timestamp of its applied records. */
  private static final String LATEST = "@";

  /** Ledgers of partitions by topic id and number, so that a lookup builds no name. */
  private final Map<String, Ledger[]> partitions = new HashMap<>();

  /** Last marks of each task of the upstream bolts. */
  private final Map<Integer, Map<String, Long>> marksOfTasks = new HashMap<>();

  private int savesOfChanges;

  /** Returns the ledger of a source, and creates it if it does not exist. */
  Ledger of(String source) {
    return ledgers.computeIfAbsent(source, Ledger::new);
  }

  /** Returns the ledger of a partition, and creates it if it does not exist. */
  Ledger of(String topicId, int partition) {
    if (partition < 0 || partition > MAX_INDEX) {
      return of(topicId + "/" + partition);
    }
    Ledger[] ofTopic = partitions.get(topicId);
    if (ofTopic == null || partition >= ofTopic.length) {
      int length = Math.max(16, Integer.highestOneBit(partition) * 2);
      ofTopic = ofTopic == null ? new Ledger[length] : Arrays.copyOf(ofTopic, length);
      partitions.put(topicId, ofTopic);
    }
    if (ofTopic[partition] == null) {
      ofTopic[partition] = of(topicId + "/" + partition);
    }
    return ofTopic[partition];
  }

  /** Applies the settled marks of partitions. */
  void settle(Map<String, Long> marks) {
    marks.forEach((source, mark) -> of(source).settle(mark));
  }

  /**
   * Stores the settled marks of a task of an upstream bolt, and applies the smallest marks if every
   * task of that bolt has reported.
   *
   * @param component the upstream bolt
   * @param tasks all tasks of the upstream bolt
   * @param task the task that reports
   * @param marks the settled mark of each shard that the task has results of
   */
  void settle(String component, Set<Integer> tasks, int task, Map<String, Long> marks) {
    marksOfTasks.put(task, marks);
    if (!marksOfTasks.keySet().containsAll(tasks)) {
      return;
    }
    for (Ledger ledger : ledgers.values()) {
      if (ledger.source().startsWith(component + "/")) {
        long smallest = Long.MAX_VALUE;
        boolean reported = false;
        for (int each : tasks) {
          Long mark = marksOfTasks.get(each).get(ledger.source());
          if (mark != null) {
            reported = true;
            smallest = Math.min(smallest, mark);
          }
        }
        if (reported || isObsolete(ledger.source(), tasks)) {
          ledger.settle(smallest);
        }
      }
    }
  }

  /**
   * Returns whether a shard that no task reports is obsolete: its task no longer exists, or writes
   * to the shard of a later generation. A new shard, whose answers arrived before its first
   * heartbeat, is not obsolete.
   */
  private boolean isObsolete(String shard, Set<Integer> tasks) {
    String index = shard.substring(shard.lastIndexOf('/'));
    return Integer.parseInt(index.substring(1)) >= tasks.size()
        || tasks.stream()
            .flatMap(task -> marksOfTasks.get(task).keySet().stream())
            .anyMatch(other -> other.endsWith(index) && generation(other) > generation(shard));
  }

  private static long generation(String shard) {
    int end = shard.lastIndexOf('/');
    return Long.parseLong(shard.substring(shard.lastIndexOf('/', end - 1) + 1, end));
  }

  /**
   * Returns the settled marks, and the largest timestamps, that moved since all of them were saved.
   * They are part of every commit; the marks of sources that are gone are not.
   */
  Map<String, Long> movedMarks() {
    Map<String, Long> marks = new HashMap<>();
    ledgers.forEach(
        (source, ledger) -> {
          if (ledger.markMoved()) {
            marks.put(source, ledger.mark());
          }
          if (ledger.markMoved() || ledger.latestMoved()) {
            marks.put(source + LATEST, ledger.latest());
          }
        });
    return marks;
  }

  /**
   * Writes all marks. They are kept for ever, also those of topics that were deleted: a task of the
   * source that is believed dead may still send records below the mark.
   */
  private void saveMarks(StateWriter<Object> to) {
    Map<String, Long> marks = new HashMap<>();
    ledgers.forEach(
        (source, ledger) -> {
          if (ledger.mark() != Long.MIN_VALUE) {
            marks.put(source, ledger.mark());
          }
          marks.put(source + LATEST, ledger.latest());
          ledger.forgetMove();
        });
    to.putOperatorState(MARKS.encode(marks));
  }

  private void restoreMarks(Map<String, Long> marks) {
    marks.forEach(
        (source, mark) -> {
          if (source.endsWith(LATEST)) {
            of(source.substring(0, source.length() - LATEST.length())).addTimestamp(mark);
          } else {
            of(source).settle(mark);
            addLatest(source, marks);
          }
        });
  }

  /** Adds the largest timestamp of a source. A shard of an earlier release does not have it. */
  private void addLatest(String source, Map<String, Long> marks) {
    of(source).addTimestamp(marks.getOrDefault(source + LATEST, Long.MAX_VALUE));
  }

  void forEachOutput(Consumer<StoredOutput> action) {
    ledgers.values().forEach(ledger -> ledger.forEachOutput(action));
  }

  /** Returns the number of events with answers. */
  long eventsWithOutputs() {
    long answered = 0;
    for (Ledger ledger : ledgers.values()) {
      answered += ledger.idsWithOutputs();
    }
    return answered;
  }

  /** Writes everything, except for {@link #movedMarks}. */
  void save(StateWriter<Object> to) {
    saveMarks(to);
    ledgers.values().forEach(ledger -> ledger.save(to));
  }

  /** Writes the changes since the last commit, except for {@link #movedMarks}. */
  void saveChanges(StateWriter<Object> to) {
    if (++savesOfChanges % SAVES_OF_CHANGES == 0) {
      saveMarks(to);
    }
    ledgers.values().forEach(ledger -> ledger.saveChanges(to));
  }

  void markCommitted() {
    ledgers.values().forEach(Ledger::markCommitted);
  }

  /**
   * Adds the ledgers of a saved shard.
   *
   * @param moved the marks that moved since all of them were saved
   * @param from the ledgers of the shard
   * @param own selects and converts the answers of this task
   */
  void restore(
      Map<String, Long> moved, StateReader<Object> from, UnaryOperator<List<StoredOutput>> own) {
    Map<String, Long> marks = new HashMap<>();
    byte[] all = from.operatorState();
    if (all != null) { // null if an earlier release saved all marks with each commit
      marks.putAll(MARKS.decode(all));
    }
    marks.putAll(moved);
    restoreMarks(marks);
    from.forEach(
        (source, chunk, state) -> {
          of(text(source)).restore(chunk, state, own);
          addLatest(text(source), marks);
        });
  }

  void markRestored() {
    ledgers.values().forEach(Ledger::markRestored);
  }

  private static String text(Object source) {
    if (source instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException("source of a ledger must be a string: " + source);
  }
}
