package io.thalweg.window;

import io.thalweg.Fifo;
import io.thalweg.Rings;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** Trailing buffer that stores one unboxed number for each event. */
final class DoubleBuffer<E, R> extends TrailingBuffer<E, R> {

  private final ToDoubleFunction<? super E> field;
  private final Fifo.OfDouble<R> fifo;
  private final Fifo.OfDouble<R> scratch;
  private double[] values = new double[16];

  private DoubleBuffer(DoubleSpec<E, R> spec, Fifo.OfDouble<R> fifo) {
    super(spec, fifo, spec.scratch);
    this.field = spec.field;
    this.fifo = fifo;
    this.scratch = spec.scratch;
  }

  static final class DoubleSpec<E, R> extends TrailingBuffer.TrailingSpec<E, R> {
    private final ToDoubleFunction<? super E> field;
    private final Supplier<? extends Fifo.OfDouble<R>> fifos;
    private final Fifo.OfDouble<R> scratch;

    DoubleSpec(
        ToDoubleFunction<? super E> field,
        Supplier<? extends Fifo.OfDouble<R>> fifos,
        long size,
        long n,
        long lateness,
        boolean includesEvent) {
      super(size, n, lateness, includesEvent);
      this.field = field;
      this.fifos = fifos;
      this.scratch = fifos.get();
    }

    @Override
    TrailingBuffer<E, R> create() {
      return new DoubleBuffer<>(this, fifos.get());
    }

    @Override
    String valueName() {
      return "double";
    }

    @Override
    int valueVersion() {
      return 1;
    }

    @Override
    void check(E event) {
      double value = field.applyAsDouble(event);
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("value must be finite: " + value);
      }
    }
  }

  @Override
  void put(int slot, E event) {
    values[slot] = field.applyAsDouble(event);
  }

  @Override
  void swap(int to, int from) {
    values[to] = values[from];
  }

  @Override
  void grow(int head) {
    values = Rings.grow(values, head);
  }

  @Override
  void addToFifo(int slot) {
    fifo.add(values[slot]);
  }

  @Override
  void addToScratch(int slot) {
    scratch.add(values[slot]);
  }

  @Override
  void write(int slot, DataOutput out) throws IOException {
    out.writeDouble(values[slot]);
  }

  @Override
  void read(int slot, DataInput in, int version) throws IOException {
    values[slot] = in.readDouble();
  }
}
