package io.thalweg.feature;

import io.thalweg.Fifo;
import io.thalweg.stats.OrderStatistics;

/** FIFO of a statistic over the events of a window, with a state of its own for each key. */
abstract class WindowFifo {

  /** The column of the values. */
  final int column;

  WindowFifo(int column) {
    this.column = column;
  }

  /** Adds the i-th oldest event of a buffer. */
  abstract void add(EventRows events, int i);

  /** Removes the i-th oldest event of a buffer, the oldest of the window. */
  abstract void evict(EventRows events, int i);

  abstract Object result();

  abstract void clear();

  /** Returns the number of events that the last flip merged: see {@link Fifo#flipped}. */
  int flipped() {
    return 0;
  }

  /** Merges all events: see {@link Fifo#flip}. */
  void flip() {}

  /** Adds the events in a range of indexes. */
  final void addAll(EventRows events, int from, int to) {
    for (int i = from; i < to; i++) {
      add(events, i);
    }
  }

  /** Order statistics of the numbers that are not absent. */
  static final class Numbers extends WindowFifo {
    private final OrderStatistics order;

    Numbers(int column, OrderStatistics order) {
      super(column);
      this.order = order;
    }

    @Override
    void add(EventRows events, int i) {
      double value = events.number(column, i);
      if (!Double.isNaN(value)) {
        order.add(value);
      }
    }

    @Override
    void evict(EventRows events, int i) {
      if (!Double.isNaN(events.number(column, i))) {
        order.evict();
      }
    }

    @Override
    Object result() {
      return order;
    }

    @Override
    void clear() {
      order.clear();
    }
  }

  /** Counts of the texts that are not absent. */
  static final class Texts extends WindowFifo {
    private final ValueCounts counts = new ValueCounts();

    Texts(int column) {
      super(column);
    }

    @Override
    void add(EventRows events, int i) {
      if (events.object(column, i) != null) {
        counts.add((String) events.object(column, i));
      }
    }

    @Override
    void evict(EventRows events, int i) {
      if (events.object(column, i) != null) {
        counts.remove((String) events.object(column, i));
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
    void add(EventRows events, int i) {
      fifo.add(events.object(column, i));
    }

    @Override
    void evict(EventRows events, int i) {
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
    void flip() {
      fifo.flip();
    }
  }
}
