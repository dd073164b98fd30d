package io.thalweg.feature;

import io.thalweg.Codec;
import io.thalweg.KeyedState;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Saved form of the features of a key. Record 0 is the {@code long} timestamp of its newest event,
 * then the head of each state. Chunk c of state s is record {@code (s + 1) * 2^44 + c}.
 */
final class KeyFeaturesFormat<K> implements KeyedState.Format<K, KeyFeatures> {

  private static final int SHIFT = 44;

  private final Supplier<FeatureState[]> create;
  private final Codec<KeyFeatures> heads;
  private final Codec<FeatureState> chunks;

  /** The state that the codec of chunks reads into. */
  private FeatureState state;

  /** The number of the chunk that the codec writes. */
  private long chunk;

  KeyFeaturesFormat(Supplier<FeatureState[]> create) {
    this.create = create;
    heads = Codec.of("thalweg.feature.key", KeyFeaturesFormat::writeHeads, this::readHeads);
    chunks =
        Codec.of(
            "thalweg.feature.chunk", (value, out) -> value.writeChunk(chunk, out), this::readChunk);
  }

  private static void writeHeads(KeyFeatures key, DataOutput out) throws IOException {
    out.writeLong(key.newest);
    for (FeatureState each : key.states) {
      each.writeHead(out);
    }
  }

  private KeyFeatures readHeads(DataInput in) throws IOException {
    KeyFeatures key = new KeyFeatures(create.get());
    key.newest = in.readLong();
    for (FeatureState each : key.states) {
      each.readHead(in);
    }
    return key;
  }

  private FeatureState readChunk(DataInput in) throws IOException {
    state.readChunk(in);
    return state;
  }

  @Override
  public void write(K key, KeyFeatures features, long newest, StateWriter<K> to) {
    to.put(key, 0, heads.encode(features));
    for (int s = 0; s < features.states.length; s++) {
      writeChunks(key, s, features.states[s], features.states[s].firstChunk(), to);
    }
  }

  @Override
  public void writeChanges(K key, KeyFeatures features, long newest, StateWriter<K> to) {
    to.put(key, 0, heads.encode(features));
    for (int s = 0; s < features.states.length; s++) {
      FeatureState each = features.states[s];
      for (long c = each.firstSavedChunk(); c < each.firstChunk(); c++) {
        to.remove(key, part(s, c));
      }
      writeChunks(key, s, each, each.firstChangedChunk(), to);
      each.markSaved();
    }
  }

  private void writeChunks(K key, int s, FeatureState of, long first, StateWriter<K> to) {
    for (chunk = first; chunk <= of.lastChunk(); chunk++) {
      to.put(key, part(s, chunk), chunks.encode(of));
    }
  }

  private static long part(int state, long chunk) {
    return (state + 1L << SHIFT) + chunk;
  }

  @Override
  public void markSaved(KeyFeatures features) {
    for (FeatureState each : features.states) {
      each.markSaved();
    }
  }

  @Override
  public void read(StateReader<K> from, Visitor<? super K, ? super KeyFeatures> each) {
    Map<K, KeyFeatures> read = new LinkedHashMap<>();
    from.forEach(
        (key, part, bytes) -> {
          if (part == 0) {
            read.put(key, heads.decode(bytes));
            return;
          }
          KeyFeatures features = read.get(key);
          long number = (part >> SHIFT) - 1;
          if (features == null || number < 0 || number >= features.states.length) {
            throw new IllegalArgumentException(
                chunks.name() + ": a chunk must be of a state: part " + part + " of key " + key);
          }
          state = features.states[(int) number];
          chunks.decode(bytes);
        });
    read.forEach(
        (key, features) -> {
          try {
            for (FeatureState complete : features.states) {
              complete.completeRead();
            }
          } catch (IOException e) {
            throw new IllegalArgumentException(heads.name() + ": damaged record: " + e, e);
          }
          each.accept(key, features, features.newest);
        });
  }
}
