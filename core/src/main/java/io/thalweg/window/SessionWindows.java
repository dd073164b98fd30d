package io.thalweg.window;

import io.thalweg.Milliseconds;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Pane.Timing;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.Timers;
import io.thalweg.window.OperatorStateIo.OperatorState;
import io.thalweg.window.SessionBounds.RetractedSession;
import java.util.ArrayList;
import java.util.List;

/** Session windows of one query: a key's events with less than a gap of inactivity between them. */
final class SessionWindows<K, E, R> extends WindowGroup<K, E, R> {

  /*
   * Assignment. An event at time t opens the proto-session [t, t + gap). The sessions of a key
   * never overlap and are in a sorted array (KeySessions). The proto-session overlaps a run of
   * consecutive sessions in it:
   *   - none: a new session is inserted;
   *   - one: the session is extended to the union of both intervals;
   *   - several: they merge into the first one, with the union of all intervals.
   * A session is identified by its bounds. If it has emitted a result and its bounds change, it is
   * another window: its pane index starts at 0. In retracting mode the emitted results of all
   * merged sessions, and of the session itself before it grew, become RetractedSessions, which are
   * emitted in the same step as the first result of the larger session.
   *
   * Lateness. An event is late if its proto-session is forgotten (t + gap + lateness <= W), or if
   * it overlaps a forgotten session of its key (t < forgottenEnd). Both conditions depend on the
   * event and on forgotten sessions only, never on held sessions. Therefore any order of the events
   * between two watermarks gives the same sessions. forgottenEnd is kept until no admissible event
   * can be before it: until W reaches forgottenEnd - 1 + largest gap + lateness.
   *
   * Bounded sessions (WindowSpec.BoundedSession). The end of a session follows from its start, its
   * newest event and whether an end event ended it, and is clipped at the start of the next session,
   * if the two cannot merge: see placeBounded. In the order of timestamps nothing is clipped.
   *
   * Timers. A session has a timer for its end while it is open, and for its end + lateness when it
   * is final. The timer is lazy: when an event extends the session, the timer stays, and when it
   * expires too early it is set again for the current end. Only a deadline before that of the
   * pending timer sets a second timer; the first is then stale, which is recognised by its
   * deadline. So an event usually costs no timer operation, and a session one per gap of its
   * duration.
   *
   * A step of the watermark from W' to W:
   *   1. prepare: final sessions that events changed (dirty) become due. A dirty session whose end
   *      is after W' has been extended and is open again; its timer fires it. Then the timers
   *      expire: sessions that are now final become due, and sessions that are now forgotten are
   *      listed in forgotten. All due sessions and retractions are sorted by end and start.
   *   2. fire: emits one due session or retraction.
   *   3. forget: removes them, and remembers their ends (forgottenEnd).
   *
   * Invariants:
   *   - each held session has a pending timer, with a deadline not after its end while it is open,
   *     and not after its end + lateness when it is final;
   *   - a session with changed = true is open, or in dirty;
   *   - a Session object returns to the pool only if it is discarded and neither a timer nor the
   *     list dirty refers to it (references = 0).
   */

  private final StatePool<E, R> pool;
  private final int groupIndex;
  private final int query;
  private final long fixedGap;

  /** The specification if each event has its own gap; null if the gap is fixed. */
  private final WindowSpec.EventSession<? super E> eventSession;

  /** The specification if sessions have a largest length or an end event; otherwise null. */
  private final WindowSpec.BoundedSession<? super E> bounded;

  private final long largestGap;

  // The place of the current event: the sessions from placeFrom to before placeTo become one.
  private int placeFrom;
  private int placeTo;
  private long placeStart;
  private long placeEnd;
  private long placeLast;
  private boolean placeEnded;

  private final Timers<Object> timers;
  private final List<Session<K>> sessionPool = new ArrayList<>();

  /** The final sessions that events changed since the last advance. */
  private final List<Session<K>> dirty = new ArrayList<>();

  /** The due sessions and retractions, by end and start. */
  private final List<SessionBounds> due = new ArrayList<>();

  private int nextDueIndex;

  /** True while early results are emitted. */
  private boolean early;

  /** The sessions to be removed after all due results were emitted. */
  private final List<Session<K>> forgotten = new ArrayList<>();

