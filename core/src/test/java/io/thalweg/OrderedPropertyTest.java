package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.testing.ConformanceCases;
import io.thalweg.testing.Sample;
import io.thalweg.testing.Script;
import io.thalweg.testing.SnapshotLaws;
import io.thalweg.testing.StreamGenerator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/** Compares {@link Ordered} with a model that sorts a list. */
class OrderedPropertyTest {

  /** The calls of an output, as text. */
  private static final class Log implements Output<String, Object> {
    private List<String> lines = new ArrayList<>();

    List<String> drain() {
      List<String> drained = lines;
      lines = new ArrayList<>();
      return drained;
    }

    @Override
    public void emit(String key, Object value) {
      lines.add(key + " " + value);
    }

    @Override
    public void late(String key, Object event, long timestamp, long watermark) {
      lines.add("late " + key + " " + event + " " + timestamp + " " + watermark);
    }

    @Override
    public void reject(String key, Object event, long timestamp, String reason) {
      lines.add("rejected " + key + " " + event + " " + timestamp);
    }
  }

  private record Held(String key, Sample event, long timestamp, byte[] source) {}

  private static final class Model {
    private final Processor<String, Sample, Object> inner;
    private final List<Held> held = new ArrayList<>();
    private long watermark = Long.MIN_VALUE;

    Model(Processor<String, Sample, Object> inner) {
      this.inner = inner;
    }

    void process(Held event, Output<String, Object> out) {
      if (event.timestamp == Long.MIN_VALUE || event.timestamp == Long.MAX_VALUE) {
        out.reject(event.key, event.event, event.timestamp, "reserved");
      } else if (event.timestamp < watermark) {
        out.late(event.key, event.event, event.timestamp, watermark);
      } else {
        held.add(event);
      }
    }

    void advance(long to, Output<String, Object> out) {
      if (to > watermark) {
        watermark = to;
        List<Held> due = new ArrayList<>(held.stream().filter(h -> h.timestamp < to).toList());
        held.removeAll(due);
        due.sort(
            Comparator.comparingLong(Held::timestamp)
                .thenComparing(Held::source, Arrays::compareUnsigned));
        for (Held next : due) {
          inner.process(next.key, next.event, next.timestamp, out);
        }
      }
      inner.advance(to, out);
    }
  }

  private static Script script(SplittableRandom random) {
    return StreamGenerator.any(random, StreamGenerator.Values.HARSH).script(random, 120);
  }

  private static byte[] source(int ordinal, SplittableRandom random) {
    // Unique, in no order, of several lengths, with bytes above 127.
    byte[] source = new byte[3 + random.nextInt(3)];
    for (int i = 0; i < source.length; i++) {
      source[i] = (byte) random.nextInt();
    }
    source[1] = (byte) ordinal;
    source[2] = (byte) (ordinal >> 8);
    return source;
  }

  private static void play(
      Script script,
      List<byte[]> sources,
      Ordered<String, Sample, Object> ordered,
      Output<String, Object> out) {
    for (int i = 0; i < script.steps().size(); i++) {
      if (script.steps().get(i) instanceof Script.Process p) {
        ordered.process(p.key(), p.event(), p.timestamp(), sources.get(i), out);
      } else {
        script.steps().get(i).call(ordered, out);
      }
    }
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void process_anyScript_equalsTheModel(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Script script = script(random);
    Model model = new Model(Hash.processor(30));
    Ordered<String, Sample, Object> ordered = new Ordered<>(Hash.processor(30), Sample.CODEC);
    Log expected = new Log();
    Log actual = new Log();
    for (int i = 0; i < script.steps().size(); i++) {
      Script.Step step = script.steps().get(i);
      byte[] source = source(i, random);
      if (step instanceof Script.Process p) {
        model.process(new Held(p.key(), p.event(), p.timestamp(), source), expected);
        ordered.process(p.key(), p.event(), p.timestamp(), source, actual);
      } else if (step instanceof Script.Advance advance) {
        model.advance(advance.watermark(), expected);
        ordered.advance(advance.watermark(), actual);
      }
      assertThat(actual.drain())
          .as("seed %d, at %s of%n%s", seed, step, script)
          .isEqualTo(expected.drain());
      assertThat(ConformanceCases.counters(ordered).get("waiting"))
          .as("seed %d", seed)
          .isEqualTo(model.held.size());
    }
    ordered.advance(Long.MAX_VALUE, actual);
    Map<String, Long> counters = ConformanceCases.counters(ordered);
    assertThat(counters.get("waiting")).as("after the end, seed %d", seed).isZero();
    assertThat(counters.get("keys")).as("after the end, seed %d", seed).isZero();
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void process_eventsBetweenWatermarksPermuted_sameResults(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Script script = script(random);
    List<byte[]> sources = new ArrayList<>();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < script.steps().size(); i++) {
      sources.add(source(i, random));
      order.add(i);
    }
    int from = 0;
    for (int i = 0; i <= order.size(); i++) {
      if (i == order.size() || !(script.steps().get(i) instanceof Script.Process)) {
        Collections.shuffle(order.subList(from, i), new Random(seed));
        from = i + 1;
      }
    }
    Log expected = new Log();
    play(script, sources, new Ordered<>(Hash.processor(30), Sample.CODEC), expected);
    Log actual = new Log();
    play(
        new Script(order.stream().map(script.steps()::get).toList()),
        order.stream().map(sources::get).toList(),
        new Ordered<>(Hash.processor(30), Sample.CODEC),
        actual);
    assertThat(withoutRefused(actual))
        .as("seed %d%n%s", seed, script)
        .isEqualTo(withoutRefused(expected));
  }

  private static List<String> withoutRefused(Log log) {
    return log.drain().stream()
        .filter(line -> !line.startsWith("late") && !line.startsWith("rejected"))
        .toList();
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void restore_savedAnywhere_resultsAreEqualBitForBit(@ForAll long seed) {
    Script script = script(new SplittableRandom(seed));
    SnapshotLaws.assertHold(
        () -> new Ordered<>(Hash.processor(30), Sample.CODEC), script, seed, "idle 30");
  }

  @Test
  void orderSensitive_anyProcessor_isFalse() {
    assertThat(Hash.processor(1).orderSensitive()).isTrue();
    assertThat(new Ordered<>(Hash.processor(1), Sample.CODEC).orderSensitive()).isFalse();
  }

  @Test
  void process_nulls_throwAndChangeNothing() {
    Ordered<String, Sample, Object> ordered = new Ordered<>(Hash.processor(1), Sample.CODEC);
    Sample event = new Sample(1, 1);
    Log log = new Log();
    assertThatThrownBy(() -> ordered.process(null, event, 1, new byte[1], log))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> ordered.process("k", null, 1, new byte[1], log))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> ordered.process("k", event, 1, null, log))
        .isInstanceOf(NullPointerException.class);
    assertThat(ConformanceCases.counters(ordered).get("waiting")).isZero();
  }

  @Test
  void restore_damagedEvent_isRefusedAndChangesNothing() {
    Ordered<String, Sample, Object> ordered = new Ordered<>(Hash.processor(1), Sample.CODEC);
    Log log = new Log();
    ordered.process("k", new Sample(1, 1), 5, log);
    Snapshot<String> saved = new Snapshot<>();
    ordered.save(saved);
    saved.scope("waiting").put("k", 5, new byte[20]);
    Ordered<String, Sample, Object> other = new Ordered<>(Hash.processor(1), Sample.CODEC);
    assertThatThrownBy(() -> other.restore(saved))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("damaged");
    assertThat(ConformanceCases.counters(other).get("waiting")).isZero();
  }
}
