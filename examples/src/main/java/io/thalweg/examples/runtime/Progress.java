package io.thalweg.examples.runtime;

import io.thalweg.storm.Streams;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.apache.storm.tuple.Tuple;

/**
 * Counters of a run, for its progress line. Storm creates the bolts of a topology from their
 * serialized form, so they look the counters up by the name of the run. In a worker process of a
 * cluster nobody reads them; they stay as long as the process.
 *
 * <p>Thread-safe.
 */
public final class Progress {

  private static final Map<String, Progress> RUNS = new ConcurrentHashMap<>();

  /** One hour, in milliseconds. */
  private static final long HIGHEST_LATENCY = 3_600_000;

  private final LongAdder alerts = new LongAdder();
  private final LongAdder late = new LongAdder();
  private final LongAdder deadLetters = new LongAdder();
  private final Recorder latencies = new Recorder(HIGHEST_LATENCY, 3);
  private final Histogram total = new Histogram(HIGHEST_LATENCY, 3);

  private volatile long submitted;
  private volatile long firstRow;

  private Progress() {}

  /**
   * Returns the progress of a run.
   *
   * @param run the name of the run
   * @return the same object for the same name
   */
  public static Progress of(String run) {
    return RUNS.computeIfAbsent(run, k -> new Progress());
  }

  /** Forgets a run. */
  static void remove(String run) {
    RUNS.remove(run);
  }

  /** Records the time of the submission. */
  public void submitted() {
    submitted = System.nanoTime();
  }

  /**
   * Returns the time since {@link #submitted}.
   *
   * @return seconds
   */
  public double secondsSinceSubmitted() {
    return (System.nanoTime() - submitted) / 1e9;
  }

  /**
   * Returns the time from the submission to the commit of the first alert.
   *
   * @return seconds; NaN before that commit
   */
  public double secondsToFirstRow() {
    return firstRow == 0 ? Double.NaN : (firstRow - submitted) / 1e9;
  }

  /** Counts an alert. */
  public void alert() {
    alerts.increment();
  }

  /**
   * Counts a tuple of a late or dead-letter stream.
   *
   * @param tuple a tuple of any stream
   * @return false if the tuple is of another stream
   */
  public boolean count(Tuple tuple) {
    switch (tuple.getSourceStreamId()) {
      case Streams.LATE -> late.increment();
      case Streams.DEAD_LETTER -> deadLetters.increment();
      default -> {
        return false;
      }
    }
    return true;
  }

  /**
   * Records the latency of a committed alert.
   *
   * @param millis the time since the reading was written to Kafka
   */
  public void stored(long millis) {
    if (firstRow == 0) {
      firstRow = System.nanoTime();
    }
    latencies.recordValue(Math.max(0, Math.min(millis, HIGHEST_LATENCY)));
  }

  /**
   * Returns the number of alerts, replays included.
   *
   * @return the number
   */
  public long alerts() {
    return alerts.sum();
  }

  /**
   * Returns the number of late readings, replays included.
   *
   * @return the number
   */
  public long late() {
    return late.sum();
  }

  /**
   * Returns the number of dead letters, replays included.
   *
   * @return the number
   */
  public long deadLetters() {
    return deadLetters.sum();
  }

  /**
   * Returns the latencies since the last call of this method.
   *
   * @return in milliseconds
   */
  public synchronized Histogram recentLatencies() {
    Histogram recent = latencies.getIntervalHistogram();
    total.add(recent);
    return recent;
  }

  /**
   * Returns the latencies of the whole run.
   *
   * @return in milliseconds
   */
  public synchronized Histogram latencies() {
    total.add(latencies.getIntervalHistogram());
    return total.copy();
  }
}
