package io.thalweg.join;

import static io.thalweg.Milliseconds.plus;

import io.thalweg.Codec;
import io.thalweg.Counters;
import io.thalweg.FailStop;
import io.thalweg.Operator;
import io.thalweg.Output;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjLongConsumer;

/**
 * Processor whose state is in {@link EventBuffer}s: admission of events, the watermark, counters,
 * and saved state.
 */
abstract class BufferingProcessor<K, E, O> extends Operator<K, E, O> {

  private record OperatorState(String parameters, long watermark, Counters counters) {}

  private final String parameters;
  private final long lateness;
  private final int maxEvents;
  private final Map<String, EventBuffer<K, ?>> buffers = new LinkedHashMap<>();
  final Counters counts = new Counters();
  private final Counters.Counter admitted = counts.add("admitted");
  private final Counters.Counter late = counts.add("late");
  private final Counters.Counter rejected = counts.add("rejected");
  private final Counters.Counter backwardAdvances = counts.add("backwardAdvances");
  private final Codec<OperatorState> codec =
      Codec.of(
          "thalweg.join",
          (value, out) -> {
            Codec.writeNested(Codec.STRING, value.parameters, out);
            out.writeLong(value.watermark);
            value.counters.write(out);
          },
          in ->
              new OperatorState(
                  Codec.readNested(Codec.STRING, in), in.readLong(), counts.read(in)));
  private long watermark = Long.MIN_VALUE;

  /**
   * Creates a processor without buffers.
   *
   * @param parameters the parameters that a saved state must share, as text
   */
  BufferingProcessor(String parameters, long lateness, int maxEvents) {
    this.parameters = parameters + ", lateness " + lateness + " ms";
    this.lateness = lateness;
    this.maxEvents = maxEvents;
  }

  /** Adds a buffer, whose state is in a scope of its own. */
  final <T> EventBuffer<K, T> buffer(String scope, Codec<T> events) {
    EventBuffer<K, T> buffer = new EventBuffer<>(events);
    buffers.put(scope, buffer);
    return buffer;
  }

  /** Returns the reason to reject an event; null to admit it. Changes nothing. */
  String refusal(K key, E event) {
    return null;
  }

  /** Processes an event that is neither late nor rejected. */
  abstract void admit(K key, E event, long timestamp, Output<K, O> out);

  /** Emits due results and removes expired events. */
  abstract void expire(long watermark, Output<K, O> out);

  /** Adds the deadlines of a restored bucket. */
  abstract <T> void schedule(EventBuffer<K, T> buffer, EventBuffer.Bucket<K, T> bucket);

  final long watermark() {
    return watermark;
  }

  @Override
  protected final void apply(K key, E event, long timestamp, Output<K, O> out) {
    String refusal;
    if (timestamp == Long.MIN_VALUE || timestamp == Long.MAX_VALUE) {
      refusal = "timestamp is reserved: " + timestamp;
    } else if (plus(timestamp, lateness) < watermark) {
      late.increment();
      out.late(key, event, timestamp, watermark);
      return;
    } else if (maxEvents < Integer.MAX_VALUE && size() >= maxEvents) {
      refusal = "at most " + maxEvents + " events are held: key " + key;
    } else {
      refusal = refusal(key, event);
    }
    if (refusal != null) {
      rejected.increment();
      out.reject(key, event, timestamp, refusal);
      return;
    }
    admitted.increment();
    admit(key, event, timestamp, out);
  }

  private long size() {
    long size = 0;
    for (EventBuffer<K, ?> buffer : buffers.values()) {
      size += buffer.size();
    }
    return size;
  }

  @Override
  protected final void moveWatermark(long watermark, Output<K, O> out) {
    if (watermark < this.watermark) {
      backwardAdvances.increment();
    } else {
      this.watermark = watermark;
      expire(watermark, out);
    }
  }

  @Override
  protected final void write(StateWriter<K> to) {
    buffers.forEach((scope, buffer) -> buffer.save(to.scope(scope)));
    to.putOperatorState(operatorState());
  }

  @Override
  protected final void writeChanges(StateWriter<K> to) {
    buffers.forEach((scope, buffer) -> buffer.saveChanges(to.scope(scope)));
    to.putOperatorState(operatorState());
  }

  @Override
  protected final void markSaved() {
    buffers.values().forEach(EventBuffer::markSaved);
  }

  private byte[] operatorState() {
    return codec.encode(new OperatorState(parameters, watermark, counts));
  }

  @Override
  protected final void read(StateReader<K> shard) {
    byte[] bytes = shard.operatorState();
    if (bytes == null) {
      FailStop.requireEmpty("thalweg.join", shard);
      return;
    }
    OperatorState saved = codec.decode(bytes);
    if (!saved.parameters.equals(parameters)) {
      throw new IllegalArgumentException(
          "the parameters must be as saved; keep them, or start the operator without the saved state: saved "
              + saved.parameters
              + ", now "
              + parameters);
    }
    List<Runnable> additions = new ArrayList<>();
    buffers.forEach((scope, buffer) -> readInto(buffer, shard.scope(scope), additions));
    watermark = // the last step that can fail
        FailStop.restoredWatermark(watermark, size() > 0, saved.watermark, !additions.isEmpty());
    additions.forEach(Runnable::run);
    if (shard.ownsCounters()) {
      counts.addAll(saved.counters);
    }
  }

  private <T> void readInto(
      EventBuffer<K, T> buffer, StateReader<K> from, List<Runnable> additions) {
    List<EventBuffer.Bucket<K, T>> read = buffer.read(from);
    if (!read.isEmpty()) {
      additions.add(
          () -> {
            buffer.addAll(read);
            read.forEach(bucket -> schedule(buffer, bucket));
          });
    }
  }

  /**
   * Reports {@code offered}, {@code admitted}, {@code late} and {@code rejected} events and further
   * counts of the processor so far, the number of {@code events} held, and the {@code watermark}.
   */
  @Override
  public void counters(ObjLongConsumer<String> each) {
    each.accept("offered", admitted.value() + late.value() + rejected.value());
    counts.report(each);
    each.accept("events", size());
    each.accept("watermark", watermark);
  }

  static int positive(String name, int number) {
    if (number <= 0) {
      throw new IllegalArgumentException(name + " must be positive: " + number);
    }
    return number;
  }
}
