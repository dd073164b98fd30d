package io.thalweg.window;

import io.thalweg.Pane;

/** The bounds of a session, or of one that was absorbed after it had given a result. */
abstract class DueSession implements Comparable<DueSession> {
  long start;
  long end;

  /** When retracting: the state that gave the result that stands. */
  Object lastResultState;

  /** In the order of results: by end, then start. */
  @Override
  public final int compareTo(DueSession other) {
    int order = Long.compare(end, other.end);
    return order == 0 ? Long.compare(start, other.start) : order;
  }

  /** A session that is no more, to be retracted for a key. */
  static final class RetractedSession<K> extends DueSession {
    K key;

    /** How the result comes that retracts it. */
    Pane.Timing timing;

    RetractedSession(K key, long start, long end, Object standing) {
      this.key = key;
      this.start = start;
      this.end = end;
      this.lastResultState = standing;
    }
  }
}
