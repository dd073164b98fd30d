package io.thalweg.storm;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.utils.Time;

/**
 * Storm metrics of a task. {@link ProcessorBolt} describes each of them. Storm reads the gauges
 * from another thread. Those that depend on the clock are computed when they are read, so that they
 * grow while the task waits for a sink, a store or a heartbeat.
 */
final class TaskMetrics {

  final Counter events;
  final Counter applied;
  final Counter duplicates;
  final Counter commitFailures;
  final Timer commits;
  final Histogram latency;
  final ResultTuples.Counters results;

  private final TopologyContext context;
  private final Histogram commitBytes;
  private final Counter committedBytes;
  private final AtomicLong pendingAcks = new AtomicLong();
  private final long startNanos = Time.nanoTime();
  private volatile long pendingAtCommit;
  private volatile long outbox;
  private volatile long watermark = Long.MIN_VALUE;
  private volatile boolean idle;
  private volatile Arrival lastHeartbeat = new Arrival(startNanos, 0);

  /** Values of the counters of the processor at the last commit. */
  private final Map<String, Long> ofProcessor = new ConcurrentHashMap<>();

  /** Arrival of a heartbeat, and the time since the one before. */
  private record Arrival(long atNanos, long delayNanos) {}

  TaskMetrics(TopologyContext context) {
    this.context = context;
    events = context.registerCounter("events");
    applied = context.registerCounter("applied");
    duplicates = context.registerCounter("duplicates");
    commitFailures = context.registerCounter("commitFailures");
    commits = context.registerTimer("commit");
    latency = context.registerHistogram("latencyMs");
    commitBytes = context.registerHistogram("commitBytes");
    committedBytes = context.registerCounter("committedBytes");
    results =
        new ResultTuples.Counters(
            context.registerCounter("results"),
            context.registerCounter("windowsClosed"),
            context.registerCounter("late"),
            context.registerCounter("deadLetters"),
            new SideStreams(context));
    register("watermarkLagMs", this::watermarkLag);
    register("heartbeatDelayMs", this::heartbeatDelay);
    register("pendingAcks", () -> Math.max(pendingAtCommit, pendingAcks.get()));
    register("outbox", () -> outbox);
  }

  private void register(String name, Gauge<Long> gauge) {
    context.registerGauge(name, gauge);
  }

  /** Registers a gauge for a counter of the processor, once. */
  void registerProcessorGauge(String counter) {
    if (ofProcessor.putIfAbsent(counter, 0L) == null) {
      register("processor." + counter, () -> ofProcessor.get(counter));
    }
  }

  void setProcessorGauge(String counter, long value) {
    ofProcessor.put(counter, value);
  }

  /**
   * Records a heartbeat.
   *
   * @param watermark the watermark of the task after it
   * @param idle true if the spout has read and settled everything
   */
  void onHeartbeat(long watermark, boolean idle) {
    long now = Time.nanoTime();
    lastHeartbeat = new Arrival(now, now - lastHeartbeat.atNanos);
    this.idle = idle;
    this.watermark = watermark;
  }

  /** Records the number of tuples that wait for the commit. */
  void setPending(int tuples) {
    pendingAcks.lazySet(tuples);
  }

  /**
   * Records a commit, before its outputs are emitted, which may wait for a sink.
   *
   * @param pending the number of tuples that waited for it
   * @param bytes the bytes of state that were written
   */
  void onCommit(int pending, long bytes, long outbox, long watermark) {
    pendingAtCommit = pending;
    this.outbox = outbox;
    this.watermark = watermark;
    commitBytes.update(bytes);
    committedBytes.inc(bytes);
  }

  /** Without a watermark, the lag is the time since the start. */
  private long watermarkLag() {
    long reached = watermark;
    if (idle || reached == Long.MAX_VALUE) {
      return 0;
    }
    return reached == Long.MIN_VALUE
        ? TimeUnit.NANOSECONDS.toMillis(Time.nanoTime() - startNanos)
        : Time.currentTimeMillis() - reached;
  }

  private long heartbeatDelay() {
    Arrival last = lastHeartbeat;
    return TimeUnit.NANOSECONDS.toMillis(Math.max(last.delayNanos, Time.nanoTime() - last.atNanos));
  }
}
