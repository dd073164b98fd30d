package io.thalweg.window;

import io.thalweg.Pane;

/**
 * Bounds of a session, or of a retracted one, with the state of its last result. Ordered for
 * emission.
 */
abstract class SessionBounds implements Comparable<SessionBounds> {
  long start;
  long end;

  /** In retracting mode, the state that gave the last emitted result; otherwise null. */
  Object lastResultState;

  /** Orders by end, then start: the order in which results are emitted. */
  @Override
  public final int compareTo(SessionBounds other) {
    int order = Long.compare(end, other.end);
    return order == 0 ? Long.compare(start, other.start) : order;
  }

  /** Merged session that has emitted a result, which is to be retracted. */
  static final class RetractedSession<K> extends SessionBounds {
    K key;

    /** The timing of the result that replaces it. */
    Pane.Timing timing;

    RetractedSession(K key, long start, long end, Object lastResultState) {
      this.key = key;
      this.start = start;
      this.end = end;
      this.lastResultState = lastResultState;
    }
  }
}
