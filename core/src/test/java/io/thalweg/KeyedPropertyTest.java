package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.testing.ConformanceCases;
import io.thalweg.testing.Recording;
import io.thalweg.testing.Sample;
import io.thalweg.testing.Script;
import io.thalweg.testing.SnapshotLaws;
import io.thalweg.testing.StreamGenerator;
import java.math.BigInteger;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/** Compares {@link Processor#keyed} with a model that checks every key at every step. */
class KeyedPropertyTest {

  private static final class Model implements Processor<String, Sample, Object> {
    private final long idle;
    private final Map<String, Hash> states = new HashMap<>();
    private final Map<String, Long> newest = new HashMap<>();
    private long watermark = Long.MIN_VALUE;

    Model(long idle) {
      this.idle = idle;
    }

    private boolean isExpired(long timestamp) {
      BigInteger end = BigInteger.valueOf(timestamp).add(BigInteger.valueOf(idle));
      return end.min(BigInteger.valueOf(Long.MAX_VALUE)).longValue() <= watermark;
    }

    @Override
    public void process(String key, Sample event, long timestamp, Output<String, Object> out) {
      if (timestamp == Long.MIN_VALUE || timestamp == Long.MAX_VALUE) {
        out.reject(key, event, timestamp, "timestamp is reserved: " + timestamp);
      } else if (isExpired(timestamp)) {
        out.late(key, event, timestamp, watermark);
      } else {
        newest.merge(key, timestamp, Math::max);
        Hash hash = states.computeIfAbsent(key, k -> new Hash());
        out.emit(key, hash.add(event, timestamp));
        out.emit(key, hash.events);
      }
    }

    @Override
    public void advance(long to, Output<String, Object> out) {
      watermark = Math.max(watermark, to);
      newest.values().removeIf(this::isExpired);
      states.keySet().retainAll(newest.keySet());
    }
  }

  private static Script script(SplittableRandom random) {
    return StreamGenerator.any(random, StreamGenerator.Values.HARSH).script(random, 120);
  }

  private static long idle(SplittableRandom random) {
    return switch (random.nextInt(6)) {
      case 0 -> 1;
      case 1 -> Long.MAX_VALUE;
      default -> 1 + random.nextLong(40);
    };
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void process_anyScript_equalsTheModel(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long idle = idle(random);
    Script script = script(random);
    Model model = new Model(idle);
    Processor<String, Sample, Object> keyed = Hash.processor(idle);
    Recording<String, Object> expected = new Recording<>();
    Recording<String, Object> actual = new Recording<>();
    for (Script.Step step : script.steps()) {
      step.call(model, expected);
      step.call(keyed, actual);
      assertThat(actual.drain())
          .as("seed %d, idle %d, at %s of%n%s", seed, idle, step, script)
          .isEqualTo(expected.drain());
      Map<String, Long> counters = ConformanceCases.counters(keyed);
      assertThat(counters.get("keys")).as("seed %d", seed).isEqualTo(model.states.size());
      assertThat(counters.get("admitted") + counters.get("late") + counters.get("rejected"))
          .isEqualTo(counters.get("offered"));
    }
    keyed.advance(Long.MAX_VALUE, actual);
    assertThat(ConformanceCases.counters(keyed).get("keys")).as("seed %d", seed).isZero();
    Snapshot<String> left = new Snapshot<>();
    keyed.save(left);
    left.forEach((key, part, state) -> assertThat(key).as("after the end, seed %d", seed).isNull());
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void restore_savedAnywhere_resultsAreEqualBitForBit(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long idle = idle(random);
    Script script = script(random);
    SnapshotLaws.assertHold(() -> Hash.processor(idle), script, seed, "idle " + idle);
  }

  @Test
  void keyed_idleNotPositiveOrTooLong_isRefused() {
    for (Duration idle :
        new Duration[] {
          Duration.ZERO,
          Duration.ofMillis(-1),
          Duration.ofNanos(1),
          Duration.ofSeconds(Long.MAX_VALUE)
        }) {
      assertThatThrownBy(() -> Processor.keyed(Hash::new, Hash.CODEC, idle, (s, k, e, t, o) -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("idle must")
          .hasMessageContaining(idle.toString());
    }
  }

  @Test
  void restore_otherIdleTime_isRefused() {
    Snapshot<String> saved = new Snapshot<>();
    Hash.processor(5).save(saved);
    assertThatThrownBy(() -> Hash.processor(6).restore(saved))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("5 ms")
        .hasMessageContaining("6 ms");
  }

  @Test
  void process_nullKeyOrEvent_throws() {
    Processor<String, Sample, Object> keyed = Hash.processor(5);
    Recording<String, Object> out = new Recording<>();
    assertThatThrownBy(() -> keyed.process(null, new Sample(1, 1), 1, out))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> keyed.process("k", null, 1, out))
        .isInstanceOf(NullPointerException.class);
    assertThat(ConformanceCases.counters(keyed).get("offered")).isZero();
  }
}
