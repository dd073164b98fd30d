package io.thalweg.stats;

import static java.time.Duration.ofHours;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.Aggregate;
import io.thalweg.Aggregates;
import io.thalweg.Codec;
import io.thalweg.Fifo;
import io.thalweg.NonFinite;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.sketch.DistinctCount;
import io.thalweg.sketch.HeavyHitters;
import io.thalweg.sketch.Quantiles;
import io.thalweg.testing.AggregateLaws;
import io.thalweg.window.TrailingWindow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.StatisticalSummary;
import org.apache.commons.math3.stat.descriptive.StatisticalSummaryValues;
import org.junit.jupiter.api.Test;

/** The code of docs/statistics.md. */
class StatisticsGuideTest {

  private record Request(int millis, long repeats) {}

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
        Aggregates.all(
            Moments.over(Trade::price, NonFinite.SKIP),
            WeightedMoments.over(Trade::price, Trade::volume, NonFinite.SKIP),
            NonFinite.count(Trade::price),
            Summary::new);
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

    // by event time and key: the median price of the last hour, after each trade
    Processor<String, Trade, OrderStatistics> hour =
        TrailingWindow.over(Trade::price, OrderStatistics::new).last(ofHours(1)).build();
    Output<String, OrderStatistics> out = (symbol, x) -> lines.add(symbol + " " + x.median());
    // endregion
    assertThat(median).isEqualTo(4500.5);
    assertThat(mad).isEqualTo(250);
    recent.add(new Trade("A", 1, 2, 0));
    assertThat(recent.result().count()).isEqualTo(1);
    hour.process("A", new Trade("A", 12, 1, 0), 0, out);
    hour.process("A", new Trade("A", 11, 1, 1), 1, out);
    hour.process("A", new Trade("A", 10, 1, 3_600_000), 3_600_000, out);
    assertThat(lines).containsExactly("A 12.0", "A 11.5", "A 10.5");
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

    // how odd is a 5, if it is from a normal distribution with these very parameters?
    double z = (5 - m.mean()) / m.sampleStandardDeviation();
    double pOfZ = 2 * new NormalDistribution().cumulativeProbability(-Math.abs(z));

    // and how odd, given that the parameters are estimated from so few values before it?
    double t = z / Math.sqrt(1 + 1.0 / m.count());
    double pOfT = 2 * new TDistribution(m.count() - 1).cumulativeProbability(-Math.abs(t));
    // endregion
    assertThat(summary.getStandardDeviation()).isEqualTo(m.sampleStandardDeviation());
    assertThat(pOfZ).isCloseTo(0.0528, within(5e-5));
    // with 3 degrees of freedom the tail beyond t has a closed form
    double u = t / Math.sqrt(3);
    assertThat(pOfT).isCloseTo(1 - 2 / Math.PI * (u / (1 + u * u) + Math.atan(u)), within(1e-12));
  }

  @Test
  void guide_sketches_run() {
    List<Trade> trades = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      trades.add(new Trade("S" + (int) Math.sqrt(i), i % 1000, 1, i));
    }
    // region sketches
    record Day(Quantiles price, DistinctCount symbols, HeavyHitters<String> mostTraded) {}
    Aggregate<Trade, ?, Day> day =
        Aggregates.all(
            Quantiles.over(Trade::price),
            DistinctCount.ofTexts(Trade::symbol),
            HeavyHitters.over(Trade::symbol, Codec.STRING, 100),
            Day::new);
    // endregion
    Day result = fold(day, trades);
    assertThat(result.price().quantile(0.99)).isCloseTo(990, within(15.0));
    assertThat(result.symbols().estimate()).isCloseTo(100, within(5.0));
    assertThat(result.mostTraded().top(1).get(0).key()).isEqualTo("S99");
  }

  @Test
  void guide_latencies_run() {
    List<Request> requests = new ArrayList<>();
    for (int i = 1; i <= 1000; i++) {
      requests.add(new Request(i, 2));
    }
    // region latencies
    Aggregate<Request, ?, Quantiles> latency = Quantiles.relative(Request::millis);
    Aggregate<Request, ?, Quantiles> weighted =
        Quantiles.relative(Request::millis, Request::repeats, NonFinite.REJECT, 0.01, 2048);

    Quantiles millis = fold(latency, requests);
    double p99 = millis.quantile(0.99); // within 1 % of the 990th of 1000
    double withinASecond = millis.rank(1000); // the share of requests
    long[] bins = millis.histogram(10, 100, 1000); // up to 10 ms, 100 ms, 1 s, and more
    // endregion
    assertThat(p99).isCloseTo(990, within(9.9));
    assertThat(withinASecond).isEqualTo(1);
    assertThat(Arrays.stream(bins).sum()).isEqualTo(1000);
    assertThat(fold(weighted, requests).count()).isEqualTo(2000);
  }

  @Test
  void guide_own_satisfiesTheLaws() {
    // region own
    // the geometric mean of the prices, from their number and the sum of their logarithms
    Codec<double[]> codec =
        Codec.of(
            "example.geometricmean",
            (state, out) -> {
              out.writeDouble(state[0]);
              out.writeDouble(state[1]);
            },
            in -> new double[] {in.readDouble(), in.readDouble()});
    Aggregate<Trade, double[], Double> geometricMean =
        Aggregate.of(
            () -> new double[2],
            (state, trade) -> {
              state[0]++;
              state[1] += Math.log(trade.price());
            },
            (target, source) -> {
              target[0] += source[0];
              target[1] += source[1];
            },
            state -> Arrays.fill(state, 0),
            state -> Math.exp(state[1] / state[0]),
            codec);

    AggregateLaws.of(geometricMean, random -> new Trade("A", random.nextDouble(1, 100), 1, 0))
        .cutsAgree((merged, whole) -> Math.abs(merged - whole) < 1e-12 * whole)
        .check(42);
    // endregion
    double[] state = geometricMean.create();
    geometricMean.add(state, new Trade("A", 2, 1, 0));
    geometricMean.add(state, new Trade("A", 8, 1, 0));
    assertThat(geometricMean.result(state)).isCloseTo(4, within(1e-12));
  }
}
