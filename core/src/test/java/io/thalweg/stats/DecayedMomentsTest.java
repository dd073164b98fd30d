package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class DecayedMomentsTest {

  private record Reading(double value, long time) {}

  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** Ages are whole half-lives, so the weights are exact powers of two. */
  @Property(tries = 200)
  void add_anyOrder_isWithinTheStatedErrorOfExact(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int n = 2 + random.nextInt(200);
    double[] values = new double[n];
    int[] times = new int[n];
    int newest = Integer.MIN_VALUE;
    DecayedMomentsAccumulator accumulator = new DecayedMomentsAccumulator(MINUTE);
    for (int i = 0; i < n; i++) {
      values[i] = 1e8 + random.nextGaussian();
      times[i] = random.nextInt(-40, 40);
      newest = Math.max(newest, times[i]);
      accumulator.add(values[i], times[i] * 60_000L);
    }
    BigDecimal weights = BigDecimal.ZERO;
    BigDecimal sum = BigDecimal.ZERO;
    BigDecimal squares = BigDecimal.ZERO;
    for (int i = 0; i < n; i++) {
      BigDecimal weight = new BigDecimal(Math.pow(2, times[i] - newest));
      BigDecimal value = new BigDecimal(values[i]);
      weights = weights.add(weight);
      sum = sum.add(weight.multiply(value));
      squares = squares.add(weight.multiply(value).multiply(value));
    }
    BigDecimal mean = sum.divide(weights, Exact.DIGITS);
    BigDecimal variance = squares.divide(weights, Exact.DIGITS).subtract(mean.multiply(mean));
    DecayedMoments result = accumulator.toDecayedMoments();
    assertThat(result.count()).isEqualTo(n);
    assertThat(Exact.relativeError(result.weight(), weights)).isLessThan(1e-12);
    assertThat(Exact.relativeError(result.variance(), variance)).isLessThan(1e-12);
    assertThat(new BigDecimal(result.mean()).subtract(mean).abs().doubleValue())
        .isLessThan(Math.ulp(1e8) + 1e-12 * result.standardDeviation());
  }

  @Test
  void add_farApartTimes_forgetsTheOld() {
    DecayedMomentsAccumulator accumulator = new DecayedMomentsAccumulator(MINUTE);
    accumulator.add(1e9, Long.MIN_VALUE + 1);
    accumulator.add(3, Long.MAX_VALUE - 1);
    assertThat(accumulator.toDecayedMoments()).isEqualTo(new DecayedMoments(2, 1, 3, 0));
    accumulator.add(1e9, 0);
    assertThat(accumulator.toDecayedMoments()).isEqualTo(new DecayedMoments(3, 1, 3, 0));
    accumulator.add(5, Long.MAX_VALUE - 1);
    assertThat(accumulator.toDecayedMoments()).isEqualTo(new DecayedMoments(4, 2, 4, 1));
  }

  @Test
  void add_valuesWithoutWeight_haveNoEffectWhateverTheyAre() {
    for (double old : new double[] {1e200, -Double.MAX_VALUE, Double.NaN, 1 / 0.0, 4}) {
      DecayedMomentsAccumulator accumulator = new DecayedMomentsAccumulator(MINUTE);
      accumulator.add(old, 0);
      accumulator.add(old / 3, 1);
      accumulator.add(1e150, 1_100 * 60_000L);
      assertThat(accumulator.toDecayedMoments()).isEqualTo(new DecayedMoments(3, 1, 1e150, 0));
      accumulator.add(old, 0);
      assertThat(accumulator.toDecayedMoments()).isEqualTo(new DecayedMoments(4, 1, 1e150, 0));
      DecayedMomentsAccumulator late = new DecayedMomentsAccumulator(MINUTE);
      late.add(old, 0);
      late.add(-old, 0);
      accumulator.merge(late);
      assertThat(accumulator.toDecayedMoments()).isEqualTo(new DecayedMoments(6, 1, 1e150, 0));
      late.merge(accumulator);
      assertThat(late.toDecayedMoments()).isEqualTo(new DecayedMoments(8, 1, 1e150, 0));
    }
  }

  @Test
  void add_agesBeyondLong_decayByTheirAge() {
    Duration halfLife = Duration.ofMillis(1L << 62);
    DecayedMomentsAccumulator accumulator = new DecayedMomentsAccumulator(halfLife);
    RateAccumulator rate = new RateAccumulator(halfLife);
    for (long time : new long[] {Long.MIN_VALUE, 1L << 62}) {
      accumulator.add(time < 0 ? 1 : 3, time);
      rate.add(time);
    }
    DecayedMoments result = accumulator.toDecayedMoments(); // an age of three half-lives
    assertThat(result.weight()).isCloseTo(1.125, within(1e-15));
    assertThat(result.mean()).isCloseTo(3.125 / 1.125, within(1e-15));
    assertThat(result.sum()).isCloseTo(3.125, within(1e-15));
    assertThat(accumulator.sum(Long.MAX_VALUE)).isCloseTo(3.125 / 2, within(1e-15));
    assertThat(rate.toRate().weight()).isCloseTo(1.125, within(1e-15));
  }

  @Test
  void sum_laterTime_isDecayed() {
    DecayedMomentsAccumulator accumulator = new DecayedMomentsAccumulator(MINUTE);
    assertThat(accumulator.sum(5)).isZero();
    assertThat(accumulator.toDecayedMoments().sum()).isZero();
    accumulator.add(8, 0);
    accumulator.add(1, 60_000);
    assertThat(accumulator.toDecayedMoments().sum()).isCloseTo(5, within(1e-15));
    assertThat(accumulator.sum(120_000)).isCloseTo(2.5, within(1e-15));
    assertThatThrownBy(() -> accumulator.sum(59_999))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("time must not be before 60000: 59999");
  }

  @Test
  void result_emptyOneAndNonFinite_isDocumented() {
    DecayedMomentsAccumulator accumulator = new DecayedMomentsAccumulator(MINUTE);
    assertThat(accumulator.toDecayedMoments())
        .isEqualTo(new DecayedMoments(0, 0, Double.NaN, Double.NaN));
    accumulator.add(7, 5);
    assertThat(accumulator.toDecayedMoments()).isEqualTo(new DecayedMoments(1, 1, 7, 0));
    accumulator.add(Double.POSITIVE_INFINITY, 5);
    assertThat(accumulator.toDecayedMoments())
        .isEqualTo(new DecayedMoments(2, 2, Double.NaN, Double.NaN));
  }

  @Test
  void halfLife_badOrDifferent_isRejected() {
    assertThatThrownBy(() -> DecayedMoments.over(Reading::value, Reading::time, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("half-life must be positive: PT0S");
    DecayedMomentsAccumulator accumulator = new DecayedMomentsAccumulator(MINUTE);
    assertThatThrownBy(
            () -> accumulator.merge(new DecayedMomentsAccumulator(Duration.ofSeconds(1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("half-lives must be the same, 60000 ms: 1000");
    byte[] bytes = DecayedMomentsAccumulator.methods(MINUTE).codec().encode(accumulator);
    assertThatThrownBy(
            () -> DecayedMomentsAccumulator.methods(MINUTE.plusMillis(1)).codec().decode(bytes))
        .hasMessageContaining("half-life must be 60001 ms, as configured: 60000");
  }

  @Test
  void byEvent_halfShare_givesTheKnownValues() {
    EventDecayedMomentsAccumulator decayed = new EventDecayedMomentsAccumulator(0.5);
    EventDecayedMomentsAccumulator far = new EventDecayedMomentsAccumulator(0.5);
    for (double value : new double[] {1, 3, 5, 4, 6, 8, 7, 9, 11}) {
      decayed.add(value);
      far.add(value + 1e9);
    }
    assertThat(decayed.toDecayedMoments())
        .isEqualTo(new DecayedMoments(9, 1, 9.4296875, 3.56536865234375));
    assertThat(far.variance()).isEqualTo(3.56536865234375);
    assertThat(far.mean()).isEqualTo(1e9 + 9.4296875);
    assertThat(far.standardDeviation()).isEqualTo(Math.sqrt(3.56536865234375));
  }

  @Property(tries = 200)
  void byEvent_anyValues_isNearExact(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double share = 1.0 / (1 << random.nextInt(1, 8)); // exact, and 1 - share too
    EventDecayedMomentsAccumulator decayed = new EventDecayedMomentsAccumulator(share);
    BigDecimal rest = new BigDecimal(1 - share);
    BigDecimal mean = null;
    BigDecimal square = null;
    for (int i = 0; i < 100; i++) {
      double value = 1000 + random.nextGaussian();
      decayed.add(value);
      BigDecimal x = new BigDecimal(value);
      BigDecimal w = new BigDecimal(i == 0 ? 1 : share);
      BigDecimal old = i == 0 ? BigDecimal.ZERO : rest;
      mean = i == 0 ? x : mean.multiply(old).add(x.multiply(w)).round(Exact.DIGITS);
      square =
          i == 0
              ? x.multiply(x)
              : square.multiply(old).add(x.multiply(x).multiply(w)).round(Exact.DIGITS);
    }
    assertThat(Exact.relativeError(decayed.mean(), mean)).isLessThan(1e-14);
    assertThat(Exact.relativeError(decayed.variance(), square.subtract(mean.multiply(mean))))
        .isLessThan(1e-10);
  }

  @Test
  void byEvent_savedAndRead_continuesEqually() {
    SplittableRandom random = new SplittableRandom(3);
    EventDecayedMomentsAccumulator decayed = new EventDecayedMomentsAccumulator(0.1);
    var codec = EventDecayedMomentsAccumulator.codec(0.1);
    for (int i = 0; i < 50; i++) {
      EventDecayedMomentsAccumulator read = codec.decode(codec.encode(decayed));
      assertThat(read.toDecayedMoments()).isEqualTo(decayed.toDecayedMoments());
      double value = random.nextGaussian();
      decayed.add(value);
      read.add(value);
      assertThat(codec.encode(read)).isEqualTo(codec.encode(decayed));
    }
    byte[] bytes = codec.encode(decayed);
    assertThatThrownBy(() -> EventDecayedMomentsAccumulator.codec(0.2).decode(bytes))
        .hasMessageContaining("share must be 0.2, as configured: 0.1");
    decayed.clear();
    assertThat(decayed.toDecayedMoments())
        .isEqualTo(new DecayedMoments(0, 0, Double.NaN, Double.NaN));
    assertThat(decayed.count()).isZero();
  }

  @Test
  void byEvent_badShareOrNonFinite_isDocumented() {
    assertThatThrownBy(() -> new EventDecayedMomentsAccumulator(0))
        .hasMessage("share must be above 0 and at most 1: 0.0");
    EventDecayedMomentsAccumulator decayed = new EventDecayedMomentsAccumulator(0.5);
    decayed.add(Double.POSITIVE_INFINITY);
    assertThat(decayed.variance()).isNaN();
    decayed.add(1);
    assertThat(decayed.mean()).isNotFinite();
    assertThat(decayed.variance()).isNaN();
  }
}
