package io.thalweg.window;

import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Pane.Timing;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.window.DueSession.RetractedSession;
import java.util.ArrayList;
import java.util.List;

/**
 * The sessions of one query.
 *
 * <p>Each key has a small sorted array of sessions that do not overlap; an event is added to one,
 * or unites those that its own stretch overlaps. A session has one timer as a rule, which is not
 * moved when the session grows: when it goes off too early it is set anew. So an event costs no
 * timer operation, and a session one for each gap that it lives.
 *
 * <p>The same result comes of any order of events between two watermarks, since what is late is
 * judged by the event's own stretch and by forgotten sessions, never by those that are held.
 */
final class SessionWindows<K, E, R> extends WindowGroup<K, E, R> {

  private final StatePool<E, R> pool;
  private final int groupIndex;
  private final int query;
  private final long fixedGap;

  /** Null if the gap is fixed. */
  private final WindowSpec.EventSession<? super E> eventSession;

  private final long largestGap;
  private final Timers<Object> timers;
  private final List<Session<K>> sessionPool = new ArrayList<>();

  /** Final sessions that events changed since the last advance. */
  private final List<Session<K>> dirty = new ArrayList<>();

  /** What is due, by window. */
  private final List<DueSession> due = new ArrayList<>();

  private int nextDueIndex;
  private boolean early;

  /** Sessions to be forgotten when all that is due was given. */
  private final List<Session<K>> expired = new ArrayList<>();

  private final SessionStateIo<K, E, R> stateIo;

  SessionWindows(
      OperatorContext<K, E, R> context, int place, int query, WindowSpec<? super E> window) {
    super(context);
    this.pool = context.pool;
    this.groupIndex = place;
    this.query = query;
    if (window instanceof WindowSpec.Session fixed) {
      fixedGap = fixed.gap();
      eventSession = null;
      largestGap = fixedGap;
    } else if (window instanceof WindowSpec.EventSession<? super E> varying) {
      fixedGap = 0;
      eventSession = varying;
      largestGap = varying.largestGap();
    } else {
      throw new IllegalArgumentException("not a session query: " + window);
    }
    timers = new Timers<>(context.watermark);
    stateIo = new SessionStateIo<>(this, pool, query);
  }

  @Override
  String refusal(E event) {
    return eventSession == null ? null : eventSession.refusal(event);
  }

