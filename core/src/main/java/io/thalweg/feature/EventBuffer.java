package io.thalweg.feature;

import io.thalweg.Codec;
import io.thalweg.Milliseconds;
import io.thalweg.Rings;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;

/**
 * Recent events of one key, with exact statistics over trailing windows, by time or by number.
 *
 * <p>The events are in a ring, by time in the order of their timestamps and then of their arrival,
 * by number in the order of arrival. The newest {@code inside[w]} events are those of window w, and
 * are in the FIFOs of its statistics. Adding and evicting an event in order takes O(1), amortised.
 *
 * <p>By time, an event behind the newest one of the key is inserted into the ring. Its windows are
 * computed from the ring by the FIFOs of the description, in O(events inside). Windows that may
 * hold it are then stale: the next event in order fills them again.
 *
 * <p>Every event has a sequence number, counted from the first event. Events are saved in chunks of
 * {@value #CHUNK} by sequence number: an event in order changes the last chunk only.
 */
final class EventBuffer extends FeatureState implements WindowFifo.Columns {

  static final int CHUNK = 64;

  private static final int STALE = -1;

  private final BufferSpec spec;
  private final WindowFifo[] fifos;
  private long[] times = new long[4];
  private final double[][] numbers;
  private final Object[][] objects;
  private int head;
  private int size;

  /** The number of events of each window, or {@link #STALE}. */
  private final int[] inside;

  /** The sequence number of the oldest event. */
  private long first;

  /** The sequence number of the first event that is not saved. */
  private long changedFrom = Long.MAX_VALUE;

  /** The value of {@code first} in the saved state. */
  private long savedFirst;

  EventBuffer(BufferSpec spec, WindowFifo[] fifos) {
    this.spec = spec;
    this.fifos = fifos;
    numbers = new double[spec.numberColumns()][times.length];
    objects = new Object[spec.objectColumns()][times.length];
    inside = new int[spec.windows()];
  }

  @Override
  public double number(int column, int slot) {
    return numbers[column][slot];
  }

  @Override
  public Object object(int column, int slot) {
    return objects[column][slot];
  }

  @Override
  void seek(EventValues<?> at) {
    if (!spec.byTime || at.isBehind()) {
      return;
    }
    for (int w = 0; w < inside.length; w++) {
      long start = Milliseconds.minus(at.time(), spec.size(w));
      if (inside[w] == STALE) {
        fill(w, indexAfter(start));
      } else {
        while (inside[w] > 0 && time(size - inside[w]) <= start) {
          evict(w);
        }
      }
    }
  }

  private void fill(int window, int from) {
    inside[window] = size - from;
    for (int i = 0; i < fifos.length; i++) {
      if (fifos[i] != null && spec.statistic(i).window() == window) {
        fifos[i].clear();
        addTo(fifos[i], from, size);
      }
    }
  }

  private void addTo(WindowFifo fifo, int from, int to) {
    for (int i = from; i < to; i++) {
      fifo.add(this, slot(i));
    }
  }

  private void evict(int window) {
    int slot = slot(size - inside[window]);
    for (int i = 0; i < fifos.length; i++) {
      if (fifos[i] != null && spec.statistic(i).window() == window) {
        fifos[i].evict(this, slot);
      }
    }
    inside[window]--;
  }

  @Override
  void add(EventValues<?> event) {
    if (spec.byTime && event.isBehind()) {
      insert(event);
      return;
    }
    int slot = open(size, event);
    for (WindowFifo fifo : fifos) {
      if (fifo != null) {
        fifo.add(this, slot);
      }
    }
    for (int w = 0; w < inside.length; w++) {
      inside[w]++;
      if (!spec.byTime && inside[w] > spec.size(w)) {
        evict(w);
      }
    }
    if (spec.byTime) {
      long keep = Milliseconds.minus(event.time(), spec.keep());
      while (time(0) <= keep) {
        removeOldest();
      }
    } else if (size > spec.keep()) {
      removeOldest();
    }
  }

  private void insert(EventValues<?> event) {
    int at = indexAfter(event.time());
    for (int w = 0; w < inside.length; w++) {
      if (at >= size - inside[w]) {
        inside[w] = STALE; // an event before all of those inside cannot be in the window
      }
    }
    open(at, event);
  }

