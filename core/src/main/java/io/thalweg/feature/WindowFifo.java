package io.thalweg.feature;

import io.thalweg.Fifo;

/** FIFO of one statistic over the events of a buffer that are in a window. */
abstract class WindowFifo {

  /** The columns of a buffer of events. */
  interface Columns {
    double number(int column, int slot);

    Object object(int column, int slot);
  }

  /** The column of the values. */
  final int column;

  WindowFifo(int column) {
    this.column = column;
  }

  abstract void add(Columns events, int slot);

  abstract void evict(Columns events, int slot);

  abstract Object result();

  abstract void clear();

  /** Returns the number of values of the last flip: see {@link Fifo#flipped}. */
  int flipped() {
    return 0;
  }

  int size() {
    return 0;
  }

  void flip() {}

  /** FIFO of numbers that are not absent. */
  static final class Numbers extends WindowFifo {
    private final Fifo.OfDouble<?> fifo;

    Numbers(int column, Fifo.OfDouble<?> fifo) {
      super(column);
      this.fifo = fifo;
    }

    @Override
    void add(Columns events, int slot) {
      double value = events.number(column, slot);
      if (!Double.isNaN(value)) {
        fifo.add(value);
      }
    }

    @Override
    void evict(Columns events, int slot) {
      if (!Double.isNaN(events.number(column, slot))) {
        fifo.evict();
      }
    }

    @Override
    Object result() {
      return fifo.result();
    }

    @Override
    void clear() {
      fifo.clear();
    }

    @Override
    int flipped() {
      return fifo.flipped();
    }

    @Override
    int size() {
      return fifo.size();
    }

    @Override
    void flip() {
      fifo.flip();
    }
  }

  /** Counts of texts that are not absent. */
  static final class Texts extends WindowFifo {
    private final ValueCounts counts = new ValueCounts();

    Texts(int column) {
      super(column);
    }

    @Override
    void add(Columns events, int slot) {
      if (events.object(column, slot) != null) {
        counts.add((String) events.object(column, slot));
      }
    }

    @Override
    void evict(Columns events, int slot) {
      if (events.object(column, slot) != null) {
        counts.remove((String) events.object(column, slot));
      }
    }

    @Override
    Object result() {
      return counts;
    }

    @Override
    void clear() {
      counts.clear();
    }
  }

  /** FIFO of states of an aggregate that hold one event each. */
  static final class States extends WindowFifo {
    private final Fifo<Object, Object> fifo;

    States(int column, Fifo<Object, Object> fifo) {
      super(column);
      this.fifo = fifo;
    }

    @Override
    void add(Columns events, int slot) {
      fifo.add(events.object(column, slot));
    }

    @Override
    void evict(Columns events, int slot) {
      fifo.evict();
    }

    @Override
    Object result() {
      return fifo.result();
    }

    @Override
    void clear() {
      fifo.clear();
    }

    @Override
    int flipped() {
      return fifo.flipped();
    }

    @Override
    int size() {
      return fifo.size();
    }

    @Override
    void flip() {
      fifo.flip();
    }
  }
}
