package io.thalweg.benchmarks;

import io.thalweg.Output;
import io.thalweg.stats.MomentsAccumulator;
import io.thalweg.window.TrailingWindow;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
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
 * Mean and standard deviation over the last ten seconds of a device, for each of its readings: ours
 * beside the recomputation from a deque, and beside commons-math3's window. 2,000 readings/s of
 * event time in all, so that a device's window holds 20,000 readings divided by the number of
 * devices.
 *
 * <p>{@code java -jar benchmarks/target/thalweg-benchmarks.jar TrailingMoments -prof gc}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class TrailingMomentsBenchmark {

  private static final long SIZE = 10_000;
  private static final int EVENTS = 1 << 20;
  private static final Output<String, MomentsAccumulator> NOWHERE = (key, value) -> {};

  private record Reading(double value) {}

  /** One rival: for a reading, the population standard deviation over its window, plus the mean. */
  private interface Rival {
    double meanPlusSd(String device, long time, Reading reading);
  }

  @Param({"20", "1000"})
  int devices;

  private final String[] keys = new String[EVENTS];
  private final Reading[] readings = new Reading[EVENTS];
  private final Rival ours = new Ours();
  private final Rival deque = new Deque();
  private final Rival math3 = new Math3();
  private int next;
  private long time;

  /** Fills every rival's windows, comparing their answers one by one. */
  @Setup(Level.Trial)
  public void fillAndCompare() {
    SplittableRandom random = new SplittableRandom(1);
    String[] names = new String[devices];
    for (int i = 0; i < devices; i++) {
      names[i] = "device_" + i;
    }
    for (int i = 0; i < EVENTS; i++) {
      keys[i] = names[random.nextInt(devices)];
      readings[i] = new Reading(45 + 10 * random.nextDouble());
    }
    for (int i = 0; i < 50_000; i++) {
      double expected = next(deque);
      again();
      check("ours", next(ours), expected);
      again();
      check("commons-math3", next(math3), expected);
    }
  }

  private static void check(String rival, double actual, double expected) {
    if (!(Math.abs(actual - expected) <= 1e-9 * Math.abs(expected))) {
      throw new IllegalStateException(rival + " is wrong: " + actual + ", expected " + expected);
    }
  }

  private double next(Rival rival) {
    int i = next;
    next = (next + 1) & (EVENTS - 1);
    time += i & 1; // two readings share a millisecond
    return rival.meanPlusSd(keys[i], time, readings[i]);
  }

  private void again() {
    next = (next - 1) & (EVENTS - 1);
    time -= next & 1;
  }

  /** A trailing window over an unboxed FIFO. */
  @Benchmark
  public double thalweg() {
    return next(ours);
  }

  /** The deque of the window, recomputed in two passes. */
  @Benchmark
  public double dequeRecomputed() {
    return next(deque);
  }

  /** commons-math3's DescriptiveStatistics, its window as long as ten seconds of the device. */
  @Benchmark
  public double commonsMath3() {
    return next(math3);
  }

  private static final class Ours implements Rival {
    private final TrailingWindow<String, Reading, MomentsAccumulator> window =
        TrailingWindow.over(Reading::value, MomentsAccumulator::fifo)
            .last(Duration.ofMillis(SIZE))
            .build();

    @Override
    public double meanPlusSd(String device, long time, Reading reading) {
      MomentsAccumulator moments = window.answer(device, reading, time, NOWHERE);
      return moments.mean() + moments.populationStandardDeviation();
    }
  }

  private record Timed(long time, double value) {}

  private static final class Deque implements Rival {
    private final Map<String, ArrayDeque<Timed>> windows = new HashMap<>();

    @Override
    public double meanPlusSd(String device, long time, Reading reading) {
      ArrayDeque<Timed> window = windows.computeIfAbsent(device, d -> new ArrayDeque<>());
      window.addLast(new Timed(time, reading.value()));
      while (window.peekFirst().time <= time - SIZE) {
        window.removeFirst();
      }
      double sum = 0;
      for (Timed each : window) {
        sum += each.value;
      }
      double mean = sum / window.size();
      double squares = 0;
      for (Timed each : window) {
        squares += (each.value - mean) * (each.value - mean);
      }
      return mean + Math.sqrt(squares / window.size());
    }
  }

  private static final class Math3 implements Rival {
    private static final class Window {
      final DescriptiveStatistics statistics = new DescriptiveStatistics();
      final ArrayDeque<Long> times = new ArrayDeque<>();
    }

    private final Map<String, Window> windows = new HashMap<>();

    @Override
    public double meanPlusSd(String device, long time, Reading reading) {
      Window window = windows.computeIfAbsent(device, d -> new Window());
      window.times.addLast(time);
      while (window.times.peekFirst() <= time - SIZE) {
        window.times.removeFirst();
      }
      // A window of n drops the oldest when it shrinks, and when a value comes to a full one.
      int n = window.times.size();
      if (n > 1) {
        window.statistics.setWindowSize(n - 1);
      }
      window.statistics.setWindowSize(n);
      window.statistics.addValue(reading.value());
      return window.statistics.getMean() + Math.sqrt(window.statistics.getPopulationVariance());
    }
  }
}
