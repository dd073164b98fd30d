package io.thalweg.feature;

import io.thalweg.Codec;
import io.thalweg.Milliseconds;
import io.thalweg.Rings;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.Arrays;

/**
 * Recent events of one key, with exact statistics over trailing windows, by time or by number.
 *
 * <p>The events are in a ring, by time in the order of their timestamps and then of their arrival,
 * by number in the order of arrival. The newest {@code inside(w)} events are those of window w, and
 * are in the lanes and FIFOs of its statistics. Adding and evicting an event in order takes O(1),
 * amortised. Ring and lanes are in one array, so that an event touches few lines of the cache.
 *
 * <p>By time, an event behind the newest one of the key is inserted into the ring. Its windows are
 * computed from the ring, in O(events inside). Windows that may hold it are then stale: the next
 * event in order fills them again.
 *
 * <p>Every event has a sequence number, counted from the first event. Events are saved in chunks of
 * {@value #CHUNK} by sequence number: an event in order changes the last chunk only.
 */
final class EventBuffer extends FeatureState implements EventRows {

  static final int CHUNK = 64;

  private static final int STALE = -1;

  private final BufferSpec spec;
  private final WindowFifo[] fifos;

  /** The head, then the rows of the ring. */
  private long[] cells;

  private final Object[][] objects;
  private int mask = 3;
  private int oldest;
  private int size;

  /** The sequence number of the oldest event. */
  private long first;

  /** The sequence number of the first event that is not saved. */
  private long changedFrom = Long.MAX_VALUE;

  /** The value of {@code first} in the saved state. */
  private long savedFirst;

  EventBuffer(BufferSpec spec, WindowFifo[] fifos) {
    this.spec = spec;
    this.fifos = fifos;
    cells = new long[spec.headCells + (mask + 1) * spec.rowCells];
    objects = new Object[spec.objectColumns.length][mask + 1];
    clear();
  }

  @Override
  public long[] cells() {
    return cells;
  }

  @Override
  public int row(int i) {
    return spec.headCells + slot(i) * spec.rowCells;
  }

  @Override
  public Object object(int column, int i) {
    return objects[column][slot(i)];
  }

  private int slot(int i) {
    return (oldest + i) & mask;
  }

  private long time(int i) {
    return cells[row(i)];
  }

  /** Returns the number of events of a window, or {@link #STALE}. */
  private int inside(int window) {
    return (int) cells[window];
  }

  @Override
  void seek(EventValues<?> at) {
    if (!spec.byTime || at.isBehind()) {
      return;
    }
    for (int w = 0; w < spec.windows.length; w++) {
      long start = Milliseconds.minus(at.time(), spec.windows[w].size());
      if (inside(w) == STALE) {
        fill(w, size - indexAfter(start));
      } else {
        while (inside(w) > 0 && time(size - inside(w)) <= start) {
          evict(w);
        }
      }
    }
  }

  private void fill(int window, int inside) {
    cells[window] = inside;
    for (Lane lane : spec.windows[window].lanes()) {
      lane.clear(cells);
      for (int i = size - inside; i < size; i++) {
        lane.add(cells, row(i));
      }
    }
    for (int number : spec.windows[window].fifos()) {
      fifos[number].clear();
      fifos[number].addAll(this, size - inside, size);
    }
  }

  private void evict(int window) {
    int from = size - inside(window);
    for (Lane lane : spec.windows[window].lanes()) {
      lane.evict(this, from, size);
    }
    for (int number : spec.windows[window].fifos()) {
      fifos[number].evict(this, from);
    }
    cells[window]--;
  }

  @Override
  void add(EventValues<?> event) {
    if (spec.byTime && event.isBehind()) {
      insert(event);
      return;
    }
    open(size, event);
    int row = row(size - 1);
    for (int w = 0; w < spec.windows.length; w++) {
      BufferSpec.Window window = spec.windows[w];
      for (Lane lane : window.lanes()) {
        lane.add(cells, row);
      }
      for (int number : window.fifos()) {
        fifos[number].add(this, size - 1);
      }
      cells[w]++;
      if (!spec.byTime && cells[w] > window.size()) {
        evict(w);
      }
    }
    if (spec.byTime) {
      long keep = Milliseconds.minus(event.time(), spec.keep);
      while (time(0) <= keep) {
        removeOldest();
      }
    } else if (size > spec.keep) {
      removeOldest();
    }
  }

  private void insert(EventValues<?> event) {
    int at = indexAfter(event.time());
    for (int w = 0; w < spec.windows.length; w++) {
      if (at >= size - inside(w)) {
        cells[w] = STALE; // an event before all of those inside cannot be in the window
      }
    }
    open(at, event);
  }

