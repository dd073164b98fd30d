package io.thalweg.benchmarks.anomaly;

import com.sun.management.ThreadMXBean;
import io.thalweg.anomaly.Detector;
import io.thalweg.anomaly.DetectorSpec;
import io.thalweg.testing.SeriesGenerator;
import io.thalweg.testing.SeriesGenerator.Background;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * Measured costs of a detector on daily seasonal readings.
 *
 * @param nanos the least CPU time of a score and a learnt value in nanoseconds, of 20 batches
 * @param medianNanos the median of the batches
 * @param allocated the bytes allocated for a value, after 10,000
 * @param heap the bytes of a key on the heap after 10,000 values
 * @param saved the bytes of a saved key; -1 if it is never saved
 */
record Costs(double nanos, double medianNanos, double allocated, double heap, long saved) {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int WARM = 10_000;

  static long cpuTime() {
    return THREADS.getCurrentThreadCpuTime();
  }

  /** A batch is short for the slow detectors: {@code batch} values. */
  static Costs of(DetectorSpec spec, int batch, int keys) throws IOException {
    double[] values = new double[WARM + 20 * batch];
    SeriesGenerator series = SeriesGenerator.of(Background.DAILY, 1);
    for (int i = 0; i < values.length; i++) {
      series.next();
      values[i] = series.value();
    }
    Detector detector = spec.newDetector();
    double sum = run(spec.newDetector(), values, 0, values.length); // for the compiler
    sum += run(detector, values, 0, WARM);
    double[] nanos = new double[20];
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < nanos.length; i++) {
      long start = cpuTime();
      sum += run(detector, values, WARM + i * batch, batch);
      nanos[i] = (cpuTime() - start) / (double) batch;
    }
    double allocated =
        (THREADS.getCurrentThreadAllocatedBytes() - bytes) / (double) (nanos.length * batch);
    if (sum == 0.1) {
      throw new IllegalStateException("unlikely"); // keeps the scores alive
    }
    Arrays.sort(nanos);
    return new Costs(nanos[0], nanos[10], allocated, heap(spec, values, keys), saved(detector));
  }

  private static double run(Detector detector, double[] values, int from, int count) {
    double sum = 0;
    for (int i = from; i < from + count; i++) {
      long time = i * SeriesGenerator.INTERVAL;
      double score = detector.score(values[i], time);
      sum += Double.isNaN(score) ? 0 : score;
      detector.learn(values[i], time);
    }
    return sum;
  }

  private static double heap(DetectorSpec spec, double[] values, int keys) {
    Detector[] detectors = new Detector[keys];
    long before = usedHeap();
    for (int key = 0; key < keys; key++) {
      detectors[key] = spec.newDetector();
      run(detectors[key], values, 0, WARM);
    }
    double used = usedHeap() - before;
    return detectors[keys - 1] == null ? 0 : used / keys;
  }

  private static long usedHeap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long saved(Detector detector) throws IOException {
    DataOutputStream counting = new DataOutputStream(OutputStream.nullOutputStream());
    try {
      detector.write(counting);
    } catch (UnsupportedOperationException e) {
      return -1;
    }
    return counting.size();
  }
}
