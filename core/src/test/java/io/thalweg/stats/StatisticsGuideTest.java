package io.thalweg.stats;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.Aggregate;
import io.thalweg.Aggregates;
import io.thalweg.Fifo;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.testing.AggregateLaws;
import io.thalweg.window.TrailingWindow;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.apache.commons.math3.stat.descriptive.StatisticalSummary;
import org.apache.commons.math3.stat.descriptive.StatisticalSummaryValues;
import org.junit.jupiter.api.Test;

/** The code that the page on statistics shows. */
class StatisticsGuideTest {

  private record Trade(String symbol, double price, double volume, long time) {}

  @Test
  void guide_accumulators_run() {
    double[] monday = {101, 102, 103};
    double[] tuesday = {99, 100};
    // region accumulators
    MomentsAccumulator week = new MomentsAccumulator();
    week.addAll(monday, 0, monday.length);

    MomentsAccumulator day = new MomentsAccumulator();
    for (double price : tuesday) {
      day.add(price);
    }
    week.merge(day);

    Moments moments = week.toMoments();
    double mean = moments.mean(); // 101
    double variance = moments.sampleVariance(); // 2.5
    // endregion
    assertThat(mean).isEqualTo(101);
    assertThat(variance).isEqualTo(2.5);
  }

  @Test
  void guide_severalAtOnce_run() {
    List<Trade> trades =
        List.of(
            new Trade("A", 10, 1, 0), new Trade("A", Double.NaN, 5, 1), new Trade("A", 12, 3, 2));
    // region several
    record Summary(Moments price, WeightedMoments weighted, long unpriced) {}
    Aggregate<Trade, ?, Summary> summary =
        Aggregates.both(
            Aggregates.both(
                Moments.over(Trade::price, NonFinite.SKIP),
                WeightedMoments.over(Trade::price, Trade::volume, NonFinite.SKIP),
                (price, weighted) -> new Summary(price, weighted, 0)),
            NonFinite.count(Trade::price),
            (both, unpriced) -> new Summary(both.price(), both.weighted(), unpriced));
    // endregion
    Summary result = fold(summary, trades);
    assertThat(result.price().mean()).isEqualTo(11);
    assertThat(result.weighted().mean()).isEqualTo(11.5);
    assertThat(result.unpriced()).isEqualTo(1);
  }

  private static <E, A, R> R fold(Aggregate<E, A, R> aggregate, List<E> events) {
    A state = aggregate.create();
    events.forEach(event -> aggregate.add(state, event));
    return aggregate.result(state);
  }

  @Test
  void guide_lastValues_run() {
    List<String> lines = new ArrayList<>();
    // region last
    OrderStatistics lastThousand = new OrderStatistics();
    for (int i = 1; i <= 5000; i++) {
      if (lastThousand.size() == 1000) {
        lastThousand.evict();
      }
      lastThousand.add(i);
    }
    double median = lastThousand.median(); // 4500.5
    double mad = lastThousand.medianAbsoluteDeviation(); // 250

    // any aggregate, by two stacks
    Fifo<Trade, Covariance> recent = Fifo.of(Covariance.over(Trade::price, Trade::volume));

    // by event time and key: the highest price of the last hour, after each trade
    Processor<String, Trade, ExtremaAccumulator> hour =
        TrailingWindow.over(Trade::price, ExtremaAccumulator::fifo).last(ofHours(1)).build();
    Output<String, ExtremaAccumulator> out = (symbol, x) -> lines.add(symbol + " " + x.max());
    // endregion
    assertThat(median).isEqualTo(4500.5);
    assertThat(mad).isEqualTo(250);
    recent.add(new Trade("A", 1, 2, 0));
    assertThat(recent.result().count()).isEqualTo(1);
    hour.process("A", new Trade("A", 12, 1, 0), 0, out);
    hour.process("A", new Trade("A", 11, 1, 1), 1, out);
    hour.process("A", new Trade("A", 10, 1, 3_600_000), 3_600_000, out);
    assertThat(lines).containsExactly("A 12.0", "A 12.0", "A 11.0");
  }

  @Test
  void guide_commonsMath_runs() {
    MomentsAccumulator prices = MomentsTest.folded(1, 2, 3, 4);
    ExtremaAccumulator extremes = new ExtremaAccumulator();
    extremes.add(1);
    extremes.add(4);
    // region commons-math
    Moments m = prices.toMoments();
    Extrema x = extremes.toExtrema();
    StatisticalSummary summary =
        new StatisticalSummaryValues(
            m.mean(), m.sampleVariance(), m.count(), x.max(), x.min(), m.sum());

    double z = (5 - m.mean()) / m.sampleStandardDeviation();
    double pValue = 2 * new NormalDistribution().cumulativeProbability(-Math.abs(z));
    // endregion
    assertThat(summary.getStandardDeviation()).isEqualTo(m.sampleStandardDeviation());
    assertThat(pValue).isCloseTo(0.0528, within(5e-5));
  }

  @Test
  void guide_laws_run() {
    // region laws
    AggregateLaws.of(
            DecayedMoments.over(Trade::price, Trade::time, ofMinutes(5)),
            random -> new Trade("A", random.nextGaussian(), 1, random.nextLong(0, 3_600_000)))
        .cutsAgree((merged, whole) -> Math.abs(merged.mean() - whole.mean()) < 1e-12)
        .check(42);
    // endregion
  }
}
