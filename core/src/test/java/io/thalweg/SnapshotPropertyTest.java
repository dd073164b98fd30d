package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.testing.SnapshotContent;
import io.thalweg.testing.SnapshotLaws;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class SnapshotPropertyTest {

  private static final String[] SCOPES = {"", "/a", "/b", "/a/c"};

  private static StateWriter<String> at(Snapshot<String> snapshot, String scope) {
    StateWriter<String> writer = snapshot;
    for (String name : scope.split("/")) {
      writer = name.isEmpty() ? writer : writer.scope(name);
    }
    return writer;
  }

  @Property
  void put_anySequenceOfWrites_equalsAFlatMap(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Snapshot<String> snapshot = new Snapshot<>();
    Map<String, String> model = new TreeMap<>();
    for (int i = 0; i < 60; i++) {
      String scope = SCOPES[random.nextInt(SCOPES.length)];
      StateWriter<String> writer = at(snapshot, scope);
      String key = "k" + random.nextInt(4);
      long part = random.nextInt(8) == 0 ? random.nextLong() : random.nextLong(-4, 5);
      byte[] bytes = new byte[random.nextInt(4)];
      for (int b = 0; b < bytes.length; b++) {
        bytes[b] = (byte) random.nextInt();
      }
      switch (random.nextInt(12)) {
        case 0 -> {
          writer.remove(key, part);
          model.remove(scope + "|" + key + "|" + part);
        }
        case 1 -> {
          writer.remove(key);
          model
              .keySet()
              .removeIf(address -> inside(address, scope) && address.split("\\|")[1].equals(key));
        }
        case 2 -> {
          writer.removeBefore(part);
          model
              .keySet()
              .removeIf(
                  address ->
                      address.startsWith(scope + "|")
                          && !address.endsWith("|shared")
                          && Long.parseLong(address.split("\\|")[2]) < part);
        }
        case 3 -> {
          writer.putOperatorState(bytes);
          model.put(scope + "|shared", HexFormat.of().formatHex(bytes));
        }
        case 4 -> {
          if (random.nextInt(5) == 0) {
            writer.clear();
            model.keySet().removeIf(address -> inside(address, scope));
          }
        }
        default -> {
          writer.put(key, part, bytes);
          model.put(scope + "|" + key + "|" + part, HexFormat.of().formatHex(bytes));
        }
      }
    }
    assertThat(SnapshotContent.of(snapshot)).as("seed %d", seed).isEqualTo(model);
    Snapshot<String> copy = SnapshotLaws.copy(snapshot);
    assertThat(SnapshotContent.of(copy)).as("seed %d, copied", seed).isEqualTo(model);
    assertThat(read(copy)).as("seed %d, read", seed).isEqualTo(model);
  }

  private static boolean inside(String address, String scope) {
    return address.startsWith(scope + "|") || address.startsWith(scope + "/");
  }

  /** The same content by the reader's methods; checks that parts ascend and keys stay together. */
  private static Map<String, String> read(Snapshot<String> snapshot) {
    Map<String, String> content = new TreeMap<>();
    for (String scope : SCOPES) {
      StateReader<String> reader = snapshot;
      for (String name : scope.split("/")) {
        reader = name.isEmpty() ? reader : reader.scope(name);
      }
      if (reader.operatorState() != null) {
        content.put(scope + "|shared", HexFormat.of().formatHex(reader.operatorState()));
      }
      assertThat(reader.isEmpty())
          .as(scope)
          .isEqualTo(
              SnapshotContent.of(snapshot).keySet().stream()
                  .noneMatch(address -> scope.isEmpty() || inside(address, scope)));
      List<String> keys = new ArrayList<>();
      List<Long> parts = new ArrayList<>();
      reader.forEach(
          (key, part, state) -> {
            if (keys.isEmpty() || !keys.get(keys.size() - 1).equals(key)) {
              assertThat(keys).doesNotContain(key);
              keys.add(key);
              parts.clear();
            }
            assertThat(parts).allMatch(earlier -> earlier < part);
            parts.add(part);
            content.put(scope + "|" + key + "|" + part, HexFormat.of().formatHex(state));
          });
    }
    return content;
  }

  @Test
  void codec_anyBitFlipped_refused() {
    Snapshot<String> snapshot = new Snapshot<>();
    snapshot.put("key", 3, new byte[] {1, 2});
    snapshot.scope("scope").putOperatorState(new byte[] {4});
    byte[] bytes = Snapshot.codec(Codec.STRING).encode(snapshot);
    for (int bit = 0; bit < 8 * bytes.length; bit++) {
      byte[] damaged = bytes.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      assertThatThrownBy(() -> Snapshot.codec(Codec.STRING).decode(damaged))
          .as("bit %d", bit)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static void refused(Codec.Writer<String> content, String rule) {
    byte[] forged =
        Codec.<String>of("thalweg.snapshot of string", content, in -> null).encode("forged");
    assertThatThrownBy(() -> Snapshot.codec(Codec.STRING).decode(forged))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(rule);
  }

  /** Bytes with a valid checksum that no snapshot writes: nothing of them is skipped. */
  @Test
  void codec_forgedNumbersAndRepeatedNames_refused() {
    refused(
        (text, out) -> {
          out.writeInt(1);
          out.writeInt(-2);
        },
        "the length of the operator state must be -1 or more: -2");
    refused(
        (text, out) -> {
          out.writeInt(1);
          out.writeInt(-1);
          out.writeInt(-1);
          out.writeInt(0);
        },
        "the number of keys must be 0 or more: -1");
    refused(
        (text, out) -> {
          out.writeInt(1);
          out.writeInt(-1);
          out.writeInt(0);
          out.writeInt(-5);
        },
        "the number of scopes must be 0 or more: -5");
    refused((text, out) -> writeKeys(out, 0, "a"), "the number of parts must be 1 or more: 0");
    refused((text, out) -> writeKeys(out, 2, "a"), "the parts of a key must ascend: 7");
    refused((text, out) -> writeKeys(out, 1, "a", "a"), "a key must be in a scope once: a");
    refused(
        (text, out) -> {
          out.writeInt(1);
          out.writeInt(-1);
          out.writeInt(0);
          out.writeInt(2);
          for (int i = 0; i < 2; i++) {
            out.writeUTF("scope");
            out.writeInt(-1);
            out.writeInt(0);
            out.writeInt(0);
          }
        },
        "a scope must be in another once: scope");
  }

  private static void writeKeys(DataOutput out, int parts, String... keys) throws IOException {
    out.writeInt(1);
    out.writeInt(-1);
    out.writeInt(keys.length);
    for (String key : keys) {
      Codec.STRING.write(key, out);
      out.writeInt(parts);
      for (int i = 0; i < parts; i++) {
        out.writeLong(7);
        out.writeInt(0);
      }
    }
    out.writeInt(0);
  }

  @Test
  void codec_otherKeys_refusedByName() {
    Snapshot<Long> snapshot = new Snapshot<>();
    snapshot.put(1L, 0, new byte[0]);
    byte[] bytes = Snapshot.codec(Codec.LONG).encode(snapshot);
    assertThatThrownBy(() -> Snapshot.codec(Codec.STRING).decode(bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("snapshot of long");
  }

  @Test
  void scope_badName_isRefused() {
    for (String name : new String[] {"", "a/b", "/"}) {
      assertThatThrownBy(() -> new Snapshot<String>().scope(name))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void put_null_throws() {
    assertThatThrownBy(() -> new Snapshot<String>().put("k", 0, null))
        .isInstanceOf(NullPointerException.class);
  }
}
