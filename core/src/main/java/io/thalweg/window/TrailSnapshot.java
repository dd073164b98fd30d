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
final class TrailSnapshot<K, E, R> {

  private final Trail.Shape<E, R> shape;
  private final Codec<Trail<E, R>> chunks = new ChunkCodec();

  /** The trail and the chunk that the codec is called for. */
  private Trail<E, R> trail;

  private long chunk;

  TrailSnapshot(Trail.Shape<E, R> shape) {
    this.shape = shape;
  }

  /** Names the form of a chunk. */
  String name() {
    return chunks.name();
  }

  /** Writes all of a trail. */
  void save(K key, Trail<E, R> trail, StateWriter<K> to) {
    put(key, trail, trail.firstChunk(), to);
  }

  /** Writes what changed since the last call, or since the trail was taken to be saved. */
  void saveChanges(K key, Trail<E, R> trail, StateWriter<K> to) {
    for (long c = trail.firstSavedChunk(); c < trail.firstChunk(); c++) {
      to.remove(key, c);
    }
    put(key, trail, trail.firstChangedChunk(), to);
    trail.taken();
  }

  private void put(K key, Trail<E, R> trail, long from, StateWriter<K> to) {
    for (chunk = from; chunk <= trail.lastChunk(); chunk++) {
      to.put(key, chunk, chunks.encode(trail));
    }
  }

  /**
   * Reads the trails of all keys, and changes nothing.
   *
   * @throws IllegalArgumentException if one of them is damaged
   */
  Map<K, Trail<E, R>> read(StateReader<K> from) {
    Map<K, Trail<E, R>> read = new LinkedHashMap<>();
    from.forEach(
        (key, part, bytes) -> {
          trail = read.computeIfAbsent(key, k -> shape.create());
          chunks.decode(bytes);
        });
    for (Trail<E, R> complete : read.values()) {
      try {
        complete.complete();
      } catch (IOException e) {
        throw new IllegalArgumentException(name() + ": damaged record: " + e, e);
      }
    }
    return read;
  }

  /** Writes the chunk in hand of a trail; reads a chunk into the trail in hand. */
  private final class ChunkCodec implements Codec<Trail<E, R>> {

    @Override
    public String name() {
      return "thalweg.trailing of " + shape.valueName();
    }

    @Override
    public void write(Trail<E, R> value, DataOutput out) throws IOException {
      value.writeChunk(chunk, out);
    }

    @Override
    public Trail<E, R> read(DataInput in, int version) throws IOException {
      trail.readChunk(in);
      return trail;
    }
  }
}
