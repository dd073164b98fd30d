package io.thalweg.window;

import io.thalweg.Fifo;
import io.thalweg.Rings;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;

/**
 * The recent events of one key, and the statistic over those in its trailing window.
 *
 * <p>Events lie in a ring in the order of their timestamps, those of one timestamp in the order of
 * arrival. The newest {@code fifo.size()} of them are in the FIFO; the older ones are held because
 * a late event may still ask for them. An event behind the newest is answered by a scratch FIFO
 * filled from the ring, and the key's own is marked stale: the next event in order fills it anew.
 * So order costs O(1) amortised an event, and a disordered event O(n).
 *
 * <p>Every event has a sequence number, its place among all of the key. They are saved in chunks of
 * {@value #CHUNK}: an event in order changes the last chunk only.
 */
abstract class TrailingBuffer<E, R> {

  static final int CHUNK = 64;

  /** What all keys of an operator share: the shape of the window, and one FIFO for scratch. */
  abstract static class TrailingSpec<E, R> {
    /** How far back the window reaches; 0 when it goes by count. */
    final long size;

    /** How many events the window holds; 0 when it goes by time. */
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

    /** Names the form of the values, and its version, for the snapshot. */
    abstract String valueName();

    abstract int valueVersion();

    /** Refuses an event that the statistic cannot take. */
    abstract void check(E event);
  }

  private final TrailingSpec<E, R> spec;
  private final Fifo<?, R> fifo;
  private final Fifo<?, R> scratch;
  private long[] times = new long[16];
  private int head;
  private int held;
  private long first;
  private boolean stale;
  private long changedFrom = Long.MAX_VALUE;
  private long savedFirst;

  TrailingBuffer(TrailingSpec<E, R> spec, Fifo<?, R> fifo, Fifo<?, R> scratch) {
    this.spec = spec;
    this.fifo = fifo;
    this.scratch = scratch;
  }

  /** Stores an event's value in a slot of the ring. */
  abstract void put(int slot, E event);

  /** Moves a value, leaving whatever storage stood in {@code to} in {@code from} for reuse. */
  abstract void swap(int to, int from);

  /** Doubles the ring of values, whose oldest is at {@code head}. */
  abstract void grow(int head);

  /** Adds the value of a slot to the key's FIFO. */
  abstract void enter(int slot);

  /** Adds the value of a slot to the scratch FIFO. */
  abstract void enterScratch(int slot);

  abstract void write(int slot, DataOutput out) throws IOException;

  abstract void read(int slot, DataInput in, int version) throws IOException;

  /** The largest timestamp of the key. There is one: a trail is made for an event. */
  long newest() {
    return time(held - 1);
  }

  /** How many events are held. */
  int held() {
    return held;
  }

  /** The number of events of the key so far, which is the next event's arrival number. */
  long arrivals() {
    return first + held;
  }

  /** Whether an event may come at {@code timestamp}, by the order of this key alone. */
  boolean admits(long timestamp) {
    return spec.n > 0 || held == 0 || timestamp >= WindowCursor.minus(newest(), spec.lateness);
  }

  /** The watermark at which the key is to be dropped, by time. */
  long end() {
    return WindowCursor.plus(WindowCursor.plus(newest(), spec.size), spec.lateness);
  }

  /**
   * Takes an admitted event.
   *
   * @return the result for the event; null when its window holds none
   */
  R offer(long timestamp, E event) {
    if (spec.n > 0) {
      return offerByCount(timestamp, event);
    }
    return held == 0 || timestamp >= newest()
        ? offerInOrder(timestamp, event)
        : offerBehind(timestamp, event);
  }

  private R offerByCount(long timestamp, E event) {
    R before = spec.includesEvent ? null : result(fifo);
    append(timestamp, event);
    if (held > spec.n) {
      fifo.evict();
      forgetOldest();
    }
    return spec.includesEvent ? result(fifo) : before;
  }

  private R offerInOrder(long timestamp, E event) {
    long start = WindowCursor.minus(timestamp, spec.size);
    if (stale) {
      fifo.clear();
      for (int i = after(start); i < held; i++) {
        enter(slot(i));
      }
      stale = false;
    } else {
      while (fifo.size() > 0 && time(held - fifo.size()) <= start) {
        fifo.evict();
      }
    }
    R before = spec.includesEvent ? null : result(fifo);
    append(timestamp, event);
    long keep = WindowCursor.minus(start, spec.lateness);
    while (time(0) <= keep) {
      forgetOldest();
    }
    return spec.includesEvent ? result(fifo) : before;
  }

