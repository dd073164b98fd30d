package io.thalweg.window;

import io.thalweg.Fifo;
import io.thalweg.Milliseconds;
import io.thalweg.Rings;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;

/**
 * Buffer of the recent events of one key, with the statistic over those in the trailing window.
 *
 * <p>Every event has a sequence number, counted from the first event of the key. Events are saved
 * in chunks of {@value #CHUNK} by sequence number: an event in order changes the last chunk only.
 */
abstract class TrailingBuffer<E, R> {

  /*
   * Events are in a ring in the order of their timestamps, and events of equal timestamps in the
   * order of arrival. The newest fifo.size() events are also in the FIFO. Older ones are kept
   * because a late event may still ask for them.
   *
   * An event in order evicts the events before its window from the FIFO, and is added to it: O(1)
   * amortised.
   *
   * An event behind the newest is inserted into the ring, and its result is computed by a scratch
   * FIFO filled from the ring: O(n). The FIFO of the key is then stale: its content is no longer
   * the newest events. The next event in order fills it again.
   */

  static final int CHUNK = 64;

  /** Parameters of a trailing window, shared by all keys, with one FIFO for scratch. */
  abstract static class TrailingSpec<E, R> {
    /** The length of the window; 0 if it is a number of events. */
    final long size;

    /** The number of events in the window; 0 if it is a length of time. */
    final long n;

    final long lateness;
    final boolean includesEvent;

    TrailingSpec(long size, long n, long lateness, boolean includesEvent) {
      this.size = size;
      this.n = n;
      this.lateness = lateness;
      this.includesEvent = includesEvent;
    }

    abstract TrailingBuffer<E, R> create();

    /** Returns the name of the format of the values, for the snapshot. */
    abstract String valueName();

    /** Returns the version of the format of the values. */
    abstract int valueVersion();

    /**
     * Checks an event.
     *
     * @throws IllegalArgumentException if the statistic does not accept the event
     */
    abstract void check(E event);

    /** Returns the end of the window of the event that a buffer added last. */
    long end(TrailingBuffer<E, R> buffer, long timestamp) {
      return n == 0 ? timestamp + 1 : buffer.arrivals() - (includesEvent ? 0 : 1);
    }

    /** Returns the start of the window with an end. */
    long start(long end) {
      return n == 0 ? Milliseconds.minus(end, size) : Math.max(0, end - n);
    }
  }

  private final TrailingSpec<E, R> spec;
  private final Fifo<?, R> fifo;
  private final Fifo<?, R> scratch;
  private long[] times = new long[16];
  private int head;
  private int size;

  /** The sequence number of the oldest event. */
  private long first;

  /** True if the FIFO does not hold the newest events. */
  private boolean stale;

  /** The sequence number of the first event that is not saved. */
  private long changedFrom = Long.MAX_VALUE;

  /** The value of {@code first} in the saved state. */
  private long savedFirst;

  TrailingBuffer(TrailingSpec<E, R> spec, Fifo<?, R> fifo, Fifo<?, R> scratch) {
    this.spec = spec;
    this.fifo = fifo;
    this.scratch = scratch;
  }

  /** Stores an event's value in a slot of the ring. */
  abstract void put(int slot, E event);

  /** Moves a value between slots; the object in {@code to} goes to {@code from}, for reuse. */
  abstract void swap(int to, int from);

  /** Doubles the ring of values, whose oldest is at {@code head}. */
  abstract void grow(int head);

  /** Adds the value of a slot to the key's FIFO. */
  abstract void addToFifo(int slot);

  /** Adds the value of a slot to the scratch FIFO. */
  abstract void addToScratch(int slot);

  abstract void write(int slot, DataOutput out) throws IOException;

  abstract void read(int slot, DataInput in, int version) throws IOException;

  /** Returns the largest timestamp. The buffer must not be empty. */
  long newest() {
    return time(size - 1);
  }

  /** Returns the number of events. */
  int size() {
    return size;
  }

  /** Returns the number of events of the key so far: the arrival number of the next event. */
  long arrivals() {
    return first + size;
  }

  /** Returns true if an event at {@code timestamp} is not late by the newest event of the key. */
  boolean admits(long timestamp) {
    return spec.n > 0 || size == 0 || timestamp >= Milliseconds.minus(newest(), spec.lateness);
  }

  /**
   * Adds an admitted event.
   *
   * @return the statistic over the window of the event; null if the window is empty
   */
  R add(long timestamp, E event) {
    if (spec.n > 0) {
      return addByCount(timestamp, event);
    }
    return size == 0 || timestamp >= newest()
        ? addInOrder(timestamp, event)
        : addBehind(timestamp, event);
  }

  private R addByCount(long timestamp, E event) {
    R before = spec.includesEvent ? null : result(fifo);
    append(timestamp, event);
    if (size > spec.n) {
      fifo.evict();
      removeOldest();
    }
    return spec.includesEvent ? result(fifo) : before;
  }

  private R addInOrder(long timestamp, E event) {
    long start = Milliseconds.minus(timestamp, spec.size);
    if (stale) {
      fifo.clear();
      for (int i = indexAfter(start); i < size; i++) {
        addToFifo(slot(i));
      }
      stale = false;
    } else {
      while (fifo.size() > 0 && time(size - fifo.size()) <= start) {
        fifo.evict();
      }
    }
    R before = spec.includesEvent ? null : result(fifo);
    append(timestamp, event);
    long keep = Milliseconds.minus(start, spec.lateness);
    while (time(0) <= keep) {
      removeOldest();
    }
    return spec.includesEvent ? result(fifo) : before;
  }