  /** Puts an event at an index and moves the later ones up. */
  private void open(int at, EventValues<?> event) {
    if (size > mask) {
      grow();
    }
    size++;
    for (int i = size - 1; i > at; i--) {
      move(i, i - 1);
    }
    int row = row(at);
    cells[row] = spec.byTime ? event.time() : event.clock();
    for (int c = 0; c < spec.numberFields.length; c++) {
      Lane.set(cells, row + 1 + c, event.number(spec.numberFields[c]));
    }
    for (int c = 0; c < objects.length; c++) {
      objects[c][slot(at)] = object(spec.objectColumns[c], objects[c][slot(at)], event);
    }
    changedFrom = Math.min(changedFrom, first + at);
  }

  private static Object object(
      BufferSpec.ObjectColumn column, Object unused, EventValues<?> event) {
    if (column.aggregate() == null) {
      return event.text(column.text());
    }
    Object state = unused;
    if (state == null) {
      state = column.aggregate().create();
    } else {
      column.aggregate().clear(state);
    }
    column.aggregate().add(state, event);
    return state;
  }

  /** Moves an event to another index; an unused object goes the other way, for reuse. */
  private void move(int to, int from) {
    System.arraycopy(cells, row(from), cells, row(to), spec.rowCells);
    for (Object[] column : objects) {
      Object unused = column[slot(to)];
      column[slot(to)] = column[slot(from)];
      column[slot(from)] = unused;
    }
  }

  private void removeOldest() {
    oldest = slot(1);
    size--;
    first++;
  }

  private void grow() {
    long length = spec.headCells + 2L * (mask + 1) * spec.rowCells;
    if (length > Rings.MAX_LENGTH) {
      throw new IllegalStateException(
          "a buffer of events holds at most 2^30 cells; use tiles: " + size + " events");
    }
    long[] larger = Arrays.copyOf(cells, (int) length);
    int rows = (mask + 1) * spec.rowCells;
    int before = oldest * spec.rowCells;
    System.arraycopy(cells, spec.headCells + before, larger, spec.headCells, rows - before);
    System.arraycopy(cells, spec.headCells, larger, spec.headCells + rows - before, before);
    for (int c = 0; c < objects.length; c++) {
      objects[c] = Rings.grow(objects[c], oldest);
    }
    cells = larger;
    mask = 2 * mask + 1;
    oldest = 0;
  }

  @Override
  Object result(int statistic, EventValues<?> at) {
    BufferSpec.WindowStatistic of = spec.statistics[statistic];
    BufferSpec.Window window = spec.windows[of.window()];
    if (spec.byTime && at.isBehind()) {
      int from = indexAfter(Milliseconds.minus(at.time(), window.size()));
      int to = indexAfter(at.time());
      if (of.lane() >= 0) {
        return window.lanes()[of.lane()].over(this, from, to);
      }
      if (of.fifo() >= 0) {
        WindowFifo scratch = spec.scratch[of.fifo()];
        scratch.clear();
        scratch.addAll(this, from, to);
        return scratch.result();
      }
      return result(of, from, to);
    }
    int from = size - inside(of.window());
    if (of.lane() >= 0) {
      return window.lanes()[of.lane()].result(cells, row(from));
    }
    return of.fifo() >= 0 ? fifos[of.fifo()].result() : result(of, from, size);
  }

  /** Returns the count or the ends of a range. */
  private Object result(BufferSpec.WindowStatistic of, int from, int to) {
    if (of.statistic().kind() == Statistic.Kind.COUNT) {
      spec.count[0] = to - from;
      return spec.count;
    }
    int low = from;
    while (low < to && Double.isNaN(number(of.column(), low))) {
      low++;
    }
    int high = to - 1;
    while (high > low && Double.isNaN(number(of.column(), high))) {
      high--;
    }
    spec.ends.clear();
    if (low < to) {
      spec.ends.append(number(of.column(), low), number(of.column(), high));
    }
    return spec.ends;
  }

  @Override
  void clear() {
    first += size;
    oldest = 0;
    size = 0;
    for (int w = 0; w < spec.windows.length; w++) {
      fill(w, 0);
    }
  }