  /** Puts an event at an index and moves the later ones up; returns its slot. */
  private int open(int at, EventValues<?> event) {
    if (size == times.length) {
      grow();
    }
    size++;
    for (int i = size - 1; i > at; i--) {
      move(slot(i), slot(i - 1));
    }
    int slot = slot(at);
    times[slot] = event.time();
    for (int c = 0; c < numbers.length; c++) {
      numbers[c][slot] = event.number(spec.numberField(c));
    }
    for (int c = 0; c < objects.length; c++) {
      objects[c][slot] = object(spec.objectColumn(c), objects[c][slot], event);
    }
    changedFrom = Math.min(changedFrom, first + at);
    return slot;
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

  /** Moves an event between slots; an unused object goes the other way, for reuse. */
  private void move(int to, int from) {
    times[to] = times[from];
    for (double[] column : numbers) {
      column[to] = column[from];
    }
    for (Object[] column : objects) {
      Object unused = column[to];
      column[to] = column[from];
      column[from] = unused;
    }
  }

  private void removeOldest() {
    head = slot(1);
    size--;
    first++;
  }

  private void grow() {
    times = Rings.grow(times, head);
    for (int c = 0; c < numbers.length; c++) {
      numbers[c] = Rings.grow(numbers[c], head);
    }
    for (int c = 0; c < objects.length; c++) {
      objects[c] = Rings.grow(objects[c], head);
    }
    head = 0;
  }

  @Override
  Object result(int statistic, EventValues<?> at) {
    BufferSpec.WindowStatistic of = spec.statistic(statistic);
    int from;
    int to = size;
    if (spec.byTime && at.isBehind()) {
      from = indexAfter(Milliseconds.minus(at.time(), spec.size(of.window())));
      to = indexAfter(at.time());
      if (of.scratch() != null) {
        of.scratch().clear();
        addTo(of.scratch(), from, to);
        return of.scratch().result();
      }
    } else {
      from = size - inside[of.window()];
      if (of.scratch() != null) {
        return fifos[statistic].result();
      }
    }
    if (of.statistic().kind() == Statistic.Kind.COUNT) {
      spec.count[0] = to - from;
      return spec.count;
    }
    return ends(of.column(), from, to);
  }

  /** Returns the first and the last value in a range that are not absent. */
  private Ends ends(int column, int from, int to) {
    int low = from;
    while (low < to && Double.isNaN(numbers[column][slot(low)])) {
      low++;
    }
    int high = to - 1;
    while (high > low && Double.isNaN(numbers[column][slot(high)])) {
      high--;
    }
    spec.ends.clear();
    if (low < to) {
      spec.ends.append(numbers[column][slot(low)], numbers[column][slot(high)]);
    }
    return spec.ends;
  }

  @Override
  void clear() {
    first += size;
    head = 0;
    size = 0;
    for (int w = 0; w < inside.length; w++) {
      inside[w] = 0;
    }
    for (WindowFifo fifo : fifos) {
      if (fifo != null) {
        fifo.clear();
      }
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

  private int slot(int i) {
    return (head + i) & (times.length - 1);
  }

  private long time(int i) {
    return times[slot(i)];
  }

  /**
   * Writes the {@code long} sequence number of the oldest event; {@code int} number of events; for
   * each window the {@code int} number of events inside, or -1 if it is stale; for each FIFO the
   * {@code int} number of values that are flipped.
   */
  @Override
  void writeHead(DataOutput out) throws IOException {
    out.writeLong(first);
    out.writeInt(size);
    for (int each : inside) {
      out.writeInt(each);
    }
    for (int i = 0; i < fifos.length; i++) {
      if (fifos[i] != null) {
        out.writeInt(inside[spec.statistic(i).window()] == STALE ? 0 : fifos[i].flipped());
      }
    }
  }

  /** The number of events, and the flipped ones of each FIFO, of the head that was read. */
  private int expected;

  private int[] flipped;

  @Override
  void readHead(DataInput in) throws IOException {
    first = in.readLong();
    expected = in.readInt();
    savedFirst = first;
    if (first < 0 || expected < 0) {
      throw new StreamCorruptedException("events must not be negative: " + first + ", " + expected);
    }
    for (int w = 0; w < inside.length; w++) {
      inside[w] = in.readInt();
      if (inside[w] < STALE || inside[w] > expected) {
        throw new StreamCorruptedException(
            "a window must not hold more than the " + expected + " events: " + inside[w]);
      }
    }
    flipped = new int[fifos.length];
    for (int i = 0; i < fifos.length; i++) {
      flipped[i] = fifos[i] == null ? 0 : in.readInt();
    }
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
   * events; {@code int} version of each column of states; then for each event its {@code long}
   * timestamp, a {@code double} for each column of numbers, and each text or state.
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
      int slot = slot(i);
      out.writeLong(times[slot]);
      for (double[] column : numbers) {
        out.writeDouble(column[slot]);
      }
      for (int c = 0; c < objects.length; c++) {
        out.writeBoolean(objects[c][slot] != null);
        if (objects[c][slot] != null) {
          codec(c).write(objects[c][slot], out);
        }
      }
    }
  }

  @SuppressWarnings("unchecked") // the objects of a column are all texts, or all its states
  private Codec<Object> codec(int column) {
    BufferSpec.ObjectColumn of = spec.objectColumn(column);
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
    if (size == times.length) {
      grow();
    }
    int slot = slot(size);
    times[slot] = in.readLong();
    if (spec.byTime && size > 0 && times[slot] < time(size - 1)) {
      throw new StreamCorruptedException("timestamps must ascend: " + times[slot]);
    }
    for (double[] column : numbers) {
      column[slot] = in.readDouble();
    }
    for (int c = 0; c < objects.length; c++) {
      objects[c][slot] = in.readBoolean() ? codec(c).read(in, versions[c]) : null;
    }
    size++;
  }

  @Override
  void completeRead() throws IOException {
    if (size != expected) {
      throw new StreamCorruptedException("events must be complete, " + expected + ": " + size);
    }
    for (int i = 0; i < fifos.length; i++) {
      int held = inside[spec.statistic(i).window()];
      if (fifos[i] != null && held != STALE) {
        int left = flipped[i];
        for (int e = size - held; e < size && left > 0; e++) {
          int before = fifos[i].size();
          fifos[i].add(this, slot(e));
          left -= fifos[i].size() - before;
          held--;
        }
        if (left != 0) {
          throw new StreamCorruptedException("a FIFO must hold its flipped values: " + flipped[i]);
        }
        fifos[i].flip();
        addTo(fifos[i], size - held, size);
      }
    }
    flipped = null;
  }

  @Override
  void markSaved() {
    savedFirst = first;
    changedFrom = Long.MAX_VALUE;
  }
}
