package io.thalweg.window;

import io.thalweg.Codec;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.window.OperatorStateIo.OperatorState;
import io.thalweg.window.SessionBounds.RetractedSession;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Save and restore of the sessions of one query: each session by its start, and for each key the
 * end of the last forgotten session.
 */
final class SessionStateIo<K, E, R> {

  private final SessionWindows<K, E, R> windows;
  private final StatePool<E, R> pool;
  private final String sessionScope;
  private final String boundScope;
  private final Codec<Session<K>> sessionCodec = new SessionCodec();
  private final Set<K> changed = new LinkedHashSet<>();

  /** The number of saves; a key is in {@link #changed} if it was marked since the last one. */
  private long saves;

  private final boolean bounded;

  SessionStateIo(
      SessionWindows<K, E, R> windows, StatePool<E, R> pool, int query, boolean bounded) {
    this.windows = windows;
    this.bounded = bounded;
    this.pool = pool;
    sessionScope = "sessions" + query;
    boundScope = "bounds" + query;
  }

  /** Marks a key as changed. If it is marked already, the cost is two comparisons. */
  void markChanged(KeySessions<K> sessions) {
    if (sessions.changedKey != sessions.keyState.key || sessions.changedInSave != saves) {
      sessions.changedKey = sessions.keyState.key;
      sessions.changedInSave = saves;
      changed.add(sessions.changedKey);
    }
  }

  void startTrackingChanges() {
    changed.clear();
    saves++;
  }

  void put(KeySessions<K> sessions, StateWriter<K> to) {
    K key = sessions.keyState.key;
    for (int i = 0; i < sessions.size(); i++) {
      Session<K> session = sessions.get(i);
      to.scope(sessionScope).put(key, session.start, sessionCodec.encode(session));
    }
    if (sessions.forgottenEnd > Long.MIN_VALUE) {
      to.scope(boundScope).put(key, 0, Codec.LONG.encode(sessions.forgottenEnd));
    }
  }

  void saveChanges(StateWriter<K> to, Function<K, KeySessions<K>> find) {
    for (K key : changed) {
      to.scope(sessionScope).remove(key);
      to.scope(boundScope).remove(key);
      KeySessions<K> sessions = find.apply(key);
      if (sessions != null) {
        put(sessions, to);
      }
    }
    startTrackingChanges();
  }

  void read(StateReader<K> from, OperatorState saved, List<Runnable> steps) {
    from.scope(sessionScope)
        .forEach(
            (key, start, bytes) -> {
              Session<K> session = sessionCodec.decode(bytes);
              session.start = start;
              for (RetractedSession<K> retraction : session.retractions) {
                retraction.key = key;
              }
              if (session.end <= start
                  || saved.hasForgotten(session.end)
                  || bounded && (session.last < start || session.last >= session.end)) {
                throw new IllegalArgumentException(
                    sessionCodec.name()
                        + ": damaged record: no session is held over ["
                        + start
                        + ", "
                        + session.end
                        + ") at watermark "
                        + saved.watermark());
              }
              steps.add(() -> windows.restore(key, session));
            });
    from.scope(boundScope)
        .forEach(
            (key, part, bytes) -> {
              long bound = Codec.LONG.decode(bytes);
              steps.add(() -> windows.restoreForgottenEnd(key, bound));
            });
  }

  /**
   * Format: {@code long} end, {@code long} number of results; three flags, each {@code byte} 1 or
   * 0: changed, finalResultEmitted, has lastResultState; the state, and lastResultState if present;
   * {@code int} number of retractions, and for each {@code long} start, {@code long} end and the
   * state that gave its result. Version 2, of bounded sessions, ends with the {@code long}
   * timestamp of the newest event and the {@code byte} ended.
   */
  private final class SessionCodec implements Codec<Session<K>> {

    @Override
    public String name() {
      return "thalweg.window.session of " + pool.name();
    }

    @Override
    public int version() {
      return bounded ? 2 : 1;
    }

    @Override
    public void write(Session<K> value, DataOutput out) throws IOException {
      out.writeLong(value.end);
      out.writeLong(value.results);
      out.writeBoolean(value.changed);
      out.writeBoolean(value.finalResultEmitted);
      out.writeBoolean(value.lastResultState != null);
      pool.write(value.state, out);
      if (value.lastResultState != null) {
        pool.write(value.lastResultState, out);
      }
      out.writeInt(value.retractions.size());
      for (RetractedSession<K> retraction : value.retractions) {
        out.writeLong(retraction.start);
        out.writeLong(retraction.end);
        pool.write(retraction.lastResultState, out);
      }
      if (bounded) {
        out.writeLong(value.last);
        out.writeBoolean(value.ended);
      }
    }

    @Override
    public Session<K> read(DataInput in, int version) throws IOException {
      Session<K> session = new Session<>();
      session.end = in.readLong();
      session.results = in.readLong();
      session.changed = in.readBoolean();
      session.finalResultEmitted = in.readBoolean();
      boolean hasLastResultState = in.readBoolean();
      session.state = pool.read(in);
      session.lastResultState = hasLastResultState ? pool.read(in) : null;
      int count = in.readInt();
      if (count < 0) {
        throw new StreamCorruptedException("a number of sessions must not be negative: " + count);
      }
      for (; count > 0; count--) {
        long start = in.readLong();
        session.retractions.add(new RetractedSession<>(null, start, in.readLong(), pool.read(in)));
      }
      if (version > 1) {
        session.last = in.readLong();
        session.ended = in.readBoolean();
      }
      return session;
    }
  }
}
