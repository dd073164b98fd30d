package io.thalweg.benchmarks;

import com.google.common.math.StatsAccumulator;
import io.thalweg.stats.CovarianceAccumulator;
import io.thalweg.stats.DecayedMomentsAccumulator;
import io.thalweg.stats.EventDecayedMomentsAccumulator;
import io.thalweg.stats.ExtremaAccumulator;
import io.thalweg.stats.HigherMomentsAccumulator;
import io.thalweg.stats.MomentsAccumulator;
import io.thalweg.stats.SumAccumulator;
import io.thalweg.stats.UncompensatedMomentsAccumulator;
import io.thalweg.stats.WeightedMomentsAccumulator;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;
import org.apache.commons.statistics.descriptive.Kurtosis;
import org.apache.commons.statistics.descriptive.Variance;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One value into each statistic of all values so far, ours beside others.
 *
 * <p>{@code java -jar benchmarks/target/thalweg-benchmarks.jar MomentsBenchmark -prof gc}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class MomentsBenchmark {

  /** More than a branch predictor learns by heart. */
  private static final int N = 1 << 16;

  private final double[] values = new double[N];
  private final MomentsAccumulator moments = new MomentsAccumulator();
  private final UncompensatedMomentsAccumulator plain = new UncompensatedMomentsAccumulator();
  private final HigherMomentsAccumulator shape = new HigherMomentsAccumulator();
  private final SumAccumulator sum = new SumAccumulator();
  private final ExtremaAccumulator extrema = new ExtremaAccumulator();
  private final CovarianceAccumulator covariance = new CovarianceAccumulator();
  private final WeightedMomentsAccumulator weighted = new WeightedMomentsAccumulator();
  private final EventDecayedMomentsAccumulator eventDecayed =
      new EventDecayedMomentsAccumulator(0.01);
  private final DecayedMomentsAccumulator decayed =
      new DecayedMomentsAccumulator(Duration.ofMinutes(1));
  private final StatsAccumulator guava = new StatsAccumulator();
  private final Variance commonsStatistics = Variance.create();
  private final Kurtosis commonsKurtosis = Kurtosis.create();
  private final org.apache.commons.math3.stat.descriptive.moment.Variance commonsMath3 =
      new org.apache.commons.math3.stat.descriptive.moment.Variance();
  private final SummaryStatistics summary = new SummaryStatistics();
  private long time;

  /** Draws the values, and compares the variances of the rivals on them. */
  @Setup(Level.Trial)
  public void drawAndCompare() {
    SplittableRandom random = new SplittableRandom(1);
    MomentsAccumulator ours = new MomentsAccumulator();
    StatsAccumulator theirs = new StatsAccumulator();
    Variance others = Variance.create();
    HigherMomentsAccumulator kurtosis = new HigherMomentsAccumulator();
    Kurtosis otherKurtosis = Kurtosis.create();
    for (int i = 0; i < N; i++) {
      values[i] = 100 + random.nextGaussian();
      ours.add(values[i]);
      theirs.add(values[i]);
      others.accept(values[i]);
      kurtosis.add(values[i]);
      otherKurtosis.accept(values[i]);
    }
    check("guava", theirs.sampleVariance(), ours.sampleVariance());
    check("commons-statistics", others.getAsDouble(), ours.sampleVariance());
    check(
        "kurtosis", otherKurtosis.getAsDouble(), kurtosis.toHigherMoments().sampleExcessKurtosis());
  }

  private static void check(String rival, double actual, double expected) {
    if (!(Math.abs(actual - expected) <= 1e-9 * Math.abs(expected))) {
      throw new IllegalStateException(rival + " differs: " + actual + ", expected " + expected);
    }
  }

  /** Reading and adding: the floor of the loop. */
  @Benchmark
  @OperationsPerInvocation(N)
  public double loopFloor(CpuTime cpu) {
    double total = 0;
    for (double value : values) {
      total += value;
    }
    cpu.done(N);
    return total;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object thalwegMoments(CpuTime cpu) {
    for (double value : values) {
      moments.add(value);
    }
    cpu.done(N);
    return moments;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object thalwegMomentsAddAll(CpuTime cpu) {
    moments.addAll(values, 0, N);
    cpu.done(N);
    return moments;
  }

  /** Uncompensated moments: the difference is the cost of compensation. */
  @Benchmark
  @OperationsPerInvocation(N)
  public Object thalwegPlainMoments(CpuTime cpu) {
    for (double value : values) {
      plain.add(value);
    }
    cpu.done(N);
    return plain;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object thalwegShape(CpuTime cpu) {
    for (double value : values) {
      shape.add(value);
    }
    cpu.done(N);
    return shape;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object thalwegSum(CpuTime cpu) {
    for (double value : values) {
      sum.add(value);
    }
    cpu.done(N);
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object thalwegExtrema(CpuTime cpu) {
    for (double value : values) {
      extrema.add(value);
    }
    cpu.done(N);
    return extrema;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object thalwegCovariance(CpuTime cpu) {
    for (int i = 0; i < N; i++) {
      covariance.add(values[i], values[N - 1 - i]);
    }
    cpu.done(N);
    return covariance;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object thalwegWeighted(CpuTime cpu) {
    for (int i = 0; i < N; i++) {
      weighted.add(values[i], values[N - 1 - i]);
    }
    cpu.done(N);
    return weighted;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object thalwegEventDecayed(CpuTime cpu) {
    for (double value : values) {
      eventDecayed.add(value);
    }
    cpu.done(N);
    return eventDecayed;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object thalwegDecayed(CpuTime cpu) {
    for (double value : values) {
      time += 1 + (Double.doubleToRawLongBits(value) & 7);
      decayed.add(value, time);
    }
    cpu.done(N);
    return decayed;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object guavaStatsAccumulator(CpuTime cpu) {
    for (double value : values) {
      guava.add(value);
    }
    cpu.done(N);
    return guava;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object commonsStatisticsVariance(CpuTime cpu) {
    for (double value : values) {
      commonsStatistics.accept(value);
    }
    cpu.done(N);
    return commonsStatistics;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object commonsStatisticsKurtosis(CpuTime cpu) {
    for (double value : values) {
      commonsKurtosis.accept(value);
    }
    cpu.done(N);
    return commonsKurtosis;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object commonsMath3Variance(CpuTime cpu) {
    for (double value : values) {
      commonsMath3.increment(value);
    }
    cpu.done(N);
    return commonsMath3;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object commonsMath3Summary(CpuTime cpu) {
    for (double value : values) {
      summary.addValue(value);
    }
    cpu.done(N);
    return summary;
  }
}
