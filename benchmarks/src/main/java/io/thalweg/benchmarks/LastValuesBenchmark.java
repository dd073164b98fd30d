package io.thalweg.benchmarks;

import io.thalweg.Fifo;
import io.thalweg.stats.ExtremaAccumulator;
import io.thalweg.stats.MomentsAccumulator;
import io.thalweg.stats.OrderStatistics;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One value into a full window of the last n, the oldest out of it, and the answer read.
 *
 * <p>{@code java -jar benchmarks/target/thalweg-benchmarks.jar LastValuesBenchmark -prof gc}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class LastValuesBenchmark {

  private static final int VALUES = 1 << 17;

  @Param({"10", "1000", "100000"})
  int n;

  private final double[] values = new double[VALUES];
  private final Fifo.OfDouble<MomentsAccumulator> moments = MomentsAccumulator.fifo();
  private final Fifo.OfDouble<ExtremaAccumulator> extrema = ExtremaAccumulator.fifo();
  private final OrderStatistics order = new OrderStatistics();
  private HandMoments handMoments;
  private HandMax handMax;
  private SortedRing sorted;
  private DescriptiveStatistics math3;
  private int next;

  /** Fills the windows, comparing the answers one by one. */
  @Setup(Level.Trial)
  public void fillAndCompare() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < VALUES; i++) {
      values[i] = 100 + random.nextGaussian();
    }
    handMoments = new HandMoments(n);
    handMax = new HandMax(n);
    sorted = new SortedRing(n);
    math3 = new DescriptiveStatistics(n);
    for (int i = 0; i < VALUES; i++) {
      double value = value();
      moments.add(value);
      extrema.add(value);
      order.add(value);
      if (moments.size() > n) {
        moments.evict();
        extrema.evict();
        order.evict();
      }
      handMoments.add(value);
      handMax.add(value);
      sorted.add(value);
      math3.addValue(value);
      if (i % 1009 == 1008) {
        check("variance", handMoments.variance(), moments.result().populationVariance());
        check("variance", math3.getPopulationVariance(), moments.result().populationVariance());
        check("max", handMax.max(), extrema.result().max());
        check("median", sorted.median(), order.median());
      }
    }
  }

  private static void check(String what, double actual, double expected) {
    if (!(Math.abs(actual - expected) <= 1e-9 * Math.abs(expected))) {
      throw new IllegalStateException(what + " differs: " + actual + ", expected " + expected);
    }
  }

  private double value() {
    next = (next + 1) & (VALUES - 1);
    return values[next];
  }

  @Benchmark
  public double varianceThalweg(CpuTime cpu) {
    moments.evict();
    moments.add(value());
    cpu.done(1);
    return moments.result().populationVariance();
  }

  /** A two-stacks loop written for the purpose: Welford, no anchors, no checks. */
  @Benchmark
  public double varianceTwoStacksByHand(CpuTime cpu) {
    handMoments.add(value());
    cpu.done(1);
    return handMoments.variance();
  }

  @Benchmark
  public double varianceCommonsMath3(CpuTime cpu) {
    math3.addValue(value());
    cpu.done(1);
    return math3.getPopulationVariance();
  }

  @Benchmark
  public double maxThalweg(CpuTime cpu) {
    extrema.evict();
    extrema.add(value());
    cpu.done(1);
    return extrema.result().max();
  }

  /** A two-stacks loop for the maximum alone. */
  @Benchmark
  public double maxTwoStacksByHand(CpuTime cpu) {
    handMax.add(value());
    cpu.done(1);
    return handMax.max();
  }

  @Benchmark
  public double medianThalweg(CpuTime cpu) {
    order.evict();
    order.add(value());
    cpu.done(1);
    return order.median();
  }

  /** One sorted array, shifted between the old place and the new. */
  @Benchmark
  public double medianSortedArrayByHand(CpuTime cpu) {
    sorted.add(value());
    cpu.done(1);
    return sorted.median();
  }

  private static final class HandMoments {
    private final double[] ring;
    private final double[] means;
    private final double[] m2s;
    private int at;
    private int front;
    private int back;
    private int size;
    private double mean;
    private double m2;

    HandMoments(int n) {
      ring = new double[n];
      means = new double[n];
      m2s = new double[n];
    }

    void add(double value) {
      int n = ring.length;
      if (size == n) {
        if (front == 0) {
          turn();
        }
        front--;
      } else {
        size++;
      }
      ring[at] = value;
      at = at + 1 == n ? 0 : at + 1;
      back++;
      double delta = value - mean;
      double step = delta * (1.0 / back);
      mean += step;
      m2 += delta * (delta - step);
    }

    private void turn() {
      int n = ring.length;
      double newMean = 0;
      double newM2 = 0;
      int i = at;
      for (int k = 1; k <= n; k++) {
        i = i == 0 ? n - 1 : i - 1;
        double delta = ring[i] - newMean;
        double step = delta * (1.0 / k);
        newMean += step;
        newM2 += delta * (delta - step);
        means[i] = newMean;
        m2s[i] = newM2;
      }
      front = n;
      back = 0;
      mean = 0;
      m2 = 0;
    }

    double variance() {
      if (front == 0) {
        return m2 / back;
      }
      double delta = mean - means[at];
      return (m2s[at] + m2 + delta * (delta * back / size) * front) / size;
    }
  }

  private static final class HandMax {
    private final double[] ring;
    private final double[] maxs;
    private int at;
    private int front;
    private int size;
    private double max = Double.NEGATIVE_INFINITY;

    HandMax(int n) {
      ring = new double[n];
      maxs = new double[n];
    }

    void add(double value) {
      int n = ring.length;
      if (size == n) {
        if (front == 0) {
          turn();
        }
        front--;
      } else {
        size++;
      }
      ring[at] = value;
      at = at + 1 == n ? 0 : at + 1;
      max = Math.max(max, value);
    }

    private void turn() {
      int n = ring.length;
      double running = Double.NEGATIVE_INFINITY;
      int i = at;
      for (int k = 1; k <= n; k++) {
        i = i == 0 ? n - 1 : i - 1;
        running = Math.max(running, ring[i]);
        maxs[i] = running;
      }
      front = n;
      max = Double.NEGATIVE_INFINITY;
    }

    double max() {
      return front == 0 ? max : Math.max(max, maxs[at]);
    }
  }

  private static final class SortedRing {
    private final double[] ring;
    private final double[] sorted;
    private int at;
    private int size;

    SortedRing(int n) {
      ring = new double[n];
      sorted = new double[n];
    }

    void add(double value) {
      if (size < ring.length) {
        int to = Arrays.binarySearch(sorted, 0, size, value);
        to = to < 0 ? -to - 1 : to;
        System.arraycopy(sorted, to, sorted, to + 1, size - to);
        sorted[to] = value;
        size++;
      } else {
        int from = Arrays.binarySearch(sorted, ring[at]);
        int to = Arrays.binarySearch(sorted, value);
        to = to < 0 ? -to - 1 : to;
        if (to > from) {
          to--;
          System.arraycopy(sorted, from + 1, sorted, from, to - from);
        } else {
          System.arraycopy(sorted, to, sorted, to + 1, from - to);
        }
        sorted[to] = value;
      }
      ring[at] = value;
      at = at + 1 == ring.length ? 0 : at + 1;
    }

    double median() {
      return (sorted[(size - 1) / 2] + sorted[size / 2]) / 2;
    }
  }
}
