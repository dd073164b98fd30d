package io.thalweg.storm;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.Timer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.storm.task.TopologyContext;

/** Storm metrics of a task. {@link ProcessorBolt} describes each of them. */
final class TaskMetrics {

  final Counter events;
  final Counter applied;
  final Counter duplicates;
  final Counter commitFailures;
  final Timer commits;
  final Histogram latency;
  final ResultTuples.Counters results;

  private final TopologyContext context;

  /** Values of the gauges, which Storm reads from another thread. */
  private final Map<String, Long> gauges = new ConcurrentHashMap<>();

  TaskMetrics(TopologyContext context) {
    this.context = context;
    events = context.registerCounter("events");
    applied = context.registerCounter("applied");
    duplicates = context.registerCounter("duplicates");
    commitFailures = context.registerCounter("commitFailures");
    commits = context.registerTimer("commit");
    latency = context.registerHistogram("latencyMs");
    results =
        new ResultTuples.Counters(
            context.registerCounter("results"),
            context.registerCounter("windowsClosed"),
            context.registerCounter("late"),
            context.registerCounter("deadLetters"));
    List.of("commitBytes", "watermarkLagMs", "heartbeatDelayMs", "pendingAcks", "outbox")
        .forEach(this::registerGauge);
  }

  void registerGauge(String name) {
    if (gauges.putIfAbsent(name, 0L) == null) {
      Gauge<Long> gauge = () -> gauges.get(name);
      context.registerGauge(name, gauge);
    }
  }

  void setGauge(String name, long value) {
    gauges.put(name, value);
  }
}
