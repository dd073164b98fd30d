package io.thalweg.storm.kafka;

import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.utils.Time;

/**
 * Gauges of a spout task. Each is computed when it is read, from the state at the last heartbeat
 * and the clock, so that none stands still when heartbeats do.
 */
final class SpoutGauges {

  private final long periodMillis;

  /** State at the last heartbeat, which the thread of the metrics reads. */
  private volatile State state;

  private record State(
      long at,
      long watermark,
      boolean idle,
      long unacked,
      long unconfirmed,
      long skew,
      long waitingBytes) {}

  SpoutGauges(TopologyContext context, long periodMillis) {
    this.periodMillis = periodMillis;
    state = new State(now(), Long.MIN_VALUE, false, 0, 0, 0, 0);
    context.registerGauge("unacked", () -> state.unacked);
    context.registerGauge("watermarkLagMs", this::lag);
    context.registerGauge("unconfirmedHeartbeats", this::unconfirmedOrOverdue);
    context.registerGauge("partitionSkewMs", () -> state.skew);
    context.registerGauge("waitingBytes", () -> state.waitingBytes);
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(Time.nanoTime());
  }

  void onHeartbeat(LowWatermark<TopicPartition> low, WatermarkAlignment alignment) {
    state =
        new State(
            now(),
            low.watermark(),
            low.isIdle(),
            low.unacked(),
            low.unconfirmed(),
            low.skew(),
            alignment.waitingBytes());
  }

  private long lag() {
    State last = state;
    if (last.watermark == Long.MIN_VALUE) {
      return -1;
    }
    boolean settled = last.idle || last.watermark == Long.MAX_VALUE;
    return settled ? 0 : Time.currentTimeMillis() - last.watermark;
  }

  /** Returns the number of heartbeats that are unconfirmed, or not sent although they are due. */
  private long unconfirmedOrOverdue() {
    State last = state;
    return last.unconfirmed + Math.max(0, (now() - last.at) / periodMillis - 1);
  }
}
