package io.thalweg.window;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a window of an aligned query gave to the keys for which that is not simply one result when
 * it was final: early results, late ones, or one without events. Windows without such keys have no
 * record.
 */
final class FiringRecord<K> implements Comparable<FiringRecord<K>> {

  /** What the window gave to one key. */
  static final class KeyFirings {
    /** How many results so far. */
    long results;

    /** Whether one of them came when the window was final. */
    boolean finalResultEmitted;

    /** Whether late events came since the last of them. */
    boolean refirePending;

    /** Whether it is as it was last saved. */
    boolean saved;

    /** When retracting: the state that gave the last result. */
    Object lastResultState;

    /** When discarding: the late events since the last result. */
    Object pendingState;
  }

  final int query;
  final long start;
  final long end;
  final Map<KeySlices<K>, KeyFirings> firings = new LinkedHashMap<>();

  /** The keys to which the next result is due. */
  final List<KeySlices<K>> pendingKeys = new ArrayList<>();

  FiringRecord(int query, long start, long end) {
    this.query = query;
    this.start = start;
    this.end = end;
  }

  /** In the order of results: by end, then start, then query. */
  @Override
  public int compareTo(FiringRecord<K> other) {
    int order = Long.compare(end, other.end);
    if (order == 0) {
      order = Long.compare(start, other.start);
    }
    return order == 0 ? Integer.compare(query, other.query) : order;
  }
}
