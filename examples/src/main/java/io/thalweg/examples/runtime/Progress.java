package io.thalweg.examples.runtime;

import io.thalweg.storm.Streams;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.apache.storm.tuple.Tuple;

/**
 * What a run has done so far, for its progress line. Storm creates the bolts of a topology from
 * their serialized form, so they find it by the name of the run; a bolt that runs in another JVM
 * than the run's owner counts for nobody.
 *
 * <p>Thread-safe.
 */
public final class Progress {

  private static final Map<String, Progress> RUNS = new ConcurrentHashMap<>();

  /** From a millisecond to an hour. */
  private static final long HIGHEST_LATENCY = 3_600_000;

  private final LongAdder readings = new LongAdder();
  private final LongAdder alerts = new LongAdder();
  private final LongAdder late = new LongAdder();
  private final LongAdder deadLetters = new LongAdder();
  private final Recorder latencies = new Recorder(HIGHEST_LATENCY, 3);
  private final Histogram total = new Histogram(HIGHEST_LATENCY, 3);

  private volatile long submitted;
  private volatile long firstRow;
  private long reported;

  private Progress() {}

  /**
   * The progress of a run.
   *
   * @param run its name
   * @return always the same for the same name
   */
  public static Progress of(String run) {
    return RUNS.computeIfAbsent(run, k -> new Progress());
  }

  /** Starts the clock. */
  public void submitted() {
    submitted = System.nanoTime();
  }

  public double secondsSinceSubmitted() {
    return (System.nanoTime() - submitted) / 1e9;
  }

  /**
   * When the first alert was in the database.
   *
   * @return seconds since {@link #submitted}; NaN before
   */
  public double secondsToFirstRow() {
    return firstRow == 0 ? Double.NaN : (firstRow - submitted) / 1e9;
  }

  public void reading() {
    readings.increment();
  }

  public void alert() {
    alerts.increment();
  }

  /**
   * Counts a tuple if it is a reading that came too late, or a record that could not be read.
   *
   * @param tuple from any stream
   * @return false if it is neither
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
   * Counts an alert that is now in the database.
   *
   * @param millis since the reading was written to Kafka
   */
  public void stored(long millis) {
    if (firstRow == 0) {
      firstRow = System.nanoTime();
    }
    latencies.recordValue(Math.max(0, Math.min(millis, HIGHEST_LATENCY)));
  }

  /**
   * How many records the topology took in.
   *
   * @return how often, replays included
   */
  public long readings() {
    return readings.sum();
  }

  /**
   * The records since this method was called before.
   *
   * @return how many
   */
  public synchronized long recentReadings() {
    long now = readings.sum();
    long recent = now - reported;
    reported = now;
    return recent;
  }

  /**
   * How many alerts were raised.
   *
   * @return how often, replays included
   */
  public long alerts() {
    return alerts.sum();
  }

  /**
   * How many readings were too late for the detector.
   *
   * @return how often, replays included
   */
  public long late() {
    return late.sum();
  }

  /**
   * How many records could not be read.
   *
   * @return how often, replays included
   */
  public long deadLetters() {
    return deadLetters.sum();
  }

  /**
   * The latencies since this method was called before.
   *
   * @return in milliseconds
   */
  public synchronized Histogram recentLatencies() {
    Histogram recent = latencies.getIntervalHistogram();
    total.add(recent);
    return recent;
  }

  /**
   * The latencies of the whole run.
   *
   * @return in milliseconds
   */
  public synchronized Histogram latencies() {
    total.add(latencies.getIntervalHistogram());
    return total.copy();
  }
}
