package io.thalweg.join;

import static io.thalweg.Milliseconds.plus;
import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;
import io.thalweg.Counters;
import io.thalweg.Milliseconds;
import io.thalweg.Output;
import io.thalweg.Timers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Join of each left event with the value of the right stream that was valid at its timestamp: the
 * right event of the same key with the largest timestamp {@code r <= l}, and {@code l < r +
 * validity} if a validity is set.
 *
 * <pre>{@code
 * Processor<String, JoinInput<Trade, Quote>, Spread> spreads =
 *     AsOfJoin.<Trade, Quote, Spread>leftOuter(
 *             Quote.CODEC, (trade, quote) -> new Spread(trade, quote.orElse(null)))
 *         .validity(Duration.ofMinutes(5))
 *         .build();
 * }</pre>
 *
 * <p><b>Results.</b> A left event is answered at once, with the right events that arrived before.
 * Of right events with equal timestamps, the last one to arrive is valid. If the left event has no
 * valid value, an inner join emits nothing and counts it as {@code unmatched}; a left outer join
 * calls the function with an empty value. A right event has no answer of its own. In order of
 * timestamps, as behind {@link io.thalweg.Ordered}, no later event can change an answer, except a
 * right event with the timestamp of the left one: it must arrive first, which {@code Ordered}
 * decides by the sources.
 *
 * <p><b>Late and rejected events.</b> An event at {@code t} is late if {@code t + lateness <
 * watermark}. It is rejected if its timestamp is {@code Long.MIN_VALUE} or {@code Long.MAX_VALUE},
 * or if the greatest number of values is held. Each event is counted once, see {@link #counters}.
 *
 * <p><b>Cost.</b> O(log n) for an event, where n is the number of values of its key. Memory: for
 * each key the newest value that the watermark less the lateness has passed, until its validity
 * ends, and the values after it. Without a validity, the last value of a key is kept for ever: set
 * a validity if keys come and go.
 *
 * <p><b>Failure.</b> If the join function or an output throws, the operator ends, see {@link
 * io.thalweg.FailStop}. Sensitive to order. Not thread-safe.
 *
 * @param <K> the keys
 * @param <L> the events of the left stream
 * @param <R> the values, the events of the right stream
 * @param <O> the results
 */
public final class AsOfJoin<K, L, R, O> extends BufferingProcessor<K, JoinInput<L, R>, O> {

  private static final long FOREVER = Long.MAX_VALUE;

  private final BiFunction<? super L, Optional<R>, ? extends O> function;
  private final boolean outer;
  private final long validity;
  private final long lateness;
  private final EventBuffer<K, Optional<R>> values;

  /** Watermarks at which a value makes the ones before it obsolete. */
  private final Timers<K> timers = new Timers<>(Long.MIN_VALUE);

  /** Watermarks at which the validity of a value ends, at most one for each key. */
  private final Timers<K> validityTimers = new Timers<>(Long.MIN_VALUE);

  private final Set<K> withValidityTimer = new HashSet<>();

  private final List<EventBuffer.Bucket<K, Optional<R>>> obsolete = new ArrayList<>();
  private final Counters.Counter unmatched = counts.add("unmatched");

  private AsOfJoin(Builder<L, R, O> builder) {
    super(
        "as-of join"
            + (builder.validity == FOREVER ? "" : ", validity " + builder.validity + " ms")
            + (builder.outer ? ", left outer" : ""),
        builder.lateness,
        builder.maxEvents);
    function = builder.function;
    outer = builder.outer;
    validity = builder.validity;
    lateness = builder.lateness;
    values = buffer("values", builder.codec);
  }

  /**
   * Returns a builder of a join that answers left events with a valid value.
   *
   * @param values the binary form of the values
   * @param result creates the answer
   * @param <L> the events of the left stream
   * @param <R> the values
   * @param <O> the results
   * @return a builder without validity or lateness
   */
  public static <L, R, O> Builder<L, R, O> inner(
      Codec<R> values, BiFunction<? super L, ? super R, ? extends O> result) {
    requireNonNull(result, "result");
    return new Builder<>(values, (l, r) -> result.apply(l, r.orElseThrow()), false);
  }

  /**
   * Returns a builder of a join that answers all left events.
   *
   * @param values the binary form of the values
   * @param result creates the answer; the value is empty if none is valid
   * @param <L> the events of the left stream
   * @param <R> the values
   * @param <O> the results
   * @return a builder without validity or lateness
   */
  public static <L, R, O> Builder<L, R, O> leftOuter(
      Codec<R> values, BiFunction<? super L, Optional<R>, ? extends O> result) {
    return new Builder<>(values, result, true);
  }

  /**
   * Builder of an as-of join.
   *
   * @param <L> the events of the left stream
   * @param <R> the values
   * @param <O> the results
   */
  public static final class Builder<L, R, O> {
    private final Codec<Optional<R>> codec;
    private final BiFunction<? super L, Optional<R>, ? extends O> function;
    private final boolean outer;
    private long validity = FOREVER;
    private long lateness;
    private int maxEvents = Integer.MAX_VALUE;

    private Builder(
        Codec<R> values, BiFunction<? super L, Optional<R>, ? extends O> function, boolean outer) {
      requireNonNull(values, "values");
      this.codec =
          Codec.of(
              values.name(),
              (value, out) -> Codec.writeNested(values, value.orElseThrow(), out),
              in -> Optional.of(Codec.readNested(values, in)));
      this.function = requireNonNull(function, "result");
      this.outer = outer;
    }

    /**
     * Sets the time after its timestamp at which a value stops being valid. The default is never.
     *
     * @param validity in whole milliseconds, positive
     * @return this builder
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder<L, R, O> validity(Duration validity) {
      long millis = Milliseconds.notNegative("validity", validity);
      if (millis == 0) {
        throw new IllegalArgumentException("validity must be positive: " + validity);
      }
      this.validity = millis;
      return this;
    }

    /**
     * Sets the time by which an event may be behind the watermark. The default is zero.
     *
     * @param lateness in whole milliseconds, not negative
     * @return this builder
     * @throws IllegalArgumentException if it is negative
     */
    public Builder<L, R, O> lateness(Duration lateness) {
      this.lateness = Milliseconds.notNegative("lateness", lateness);
      return this;
    }

    /**
     * Sets the greatest number of values held at once. A further event is rejected. The default is
     * no bound.
     *
     * @param maxEvents the bound, positive
     * @return this builder
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder<L, R, O> maxEvents(int maxEvents) {
      this.maxEvents = BufferingProcessor.positive("maxEvents", maxEvents);
      return this;
    }

    /**
     * Creates the join.
     *
     * @param <K> the keys
     * @return a join without state
     */
    public <K> AsOfJoin<K, L, R, O> build() {
      return new AsOfJoin<>(this);
    }

    /**
     * Creates the join for keys of a class, where the compiler cannot infer it.
     *
     * @param keys the class of the keys
     * @param <K> the keys
     * @return a join without state
     */
    public <K> AsOfJoin<K, L, R, O> build(Class<K> keys) {
      requireNonNull(keys, "keys");
      return build();
    }
  }

  @Override
  void admit(K key, JoinInput<L, R> input, long timestamp, Output<K, O> out) {
    if (input instanceof JoinInput.Left<L, R> left) {
      Optional<R> value = valueAt(key, timestamp);
      if (value.isEmpty()) {
        unmatched.increment();
      }
      if (outer || value.isPresent()) {
        out.emit(key, function.apply(left.event(), value));
      }
    } else if (input instanceof JoinInput.Right<L, R> right) {
      EventBuffer.Bucket<K, Optional<R>> bucket =
          values.replace(key, timestamp, Optional.of(right.event()));
      if (bucket != null) {
        schedule(values, bucket);
      }
    }
  }

  private Optional<R> valueAt(K key, long timestamp) {
    Map.Entry<Long, EventBuffer.Bucket<K, Optional<R>>> floor =
        values.of(key).floorEntry(timestamp);
    return floor != null && timestamp < validUntil(floor.getKey())
        ? floor.getValue().last()
        : Optional.empty();
  }

  private long validUntil(long timestamp) {
    return validity == FOREVER ? Long.MAX_VALUE : plus(timestamp, validity);
  }

  /** Returns the number of pending timers. */
  int timers() {
    return timers.size() + validityTimers.size();
  }

  @Override
  <T> void schedule(EventBuffer<K, T> buffer, EventBuffer.Bucket<K, T> bucket) {
    // Then the value before it is obsolete, unless it is itself obsolete by a value after it.
    timers.add(plus(bucket.timestamp, lateness), bucket.key);
  }

  @Override
  void expire(long watermark, Output<K, O> out) {
    // No left event before this time is admitted any more.
    long oldest = watermark == Long.MAX_VALUE ? watermark : plus(watermark, -lateness);
    timers.advance(watermark, (deadline, key) -> prune(key, oldest));
    validityTimers.advance(
        watermark,
        (deadline, key) -> {
          withValidityTimer.remove(key);
          prune(key, oldest);
        });
  }

  private void prune(K key, long oldest) {
    NavigableMap<Long, EventBuffer.Bucket<K, Optional<R>>> ofKey = values.of(key);
    Long valid = ofKey.floorKey(oldest);
    if (valid == null) {
      return;
    }
    boolean expired = validity != FOREVER && validUntil(valid) <= oldest;
    obsolete.addAll(ofKey.headMap(valid, expired).values());
    obsolete.forEach(values::remove);
    obsolete.clear();
    if (validity != FOREVER && !expired && withValidityTimer.add(key)) {
      validityTimers.add(plus(validUntil(valid), lateness), key);
    }
  }
}
