package io.thalweg.storm;

import io.thalweg.storm.Outbox.Heartbeat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which heartbeats a task has heard, so that a copy that comes late brings nothing new.
 *
 * <p>What a heartbeat brings is filed under its number, and forgotten when the spout confirms that
 * number. So every attempt at it that the spout may still take for complete must come here
 * afterwards, to be answered with it. That is certain as long as no other attempt was ever heard. A
 * task that was replaced, and does not know it yet, may hand on a copy of an attempt that failed
 * long ago, when another that came by its successor is complete: what that copy brought would be
 * forgotten though it never arrived. The next heartbeat brings it instead.
 */
final class SeenHeartbeats {

  /** The trees of a heartbeat with several attempts: no tree has this id. */
  private static final Set<Long> SEVERAL = Set.of(0L);

  private record Incarnation(int spout, long number) {}

  private static final class Attempts {
    /** Up to here other attempts may be complete. */
    long done = -1;

    long highest = -1;

    /** The trees of the only attempt that was heard. */
    final TreeMap<Long, Set<Long>> attempts = new TreeMap<>();
  }

  /** Those last heard of last. */
  private final Map<Incarnation, Attempts> incarnations = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * Takes a copy of a heartbeat.
   *
   * @param id the heartbeat
   * @param roots the trees that the copy is of: those of one attempt
   * @param confirmed up to which number the spout knows that its heartbeats were acked
   * @param spouts how many tasks the spouts have: of each, some starts are remembered
   * @return whether no other attempt may be complete, so that it may bring something
   */
  boolean isFirst(Heartbeat id, Set<Long> roots, long confirmed, int spouts) {
    Attempts beats =
        incarnations.computeIfAbsent(
            new Incarnation(id.spout(), id.incarnation()), i -> new Attempts());
    for (Iterator<Attempts> eldest = incarnations.values().iterator();
        incarnations.size() > 4 * spouts; ) {
      eldest.next();
      eldest.remove();
    }
    beats.highest = Math.max(beats.highest, id.sequence());
    if (confirmed > beats.done) {
      beats.done = confirmed;
      beats.attempts.headMap(confirmed, true).clear();
    }
    return id.sequence() > beats.done
        && beats
            .attempts
            .merge(id.sequence(), roots, (one, other) -> one.equals(other) ? one : SEVERAL)
            .equals(roots);
  }

  /** The largest number heard of each start of a spout, by {@code spout/incarnation}. */
  Map<String, Long> saved() {
    Map<String, Long> saved = new LinkedHashMap<>();
    incarnations.forEach((of, beats) -> saved.put(of.spout + "/" + of.number, beats.highest));
    return saved;
  }

  /** Takes up what a task before has heard: of that, any attempt may be complete. */
  void restore(Map<String, Long> saved) {
    saved.forEach(
        (key, highest) -> {
          int slash = key.indexOf('/');
          Attempts beats =
              incarnations.computeIfAbsent(
                  new Incarnation(
                      Integer.parseInt(key.substring(0, slash)),
                      Long.parseLong(key.substring(slash + 1))),
                  i -> new Attempts());
          beats.done = Math.max(beats.done, highest);
          beats.highest = beats.done;
        });
  }
}
