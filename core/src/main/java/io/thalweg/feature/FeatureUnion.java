package io.thalweg.feature;

import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;
import io.thalweg.Counters;
import io.thalweg.FailStop;
import io.thalweg.Operator;
import io.thalweg.Output;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;

/**
 * Processor that answers an event with the features of several keys, such as card, merchant and
 * device, in one call.
 *
 * <pre>{@code
 * FeatureUnion<Payment> features =
 *     FeatureUnion.<Payment>of(cardSet, Payment::card).and(merchantSet, Payment::merchant).build();
 * }</pre>
 *
 * <p>The vector has the features of each set, in the order of the sets. An event is answered if one
 * of the sets asks for it; features of a set that does not, or whose key of the event is null, are
 * absent. An event that one set rejects, or that is late for one set, changes no set.
 *
 * <p>It is for programs that drive one processor. An engine that shards its input by key would send
 * the events of one merchant to several tasks; there, use a chain of {@link FeatureSet#append}. The
 * key given to {@link #process} only names the results.
 *
 * <p>Counters: those of {@link FeatureOperator}, for all sets together. Saved state: a scope for
 * each set, by its name. Not thread-safe.
 *
 * @param <E> the events
 */
public final class FeatureUnion<E> extends Operator<String, E, FeatureRow<E>> {

  /** A set with its key. */
  private record Part<E>(FeatureSet<? super E> set, Function<? super E, String> key) {}

  private record OperatorState(long hash, long watermark, Counters counters) {}

  private final List<Part<E>> parts;
  private final List<FeatureEngine<String, ? super E>> engines = new ArrayList<>();
  private final List<FeatureVector> absent = new ArrayList<>();
  private final String[] keys;
  private final FeatureSchema schema;
  private final Counters counters = new Counters();
  private final Counters.Counter answered = counters.add("answered");
  private final Counters.Counter learnt = counters.add("learnt");
  private final Counters.Counter late = counters.add("late");
  private final Counters.Counter rejected = counters.add("rejected");
  private final Counters.Counter backwardAdvances = counters.add("backwardAdvances");
  private final Codec<OperatorState> codec =
      Codec.of(
          "thalweg.feature.union",
          (value, out) -> {
            out.writeLong(value.hash);
            out.writeLong(value.watermark);
            value.counters.write(out);
          },
          in -> new OperatorState(in.readLong(), in.readLong(), counters.read(in)));
  private long watermark = Long.MIN_VALUE;

  private FeatureUnion(List<Part<E>> parts) {
    this.parts = parts;
    keys = new String[parts.size()];
    FeatureSchema all = FeatureSchema.empty();
    for (Part<E> part : parts) {
      engines.add(part.set.engine());
      FeatureSchema own = part.set.schema();
      absent.add(FeatureVector.absent(own));
      all = all.concat(own);
    }
    schema = all;
  }

  /**
   * Returns a builder with a first set.
   *
   * @param set the features
   * @param key reads the key of an event, null if it has none; an exception rejects the event
   * @param <E> the events
   * @return a builder
   */
  public static <E> Builder<E> of(FeatureSet<? super E> set, Function<? super E, String> key) {
    return new Builder<E>().and(set, key);
  }

  /**
   * Builder of a union.
   *
   * @param <E> the events
   */
  public static final class Builder<E> {
    private final List<Part<E>> parts = new ArrayList<>();

    private Builder() {}

    /**
     * Adds a set.
     *
     * @param set the features
     * @param key reads the key of an event, null if it has none; an exception rejects the event
     * @return this builder
     * @throws IllegalArgumentException if there is a set of the same name
     */
    public Builder<E> and(FeatureSet<? super E> set, Function<? super E, String> key) {
      for (Part<E> part : parts) {
        if (part.set.name().equals(set.name())) {
          throw new IllegalArgumentException("names of sets must be different: " + set.name());
        }
      }
      parts.add(new Part<>(set, requireNonNull(key, "key")));
      return this;
    }

    /**
     * Creates the processor.
     *
     * @return a processor without state
     * @throws IllegalArgumentException if two sets have a feature of one name
     */
    public FeatureUnion<E> build() {
      return new FeatureUnion<>(List.copyOf(parts));
    }
  }

  /**
   * Returns the schema of the vectors.
   *
   * @return the features of all sets, in their order
   */
  public FeatureSchema schema() {
    return schema;
  }

