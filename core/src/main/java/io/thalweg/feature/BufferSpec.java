package io.thalweg.feature;

import io.thalweg.Aggregate;
import io.thalweg.Fifo;
import io.thalweg.Milliseconds;
import io.thalweg.stats.OrderStatistics;
import java.util.ArrayList;
import java.util.List;

/**
 * Description of the buffers of events of one predicate: their columns, windows and statistics, and
 * the layout of their cells. The head has the number of events inside each window, then the cells
 * of each {@link Lane}. A row has the timestamp of an event, its numbers, then the folds of the
 * lanes.
 */
final class BufferSpec extends FeatureState.Spec {

  /** A column of texts, or of states of an aggregate that hold one event each. */
  record ObjectColumn(int text, Aggregate<EventValues<?>, Object, Object> aggregate) {}

  /**
   * A statistic of a window: its number among the lanes or the FIFOs of the window, or -1; and its
   * place in a row or its column of objects.
   */
  record WindowStatistic(Statistic statistic, int window, int lane, int fifo, int column) {}

  /**
   * A window.
   *
   * @param size its length in milliseconds or its number of events
   * @param lanes its statistics of numbers
   * @param fifos the numbers of its FIFOs among those of a buffer
   */
  record Window(long size, Lane[] lanes, int[] fifos) {}

  /** True if the windows have a length in time, false if they have a number of events. */
  final boolean byTime;

  /** The time, or the number of events, for which an event is kept. */
  final long keep;

  final Window[] windows;
  final WindowStatistic[] statistics;

  /** The numbers of the fields in a row, from its second cell on. */
  final int[] numberFields;

  final ObjectColumn[] objectColumns;

  /** The number of cells of the head and of a row. */
  final int headCells;

  final int rowCells;

  /** The FIFOs for windows that are not kept, in the order of those of a buffer. */
  final WindowFifo[] scratch;

  private final List<WindowStatistic> fifos;

  /** Results of counts and ends, overwritten by the next one. */
  final long[] count = new long[1];

  final Ends ends = new Ends();

  private BufferSpec(Builder of) {
    super(of.where);
    byTime = of.byTime;
    numberFields = of.numberFields.stream().mapToInt(field -> field).toArray();
    objectColumns = of.objectColumns.toArray(ObjectColumn[]::new);
    windows = new Window[of.sizes.size()];
    statistics = new WindowStatistic[of.statistics.size()];
    fifos = new ArrayList<>();
    int head = windows.length;
    int row = 1 + numberFields.length;
    long longest = 0;
    for (int w = 0; w < windows.length; w++) {
      List<Lane> lanes = new ArrayList<>();
      List<Integer> own = new ArrayList<>();
      for (int i = 0; i < statistics.length; i++) {
        Builder.Pending pending = of.statistics.get(i);
        if (pending.window == w) {
          Statistic.Kind kind = pending.statistic.kind();
          int column = of.column(pending.statistic);
          boolean isLane = Lane.isOf(kind);
          boolean isFifo = !isLane && kind != Statistic.Kind.COUNT && kind != Statistic.Kind.ENDS;
          statistics[i] =
              new WindowStatistic(
                  pending.statistic,
                  w,
                  isLane ? lanes.size() : -1,
                  isFifo ? fifos.size() : -1,
                  column);
          if (isLane) {
            lanes.add(Lane.of(kind, column, row, head));
            row += Lane.suffixCells(kind);
            head += Lane.headCells(kind);
          } else if (isFifo) {
            own.add(fifos.size());
            fifos.add(statistics[i]);
          }
        }
      }
      long size = of.sizes.get(w);
      longest = Math.max(longest, size);
      windows[w] =
          new Window(
              size, lanes.toArray(Lane[]::new), own.stream().mapToInt(number -> number).toArray());
    }
    headCells = head;
    rowCells = row;
    keep = byTime ? Milliseconds.plus(longest, of.lateness) : longest;
    scratch = fifos();
  }

  private WindowFifo[] fifos() {
    return fifos.stream().map(this::fifo).toArray(WindowFifo[]::new);
  }

  private WindowFifo fifo(WindowStatistic of) {
    return switch (of.statistic.kind()) {
      case ORDER -> new WindowFifo.Numbers(of.column, new OrderStatistics());
      case TEXTS -> new WindowFifo.Texts(of.column);
      default -> new WindowFifo.States(of.column, merging(objectColumns[of.column].aggregate));
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
    return new EventBuffer(this, fifos());
  }

  /** Builder of a description. */
  static final class Builder {

    private record Pending(int window, Statistic statistic) {}

    private final int where;
    private final boolean byTime;
    private final long lateness;
    private final List<Long> sizes = new ArrayList<>();
    private final List<Integer> numberFields = new ArrayList<>();
    private final List<ObjectColumn> objectColumns = new ArrayList<>();
    private final List<Statistic> objects = new ArrayList<>();
    private final List<Pending> statistics = new ArrayList<>();

    Builder(int where, boolean byTime, long lateness) {
      this.where = where;
      this.byTime = byTime;
      this.lateness = lateness;
    }

    /** Returns the number of a statistic over a window, which is added if there is none. */
    int statistic(long size, Statistic statistic) {
      if (!sizes.contains(size)) {
        sizes.add(size);
      }
      Pending pending = new Pending(sizes.indexOf(size), statistic);
      if (!statistics.contains(pending)) {
        statistics.add(pending);
        addColumn(statistic);
      }
      return statistics.indexOf(pending);
    }

    private void addColumn(Statistic statistic) {
      switch (statistic.kind()) {
        case COUNT -> {}
        case MOMENTS, EXTREMA, SUM, TREND, ORDER, ENDS -> {
          if (!numberFields.contains(statistic.a())) {
            numberFields.add(statistic.a());
          }
        }
        default -> {
          boolean isText = statistic.kind() == Statistic.Kind.TEXTS;
          if (!objects.contains(statistic)) {
            objects.add(statistic);
            objectColumns.add(
                new ObjectColumn(
                    isText ? statistic.a() : -1, isText ? null : statistic.aggregate()));
          }
        }
      }
    }

    /** Returns the place of a number in a row, or the column of objects. */
    private int column(Statistic statistic) {
      int object = objects.indexOf(statistic);
      return object >= 0 ? object : 1 + numberFields.indexOf(statistic.a());
    }

    BufferSpec build() {
      return new BufferSpec(this);
    }
  }
}
