package io.thalweg.storm;

import io.thalweg.storm.Heartbeat.Id;
import io.thalweg.storm.Heartbeat.Incarnation;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Delivery attempts of the heartbeats that a task has received. A delayed copy of an earlier
 * attempt must not cause new outputs.
 *
 * <p>The outputs of a heartbeat are stored under its id and removed when the spout confirms the id.
 * This is safe only if every attempt that may still complete in the spout's view arrives here after
 * the outputs were stored, and gets them. It holds as long as no other attempt of the same
 * heartbeat was ever received.
 *
 * <p>Counterexample: an upstream task that was replaced, but still runs, forwards a copy of an
 * attempt that failed long ago, while another attempt, forwarded by its successor, is complete. New
 * outputs stored for the late copy would be removed with the confirmation, without having arrived
 * downstream. They are caused by the next heartbeat instead.
 */
final class SeenHeartbeats {

  /** Ack trees of a heartbeat with several attempts; no tree has this id. */
  private static final Set<Long> SEVERAL = Set.of(0L);

  /** Attempts of the heartbeats of one incarnation. */
  private static final class Attempts {
    /**
     * Largest sequence number whose heartbeat may already be complete by an attempt that was not
     * seen here; up to it no new outputs are stored.
     */
    long possiblyComplete = -1;

    long highest = -1;

    /** Ack trees of the only attempt that was received, by sequence number. */
    final TreeMap<Long, Set<Long>> trees = new TreeMap<>();
  }

  /** Incarnations in the order of their last heartbeat. */
  private final Map<Incarnation, Attempts> incarnations = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * Adds a copy of a heartbeat.
   *
   * @param heartbeat the heartbeat
   * @param roots the ack trees of the copy, which identify the attempt
   * @param spouts the number of spout tasks; four incarnations of each are remembered
   * @return true if no other attempt can be complete, so that the copy may cause outputs
   */
  boolean addAndCheckOnlyAttempt(Heartbeat heartbeat, Set<Long> roots, int spouts) {
    Id id = heartbeat.id();
    Attempts attempts = incarnations.computeIfAbsent(id.incarnation(), i -> new Attempts());
    for (Iterator<Attempts> eldest = incarnations.values().iterator();
        incarnations.size() > 4 * spouts; ) {
      eldest.next();
      eldest.remove();
    }
    attempts.highest = Math.max(attempts.highest, id.sequence());
    if (heartbeat.confirmed() > attempts.possiblyComplete) {
      attempts.possiblyComplete = heartbeat.confirmed();
      attempts.trees.headMap(attempts.possiblyComplete, true).clear();
    }
    return id.sequence() > attempts.possiblyComplete
        && attempts
            .trees
            .merge(id.sequence(), roots, (one, other) -> one.equals(other) ? one : SEVERAL)
            .equals(roots);
  }

  /** Returns the largest sequence number of each incarnation, by {@code spout/incarnation}. */
  Map<String, Long> saved() {
    Map<String, Long> saved = new LinkedHashMap<>();
    incarnations.forEach((of, attempts) -> saved.put(of.toString(), attempts.highest));
    return saved;
  }

  /** Adds the sequence numbers of a saved task; any attempt up to them may be complete. */
  void restore(Map<String, Long> saved) {
    saved.forEach(
        (key, highest) -> {
          Attempts attempts =
              incarnations.computeIfAbsent(Incarnation.parse(key), i -> new Attempts());
          attempts.possiblyComplete = Math.max(attempts.possiblyComplete, highest);
          attempts.highest = attempts.possiblyComplete;
        });
  }
}
