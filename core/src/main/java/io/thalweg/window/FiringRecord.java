package io.thalweg.window;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * State of the firings of one window of an aligned query, for the keys that have, or will next get,
 * an early or corrected result. A key whose only result was on time has no entry, and a window
 * without entries has no record.
 */
final class FiringRecord<K> implements Comparable<FiringRecord<K>> {

  /** Results that the window has emitted for one key. */
  static final class KeyFirings {
    /** The number of emitted results. */
    long results;

    /** True if one of them was emitted when or after the window became final. */
    boolean finalResultEmitted;

    /** True if the next result is pending, because events were added since the last one. */
    boolean refirePending;

    /** True if this object is equal to its saved form. */
    boolean saved;

    /** In retracting mode, the state that gave the last result; otherwise null. */
    Object lastResultState;

    /** In discarding mode, the aggregate of the delayed events since the last result; else null. */
    Object pendingState;
  }

  final int query;
  final long start;
  final long end;
  final Map<KeySlices<K>, KeyFirings> firings = new LinkedHashMap<>();

  /** The keys with a pending result. */
  final List<KeySlices<K>> pendingKeys = new ArrayList<>();

  FiringRecord(int query, long start, long end) {
    this.query = query;
    this.start = start;
    this.end = end;
  }

  /** Orders by end, start and query: the order in which results are emitted. */
  @Override
  public int compareTo(FiringRecord<K> other) {
    int order = Long.compare(end, other.end);
    if (order == 0) {
      order = Long.compare(start, other.start);
    }
    return order == 0 ? Integer.compare(query, other.query) : order;
  }
}