  private final SessionStateIo<K, E, R> stateIo;

  SessionWindows(
      OperatorContext<K, E, R> context, int groupIndex, int query, WindowSpec<? super E> window) {
    super(context);
    this.pool = context.pool;
    this.groupIndex = groupIndex;
    this.query = query;
    if (window instanceof WindowSpec.Session fixed) {
      fixedGap = fixed.gap();
      eventSession = null;
      bounded = null;
      largestGap = fixedGap;
    } else if (window instanceof WindowSpec.EventSession<? super E> varying) {
      fixedGap = 0;
      eventSession = varying;
      bounded = null;
      largestGap = varying.largestGap();
    } else if (window instanceof WindowSpec.BoundedSession<? super E> limited) {
      fixedGap = limited.gap();
      eventSession = null;
      bounded = limited;
      largestGap = fixedGap;
    } else {
      throw new IllegalArgumentException("the query must be of sessions: " + window);
    }
    timers = new Timers<>(context.watermark);
    stateIo = new SessionStateIo<>(this, pool, query, bounded != null);
  }

  @Override
  String refusal(E event) {
    if (bounded != null) {
      bounded.end().test(event); // an exception refuses the event before anything changes
    }
    return eventSession == null ? null : eventSession.refusal(event);
  }

  @SuppressWarnings("unchecked") // only this group writes to its element
  private KeySessions<K> sessionsOf(KeyState<K> keyState) {
    return (KeySessions<K>) keyState.groups[groupIndex];
  }

  private KeySessions<K> getOrCreateSessions(KeyState<K> keyState) {
    KeySessions<K> sessions = sessionsOf(keyState);
    if (sessions == null) {
      sessions = new KeySessions<>(keyState);
      keyState.groups[groupIndex] = sessions;
    }
    return sessions;
  }

  @Override
  int judge(KeyState<K> keyState, E event, long timestamp) {
    if (context.isForgotten(protoEnd(event, timestamp))) {
      return FORGOTTEN;
    }
    KeySessions<K> sessions = keyState == null ? null : sessionsOf(keyState);
    if (sessions != null && sessions.forgottenEnd > timestamp) {
      return FORGOTTEN;
    }
    if (bounded != null) {
      placeBounded(sessions, event, timestamp);
      return context.isForgotten(placeEnd) ? FORGOTTEN : ACCEPTED;
    }
    return ACCEPTED;
  }

  /** Returns the end of the proto-session of an event. */
  private long protoEnd(E event, long timestamp) {
    if (bounded != null) {
      return bounded.endAlone(timestamp, bounded.end().test(event));
    }
    return Milliseconds.plus(
        timestamp, eventSession == null ? fixedGap : eventSession.gap().applyAsLong(event));
  }

  @Override
  void admit(KeyState<K> keyState, E event, long timestamp, int verdict) {
    if (verdict != ACCEPTED) {
      return;
    }
    KeySessions<K> sessions = getOrCreateSessions(keyState);
    markChanged(sessions);
    if (bounded == null) {
      place(sessions, event, timestamp);
    } // else judge() has placed it
    int from = placeFrom;
    int to = placeTo;
    long start = placeStart;
    long end = placeEnd;
    if (from == to) {
      Session<K> session = create(sessions, start, end);
      session.last = placeLast;
      session.ended = placeEnded;
      sessions.insert(from, session);
      addEvent(session, event);
      return;
    }
    Session<K> session = sessions.get(from);
    session.last = placeLast;
    session.ended = placeEnded;
    if (to - from == 1 && session.results == 0) {
      session.start = start; // no result with the previous bounds was emitted
      session.end = end;
      if (session.timerDeadline > end) {
        schedule(session);
      }
    } else if (to - from > 1 || start != session.start || end != session.end) {
      mergeSessions(sessions, from, to);
      session.start = start;
      session.end = end;
    } else if (context.retracts() && session.lastResultState == null && !session.changed) {
      session.lastResultState =
          pool.acquireCopy(session.state); // the last result, before it changes
    }
    addEvent(session, event);
  }

