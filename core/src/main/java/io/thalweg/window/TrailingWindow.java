package io.thalweg.window;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.Counters;
import io.thalweg.FailStop;
import io.thalweg.Fifo;
import io.thalweg.KeyedState;
import io.thalweg.Milliseconds;
import io.thalweg.Operator;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.ObjLongConsumer;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Processor that emits for each event a statistic over the trailing window of its key: the events
 * of a period before it, or the last n events.
 *
 * <pre>{@code
 * Processor<String, Reading, Moments> recent =
 *     TrailingWindow.over(Moments.over(Reading::value)).last(ofSeconds(10)).build();
 * }</pre>
 *
 * <p>By time, the window of an event at {@code t} is {@code t - size < timestamp <= t}, over the
 * events that have arrived so far. Its pane is {@code [t - size + 1, t + 1)}. An event is admitted
 * if {@code t >= newest - lateness} of its key and {@code t + lateness >= watermark}; otherwise it
 * is late. The lateness is the size of the window unless {@link Builder#lateness} sets another one.
 * A key expires when the watermark reaches {@code newest + size + lateness}. By count, the window
 * holds the last n events by arrival. Its pane is the interval of their arrival numbers, {@code
 * [max(0, seen - n), seen)}. There is no lateness by count, and a key does not expire, unless
 * {@link Builder#idle} is set.
 *
 * <p>The window includes the event itself, unless {@link Builder#excludingEvent} is set: a detector
 * that scores a value against a window that includes it hardly finds anomalies. An empty window
 * gives no result.
 *
 * <p>Cost: O(1) amortised for an event in the order of its key. An event behind the newest costs
 * O(n) for n events in the buffer of the key. Memory: for each event in a buffer 8 bytes and its
 * value, and the needs of the FIFO. {@link #answer} over {@link #over(ToDoubleFunction, Supplier)}
 * allocates nothing for an event; {@link #process} allocates a pane. Not thread-safe.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <R> the result
 */
public final class TrailingWindow<K, E, R> extends Operator<K, E, R> {

  /** The window and the lateness as saved, in words, with the state of the operator. */
  private record OperatorState(String window, long lateness, long watermark, Counters counters) {
    private static final String BEFORE = ", lateness ";
    private static final String AFTER = " ms";

    void write(DataOutput out) throws IOException {
      out.writeUTF(window + BEFORE + lateness + AFTER);
      out.writeLong(watermark);
      counters.write(out);
    }

    static OperatorState read(DataInput in, Counters counters) throws IOException {
      String words = in.readUTF();
      int end = words.lastIndexOf(BEFORE);
      String lateness = end < 0 ? "" : words.substring(end + BEFORE.length());
      if (!lateness.endsWith(AFTER) || lateness.startsWith("-")) {
        throw new StreamCorruptedException("a window must have a lateness: " + words);
      }
      lateness = lateness.substring(0, lateness.length() - AFTER.length());
      return new OperatorState(
          words.substring(0, end), Long.parseLong(lateness), in.readLong(), counters.read(in));
    }
  }

  /** Creates the parameters of a lateness. */
  private final LongFunction<TrailingBuffer.TrailingSpec<E, R>> specs;

  private final long idle;
  private final int maxKeys;
  private TrailingEngine<K, E, R> engine;

  /** True if a restored state must have the lateness of this operator. */
  private boolean latenessFixed;

  private final Counters counters = new Counters();
  private final Counters.Counter admitted = counters.add("admitted");
  private final Counters.Counter late = counters.add("late");
  private final Counters.Counter rejected = counters.add("rejected");
  private final Counters.Counter backwardAdvances = counters.add("backwardAdvances");
  private final Codec<OperatorState> codec =
      Codec.of(
          "thalweg.trailing.shared", OperatorState::write, in -> OperatorState.read(in, counters));

  private long watermark = Long.MIN_VALUE;

  /** The buffer of the event that was answered last. */
  private TrailingBuffer<E, R> answered;

  private TrailingWindow(Builder<E, R> builder) {
    SpecFactory<E, R> factory = builder.spec;
    long size = builder.size;
    long n = builder.n;
    boolean includesEvent = builder.includesEvent;
    this.specs = lateness -> factory.create(size, n, lateness, includesEvent);
    this.idle = builder.idle;
    this.maxKeys = builder.maxKeys;
    this.latenessFixed = builder.lateness != Builder.SIZE;
    this.engine =
        new TrailingEngine<>(specs.apply(latenessFixed ? builder.lateness : size), idle, maxKeys);
  }

  /**
   * Returns a builder of a trailing window over an aggregate. Events that {@link Aggregate#check}
   * refuses are rejected.
   *
   * @param aggregate the statistic; its states are merged in the order of the events
   * @param <E> the events
   * @param <R> the result
   * @return a builder without a window
   */
  public static <E, R> Builder<E, R> over(Aggregate<E, ?, R> aggregate) {
    return of(new ValueBuffer.StateSource<>(aggregate));
  }

  private static <E, V, R> Builder<E, R> of(ValueBuffer.Source<E, V, R> source) {
    return new Builder<>(
        (size, n, lateness, includesEvent) ->
            new ValueBuffer.ValueSpec<>(source, size, n, lateness, includesEvent));
  }

  /**
   * Returns a builder of a trailing window over a number read from the events, unboxed. An event
   * whose number is not finite is rejected; to skip it or to let it propagate, use an aggregate
   * that does so.
   *
   * @param field reads the number
   * @param fifo creates the statistic of a key, such as {@code Moments::fifo}
   * @param <E> the events
   * @param <R> the result
   * @return a builder without a window
   */
  public static <E, R> Builder<E, R> over(
      ToDoubleFunction<? super E> field, Supplier<? extends Fifo.OfDouble<R>> fifo) {
    requireNonNull(field, "field");
    requireNonNull(fifo, "fifo");
    return new Builder<>(
        (size, n, lateness, includesEvent) ->
            new DoubleBuffer.DoubleSpec<>(field, fifo, size, n, lateness, includesEvent));
  }

  /**
   * Returns a builder of a trailing window over a value read from the events, for a statistic that
   * can evict its oldest value. An event whose value is null is rejected.
   *
   * <pre>{@code
   * TrailingWindow.over(Trade::customer, Codec.STRING, DistinctCount::<String>fifo)
   *     .last(ofHours(1))
   *     .build();
   * }</pre>
   *
   * @param field reads the value
   * @param values the binary form of a value
   * @param fifo creates the statistic of a key
   * @param <E> the events
   * @param <V> the values, immutable
   * @param <R> the result
   * @return a builder without a window
   */
  public static <E, V, R> Builder<E, R> over(
      Function<? super E, ? extends V> field,
      Codec<V> values,
      Supplier<? extends Fifo<V, R>> fifo) {
    return of(new ValueBuffer.FieldSource<E, V, R>(field, values, fifo));
  }

  /** Factory of the parameters, for the kind of values that the buffers store. */
  private interface SpecFactory<E, R> {
    TrailingBuffer.TrailingSpec<E, R> create(
        long size, long n, long lateness, boolean includesEvent);
  }

  /**
   * Builder of a trailing window.
   *
   * @param <E> the events
   * @param <R> the result
   */
  public static final class Builder<E, R> {
    /** The lateness that equals the size of the window. */
    private static final long SIZE = -1;

    private final SpecFactory<E, R> spec;
    private long size;
    private long n;
    private long lateness = SIZE;
    private long idle = Long.MAX_VALUE;
    private boolean includesEvent = true;
    private int maxKeys = Integer.MAX_VALUE;

    private Builder(SpecFactory<E, R> spec) {
      this.spec = spec;
    }

    /**
     * Sets the length of the window, by time.
     *
     * @param size the length in whole milliseconds, positive
     * @return this builder
     * @throws IllegalArgumentException if the size is not positive
     */
    public Builder<E, R> last(Duration size) {
      this.size = new WindowSpec.Trailing(Milliseconds.of("size", size), true).size();
      this.n = 0;
      return this;
    }

    /**
     * Sets the number of events in the window, by count.
     *
     * @param n the number of events, positive
     * @return this builder
     * @throws IllegalArgumentException if n is not positive
     */
    public Builder<E, R> last(long n) {
      this.n = new WindowSpec.TrailingCount(n, true).n();
      this.size = 0;
      return this;
    }

    /**
     * Excludes the event itself from its window. By default it is included.
     *
     * @return this builder
     */
    public Builder<E, R> excludingEvent() {
      includesEvent = false;
      return this;
    }

    /**
     * Sets how far an event may be behind the newest event of its key, and behind the watermark. By
     * default the size of the window, or the lateness of the state that is restored. With zero the
     * buffers are smallest, and an event that is behind another one of its key is late. No effect
     * by count.
     *
     * @param lateness in whole milliseconds, not negative
     * @return this builder
     * @throws IllegalArgumentException if the lateness is negative
     */
    public Builder<E, R> lateness(Duration lateness) {
      this.lateness = Milliseconds.notNegative("lateness", lateness);
      return this;
    }

    /**
     * Sets the time after which a key expires, by count. By default never: the last events of a key
     * are held until the stream ends. By time it is not needed.
     *
     * <p>A key expires once the watermark reaches the timestamp of its newest event plus this time.
     * If it has further events, its window starts empty, and its arrivals are numbered from 0. The
     * time may differ when a state is restored.
     *
     * @param idle in whole milliseconds, positive
     * @return this builder
     * @throws IllegalArgumentException if the time is not positive
     */
    public Builder<E, R> idle(Duration idle) {
      this.idle = Milliseconds.positive("idle", idle);
      return this;
    }

    /**
     * Sets the greatest number of keys at one time. An event of a further key is rejected. By
     * default unbounded.
     *
     * @param maxKeys the bound, positive
     * @return this builder
     * @throws IllegalArgumentException if the bound is not positive
     */
    public Builder<E, R> maxKeys(int maxKeys) {
      if (maxKeys <= 0) {
        throw new IllegalArgumentException("maxKeys must be positive: " + maxKeys);
      }
      this.maxKeys = maxKeys;
      return this;
    }

    /**
     * Creates the operator. The type of the variable or parameter that receives it fixes the type
     * of the keys. Where there is none, as with {@code var} or in a chain of calls, the compiler
     * infers {@code Object}: use {@link #build(Class)} there.
     *
     * @param <K> the keys
     * @param <F> the events, of the type of the statistic or a subtype
     * @return an operator without state
     * @throws IllegalStateException if neither {@code last(size)} nor {@code last(n)} was called,
     *     or an idle time is set for a window by time
     */
    public <K, F extends E> TrailingWindow<K, F, R> build() {
      if (size == 0 && n == 0) {
        throw new IllegalStateException(
            "a trailing window needs last(size) or last(n), but neither was called");
      }
      if (n == 0 && idle < Long.MAX_VALUE) {
        throw new IllegalStateException(
            "idle is for last(n), since a window by time forgets its events; leave it out: "
                + idle
                + " ms");
      }
      @SuppressWarnings("unchecked") // the statistic only consumes events
      Builder<F, R> narrowed = (Builder<F, R>) this;
      return new TrailingWindow<>(narrowed);
    }

    /**
     * Creates the operator for keys of a class, as in {@code var recent =
     * TrailingWindow.over(average).last(100).build(String.class)}.
     *
     * @param keys the class of the keys
     * @param <K> the keys
     * @param <F> the events, of the type of the statistic or a subtype
     * @return an operator without state
     * @throws IllegalStateException if neither {@code last(size)} nor {@code last(n)} was called
     */
    public <K, F extends E> TrailingWindow<K, F, R> build(Class<K> keys) {
      requireNonNull(keys, "keys");
      return build();
    }
  }

  @Override
  protected void apply(K key, E event, long timestamp, Output<K, R> out) {
    R value = admit(key, event, timestamp, out);
    if (value != null) {
      long end = engine.spec.end(answered, timestamp);
      Pane pane = new Pane(0, engine.spec.start(end), end, Pane.Timing.ON_TIME, 0, true);
      out.emit(key, pane, value);
    }
  }

  /**
   * Adds an event as {@link #process} does, and returns the result instead of emitting it: for
   * processors built on this one.
   *
   * @param key the key of the event
   * @param event the event
   * @param timestamp its event time
   * @param side receives the event if it is late or rejected, and nothing else
   * @return the statistic over the window of the event; null if the window is empty or the event
   *     was not admitted
   * @throws IllegalStateException if the operator has ended, or is called by its own output: see
   *     {@link FailStop}
   */
  public R answer(K key, E event, long timestamp, Output<K, ?> side) {
    requireNonNull(key, "key");
    requireNonNull(event, "event");
    R value;
    calls.enter("answer");
    try {
      value = admit(key, event, timestamp, side);
    } catch (Throwable e) {
      calls.fail(e);
      throw e;
    }
    calls.exit();
    return value;
  }

  private R admit(K key, E event, long timestamp, Output<K, ?> side) {
    if (timestamp == Long.MIN_VALUE || timestamp == Long.MAX_VALUE) {
      return reject(key, event, timestamp, side, "timestamp is reserved: " + timestamp);
    }
    try {
      engine.spec.check(event);
    } catch (Exception e) {
      return reject(key, event, timestamp, side, FailStop.reason(key, e));
    }
    KeyedState.Entry<K, TrailingBuffer<E, R>> entry = engine.buffers.entry(key);
    if (engine.isLate(entry, timestamp, watermark)) {
      late.increment();
      side.late(key, event, timestamp, watermark);
      return null;
    }
    if (entry == null) {
      if (engine.buffers.isFull()) {
        return reject(key, event, timestamp, side, "at most " + maxKeys + " keys are held: " + key);
      }
      entry = engine.buffers.create(key, timestamp);
    }
    admitted.increment();
    answered = entry.state();
    return engine.add(entry, timestamp, event);
  }

  private R reject(K key, E event, long timestamp, Output<K, ?> side, String reason) {
    rejected.increment();
    side.reject(key, event, timestamp, reason);
    return null;
  }

  @Override
  protected void moveWatermark(long watermark, Output<K, R> out) {
    if (watermark < this.watermark) {
      backwardAdvances.increment();
    } else {
      this.watermark = watermark;
    }
    engine.expire(this.watermark, entry -> {}); // keys of events behind it, if it moved back
  }

  @Override
  protected void write(StateWriter<K> to) {
    engine.buffers.save(to);
    to.putOperatorState(operatorState());
  }

  @Override
  protected void writeChanges(StateWriter<K> to) {
    engine.buffers.saveChanges(to);
    to.putOperatorState(operatorState());
  }

  @Override
  protected void markSaved() {
    engine.buffers.startTrackingChanges();
  }

  private byte[] operatorState() {
    return codec.encode(
        new OperatorState(words(engine.spec), engine.spec.lateness, watermark, counters));
  }

  @Override
  protected void read(StateReader<K> shard) {
    byte[] bytes = shard.operatorState();
    if (bytes == null) {
      FailStop.requireEmpty("thalweg.trailing", shard);
      return;
    }
    OperatorState saved = codec.decode(bytes);
    TrailingEngine<K, E, R> restored = engineOf(saved);
    List<KeyedState.Entry<K, TrailingBuffer<E, R>>> read = restored.read(shard);
    watermark = // the last step that can fail
        FailStop.restoredWatermark(
            watermark, engine.buffers.size() > 0, saved.watermark, !read.isEmpty());
    restored.addAll(read);
    engine = restored;
    latenessFixed = true;
    if (shard.ownsCounters()) {
      counters.addAll(saved.counters);
    }
  }

  /**
   * Returns the engine of a saved state: that of this operator, or a new one with the saved
   * lateness if this operator was built without one.
   *
   * @throws IllegalArgumentException if the saved window differs from that of this operator
   */
  private TrailingEngine<K, E, R> engineOf(OperatorState saved) {
    TrailingBuffer.TrailingSpec<E, R> spec = engine.spec;
    if (!saved.window.equals(words(spec)) || latenessFixed && saved.lateness != spec.lateness) {
      throw new IllegalArgumentException(
          "thalweg.trailing: the window must be as saved, since its events are gone otherwise; keep it, or start the operator without the saved state: saved %s, lateness %d ms, now %s, lateness %d ms"
              .formatted(saved.window, saved.lateness, words(spec), spec.lateness));
    }
    return saved.lateness == spec.lateness
        ? engine
        : new TrailingEngine<>(specs.apply(saved.lateness), idle, maxKeys);
  }

  /** Returns the window that a saved state must share, in words. */
  private static String words(TrailingBuffer.TrailingSpec<?, ?> spec) {
    return (spec.n == 0 ? "last " + spec.size + " ms" : "last " + spec.n)
        + (spec.includesEvent ? "" : " excluding the event");
  }

  /**
   * Reports {@code offered}, {@code admitted}, {@code late} and {@code rejected} events so far, the
   * {@code keys} and {@code states} (events) in the buffers, the {@code watermark}, and {@code
   * backwardAdvances}.
   */
  @Override
  public void counters(ObjLongConsumer<String> each) {
    each.accept("offered", admitted.value() + late.value() + rejected.value());
    counters.report(each);
    each.accept("keys", engine.buffers.size());
    each.accept("states", engine.events());
    each.accept("watermark", watermark);
  }
}
