package io.thalweg.feature;

import io.thalweg.Codec;
import io.thalweg.Counters;
import io.thalweg.FailStop;
import io.thalweg.KeyedState;
import io.thalweg.Milliseconds;
import io.thalweg.Output;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.time.Duration;
import java.util.List;
import java.util.function.ObjLongConsumer;
import java.util.function.Predicate;

/**
 * Features of all keys, with the rules on rejection, lateness and expiry: the common part of the
 * processors of features.
 *
 * <p>An event is taken in two steps: {@link #admit} changes nothing, {@link #add} does not refuse.
 */
final class FeatureEngine<K, E> {

  /**
   * Settings of an engine.
   *
   * @param schema the features
   * @param features their declarations
   * @param answering accepts the events that are answered; null if all are
   * @param lateness in milliseconds
   * @param memory the milliseconds after its newest event at which the features of a key are
   *     forgotten; {@code Long.MAX_VALUE} if they are not
   * @param maxKeys the greatest number of keys
   */
  record Settings<E>(
      FeatureSchema schema,
      List<FeatureSpec<E>> features,
      Predicate<? super E> answering,
      long lateness,
      long memory,
      int maxKeys) {}

  private record OperatorState(long hash, long memory, long watermark, Counters counters) {}

  private final Settings<E> settings;
  private final FeaturePlan<E> plan;
  private final EventValues<E> values;
  private final KeyedState<K, KeyFeatures> keys;
  private final Counters counters = new Counters();
  private final Counters.Counter answered = counters.add("answered");
  private final Counters.Counter learnt = counters.add("learnt");
  private final Counters.Counter behind = counters.add("behind");
  private final Counters.Counter late = counters.add("late");
  private final Counters.Counter rejected = counters.add("rejected");
  private final Counters.Counter backwardAdvances = counters.add("backwardAdvances");
  private final Codec<OperatorState> codec =
      Codec.of(
          "thalweg.feature",
          (value, out) -> {
            out.writeLong(value.hash);
            out.writeLong(value.memory);
            out.writeLong(value.watermark);
            value.counters.write(out);
          },
          in -> new OperatorState(in.readLong(), in.readLong(), in.readLong(), counters.read(in)));
  private long watermark = Long.MIN_VALUE;
  private KeyedState.Entry<K, KeyFeatures> entry;

  FeatureEngine(Settings<E> settings) {
    this.settings = settings;
    plan = new FeaturePlan<>(settings.features, settings.answering, settings.lateness);
    values = plan.values();
    long expiry = Milliseconds.plus(settings.memory, settings.lateness);
    keys =
        new KeyedState<>(
            () -> new KeyFeatures(plan.create()),
            new KeyFeaturesFormat<>(plan::create),
            expiry == Long.MAX_VALUE ? KeyedState.FOREVER : Duration.ofMillis(expiry),
            settings.maxKeys);
  }

  FeatureSchema schema() {
    return settings.schema;
  }

  /**
   * Reads an event without changing the state of its key.
   *
   * @param event the event
   * @param original the event to be reported if it is late or rejected
   * @return true if the event is to be added; false if it was reported
   */
  boolean admit(K key, E event, long timestamp, Object original, Output<K, ?> side) {
    String reason = reason(key, event, timestamp);
    if (reason != null) {
      reject(key, timestamp, original, reason, side);
      return false;
    }
    if (isLate(timestamp)) {
      late.increment();
      side.late(key, original, timestamp, watermark);
      return false;
    }
    return true;
  }

  void reject(K key, long timestamp, Object original, String reason, Output<K, ?> side) {
    rejected.increment();
    side.reject(key, original, timestamp, reason);
  }

  /** Returns the reason to reject an event; null if there is none. Reads the event. */
  String reason(K key, E event, long timestamp) {
    if (timestamp == Long.MIN_VALUE || timestamp == Long.MAX_VALUE) {
      return "timestamp is reserved: " + timestamp;
    }
    try {
      values.read(event, timestamp);
    } catch (RuntimeException e) {
      return FailStop.reason(key, e);
    }
    entry = keys.entry(key);
    if (entry == null && keys.isFull()) {
      return "at most " + keys.size() + " keys are held: " + key;
    }
    return null;
  }

