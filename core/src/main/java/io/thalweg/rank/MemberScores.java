package io.thalweg.rank;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * The score of every member, in the order in which they first came.
 *
 * <p>A map of the JDK, since names come from outside: it stays fast when their hashes collide.
 */
final class MemberScores<M, A> {

  /** So many records and no more, that they can be read in a short time. */
  private static final int MOST_RECORDS = 1000;

  Map<M, A> scores = new LinkedHashMap<>();

  /** The time of the newest event, where scores decay; the least of {@code long}: none. */
  long newest = Long.MIN_VALUE;

  /** The half-life up to which members were dropped, where scores decay. */
  long swept;

  /** Those that changed since they were last saved; null: changes are not noted. */
  Set<M> changed;

  /** How many changes the journal holds, and in how many records. */
  private long journaled;

  private int records;

  /** Takes all to be saved. */
  void begin() {
    changed = new LinkedHashSet<>();
    journaled = 0;
    records = 0;
  }

  /** Whether saving all again is better than saving what changed. */
  boolean needsWhole() {
    return changed == null || records == MOST_RECORDS || journaled + changed.size() > scores.size();
  }

  /** Takes what changed to be saved. */
  void changesSaved() {
    journaled += changed.size();
    records++;
    changed.clear();
  }

  void clear() {
    scores = new LinkedHashMap<>(); // one large window must not make all others large
    newest = Long.MIN_VALUE;
    swept = 0;
    changed = null;
  }
}
