package io.thalweg.window;

import io.thalweg.Codec;
import io.thalweg.KeyedState;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.io.DataInput;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Saved form of trailing buffers: each chunk of a key is a record, numbered from the first. If keys
 * expire by count, record -1 is the {@code long} timestamp of the newest event.
 */
final class TrailingStateIo<K, E, R> implements KeyedState.Format<K, TrailingBuffer<E, R>> {

  private final TrailingBuffer.TrailingSpec<E, R> spec;
  private static final long NEWEST = -1;

  private final boolean writesNewest;

  /** Writes a chunk of a buffer, and reads a chunk into a buffer. */
  private final Codec<TrailingBuffer<E, R>> chunks;

  /** The buffer that the codec reads into. */
  private TrailingBuffer<E, R> buffer;

  /** The number of the chunk that the codec writes. */
  private long chunk;

  TrailingStateIo(TrailingBuffer.TrailingSpec<E, R> spec, boolean writesNewest) {
    this.spec = spec;
    this.writesNewest = writesNewest;
    this.chunks =
        Codec.of(
            "thalweg.trailing of " + spec.valueName(),
            (value, out) -> value.writeChunk(chunk, out),
            this::readChunk);
  }

  /** Returns the name of the format of a chunk. */
  String name() {
    return chunks.name();
  }

  @Override
  public void write(K key, TrailingBuffer<E, R> buffer, long newest, StateWriter<K> to) {
    writeFrom(buffer.firstChunk(), key, buffer, newest, to);
  }

  @Override
  public void writeChanges(K key, TrailingBuffer<E, R> buffer, long newest, StateWriter<K> to) {
    for (long c = buffer.firstSavedChunk(); c < buffer.firstChunk(); c++) {
      to.remove(key, c);
    }
    writeFrom(buffer.firstChangedChunk(), key, buffer, newest, to);
    buffer.markSaved();
  }

  private void writeFrom(
      long first, K key, TrailingBuffer<E, R> buffer, long newest, StateWriter<K> to) {
    if (writesNewest) {
      to.put(key, NEWEST, Codec.LONG.encode(newest));
    }
    for (chunk = first; chunk <= buffer.lastChunk(); chunk++) {
      to.put(key, chunk, chunks.encode(buffer));
    }
  }

  @Override
  public void markSaved(TrailingBuffer<E, R> buffer) {
    buffer.markSaved();
  }

  @Override
  public void read(StateReader<K> from, Visitor<? super K, ? super TrailingBuffer<E, R>> each) {
    Map<K, TrailingBuffer<E, R>> read = new LinkedHashMap<>();
    Map<K, Long> newest = new HashMap<>();
    from.forEach(
        (key, part, bytes) -> {
          if (part == NEWEST) {
            newest.put(key, Codec.LONG.decode(bytes));
            return;
          }
          buffer = read.computeIfAbsent(key, k -> spec.create());
          chunks.decode(bytes);
        });
    for (K key : newest.keySet()) {
      if (!read.containsKey(key)) {
        throw new IllegalArgumentException(
            name() + ": damaged record: a time without events of key " + key);
      }
    }
    for (TrailingBuffer<E, R> complete : read.values()) {
      try {
        complete.completeRead();
      } catch (IOException e) {
        throw new IllegalArgumentException(name() + ": damaged record: " + e, e);
      }
    }
    read.forEach(
        (key, complete) -> each.accept(key, complete, newest.getOrDefault(key, complete.newest())));
  }

  private TrailingBuffer<E, R> readChunk(DataInput in) throws IOException {
    buffer.readChunk(in);
    return buffer;
  }
}
