package io.thalweg.sketch;

import static java.util.Objects.requireNonNull;

import io.thalweg.Fifo;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/** Counts how often each different event is inside; exact integers may subtract. */
final class DistinctFifo<E> implements Fifo<E, Long> {

  /** How often an event is inside: mutable, and used again when none is left. */
  private static final class Times {
    int count;
  }

  private final ArrayDeque<E> inside = new ArrayDeque<>();
  private final Map<E, Times> times = new HashMap<>();
  private final ArrayDeque<Times> spare = new ArrayDeque<>();

  @Override
  public void add(E event) {
    inside.addLast(requireNonNull(event, "event"));
    Times seen = times.get(event);
    if (seen == null) {
      seen = spare.isEmpty() ? new Times() : spare.removeLast();
      times.put(event, seen);
    }
    seen.count++;
  }

  @Override
  public void evict() {
    E oldest = inside.pollFirst();
    if (oldest == null) {
      throw new IllegalStateException("evict needs an event inside: size 0");
    }
    Times seen = times.get(oldest);
    if (--seen.count == 0) {
      times.remove(oldest);
      spare.addLast(seen);
    }
  }

  @Override
  public int size() {
    return inside.size();
  }

  @Override
  public Long result() {
    return (long) times.size();
  }

  @Override
  public void clear() {
    inside.clear();
    times.clear();
  }
}
