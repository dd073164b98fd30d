package io.thalweg.window;

import io.thalweg.Pane;
import java.util.ArrayList;
import java.util.List;

/** Held session of one key. The objects are pooled. */
final class Session<K> extends SessionBounds {

  /** The sessions of its key. */
  KeySessions<K> owner;

  /** The aggregate of all its events, or in discarding mode of those since the last result. */
  Object state;

  /**
   * True if an event was added since the last result. A session with new bounds has no result yet.
   */
  boolean changed;

  /** The timestamp of the newest event; used for {@link WindowSpec.BoundedSession} only. */
  long last;

  /** True if an end event ended it; used for {@link WindowSpec.BoundedSession} only. */
  boolean ended;

  /** True if these bounds have emitted a result since they became final. */
  boolean finalResultEmitted;

  /** The number of results that these bounds have emitted. */
  long results;

  /** In retracting mode, the merged sessions whose results are not retracted yet. */
  final List<RetractedSession<K>> retractions = new ArrayList<>(0);

  /** The timing of the due result. */
  Pane.Timing timing;

  /** True if a timer with the deadline {@link #timerDeadline} is pending. */
  boolean timerPending;

  /** The deadline of the pending timer; timers with other deadlines are stale. */
  long timerDeadline;

  /** True if it is in the list of final sessions that changed. */
  boolean dirty;

  /** The number of timers and list entries that refer to this object. */
  int references;

  /** True if it was removed; it is recycled when {@link #references} is 0. */
  boolean discarded;
}