  /** Returns true if the event that was read is late. */
  boolean isLate(long timestamp) {
    return watermark == Long.MAX_VALUE
        || Milliseconds.plus(timestamp, settings.lateness) < watermark
        || entry != null && timestamp < Milliseconds.minus(entry.state().newest, settings.lateness);
  }

  long keys() {
    return keys.size();
  }

  /** Returns true if the admitted event is to be answered. */
  boolean isAsked() {
    return values.isAsked();
  }

  /**
   * Adds the admitted event and reads its features if it is to be answered.
   *
   * @param numbers receives the numbers
   * @param texts receives the texts; null if they are not wanted
   */
  void add(K key, long timestamp, double[] numbers, String[] texts) {
    if (entry == null) {
      entry = keys.create(key, timestamp);
      entry.state().newest = timestamp;
    }
    keys.update(entry, timestamp);
    KeyFeatures state = entry.state();
    values.place(state.newest);
    if (values.isBehind()) {
      behind.increment();
    } else {
      if (settings.memory < Long.MAX_VALUE
          && timestamp >= Milliseconds.plus(state.newest, settings.memory)) {
        state.clear();
      }
      state.newest = timestamp;
    }
    plan.seek(state.states);
    if (!values.isAsked()) {
      learnt.increment();
      plan.add(state.states);
      return;
    }
    answered.increment();
    plan.read(FeatureSpec.Phase.BEFORE, state.states, numbers, texts);
    plan.add(state.states);
    plan.read(FeatureSpec.Phase.AFTER, state.states, numbers, texts);
    plan.read(FeatureSpec.Phase.DERIVED, state.states, numbers, texts);
  }

  void advance(long watermark) {
    if (watermark < this.watermark) {
      backwardAdvances.increment();
    } else {
      this.watermark = watermark;
      keys.expire(watermark);
    }
  }

  void write(StateWriter<K> to) {
    keys.save(to);
    to.putOperatorState(operatorState());
  }

  void writeChanges(StateWriter<K> to) {
    keys.saveChanges(to);
    to.putOperatorState(operatorState());
  }

  void markSaved() {
    keys.startTrackingChanges();
  }

  private byte[] operatorState() {
    return codec.encode(
        new OperatorState(settings.schema.hash(), settings.memory, watermark, counters));
  }

  /** State of a shard that was read and checked. */
  record Restored<K>(
      List<KeyedState.Entry<K, KeyFeatures>> keys, long watermark, Counters counters) {}

  /**
   * Reads a shard and changes nothing.
   *
   * @return the state, for {@link #addAll}; null if the shard is empty
   * @throws IllegalArgumentException if it is refused
   */
  Restored<K> read(StateReader<K> shard) {
    byte[] bytes = shard.operatorState();
    if (bytes == null) {
      FailStop.requireEmpty("thalweg.feature", shard);
      return null;
    }
    OperatorState saved = codec.decode(bytes);
    if (saved.hash != settings.schema.hash() || saved.memory != settings.memory) {
      throw new IllegalArgumentException(
          "thalweg.feature: the features must be as saved; restore the set that was saved, or start"
              + " without the saved state: schema %016x and %d ms saved, now %016x and %d ms"
                  .formatted(saved.hash, saved.memory, settings.schema.hash(), settings.memory));
    }
    List<KeyedState.Entry<K, KeyFeatures>> read = keys.read(shard);
    long largest =
        FailStop.restoredWatermark(watermark, keys.size() > 0, saved.watermark, !read.isEmpty());
    return new Restored<>(read, largest, shard.ownsCounters() ? saved.counters : null);
  }

  void addAll(Restored<K> restored) {
    if (restored != null) {
      watermark = restored.watermark;
      keys.addAll(restored.keys);
      if (restored.counters != null) {
        counters.addAll(restored.counters);
      }
    }
  }

  void counters(ObjLongConsumer<String> each) {
    each.accept("offered", answered.value() + learnt.value() + late.value() + rejected.value());
    counters.report(each);
    each.accept("keys", keys.size());
    each.accept("watermark", watermark);
  }
}
