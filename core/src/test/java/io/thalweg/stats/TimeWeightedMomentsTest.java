package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.Aggregate;
import io.thalweg.NonFinite;
import io.thalweg.testing.AggregateLaws;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TimeWeightedMomentsTest {

  private record Reading(double value, long time) {}

  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** Times are whole half-lives, so the weights are differences of powers of two. */
  @Property(tries = 200)
  void read_anyCut_isWithinTheStatedErrorOfExact(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 100) int n) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] values = new double[n];
    int[] times = new int[n + 1];
    int now = random.nextInt(-50, 50);
    TimeWeightedMomentsAccumulator whole = new TimeWeightedMomentsAccumulator(MINUTE);
    TimeWeightedMomentsAccumulator merged = new TimeWeightedMomentsAccumulator(MINUTE);
    TimeWeightedMomentsAccumulator part = new TimeWeightedMomentsAccumulator(MINUTE);
    for (int i = 0; i < n; i++) {
      values[i] = 1e6 + random.nextGaussian();
      times[i] = now;
      whole.add(values[i], now * 60_000L);
      part.add(values[i], now * 60_000L);
      if (random.nextInt(4) == 0) {
        merged.merge(part);
        part.clear();
      }
      now += random.nextInt(4);
    }
    merged.merge(part);
    now++;
    times[n] = now;
    BigDecimal weights = BigDecimal.ZERO;
    BigDecimal sum = BigDecimal.ZERO;
    BigDecimal squares = BigDecimal.ZERO;
    for (int i = 0; i < n; i++) {
      BigDecimal weight =
          new BigDecimal(Math.pow(2, times[i + 1] - now))
              .subtract(new BigDecimal(Math.pow(2, times[i] - now)));
      BigDecimal value = new BigDecimal(values[i]);
      weights = weights.add(weight);
      sum = sum.add(weight.multiply(value));
      squares = squares.add(weight.multiply(value).multiply(value));
    }
    BigDecimal mean = sum.divide(weights, Exact.DIGITS);
    BigDecimal variance = squares.divide(weights, Exact.DIGITS).subtract(mean.multiply(mean));
    for (TimeWeightedMomentsAccumulator accumulator :
        new TimeWeightedMomentsAccumulator[] {whole, merged}) {
      DecayedMoments result = accumulator.toDecayedMoments(now * 60_000L);
      assertThat(result.count()).isEqualTo(n);
      assertThat(Exact.relativeError(result.weight() * Math.log(2) / 60_000, weights))
          .isLessThan(1e-12);
      assertThat(error(result.variance(), variance))
          .isLessThan(1e-12 * variance.doubleValue() + 1e-25);
      assertThat(error(result.mean(), mean))
          .isLessThan(Math.ulp(1e6) + 1e-12 * result.standardDeviation());
    }
  }

  private static double error(double actual, BigDecimal exact) {
    return exact.subtract(new BigDecimal(actual)).abs().doubleValue();
  }

  @Test
  void laws_eventsInOrder_hold() {
    long[] clock = new long[1];
    AggregateLaws.of(
            DecayedMoments.timeWeighted(Reading::value, Reading::time, MINUTE),
            random -> new Reading(100 + random.nextGaussian(), clock[0] += random.nextInt(60_000)))
        .cutsAgree(
            (merged, whole) ->
                merged.count() == whole.count()
                    && near(merged.weight(), whole.weight())
                    && near(merged.mean(), whole.mean())
                    && near(merged.variance(), whole.variance()))
        .check(3);
  }

  private static boolean near(double actual, double expected) {
    return Double.compare(actual, expected) == 0
        || Math.abs(actual - expected) <= 1e-12 * Math.abs(expected);
  }

  /** A sensor that reports each second while it is hot, and each minute otherwise. */
  @Test
  void mean_reportsThatAreNotRegular_countsTimeNotReports() {
    TimeWeightedMomentsAccumulator byTime =
        new TimeWeightedMomentsAccumulator(Duration.ofDays(1000));
    DecayedMomentsAccumulator byCount = new DecayedMomentsAccumulator(Duration.ofDays(1000));
    for (int second = 0; second < 7200; second += second < 3600 ? 1 : 60) {
      double value = second < 3600 ? 100 : 20;
      byTime.add(value, second * 1000L);
      byCount.add(value, second * 1000L);
    }
    assertThat(byTime.toDecayedMoments(7_200_000).mean()).isCloseTo(60, within(1e-2));
    assertThat(byCount.toDecayedMoments().mean()).isGreaterThan(98);
  }

  @Test
  void result_emptyOneSameTimeAndLate_isDocumented() {
    TimeWeightedMomentsAccumulator accumulator = new TimeWeightedMomentsAccumulator(MINUTE);
    assertThat(accumulator.toDecayedMoments())
        .isEqualTo(new DecayedMoments(0, 0, Double.NaN, Double.NaN));
    accumulator.add(3, 1000);
    accumulator.add(7, 1000);
    assertThat(accumulator.toDecayedMoments()).isEqualTo(new DecayedMoments(2, 0, 7, 0));
    accumulator.add(9, 999); // late
    assertThat(accumulator.toDecayedMoments(61_000).mean()).isEqualTo(7);
    assertThat(accumulator.toDecayedMoments(61_000).weight())
        .isCloseTo(30_000 / Math.log(2), within(1e-9));
    assertThat(accumulator.count()).isEqualTo(3);
    assertThatThrownBy(() -> accumulator.toDecayedMoments(999))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("time must not be before 1000: 999");
    accumulator.clear();
    assertThat(accumulator.toDecayedMoments().count()).isZero();
    assertThatThrownBy(
            () -> accumulator.merge(new TimeWeightedMomentsAccumulator(Duration.ofMillis(7))))
        .hasMessage("half-lives must be the same, 60000 ms: 7");
  }

  @Test
  void timeWeighted_nonFinite_followsThePolicy() {
    Aggregate<Reading, TimeWeightedMomentsAccumulator, DecayedMoments> reject =
        DecayedMoments.timeWeighted(Reading::value, Reading::time, MINUTE);
    assertThatThrownBy(() -> reject.check(new Reading(Double.NaN, 1)))
        .hasMessage("value must be finite: NaN");
    for (NonFinite policy : new NonFinite[] {NonFinite.SKIP, NonFinite.PROPAGATE}) {
      Aggregate<Reading, TimeWeightedMomentsAccumulator, DecayedMoments> aggregate =
          DecayedMoments.timeWeighted(Reading::value, Reading::time, MINUTE, policy);
      TimeWeightedMomentsAccumulator state = aggregate.create();
      aggregate.add(state, new Reading(4, 0));
      aggregate.add(state, new Reading(Double.POSITIVE_INFINITY, 10));
      aggregate.add(state, new Reading(4, 20));
      assertThat(aggregate.result(state).mean())
          .isEqualTo(Double.valueOf(policy == NonFinite.SKIP ? 4 : Double.NaN));
      // without weight after 1075 half-lives
      assertThat(state.toDecayedMoments(2000 * 60_000L).mean()).isEqualTo(4);
    }
  }
}
