package io.thalweg.window;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.Fifo;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Processor;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * For each event, a statistic of the events of its key in the time before it, or of the last n.
 *
 * <pre>{@code
 * Processor<String, Reading, Moments> recent =
 *     TrailingWindow.over(Moments.over(Reading::value)).last(ofSeconds(10)).build();
 * }</pre>
 *
 * <p>By time, the window of an event at {@code t} is {@code t - size < timestamp <= t}, over the
 * events that arrived so far; it is given as the pane {@code [t - size + 1, t + 1)}. An event is
 * admitted while {@code t >= newest - lateness} of its key and {@code t + lateness >= W}; otherwise
 * it is late. A key is dropped once the watermark reaches {@code newest + size + lateness}. By
 * count, the window is the last n by arrival, given as the pane of their arrival numbers {@code
 * [max(0, seen - n), seen)}; there is no event time, no lateness, and a key is never dropped.
 *
 * <p>The event itself is in its window, or with {@link Builder#excludingEvent} not: a detector that
 * judges a value by a window that contains it is nearly blind. A window that holds no event gives
 * no result.
 *
 * <p>Cost: O(1) amortised for an event in order of its key; O(n) for one behind the newest, which
 * is answered from the events held. Memory: for each event held 8 bytes and its value, and what the
 * FIFO needs. {@link #answer} over {@link #over(ToDoubleFunction, Supplier)} allocates nothing per
 * event; {@link #process} makes a pane. Not thread-safe.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <R> the result
 */
public final class TrailingWindow<K, E, R> implements Processor<K, E, R> {

  private final TrailingBuffer.TrailingSpec<E, R> spec;
  private final int maxKeys;
  private final Map<K, KeyedBuffer<K, E, R>> keys = new HashMap<>();
  private final PriorityQueue<KeyedBuffer<K, E, R>> expiry = new PriorityQueue<>();
  private final ArrayDeque<KeyedBuffer<K, E, R>> changed = new ArrayDeque<>();

  /** Whether what changes is noted: not before someone asked for changes. */
  private boolean notesChanges;

  private final ArrayDeque<K> dropped = new ArrayDeque<>();
  private final TrailingStateIo<K, E, R> snapshot;

  private long watermark = Long.MIN_VALUE;
  private long admitted;
  private long late;
  private long rejected;
  private long backwardAdvances;
  private long held;
  private KeyedBuffer<K, E, R> answering;

  /** What ended the operator; null while it lives. */
  private Throwable failure;

  private TrailingWindow(TrailingBuffer.TrailingSpec<E, R> spec, int maxKeys) {
    this.spec = spec;
    this.maxKeys = maxKeys;
    this.snapshot = new TrailingStateIo<>(spec);
  }

  /** A key's trail with its place among the keys that are to be looked at again. */
  private static final class KeyedBuffer<K, E, R> implements Comparable<KeyedBuffer<K, E, R>> {
    final K key;
    final TrailingBuffer<E, R> buffer;
    long lookAgain;
    boolean changed;

    KeyedBuffer(K key, TrailingBuffer<E, R> buffer) {
      this.key = key;
      this.buffer = buffer;
    }

    @Override
    public int compareTo(KeyedBuffer<K, E, R> other) {
      return Long.compare(lookAgain, other.lookAgain);
    }
  }

  /**
   * A trailing window over any aggregate. What its {@link Aggregate#check} refuses is rejected.
   *
   * @param aggregate the statistic; its states are merged in the order of the events
   * @param <E> the events
   * @param <R> the result
   * @return a builder; say how far back next
   */
  public static <E, R> Builder<E, R> over(Aggregate<E, ?, R> aggregate) {
    return of(new ValueBuffer.StateSource<>(aggregate));
  }

  private static <E, V, R> Builder<E, R> of(ValueBuffer.Source<E, V, R> kind) {
    return new Builder<>(
        (size, n, lateness, includesEvent) ->
            new ValueBuffer.ValueSpec<>(kind, size, n, lateness, includesEvent));
  }

  /**
   * A trailing window over a number read from the events, unboxed. A number that is not finite is
   * rejected; to skip it or to let it propagate, take a window over an aggregate that does.
   *
   * @param field reads the number
   * @param fifo makes the statistic of a key, as in {@code Moments::fifo}
   * @param <E> the events
   * @param <R> the result
   * @return a builder; say how far back next
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
   * A trailing window over a value read from the events, for a statistic that drops the oldest by
   * itself. A value that is null is rejected.
   *
   * <pre>{@code
   * TrailingWindow.over(Trade::customer, Codec.STRING, DistinctCount::<String>fifo)
   *     .last(ofHours(1))
   *     .build();
   * }</pre>
   *
   * @param field reads the value
   * @param values the binary form of a value
   * @param fifo makes the statistic of a key
   * @param <E> the events
   * @param <V> the values, immutable
   * @param <R> the result
   * @return a builder; say how far back next
   */
  public static <E, V, R> Builder<E, R> over(
      Function<? super E, ? extends V> field,
      Codec<V> values,
      Supplier<? extends Fifo<V, R>> fifo) {
    return of(new ValueBuffer.FieldSource<E, V, R>(field, values, fifo));
  }

  private interface SpecFactory<E, R> {
    TrailingBuffer.TrailingSpec<E, R> create(
        long size, long n, long lateness, boolean includesEvent);
  }

  /**
   * Describes a trailing window.
   *
   * @param <E> the events
   * @param <R> the result
   */
  public static final class Builder<E, R> {
    private final SpecFactory<E, R> shape;
    private long size;
    private long n;
    private long lateness;
    private boolean includesEvent = true;
    private int maxKeys = Integer.MAX_VALUE;

    private Builder(SpecFactory<E, R> shape) {
      this.shape = shape;
    }

    /**
     * The window reaches back by time.
     *
     * @param size how far, in whole milliseconds, positive
     * @return this builder
     * @throws IllegalArgumentException if the size is not positive
     */
    public Builder<E, R> last(Duration size) {
      this.size = new WindowSpec.Trailing(Windows.millis("size", size), true).size();
      this.n = 0;
      return this;
    }

    /**
     * The window reaches back by count.
     *
     * @param n how many events, positive
     * @return this builder
     * @throws IllegalArgumentException if n is not positive
     */
    public Builder<E, R> last(long n) {
      this.n = new WindowSpec.TrailingCount(n, true).n();
      this.size = 0;
      return this;
    }

    /**
     * The event itself is not in its window. By default it is.
     *
     * @return this builder
     */
    public Builder<E, R> excludingEvent() {
      includesEvent = false;
      return this;
    }

    /**
     * How far behind the newest of its key, and behind the watermark, an event may come. By default
     * zero. Without meaning by count.
     *
     * @param lateness in whole milliseconds, not negative
     * @return this builder
     * @throws IllegalArgumentException if the lateness is negative
     */
    public Builder<E, R> lateness(Duration lateness) {
      if (lateness.isNegative()) {
        throw new IllegalArgumentException("lateness must not be negative: " + lateness);
      }
      this.lateness = Windows.millis("lateness", lateness);
      return this;
    }

    /**
     * A bound on the number of keys held at once; an event of a further key is rejected. Nothing is
     * evicted to make room. By default unbounded.
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
     * Makes the operator.
     *
     * @param <K> the keys
     * @return an operator without state
     * @throws IllegalStateException if nobody said how far back the window reaches
     */
    public <K> TrailingWindow<K, E, R> build() {
      if (size == 0 && n == 0) {
        throw new IllegalStateException("a trailing window needs last(size) or last(n): neither");
      }
      return new TrailingWindow<>(shape.create(size, n, lateness, includesEvent), maxKeys);
    }
  }

  @Override
  public void process(K key, E event, long timestamp, Output<K, R> out) {
    R value = answer(key, event, timestamp, out);
    if (value != null) {
      out.emit(key, pane(timestamp), value);
    }
  }

  private Pane pane(long timestamp) {
    if (spec.n == 0) {
      return new Pane(
          0,
          WindowCursor.minus(timestamp + 1, spec.size),
          timestamp + 1,
          Pane.Timing.ON_TIME,
          0,
          true);
    }
    long seen = answering.buffer.arrivals() - (spec.includesEvent ? 0 : 1);
    return new Pane(0, Math.max(0, seen - spec.n), seen, Pane.Timing.ON_TIME, 0, true);
  }

  /**
   * Takes one event as {@link #process} does, and returns its answer instead of emitting it: for
   * operators built on top.
   *
   * @param key the key of the event
   * @param event the event
   * @param timestamp its event time
   * @param side receives the event if it is late or refused, and nothing else
   * @return the statistic over the event's window; null if the window holds no event, or the event
   *     was not admitted
   * @throws IllegalStateException if the statistic threw, against its contract: what it holds is
   *     then unknown, and the operator has ended
   */
  public R answer(K key, E event, long timestamp, Output<K, ?> side) {
    requireNonNull(key, "key");
    requireNonNull(event, "event");
    checkAlive();
    if (timestamp == Long.MIN_VALUE || timestamp == Long.MAX_VALUE) {
      return reject(key, event, timestamp, side, "timestamp is reserved: " + timestamp);
    }
    try {
      spec.check(event);
    } catch (IllegalArgumentException e) {
      return reject(key, event, timestamp, side, e.getMessage());
    }
    KeyedBuffer<K, E, R> keyed = keys.get(key);
    if (behind(timestamp) || keyed != null && !keyed.buffer.admits(timestamp)) {
      late++;
      side.late(key, event, timestamp, watermark);
      return null;
    }
    boolean isNew = keyed == null;
    if (isNew) {
      if (keys.size() >= maxKeys) {
        return reject(key, event, timestamp, side, "at most " + maxKeys + " keys are held: " + key);
      }
      keyed = new KeyedBuffer<>(key, spec.create());
    }
    admitted++;
    held -= keyed.buffer.held();
    R value = offer(keyed.buffer, timestamp, event);
    held += keyed.buffer.held();
    if (isNew) {
      take(keyed);
    }
    if (notesChanges && !keyed.changed) {
      keyed.changed = true;
      changed.add(keyed);
    }
    answering = keyed;
    return value;
  }

  private R offer(TrailingBuffer<E, R> buffer, long timestamp, E event) {
    try {
      return buffer.offer(timestamp, event);
    } catch (RuntimeException | Error e) {
      failure = e;
      throw new IllegalStateException(
          "a statistic must not throw; the operator has ended: " + e, e);
    }
  }

  private void checkAlive() {
    if (failure != null) {
      throw new IllegalStateException("the operator has ended: " + failure, failure);
    }
  }

  private R reject(K key, E event, long timestamp, Output<K, ?> side, String reason) {
    rejected++;
    side.reject(key, event, timestamp, reason);
    return null;
  }

  /** Whether the watermark alone makes an event late. */
  private boolean behind(long timestamp) {
    return spec.n == 0
        && (watermark == Long.MAX_VALUE || WindowCursor.plus(timestamp, spec.lateness) < watermark);
  }

  private void take(KeyedBuffer<K, E, R> keyed) {
    keys.put(keyed.key, keyed);
    if (spec.n == 0) {
      keyed.lookAgain = keyed.buffer.end();
      expiry.add(keyed);
    }
  }

  @Override
  public void advance(long watermark, Output<K, R> out) {
    checkAlive();
    if (watermark < this.watermark) {
      backwardAdvances++;
      return;
    }
    this.watermark = watermark;
    while (!expiry.isEmpty() && expiry.peek().lookAgain <= watermark) {
      KeyedBuffer<K, E, R> keyed = expiry.remove();
      keyed.lookAgain = keyed.buffer.end();
      if (keyed.lookAgain > watermark) {
        expiry.add(keyed);
      } else {
        keys.remove(keyed.key);
        if (notesChanges) {
          dropped.add(keyed.key);
        }
        held -= keyed.buffer.held();
      }
    }
  }

  @Override
  public void save(StateWriter<K> to) {
    checkAlive();
    for (KeyedBuffer<K, E, R> keyed : keys.values()) {
      snapshot.save(keyed.key, keyed.buffer, to);
    }
    to.putOperatorState(OperatorStateCodec.INSTANCE.encode(saved()));
  }

  /**
   * {@inheritDoc}
   *
   * <p>The first call writes everything. From then on changes are noted.
   */
  @Override
  public void saveChanges(StateWriter<K> to) {
    checkAlive();
    if (!notesChanges) {
      notesChanges = true;
      to.clear();
      save(to);
      keys.values().forEach(keyed -> keyed.buffer.taken());
      return;
    }
    for (K key = dropped.poll(); key != null; key = dropped.poll()) {
      to.remove(key);
    }
    for (KeyedBuffer<K, E, R> keyed = changed.poll(); keyed != null; keyed = changed.poll()) {
      keyed.changed = false;
      if (keys.get(keyed.key) == keyed) {
        snapshot.saveChanges(keyed.key, keyed.buffer, to);
      }
    }
    to.putOperatorState(OperatorStateCodec.INSTANCE.encode(saved()));
  }

  @Override
  public void restore(StateReader<K> shard) {
    checkAlive();
    byte[] bytes = shard.operatorState();
    if (bytes == null) {
      return;
    }
    OperatorState saved = OperatorStateCodec.INSTANCE.decode(bytes);
    if (!saved.shape.equals(shapeName())) {
      throw new IllegalArgumentException(
          "thalweg.trailing: the window must be as saved, " + saved.shape + ": " + shapeName());
    }
    snapshot
        .read(shard)
        .forEach(
            (key, buffer) -> {
              take(new KeyedBuffer<>(key, buffer));
              held += buffer.held();
            });
    watermark = Math.max(watermark, saved.watermark);
    if (shard.ownsCounters()) {
      admitted += saved.admitted;
      late += saved.late;
      rejected += saved.rejected;
      backwardAdvances += saved.backwardAdvances;
    }
  }

  /** Names what must be as it was saved. */
  private String shapeName() {
    return (spec.n == 0 ? "last " + spec.size + " ms" : "last " + spec.n)
        + (spec.includesEvent ? "" : " excluding the event")
        + ", lateness "
        + spec.lateness
        + " ms";
  }

  /**
   * {@code offered}, {@code admitted}, {@code late}, {@code rejected} events so far; {@code keys}
   * and {@code states} (events) held now; {@code watermark}, {@code backwardAdvances}.
   */
  @Override
  public void counters(ObjLongConsumer<String> each) {
    each.accept("offered", admitted + late + rejected);
    each.accept("admitted", admitted);
    each.accept("late", late);
    each.accept("rejected", rejected);
    each.accept("keys", keys.size());
    each.accept("states", held);
    each.accept("watermark", watermark);
    each.accept("backwardAdvances", backwardAdvances);
  }

  private record OperatorState(
      String shape,
      long watermark,
      long admitted,
      long late,
      long rejected,
      long backwardAdvances) {}

  private OperatorState saved() {
    return new OperatorState(shapeName(), watermark, admitted, late, rejected, backwardAdvances);
  }

  private static final class OperatorStateCodec implements Codec<OperatorState> {

    static final OperatorStateCodec INSTANCE = new OperatorStateCodec();

    @Override
    public String name() {
      return "thalweg.trailing.shared";
    }

    @Override
    public void write(OperatorState value, DataOutput out) throws IOException {
      out.writeUTF(value.shape);
      out.writeLong(value.watermark);
      out.writeLong(value.admitted);
      out.writeLong(value.late);
      out.writeLong(value.rejected);
      out.writeLong(value.backwardAdvances);
    }

    @Override
    public OperatorState read(DataInput in, int version) throws IOException {
      return new OperatorState(
          in.readUTF(), in.readLong(), in.readLong(), in.readLong(), in.readLong(), in.readLong());
    }
  }
}
