package io.thalweg.window;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.Fifo;
import io.thalweg.Rings;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.function.Function;
import java.util.function.Supplier;

/** Trailing buffer that stores one object for each event. */
final class ValueBuffer<E, V, R> extends TrailingBuffer<E, R> {

  /** Source of the objects that are stored, and of the statistic over them. */
  interface Source<E, V, R> {

    void check(E event);

    /** Returns the object of an event; {@code old} is one of a removed event for reuse, or null. */
    V of(E event, V old);

    Codec<V> codec();

    Fifo<V, R> fifo();
  }

  /** A value read from the event, for a FIFO of the user. */
  record FieldSource<E, V, R>(
      Function<? super E, ? extends V> field, Codec<V> codec, Supplier<? extends Fifo<V, R>> fifos)
      implements Source<E, V, R> {

    FieldSource {
      requireNonNull(field, "field");
      requireNonNull(codec, "values");
      requireNonNull(fifos, "fifo");
    }

    @Override
    public void check(E event) {
      if (field.apply(event) == null) {
        throw new IllegalArgumentException("value must not be null");
      }
    }

    @Override
    public V of(E event, V old) {
      return field.apply(event);
    }

    @Override
    public Fifo<V, R> fifo() {
      return fifos.get();
    }
  }

  /**
   * The state of an aggregate that holds one event: its codec is known, a codec of the event is not
   * needed. The FIFO merges these states.
   */
  record StateSource<E, A, R>(Aggregate<E, A, R> aggregate) implements Source<E, A, R> {

    StateSource {
      requireNonNull(aggregate, "aggregate");
    }

    @Override
    public void check(E event) {
      aggregate.check(event);
    }

    @Override
    public A of(E event, A old) {
      A state = old;
      if (state == null) {
        state = aggregate.create();
      } else {
        aggregate.clear(state);
      }
      aggregate.add(state, event);
      return state;
    }

    @Override
    public Codec<A> codec() {
      return aggregate.codec();
    }

    @Override
    public Fifo<A, R> fifo() {
      return Fifo.of(new MergingFifo<>(aggregate));
    }
  }

  /** The aggregate with its states as events. */
  private record MergingFifo<A, R>(Aggregate<?, A, R> inner) implements Aggregate<A, A, R> {

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

  static final class ValueSpec<E, V, R> extends TrailingBuffer.TrailingSpec<E, R> {
    private final Source<E, V, R> source;
    private final Codec<V> codec;
    private final Fifo<V, R> scratch;

    ValueSpec(Source<E, V, R> source, long size, long n, long lateness, boolean includesEvent) {
      super(size, n, lateness, includesEvent);
      this.source = source;
      this.codec = source.codec();
      this.scratch = source.fifo();
    }

    @Override
    TrailingBuffer<E, R> create() {
      return new ValueBuffer<>(this, source.fifo());
    }

    @Override
    String valueName() {
      return codec.name();
    }

    @Override
    int valueVersion() {
      return codec.version();
    }

    @Override
    void check(E event) {
      source.check(event);
    }
  }

  private final ValueSpec<E, V, R> spec;
  private final Fifo<V, R> fifo;
  private Object[] values = new Object[16];

  private ValueBuffer(ValueSpec<E, V, R> spec, Fifo<V, R> fifo) {
    super(spec, fifo, spec.scratch);
    this.spec = spec;
    this.fifo = fifo;
  }

  @SuppressWarnings("unchecked") // only put and read write to values
  private V value(int slot) {
    return (V) values[slot];
  }

  @Override
  void put(int slot, E event) {
    values[slot] = spec.source.of(event, value(slot));
  }

  @Override
  void swap(int to, int from) {
    Object moved = values[from];
    values[from] = values[to];
    values[to] = moved;
  }

  @Override
  void grow(int head) {
    values = Rings.grow(values, head);
  }

  @Override
  void addToFifo(int slot) {
    fifo.add(value(slot));
  }

  @Override
  void addToScratch(int slot) {
    spec.scratch.add(value(slot));
  }

  @Override
  void write(int slot, DataOutput out) throws IOException {
    spec.codec.write(value(slot), out);
  }

  @Override
  void read(int slot, DataInput in, int version) throws IOException {
    values[slot] = spec.codec.read(in, version);
  }
}
