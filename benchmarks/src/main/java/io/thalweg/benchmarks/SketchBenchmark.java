package io.thalweg.benchmarks;

import com.datadoghq.sketch.ddsketch.DDSketch;
import com.datadoghq.sketch.ddsketch.DDSketches;
import com.tdunning.math.stats.MergingDigest;
import io.thalweg.sketch.DistinctSketch;
import io.thalweg.sketch.HeavyHittersSketch;
import io.thalweg.sketch.QuantileSketch;
import io.thalweg.sketch.RelativeQuantileSketch;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.apache.datasketches.frequencies.ItemsSketch;
import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.hll.TgtHllType;
import org.apache.datasketches.kll.KllDoublesSketch;
import org.apache.datasketches.req.ReqSketch;
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
 * One value into each sketch, ours beside Apache DataSketches, which is of the same size: KLL with
 * k = 200, HyperLogLog with 4096 registers, frequent items with 1024 counters in memory; and beside
 * a t-digest with compression 100. Quantiles of relative error, of latencies that are log-normal,
 * are beside the DDSketch of Datadog with the same 1 %, and beside REQ of DataSketches.
 *
 * <p>{@code java -jar benchmarks/target/thalweg-benchmarks.jar SketchBenchmark -prof gc}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class SketchBenchmark {

  private static final int N = 1 << 16;

  private final double[] values = new double[N];
  private final long[] longs = new long[N];
  private final Long[] skewed = new Long[N];
  private final String[] texts = new String[N];
  private final QuantileSketch quantiles = new QuantileSketch(200, 1);
  private final KllDoublesSketch theirQuantiles = KllDoublesSketch.newHeapInstance(200);
  private final MergingDigest digest = new MergingDigest(100);
  private final double[] latencies = new double[N];
  private final RelativeQuantileSketch relative = new RelativeQuantileSketch(0.01, 2048);
  private final DDSketch theirRelative = DDSketches.unboundedDense(0.01);
  private final ReqSketch req = newReq();
  private final DistinctSketch distinct = new DistinctSketch(12, 1);
  private final HllSketch theirDistinct = new HllSketch(12, TgtHllType.HLL_8);
  private final HeavyHittersSketch<Long> hitters = new HeavyHittersSketch<>(768);
  private final ItemsSketch<Long> theirHitters = new ItemsSketch<>(1024);

  /** Draws the values, and compares the answers. */
  @Setup(Level.Trial)
  public void drawAndCompare() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < N; i++) {
      values[i] = random.nextGaussian();
      latencies[i] = Math.exp(2 * values[i]);
      longs[i] = random.nextLong();
      skewed[i] = (long) Math.exp(12 * random.nextDouble());
      texts[i] = "device_" + random.nextInt(10_000);
    }
    QuantileSketch ours = new QuantileSketch(200, 1);
    KllDoublesSketch theirs = KllDoublesSketch.newHeapInstance(200);
    MergingDigest theirDigest = new MergingDigest(100);
    RelativeQuantileSketch relativeCheck = new RelativeQuantileSketch(0.01, 2048);
    DDSketch theirRelativeCheck = DDSketches.unboundedDense(0.01);
    ReqSketch reqCheck = newReq();
    DistinctSketch count = new DistinctSketch(12, 1);
    HllSketch theirCount = new HllSketch(12, TgtHllType.HLL_8);
    HeavyHittersSketch<Long> top = new HeavyHittersSketch<>(768);
    ItemsSketch<Long> theirTop = new ItemsSketch<>(1024);
    for (int i = 0; i < N; i++) {
      ours.add(values[i]);
      theirs.update(values[i]);
      theirDigest.add(values[i]);
      relativeCheck.add(latencies[i]);
      theirRelativeCheck.accept(latencies[i]);
      reqCheck.update((float) latencies[i]);
      count.add(longs[i]);
      theirCount.update(longs[i]);
      top.add(skewed[i]);
      theirTop.update(skewed[i]);
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    check("our median", ours.toQuantiles().rank(sorted[N / 2]), 0.5, 0.02);
    check("their median", theirs.getRank(sorted[N / 2]), 0.5, 0.02);
    check("t-digest's median", theirDigest.cdf(sorted[N / 2]), 0.5, 0.02);
    double[] ordered = latencies.clone();
    Arrays.sort(ordered);
    double p99 = ordered[(int) Math.ceil(0.99 * N) - 1];
    check("our p99", relativeCheck.toQuantiles().quantile(0.99), p99, 0.01 * p99);
    check("their p99", theirRelativeCheck.getValueAtQuantile(0.99), p99, 0.012 * p99);
    check("REQ's rank of p99", reqCheck.getRank((float) p99), 0.99, 0.002);
    check("our count", count.estimate(), N, 0.06 * N);
    check("their count", theirCount.getEstimate(), N, 0.06 * N);
    check("top", top.toHeavyHitters().counters().get(0).most(), theirTop.getEstimate(1L), 90);
  }

  private static ReqSketch newReq() {
    return ReqSketch.builder().setK(12).setHighRankAccuracy(true).build();
  }

  private static void check(String what, double actual, double expected, double within) {
    if (!(Math.abs(actual - expected) <= within)) {
      throw new IllegalStateException(what + " is wrong: " + actual + ", expected " + expected);
    }
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object quantilesThalweg(CpuTime cpu) {
    for (double value : values) {
      quantiles.add(value);
    }
    cpu.done(N);
    return quantiles;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object quantilesDataSketches(CpuTime cpu) {
    for (double value : values) {
      theirQuantiles.update(value);
    }
    cpu.done(N);
    return theirQuantiles;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object quantilesTDigest(CpuTime cpu) {
    for (double value : values) {
      digest.add(value);
    }
    cpu.done(N);
    return digest;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object relativeThalweg(CpuTime cpu) {
    for (double value : latencies) {
      relative.add(value);
    }
    cpu.done(N);
    return relative;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object relativeDatadog(CpuTime cpu) {
    for (double value : latencies) {
      theirRelative.accept(value);
    }
    cpu.done(N);
    return theirRelative;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object relativeDataSketches(CpuTime cpu) {
    for (double value : latencies) {
      req.update((float) value);
    }
    cpu.done(N);
    return req;
  }

  /** A hundred values, then the 0.99 quantile: the cost of the query, in one of a hundred. */
  @Benchmark
  @OperationsPerInvocation(100)
  public double quantilesQueriedThalweg(CpuTime cpu) {
    for (int i = 0; i < 100; i++) {
      quantiles.add(values[i]);
    }
    cpu.done(100);
    return quantiles.toQuantiles().quantile(0.99);
  }

  @Benchmark
  @OperationsPerInvocation(100)
  public double quantilesQueriedDataSketches(CpuTime cpu) {
    for (int i = 0; i < 100; i++) {
      theirQuantiles.update(values[i]);
    }
    cpu.done(100);
    return theirQuantiles.getQuantile(0.99);
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object distinctThalweg(CpuTime cpu) {
    for (long value : longs) {
      distinct.add(value);
    }
    cpu.done(N);
    return distinct;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object distinctDataSketches(CpuTime cpu) {
    for (long value : longs) {
      theirDistinct.update(value);
    }
    cpu.done(N);
    return theirDistinct;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object distinctTextsThalweg(CpuTime cpu) {
    for (String text : texts) {
      distinct.add(text);
    }
    cpu.done(N);
    return distinct;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object distinctTextsDataSketches(CpuTime cpu) {
    for (String text : texts) {
      theirDistinct.update(text);
    }
    cpu.done(N);
    return theirDistinct;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object hittersThalweg(CpuTime cpu) {
    for (Long key : skewed) {
      hitters.add(key);
    }
    cpu.done(N);
    return hitters;
  }

  @Benchmark
  @OperationsPerInvocation(N)
  public Object hittersDataSketches(CpuTime cpu) {
    for (Long key : skewed) {
      theirHitters.update(key);
    }
    cpu.done(N);
    return theirHitters;
  }
}
