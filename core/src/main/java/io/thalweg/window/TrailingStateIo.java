package io.thalweg.window;

import io.thalweg.Codec;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** How trails are saved: each chunk of a key is a record of its own, numbered from the first. */
final class TrailingStateIo<K, E, R> {

  private final TrailingBuffer.TrailingSpec<E, R> spec;
  private final Codec<TrailingBuffer<E, R>> chunks = new ChunkCodec();

  /** The trail and the chunk that the codec is called for. */
  private TrailingBuffer<E, R> buffer;

  private long chunk;

  TrailingStateIo(TrailingBuffer.TrailingSpec<E, R> spec) {
    this.spec = spec;
  }

  /** Names the form of a chunk. */
  String name() {
    return chunks.name();
  }

  /** Writes all of a trail. */
  void save(K key, TrailingBuffer<E, R> buffer, StateWriter<K> to) {
    put(key, buffer, buffer.firstChunk(), to);
  }

  /** Writes what changed since the last call, or since the trail was taken to be saved. */
  void saveChanges(K key, TrailingBuffer<E, R> buffer, StateWriter<K> to) {
    for (long c = buffer.firstSavedChunk(); c < buffer.firstChunk(); c++) {
      to.remove(key, c);
    }
    put(key, buffer, buffer.firstChangedChunk(), to);
    buffer.taken();
  }

  private void put(K key, TrailingBuffer<E, R> buffer, long from, StateWriter<K> to) {
    for (chunk = from; chunk <= buffer.lastChunk(); chunk++) {
      to.put(key, chunk, chunks.encode(buffer));
    }
  }

  /**
   * Reads the trails of all keys, and changes nothing.
   *
   * @throws IllegalArgumentException if one of them is damaged
   */
  Map<K, TrailingBuffer<E, R>> read(StateReader<K> from) {
    Map<K, TrailingBuffer<E, R>> read = new LinkedHashMap<>();
    from.forEach(
        (key, part, bytes) -> {
          buffer = read.computeIfAbsent(key, k -> spec.create());
          chunks.decode(bytes);
        });
    for (TrailingBuffer<E, R> complete : read.values()) {
      try {
        complete.complete();
      } catch (IOException e) {
        throw new IllegalArgumentException(name() + ": damaged record: " + e, e);
      }
    }
    return read;
  }

  /** Writes the chunk in hand of a trail; reads a chunk into the trail in hand. */
  private final class ChunkCodec implements Codec<TrailingBuffer<E, R>> {

    @Override
    public String name() {
      return "thalweg.trailing of " + spec.valueName();
    }

    @Override
    public void write(TrailingBuffer<E, R> value, DataOutput out) throws IOException {
      value.writeChunk(chunk, out);
    }

    @Override
    public TrailingBuffer<E, R> read(DataInput in, int version) throws IOException {
      buffer.readChunk(in);
      return buffer;
    }
  }
}