  private R offerBehind(long timestamp, E event) {
    int at = after(timestamp);
    if (held == times.length) {
      grow();
    }
    held++;
    for (int i = held - 1; i > at; i--) {
      times[slot(i)] = times[slot(i - 1)];
      swap(slot(i), slot(i - 1));
    }
    times[slot(at)] = timestamp;
    put(slot(at), event);
    changedFrom = Math.min(changedFrom, first + at);
    stale = true;
    scratch.clear();
    for (int i = after(WindowCursor.minus(timestamp, spec.size));
        i < (spec.includesEvent ? at + 1 : at);
        i++) {
      enterScratch(slot(i));
    }
    return result(scratch);
  }

  private static <R> R result(Fifo<?, R> over) {
    return over.size() == 0 ? null : over.result();
  }

  private void append(long timestamp, E event) {
    if (held == times.length) {
      grow();
    }
    int slot = slot(held);
    times[slot] = timestamp;
    put(slot, event);
    changedFrom = Math.min(changedFrom, first + held);
    held++;
    enter(slot);
  }

  private void forgetOldest() {
    head = slot(1);
    held--;
    first++;
  }

  /** The place of the oldest event later than {@code timestamp}, by bisection. */
  private int after(long timestamp) {
    int low = 0;
    int high = held;
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

  /** Takes everything to be saved. */
  void taken() {
    savedFirst = first;
    changedFrom = Long.MAX_VALUE;
  }

  /** The first chunk in what was saved. */
  long firstSavedChunk() {
    return savedFirst / CHUNK;
  }

  long firstChunk() {
    return first / CHUNK;
  }

  /** The first chunk that is not as it was saved; past the last if all are. */
  long firstChangedChunk() {
    return Math.max(changedFrom, first) / CHUNK;
  }

  long lastChunk() {
    return (first + held - 1) / CHUNK;
  }

  /**
   * Writes a chunk: {@code long} sequence number of the oldest event held, {@code int} events in
   * the FIFO, or -1 if it is stale, {@code int} of them folded (these three count in the last chunk
   * only), {@code long} sequence number of the chunk's first event, {@code int} number of events,
   * {@code int} version of the values, then for each event its {@code long} timestamp and its
   * value.
   */
  void writeChunk(long chunk, DataOutput out) throws IOException {
    int from = (int) (Math.max(first, chunk * CHUNK) - first);
    int to = (int) (Math.min(first + held, (chunk + 1) * CHUNK) - first);
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

  /** Reads the chunks of a trail, ascending; {@link #complete} ends it. */
  void readChunk(DataInput in) throws IOException {
    long savedFirst = in.readLong();
    int inFifo = in.readInt();
    int folded = in.readInt();
    long sequence = in.readLong();
    int count = in.readInt();
    int version = in.readInt();
    if (sequence < 0 || count < 1 || count > CHUNK || held > 0 && sequence != first + held) {
      throw new StreamCorruptedException(
          "chunks must follow each other: " + count + " events from " + sequence);
    }
    if (version < 1 || version > spec.valueVersion()) {
      throw new StreamCorruptedException(
          spec.valueName() + ": version must be from 1 to " + spec.valueVersion() + ": " + version);
    }
    if (held == 0) {
      first = sequence;
    }
    for (int i = 0; i < count; i++) {
      if (held == times.length) {
        grow();
      }
      long time = in.readLong();
      if (spec.n == 0 && held > 0 && time < newest()) {
        throw new StreamCorruptedException("timestamps must ascend: " + time);
      }
      times[slot(held)] = time;
      read(slot(held), in, version);
      held++;
    }
    tailFirst = savedFirst;
    tailInFifo = inFifo;
    tailFolded = folded;
  }

  private long tailFirst;
  private int tailInFifo;
  private int tailFolded;

  /** Checks and takes up what the last chunk says, and fills the FIFO as it was. */
  void complete() throws IOException {
    long last = first + held - 1;
    if (held == 0 || tailFirst < first || tailFirst > last) {
      throw new StreamCorruptedException("the oldest event is not in the chunks: " + tailFirst);
    }
    while (first < tailFirst) {
      forgetOldest();
    }
    if (tailInFifo > held || tailFolded < 0 || tailFolded > Math.max(tailInFifo, 0)) {
      throw new StreamCorruptedException(
          "more events in the window than held, " + held + ": " + tailInFifo + ", " + tailFolded);
    }
    stale = tailInFifo < 0;
    if (!stale) {
      int from = held - tailInFifo;
      for (int i = from; i < from + tailFolded; i++) {
        enter(slot(i));
      }
      fifo.flip();
      for (int i = from + tailFolded; i < held; i++) {
        enter(slot(i));
      }
    }
  }
}
