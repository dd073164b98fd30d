package io.thalweg.window;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregates;
import io.thalweg.Pane;
import io.thalweg.Snapshot;
import io.thalweg.testing.RandomCase;
import io.thalweg.testing.RecordedResult;
import io.thalweg.testing.Recording;
import io.thalweg.testing.Sample;
import io.thalweg.testing.SnapshotLaws;
import io.thalweg.testing.WindowLaws;
import io.thalweg.testing.WindowingConfig;
import io.thalweg.testing.WindowingConfig.Kinds;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/** Expiry of the keys of windows without an end. */
class IdleKeysTest {

  private final WindowLaws laws = new WindowLaws(WindowingConfig::operator);

  private final Recording<String, Long> out = new Recording<>();

  private static WindowedAggregator<String, Object, Long> counting(WindowSpec<Object> window) {
    return WindowedAggregator.of(Aggregates.count(), window).idle(ofMillis(10)).build();
  }

  private static long counter(WindowedAggregator<?, ?, ?> operator, String name) {
    Map<String, Long> counters = new LinkedHashMap<>();
    operator.counters(counters::put);
    return counters.get(name);
  }

  private List<String> drained() {
    List<String> lines = new ArrayList<>();
    for (RecordedResult<String, Long> result : out.drain()) {
      lines.add(
          result instanceof RecordedResult.Answer<String, Long> answer
              ? "%s [%d, %d) %d"
                  .formatted(answer.key(), answer.at().start(), answer.at().end(), answer.value())
              : result.toString());
    }
    return lines;
  }

  @Test
  void advance_idleKeyOfCountWindows_emitsTheIncompleteWindowAndHoldsNothing() {
    WindowedAggregator<String, Object, Long> operator = counting(Windows.count(3));
    for (int t = 0; t < 5; t++) {
      operator.process("a", "event", t, out);
    }
    assertThat(drained()).containsExactly("a [0, 3) 3");
    operator.advance(13, out);
    assertThat(drained()).isEmpty();
    assertThat(counter(operator, "keys")).isOne();
    operator.advance(14, out); // newest 4, idle 10
    assertThat(drained()).containsExactly("a [3, 5) 2");
    assertThat(counter(operator, "expiredKeys")).isOne();
    assertThat(counter(operator, "keys")).isZero();
    assertThat(counter(operator, "states")).isZero();
    assertThat(counter(operator, "timers")).isZero();
    operator.process("a", "event", 20, out);
    operator.advance(Long.MAX_VALUE, out);
    assertThat(drained()).containsExactly("a [0, 1) 1");
    assertThat(counter(operator, "expiredKeys")).isEqualTo(2);
  }

  @Test
  void advance_idleKeyWithCompleteWindow_emitsNothing() {
    WindowedAggregator<String, Object, Long> operator = counting(Windows.count(3, 2));
    for (int t = 0; t < 4; t++) {
      operator.process("a", "event", t, out);
    }
    assertThat(drained()).containsExactly("a [0, 2) 2", "a [1, 4) 3");
    operator.advance(100, out);
    assertThat(drained()).isEmpty();
    assertThat(counter(operator, "expiredKeys")).isOne();
  }

  @Test
  void advance_idleKeyOfTrailingCount_startsAnew() {
    WindowedAggregator<String, Object, Long> operator = counting(Windows.trailingCount(5));
    operator.process("a", "event", 0, out);
    operator.process("a", "event", 1, out);
    operator.advance(11, out);
    operator.process("a", "event", 20, out);
    assertThat(drained()).containsExactly("a [0, 1) 1", "a [0, 2) 2", "a [0, 1) 1");
    assertThat(counter(operator, "expiredKeys")).isOne();
  }

  @Test
  void advance_idleKeyOfGlobalWindow_endsAsASession() {
    WindowedAggregator<String, Object, Long> operator = counting(Windows.global());
    operator.process("a", "event", 0, out);
    operator.process("a", "event", 7, out);
    operator.advance(17, out);
    assertThat(out.drain())
        .containsExactly(
            new RecordedResult.Update<>(
                "a", new Pane(0, 0, 17, Pane.Timing.ON_TIME, 0, true), 2L, null));
    operator.advance(26, out); // no event can overlap the session any more
    assertThat(counter(operator, "keys")).isZero();
  }

  @Test
  void idle_everyWindowHasAnEnd_isRefused() {
    assertThatThrownBy(
            () ->
                WindowedAggregator.of(Aggregates.count(), Windows.tumbling(ofSeconds(1)))
                    .idle(ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("idle is for count, global and trailingCount windows");
    assertThatThrownBy(
            () -> WindowedAggregator.of(Aggregates.count(), Windows.count(1)).idle(ofMillis(0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("idle must be positive: PT0S");
  }

  /** Options may change: with the option, without it, and with it again. */
  @Test
  void restore_withAndWithoutTheOption_keepsTheCounts() {
    WindowedAggregator<String, Object, Long> without =
        WindowedAggregator.of(Aggregates.count(), Windows.count(3)).build();
    without.process("a", "event", 5, out);
    WindowedAggregator<String, Object, Long> with = counting(Windows.count(3));
    with.restore(saved(without));
    with.advance(100, out); // idle from here on
    with.advance(109, out);
    assertThat(counter(with, "keys")).isOne();
    WindowedAggregator<String, Object, Long> again =
        WindowedAggregator.of(Aggregates.count(), Windows.count(3)).build();
    again.restore(saved(with));
    assertThat(counter(again, "keys")).isOne();
    with.advance(110, out);
    assertThat(drained()).containsExactly("a [0, 1) 1");
  }

  private static Snapshot<String> saved(WindowedAggregator<String, Object, Long> operator) {
    Snapshot<String> saved = new Snapshot<>();
    operator.save(saved);
    return SnapshotLaws.copy(saved);
  }

  private static RandomCase randomCase(long seed) {
    SplittableRandom random = new SplittableRandom(seed ^ 0x1d1eL);
    List<WindowSpec<? super Sample>> windows = new ArrayList<>();
    do {
      long n = 1 + random.nextInt(6);
      windows.add(
          switch (random.nextInt(5)) {
            case 0 -> new WindowSpec.TrailingCount(n, random.nextBoolean());
            case 1 -> new WindowSpec.Global();
            default -> new WindowSpec.Count(n, 1 + random.nextInt(8));
          });
    } while (random.nextBoolean());
    return RandomCase.inMidRange(seed, Kinds.ALL)
        .with(
            config -> {
              if (random.nextBoolean()) {
                windows.addAll(config.windows());
              }
              return config.with(windows).expiring(1 + random.nextInt(60));
            });
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law9_keysExpire_asTheOracle(@ForAll long seed) {
    laws.law9(randomCase(seed));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law2_keysExpire_continuesBitForBit(@ForAll long seed) {
    laws.law2(randomCase(seed));
  }

  @Property(shrinking = ShrinkingMode.OFF, tries = 300)
  void law5_otherKeysInterleaved_nothingChanges(@ForAll long seed) {
    laws.law5(randomCase(seed));
  }
}
