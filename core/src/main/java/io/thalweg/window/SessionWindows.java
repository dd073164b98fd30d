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
  private final int place;
  private final int query;
  private final long fixedGap;

  /** Null if the gap is fixed. */
  private final WindowSpec.EventSession<? super E> perEvent;

  private final long largestGap;
  private final Timers<Object> timers;
  private final List<Session<K>> sessionPool = new ArrayList<>();

  /** Final sessions that events changed since the last advance. */
  private final List<Session<K>> dirty = new ArrayList<>();

  /** What is due, by window. */
  private final List<DueSession> due = new ArrayList<>();

  private int nextDue;
  private boolean early;

  /** Sessions to be forgotten when all that is due was given. */
  private final List<Session<K>> leaving = new ArrayList<>();

  private final SessionStateIo<K, E, R> snapshot;

  SessionWindows(
      OperatorContext<K, E, R> context, int place, int query, WindowSpec<? super E> window) {
    super(context);
    this.pool = context.pool;
    this.place = place;
    this.query = query;
    if (window instanceof WindowSpec.Session fixed) {
      fixedGap = fixed.gap();
      perEvent = null;
      largestGap = fixedGap;
    } else if (window instanceof WindowSpec.EventSession<? super E> varying) {
      fixedGap = 0;
      perEvent = varying;
      largestGap = varying.largestGap();
    } else {
      throw new IllegalArgumentException("not a session query: " + window);
    }
    timers = new Timers<>(context.watermark);
    snapshot = new SessionStateIo<>(this, pool, query);
  }

  @Override
  String refusal(E event) {
    return perEvent == null ? null : perEvent.refusal(event);
  }

  @SuppressWarnings("unchecked") // only this part writes there
  private SessionsOfKey<K> held(KeyState<K> keyState) {
    return (SessionsOfKey<K>) keyState.groups[place];
  }

  private SessionsOfKey<K> heldFor(KeyState<K> keyState) {
    SessionsOfKey<K> of = held(keyState);
    if (of == null) {
      of = new SessionsOfKey<>(keyState);
      keyState.groups[place] = of;
    }
    return of;
  }

  @Override
  int judge(KeyState<K> keyState, E event, long timestamp) {
    if (context.isForgotten(protoEnd(event, timestamp))) {
      return FORGOTTEN;
    }
    SessionsOfKey<K> of = keyState == null ? null : held(keyState);
    return of != null && of.bound > timestamp ? FORGOTTEN : OPEN;
  }

  /** Returns the end of the proto-session of an event. */
  private long protoEnd(E event, long timestamp) {
    return WindowCursor.plus(
        timestamp, perEvent == null ? fixedGap : perEvent.gap().applyAsLong(event));
  }

  @Override
  void admit(KeyState<K> keyState, E event, long timestamp, int verdict) {
    if (verdict != OPEN) {
      return;
    }
    long protoEnd = protoEnd(event, timestamp);
    SessionsOfKey<K> of = heldFor(keyState);
    noteChanged(of);
    int from = of.endingAfter(timestamp);
    int to = from;
    while (to < of.size() && of.get(to).start < protoEnd) {
      to++;
    }
    if (from == to) {
      Session<K> session = create(of, timestamp, protoEnd);
      of.insert(from, session);
      take(session, event);
      return;
    }
    Session<K> session = of.get(from);
    long start = Math.min(session.start, timestamp);
    long end = Math.max(of.get(to - 1).end, protoEnd);
    if (to - from == 1 && session.results == 0) {
      session.start = start; // it gave nothing yet: no one knew the bounds it had
      session.end = end;
      if (session.timer > end) {
        arm(session);
      }
    } else if (to - from > 1 || start != session.start || end != session.end) {
      unite(of, from, to);
      session.start = start;
      session.end = end;
    } else if (context.retracts() && session.standing == null && !session.changed) {
      session.standing = pool.acquireCopy(session.state); // what stands, before it changes
    }
    take(session, event);
  }

  private Session<K> create(SessionsOfKey<K> of, long start, long end) {
    Session<K> session =
        sessionPool.isEmpty() ? new Session<>() : sessionPool.remove(sessionPool.size() - 1);
    session.held = of;
    session.start = start;
    session.end = end;
    session.state = pool.acquire();
    of.keyState.holds++;
    return session;
  }

  private void take(Session<K> session, E event) {
    pool.add(session.state, event);
    if (!session.changed) {
      session.changed = true;
      arm(session);
    }
  }

  /** Sees to it that a session that changed is looked at when it is due. */
  private void arm(Session<K> session) {
    if (session.end > context.watermark) {
      setTimer(session, session.end);
      return;
    }
    if (!session.dirty) {
      session.dirty = true;
      session.mentions++;
      dirty.add(session);
    }
    setTimer(session, context.forgottenAt(session.end));
  }

  /** A timer that goes off too early is set anew then; one that would be too late is now. */
  private void setTimer(Session<K> session, long deadline) {
    if (!session.timed || deadline < session.timer) {
      session.timed = true;
      session.timer = deadline;
      session.mentions++;
      timers.add(deadline, session);
    }
  }

  /** Unites sessions into the first of them, as a window that gave no result yet. */
  private void unite(SessionsOfKey<K> of, int from, int to) {
    Session<K> first = of.get(from);
    absorb(first, first);
    for (int i = from + 1; i < to; i++) {
      Session<K> other = of.get(i);
      pool.merge(first.state, other.state);
      absorb(first, other);
      first.absorbed.addAll(other.absorbed);
      kill(other);
    }
    of.remove(from + 1, to);
    first.results = 0;
    first.sinceFinal = false;
    first.changed = false;
  }

  /** When retracting: notes what a session gave, for the first result of the larger one. */
  private void absorb(Session<K> larger, Session<K> part) {
    if (context.retracts() && part.results > 0) {
      Object standing = part.standing == null ? pool.acquireCopy(part.state) : part.standing;
      larger.absorbed.add(
          new RetractedSession<>(part.held.keyState.key, part.start, part.end, standing));
      part.standing = null;
    }
  }

  private void kill(Session<K> session) {
    pool.release(session.state);
    context.keyTable.release(session.held.keyState);
    session.dead = true;
    session.state = null;
    session.held = null;
    session.changed = false;
    session.sinceFinal = false;
    session.results = 0;
    session.absorbed.clear();
    reuse(session);
  }

  private void reuse(Session<K> session) {
    if (session.dead && session.mentions == 0) {
      session.dead = false;
      session.timed = false;
      sessionPool.add(session);
    }
  }

  @Override
  void prepare(long from) {
    early = false;
    for (Session<K> session : dirty) {
      session.mentions--;
      session.dirty = false;
      if (session.dead) {
        reuse(session);
      } else if (session.end <= from) {
        collect(session, session.sinceFinal ? Timing.LATE : Timing.ON_TIME);
      } // else it grew: it is open again, and its timer knows
    }
    dirty.clear();
    timers.advance(context.watermark, this::goOff);
    due.sort(null);
    nextDue = 0;
  }

  @SuppressWarnings("unchecked") // timers are of sessions and of what keys hold
  private void goOff(long deadline, Object what) {
    if (what instanceof SessionsOfKey<?>) {
      lookAtBound((SessionsOfKey<K>) what);
      return;
    }
    Session<K> session = (Session<K>) what;
    session.mentions--;
    if (session.dead) {
      reuse(session);
      return;
    }
    if (!session.timed || deadline != session.timer) {
      return;
    }
    session.timed = false;
    if (session.end > context.watermark) {
      setTimer(session, session.end);
      return;
    }
    if (isUntold(session)) {
      collect(session, Timing.ON_TIME);
    }
    if (context.isForgotten(session.end)) {
      leaving.add(session);
    } else {
      setTimer(session, context.forgottenAt(session.end));
    }
  }

  /** Whether a session that is now final has its first result since then to give. */
  private boolean isUntold(Session<K> session) {
    return !session.sinceFinal && (session.changed || !context.discards());
  }

  private void collect(Session<K> session, Timing timing) {
    due.add(session);
    session.sinceFinal |= timing != Timing.EARLY;
    session.timing = timing;
    session.changed = false;
    for (RetractedSession<K> absorbed : session.absorbed) {
      absorbed.timing = timing;
      due.add(absorbed);
    }
    session.absorbed.clear();
    noteChanged(session.held);
  }

  private void noteChanged(SessionsOfKey<K> of) {
    if (context.notesChanges) {
      snapshot.noteChanged(of);
    }
  }

  @Override
  void prepareEarly() {
    early = true;
    context.keyTable.forEach(
        keyState -> {
          SessionsOfKey<K> of = held(keyState);
          for (int i = 0; of != null && i < of.size(); i++) {
            Session<K> session = of.get(i);
            if (session.changed && session.end > context.watermark) {
              collect(session, Timing.EARLY);
            }
          }
        });
    due.sort(null);
    nextDue = 0;
  }

  @Override
  boolean isDue() {
    return nextDue < due.size();
  }

  @Override
  long dueEnd() {
    return due.get(nextDue).end;
  }

  @Override
  long dueStart() {
    return due.get(nextDue).start;
  }

  @Override
  @SuppressWarnings("unchecked") // spans are of sessions of this part
  void fire(Output<K, R> out) {
    DueSession span = due.get(nextDue++);
    if (span instanceof RetractedSession<?>) {
      retract((RetractedSession<K>) span, out);
      return;
    }
    Session<K> session = (Session<K>) span;
    R value = pool.result(session.state);
    R previous = null;
    if (context.retracts() && session.results > 0) {
      previous = session.standing == null ? value : pool.result(session.standing);
    }
    if (session.standing != null) {
      pool.release(session.standing);
      session.standing = null;
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
    out.update(session.held.keyState.key, pane, value, previous);
  }

  private void retract(RetractedSession<K> absorbed, Output<K, R> out) {
    R previous = pool.result(absorbed.standing);
    pool.release(absorbed.standing);
    out.retract(
        absorbed.key,
        new Pane(query, absorbed.start, absorbed.end, absorbed.timing, 0, true),
        previous);
  }

  @Override
  void finishEarly() {
    due.clear();
    nextDue = 0;
  }

  @Override
  void forget() {
    due.clear();
    nextDue = 0;
    for (Session<K> session : leaving) {
      SessionsOfKey<K> of = session.held;
      noteChanged(of);
      of.remove(session);
      if (session.end > of.bound) {
        remember(of, session.end);
      }
      kill(session);
    }
    leaving.clear();
  }

  /** Remembers the end of a forgotten session as long as an admissible event could overlap it. */
  private void remember(SessionsOfKey<K> of, long end) {
    long until = boundForgottenAt(end);
    if (until <= context.watermark) {
      return;
    }
    if (of.bound == Long.MIN_VALUE) {
      of.keyState.holds++;
    }
    of.bound = end;
    if (!of.boundIsTimed) {
      of.boundIsTimed = true;
      timers.add(until, of);
    }
  }

  private long boundForgottenAt(long end) {
    return largestGap == Long.MAX_VALUE
        ? Long.MAX_VALUE
        : context.forgottenAt(WindowCursor.plus(end - 1, largestGap));
  }

  private void lookAtBound(SessionsOfKey<K> of) {
    of.boundIsTimed = false;
    if (of.bound == Long.MIN_VALUE) {
      return;
    }
    long until = boundForgottenAt(of.bound);
    if (until > context.watermark) {
      of.boundIsTimed = true;
      timers.add(until, of);
    } else {
      noteChanged(of);
      of.bound = Long.MIN_VALUE;
      context.keyTable.release(of.keyState);
    }
  }

  @Override
  long openWindows() {
    long[] open = new long[1];
    context.keyTable.forEach(
        keyState -> {
          SessionsOfKey<K> of = held(keyState);
          for (int i = 0; of != null && i < of.size(); i++) {
            if (of.get(i).end > context.watermark) {
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
          if (held(keyState) != null) {
            snapshot.put(held(keyState), to);
          }
        });
  }

  @Override
  void saveChanges(StateWriter<K> to) {
    snapshot.saveChanges(
        to,
        key -> {
          KeyState<K> keyState = context.keyTable.get(key);
          return keyState == null ? null : held(keyState);
        });
  }

  @Override
  void startNoting() {
    snapshot.startNoting();
  }

  @Override
  void read(StateReader<K> from, long watermark, List<Runnable> steps) {
    snapshot.read(from, watermark, steps);
  }

  private KeyState<K> rowOf(K key) {
    KeyState<K> keyState = context.keyTable.get(key);
    return keyState == null ? context.keyTable.create(key) : keyState;
  }

  /** Takes up a saved session; the watermark is already as it was. */
  void restore(K key, Session<K> session) {
    SessionsOfKey<K> of = heldFor(rowOf(key));
    session.held = of;
    of.insert(of.endingAfter(session.start), session);
    of.keyState.holds++;
    pool.countHeld(session.state);
    pool.countHeld(session.standing);
    session.absorbed.forEach(absorbed -> pool.countHeld(absorbed.standing));
    if (session.changed || session.end > context.watermark) {
      arm(session);
    } else {
      setTimer(session, context.forgottenAt(session.end));
    }
  }

  boolean isForgottenAt(long end, long watermark) {
    return watermark >= context.forgottenAt(end);
  }

  /** Takes up a saved bound. */
  void restoreBound(K key, long bound) {
    remember(heldFor(rowOf(key)), bound);
  }
}
