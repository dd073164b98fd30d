package io.thalweg.window;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.Fifo;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * A trail for any aggregate: each event is kept as the state that holds it alone, so that nobody
 * has to say how an event is written, and the FIFO merges.
 */
final class TrailOfStates<E, A, R> extends Trail<E, R> {

  private final Aggregate<E, A, R> aggregate;
  private final Fifo<A, R> fifo;
  private final Fifo<A, R> scratch;
  private Object[] states = new Object[16];

  private TrailOfStates(Shape<E, A, R> shape, Fifo<A, R> fifo) {
    super(shape, fifo, shape.scratch);
    this.aggregate = shape.aggregate;
    this.fifo = fifo;
    this.scratch = shape.scratch;
  }

  static final class Shape<E, A, R> extends Trail.Shape<E, R> {
    private final Aggregate<E, A, R> aggregate;
    private final Aggregate<A, A, R> merging;
    private final Fifo<A, R> scratch;

    Shape(Aggregate<E, A, R> aggregate, long size, long n, long lateness, boolean includesEvent) {
      super(size, n, lateness, includesEvent);
      this.aggregate = requireNonNull(aggregate, "aggregate");
      this.merging = new Merging<>(aggregate);
      this.scratch = Fifo.of(merging);
    }

    @Override
    Trail<E, R> create() {
      return new TrailOfStates<>(this, Fifo.of(merging));
    }

    @Override
    String valueName() {
      return aggregate.codec().name();
    }

    @Override
    int valueVersion() {
      return aggregate.codec().version();
    }

    @Override
    void check(E event) {
      aggregate.check(event);
    }
  }

  /** The aggregate with its own states as the events. */
  private record Merging<A, R>(Aggregate<?, A, R> inner) implements Aggregate<A, A, R> {

    @Override
    public A create() {
      return inner.create();
    }

    @Override
    public void add(A state, A event) {
      inner.merge(state, event);
    }

    @Override
    public void merge(A target, A source) {
      inner.merge(target, source);
    }

    @Override
    public void clear(A state) {
      inner.clear(state);
    }

    @Override
    public R result(A state) {
      return inner.result(state);
    }

    @Override
    public Codec<A> codec() {
      return inner.codec();
    }
  }

  @SuppressWarnings("unchecked") // only put and read write to states
  private A state(int slot) {
    return (A) states[slot];
  }

  @Override
  void put(int slot, E event) {
    A state = state(slot);
    if (state == null) {
      state = aggregate.create();
      states[slot] = state;
    } else {
      aggregate.clear(state);
    }
    aggregate.add(state, event);
  }

  @Override
  void swap(int to, int from) {
    Object moved = states[from];
    states[from] = states[to];
    states[to] = moved;
  }

  @Override
  void unroll(int head, int capacity) {
    Object[] larger = new Object[capacity];
    System.arraycopy(states, head, larger, 0, states.length - head);
    System.arraycopy(states, 0, larger, states.length - head, head);
    states = larger;
  }

  @Override
  void enter(int slot) {
    fifo.add(state(slot));
  }

  @Override
  void enterScratch(int slot) {
    scratch.add(state(slot));
  }

  @Override
  void write(int slot, DataOutput out) throws IOException {
    aggregate.codec().write(state(slot), out);
  }

  @Override
  void read(int slot, DataInput in, int version) throws IOException {
    states[slot] = aggregate.codec().read(in, version);
  }
}
