package io.thalweg.storm.kafka;

import io.thalweg.storm.BoltHarness;
import io.thalweg.storm.SettledMarks;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.storm.metrics2.StormMetricRegistry;
import org.apache.storm.spout.ISpoutOutputCollector;
import org.apache.storm.spout.SpoutOutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.utils.Time;
import org.apache.storm.utils.Utils;

/**
 * Driver of one task of a spout, in place of its executor. It runs on simulated time, which
 * advances by 20 ms with each {@link #step}.
 */
final class SpoutDriver implements AutoCloseable {

  /** Emitted tuple. */
  record Emission(String stream, List<Object> values, Object id) {
    boolean isHeartbeat() {
      return stream.equals(Streams.WATERMARK);
    }

    Object get(String field) {
      List<String> fields =
          isHeartbeat()
              ? TupleFields.HEARTBEAT
              : stream.equals(Streams.DEAD_LETTER) ? TupleFields.DEAD_LETTER : TupleFields.RECORD;
      return values.get(fields.indexOf(field));
    }

    long number(String field) {
      return ((Number) get(field)).longValue();
    }
  }

  final List<Emission> records = new ArrayList<>();
  final List<Emission> heartbeats = new ArrayList<>();

  /** Called with every emission in the next step; acks it by default. */
  Consumer<Emission> onEmission = this::ack;

  private final LowWatermarkKafkaSpout spout;
  private final List<Emission> open = new ArrayList<>();
  private final StormMetricRegistry metrics = new StormMetricRegistry();
  private final int task;
  private boolean closed;

  /** Opens a spout from its serialized form, as a worker does. Requires simulated time. */
  SpoutDriver(LowWatermarkKafkaSpout original) {
    TopologyBuilder topology = new TopologyBuilder();
    topology.setSpout("numbers", original, 1);
    TopologyContext context = new BoltHarness(topology).context("numbers", metrics);
    task = context.getThisTaskId();
    spout = Utils.javaDeserialize(Utils.javaSerialize(original), LowWatermarkKafkaSpout.class);
    spout.open(Map.of(), context, new SpoutOutputCollector(new Recorder()));
    spout.activate();
  }

  private final class Recorder implements ISpoutOutputCollector {
    @Override
    public List<Integer> emit(String stream, List<Object> values, Object id) {
      Emission emission = new Emission(stream, List.copyOf(values), id);
      (emission.isHeartbeat() ? heartbeats : records).add(emission);
      open.add(emission);
      return List.of();
    }

    @Override
    public void emitDirect(int task, String stream, List<Object> tuple, Object messageId) {
      throw new AssertionError("direct");
    }

    @Override
    public long getPendingCount() {
      return open.size();
    }

    @Override
    public void flush() {}

    @Override
    public void reportError(Throwable error) {
      throw new AssertionError(error);
    }
  }

  long gauge(String name) {
    return (Long) metrics.getTaskGauges(task).get(name).getValue();
  }

  long counter(String name) {
    return metrics.getTaskCounters(task).get(name).getCount();
  }

  void ack(Emission emission) {
    spout.ack(emission.id());
  }

  void fail(Emission emission) {
    spout.fail(emission.id());
  }

  /** Calls the spout once, and returns its emissions. The caller acks them and advances time. */
  List<Emission> call() {
    open.clear();
    spout.nextTuple();
    return List.copyOf(open);
  }

  /** Handles the emissions of the previous step, calls the spout, and advances time. */
  void step() {
    List<Emission> previous = List.copyOf(open);
    open.clear();
    previous.forEach(onEmission);
    spout.nextTuple();
    if (open.isEmpty()) {
      LockSupport.parkNanos(100_000); // as an idle executor does
    }
    Time.advanceTime(20);
  }

  void steps(int count) {
    for (int i = 0; i < count; i++) {
      step();
    }
  }

  /** Steps until a condition holds; fails after a minute of real time. */
  void until(String condition, BooleanSupplier holds) {
    long start = System.nanoTime();
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() - start > 60_000_000_000L) {
        throw new AssertionError(
            "condition must hold within a minute: "
                + condition
                + "; records "
                + records.size()
                + ", heartbeats "
                + heartbeats.size()
                + ", watermark "
                + watermark()
                + ", "
                + spout);
      }
      step();
    }
  }

  Emission lastHeartbeat() {
    return heartbeats.get(heartbeats.size() - 1);
  }

  long watermark() {
    return heartbeats.isEmpty() ? Long.MIN_VALUE : lastHeartbeat().number(TupleFields.WATERMARK);
  }

  Map<String, Long> marks() {
    return heartbeats.isEmpty()
        ? Map.of()
        : SettledMarks.decode((byte[]) lastHeartbeat().get(TupleFields.MARKS));
  }

  /** Closes the spout, once. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      spout.close();
    }
  }
}
