package io.thalweg.window;

import java.util.Arrays;

/** Sessions of one key for one query: a sorted array. No two sessions overlap. */
final class KeySessions<K> {
  final KeyState<K> keyState;
  private Session<K>[] sessions = newSessions(2);
  private int size;

  /** The end of the last forgotten session; {@code Long.MIN_VALUE} if none is remembered. */
  long forgottenEnd = Long.MIN_VALUE;

  /** True if a timer is pending that drops {@link #forgottenEnd}. */
  boolean forgottenEndTimed;

  /**
   * The key when this object was last marked as changed. A pooled key state is reused, with this
   * object, for another key.
   */
  K changedKey;

  /** The number of saves when it was marked as changed; -1 if it never was. */
  long changedInSave = -1;

  KeySessions(KeyState<K> keyState) {
    this.keyState = keyState;
  }

  @SuppressWarnings("unchecked") // a generic array, for all key types
  private static <K> Session<K>[] newSessions(int capacity) {
    return (Session<K>[]) new Session<?>[capacity];
  }

  int size() {
    return size;
  }

  Session<K> get(int i) {
    return sessions[i];
  }

  /** Returns the index of the first session that ends after {@code time}. */
  int endingAfter(long time) {
    if (size == 0 || sessions[size - 1].end <= time) {
      return size;
    }
    int low = 0;
    int high = size - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sessions[middle].end <= time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  void insert(int at, Session<K> session) {
    if (size == sessions.length) {
      sessions = Arrays.copyOf(sessions, 2 * size);
    }
    System.arraycopy(sessions, at, sessions, at + 1, size - at);
    sessions[at] = session;
    size++;
  }

  void remove(int from, int to) {
    System.arraycopy(sessions, to, sessions, from, size - to);
    Arrays.fill(sessions, size - (to - from), size, null);
    size -= to - from;
  }

  /** Removes a session. It is found by its end, which is distinct within a key. */
  void remove(Session<K> session) {
    int at = endingAfter(session.end - 1);
    remove(at, at + 1);
  }
}
