package io.thalweg;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Saved state in memory. It can be read again, updated by later changes, and encoded as bytes.
 *
 * <pre>{@code
 * Snapshot<String> saved = new Snapshot<>();
 * processor.save(saved);
 * byte[] file = Snapshot.codec(Codec.STRING).encode(saved);
 * ...
 * another.restore(Snapshot.codec(Codec.STRING).decode(file));
 * }</pre>
 *
 * <p>Not thread-safe. Arrays are kept, not copied.
 *
 * @param <K> the keys
 */
public final class Snapshot<K> implements StateWriter<K>, StateReader<K> {

  /** The greatest depth of nested scopes, so that damaged bytes cannot exhaust the stack. */
  private static final int MAX_DEPTH = 16;

  private final Map<String, Snapshot<K>> scopes = new TreeMap<>();
  private final Map<K, TreeMap<Long, byte[]>> records = new LinkedHashMap<>();
  private byte[] shared;

  /** Creates an empty snapshot. */
  public Snapshot() {}

  @Override
  public Snapshot<K> scope(String scope) {
    if (scope.isEmpty() || scope.indexOf('/') >= 0) {
      throw new IllegalArgumentException("a scope must not be empty or contain a slash: " + scope);
    }
    return scopes.computeIfAbsent(scope, s -> new Snapshot<>());
  }

  @Override
  public void put(K key, long part, byte[] state) {
    if (state == null) {
      throw new NullPointerException("state");
    }
    records.computeIfAbsent(key, k -> new TreeMap<>()).put(part, state);
  }

  @Override
  public void remove(K key, long part) {
    TreeMap<Long, byte[]> parts = records.get(key);
    if (parts != null) {
      parts.remove(part);
      if (parts.isEmpty()) {
        records.remove(key);
      }
    }
  }

  @Override
  public void remove(K key) {
    records.remove(key);
    scopes.values().forEach(scope -> scope.remove(key));
  }

  @Override
  public void removeBefore(long part) {
    Iterator<TreeMap<Long, byte[]>> each = records.values().iterator();
    while (each.hasNext()) {
      TreeMap<Long, byte[]> parts = each.next();
      parts.headMap(part).clear();
      if (parts.isEmpty()) {
        each.remove();
      }
    }
  }

  @Override
  public void putOperatorState(byte[] state) {
    shared = state;
  }

  @Override
  public void clear() {
    records.clear();
    shared = null;
    scopes.values().forEach(Snapshot::clear);
  }

  @Override
  public byte[] operatorState() {
    return shared;
  }

  /**
   * Returns true, since a snapshot has one reader.
   *
   * @return true
   */
  @Override
  public boolean ownsCounters() {
    return true;
  }

  @Override
  public void forEach(RecordVisitor<? super K> action) {
    records.forEach(
        (key, parts) -> parts.forEach((part, state) -> action.accept(key, part, state)));
  }

  /**
   * Returns the codec of snapshots. Format: the operator state ({@code int} length, or -1 for none,
   * then its bytes); {@code int} number of keys, and for each the key as written by {@code keys},
   * {@code int} number of parts, and for each its {@code long} number, {@code int} length and
   * bytes; {@code int} number of scopes, and for each its name as by {@code writeUTF} and then its
   * content in this format.
   *
   * @param keys the binary form of a key
   * @param <K> the keys
   * @return a codec
   */
  public static <K> Codec<Snapshot<K>> codec(Codec<K> keys) {
    return new SnapshotCodec<>(keys);
  }

  @Override
  public boolean isEmpty() {
    return shared == null
        && records.isEmpty()
        && scopes.values().stream().allMatch(Snapshot::isEmpty);
  }

  private record SnapshotCodec<K>(Codec<K> keys) implements Codec<Snapshot<K>> {

    @Override
    public String name() {
      return "thalweg.snapshot of " + keys.name();
    }

    @Override
    public void write(Snapshot<K> value, DataOutput out) throws IOException {
      out.writeInt(keys.version());
      writeScope(value, out);
    }

    private void writeScope(Snapshot<K> scope, DataOutput out) throws IOException {
      if (scope.shared == null) {
        out.writeInt(-1);
      } else {
        writeBytes(scope.shared, out);
      }
      out.writeInt(scope.records.size());
      for (Map.Entry<K, TreeMap<Long, byte[]>> parts : scope.records.entrySet()) {
        keys.write(parts.getKey(), out);
        out.writeInt(parts.getValue().size());
        for (Map.Entry<Long, byte[]> part : parts.getValue().entrySet()) {
          out.writeLong(part.getKey());
          writeBytes(part.getValue(), out);
        }
      }
      out.writeInt((int) scope.scopes.values().stream().filter(s -> !s.isEmpty()).count());
      for (Map.Entry<String, Snapshot<K>> inner : scope.scopes.entrySet()) {
        if (!inner.getValue().isEmpty()) {
          out.writeUTF(inner.getKey());
          writeScope(inner.getValue(), out);
        }
      }
    }

    private static void writeBytes(byte[] bytes, DataOutput out) throws IOException {
      out.writeInt(bytes.length);
      out.write(bytes);
    }

    @Override
    public Snapshot<K> read(DataInput in, int version) throws IOException {
      int keyVersion = Codec.readVersion(keys, in);
      Snapshot<K> snapshot = new Snapshot<>();
      readScope(snapshot, in, keyVersion, 0);
      return snapshot;
    }

    private void readScope(Snapshot<K> scope, DataInput in, int keyVersion, int depth)
        throws IOException {
      if (depth > MAX_DEPTH) {
        throw new StreamCorruptedException(
            "scopes must nest at most " + MAX_DEPTH + " deep: " + depth);
      }
      int present = in.readInt();
      require(present >= -1, "the length of the operator state must be -1 or more", present);
      if (present >= 0) {
        scope.shared = StringCodec.readBytes(in, present);
      }
      for (int keysLeft = readCount("keys", 0, in); keysLeft > 0; keysLeft--) {
        K key = keys.read(in, keyVersion);
        require(!scope.records.containsKey(key), "a key must be in a scope once", key);
        long last = 0;
        int count = readCount("parts", 1, in);
        for (int i = 0; i < count; i++) {
          long part = in.readLong();
          require(i == 0 || part > last, "the parts of a key must ascend", part);
          scope.put(key, part, StringCodec.readBytes(in, in.readInt()));
          last = part;
        }
      }
      for (int scopesLeft = readCount("scopes", 0, in); scopesLeft > 0; scopesLeft--) {
        String name = in.readUTF();
        require(!scope.scopes.containsKey(name), "a scope must be in another once", name);
        readScope(scope.scope(name), in, keyVersion, depth + 1);
      }
    }

    private static int readCount(String of, int least, DataInput in) throws IOException {
      int count = in.readInt();
      require(count >= least, "the number of " + of + " must be " + least + " or more", count);
      return count;
    }

    private static void require(boolean holds, String rule, Object value) throws IOException {
      if (!holds) {
        throw new StreamCorruptedException(rule + ": " + value);
      }
    }
  }
}
