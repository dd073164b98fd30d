package io.thalweg.sketch;

import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Accumulator of {@link Sample}: the events with the smallest ranks, where a rank is drawn for each
 * event independently.
 *
 * <p>The algorithm is weighted sampling without replacement by Efraimidis and Spirakis (2006, <a
 * href="https://doi.org/10.1016/j.ipl.2005.11.003">doi:10.1016/j.ipl.2005.11.003</a>): an event of
 * weight w has the rank {@code ln(-ln u) - ln w} with u uniform in (0, 1). For a weight that
 * doubles each half-life {@code ln w} is linear in time, so ranks never change. Merging keeps the
 * smallest ranks of both: it is exact, in any order.
 *
 * <p>Cost: a hash, two logarithms and a comparison for an event that is not drawn; O(log size) for
 * one that is drawn. Memory: an event and 8 bytes for each drawn event. Not thread-safe.
 *
 * @param <E> the events
 */
public final class Reservoir<E> {

  private static final int MOST = 1 << 20;

  private final int size;

  /** Heap by rank, the greatest on top. */
  private Object[] events;

  private double[] ranks;
  private int held;
  private long count;

  Reservoir(int size) {
    if (size < 1 || size > MOST) {
      throw new IllegalArgumentException("size must be from 1 to " + MOST + ": " + size);
    }
    this.size = size;
    events = new Object[Math.min(size, 16)];
    ranks = new double[events.length];
  }

  static <E> Codec<Reservoir<E>> codec(Codec<E> events, int size) {
    new Reservoir<E>(size); // fails here, not at the first record
    return Codec.of(
        "thalweg.reservoir+" + events.name(),
        (reservoir, out) -> reservoir.write(events, out),
        in -> new Reservoir<E>(size).read(events, in));
  }

  /** Returns ln(-ln u), where u is the hash as a number of 53 bits between 0 and 1, exclusive. */
  static double logOfExponential(long hash) {
    double u = ((hash >>> 11) + 0.5) * 0x1p-53;
    return Math.log(-Math.log(u));
  }

  void add(E event, double rank) {
    count++;
    offer(requireNonNull(event, "event"), rank);
  }

  private void offer(Object event, double rank) {
    if (held < size) {
      if (held == events.length) {
        int larger = Math.min(size, 2 * held);
        events = Arrays.copyOf(events, larger);
        ranks = Arrays.copyOf(ranks, larger);
      }
      rise(held++, event, rank);
    } else if (rank < ranks[0]) {
      sink(event, rank);
    }
  }

  private void rise(int place, Object event, double rank) {
    int at = place;
    while (at > 0 && ranks[(at - 1) / 2] < rank) {
      events[at] = events[(at - 1) / 2];
      ranks[at] = ranks[(at - 1) / 2];
      at = (at - 1) / 2;
    }
    events[at] = event;
    ranks[at] = rank;
  }

  /** Replaces the top by an event. */
  private void sink(Object event, double rank) {
    int at = 0;
    while (2 * at + 1 < held) {
      int child = 2 * at + 1;
      if (child + 1 < held && ranks[child + 1] > ranks[child]) {
        child++;
      }
      if (ranks[child] <= rank) {
        break;
      }
      events[at] = events[child];
      ranks[at] = ranks[child];
      at = child;
    }
    events[at] = event;
    ranks[at] = rank;
  }

  void merge(Reservoir<E> other) {
    count += other.count;
    for (int i = 0; i < other.held; i++) {
      offer(other.events[i], other.ranks[i]);
    }
  }

  void clear() {
    Arrays.fill(events, null);
    held = 0;
    count = 0;
  }

  /**
   * Returns the number of events.
   *
   * @return the count
   */
  public long count() {
    return count;
  }

  /**
   * Reads the sample.
   *
   * @return the events drawn, in the order of their ranks, detached
   */
  public Sample<E> toSample() {
    List<Integer> order = new ArrayList<>(held);
    for (int i = 0; i < held; i++) {
      order.add(i);
    }
    order.sort((a, b) -> Double.compare(ranks[a], ranks[b]));
    List<E> drawn = new ArrayList<>(held);
    order.forEach(i -> drawn.add(event(i)));
    return new Sample<>(count, drawn);
  }

  @SuppressWarnings("unchecked") // only add, merge and read write to events
  private E event(int place) {
    return (E) events[place];
  }

  private void write(Codec<E> codec, DataOutput out) throws IOException {
    out.writeInt(size);
    out.writeInt(codec.version());
    out.writeLong(count);
    out.writeInt(held);
    for (int i = 0; i < held; i++) {
      out.writeDouble(ranks[i]);
      codec.write(event(i), out);
    }
  }

  private Reservoir<E> read(Codec<E> codec, DataInput in) throws IOException {
    StateChecks.requireEqual("size", size, in.readInt());
    int version = Codec.readVersion(codec, in);
    count = StateChecks.requireAtLeast("count", 0, in.readLong());
    int written = in.readInt();
    if (written < 0 || written > size || written > count) {
      throw new IOException("events held must be from 0 to " + size + ": " + written);
    }
    for (int i = 0; i < written; i++) {
      double rank = in.readDouble();
      // the heap is read in its order: no rank above that of its parent
      if (Double.isNaN(rank) || (i > 0 && rank > ranks[(i - 1) / 2])) {
        throw new IOException("ranks must form a heap: " + rank);
      }
      offer(codec.read(in, version), rank);
    }
    return this;
  }
}
