package io.thalweg.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Codec;
import io.thalweg.Processor;
import io.thalweg.Snapshot;
import io.thalweg.feature.FeatureStream.Event;
import io.thalweg.testing.RecordedResult;
import io.thalweg.testing.Recording;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/** Binary forms of vectors, rows and states, whole and damaged. */
class FeatureBytesTest {

  private static final int MUTATIONS = 10_000;

  private static List<FeatureRow<Act>> rows(FeatureStream stream, FeatureSet<Act> set) {
    Recording<String, FeatureRow<Act>> out = new Recording<>();
    Processor<String, Act, FeatureRow<Act>> operator = set.operator();
    for (Event event : stream.events()) {
      FeatureStream.process(operator, event, out);
    }
    List<FeatureRow<Act>> rows = new ArrayList<>();
    for (RecordedResult<String, FeatureRow<Act>> result : out.drain()) {
      if (result instanceof RecordedResult.Answer<String, FeatureRow<Act>> answer) {
        rows.add(answer.value());
      }
    }
    return rows;
  }

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void codec_anyVectorAndRow_areReadAsWritten(@ForAll long seed) {
    FeatureStream stream = FeatureStream.draw(seed, false, true);
    FeatureSet<Act> set = stream.set();
    Codec<FeatureVector> vectors = FeatureVector.codec(set.schema());
    Codec<FeatureRow<Act>> codec = FeatureRow.codec(Act.CODEC, set.schema());
    for (FeatureRow<Act> row : rows(stream, set)) {
      FeatureVector vector = vectors.decode(vectors.encode(row.vector()));
      assertThat(vector).isEqualTo(row.vector()).hasSameHashCodeAs(row.vector());
      assertThat(vectors.encode(vector)).isEqualTo(vectors.encode(row.vector()));
      FeatureRow<Act> read = codec.decode(codec.encode(row));
      assertThat(read).isEqualTo(row);
      for (int i = 0; i < set.schema().size(); i++) {
        Declared feature = stream.features().get(i);
        boolean absent =
            feature.measure().isText()
                ? vector.text(i) == null
                : Double.isNaN(vector.number(feature.name()));
        assertThat(vector.isAbsent(i)).isEqualTo(absent);
      }
    }
  }

  @Test
  void decode_vectorOfAnotherSchema_refused() {
    FeatureStream one = FeatureStream.draw(1, false, true);
    FeatureStream other = FeatureStream.draw(2, false, true);
    FeatureVector vector = rows(one, one.set()).get(0).vector();
    byte[] bytes = FeatureVector.codec(one.set().schema()).encode(vector);
    assertThat(one.set().schema().hash()).isEqualTo(one.set().schema().hash());
    assertThat(one.set().schema().hash()).isNotEqualTo(other.set().schema().hash());
    assertThatThrownBy(() -> FeatureVector.codec(other.set().schema()).decode(bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("schema");
  }

  /** Changes bytes, cuts or extends. Half of the results have a checksum that fits. */
  static byte[] damaged(byte[] bytes, SplittableRandom random) {
    byte[] damaged =
        switch (random.nextInt(6)) {
          case 0 -> Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
          case 1 -> Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(9));
          case 2 -> Arrays.copyOfRange(bytes, random.nextInt(bytes.length), bytes.length);
          default -> bytes.clone();
        };
    for (int changes = random.nextInt(4); changes > 0 && damaged.length > 0; changes--) {
      damaged[random.nextInt(damaged.length)] =
          (byte) (random.nextBoolean() ? random.nextInt() : random.nextInt(-1, 2));
    }
    if (damaged.length > 4 && random.nextInt(4) > 0) {
      CRC32C sum = new CRC32C();
      sum.update(damaged, 0, damaged.length - 4);
      ByteBuffer.wrap(damaged).putInt(damaged.length - 4, (int) sum.getValue());
    }
    return damaged;
  }

  @Test
  void decode_damagedVectorsAndRows_throwIllegalArgumentOnly() {
    SplittableRandom random = new SplittableRandom(7);
    for (long seed = 0; seed < 20; seed++) {
      FeatureStream stream = FeatureStream.draw(seed, false, true);
      FeatureSet<Act> set = stream.set();
      List<FeatureRow<Act>> rows = rows(stream, set);
      if (rows.isEmpty()) {
        continue;
      }
      Codec<FeatureRow<Act>> codec = FeatureRow.codec(Act.CODEC, set.schema());
      Codec<FeatureVector> vectors = FeatureVector.codec(set.schema());
      for (int i = 0; i < MUTATIONS / 20; i++) {
        FeatureRow<Act> row = rows.get(random.nextInt(rows.size()));
        tries(() -> codec.decode(damaged(codec.encode(row), random)));
        tries(() -> vectors.decode(damaged(vectors.encode(row.vector()), random)));
      }
    }
  }

  private static void tries(Runnable read) {
    try {
      read.run();
    } catch (IllegalArgumentException refused) {
      assertThat(refused.getMessage()).isNotBlank();
    }
  }

  private static Snapshot<String> damagedCopy(
      Snapshot<String> saved, int chosen, SplittableRandom random) {
    byte[] bytes = Snapshot.codec(Codec.STRING).encode(saved);
    Snapshot<String> copy = Snapshot.codec(Codec.STRING).decode(bytes);
    // Records are changed in place, with a checksum of their own; lengths stay.
    List<byte[]> records = new ArrayList<>();
    collect(copy, records);
    byte[] record = records.get(chosen % records.size());
    for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
      record[random.nextInt(record.length)] =
          (byte) (random.nextBoolean() ? random.nextInt() : random.nextInt(-1, 2));
    }
    CRC32C sum = new CRC32C();
    sum.update(record, 0, record.length - 4);
    ByteBuffer.wrap(record).putInt(record.length - 4, (int) sum.getValue());
    return copy;
  }