  @Override
  protected void apply(String key, E event, long timestamp, Output<String, FeatureRow<E>> out) {
    String reason = reason(key, event, timestamp);
    if (reason != null) {
      rejected.increment();
      out.reject(key, event, timestamp, reason);
      return;
    }
    boolean asked = false;
    for (int i = 0; i < keys.length; i++) {
      if (keys[i] != null) {
        if (engines.get(i).isLate(timestamp)) {
          late.increment();
          out.late(key, event, timestamp, watermark);
          return;
        }
        asked |= engines.get(i).isAsked();
      }
    }
    FeatureVector vector = add(timestamp, asked);
    if (asked) {
      answered.increment();
      out.emit(key, new FeatureRow<>(event, vector));
    } else {
      learnt.increment();
    }
  }

  /** Reads the event for each set; returns the reason to reject it, null if there is none. */
  private String reason(String key, E event, long timestamp) {
    boolean hasKey = false;
    for (int i = 0; i < keys.length; i++) {
      try {
        keys[i] = parts.get(i).key.apply(event);
      } catch (RuntimeException e) {
        return FailStop.reason(key, e);
      }
      if (keys[i] != null) {
        hasKey = true;
        String reason = engines.get(i).reason(keys[i], event, timestamp);
        if (reason != null) {
          return reason;
        }
      }
    }
    return hasKey ? null : "an event must have the key of a set: " + key;
  }

  private FeatureVector add(long timestamp, boolean asked) {
    FeatureVector vector = FeatureVector.empty();
    FeatureSchema before = FeatureSchema.empty();
    for (int i = 0; i < keys.length; i++) {
      FeatureVector own = absent.get(i);
      if (keys[i] != null) {
        FeatureEngine<String, ? super E> engine = engines.get(i);
        if (engine.isAsked()) {
          own = FeatureOperator.newVector(engine, keys[i], timestamp);
        } else {
          engine.add(keys[i], timestamp, null, null);
        }
      }
      if (asked) {
        before = i + 1 == keys.length ? schema : before.concat(own.schema());
        vector = vector.concat(own, before);
      }
    }
    return vector;
  }

  @Override
  protected void moveWatermark(long watermark, Output<String, FeatureRow<E>> out) {
    if (watermark < this.watermark) {
      backwardAdvances.increment();
    } else {
      this.watermark = watermark;
      engines.forEach(engine -> engine.advance(watermark));
    }
  }

  @Override
  protected void write(StateWriter<String> to) {
    for (int i = 0; i < engines.size(); i++) {
      engines.get(i).write(to.scope(parts.get(i).set.name()));
    }
    to.putOperatorState(operatorState());
  }

  @Override
  protected void writeChanges(StateWriter<String> to) {
    for (int i = 0; i < engines.size(); i++) {
      engines.get(i).writeChanges(to.scope(parts.get(i).set.name()));
    }
    to.putOperatorState(operatorState());
  }

  private byte[] operatorState() {
    return codec.encode(new OperatorState(schema.hash(), watermark, counters));
  }

  @Override
  protected void markSaved() {
    engines.forEach(FeatureEngine::markSaved);
  }

  @Override
  protected void read(StateReader<String> shard) {
    byte[] bytes = shard.operatorState();
    if (bytes == null) {
      FailStop.requireEmpty("thalweg.feature.union", shard);
      return;
    }
    OperatorState saved = codec.decode(bytes);
    if (saved.hash != schema.hash()) {
      throw new IllegalArgumentException(
          "thalweg.feature.union: the features must be as saved: schema %016x saved, now %016x"
              .formatted(saved.hash, schema.hash()));
    }
    List<FeatureEngine.Restored<String>> restored = new ArrayList<>();
    for (int i = 0; i < engines.size(); i++) {
      restored.add(engines.get(i).read(shard.scope(parts.get(i).set.name())));
    }
    watermark = Math.max(watermark, saved.watermark);
    for (int i = 0; i < engines.size(); i++) {
      engines.get(i).addAll(restored.get(i));
    }
    if (shard.ownsCounters()) {
      counters.addAll(saved.counters);
    }
  }

  @Override
  public void counters(ObjLongConsumer<String> each) {
    each.accept("offered", answered.value() + learnt.value() + late.value() + rejected.value());
    counters.report(each);
    each.accept("keys", engines.stream().mapToLong(FeatureEngine::keys).sum());
    each.accept("watermark", watermark);
  }
}
