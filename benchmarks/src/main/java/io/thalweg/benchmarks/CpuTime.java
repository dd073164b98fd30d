package io.thalweg.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

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

  /** Begins an iteration. */
  @Setup(Level.Iteration)
  public void begin() {
    operations = 0;
    start = THREADS.getCurrentThreadCpuTime();
  }

  void done(int count) {
    operations += count;
  }

  /** Nanoseconds of CPU time an operation, in this iteration. */
  public double cpuNanos() {
    return (THREADS.getCurrentThreadCpuTime() - start) / (double) operations;
  }
}