  private R addBehind(long timestamp, E event) {
    int at = indexAfter(timestamp);
    if (size == times.length) {
      grow();
    }
    size++;
    for (int i = size - 1; i > at; i--) {
      times[slot(i)] = times[slot(i - 1)];
      swap(slot(i), slot(i - 1));
    }
    times[slot(at)] = timestamp;
    put(slot(at), event);
    changedFrom = Math.min(changedFrom, first + at);
    stale = true;
    scratch.clear();
    for (int i = indexAfter(Milliseconds.minus(timestamp, spec.size));
        i < (spec.includesEvent ? at + 1 : at);
        i++) {
      addToScratch(slot(i));
    }
    return result(scratch);
  }

  private static <R> R result(Fifo<?, R> over) {
    return over.size() == 0 ? null : over.result();
  }

  private void append(long timestamp, E event) {
    if (size == times.length) {
      grow();
    }
    int slot = slot(size);
    times[slot] = timestamp;
    put(slot, event);
    changedFrom = Math.min(changedFrom, first + size);
    size++;
    addToFifo(slot);
  }

  private void removeOldest() {
    head = slot(1);
    size--;
    first++;
  }

  /** Returns the index of the oldest event later than {@code timestamp}, by bisection. */
  private int indexAfter(long timestamp) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (time(middle) <= timestamp) {
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

  private void grow() {
    times = Rings.grow(times, head);
    grow(head);
    head = 0;
  }

  /** Marks all events as saved. */
  void markSaved() {
    savedFirst = first;
    changedFrom = Long.MAX_VALUE;
  }

  /** Returns the number of the first chunk in the saved state. */
  long firstSavedChunk() {
    return savedFirst / CHUNK;
  }

  long firstChunk() {
    return first / CHUNK;
  }

  /** Returns the number of the first chunk that is not saved; after the last if all are. */
  long firstChangedChunk() {
    return Math.max(changedFrom, first) / CHUNK;
  }

  long lastChunk() {
    return (first + size - 1) / CHUNK;
  }

  /**
   * Writes a chunk: {@code long} sequence number of the oldest event in the buffer; {@code int}
   * number of events in the FIFO, or -1 if it is stale; {@code int} number of those that are
   * flipped (a reader uses these three of the last chunk only); {@code long} sequence number of the
   * first event of the chunk; {@code int} number of events; {@code int} version of the values; then
   * for each event its {@code long} timestamp and its value.
   */
  void writeChunk(long chunk, DataOutput out) throws IOException {
    int from = (int) (Math.max(first, chunk * CHUNK) - first);
    int to = (int) (Math.min(first + size, (chunk + 1) * CHUNK) - first);
    out.writeLong(first);
    out.writeInt(stale ? -1 : fifo.size());
    out.writeInt(stale ? 0 : fifo.flipped());
    out.writeLong(first + from);
    out.writeInt(to - from);
    out.writeInt(spec.valueVersion());
    for (int i = from; i < to; i++) {
      out.writeLong(time(i));
      write(slot(i), out);
    }
  }

  /**
   * Reads a chunk. Chunks are read in ascending order, and then {@link #completeRead} is called.
   */
  void readChunk(DataInput in) throws IOException {
    long savedFirst = in.readLong();
    int inFifo = in.readInt();
    int flipped = in.readInt();
    long sequence = in.readLong();
    int count = in.readInt();
    int version = in.readInt();
    if (sequence < 0 || count < 1 || count > CHUNK || size > 0 && sequence != first + size) {
      throw new StreamCorruptedException(
          "chunks must follow each other: " + count + " events from " + sequence);
    }
    if (version < 1 || version > spec.valueVersion()) {
      throw new StreamCorruptedException(
          spec.valueName() + ": version must be from 1 to " + spec.valueVersion() + ": " + version);
    }
    if (size == 0) {
      first = sequence;
    }
    for (int i = 0; i < count; i++) {
      if (size == times.length) {
        grow();
      }
      long time = in.readLong();
      if (spec.n == 0 && size > 0 && time < newest()) {
        throw new StreamCorruptedException("timestamps must ascend: " + time);
      }
      times[slot(size)] = time;
      read(slot(size), in, version);
      size++;
    }
    tailFirst = savedFirst;
    tailInFifo = inFifo;
    tailFlipped = flipped;
  }

  /** The state of the FIFO, from the last chunk read. */
  private long tailFirst;

  private int tailInFifo;
  private int tailFlipped;

  /** Checks the state in the last chunk and fills the FIFO accordingly. */
  void completeRead() throws IOException {
    long last = first + size - 1;
    if (size == 0 || tailFirst < first || tailFirst > last) {
      throw new StreamCorruptedException("the oldest event must be in the chunks: " + tailFirst);
    }
    while (first < tailFirst) {
      removeOldest();
    }
    if (tailInFifo > size || tailFlipped < 0 || tailFlipped > Math.max(tailInFifo, 0)) {
      throw new StreamCorruptedException(
          "the FIFO must not hold more than the "
              + size
              + " events of the buffer: "
              + tailInFifo
              + ", "
              + tailFlipped);
    }
    stale = tailInFifo < 0;
    if (!stale) {
      int from = size - tailInFifo;
      for (int i = from; i < from + tailFlipped; i++) {
        addToFifo(slot(i));
      }
      fifo.flip();
      for (int i = from + tailFlipped; i < size; i++) {
        addToFifo(slot(i));
      }
    }
  }
}
