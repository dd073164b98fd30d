package io.thalweg.window;

import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;
import io.thalweg.Fifo;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.function.Function;
import java.util.function.Supplier;

/** A trail of values that have a codec, and a FIFO of theirs. */
final class TrailOfValues<E, V, R> extends Trail<E, R> {

  private final Shape<E, V, R> shape;
  private final Fifo<V, R> fifo;
  private Object[] values = new Object[16];

  private TrailOfValues(Shape<E, V, R> shape, Fifo<V, R> fifo) {
    super(shape, fifo, shape.scratch);
    this.shape = shape;
    this.fifo = fifo;
  }

  static final class Shape<E, V, R> extends Trail.Shape<E, R> {
    private final Function<? super E, ? extends V> field;
    private final Codec<V> codec;
    private final Supplier<? extends Fifo<V, R>> fifos;
    private final Fifo<V, R> scratch;

    Shape(
        Function<? super E, ? extends V> field,
        Codec<V> codec,
        Supplier<? extends Fifo<V, R>> fifos,
        long size,
        long n,
        long lateness,
        boolean includesEvent) {
      super(size, n, lateness, includesEvent);
      this.field = requireNonNull(field, "field");
      this.codec = requireNonNull(codec, "values");
      this.fifos = requireNonNull(fifos, "fifo");
      this.scratch = fifos.get();
    }

    @Override
    Trail<E, R> create() {
      return new TrailOfValues<>(this, fifos.get());
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
      if (field.apply(event) == null) {
        throw new IllegalArgumentException("value must not be null: null");
      }
    }
  }

  @SuppressWarnings("unchecked") // only put and read write to values
  private V value(int slot) {
    return (V) values[slot];
  }

  @Override
  void put(int slot, E event) {
    values[slot] = shape.field.apply(event);
  }

  @Override
  void swap(int to, int from) {
    values[to] = values[from];
  }

  @Override
  void unroll(int head, int capacity) {
    Object[] larger = new Object[capacity];
    System.arraycopy(values, head, larger, 0, values.length - head);
    System.arraycopy(values, 0, larger, values.length - head, head);
    values = larger;
  }

  @Override
  void enter(int slot) {
    fifo.add(value(slot));
  }

  @Override
  void enterScratch(int slot) {
    shape.scratch.add(value(slot));
  }

  @Override
  void write(int slot, DataOutput out) throws IOException {
    shape.codec.write(value(slot), out);
  }

  @Override
  void read(int slot, DataInput in, int version) throws IOException {
    values[slot] = shape.codec.read(in, version);
  }
}
