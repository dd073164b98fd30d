package io.thalweg.benchmarks.anomaly;

import io.thalweg.anomaly.Detector;
import io.thalweg.benchmarks.CpuTime;
import io.thalweg.testing.SeriesGenerator;
import io.thalweg.testing.SeriesGenerator.Background;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A score and a learnt value, by detector, ours beside the random cut forest, on daily seasonal
 * readings.
 *
 * <p>{@code java -jar benchmarks/target/thalweg-benchmarks.jar DetectorBenchmark -prof gc -p
 * detector=rcf-1}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class DetectorBenchmark {

  private static final int MASK = (1 << 16) - 1;

  /** The short name of the detector. */
  @Param({"decayedz-.01", "rcf-1", "rcf-8"})
  private String detector;

  private final double[] values = new double[MASK + 1];
  private Detector state;
  private int row;

  /** Draws the values, and fills the window of the detector. */
  @Setup
  public void draw() {
    SeriesGenerator series = SeriesGenerator.of(Background.DAILY, 1);
    for (int i = 0; i < values.length; i++) {
      series.next();
      values[i] = series.value();
    }
    state = Candidates.named(detector).newDetector();
    for (row = 0; row < 10_000; row++) {
      state.learn(values[row], row * SeriesGenerator.INTERVAL);
    }
  }

  /**
   * Scores and learns a value.
   *
   * @param cpu the CPU time
   * @return the score
   */
  @Benchmark
  public double scoreAndLearn(CpuTime cpu) {
    double value = values[row & MASK];
    long time = row++ * SeriesGenerator.INTERVAL;
    double score = state.score(value, time);
    state.learn(value, time);
    cpu.done(1);
    return score;
  }
}
