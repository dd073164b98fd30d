package io.thalweg.join;

import static io.thalweg.Milliseconds.plus;
import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;
import io.thalweg.Counters;
import io.thalweg.Milliseconds;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Timers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Join of two streams by time: pairs a left event at {@code l} with each right event of the same
 * key at {@code r} in {@code [l + lower, l + upper]}.
 *
 * <pre>{@code
 * Processor<String, JoinInput<Order, Payment>, Paid> paid =
 *     IntervalJoin.inner(Order.CODEC, Payment.CODEC, Paid::new)
 *         .between(Duration.ZERO, Duration.ofMinutes(15))
 *         .build();
 * }</pre>
 *
 * <p><b>Results.</b> A pair is the answer to the later one of its events by arrival. An event is
 * answered with its pairs in order of the timestamps of the other stream, then of arrival. Each
 * pair is emitted once, and the set of pairs does not depend on the order of arrival. A left outer
 * join also emits each left event without a pair, as the result of a window: when the watermark has
 * passed {@code l + upper + lateness}, so that no right event can follow. The pane of that result
 * is {@code [l, l + upper + 1)}, or one millisecond if {@code upper} is negative, and its query is
 * the number of the event among the left events of its key and timestamp, so that the pane
 * identifies it.
 *
 * <p><b>Late and rejected events.</b> An event at {@code t} is late if {@code t + lateness <
 * watermark}. It is rejected if its timestamp is {@code Long.MIN_VALUE} or {@code Long.MAX_VALUE},
 * or if the greatest number of events is held. Each event is counted once, see {@link #counters}.
 *
 * <p><b>Cost.</b> O(log n + pairs) for an event, where n is the number of timestamps of its key in
 * the other stream. Memory: each event until no event of the other stream can match it any more,
 * {@code max(0, upper) + lateness} after a left one and {@code max(0, -lower) + lateness} after a
 * right one. An event of a busy key can have many pairs: choose a small interval or a finer key.
 *
 * <p><b>Failure.</b> If the join function or an output throws, the operator ends, see {@link
 * io.thalweg.FailStop}. Sensitive to order, since the arrival decides which event a pair answers.
 * Not thread-safe.
 *
 * @param <K> the keys
 * @param <L> the events of the left stream
 * @param <R> the events of the right stream
 * @param <O> the results
 */
public final class IntervalJoin<K, L, R, O> extends BufferingProcessor<K, JoinInput<L, R>, O> {

  private static final long MAX_BOUND = 1L << 60;

  /** A left event, and whether it has a pair. */
  private static final class LeftEvent<L> {
    final L event;
    boolean matched;

    LeftEvent(L event, boolean matched) {
      this.event = event;
      this.matched = matched;
    }

    static <L> Codec<LeftEvent<L>> codec(Codec<L> events) {
      return Codec.of(
          "thalweg.join.left of " + events.name(),
          (left, out) -> {
            out.writeBoolean(left.matched);
            Codec.writeNested(events, left.event, out);
          },
          in -> {
            boolean matched = in.readBoolean();
            return new LeftEvent<>(Codec.readNested(events, in), matched);
          });
    }
  }

  private final BiFunction<? super L, Optional<R>, ? extends O> function;
  private final boolean outer;
  private final long lower;
  private final long upper;
  private final long lateness;
  private final EventBuffer<K, LeftEvent<L>> lefts;
  private final EventBuffer<K, R> rights;
  private final Timers<EventBuffer.Bucket<K, LeftEvent<L>>> leftTimers =
      new Timers<>(Long.MIN_VALUE);
  private final Timers<EventBuffer.Bucket<K, R>> rightTimers = new Timers<>(Long.MIN_VALUE);
  private final List<EventBuffer.Bucket<K, LeftEvent<L>>> expired = new ArrayList<>();
  private final Counters.Counter pairs = counts.add("pairs");
  private final Counters.Counter unmatched = counts.add("unmatched");

  private IntervalJoin(Builder<L, R, O> builder) {
    super(
        "interval join between %d and %d ms%s"
            .formatted(builder.lower, builder.upper, builder.outer ? ", left outer" : ""),
        builder.lateness,
        builder.maxEvents);
    function = builder.function;
    outer = builder.outer;
    lower = builder.lower;
    upper = builder.upper;
    lateness = builder.lateness;
    lefts = buffer("left", LeftEvent.codec(builder.leftCodec));
    rights = buffer("right", builder.rightCodec);
  }

  /**
   * Returns a builder of a join that emits pairs.
   *
   * @param left the binary form of the left events
   * @param right the binary form of the right events
   * @param pair creates the result of a pair
   * @param <L> the events of the left stream
   * @param <R> the events of the right stream
   * @param <O> the results
   * @return a builder without interval
   */
  public static <L, R, O> Builder<L, R, O> inner(
      Codec<L> left, Codec<R> right, BiFunction<? super L, ? super R, ? extends O> pair) {
    requireNonNull(pair, "pair");
    return new Builder<>(left, right, (l, r) -> pair.apply(l, r.orElseThrow()), false);
  }

  /**
   * Returns a builder of a join that emits pairs, and left events without a pair.
   *
   * @param left the binary form of the left events
   * @param right the binary form of the right events
   * @param result creates the result of a pair; of a left event without a pair if the right event
   *     is empty
   * @param <L> the events of the left stream
   * @param <R> the events of the right stream
   * @param <O> the results
   * @return a builder without interval
   */
  public static <L, R, O> Builder<L, R, O> leftOuter(
      Codec<L> left, Codec<R> right, BiFunction<? super L, Optional<R>, ? extends O> result) {
    return new Builder<>(left, right, result, true);
  }

  /**
   * Builder of an interval join.
   *
   * @param <L> the events of the left stream
   * @param <R> the events of the right stream
   * @param <O> the results
   */
  public static final class Builder<L, R, O> {
    private final Codec<L> leftCodec;
    private final Codec<R> rightCodec;
    private final BiFunction<? super L, Optional<R>, ? extends O> function;
    private final boolean outer;
    private boolean hasInterval;
    private long lower;
    private long upper;
    private long lateness;
    private int maxEvents = Integer.MAX_VALUE;

    private Builder(
        Codec<L> left,
        Codec<R> right,
        BiFunction<? super L, Optional<R>, ? extends O> function,
        boolean outer) {
      this.leftCodec = requireNonNull(left, "left");
      this.rightCodec = requireNonNull(right, "right");
      this.function = requireNonNull(function, "result");
      this.outer = outer;
    }

    /**
     * Sets the interval: a right event matches if its timestamp minus that of the left event is at
     * least {@code lower} and at most {@code upper}.
     *
     * @param lower the lower bound, inclusive, in whole milliseconds; may be negative
     * @param upper the upper bound, inclusive, in whole milliseconds
     * @return this builder
     * @throws IllegalArgumentException if {@code lower} is above {@code upper}, or a bound is not
     *     within 2<sup>60</sup> milliseconds
     */
    public Builder<L, R, O> between(Duration lower, Duration upper) {
      if (lower.compareTo(upper) > 0) {
        throw new IllegalArgumentException(
            "lower must not be above upper: " + lower + " and " + upper);
      }
      this.lower = bound("lower", lower);
      this.upper = bound("upper", upper);
      hasInterval = true;
      return this;
    }

    private static long bound(String name, Duration bound) {
      long millis = Milliseconds.of(name, bound);
      if (millis < -MAX_BOUND || millis > MAX_BOUND) {
        throw new IllegalArgumentException(
            name + " must be within " + MAX_BOUND + " ms of the left event: " + bound);
      }
      return millis;
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
     * Sets the greatest number of events of both streams held at once. A further event is rejected.
     * The default is no bound.
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
     * @throws IllegalStateException if {@link #between} was not called
     */
    public <K> IntervalJoin<K, L, R, O> build() {
      if (!hasInterval) {
        throw new IllegalStateException("an interval join needs between(lower, upper)");
      }
      return new IntervalJoin<>(this);
    }

    /**
     * Creates the join for keys of a class, where the compiler cannot infer it.
     *
     * @param keys the class of the keys
     * @param <K> the keys
     * @return a join without state
     * @throws IllegalStateException if {@link #between} was not called
     */
    public <K> IntervalJoin<K, L, R, O> build(Class<K> keys) {
      requireNonNull(keys, "keys");
      return build();
    }
  }

  @Override
  void admit(K key, JoinInput<L, R> input, long timestamp, Output<K, O> out) {
    if (input instanceof JoinInput.Left<L, R> left) {
      admitLeft(key, left.event(), timestamp, out);
    } else if (input instanceof JoinInput.Right<L, R> right) {
      admitRight(key, right.event(), timestamp, out);
    }
  }

  private void admitLeft(K key, L event, long timestamp, Output<K, O> out) {
    LeftEvent<L> left = new LeftEvent<>(event, false);
    for (EventBuffer.Bucket<K, R> bucket :
        rights
            .of(key)
            .subMap(plus(timestamp, lower), true, plus(timestamp, upper), true)
            .values()) {
      for (R right : bucket.events()) {
        emitPair(key, left, right, out);
      }
    }
    if (leftDeadline(timestamp) > watermark()) {
      EventBuffer.Bucket<K, LeftEvent<L>> bucket = lefts.add(key, timestamp, left);
      if (bucket != null) {
        leftTimers.add(leftDeadline(timestamp), bucket);
      }
    } else if (!left.matched) {
      unmatched.increment();
      if (outer) {
        out.emit(key, function.apply(event, Optional.empty()));
      }
    }
  }

  private void admitRight(K key, R event, long timestamp, Output<K, O> out) {
    for (EventBuffer.Bucket<K, LeftEvent<L>> bucket :
        lefts
            .of(key)
            .subMap(plus(timestamp, -upper), true, plus(timestamp, -lower), true)
            .values()) {
      for (LeftEvent<L> left : bucket.events()) {
        if (!left.matched) {
          lefts.markChanged(bucket);
        }
        emitPair(key, left, event, out);
      }
    }
    if (rightDeadline(timestamp) > watermark()) {
      EventBuffer.Bucket<K, R> bucket = rights.add(key, timestamp, event);
      if (bucket != null) {
        rightTimers.add(rightDeadline(timestamp), bucket);
      }
    }
  }

  private void emitPair(K key, LeftEvent<L> left, R right, Output<K, O> out) {
    left.matched = true;
    pairs.increment();
    out.emit(key, function.apply(left.event, Optional.of(right)));
  }

  /** Returns the watermark at which no right event that is not late can match a left event. */
  private long leftDeadline(long timestamp) {
    return plus(plus(plus(timestamp, upper), lateness), 1);
  }

  private long rightDeadline(long timestamp) {
    return plus(plus(plus(timestamp, -lower), lateness), 1);
  }

  @Override
  void expire(long watermark, Output<K, O> out) {
    rightTimers.advance(watermark, (deadline, bucket) -> rights.remove(bucket));
    leftTimers.advance(watermark, (deadline, bucket) -> expired.add(bucket));
    EventBuffer.sort(expired);
    for (EventBuffer.Bucket<K, LeftEvent<L>> bucket : expired) {
      int number = 0;
      for (LeftEvent<L> left : bucket.events()) {
        if (!left.matched) {
          unmatched.increment();
          if (outer) {
            out.update(
                bucket.key,
                pane(bucket.timestamp, number),
                function.apply(left.event, Optional.empty()),
                null);
          }
        }
        number++;
      }
      lefts.remove(bucket);
    }
    expired.clear();
  }

  private Pane pane(long timestamp, int number) {
    long end = plus(plus(timestamp, Math.max(0, upper)), 1);
    return new Pane(number, timestamp, end, Pane.Timing.ON_TIME, 0, true);
  }

  @Override
  @SuppressWarnings("unchecked") // a bucket is of the type of its buffer
  <T> void schedule(EventBuffer<K, T> buffer, EventBuffer.Bucket<K, T> bucket) {
    if (buffer == lefts) {
      leftTimers.add(leftDeadline(bucket.timestamp), (EventBuffer.Bucket<K, LeftEvent<L>>) bucket);
    } else {
      rightTimers.add(rightDeadline(bucket.timestamp), (EventBuffer.Bucket<K, R>) bucket);
    }
  }
}
