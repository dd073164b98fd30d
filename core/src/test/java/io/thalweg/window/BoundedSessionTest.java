package io.thalweg.window;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregates;
import io.thalweg.Pane;
import io.thalweg.testing.RandomCase;
import io.thalweg.testing.RecordedResult;
import io.thalweg.testing.Recording;
import io.thalweg.testing.Sample;
import io.thalweg.testing.WindowLaws;
import io.thalweg.testing.WindowingConfig;
import io.thalweg.testing.WindowingConfig.Kinds;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/** Sessions with a largest length, or that an event ends. */
class BoundedSessionTest {

  private record Action(String name, long time) {}

  private static final Predicate<Action> LOGOUT = action -> action.name.equals("logout");

  private final WindowLaws laws = new WindowLaws(WindowingConfig::operator);

  private final Recording<String, Long> out = new Recording<>();

  private static WindowedAggregator<String, Action, Long> counting(
      WindowSpec<? super Action> window) {
    return WindowedAggregator.<Action, Long>of(Aggregates.count(), List.of(window)).build();
  }

  private void process(WindowedAggregator<String, Action, Long> operator, String name, long time) {
    operator.process("a", new Action(name, time), time, out);
  }

  private static RecordedResult<String, Long> onTime(long start, long end, long count) {
    return new RecordedResult.Update<>(
        "a", new Pane(0, start, end, Pane.Timing.ON_TIME, 0, true), count, null);
  }

  @Test
  void largestLength_reached_nextEventOpensASession() {
    WindowedAggregator<String, Action, Long> operator =
        counting(Windows.session(ofMillis(10), ofMillis(25)));
    for (long t : new long[] {0, 8, 16, 24, 25, 30, 100}) {
      process(operator, "click", t);
    }
    operator.advance(Long.MAX_VALUE, out);
    assertThat(out.drain())
        .containsExactly(onTime(0, 25, 4), onTime(25, 40, 2), onTime(100, 110, 1));
  }

  @Test
  void endEvent_inOrder_endsItsSessionAtOnce() {
    WindowedAggregator<String, Action, Long> operator =
        counting(Windows.session(ofMillis(10), LOGOUT));
    process(operator, "login", 0);
    process(operator, "logout", 5);
    process(operator, "login", 6);
    operator.advance(6, out);
    assertThat(out.drain()).containsExactly(onTime(0, 6, 2));
    operator.advance(Long.MAX_VALUE, out);
    assertThat(out.drain()).containsExactly(onTime(6, 16, 1));
  }

  @Test
  void endEvent_afterLaterEvents_endsTheSessionAfterTheLast() {
    WindowedAggregator<String, Action, Long> operator =
        counting(Windows.session(ofMillis(10), ofMillis(100), LOGOUT));
    process(operator, "login", 0);
    process(operator, "click", 7);
    process(operator, "logout", 5);
    process(operator, "login", 8);
    operator.advance(Long.MAX_VALUE, out);
    assertThat(out.drain()).containsExactly(onTime(0, 8, 3), onTime(8, 18, 1));
  }

  @Test
  void endEvent_predicateThrows_eventIsRejected() {
    WindowedAggregator<String, Action, Long> operator =
        counting(Windows.session(ofMillis(10), LOGOUT));
    process(operator, null, 0);
    process(operator, "login", 0);
    operator.advance(Long.MAX_VALUE, out);
    assertThat(out.drain()).hasSize(2).first().isInstanceOf(RecordedResult.Rejection.class);
  }

  @Test
  void factories_invalid_throw() {
    assertThatThrownBy(() -> Windows.session(ofMillis(10), ofMillis(0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("largestLength must be positive: 0");
    assertThatThrownBy(() -> Windows.session(ofMillis(0), LOGOUT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gap must be positive: 0");
  }

  @Test
  void orderSensitive_boundedSessions_true() {
    assertThat(counting(Windows.session(ofMillis(1), ofMillis(2))).orderSensitive()).isTrue();
    assertThat(counting(Windows.session(ofMillis(1))).orderSensitive()).isFalse();
  }

  /** In the order of timestamps, a loop over the events gives the sessions. */
  @Property(shrinking = ShrinkingMode.OFF)
  void inOrder_anyEvents_asALoop(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long gap = 1 + random.nextInt(10);
    long largest = 1 + random.nextInt(40);
    WindowedAggregator<String, Action, Long> operator =
        counting(Windows.session(ofMillis(gap), ofMillis(largest), LOGOUT));
    List<RecordedResult<String, Long>> expected = new ArrayList<>();
    long start = 0;
    long end = Long.MIN_VALUE;
    long count = 0;
    boolean ended = false;
    long t = random.nextInt(100);
    for (int i = 0; i < 60; i++) {
      boolean ends = random.nextInt(6) == 0;
      if (t >= end) {
        if (count > 0) {
          expected.add(onTime(start, end, count));
        }
        start = t;
        count = 0;
        ended = false;
      }
      count++;
      ended |= ends; // stays true for a tie with the end event
      end = ended ? t + 1 : Math.min(t + gap, start + largest);
      process(operator, ends ? "logout" : "click", t);
      if (random.nextInt(4) == 0) {
        operator.advance(t, out);
      }
      t += random.nextInt(12);
    }
    expected.add(onTime(start, end, count));
    operator.advance(Long.MAX_VALUE, out);
    assertThat(out.drain()).as("seed %dL", seed).isEqualTo(expected);
  }

  private static RandomCase randomCase(long seed) {
    SplittableRandom random = new SplittableRandom(seed ^ 0x5e55L);
    List<WindowSpec<? super Sample>> windows = new ArrayList<>();
    do {
      long gap = 1 + random.nextInt(30);
      windows.add(
          new WindowSpec.BoundedSession<Sample>(
              gap,
              random.nextInt(4) == 0 ? Long.MAX_VALUE : 1 + random.nextInt(80),
              random.nextBoolean() ? sample -> sample.gap() % 5 == 0 : sample -> false));
    } while (random.nextInt(3) == 0);
    return RandomCase.inMidRange(seed, Kinds.EVENT_TIME)
        .with(
            config -> {
              if (random.nextInt(3) == 0) {
                windows.addAll(config.windows());
              }
              return config.with(windows);
            });
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law9_anyScript_asTheOracle(@ForAll long seed) {
    laws.law9(randomCase(seed));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law2_savedAtAnyMoment_continuesBitForBit(@ForAll long seed) {
    laws.law2(randomCase(seed));
  }

  @Property(shrinking = ShrinkingMode.OFF, tries = 300)
  void law4_severalQueries_asSeparateOperators(@ForAll long seed) {
    laws.law4(randomCase(seed));
  }

  @Property(shrinking = ShrinkingMode.OFF, tries = 300)
  void law5_otherKeysInterleaved_nothingChanges(@ForAll long seed) {
    laws.law5(randomCase(seed));
  }
}