  /** Returns the index of the oldest event later than {@code time}, by bisection. */
  private int indexAfter(long time) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (time(middle) <= time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * Writes the {@code long} sequence number of the oldest event and the {@code int} number of
   * events; for each window the {@code int} number of events inside, or -1 if it is stale, and an
   * {@code int} for each lane and FIFO: the number of its oldest values that were folded last.
   */
  @Override
  void writeHead(DataOutput out) throws IOException {
    out.writeLong(first);
    out.writeInt(size);
    for (int w = 0; w < spec.windows.length; w++) {
      boolean stale = inside(w) == STALE;
      out.writeInt(inside(w));
      for (Lane lane : spec.windows[w].lanes()) {
        out.writeInt(stale ? 0 : (int) cells[lane.head]);
      }
      for (int number : spec.windows[w].fifos()) {
        out.writeInt(stale ? 0 : fifos[number].flipped());
      }
    }
  }

  /** The number of events, and the folded ones of each lane and FIFO, of the head that was read. */
  private int expected;

  private int[] folded;

  @Override
  void readHead(DataInput in) throws IOException {
    first = in.readLong();
    expected = in.readInt();
    savedFirst = first;
    if (first < 0 || expected < 0) {
      throw new StreamCorruptedException("events must not be negative: " + first + ", " + expected);
    }
    folded = new int[spec.statistics.length];
    int next = 0;
    for (int w = 0; w < spec.windows.length; w++) {
      int inside = in.readInt();
      if (inside < STALE || inside > expected) {
        throw new StreamCorruptedException(
            "a window must not hold more than the " + expected + " events: " + inside);
      }
      cells[w] = inside;
      for (int i = statistics(w); i > 0; i--) {
        folded[next] = in.readInt();
        if (folded[next] < 0 || folded[next] > Math.max(inside, 0)) {
          throw new StreamCorruptedException(
              "a fold must not hold more than the " + inside + " events: " + folded[next]);
        }
        next++;
      }
    }
  }

  /** Returns the number of lanes and FIFOs of a window. */
  private int statistics(int window) {
    return spec.windows[window].lanes().length + spec.windows[window].fifos().length;
  }

  @Override
  long firstChunk() {
    return first / CHUNK;
  }

  @Override
  long lastChunk() {
    return size == 0 ? firstChunk() - 1 : (first + size - 1) / CHUNK;
  }

  @Override
  long firstSavedChunk() {
    return savedFirst / CHUNK;
  }

  @Override
  long firstChangedChunk() {
    return Math.max(changedFrom, first) / CHUNK;
  }

  /**
   * Writes the {@code long} sequence number of the first event of a chunk; {@code int} number of
   * events; {@code int} version of each column of objects; then for each event its {@code long}
   * timestamp, a {@code double} for each number, and for each object a boolean, true if it is
   * present, and the object.
   */
  @Override
  void writeChunk(long chunk, DataOutput out) throws IOException {
    int from = (int) (Math.max(first, chunk * CHUNK) - first);
    int to = (int) (Math.min(first + size, (chunk + 1) * CHUNK) - first);
    out.writeLong(first + from);
    out.writeInt(to - from);
    for (int c = 0; c < objects.length; c++) {
      out.writeInt(codec(c).version());
    }
    for (int i = from; i < to; i++) {
      out.writeLong(time(i));
      for (int c = 0; c < spec.numberFields.length; c++) {
        out.writeDouble(number(1 + c, i));
      }
      for (int c = 0; c < objects.length; c++) {
        out.writeBoolean(object(c, i) != null);
        if (object(c, i) != null) {
          codec(c).write(object(c, i), out);
        }
      }
    }
  }

  @SuppressWarnings("unchecked") // the objects of a column are all texts, or all its states
  private Codec<Object> codec(int column) {
    BufferSpec.ObjectColumn of = spec.objectColumns[column];
    return (Codec<Object>)
        (of.aggregate() == null ? (Codec<?>) Codec.STRING : of.aggregate().codec());
  }

  @Override
  void readChunk(DataInput in) throws IOException {
    long sequence = in.readLong();
    int count = in.readInt();
    if (count < 1 || count > CHUNK || sequence > first + size) {
      throw new StreamCorruptedException(
          "chunks must follow each other: " + count + " events from " + sequence);
    }
    int[] versions = new int[objects.length];
    for (int c = 0; c < versions.length; c++) {
      versions[c] = Codec.readVersion(codec(c), in);
    }
    for (long i = sequence; i < sequence + count; i++) {
      readEvent(in, versions);
      if (i < first) {
        size--; // it was removed after the chunk was written
      }
    }
  }

  private void readEvent(DataInput in, int[] versions) throws IOException {
    if (size > mask) {
      grow();
    }
    int row = row(size);
    cells[row] = in.readLong();
    if (spec.byTime && size > 0 && cells[row] < time(size - 1)) {
      throw new StreamCorruptedException("timestamps must ascend: " + cells[row]);
    }
    for (int c = 0; c < spec.numberFields.length; c++) {
      Lane.set(cells, row + 1 + c, in.readDouble());
    }
    for (int c = 0; c < objects.length; c++) {
      objects[c][slot(size)] = in.readBoolean() ? codec(c).read(in, versions[c]) : null;
    }
    size++;
  }

  @Override
  void completeRead() throws IOException {
    if (size != expected) {
      throw new StreamCorruptedException("events must be complete, " + expected + ": " + size);
    }
    int next = 0;
    for (int w = 0; w < spec.windows.length; w++) {
      if (inside(w) == STALE) {
        next += statistics(w);
        continue;
      }
      int from = size - inside(w);
      for (Lane lane : spec.windows[w].lanes()) {
        int middle = from + folded[next++];
        lane.flip(this, from, middle);
        for (int i = middle; i < size; i++) {
          lane.add(cells, row(i));
        }
      }
      for (int number : spec.windows[w].fifos()) {
        int middle = from + folded[next++];
        fifos[number].addAll(this, from, middle);
        fifos[number].flip();
        fifos[number].addAll(this, middle, size);
      }
    }
    folded = null;
  }

  @Override
  void markSaved() {
    savedFirst = first;
    changedFrom = Long.MAX_VALUE;
  }
}
