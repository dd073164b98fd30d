package io.thalweg.window;

import io.thalweg.Pane;
import io.thalweg.window.DueSession.RetractedSession;
import java.util.ArrayList;
import java.util.List;

/** A session of one key. */
final class Session<K> extends DueSession {

  KeySessions<K> owner;

  /** All events, or when discarding those since the last result. */
  Object state;

  /** Whether an event came since the last result of these bounds, or of any, when discarding. */
  boolean changed;

  /** Whether these bounds gave a result since they were final. */
  boolean finalResultEmitted;

  /** How many results these bounds gave. */
  long results;

  /** When retracting: those absorbed whose results still stand. */
  final List<RetractedSession<K>> retractions = new ArrayList<>(0);

  /** Of the results that are due, whether they come early, on time or late. */
  Pane.Timing timing;

  /** Whether a timer is set that counts. */
  boolean timerPending;

  /** Its deadline; others that are still set do not count. */
  long timerDeadline;

  /** Whether it waits among the final sessions that changed. */
  boolean dirty;

  /** In how many places outside of its key it is still mentioned: timers, the list of the due. */
  int references;

  /** Absorbed, to be reused when it is mentioned no more. */
  boolean discarded;
}
