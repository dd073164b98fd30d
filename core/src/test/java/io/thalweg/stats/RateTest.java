package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.testing.AggregateLaws;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RateTest {

  private static final Duration SECONDS = Duration.ofSeconds(10);

  @Test
  void perSecond_steadyStream_approachesItsRate() {
    RateAccumulator accumulator = new RateAccumulator(SECONDS);
    for (long t = 0; t < 400_000; t += 20) {
      accumulator.add(t);
    }
    Rate rate = accumulator.toRate();
    assertThat(rate.perSecond(400_000)).isCloseTo(50, within(0.05));
    assertThat(rate.perSecond(410_000)).isCloseTo(25, within(0.025));
    assertThat(rate.perSecond(Long.MAX_VALUE - 1)).isZero();
    assertThat(rate.meanPerSecond()).isCloseTo(50, within(1e-9));
    assertThatThrownBy(() -> rate.perSecond(399_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("time must not be before 399980: 399000");
  }

  @Test
  void result_emptyAndOne_isDocumented() {
    RateAccumulator accumulator = new RateAccumulator(SECONDS);
    assertThat(accumulator.toRate().perSecond(-5)).isZero();
    assertThat(accumulator.toRate().meanPerSecond()).isNaN();
    accumulator.add(1000);
    assertThat(accumulator.toRate()).isEqualTo(new Rate(1, 1000, 1000, 1, 10_000));
    assertThat(accumulator.toRate().perSecond(1000)).isCloseTo(Math.log(2) / 10, within(1e-15));
    assertThat(accumulator.toRate().meanPerSecond()).isNaN();
  }

  @Test
  void lastSeen_times_keepsTheLawsAndDistinguishesNone() {
    AggregateLaws.of(LastSeen.over(Long::longValue), random -> random.nextLong()).check(2);
    LastSeenAccumulator accumulator = new LastSeenAccumulator();
    assertThat(accumulator.toLastSeen().millis(5)).isNaN();
    accumulator.add(7);
    accumulator.add(3);
    assertThat(accumulator.toLastSeen()).isEqualTo(new LastSeen(2, 7));
    assertThat(accumulator.toLastSeen().millis(7)).isZero();
    assertThat(accumulator.toLastSeen().millis(17)).isEqualTo(10);
    assertThat(accumulator.toLastSeen().millis(5)).isEqualTo(-2);
    assertThat(new LastSeen(1, Long.MIN_VALUE + 1).millis(Long.MAX_VALUE)).isEqualTo(0x1p64);
  }
}
