package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.join.Deduplicated;
import io.thalweg.rank.Standings;
import io.thalweg.stats.DecayedMoments;
import io.thalweg.testing.Sample;
import io.thalweg.testing.SampleAggregates;
import io.thalweg.window.Watermarks;
import io.thalweg.window.Windows;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class MillisecondsTest {

  @Property
  void plusAndMinus_anyTimes_areExactOrTheNearestLong(@ForAll long a, @ForAll long b) {
    BigInteger exact = BigInteger.valueOf(a);
    assertThat(Milliseconds.plus(a, b)).isEqualTo(nearest(exact.add(BigInteger.valueOf(b))));
    assertThat(Milliseconds.minus(a, b)).isEqualTo(nearest(exact.subtract(BigInteger.valueOf(b))));
  }

  private static long nearest(BigInteger exact) {
    return exact
        .max(BigInteger.valueOf(Long.MIN_VALUE))
        .min(BigInteger.valueOf(Long.MAX_VALUE))
        .longValueExact();
  }

  @Property
  void of_wholeNumber_isExact(@ForAll long millis) {
    assertThat(Milliseconds.of("gap", Duration.ofMillis(millis))).isEqualTo(millis);
  }

  @Test
  void of_fractionOrOutOfRange_namesTheOption() {
    assertThatThrownBy(() -> Milliseconds.of("gap", Duration.ofNanos(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gap must be a whole number of milliseconds: PT-0.000000001S");
    assertThatThrownBy(() -> Milliseconds.of("gap", Duration.ofSeconds(Long.MAX_VALUE)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("gap must fit in long milliseconds: ");
    assertThatThrownBy(() -> Milliseconds.positive("gap", Duration.ZERO))
        .hasMessage("gap must be positive: PT0S");
    assertThatThrownBy(() -> Milliseconds.notNegative("gap", Duration.ofMillis(-2)))
        .hasMessage("gap must not be negative: PT-0.002S");
  }

  /** One rule for all options. */
  @Test
  void duration_fractionOfAMillisecond_isRefusedEverywhere() {
    Duration duration = Duration.ofNanos(1_900_000);
    List<Runnable> options =
        List.of(
            () -> Windows.tumbling(duration),
            () -> Watermarks.lagging(duration),
            () -> new KeyedState<>(() -> 0.0, Codec.DOUBLE, duration),
            () -> DecayedMoments.over(Sample::value, Sample::gap, duration),
            () ->
                Standings.decayed(3, Sample::gap, Codec.LONG, Sample::value, Sample::gap, duration),
            () ->
                io.thalweg.sketch.Sample.decayed(
                    Sample::gap, Sample::gap, duration, Sample.CODEC, 9, 1),
            () -> Deduplicated.by(Sample::gap, Codec.LONG, duration),
            () ->
                Processor.keyed(
                    () -> new double[1],
                    SampleAggregates.sum().codec(),
                    duration,
                    (sum, key, event, time, out) -> {}));
    for (Runnable option : options) {
      assertThatThrownBy(option::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageEndingWith("must be a whole number of milliseconds: PT0.0019S");
    }
  }
}
