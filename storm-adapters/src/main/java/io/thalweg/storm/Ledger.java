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
import java.util.function.Predicate;

/**
 * The numbers of one source that a task has applied, and what it answered: an exact set, in
 * bitmaps.
 *
 * <p>Never a high-water mark: after a crash newer records come before the older ones that are
 * repeated, and those are not duplicates.
 *
 * <p>What lies below its mark counts as applied. The mark never goes back; it is moved by whoever
 * knows that nothing below can be missing: by the source, which says what is settled, or by a bound
 * on the number of ids that is not below what the source can have in flight.
 *
 * <p>Memory: 64 bytes and some 190 around them for 256 neighbouring numbers, and the answers.
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

  /** Most numbers fall where the one before did. */
  private Chunk last;

  Ledger(String source) {
    this.source = source;
  }

  private static final class Chunk {
    final long[] applied = new long[CHUNK / Long.SIZE];
    final long[] durable = new long[CHUNK / Long.SIZE];
    final Map<Integer, List<OutboxRecord>> answers = new HashMap<>(2);
    long number;
    int ids;
    boolean changed;
    boolean gone;
  }

  String source() {
    return source;
  }

  /** Whether a number was applied, or is so old that it must have been. */
  boolean contains(long number) {
    return number < mark || isSet(number, false);
  }

  /** Whether a number was applied and committed. */
  boolean isDurable(long number) {
    return number < mark || isSet(number, true);
  }

  private boolean isSet(long number, boolean durable) {
    Chunk chunk = chunk(number >> CHUNK_BITS);
    return chunk != null
        && ((durable ? chunk.durable : chunk.applied)[word(number)] & 1L << number) != 0;
  }

  /** What was answered to a number; empty if nothing was, or it is settled. */
  List<OutboxRecord> answers(long number) {
    Chunk chunk = number < mark ? null : chunk(number >> CHUNK_BITS);
    return chunk == null ? List.of() : chunk.answers.getOrDefault(place(number), List.of());
  }

  /** Takes a number that it does not contain, and the answers to it. */
  void add(long number, List<OutboxRecord> answers) {
    if (contains(number)) {
      throw new IllegalStateException("number must not be applied twice: " + number);
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

  /** Forgets what lies below a mark: all of it is applied, durable and answered for good. */
  void settle(long mark) {
    if (mark > this.mark) {
      this.mark = mark;
      forgetSettled();
    }
  }

  private void forgetSettled() {
    while (!chunks.isEmpty() && chunks.firstKey() < mark >> CHUNK_BITS) {
      removeFirst();
    }
    if (!chunks.isEmpty() && chunks.firstKey() == mark >> CHUNK_BITS) {
      Map<Integer, List<OutboxRecord>> answers = chunks.firstEntry().getValue().answers;
      int before = answers.size();
      int place = place(mark);
      if (before > 0 && answers.keySet().removeIf(p -> p < place)) {
        answered -= before - answers.size();
      }
    }
  }

  /** Forgets the oldest as long as the chunks above them hold so many ids. */
  void bound(int size) {
    while (ids - chunks.firstEntry().getValue().ids >= size) {
      mark = chunks.firstKey() + 1 << CHUNK_BITS;
      removeFirst();
    }
  }

  private void removeFirst() {
    Chunk oldest = chunks.pollFirstEntry().getValue();
    oldest.gone = true;
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

  long mark() {
    return mark;
  }

  /** How many ids are kept. */
  long ids() {
    return ids;
  }

  /** Of how many ids answers are kept. */
  long answered() {
    return answered;
  }

  void forEachAnswer(Consumer<OutboxRecord> action) {
    if (answered > 0) {
      for (Chunk chunk : chunks.values()) {
        for (List<OutboxRecord> answers : chunk.answers.values()) {
          answers.forEach(action);
        }
      }
    }
  }

  /** Takes what was restored to be committed, but for what lies below the mark. */
  void restored() {
    forgetSettled();
    committed();
  }

  /** Writes everything. */
  void save(StateWriter<Object> to) {
    for (Chunk chunk : chunks.values()) {
      to.put(source, chunk.number, CODEC.encode(chunk));
    }
  }

  /** Writes what changed since the last {@link #committed}. */
  void saveChanges(StateWriter<Object> to) {
    for (long number : removed) {
      to.remove(source, number);
    }
    for (Chunk chunk : changed) {
      if (!chunk.gone) {
        to.put(source, chunk.number, CODEC.encode(chunk));
      }
    }
  }

  /** Takes everything that is applied to be durable. */
  void committed() {
    for (Chunk chunk : changed) {
      chunk.changed = false;
      System.arraycopy(chunk.applied, 0, chunk.durable, 0, chunk.applied.length);
    }
    changed.clear();
    removed.clear();
  }

  /** Takes in a saved chunk, beside what other shards may have held of it. */
  void restore(long number, byte[] state, Predicate<OutboxRecord> mine) {
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
        (place, answers) -> {
          answers.removeIf(mine.negate());
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
      for (Map.Entry<Integer, List<OutboxRecord>> answers : chunk.answers.entrySet()) {
        out.writeInt(answers.getKey());
        OutboxRecord.writeAll(answers.getValue(), out);
      }
    }

    @Override
    public Chunk read(DataInput in, int version) throws IOException {
      Chunk chunk = new Chunk();
      for (int i = 0; i < chunk.applied.length; i++) {
        chunk.applied[i] = in.readLong();
      }
      for (int left = in.readInt(); left > 0; left--) {
        chunk.answers.put(in.readInt(), OutboxRecord.readAll(in));
      }
      return chunk;
    }
  }
}
