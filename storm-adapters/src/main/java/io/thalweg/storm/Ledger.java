package io.thalweg.storm;

import io.thalweg.Codec;
import io.thalweg.StateWriter;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Exact set of the numbers of one source that a task has applied, with the outputs of each.
 *
 * <p>A high-water mark would lose data: after a crash, newer records arrive before the replay of
 * older ones, and the older ones are not duplicates.
 *
 * <p>Every number below the <em>settled mark</em> counts as applied, durable and emitted. The mark
 * never goes back. It is moved by the heartbeats of the source, which carry the smallest number
 * that may still be sent, or by a bound on the number of ids that is at least the in-flight bound
 * of the spout.
 *
 * <p>The set is stored as chunks of 256 neighbouring numbers, each with a bitmap of the applied and
 * a bitmap of the committed numbers: 64 bytes and about 190 bytes of overhead, plus the answers.
 */
final class Ledger {

  private static final int CHUNK_BITS = 8;
  private static final int CHUNK = 1 << CHUNK_BITS;
  private static final Codec<Chunk> CODEC = new ChunkCodec();

  private final String source;
  private final TreeMap<Long, Chunk> chunks = new TreeMap<>();
  private final List<Chunk> changed = new ArrayList<>();
  private final List<Long> removed = new ArrayList<>();
  private long ids;
  private long answered;
  private long mark = Long.MIN_VALUE;
  private boolean markMoved;

  /** Largest timestamp of an applied record; {@code Long.MAX_VALUE} if it is not known. */
  private long latest = Long.MIN_VALUE;

  private boolean latestMoved;

  /** Number below which, and timestamp after which, a record is another one than was applied. */
  private long replacedBelow = Long.MIN_VALUE;

  private long replacedAfter;

  /** Chunk of the last lookup; most numbers are in the same chunk as the number before. */
  private Chunk last;

  Ledger(String source) {
    this.source = source;
  }

  /** 256 neighbouring numbers. */
  private static final class Chunk {
    final long[] applied = new long[CHUNK / Long.SIZE];
    final long[] durable = new long[CHUNK / Long.SIZE];
    final Map<Integer, List<StoredOutput>> answers = new HashMap<>(2);
    long number;
    int ids;
    boolean changed;
    boolean removed;
  }

  String source() {
    return source;
  }

  /** Returns whether a number was applied or is below the settled mark. */
  boolean contains(long number) {
    return number < mark || isSet(number, false);
  }

  /** Returns whether a number was applied and committed, or is below the settled mark. */
  boolean isDurable(long number) {
    return number < mark || isSet(number, true);
  }

  private boolean isSet(long number, boolean durable) {
    Chunk chunk = chunk(number >> CHUNK_BITS);
    return chunk != null
        && ((durable ? chunk.durable : chunk.applied)[word(number)] & 1L << number) != 0;
  }

  /** Returns the answers to a number; empty if there are none or the number is settled. */
  List<StoredOutput> outputs(long number) {
    Chunk chunk = number < mark ? null : chunk(number >> CHUNK_BITS);
    return chunk == null ? List.of() : chunk.answers.getOrDefault(place(number), List.of());
  }

  /** Adds a number that is not in the set, with the answers to it. */
  void add(long number, List<StoredOutput> answers) {
    if (contains(number)) {
      throw new IllegalStateException("number must not be in the ledger already: " + number);
    }
    Chunk chunk = chunkFor(number >> CHUNK_BITS);
    chunk.applied[word(number)] |= 1L << number;
    chunk.ids++;
    ids++;
    if (!answers.isEmpty()) {
      chunk.answers.put(place(number), answers);
      answered++;
    }
    touch(chunk);
  }

  /** Adds the timestamp of an applied record. */
  void addTimestamp(long timestamp) {
    if (timestamp > latest) {
      latest = timestamp;
      latestMoved = true;
    }
  }

  /**
   * Returns whether a record is another one than was applied under its number, since it is dated
   * later than all that were applied until the first such record came.
   *
   * @param number a number that the set contains
   */
  boolean isReplaced(long number, long timestamp) {
    if (replacedBelow == Long.MIN_VALUE && latest != Long.MIN_VALUE && timestamp > latest) {
      replacedBelow = end();
      replacedAfter = latest;
    }
    return number < replacedBelow && timestamp > replacedAfter;
  }

  /** Returns the number after the largest one in the set. */
  private long end() {
    long end = mark;
    if (!chunks.isEmpty()) {
      Chunk last = chunks.lastEntry().getValue();
      for (int place = 0; place < CHUNK; place++) {
        if ((last.applied[place / Long.SIZE] & 1L << place) != 0) {
          end = Math.max(end, (last.number << CHUNK_BITS) + place + 1);
        }
      }
    }
    return end;
  }

  private Chunk chunkFor(long number) {
    Chunk chunk = chunk(number);
    if (chunk == null) {
      chunk = new Chunk();
      chunk.number = number;
      chunks.put(number, chunk);
      last = chunk;
    }
    return chunk;
  }

  private void touch(Chunk chunk) {
    if (!chunk.changed) {
      chunk.changed = true;
      changed.add(chunk);
    }
  }

  /** Moves the settled mark forward, and removes all numbers below it. */
  void settle(long mark) {
    if (mark > this.mark) {
      this.mark = mark;
      markMoved = true;
      removeSettled();
    }
  }