  /** Finds the sessions that the interval of an event overlaps, and the union of all. */
  private void place(KeySessions<K> sessions, E event, long timestamp) {
    placeStart = timestamp;
    placeEnd = protoEnd(event, timestamp);
    placeFrom = sessions.endingAfter(timestamp);
    placeTo = placeFrom;
    while (placeTo < sessions.size() && sessions.get(placeTo).start < placeEnd) {
      placeTo++;
    }
    if (placeTo > placeFrom) {
      placeStart = Math.min(sessions.get(placeFrom).start, timestamp);
      placeEnd = Math.max(sessions.get(placeTo - 1).end, placeEnd);
    }
  }

  /**
   * Finds the session that contains an event, or a new one, and the following sessions that it
   * merges with.
   *
   * @param sessions the sessions of the key; null if there are none
   */
  private void placeBounded(KeySessions<K> sessions, E event, long timestamp) {
    placeStart = timestamp;
    placeLast = timestamp;
    placeEnded = bounded.end().test(event);
    placeFrom = sessions == null ? 0 : sessions.endingAfter(timestamp);
    placeTo = placeFrom;
    int size = sessions == null ? 0 : sessions.size();
    if (placeTo < size && sessions.get(placeTo).start <= timestamp) {
      Session<K> containing = sessions.get(placeTo++);
      placeStart = containing.start;
      placeLast = Math.max(containing.last, timestamp);
      placeEnded |= containing.ended;
    }
    placeEnd = boundedEnd();
    for (; placeTo < size && sessions.get(placeTo).start < placeEnd; placeTo++) {
      Session<K> next = sessions.get(placeTo);
      if (next.last >= Milliseconds.plus(placeStart, bounded.largestLength())) {
        placeEnd = next.start;
        return;
      }
      placeLast = next.last;
      placeEnded = next.ended;
      placeEnd = boundedEnd();
    }
  }

  private long boundedEnd() {
    return placeEnded
        ? placeLast + 1
        : Math.min(
            Milliseconds.plus(placeLast, fixedGap),
            Milliseconds.plus(placeStart, bounded.largestLength()));
  }

  private Session<K> create(KeySessions<K> sessions, long start, long end) {
    Session<K> session =
        sessionPool.isEmpty() ? new Session<>() : sessionPool.remove(sessionPool.size() - 1);
    session.owner = sessions;
    session.start = start;
    session.end = end;
    session.state = pool.acquire();
    sessions.keyState.references++;
    return session;
  }

  private void addEvent(Session<K> session, E event) {
    pool.add(session.state, event);
    if (!session.changed) {
      session.changed = true;
      schedule(session);
    }
  }

  /** Schedules the next result of a session that changed. */
  private void schedule(Session<K> session) {
    if (session.end > context.watermark) {
      setTimer(session, session.end);
      return;
    }
    if (!session.dirty) {
      session.dirty = true;
      session.references++;
      dirty.add(session);
    }
    setTimer(session, context.forgottenAt(session.end));
  }

  /** Sets a timer unless one with an earlier or equal deadline is pending. */
  private void setTimer(Session<K> session, long deadline) {
    if (!session.timerPending || deadline < session.timerDeadline) {
      session.timerPending = true;
      session.timerDeadline = deadline;
      session.references++;
      timers.add(deadline, session);
    }
  }

  /** Merges sessions into the first of them, which becomes a window without a result. */
  private void mergeSessions(KeySessions<K> sessions, int from, int to) {
    Session<K> first = sessions.get(from);
    addRetraction(first, first);
    for (int i = from + 1; i < to; i++) {
      Session<K> other = sessions.get(i);
      pool.merge(first.state, other.state);
      addRetraction(first, other);
      first.retractions.addAll(other.retractions);
      discard(other);
    }
    sessions.remove(from + 1, to);
    first.results = 0;
    first.finalResultEmitted = false;
    first.changed = false;
  }

  /**
   * In retracting mode, retracts the last result of a session that becomes part of a larger one.
   */
  private void addRetraction(Session<K> larger, Session<K> part) {
    if (context.retracts() && part.results > 0) {
      Object state =
          part.lastResultState == null ? pool.acquireCopy(part.state) : part.lastResultState;
      larger.retractions.add(
          new RetractedSession<>(part.owner.keyState.key, part.start, part.end, state));
      part.lastResultState = null;
    }
  }

