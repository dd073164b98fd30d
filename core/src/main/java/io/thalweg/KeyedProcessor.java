package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.function.ObjLongConsumer;
import java.util.function.Supplier;

/** Processor of {@link Processor#keyed}: applies a step to the state of the event's key. */
final class KeyedProcessor<S, K, E, O> extends Operator<K, E, O> {

  private record OperatorState(long idle, long watermark, Counters counters) {}

  private final Step<S, K, E, O> step;
  private final KeyedState<K, S> states;
  private final long idle;
  private final Counters counters = new Counters();
  private final Counters.Counter admitted = counters.add("admitted");
  private final Counters.Counter late = counters.add("late");
  private final Counters.Counter rejected = counters.add("rejected");
  private final Counters.Counter backwardAdvances = counters.add("backwardAdvances");
  private final Codec<OperatorState> codec =
      Codec.of(
          "thalweg.keyed.shared",
          (value, out) -> {
            out.writeLong(value.idle);
            out.writeLong(value.watermark);
            value.counters.write(out);
          },
          in -> new OperatorState(in.readLong(), in.readLong(), counters.read(in)));
  private long watermark = Long.MIN_VALUE;

  KeyedProcessor(
      Supplier<? extends S> create, Codec<S> codec, Duration idle, Step<S, K, E, O> step) {
    this.step = requireNonNull(step, "step");
    this.states = new KeyedState<>(create, codec, idle);
    this.idle = states.expiry(0);
  }

  @Override
  protected void apply(K key, E event, long timestamp, Output<K, O> out) {
    if (timestamp == Long.MIN_VALUE || timestamp == Long.MAX_VALUE) {
      rejected.increment();
      out.reject(key, event, timestamp, "timestamp is reserved: " + timestamp);
      return;
    }
    if (states.expiry(timestamp) <= watermark) {
      late.increment();
      out.late(key, event, timestamp, watermark);
      return;
    }
    admitted.increment();
    step.apply(states.update(key, timestamp), key, event, timestamp, out);
  }

  @Override
  protected void moveWatermark(long watermark, Output<K, O> out) {
    if (watermark < this.watermark) {
      backwardAdvances.increment();
    } else {
      this.watermark = watermark;
      states.expire(watermark);
    }
  }

  @Override
  protected void write(StateWriter<K> to) {
    states.save(to);
    to.putOperatorState(operatorState());
  }

  @Override
  protected void writeChanges(StateWriter<K> to) {
    states.saveChanges(to);
    to.putOperatorState(operatorState());
  }

  @Override
  protected void markSaved() {
    states.startTrackingChanges();
  }

  private byte[] operatorState() {
    return codec.encode(new OperatorState(idle, watermark, counters));
  }

  @Override
  protected void read(StateReader<K> shard) {
    byte[] bytes = shard.operatorState();
    if (bytes == null) {
      FailStop.requireEmpty("thalweg.keyed", shard);
      return;
    }
    OperatorState saved = codec.decode(bytes);
    if (saved.idle != idle) {
      throw new IllegalArgumentException(
          "thalweg.keyed: idle must be as saved; keep it, or start the operator without the saved state: saved "
              + saved.idle
              + " ms, now "
              + idle
              + " ms");
    }
    List<KeyedState.Entry<K, S>> read = states.read(shard);
    watermark = // the last step that can fail
        FailStop.restoredWatermark(watermark, states.size() > 0, saved.watermark, !read.isEmpty());
    states.addAll(read);
    if (shard.ownsCounters()) {
      counters.addAll(saved.counters);
    }
  }

  @Override
  public void counters(ObjLongConsumer<String> each) {
    each.accept("offered", admitted.value() + late.value() + rejected.value());
    counters.report(each);
    each.accept("keys", states.size());
    each.accept("watermark", watermark);
  }
}
