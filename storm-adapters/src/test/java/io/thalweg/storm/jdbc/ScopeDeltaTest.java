package io.thalweg.storm.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Codec;
import io.thalweg.Snapshot;
import io.thalweg.StateWriter;
import io.thalweg.storm.jdbc.StateStoreContract.Change;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Properties of {@link ScopeDelta}: collecting, merging, and its binary form. */
class ScopeDeltaTest {

  private static final ScopeDeltaCodec CODEC = ScopeDeltaCodec.INSTANCE;

  @Provide
  Arbitrary<List<Change>> changes() {
    return StateStoreContract.change().list().ofMaxSize(12);
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void changes_collectedTogetherOrMerged_haveTheSameEffect(
      @ForAll("changes") List<Change> before,
      @ForAll("changes") List<Change> first,
      @ForAll("changes") List<Change> second) {
    Snapshot<Object> expected = collect(new Snapshot<>(), before, first, second);

    ScopeDelta together = collect(emptyDelta(before), first, second);
    assertThat(written(before, together)).isEqualTo(StateStoreContract.content(expected));

    ScopeDelta commits = collect(emptyDelta(before), first);
    ScopeDelta sum = new ScopeDelta("");
    sum.merge(CODEC.decode(CODEC.encode(commits)));
    commits.forEach(ScopeDelta::markCommitted);
    sum.merge(collect(commits, second));
    assertThat(written(before, sum)).isEqualTo(StateStoreContract.content(expected));
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void changes_encodedAndDecoded_areEqual(
      @ForAll("changes") List<Change> before, @ForAll("changes") List<Change> changes) {
    ScopeDelta written = collect(emptyDelta(before), changes);
    ScopeDelta read = CODEC.decode(CODEC.encode(written));
    assertThat(text(read)).isEqualTo(text(written));
    assertThat(read.estimatedBytes()).isEqualTo(written.estimatedBytes());
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void decode_entryWithAWrongByte_throwsOrDiffers(
      @ForAll("changes") List<Change> changes, @ForAll int at, @ForAll byte wrong) {
    byte[] content = CODEC.encode(collect(emptyDelta(changes), changes));
    content[Math.floorMod(at, content.length)] += wrong;
    int head = 2 + 2 + CODEC.name().length() + Integer.BYTES;
    byte[] sealed =
        new RawCodec()
            .encode(new String[] {HexFormat.of().formatHex(content, head, content.length - 4)});
    try {
      text(CODEC.decode(sealed));
    } catch (IllegalArgumentException e) {
      assertThat(e)
          .hasMessageMatching("(?s)thalweg.storm.changes: damaged record: .*|scope must not .*");
    }
  }

  @Example
  void decode_damagedEntry_namesTheDefect() {
    assertThatThrownBy(() -> CODEC.decode(new RawCodec().encode(new String[] {"ffffffff"})))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("count must not be negative: -1");
    String scope = "00000001" + "0000" + "00" + "8000000000000000" + "00000001";
    assertThatThrownBy(
            () -> CODEC.decode(new RawCodec().encode(new String[] {scope, "00000001", "09"})))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("key must be a string or a long in its binary form: 09");
    assertThatThrownBy(() -> CODEC.decode(new RawCodec().encode(new String[] {scope, "7fffffff"})))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("EOFException");
  }

  @Example
  void removeBefore_lowerPartThanBefore_keepsTheHigherBound() {
    ScopeDelta changes = new ScopeDelta("");
    changes.markStored(null);
    changes.removeBefore(10);
    changes.put("a", 5, new byte[0]);
    changes.removeBefore(7);
    assertThat(changes.removedBefore).isEqualTo(10);
    assertThat(changes.records).isEmpty();
  }

  @Example
  void estimatedBytes_ofLongKeys_includesThem() {
    ScopeDelta changes = new ScopeDelta("");
    assertThat(changes.estimatedBytes()).isZero();
    changes.markStored(null);
    changes.remove("x".repeat(10_000));
    assertThat(changes.estimatedBytes()).isBetween(10_000L, 10_100L);
    changes.put("y".repeat(10_000), 0, new byte[0]);
    assertThat(changes.estimatedBytes()).isBetween(20_000L, 20_200L);
  }

  /** Codec of the same name, with arbitrary content. */
  private record RawCodec() implements Codec<String[]> {
    @Override
    public String name() {
      return CODEC.name();
    }

    @Override
    public void write(String[] hex, DataOutput out) throws IOException {
      out.write(HexFormat.of().parseHex(String.join("", hex)));
    }

    @Override
    public String[] read(DataInput in, int version) {
      throw new AssertionError();
    }
  }

  // ---------------------------------------------------------------- the model

  @SafeVarargs
  private static <W extends StateWriter<Object>> W collect(W to, List<Change>... changes) {
    for (List<Change> each : changes) {
      each.forEach(change -> change.apply(to));
    }
    return to;
  }

  /** Returns an empty change to a store that contains the given changes. */
  private static ScopeDelta emptyDelta(List<Change> before) {
    ScopeDelta changes = collect(new ScopeDelta(""), before);
    changes.forEach(ScopeDelta::markCommitted);
    return changes;
  }

  /** Applies changes as documented: deletions first, then records. */
  private static String written(List<Change> before, ScopeDelta changes) {
    Snapshot<Object> state = collect(new Snapshot<>(), before);
    changes.forEach(
        scope -> {
          Snapshot<Object> to = state;
          for (String name : scope.path.isEmpty() ? new String[0] : scope.path.split("/")) {
            to = to.scope(name);
          }
          if (scope.cleared) {
            to.clear();
          }
          scope.removedKeys.forEach(to::remove);
          to.removeBefore(scope.removedBefore);
          for (Map.Entry<Object, TreeMap<Long, byte[]>> parts : scope.records.entrySet()) {
            for (Map.Entry<Long, byte[]> part : parts.getValue().entrySet()) {
              if (part.getValue() == null) {
                to.remove(parts.getKey(), part.getKey());
              } else {
                to.put(parts.getKey(), part.getKey(), part.getValue());
              }
            }
          }
          if (scope.operatorState != null && scope.operatorStateChanged) {
            to.putOperatorState(scope.operatorState);
          }
        });
    return StateStoreContract.content(state);
  }

  /** Returns the changes as sorted text. */
  private static String text(ScopeDelta changes) {
    TreeSet<String> lines = new TreeSet<>();
    changes.forEach(
        scope -> {
          String line = scope.path + " " + scope.cleared + " " + scope.removedBefore + " ";
          scope.removedKeys.forEach(key -> lines.add(line + "-" + hex(KeyBytes.encode(key))));
          scope.records.forEach(
              (key, parts) ->
                  parts.forEach(
                      (part, state) ->
                          lines.add(
                              line + hex(KeyBytes.encode(key)) + " " + part + " " + hex(state))));
          if (!scope.isEmpty()) {
            lines.add(line + (scope.operatorStateChanged ? hex(scope.operatorState) : "same"));
          }
        });
    return String.join("\n", lines);
  }

  private static String hex(byte[] bytes) {
    return bytes == null ? "null" : HexFormat.of().formatHex(bytes) + ".";
  }
}
