package io.thalweg.storm;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The offsets of one partition that a task has applied, and what it answered: an exact set of the
 * newest, in bitmaps.
 *
 * <p>Never a high-water mark: after a crash newer records come before the older ones that are
 * repeated, and those are not duplicates.
 *
 * <p>Bounded: once the chunks above the oldest hold as many ids as are to be kept, the oldest chunk
 * goes, and with it its answers; whatever lies below counts as applied. That is sound as long as
 * the bound is not below the number of records that the source has in flight in one partition: a
 * record not applied yet is in flight, and so is every record emitted after it.
 *
 * <p>Memory: 128 bytes for 1,024 neighbouring offsets, and the answers.
 *
 * @param <A> an answer
 */
final class Ledger<A> {

  private static final int CHUNK_BITS = 10;
  private static final int CHUNK = 1 << CHUNK_BITS;

  private final int size;
  private final TreeMap<Long, Chunk<A>> chunks = new TreeMap<>();
  private long ids;
  private long answered;
  private long mark = Long.MIN_VALUE;

  /** Most offsets fall where the one before did. */
  private Chunk<A> last;

  private long lastNumber;

  Ledger(int size) {
    this.size = size;
  }

  private static final class Chunk<A> {
    final long[] bits = new long[CHUNK / Long.SIZE];
    final Map<Long, List<A>> answers = new HashMap<>(2);
    int ids;
  }

  /** Whether an offset was applied, or is so old that it must have been. */
  boolean contains(long offset) {
    if (offset < mark) {
      return true;
    }
    Chunk<A> chunk = chunk(offset >> CHUNK_BITS);
    return chunk != null && (chunk.bits[word(offset)] & 1L << offset) != 0;
  }

  /** What was answered to an offset; empty if nothing was, or it is forgotten. */
  List<A> answers(long offset) {
    Chunk<A> chunk = offset < mark ? null : chunk(offset >> CHUNK_BITS);
    return chunk == null ? List.of() : chunk.answers.getOrDefault(offset, List.of());
  }

  /** Takes an offset that it does not contain, and the answers to it. */
  void add(long offset, List<A> answers) {
    if (contains(offset)) {
      throw new IllegalStateException("offset must not be applied twice: " + offset);
    }
    long number = offset >> CHUNK_BITS;
    Chunk<A> chunk = chunk(number);
    if (chunk == null) {
      chunk = new Chunk<>();
      chunks.put(number, chunk);
      last = chunk;
      lastNumber = number;
    }
    chunk.bits[word(offset)] |= 1L << offset;
    chunk.ids++;
    ids++;
    if (!answers.isEmpty()) {
      chunk.answers.put(offset, answers);
      answered++;
    }
    prune();
  }

  private void prune() {
    while (ids - chunks.firstEntry().getValue().ids >= size) {
      Map.Entry<Long, Chunk<A>> oldest = chunks.pollFirstEntry();
      ids -= oldest.getValue().ids;
      answered -= oldest.getValue().answers.size();
      mark = oldest.getKey() + 1 << CHUNK_BITS;
      last = null;
    }
  }

  private Chunk<A> chunk(long number) {
    if (last == null || lastNumber != number) {
      last = chunks.get(number);
      lastNumber = number;
    }
    return last;
  }

  private static int word(long offset) {
    return (int) (offset & CHUNK - 1) / Long.SIZE;
  }

  /** How many ids are kept. */
  long ids() {
    return ids;
  }

  /** Of how many ids answers are kept. */
  long answered() {
    return answered;
  }
}
