package io.thalweg.window;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class WindowsTest {

  private static final ToLongFunction<Long> ITSELF = gap -> gap;

  @Test
  void factories_durations_areConvertedToMilliseconds() {
    assertThat(Windows.tumbling(ofSeconds(10)))
        .isEqualTo(new WindowSpec.Sliding(10_000, 10_000, 0));
    assertThat(Windows.tumbling(ofSeconds(10), ofSeconds(13)))
        .isEqualTo(new WindowSpec.Sliding(10_000, 10_000, 3_000));
    assertThat(Windows.sliding(ofSeconds(60), ofSeconds(7)))
        .isEqualTo(new WindowSpec.Sliding(60_000, 7_000, 0));
    assertThat(Windows.sliding(ofSeconds(3), ofSeconds(7), ofSeconds(-1)))
        .isEqualTo(new WindowSpec.Sliding(3_000, 7_000, 6_000));
    assertThat(Windows.cumulative(ofSeconds(6), ofSeconds(2)))
        .isEqualTo(new WindowSpec.Cumulative(6_000, 2_000, 0));
    assertThat(Windows.cumulative(ofSeconds(6), ofSeconds(2), ofSeconds(-1)))
        .isEqualTo(new WindowSpec.Cumulative(6_000, 2_000, 5_000));
    assertThat(Windows.session(ofSeconds(30))).isEqualTo(new WindowSpec.Session(30_000));
    assertThat(Windows.session(ITSELF, ofSeconds(30)))
        .isEqualTo(new WindowSpec.EventSession<>(ITSELF, 30_000));
    assertThat(Windows.session(ITSELF))
        .isEqualTo(new WindowSpec.EventSession<>(ITSELF, Long.MAX_VALUE));
    assertThat(Windows.global()).isEqualTo(new WindowSpec.Global());
    assertThat(Windows.count(5)).isEqualTo(new WindowSpec.Count(5, 5));
    assertThat(Windows.count(5, 2)).isEqualTo(new WindowSpec.Count(5, 2));
    assertThat(Windows.trailing(ofSeconds(10))).isEqualTo(new WindowSpec.Trailing(10_000, true));
    assertThat(Windows.trailingCount(7)).isEqualTo(new WindowSpec.TrailingCount(7, true));
  }

  @Test
  void factories_invalidLengths_throwWithNameAndValue() {
    Duration zero = Duration.ZERO;
    Duration one = ofMillis(1);
    Map<ThrowingCallable, String> refused =
        Map.ofEntries(
            Map.entry(() -> Windows.tumbling(zero), "size must be positive: 0"),
            Map.entry(() -> Windows.sliding(ofMillis(-3), one), "size must be positive: -3"),
            Map.entry(() -> Windows.sliding(one, zero), "slide must be positive: 0"),
            Map.entry(() -> Windows.cumulative(zero, one), "max must be positive: 0"),
            Map.entry(() -> Windows.cumulative(one, zero), "step must be positive: 0"),
            Map.entry(
                () -> Windows.cumulative(ofMillis(5), ofMillis(2)),
                "max must be a multiple of step 2: 5"),
            Map.entry(() -> Windows.session(zero), "gap must be positive: 0"),
            Map.entry(() -> Windows.session(ITSELF, zero), "largestGap must be positive: 0"),
            Map.entry(() -> Windows.count(0, 1), "n must be positive: 0"),
            Map.entry(() -> Windows.count(1, 0), "step must be positive: 0"),
            Map.entry(() -> Windows.trailing(zero), "size must be positive: 0"),
            Map.entry(() -> Windows.trailingCount(0), "n must be positive: 0"),
            Map.entry(
                () -> Windows.tumbling(ofNanos(1_500_000)),
                "size must be a whole number of milliseconds: PT0.0015S"),
            Map.entry(
                () -> Windows.session(ofSeconds(Long.MAX_VALUE)),
                "gap must fit in long milliseconds: PT2562047788015215H30M7S"));
    refused.forEach(
        (call, message) ->
            assertThatThrownBy(call)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message));
    assertThatThrownBy(() -> Windows.session((ToLongFunction<Long>) null, one))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("gap");
  }

  @Test
  void assign_sessionOrTrailing_returnsIntervalOfTheEvent() {
    assertThat(Windows.assign(Windows.session(ofMillis(7)), "any", -3))
        .containsExactly(new Window(-3, 4));
    assertThat(Windows.assign(Windows.session(ITSELF, ofMillis(9)), 9L, 10))
        .containsExactly(new Window(10, 19));
    assertThat(Windows.assign(Windows.session(ITSELF), Long.MAX_VALUE, 10))
        .containsExactly(new Window(10, Long.MAX_VALUE));
    assertThat(Windows.assign(Windows.trailing(ofMillis(10)), "any", 100))
        .containsExactly(new Window(91, 101));
    assertThat(Windows.assign(Windows.trailing(ofMillis(10)), "any", Long.MIN_VALUE + 3))
        .containsExactly(new Window(Long.MIN_VALUE, Long.MIN_VALUE + 4));
    assertThat(Windows.assign(Windows.global(), "any", 5))
        .containsExactly(new Window(Long.MIN_VALUE, Long.MAX_VALUE));
  }

  @Test
  void assign_rejectedEventOrCountWindow_throws() {
    for (WindowSpec<Object> byCount : List.of(Windows.count(3), Windows.trailingCount(3))) {
      assertThatThrownBy(() -> Windows.assign(byCount, "any", 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("windows by count have no bounds in time: " + byCount);
    }
    for (long gap : new long[] {0, 10}) {
      assertThatThrownBy(() -> Windows.assign(Windows.session(ITSELF, ofMillis(9)), gap, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("gap must be from 1 to 9: " + gap);
    }
    for (long reserved : new long[] {Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThatThrownBy(() -> Windows.assign(Windows.global(), "any", reserved))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("timestamp is reserved: " + reserved);
    }
  }
}
