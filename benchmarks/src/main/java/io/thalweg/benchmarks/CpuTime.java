package io.thalweg.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * CPU time of the measured thread beside JMH's wall time: on a shared machine the one to read.
 *
 * <p>A benchmark adds the operations it did to {@link #done}.
 */
@AuxCounters(AuxCounters.Type.EVENTS)
@State(Scope.Thread)
public class CpuTime {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private long start;
  private long operations;
  private int iterations;

  /**
   * Begins an iteration.
   *
   * @param parameters how many there are
   */
  @Setup(Level.Iteration)
  public void begin(BenchmarkParams parameters) {
    iterations = parameters.getMeasurement().getCount();
    operations = 0;
    start = THREADS.getCurrentThreadCpuTime();
  }

  /**
   * Counts operations.
   *
   * @param count the operations done since the last call
   */
  public void done(int count) {
    operations += count;
  }

  /**
   * Returns the CPU time of an operation in nanoseconds, divided by the number of iterations. JMH
   * adds the values of all iterations, so that its summary shows their mean.
   *
   * @return this iteration's part of the mean
   */
  public double cpuNanos() {
    double nanos = THREADS.getCurrentThreadCpuTime() - start;
    return nanos / operations / iterations;
  }
}