  private void discard(Session<K> session) {
    pool.release(session.state);
    context.keyTable.release(session.owner.keyState);
    session.discarded = true;
    session.state = null;
    session.owner = null;
    session.changed = false;
    session.finalResultEmitted = false;
    session.results = 0;
    session.retractions.clear();
    recycle(session);
  }

  private void recycle(Session<K> session) {
    if (session.discarded && session.references == 0) {
      session.discarded = false;
      session.timerPending = false;
      sessionPool.add(session);
    }
  }

  @Override
  void prepare(long from) {
    early = false;
    for (Session<K> session : dirty) {
      session.references--;
      session.dirty = false;
      if (session.discarded) {
        recycle(session);
      } else if (session.end <= from) {
        addDue(session, session.finalResultEmitted ? Timing.LATE : Timing.ON_TIME);
      } // else it was extended and is open again: its timer fires it
    }
    dirty.clear();
    timers.advance(context.watermark, this::onTimer);
    due.sort(null);
    nextDueIndex = 0;
  }

  @SuppressWarnings("unchecked") // timers are for sessions and for KeySessions
  private void onTimer(long deadline, Object item) {
    if (item instanceof KeySessions<?>) {
      onForgottenEndTimer((KeySessions<K>) item);
      return;
    }
    Session<K> session = (Session<K>) item;
    session.references--;
    if (session.discarded) {
      recycle(session);
      return;
    }
    if (!session.timerPending || deadline != session.timerDeadline) {
      return;
    }
    session.timerPending = false;
    if (session.end > context.watermark) {
      setTimer(session, session.end);
      return;
    }
    if (isOnTimeDue(session)) {
      addDue(session, Timing.ON_TIME);
    }
    if (context.isForgotten(session.end)) {
      forgotten.add(session);
    } else {
      setTimer(session, context.forgottenAt(session.end));
    }
  }

  /** Returns true if the on-time result of a session that is now final is due. */
  private boolean isOnTimeDue(Session<K> session) {
    return !session.finalResultEmitted && (session.changed || !context.discards());
  }

  private void addDue(Session<K> session, Timing timing) {
    due.add(session);
    session.finalResultEmitted |= timing != Timing.EARLY;
    session.timing = timing;
    session.changed = false;
    for (RetractedSession<K> retraction : session.retractions) {
      retraction.timing = timing;
      due.add(retraction);
    }
    session.retractions.clear();
    markChanged(session.owner);
  }

  private void markChanged(KeySessions<K> sessions) {
    if (context.tracksChanges) {
      stateIo.markChanged(sessions);
    }
  }

  @Override
  void prepareEarly() {
    early = true;
    context.keyTable.forEach(
        keyState -> {
          KeySessions<K> sessions = sessionsOf(keyState);
          for (int i = 0; sessions != null && i < sessions.size(); i++) {
            Session<K> session = sessions.get(i);
            if (session.changed && session.end > context.watermark) {
              addDue(session, Timing.EARLY);
            }
          }
        });
    due.sort(null);
    nextDueIndex = 0;
  }

  @Override
  boolean isDue() {
    return nextDueIndex < due.size();
  }

  @Override
  long dueEnd() {
    return due.get(nextDueIndex).end;
  }

  @Override
  long dueStart() {
    return due.get(nextDueIndex).start;
  }

  @Override
  @SuppressWarnings("unchecked") // due sessions have the key type of this group
  void fire(Output<K, R> out) {
    SessionBounds next = due.get(nextDueIndex++);
    if (next instanceof RetractedSession<?>) {
      retract((RetractedSession<K>) next, out);
      return;
    }
    Session<K> session = (Session<K>) next;
    R value = pool.result(session.state);
    R previous = null;
    if (context.retracts() && session.results > 0) {
      previous = session.lastResultState == null ? value : pool.result(session.lastResultState);
    }
    if (session.lastResultState != null) {
      pool.release(session.lastResultState);
      session.lastResultState = null;
    }
    if (context.discards()) {
      pool.clear(session.state);
    }
    Pane pane =
        new Pane(
            query,
            session.start,
            session.end,
            session.timing,
            session.results++,
            !early && context.isForgotten(session.end));
    out.update(session.owner.keyState.key, pane, value, previous);
  }

