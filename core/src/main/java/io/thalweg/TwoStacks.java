package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;

/**
 * FIFO over any aggregate by the two-stacks algorithm.
 *
 * <p>The events are in a ring: {@code events[(head + i) & mask]} is the i-th oldest. The first
 * {@code front} of them are the front stack. For each of these, {@code suffixes} has at the same
 * index the fold of that event and all newer ones of the front stack. The other events are folded,
 * in their order, into {@code back}. A state in {@code suffixes} stays at its index when its event
 * is evicted, and is cleared for its next use.
 */
final class TwoStacks<E, A, R> implements Fifo<E, R> {

  private final Aggregate<E, A, R> aggregate;
  private final A back;
  private final A scratch;
  private Object[] events = new Object[16];
  private Object[] suffixes = new Object[16];
  private int head;
  private int size;
  private int front;

  TwoStacks(Aggregate<E, A, R> aggregate) {
    this.aggregate = requireNonNull(aggregate, "aggregate");
    back = aggregate.create();
    scratch = aggregate.create();
  }

  @Override
  public void add(E event) {
    requireNonNull(event, "event");
    if (size == events.length) {
      grow();
    }
    events[(head + size) & (events.length - 1)] = event;
    size++;
    aggregate.add(back, event);
  }

  @Override
  public void evict() {
    if (size == 0) {
      throw new IllegalStateException("evict needs an event inside: size 0");
    }
    if (front == 0) {
      flip();
    }
    events[head] = null;
    head = (head + 1) & (events.length - 1);
    size--;
    front--;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public R result() {
    if (front == 0) {
      return aggregate.result(back);
    }
    aggregate.clear(scratch);
    aggregate.merge(scratch, state(suffixes[head]));
    aggregate.merge(scratch, back);
    return aggregate.result(scratch);
  }

  @Override
  public void clear() {
    Arrays.fill(events, null);
    head = 0;
    size = 0;
    front = 0;
    aggregate.clear(back);
  }

  @Override
  public int flipped() {
    return front;
  }

  @Override
  public void flip() {
    int mask = events.length - 1;
    A newer = null;
    for (int i = size - 1; i >= 0; i--) {
      int at = (head + i) & mask;
      A state = state(suffixes[at]);
      if (state == null) {
        state = aggregate.create();
        suffixes[at] = state;
      } else {
        aggregate.clear(state);
      }
      aggregate.add(state, event(events[at]));
      if (newer != null) {
        aggregate.merge(state, newer);
      }
      newer = state;
    }
    front = size;
    aggregate.clear(back);
  }

  private void grow() {
    events = Rings.grow(events, head);
    suffixes = Rings.grow(suffixes, head);
    head = 0;
  }

  @SuppressWarnings("unchecked") // only add writes to events
  private E event(Object slot) {
    return (E) slot;
  }

  @SuppressWarnings("unchecked") // only fold writes to suffixes
  private A state(Object slot) {
    return (A) slot;
  }
}
