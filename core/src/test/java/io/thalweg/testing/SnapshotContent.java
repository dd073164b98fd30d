package io.thalweg.testing;

import io.thalweg.Codec;
import io.thalweg.Snapshot;
import io.thalweg.StateWriter;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** Content of a snapshot as text, read from its documented binary form. */
public final class SnapshotContent {

  private SnapshotContent() {}

  /**
   * Every record of a snapshot.
   *
   * @param snapshot one with string keys
   * @return address ({@code scope/scope|key|part}, or {@code scope|shared}) to bytes in hexadecimal
   */
  public static Map<String, String> of(Snapshot<String> snapshot) {
    byte[] bytes = Snapshot.codec(Codec.STRING).encode(snapshot);
    Map<String, String> content = new TreeMap<>();
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      in.readShort(); // TW
      in.readUTF(); // name
      in.readInt(); // version
      in.readInt(); // version of the keys
      readScope(in, "", content);
      in.readInt(); // checksum
      if (in.available() != 0) {
        throw new AssertionError("bytes left over: " + in.available());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return content;
  }

  private static void readScope(DataInputStream in, String scope, Map<String, String> content)
      throws IOException {
    int shared = in.readInt();
    if (shared >= 0) {
      content.put(scope + "|shared", hex(in, shared));
    }
    for (int keys = in.readInt(); keys > 0; keys--) {
      String key = Codec.STRING.read(in, 1);
      for (int parts = in.readInt(); parts > 0; parts--) {
        long part = in.readLong();
        content.put(scope + "|" + key + "|" + part, hex(in, in.readInt()));
      }
    }
    for (int scopes = in.readInt(); scopes > 0; scopes--) {
      readScope(in, scope + "/" + in.readUTF(), content);
    }
  }

  private static String hex(DataInputStream in, int length) throws IOException {
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /**
   * A snapshot of given content.
   *
   * @param content as by {@link #of}
   * @return a snapshot that holds it
   */
  public static Snapshot<String> snapshot(Map<String, String> content) {
    Snapshot<String> snapshot = new Snapshot<>();
    content.forEach(
        (address, hex) -> {
          String[] parts = address.split("\\|");
          StateWriter<String> writer = snapshot;
          for (String scope : parts[0].split("/")) {
            writer = scope.isEmpty() ? writer : writer.scope(scope);
          }
          byte[] bytes = HexFormat.of().parseHex(hex);
          if (parts.length == 2) {
            writer.putOperatorState(bytes);
          } else {
            writer.put(parts[1], Long.parseLong(parts[2]), bytes);
          }
        });
    return snapshot;
  }
}