  @SuppressWarnings("unchecked") // only this part writes there
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
    return sessions != null && sessions.forgottenEnd > timestamp ? FORGOTTEN : OPEN;
  }

  /** Returns the end of the proto-session of an event. */
  private long protoEnd(E event, long timestamp) {
    return WindowCursor.plus(
        timestamp, eventSession == null ? fixedGap : eventSession.gap().applyAsLong(event));
  }

  @Override
  void admit(KeyState<K> keyState, E event, long timestamp, int verdict) {
    if (verdict != OPEN) {
      return;
    }
    long protoEnd = protoEnd(event, timestamp);
    KeySessions<K> sessions = getOrCreateSessions(keyState);
    markChanged(sessions);
    int from = sessions.endingAfter(timestamp);
    int to = from;
    while (to < sessions.size() && sessions.get(to).start < protoEnd) {
      to++;
    }
    if (from == to) {
      Session<K> session = create(sessions, timestamp, protoEnd);
      sessions.insert(from, session);
      addEvent(session, event);
      return;
    }
    Session<K> session = sessions.get(from);
    long start = Math.min(session.start, timestamp);
    long end = Math.max(sessions.get(to - 1).end, protoEnd);
    if (to - from == 1 && session.results == 0) {
      session.start = start; // it gave nothing yet: no one knew the bounds it had
      session.end = end;
      if (session.timerDeadline > end) {
        schedule(session);
      }
    } else if (to - from > 1 || start != session.start || end != session.end) {
      mergeSessions(sessions, from, to);
      session.start = start;
      session.end = end;
    } else if (context.retracts() && session.lastResultState == null && !session.changed) {
      session.lastResultState = pool.acquireCopy(session.state); // what stands, before it changes
    }
    addEvent(session, event);
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

  /** Sees to it that a session that changed is looked at when it is due. */
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

  /** A timer that goes off too early is set anew then; one that would be too late is now. */
  private void setTimer(Session<K> session, long deadline) {
    if (!session.timerPending || deadline < session.timerDeadline) {
      session.timerPending = true;
      session.timerDeadline = deadline;
      session.references++;
      timers.add(deadline, session);
    }
  }

  /** Unites sessions into the first of them, as a window that gave no result yet. */
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

  /** When retracting: notes what a session gave, for the first result of the larger one. */
  private void addRetraction(Session<K> larger, Session<K> part) {
    if (context.retracts() && part.results > 0) {
      Object standing =
          part.lastResultState == null ? pool.acquireCopy(part.state) : part.lastResultState;
      larger.retractions.add(
          new RetractedSession<>(part.owner.keyState.key, part.start, part.end, standing));
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
      } // else it grew: it is open again, and its timer knows
    }
    dirty.clear();
    timers.advance(context.watermark, this::onTimer);
    due.sort(null);
    nextDueIndex = 0;
  }

  @SuppressWarnings("unchecked") // timers are of sessions and of what keys hold
  private void onTimer(long deadline, Object what) {
    if (what instanceof KeySessions<?>) {
      onBoundTimer((KeySessions<K>) what);
      return;
    }
    Session<K> session = (Session<K>) what;
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
    if (isUntold(session)) {
      addDue(session, Timing.ON_TIME);
    }
    if (context.isForgotten(session.end)) {
      expired.add(session);
    } else {
      setTimer(session, context.forgottenAt(session.end));
    }
  }

  /** Whether a session that is now final has its first result since then to give. */
  private boolean isUntold(Session<K> session) {
    return !session.finalResultEmitted && (session.changed || !context.discards());
  }

  private void addDue(Session<K> session, Timing timing) {
    due.add(session);
    session.finalResultEmitted |= timing != Timing.EARLY;
    session.timing = timing;
    session.changed = false;
    for (RetractedSession<K> absorbed : session.retractions) {
      absorbed.timing = timing;
      due.add(absorbed);
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
  @SuppressWarnings("unchecked") // spans are of sessions of this part
  void fire(Output<K, R> out) {
    DueSession next = due.get(nextDueIndex++);
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

  private void retract(RetractedSession<K> absorbed, Output<K, R> out) {
    R previous = pool.result(absorbed.lastResultState);
    pool.release(absorbed.lastResultState);
    out.retract(
        absorbed.key,
        new Pane(query, absorbed.start, absorbed.end, absorbed.timing, 0, true),
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
    for (Session<K> session : expired) {
      KeySessions<K> sessions = session.owner;
      markChanged(sessions);
      sessions.remove(session);
      if (session.end > sessions.forgottenEnd) {
        setForgottenEnd(sessions, session.end);
      }
      discard(session);
    }
    expired.clear();
  }

  /** Remembers the end of a forgotten session as long as an admissible event could overlap it. */
  private void setForgottenEnd(KeySessions<K> sessions, long end) {
    long until = boundExpiry(end);
    if (until <= context.watermark) {
      return;
    }
    if (sessions.forgottenEnd == Long.MIN_VALUE) {
      sessions.keyState.references++;
    }
    sessions.forgottenEnd = end;
    if (!sessions.boundTimerPending) {
      sessions.boundTimerPending = true;
      timers.add(until, sessions);
    }
  }

  private long boundExpiry(long end) {
    return largestGap == Long.MAX_VALUE
        ? Long.MAX_VALUE
        : context.forgottenAt(WindowCursor.plus(end - 1, largestGap));
  }

  private void onBoundTimer(KeySessions<K> sessions) {
    sessions.boundTimerPending = false;
    if (sessions.forgottenEnd == Long.MIN_VALUE) {
      return;
    }
    long until = boundExpiry(sessions.forgottenEnd);
    if (until > context.watermark) {
      sessions.boundTimerPending = true;
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
  void read(StateReader<K> from, long watermark, List<Runnable> steps) {
    stateIo.read(from, watermark, steps);
  }

  private KeyState<K> getOrCreateKeyState(K key) {
    KeyState<K> keyState = context.keyTable.get(key);
    return keyState == null ? context.keyTable.create(key) : keyState;
  }

  /** Takes up a saved session; the watermark is already as it was. */
  void restore(K key, Session<K> session) {
    KeySessions<K> sessions = getOrCreateSessions(getOrCreateKeyState(key));
    session.owner = sessions;
    sessions.insert(sessions.endingAfter(session.start), session);
    sessions.keyState.references++;
    pool.countHeld(session.state);
    pool.countHeld(session.lastResultState);
    session.retractions.forEach(absorbed -> pool.countHeld(absorbed.lastResultState));
    if (session.changed || session.end > context.watermark) {
      schedule(session);
    } else {
      setTimer(session, context.forgottenAt(session.end));
    }
  }

  boolean isForgottenAt(long end, long watermark) {
    return watermark >= context.forgottenAt(end);
  }

  /** Takes up a saved bound. */
  void restoreForgottenEnd(K key, long bound) {
    setForgottenEnd(getOrCreateSessions(getOrCreateKeyState(key)), bound);
  }
}
