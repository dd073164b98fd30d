package io.thalweg.feature;

import io.thalweg.Aggregate;
import io.thalweg.Fifo;
import io.thalweg.Milliseconds;
import io.thalweg.stats.ExtremaAccumulator;
import io.thalweg.stats.MomentsAccumulator;
import io.thalweg.stats.OrderStatistics;
import io.thalweg.stats.SumAccumulator;
import java.util.ArrayList;
import java.util.List;

/**
 * Description of the buffers of events of one predicate: their columns, windows and statistics. It
 * is complete before the first buffer is created.
 */
final class BufferSpec extends FeatureState.Spec {

  /** A column of texts, or of states of an aggregate that hold one event each. */
  record ObjectColumn(int text, Aggregate<EventValues<?>, Object, Object> aggregate) {}

  /** A statistic of a window, with its column and a FIFO for windows that are not kept. */
  record WindowStatistic(int window, Statistic statistic, int column, WindowFifo scratch) {}

  /** True if the windows have a length in time, false if they have a number of events. */
  final boolean byTime;

  private final long lateness;
  private final List<Long> sizes = new ArrayList<>();
  private final List<Integer> numberColumns = new ArrayList<>();
  private final List<ObjectColumn> objectColumns = new ArrayList<>();
  private final List<WindowStatistic> statistics = new ArrayList<>();

  /** Results of counts and ends, overwritten by the next one. */
  final long[] count = new long[1];

  final Ends ends = new Ends();

  BufferSpec(int where, boolean byTime, long lateness) {
    super(where);
    this.byTime = byTime;
    this.lateness = lateness;
  }

  /** Returns the number of a statistic over a window, which is added if there is none. */
  int statistic(long size, Statistic statistic) {
    int window = sizes.indexOf(size);
    if (window < 0) {
      window = sizes.size();
      sizes.add(size);
    }
    for (int i = 0; i < statistics.size(); i++) {
      WindowStatistic same = statistics.get(i);
      if (same.window == window && same.statistic.equals(statistic)) {
        return i;
      }
    }
    int column = column(statistic);
    statistics.add(new WindowStatistic(window, statistic, column, fifo(statistic, column)));
    return statistics.size() - 1;
  }

  private int column(Statistic statistic) {
    return switch (statistic.kind()) {
      case COUNT -> -1;
      case MOMENTS, EXTREMA, SUM, ORDER, ENDS -> number(statistic.a());
      case TEXTS -> object(new ObjectColumn(statistic.a(), null));
      case TREND, OWN -> object(new ObjectColumn(-1, statistic.aggregate()));
      default -> throw new IllegalStateException("in tiles only: " + statistic);
    };
  }

  private int number(int field) {
    if (!numberColumns.contains(field)) {
      numberColumns.add(field);
    }
    return numberColumns.indexOf(field);
  }

  private int object(ObjectColumn column) {
    if (column.aggregate == null && objectColumns.contains(column)) {
      return objectColumns.indexOf(column);
    }
    objectColumns.add(column);
    return objectColumns.size() - 1;
  }

  private WindowFifo fifo(Statistic statistic, int column) {
    return switch (statistic.kind()) {
      case MOMENTS -> new WindowFifo.Numbers(column, MomentsAccumulator.fifo());
      case EXTREMA -> new WindowFifo.Numbers(column, ExtremaAccumulator.fifo());
      case SUM -> new WindowFifo.Numbers(column, SumAccumulator.fifo());
      case ORDER -> new WindowFifo.Numbers(column, new OrderStatistics());
      case TEXTS -> new WindowFifo.Texts(column);
      case TREND, OWN ->
          new WindowFifo.States(column, merging(objectColumns.get(column).aggregate));
      default -> null; // read from the buffer itself
    };
  }

  /** Returns a FIFO whose events are states of an aggregate. */
  private static <A> Fifo<A, Object> merging(Aggregate<?, A, Object> of) {
    return Fifo.of(
        Aggregate.<A, A, Object>of(
            of::create, of::merge, of::merge, of::clear, of::result, of.codec()));
  }

  @Override
  FeatureState create() {
    WindowFifo[] fifos = new WindowFifo[statistics.size()];
    for (int i = 0; i < fifos.length; i++) {
      WindowStatistic each = statistics.get(i);
      fifos[i] = fifo(each.statistic, each.column);
    }
    return new EventBuffer(this, fifos);
  }

  int windows() {
    return sizes.size();
  }

  /** Returns the length of a window in milliseconds or events. */
  long size(int window) {
    return sizes.get(window);
  }

  /** Returns the time, or the number of events, for which an event is kept. */
  long keep() {
    long longest = 0;
    for (long size : sizes) {
      longest = Math.max(longest, size);
    }
    return byTime ? Milliseconds.plus(longest, lateness) : longest;
  }

  int numberColumns() {
    return numberColumns.size();
  }

  /** Returns the number of the field of a column of numbers. */
  int numberField(int column) {
    return numberColumns.get(column);
  }

  int objectColumns() {
    return objectColumns.size();
  }

  ObjectColumn objectColumn(int column) {
    return objectColumns.get(column);
  }

  int statistics() {
    return statistics.size();
  }

  WindowStatistic statistic(int number) {
    return statistics.get(number);
  }
}
