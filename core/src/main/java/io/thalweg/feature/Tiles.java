package io.thalweg.feature;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.Rings;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.List;

/**
 * Statistics over the last tiles: intervals of one length, the current one and those before it that
 * are not older than the window. Tiles without events take no memory.
 *
 * <p>The tiles are a queue of two stacks in place. Each of the {@code front} oldest tiles holds the
 * fold of itself and of all newer ones of the front; the others hold themselves, and {@code back}
 * their fold. A result merges the oldest tile and {@code back}. When the front is empty and a tile
 * expires, all tiles but the newest become the front: O(1) merges for each tile, amortised. Only
 * the newest tile can change otherwise, since time does not go back.
 */
final class Tiles extends FeatureState {

  /** Description of the statistics. */
  static final class TilesSpec extends Spec {
    private final long hop;

    /** The number of tiles before the current one. */
    private final long before;

    private final Aggregate<EventValues<?>, Object, Object>[] aggregates;
    private final Object[] scratch;

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    TilesSpec(
        int where,
        long hop,
        long before,
        List<Aggregate<EventValues<?>, Object, Object>> aggregates) {
      super(where);
      this.hop = hop;
      this.before = before;
      this.aggregates = aggregates.toArray(new Aggregate[0]);
      this.scratch = states();
    }

    @Override
    FeatureState create() {
      return new Tiles(this);
    }

    private Object[] states() {
      Object[] states = new Object[aggregates.length];
      for (int i = 0; i < states.length; i++) {
        states[i] = aggregates[i].create();
      }
      return states;
    }

    private void clear(Object[] states) {
      for (int i = 0; i < states.length; i++) {
        aggregates[i].clear(states[i]);
      }
    }

    private void merge(Object[] target, Object[] source) {
      for (int i = 0; i < target.length; i++) {
        aggregates[i].merge(target[i], source[i]);
      }
    }

    private void add(Object[] states, EventValues<?> event) {
      for (int i = 0; i < states.length; i++) {
        aggregates[i].add(states[i], event);
      }
    }

    private void write(Object[] states, DataOutput out) throws IOException {
      for (int i = 0; i < states.length; i++) {
        Codec.writeNested(aggregates[i].codec(), states[i], out);
      }
    }

    private void read(Object[] states, DataInput in) throws IOException {
      for (int i = 0; i < states.length; i++) {
        states[i] = Codec.readNested(aggregates[i].codec(), in);
      }
    }
  }

  private final TilesSpec spec;
  private final Object[] back;

  /** The numbers of the tiles, the i-th oldest at head + i. */
  private long[] numbers = new long[4];

  /** The states of the tiles; unused ones are kept for reuse. */
  private Object[][] tiles = new Object[4][];

  private int head;
  private int size;
  private int front;

  /** The sequence number of the oldest tile, which is its number among the chunks. */
  private long first;

  private long changedFrom = Long.MAX_VALUE;
  private long savedFirst;

  private Tiles(TilesSpec spec) {
    this.spec = spec;
    back = spec.states();
  }

  @Override
  void seek(EventValues<?> at) {
    long oldest = Math.floorDiv(at.clock(), spec.hop) - spec.before;
    if (size == 0 || numbers[head] >= oldest) {
      return;
    }
    if (numbers[slot(size - 1)] < oldest) {
      clear();
      return;
    }
    while (numbers[head] < oldest) {
      if (front == 0) {
        flip();
      }
      removeOldest();
      front--;
    }
  }

  private void removeOldest() {
    head = slot(1);
    size--;
    first++;
  }

  private void flip() {
    front = size - 1;
    for (int i = front - 2; i >= 0; i--) {
      spec.merge(tiles[slot(i)], tiles[slot(i + 1)]);
    }
    spec.clear(back);
    spec.merge(back, tiles[slot(front)]);
    changedFrom = first;
  }

  @Override
  void add(EventValues<?> event) {
    long number = Math.floorDiv(event.clock(), spec.hop);
    if (size == 0 || numbers[slot(size - 1)] != number) {
      append(number);
    }
    spec.add(tiles[slot(size - 1)], event);
    spec.add(back, event);
    changedFrom = Math.min(changedFrom, first + size - 1);
  }

  private void append(long number) {
    if (size == numbers.length) {
      numbers = Rings.grow(numbers, head);
      tiles = Rings.grow(tiles, head);
      head = 0;
    }
    int slot = slot(size);
    numbers[slot] = number;
    if (tiles[slot] == null) {
      tiles[slot] = spec.states();
    } else {
      spec.clear(tiles[slot]);
    }
    size++;
  }

  @Override
  Object result(int statistic, EventValues<?> at) {
    Aggregate<EventValues<?>, Object, Object> aggregate = spec.aggregates[statistic];
    if (front == 0) {
      return aggregate.result(back[statistic]);
    }
    Object merged = spec.scratch[statistic];
    aggregate.clear(merged);
    aggregate.merge(merged, tiles[head][statistic]);
    aggregate.merge(merged, back[statistic]);
    return aggregate.result(merged);
  }

  @Override
  void clear() {
    first += size;
    head = 0;
    size = 0;
    front = 0;
    spec.clear(back);
  }

  private int slot(int i) {
    return (head + i) & (numbers.length - 1);
  }

  /**
   * Writes the {@code long} sequence number of the oldest tile, the {@code int}s of all tiles and
   * of those of the front, and the states of the back.
   */
  @Override
  void writeHead(DataOutput out) throws IOException {
    out.writeLong(first);
    out.writeInt(size);
    out.writeInt(front);
    spec.write(back, out);
  }

  private int expected;

  @Override
  void readHead(DataInput in) throws IOException {
    first = in.readLong();
    expected = in.readInt();
    front = in.readInt();
    spec.read(back, in);
    savedFirst = first;
    if (first < 0 || expected < 0 || front < 0 || front > 0 && front >= expected) {
      throw new StreamCorruptedException(
          "the front must not hold the newest tile: " + front + " of " + expected);
    }
  }

  @Override
  long firstChunk() {
    return first;
  }

  @Override
  long lastChunk() {
    return first + size - 1;
  }

  @Override
  long firstSavedChunk() {
    return savedFirst;
  }

  @Override
  long firstChangedChunk() {
    return Math.max(changedFrom, first);
  }

  /** Writes the {@code long} number of a tile and its states. */
  @Override
  void writeChunk(long chunk, DataOutput out) throws IOException {
    int slot = slot((int) (chunk - first));
    out.writeLong(numbers[slot]);
    spec.write(tiles[slot], out);
  }

  @Override
  void readChunk(DataInput in) throws IOException {
    long number = in.readLong();
    if (size > 0 && numbers[slot(size - 1)] >= number) {
      throw new StreamCorruptedException("tiles must ascend: " + number);
    }
    append(number);
    spec.read(tiles[slot(size - 1)], in);
  }

  @Override
  void completeRead() throws IOException {
    if (size != expected) {
      throw new StreamCorruptedException("tiles must be complete, " + expected + ": " + size);
    }
  }

  @Override
  void markSaved() {
    savedFirst = first;
    changedFrom = Long.MAX_VALUE;
  }
}
