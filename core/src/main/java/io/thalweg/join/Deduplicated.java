package io.thalweg.join;

import static io.thalweg.Milliseconds.plus;
import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;
import io.thalweg.Counters;
import io.thalweg.FailStop;
import io.thalweg.Milliseconds;
import io.thalweg.Output;
import io.thalweg.Timers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;

/**
 * Processor that emits each event once: an event is a duplicate if an event of the same key and id
 * was emitted whose timestamp differs by at most a given time.
 *
 * <pre>{@code
 * Processor<String, Order, Order> orders =
 *     Deduplicated.by(Order::id, Codec.STRING, Duration.ofHours(1)).build();
 * }</pre>
 *
 * <p>An event that is no duplicate is emitted as the answer to itself. A duplicate is counted as
 * {@code duplicates} and has no answer. Of several copies, the first to arrive is emitted. The
 * result is exact. To find duplicates across keys, make the id the key.
 *
 * <p>An event at {@code t} is late if {@code t + lateness < watermark}, because its earlier copy
 * may be forgotten. It is rejected if its id is null or cannot be read, if its timestamp is {@code
 * Long.MIN_VALUE} or {@code Long.MAX_VALUE}, or if the greatest number of ids is held. Each event
 * is counted once, see {@link #counters}.
 *
 * <p>Cost: O(log n) for an event, where n is the number of timestamps of its key that are held, and
 * one look-up in a hash map. Memory: about 400 bytes for each emitted event, until the watermark
 * has passed its timestamp by the time and the lateness. Sensitive to order. If an output throws,
 * the operator ends, see {@link FailStop}. Not thread-safe.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <I> the ids, with {@code equals} and {@code hashCode}
 */
public final class Deduplicated<K, E, I> extends BufferingProcessor<K, E, E> {

  private record KeyedId<K, I>(K key, I id) {}

  private final Function<? super E, ? extends I> id;
  private final long within;
  private final long lateness;
  private final EventBuffer<K, I> ids;
  private final Map<KeyedId<K, I>, TreeSet<Long>> emitted = new HashMap<>();
  private final Timers<EventBuffer.Bucket<K, I>> timers = new Timers<>(Long.MIN_VALUE);
  private final Counters.Counter duplicates = counts.add("duplicates");

  /** The id of the event in process. */
  private I current;

  private Deduplicated(Builder<E, I> builder) {
    super("deduplicated within " + builder.within + " ms", builder.lateness(), builder.maxEvents);
    id = builder.id;
    within = builder.within;
    lateness = builder.lateness();
    ids = buffer("ids", builder.codec);
  }

  /**
   * Returns a builder.
   *
   * @param id reads the id of an event
   * @param codec the binary form of an id
   * @param within the greatest difference between the timestamps of duplicates, in whole
   *     milliseconds, not negative
   * @param <E> the events
   * @param <I> the ids
   * @return a builder whose lateness is {@code within}
   * @throws IllegalArgumentException if {@code within} is negative
   */
  public static <E, I> Builder<E, I> by(
      Function<? super E, ? extends I> id, Codec<I> codec, Duration within) {
    return new Builder<>(id, codec, Milliseconds.notNegative("within", within));
  }

  /**
   * Builder of a processor that removes duplicates.
   *
   * @param <E> the events
   * @param <I> the ids
   */
  public static final class Builder<E, I> {
    private final Function<? super E, ? extends I> id;
    private final Codec<I> codec;
    private final long within;
    private long lateness = -1;
    private int maxEvents = Integer.MAX_VALUE;

    private Builder(Function<? super E, ? extends I> id, Codec<I> codec, long within) {
      this.id = requireNonNull(id, "id");
      this.codec = requireNonNull(codec, "codec");
      this.within = within;
    }

    private long lateness() {
      return lateness < 0 ? within : lateness;
    }

    /**
     * Sets the time by which an event may be behind the watermark. The default is the time within
     * which duplicates are found.
     *
     * @param lateness in whole milliseconds, not negative
     * @return this builder
     * @throws IllegalArgumentException if it is negative
     */
    public Builder<E, I> lateness(Duration lateness) {
      this.lateness = Milliseconds.notNegative("lateness", lateness);
      return this;
    }

    /**
     * Sets the greatest number of ids held at once. A further event is rejected. The default is no
     * bound.
     *
     * @param maxIds the bound, positive
     * @return this builder
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder<E, I> maxIds(int maxIds) {
      this.maxEvents = BufferingProcessor.positive("maxIds", maxIds);
      return this;
    }

    /**
     * Creates the processor.
     *
     * @param <K> the keys
     * @return a processor without state
     */
    public <K> Deduplicated<K, E, I> build() {
      return new Deduplicated<>(this);
    }

    /**
     * Creates the processor for keys of a class, where the compiler cannot infer it.
     *
     * @param keys the class of the keys
     * @param <K> the keys
     * @return a processor without state
     */
    public <K> Deduplicated<K, E, I> build(Class<K> keys) {
      requireNonNull(keys, "keys");
      return build();
    }
  }

  @Override
  String refusal(K key, E event) {
    try {
      current = id.apply(event);
    } catch (RuntimeException e) {
      return FailStop.reason(key, e);
    }
    return current == null ? "id must not be null: event of key " + key : null;
  }

  @Override
  void admit(K key, E event, long timestamp, Output<K, E> out) {
    TreeSet<Long> times =
        emitted.computeIfAbsent(new KeyedId<>(key, current), k -> new TreeSet<>());
    Long near = times.ceiling(plus(timestamp, -within));
    if (near != null && near <= plus(timestamp, within)) {
      duplicates.increment();
      return;
    }
    times.add(timestamp);
    EventBuffer.Bucket<K, I> bucket = ids.add(key, timestamp, current);
    if (bucket != null) {
      timers.add(deadline(timestamp), bucket);
    }
    out.emit(key, event);
  }

  private long deadline(long timestamp) {
    return plus(plus(plus(timestamp, within), lateness), 1);
  }

  @Override
  void expire(long watermark, Output<K, E> out) {
    timers.advance(
        watermark,
        (deadline, bucket) -> {
          for (I each : bucket.events()) {
            KeyedId<K, I> keyed = new KeyedId<>(bucket.key, each);
            TreeSet<Long> times = emitted.get(keyed);
            times.remove(bucket.timestamp);
            if (times.isEmpty()) {
              emitted.remove(keyed);
            }
          }
          ids.remove(bucket);
        });
  }

  @Override
  @SuppressWarnings("unchecked") // the only buffer holds ids
  <T> void schedule(EventBuffer<K, T> buffer, EventBuffer.Bucket<K, T> bucket) {
    EventBuffer.Bucket<K, I> restored = (EventBuffer.Bucket<K, I>) bucket;
    timers.add(deadline(restored.timestamp), restored);
    for (I each : restored.events()) {
      emitted
          .computeIfAbsent(new KeyedId<>(restored.key, each), k -> new TreeSet<>())
          .add(restored.timestamp);
    }
  }

  /**
   * Reports {@code offered}, {@code admitted}, {@code late} and {@code rejected} events and {@code
   * duplicates} so far, the number of ids held as {@code events}, and the {@code watermark}.
   */
  @Override
  public void counters(ObjLongConsumer<String> each) {
    super.counters(each);
  }
}
