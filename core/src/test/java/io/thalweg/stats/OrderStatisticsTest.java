package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayDeque;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class OrderStatisticsTest {

  private static final double[] STRANGE = {
    Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0, Double.MAX_VALUE
  };

  @Property(tries = 60)
  void results_anyAddsAndEvicts_equalRecomputation(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 2000) int most) {
    SplittableRandom random = new SplittableRandom(seed);
    int kinds = random.nextInt(3);
    OrderStatistics statistics = new OrderStatistics();
    ArrayDeque<Double> inside = new ArrayDeque<>();
    for (int i = 0; i < 6000; i++) {
      boolean draining = i / 1500 % 2 == 1;
      if (!inside.isEmpty() && (inside.size() == most || random.nextInt(4) < (draining ? 3 : 1))) {
        statistics.evict();
        inside.remove();
      } else {
        double value =
            random.nextInt(500) == 0
                ? STRANGE[random.nextInt(STRANGE.length)]
                : switch (kinds) {
                  case 0 -> random.nextGaussian();
                  case 1 -> random.nextInt(5);
                  default -> i;
                };
        statistics.add(value);
        inside.add(value);
      }
      assertThat(statistics.size()).isEqualTo(inside.size());
      if (random.nextInt(50) == 0) {
        check(statistics, random, inside.stream().mapToDouble(x -> x + 0.0).sorted().toArray());
      }
    }
  }

  private static void check(OrderStatistics statistics, SplittableRandom random, double... sorted) {
    int n = sorted.length;
    if (n == 0 || Double.isNaN(sorted[n - 1])) { // sorted() puts NaN last
      assertThat(statistics.median()).isNaN();
      assertThat(statistics.medianAbsoluteDeviation()).isNaN();
      assertThat(statistics.toFiveNumberSummary())
          .isEqualTo(
              new FiveNumberSummary(n, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN));
      return;
    }
    int rank = random.nextInt(n);
    if (n > 1) {
      assertThat(statistics.quantile((double) rank / (n - 1))).isEqualTo(sorted[rank]);
    }
    assertThat(statistics.quantile(0)).isEqualTo(sorted[0]);
    assertThat(statistics.quantile(1)).isEqualTo(sorted[n - 1]);
    assertThat(statistics.median()).isEqualTo(median(sorted));
    double median = median(sorted);
    if (Double.isFinite(median) && Double.isFinite(sorted[0]) && Double.isFinite(sorted[n - 1])) {
      double[] deviations = new double[n];
      for (int i = 0; i < n; i++) {
        deviations[i] = Math.abs(sorted[i] - median);
      }
      java.util.Arrays.sort(deviations);
      assertThat(statistics.medianAbsoluteDeviation()).isEqualTo(median(deviations));
    }
    int below = 0;
    while (below < n && sorted[below] < sorted[rank]) {
      below++;
    }
    assertThat(statistics.countBelow(sorted[rank])).isEqualTo(below);
  }

  private static double median(double... sorted) {
    double lower = sorted[(sorted.length - 1) / 2];
    double upper = sorted[sorted.length / 2];
    if (lower == upper) {
      return lower;
    }
    double range = upper - lower;
    return range <= Double.MAX_VALUE ? lower + range / 2 : lower / 2 + upper / 2;
  }

  @Test
  void quantile_knownSets_givesTheExactValues() {
    OrderStatistics five = of(0, 1, 2, 3, 4);
    assertThat(five.quantile(0.25)).isEqualTo(1);
    assertThat(five.quantile(1)).isEqualTo(4);
    assertThat(five.quantile(0.1)).isEqualTo(0.4);
    assertThat(five.interquartileRange()).isEqualTo(2);
    assertThat(five.toFiveNumberSummary()).isEqualTo(new FiveNumberSummary(5, 0, 1, 2, 3, 4));
    assertThat(five.toFiveNumberSummary().interquartileRange()).isEqualTo(2);
    OrderStatistics skewed = new OrderStatistics(); // ClickHouse 22408
    add(skewed, 26, 1000);
    add(skewed, 11, 3000);
    add(skewed, 2, 9000);
    assertThat(skewed.quantile(0.9)).isEqualTo(3000);
    assertThat(skewed.quantile(0.95)).isCloseTo(3600, within(1e-10));
    assertThat(skewed.nearestRank(0.9)).isEqualTo(3000);
    assertThat(skewed.nearestRank(0.95)).isEqualTo(9000);
    OrderStatistics rare = new OrderStatistics(); // t-digest 89
    add(rare, 999, 5);
    add(rare, 1, 100);
    assertThat(rare.quantile(0.99)).isEqualTo(5);
    OrderStatistics tiny = of(.147, .066, 1.455e-11, 1.46e-77); // HdrHistogram 190
    assertThat(tiny.quantile(0)).isEqualTo(1.46e-77);
    assertThat(tiny.quantile(1)).isEqualTo(.147);
  }

  /** The product q n rounds up for many of them: 0.28 * 25 is above 7. */
  @Test
  void nearestRank_everyPercentAndPermilleUpToTenThousand_isTheLeastRank() {
    OrderStatistics statistics = new OrderStatistics();
    long wrong = 0;
    for (int n = 1; n <= 10_000; n++) {
      statistics.add(n);
      for (int i = 0; i <= 1000; i++) {
        wrong += statistics.nearestRank(i / 1000.0) == leastRank(i, 1000, n) ? 0 : 1;
      }
      for (int i = 0; i <= 100; i++) {
        wrong += statistics.nearestRank(i / 100.0) == leastRank(i, 100, n) ? 0 : 1;
      }
    }
    assertThat(wrong).isZero();
    assertThat(of(IntStream.rangeClosed(1, 25).asDoubleStream().toArray()).nearestRank(0.28))
        .isEqualTo(7);
  }

  /** Returns the least rank k, from 1, with k / n >= i / parts. */
  private static int leastRank(int i, int parts, int n) {
    return Math.max(1, Math.floorDiv(i * n + parts - 1, parts));
  }

  @Test
  void quantile_everyPercentAndPermilleUpToTenThousand_isTheValueWhereThePlaceIsWhole() {
    OrderStatistics statistics = new OrderStatistics();
    statistics.add(0);
    long wrong = 0;
    for (int n = 1; n <= 10_000; n++) {
      statistics.add(n);
      for (int i = 0; i <= 1000; i++) {
        wrong += i * n % 1000 == 0 && statistics.quantile(i / 1000.0) != i * n / 1000 ? 1 : 0;
      }
    }
    assertThat(wrong).isZero();
  }

  @Property(tries = 500)
  void nearestRank_anyShare_agreesWithItsOwnRank(
      @ForAll @IntRange(min = 1, max = 400) int n, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    OrderStatistics statistics = of(IntStream.rangeClosed(1, n).asDoubleStream().toArray());
    double near = random.nextInt(n + 1) / (double) n;
    for (double q :
        new double[] {near, Math.nextUp(near), Math.nextDown(near), random.nextDouble()}) {
      if (q >= 0 && q <= 1) {
        int rank = 1;
        while ((double) rank / n < q) {
          rank++;
        }
        assertThat(statistics.nearestRank(q)).isEqualTo(rank);
      }
    }
  }

  @Test
  void quantile_degenerate_isDocumented() {
    assertThat(of().median()).isNaN();
    assertThat(of().nearestRank(0.5)).isNaN();
    assertThat(of(5, 3).nearestRank(0)).isEqualTo(3);
    assertThat(of(5, 3).nearestRank(1)).isEqualTo(5);
    assertThat(of(3).quantile(0.7)).isEqualTo(3);
    assertThat(of(1, 2).median()).isEqualTo(1.5);
    assertThat(of(1, 1, 1, 1, 9).medianAbsoluteDeviation()).isZero();
    assertThat(of(1, 2, 3, 4, 9).medianAbsoluteDeviation()).isEqualTo(1);
    assertThat(of(-Double.MAX_VALUE, Double.MAX_VALUE).median()).isZero();
    assertThat(of(1, Double.POSITIVE_INFINITY).median()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(of(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY).median()).isNaN();
    assertThatThrownBy(() -> of(1).quantile(1.5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("quantile must be from 0 to 1: 1.5");
    assertThatThrownBy(() -> of().evict()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void clear_large_isAsNew() {
    OrderStatistics statistics = new OrderStatistics();
    for (int round = 0; round < 3; round++) {
      add(statistics, 3000, round);
      statistics.add(Double.NaN);
      statistics.clear();
      assertThat(statistics.size()).isZero();
      assertThat(statistics.median()).isNaN();
      add(statistics, 1, 4);
      assertThat(statistics.median()).isEqualTo(4);
      statistics.clear();
    }
  }

  private static void add(OrderStatistics statistics, int times, double value) {
    for (int i = 0; i < times; i++) {
      statistics.add(value);
    }
  }

  private static OrderStatistics of(double... values) {
    OrderStatistics statistics = new OrderStatistics();
    for (double value : values) {
      statistics.add(value);
    }
    return statistics;
  }
}