  private static void collect(Snapshot<String> from, List<byte[]> records) {
    if (from.operatorState() != null && from.operatorState().length > 12) {
      records.add(from.operatorState());
    }
    from.forEach(
        (key, part, state) -> {
          if (state.length > 12) {
            records.add(state);
          }
        });
  }

  @Test
  void restore_damagedRecords_throwIllegalArgumentOnlyAndChangeNothing() {
    SplittableRandom random = new SplittableRandom(11);
    for (long seed = 0; seed < 40; seed++) {
      FeatureStream stream = FeatureStream.draw(seed, false, seed % 2 == 0);
      FeatureSet<Act> set = stream.set();
      Processor<String, Act, FeatureRow<Act>> operator = set.operator();
      Recording<String, FeatureRow<Act>> out = new Recording<>();
      for (Event event : stream.events()) {
        FeatureStream.process(operator, event, out);
      }
      Snapshot<String> saved = new Snapshot<>();
      operator.save(saved);
      byte[] empty = emptyState(set);
      for (int i = 0; i < MUTATIONS / 40; i++) {
        Snapshot<String> damaged = damagedCopy(saved, random.nextInt(1 << 16), random);
        Processor<String, Act, FeatureRow<Act>> restored = set.operator();
        try {
          restored.restore(damaged);
        } catch (IllegalArgumentException refused) {
          assertThat(refused.getMessage()).isNotBlank();
          Snapshot<String> after = new Snapshot<>();
          restored.save(after);
          assertThat(Snapshot.codec(Codec.STRING).encode(after)).isEqualTo(empty);
        }
      }
    }
  }

  private static byte[] emptyState(FeatureSet<Act> set) {
    Snapshot<String> saved = new Snapshot<>();
    set.<String>operator().save(saved);
    return Snapshot.codec(Codec.STRING).encode(saved);
  }

  @Test
  void restore_stateOfAnotherSet_refused() {
    FeatureStream one = FeatureStream.draw(1, false, true);
    FeatureStream other = FeatureStream.draw(2, false, true);
    Processor<String, Act, FeatureRow<Act>> operator = one.set().operator();
    one.events().forEach(event -> FeatureStream.process(operator, event, new Recording<>()));
    Snapshot<String> saved = new Snapshot<>();
    operator.save(saved);
    assertThatThrownBy(() -> other.set().<String>operator().restore(saved))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
