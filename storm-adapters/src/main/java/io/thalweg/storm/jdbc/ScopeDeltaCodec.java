package io.thalweg.storm.jdbc;

import io.thalweg.Codec;
import io.thalweg.storm.TupleValues;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Binary form of the changes of one commit to all scopes of a shard: an entry of the log. */
final class ScopeDeltaCodec implements Codec<ScopeDelta> {

  static final ScopeDeltaCodec INSTANCE = new ScopeDeltaCodec();

  private ScopeDeltaCodec() {}

  @Override
  public String name() {
    return "thalweg.storm.changes";
  }

  @Override
  public void write(ScopeDelta changes, DataOutput out) throws IOException {
    List<ScopeDelta> scopes = new ArrayList<>();
    changes.forEach(
        scope -> {
          if (!scope.isEmpty()) {
            scopes.add(scope);
          }
        });
    out.writeInt(scopes.size());
    for (ScopeDelta scope : scopes) {
      writeScope(scope, out);
    }
  }

  private static void writeScope(ScopeDelta scope, DataOutput out) throws IOException {
    out.writeUTF(scope.path);
    out.writeBoolean(scope.cleared);
    out.writeLong(scope.removedBefore);
    out.writeInt(scope.removedKeys.size());
    for (Object key : scope.removedKeys) {
      TupleValues.writeBytes(KeyBytes.encode(key), out);
    }
    out.writeInt(scope.records.size());
    for (Map.Entry<Object, TreeMap<Long, byte[]>> parts : scope.records.entrySet()) {
      TupleValues.writeBytes(KeyBytes.encode(parts.getKey()), out);
      out.writeInt(parts.getValue().size());
      for (Map.Entry<Long, byte[]> part : parts.getValue().entrySet()) {
        out.writeLong(part.getKey());
        writeState(part.getValue(), out);
      }
    }
    out.writeBoolean(scope.operatorStateChanged);
    if (scope.operatorStateChanged) {
      writeState(scope.operatorState, out);
    }
  }

  private static void writeState(byte[] state, DataOutput out) throws IOException {
    out.writeBoolean(state != null);
    if (state != null) {
      TupleValues.writeBytes(state, out);
    }
  }

  @Override
  public ScopeDelta read(DataInput in, int version) throws IOException {
    ScopeDelta changes = new ScopeDelta("");
    for (int left = count(in); left > 0; left--) {
      readScope(changes.descendant(in.readUTF()), in);
    }
    return changes;
  }

  private static void readScope(ScopeDelta scope, DataInput in) throws IOException {
    scope.cleared = in.readBoolean();
    scope.removedBefore = in.readLong();
    for (int left = count(in); left > 0; left--) {
      scope.removedKeys.add(readKey(in));
    }
    for (int left = count(in); left > 0; left--) {
      TreeMap<Long, byte[]> parts = new TreeMap<>();
      scope.records.put(readKey(in), parts);
      for (int more = count(in); more > 0; more--) {
        parts.put(in.readLong(), readState(in));
      }
    }
    scope.operatorStateChanged = in.readBoolean();
    if (scope.operatorStateChanged) {
      scope.operatorState = readState(in);
    }
  }

  private static Object readKey(DataInput in) throws IOException {
    try {
      return KeyBytes.decode(TupleValues.readBytes(in));
    } catch (IllegalStateException e) {
      throw new StreamCorruptedException(e.getMessage());
    }
  }

  private static byte[] readState(DataInput in) throws IOException {
    return in.readBoolean() ? TupleValues.readBytes(in) : null;
  }

  private static int count(DataInput in) throws IOException {
    int count = in.readInt();
    if (count < 0) {
      throw new StreamCorruptedException("count must not be negative: " + count);
    }
    return count;
  }
}