  private void retract(RetractedSession<K> retraction, Output<K, R> out) {
    R previous = pool.result(retraction.lastResultState);
    pool.release(retraction.lastResultState);
    out.retract(
        retraction.key,
        new Pane(query, retraction.start, retraction.end, retraction.timing, 0, true),
        previous);
  }

  @Override
  void finishEarly() {
    due.clear();
    nextDueIndex = 0;
  }

  @Override
  void forget() {
    due.clear();
    nextDueIndex = 0;
    for (Session<K> session : forgotten) {
      KeySessions<K> sessions = session.owner;
      markChanged(sessions);
      sessions.remove(session);
      if (session.end > sessions.forgottenEnd) {
        setForgottenEnd(sessions, session.end);
      }
      discard(session);
    }
    forgotten.clear();
  }

  /** Remembers the end of a forgotten session as long as an admissible event could overlap it. */
  private void setForgottenEnd(KeySessions<K> sessions, long end) {
    long until = forgottenEndExpiry(end);
    if (until <= context.watermark) {
      return;
    }
    if (sessions.forgottenEnd == Long.MIN_VALUE) {
      sessions.keyState.references++;
    }
    sessions.forgottenEnd = end;
    if (!sessions.forgottenEndTimed) {
      sessions.forgottenEndTimed = true;
      timers.add(until, sessions);
    }
  }

  private long forgottenEndExpiry(long end) {
    return largestGap == Long.MAX_VALUE
        ? Long.MAX_VALUE
        : context.forgottenAt(Milliseconds.plus(end - 1, largestGap));
  }

  private void onForgottenEndTimer(KeySessions<K> sessions) {
    sessions.forgottenEndTimed = false;
    if (sessions.forgottenEnd == Long.MIN_VALUE) {
      return;
    }
    long until = forgottenEndExpiry(sessions.forgottenEnd);
    if (until > context.watermark) {
      sessions.forgottenEndTimed = true;
      timers.add(until, sessions);
    } else {
      markChanged(sessions);
      sessions.forgottenEnd = Long.MIN_VALUE;
      context.keyTable.release(sessions.keyState);
    }
  }

  @Override
  long openWindows() {
    long[] open = new long[1];
    context.keyTable.forEach(
        keyState -> {
          KeySessions<K> sessions = sessionsOf(keyState);
          for (int i = 0; sessions != null && i < sessions.size(); i++) {
            if (sessions.get(i).end > context.watermark) {
              open[0]++;
            }
          }
        });
    return open[0];
  }

  @Override
  long timers() {
    return timers.size();
  }

  @Override
  void save(StateWriter<K> to) {
    context.keyTable.forEach(
        keyState -> {
          if (sessionsOf(keyState) != null) {
            stateIo.put(sessionsOf(keyState), to);
          }
        });
  }

  @Override
  void saveChanges(StateWriter<K> to) {
    stateIo.saveChanges(
        to,
        key -> {
          KeyState<K> keyState = context.keyTable.get(key);
          return keyState == null ? null : sessionsOf(keyState);
        });
  }

  @Override
  void startTrackingChanges() {
    stateIo.startTrackingChanges();
  }

  @Override
  void read(StateReader<K> from, OperatorState saved, List<Runnable> steps) {
    stateIo.read(from, saved, steps);
  }

  private KeyState<K> getOrCreateKeyState(K key) {
    KeyState<K> keyState = context.keyTable.get(key);
    return keyState == null ? context.keyTable.create(key) : keyState;
  }

  /** Adds a saved session. The watermark is already restored. */
  void restore(K key, Session<K> session) {
    KeySessions<K> sessions = getOrCreateSessions(getOrCreateKeyState(key));
    session.owner = sessions;
    sessions.insert(sessions.endingAfter(session.start), session);
    sessions.keyState.references++;
    pool.countHeld(session.state);
    pool.countHeld(session.lastResultState);
    session.retractions.forEach(retraction -> pool.countHeld(retraction.lastResultState));
    if (session.changed || session.end > context.watermark) {
      schedule(session);
    } else {
      setTimer(session, context.forgottenAt(session.end));
    }
  }

  /** Sets the saved end of the last forgotten session of a key. */
  void restoreForgottenEnd(K key, long end) {
    setForgottenEnd(getOrCreateSessions(getOrCreateKeyState(key)), end);
  }
}