  private void removeSettled() {
    while (!chunks.isEmpty() && chunks.firstKey() < mark >> CHUNK_BITS) {
      removeFirst();
    }
    if (!chunks.isEmpty() && chunks.firstKey() == mark >> CHUNK_BITS) {
      Map<Integer, List<StoredOutput>> answers = chunks.firstEntry().getValue().answers;
      int before = answers.size();
      int place = place(mark);
      if (before > 0 && answers.keySet().removeIf(p -> p < place)) {
        answered -= before - answers.size();
      }
    }
  }

  /** Removes the oldest chunk while the other chunks hold at least this number of ids. */
  void bound(int size) {
    while (ids - chunks.firstEntry().getValue().ids >= size) {
      mark = chunks.firstKey() + 1 << CHUNK_BITS;
      markMoved = true;
      removeFirst();
    }
  }

  private void removeFirst() {
    Chunk oldest = chunks.pollFirstEntry().getValue();
    oldest.removed = true;
    ids -= oldest.ids;
    answered -= oldest.answers.size();
    removed.add(oldest.number);
    last = null;
  }

  private Chunk chunk(long number) {
    if (last == null || last.number != number) {
      last = chunks.get(number);
    }
    return last;
  }

  private static int word(long number) {
    return place(number) / Long.SIZE;
  }

  private static int place(long number) {
    return (int) (number & CHUNK - 1);
  }

  /** Returns the settled mark; {@code Long.MIN_VALUE} if there is none. */
  long mark() {
    return mark;
  }

  /** Returns whether the mark moved since {@link #forgetMove}. */
  boolean markMoved() {
    return markMoved;
  }

  /** Ends a save of the mark. */
  void forgetMove() {
    markMoved = false;
    latestMoved = false;
  }

  /**
   * Returns the largest timestamp of an applied record, {@code Long.MIN_VALUE} if there is none and
   * {@code Long.MAX_VALUE} if it is not known.
   */
  long latest() {
    return latest;
  }

  /** Returns whether the largest timestamp increased since {@link #forgetMove}. */
  boolean latestMoved() {
    return latestMoved;
  }

  /** Returns the number of ids in the set. */
  long ids() {
    return ids;
  }

  /** Returns the number of ids with answers. */
  long idsWithOutputs() {
    return answered;
  }

  void forEachOutput(Consumer<StoredOutput> action) {
    if (answered > 0) {
      for (Chunk chunk : chunks.values()) {
        for (List<StoredOutput> answers : chunk.answers.values()) {
          answers.forEach(action);
        }
      }
    }
  }

  /** Ends a restore: all restored numbers are durable, and the settled ones are removed. */
  void markRestored() {
    removeSettled();
    markCommitted();
  }

  /** Writes everything. */
  void save(StateWriter<Object> to) {
    for (Chunk chunk : chunks.values()) {
      to.put(source, chunk.number, CODEC.encode(chunk));
    }
  }

  /** Writes the changes since the last {@link #markCommitted}. */
  void saveChanges(StateWriter<Object> to) {
    for (long number : removed) {
      to.remove(source, number);
    }
    for (Chunk chunk : changed) {
      if (!chunk.removed) {
        to.put(source, chunk.number, CODEC.encode(chunk));
      }
    }
  }

  /** Makes all applied numbers durable, after a commit. */
  void markCommitted() {
    for (Chunk chunk : changed) {
      chunk.changed = false;
      System.arraycopy(chunk.applied, 0, chunk.durable, 0, chunk.applied.length);
    }
    changed.clear();
    removed.clear();
  }

  /**
   * Adds a saved chunk to the set. Several shards may hold parts of one chunk.
   *
   * @param own selects and converts the answers of this task
   */
  void restore(long number, byte[] state, UnaryOperator<List<StoredOutput>> own) {
    Chunk saved = CODEC.decode(state);
    Chunk chunk = chunkFor(number);
    ids -= chunk.ids;
    answered -= chunk.answers.size();
    chunk.ids = 0;
    for (int i = 0; i < saved.applied.length; i++) {
      chunk.applied[i] |= saved.applied[i];
      chunk.durable[i] |= saved.applied[i];
      chunk.ids += Long.bitCount(chunk.applied[i]);
    }
    saved.answers.forEach(
        (place, all) -> {
          List<StoredOutput> answers = own.apply(all);
          if (!answers.isEmpty()) {
            chunk.answers.merge(
                place,
                answers,
                (a, b) -> {
                  a.addAll(b);
                  return a;
                });
          }
        });
    ids += chunk.ids;
    answered += chunk.answers.size();
  }

  private static final class ChunkCodec implements Codec<Chunk> {
    @Override
    public String name() {
      return "thalweg.storm.ledger";
    }

    @Override
    public void write(Chunk chunk, DataOutput out) throws IOException {
      for (long word : chunk.applied) {
        out.writeLong(word);
      }
      out.writeInt(chunk.answers.size());
      for (Map.Entry<Integer, List<StoredOutput>> answers : chunk.answers.entrySet()) {
        out.writeInt(answers.getKey());
        StoredOutput.writeAll(answers.getValue(), out);
      }
    }

    @Override
    public Chunk read(DataInput in, int version) throws IOException {
      Chunk chunk = new Chunk();
      for (int i = 0; i < chunk.applied.length; i++) {
        chunk.applied[i] = in.readLong();
      }
      for (int left = in.readInt(); left > 0; left--) {
        chunk.answers.put(in.readInt(), StoredOutput.readAll(in));
      }
      return chunk;
    }
  }
}
