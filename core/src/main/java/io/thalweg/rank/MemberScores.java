package io.thalweg.rank;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Scores of all members, in the order of their first events.
 *
 * <p>It uses a map of the JDK, which stays fast when hashes collide, since members come from
 * outside.
 */
final class MemberScores<M, A> {

  /** Maximum number of delta records, which bounds the time to read them. */
  private static final int MOST_RECORDS = 1000;

  Map<M, A> scores = new LinkedHashMap<>();

  /** The time of the newest event, for decaying scores; {@code Long.MIN_VALUE} if there is none. */
  long newest = Long.MIN_VALUE;

  /** The half-life of the last removal of expired members, for decaying scores. */
  long swept;

  /** Members that changed since the last save; null if changes are not tracked. */
  Set<M> changed;

  /**
   * Number of changes in the delta records since the last full save, and number of these records.
   */
  private long deltaChanges;

  private int deltaRecords;

  /** Marks all members as saved. */
  void startDeltas() {
    changed = new LinkedHashSet<>();
    deltaChanges = 0;
    deltaRecords = 0;
  }

  /** Returns whether a full save is better than a delta. */
  boolean needsFull() {
    return changed == null
        || deltaRecords == MOST_RECORDS
        || deltaChanges + changed.size() > scores.size();
  }

  /** Marks the changed members as saved. */
  void markDeltaSaved() {
    deltaChanges += changed.size();
    deltaRecords++;
    changed.clear();
  }

  void clear() {
    scores = new LinkedHashMap<>(); // the capacity of one large window is not kept for later ones
    newest = Long.MIN_VALUE;
    swept = 0;
    changed = null;
  }
}
