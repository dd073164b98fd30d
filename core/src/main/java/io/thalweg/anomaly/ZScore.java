package io.thalweg.anomaly;

import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.stats.MomentsAccumulator;
import io.thalweg.window.TrailingWindow;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.ObjLongConsumer;
import java.util.function.ToDoubleFunction;

/**
 * A detector that calls a value surprising when it lies far from the mean of its key's recent
 * values, in units of their standard deviation.
 *
 * <p>By default a value is scored against the window before it, {@code z = |value - mean| / max(s,
 * floor)} with the sample standard deviation {@code s}, and only then enters the window. Nothing is
 * scored until the window holds {@value #WARM_UP} values.
 *
 * <p>A window that contains the value it judges cannot find it very surprising: {@code z} is then
 * at most {@code √(n - 1)} with the population standard deviation (Samuelson 1968, <a
 * href="https://doi.org/10.1080/01621459.1968.10480944">doi:10.1080/01621459.1968.10480944</a>), so
 * 2 is out of reach for five values. {@link #bookCompatible} is such a detector all the same, for
 * comparison.
 *
 * <p>Values that are not finite are rejected. Which events are late is for the {@link
 * TrailingWindow} inside to say. Cost: O(1) amortised an event in order, without allocation but for
 * alerts. Memory: about 64 bytes for each value in a window. Sensitive to order; not thread-safe.
 *
 * @param <K> the keys
 * @param <E> the events
 */
public final class ZScore<K, E> implements Processor<K, E, Anomaly> {

  /**
   * Values beyond this many standard deviations are anomalies unless another threshold is given.
   */
  public static final double THRESHOLD = 2.0;

  /** How many values a window must hold before anything is scored, unless told otherwise. */
  public static final int WARM_UP = 10;

  /** How many recent values an anomaly shows. */
  public static final int RECENT = 5;

  private static final int BOOK_WARM_UP = 5;
  private static final String SCOPE = "score";

  private final TrailingWindow<K, E, ScoringWindow.View> window;
  private final ToDoubleFunction<? super E> field;
  private final double threshold;
  private final double floor;
  private final int warmUp;
  private final boolean book;
  private long scored;
  private long anomalies;

  private ZScore(Builder<E> options) {
    book = options.book;
    field = options.field;
    threshold = options.threshold;
    warmUp = book ? BOOK_WARM_UP : options.warmUp;
    floor = book ? 0 : options.floor;
    window =
        book
            ? options.window.last(options.size.plusMillis(1)).build() // closed at both ends
            : options.window.excludingEvent().build();
  }

  /**
   * The default detector over the values of the time before.
   *
   * @param size how far back the window reaches
   * @param field reads the value from an event
   * @param <K> the keys
   * @param <E> the events
   * @return a detector without state
   */
  public static <K, E> ZScore<K, E> trailing(Duration size, ToDoubleFunction<? super E> field) {
    return ZScore.<E>over(field).last(size).build();
  }

  /**
   * The formula of a well-known sensor example: the window includes the value itself and is closed
   * at both ends, {@code t - size <= timestamp <= t}; the standard deviation is the population's;
   * at least 5 values are needed, and a deviation above 0.
   *
   * @param size how far back the window reaches
   * @param field reads the value from an event
   * @param <K> the keys
   * @param <E> the events
   * @return a detector without state
   */
  public static <K, E> ZScore<K, E> bookCompatible(
      Duration size, ToDoubleFunction<? super E> field) {
    return ZScore.<E>over(field).last(size).bookCompatible().build();
  }

  /**
   * Describes a detector in detail.
   *
   * @param field reads the value from an event
   * @param <E> the events
   * @return a builder; say how far back next
   */
  public static <E> Builder<E> over(ToDoubleFunction<? super E> field) {
    return new Builder<>(field);
  }

  /**
   * Describes a detector.
   *
   * @param <E> the events
   */
  public static final class Builder<E> {
    private final ToDoubleFunction<? super E> field;
    private final TrailingWindow.Builder<E, ScoringWindow.View> window;
    private Duration size;
    private boolean book;
    private double threshold = THRESHOLD;
    private double floor = 1e-9;
    private int warmUp = WARM_UP;

    private Builder(ToDoubleFunction<? super E> field) {
      this.field = requireNonNull(field, "field");
      this.window = TrailingWindow.over(field, ScoringWindow::new);
    }

    /**
     * Scores against the values of the time before.
     *
     * @param size how far back, in whole milliseconds, positive
     * @return this builder
     */
    public Builder<E> last(Duration size) {
      window.last(size);
      this.size = size;
      return this;
    }

    /**
     * Scores against the last values of the key by arrival.
     *
     * @param n how many, positive
     * @return this builder
     */
    public Builder<E> last(long n) {
      window.last(n);
      this.size = null;
      return this;
    }

    /**
     * How many standard deviations are surprising.
     *
     * @param threshold above 0; by default {@value ZScore#THRESHOLD}
     * @return this builder
     * @throws IllegalArgumentException if it is not above 0
     */
    public Builder<E> threshold(double threshold) {
      this.threshold = aboveZero("threshold", threshold);
      return this;
    }

    /**
     * The smallest scale to measure in, such as the resolution of a sensor: it keeps values that
     * hardly vary from making every step an anomaly.
     *
     * @param floor in the unit of the values, above 0; by default 1e-9
     * @return this builder
     * @throws IllegalArgumentException if it is not above 0
     */
    public Builder<E> floor(double floor) {
      this.floor = aboveZero("floor", floor);
      return this;
    }

    /**
     * How many values a window must hold before anything is scored.
     *
     * @param values at least 2; by default {@value ZScore#WARM_UP}
     * @return this builder
     * @throws IllegalArgumentException if it is less than 2
     */
    public Builder<E> warmUp(int values) {
      if (values < 2) {
        throw new IllegalArgumentException("warmUp must be at least 2 values: " + values);
      }
      this.warmUp = values;
      return this;
    }

    /**
     * How far behind the newest of its key a value may come.
     *
     * @param lateness in whole milliseconds, not negative; by default zero
     * @return this builder
     */
    public Builder<E> lateness(Duration lateness) {
      window.lateness(lateness);
      return this;
    }

    /**
     * A bound on the number of keys held at once.
     *
     * @param maxKeys the bound, positive; by default none
     * @return this builder
     */
    public Builder<E> maxKeys(int maxKeys) {
      window.maxKeys(maxKeys);
      return this;
    }

    /**
     * As {@link ZScore#bookCompatible}; warm-up and floor are then its own. The window goes by
     * time.
     *
     * @return this builder
     */
    public Builder<E> bookCompatible() {
      this.book = true;
      return this;
    }

    /**
     * Makes the detector.
     *
     * @param <K> the keys
     * @return a detector without state
     * @throws IllegalStateException if nobody said how far back the window reaches, or a
     *     book-compatible one goes by count
     */
    public <K> ZScore<K, E> build() {
      if (book && size == null) {
        throw new IllegalStateException("a book-compatible window goes by time: last(size) is due");
      }
      return new ZScore<>(this);
    }

    private static double aboveZero(String name, double value) {
      if (!(value > 0) || Double.isInfinite(value)) {
        throw new IllegalArgumentException(name + " must be above 0 and finite: " + value);
      }
      return value;
    }
  }

  @Override
  public void process(K key, E event, long timestamp, Output<K, Anomaly> out) {
    ScoringWindow.View seen = window.answer(key, event, timestamp, out);
    if (seen == null || seen.moments.count() < warmUp) {
      return;
    }
    MomentsAccumulator moments = seen.moments;
    double scale =
        Math.max(
            book ? moments.populationStandardDeviation() : moments.sampleStandardDeviation(),
            floor);
    if (scale == 0) {
      return;
    }
    scored++;
    double value = field.applyAsDouble(event);
    double z = Math.abs(value - moments.mean()) / scale;
    if (z > threshold) {
      anomalies++;
      List<Double> recent = seen.newest(book ? RECENT : RECENT - 1);
      if (!book) {
        recent.add(value);
      }
      out.emit(key, new Anomaly(timestamp, value, moments.mean(), scale, z, List.copyOf(recent)));
    }
  }

  @Override
  public void advance(long watermark, Output<K, Anomaly> out) {
    window.advance(watermark, (key, value) -> {}); // forgets; a trailing window has nothing to say
  }

  @Override
  public void save(StateWriter<K> to) {
    window.save(to);
    saveCounters(to);
  }

  @Override
  public void saveChanges(StateWriter<K> to) {
    window.saveChanges(to);
    saveCounters(to);
  }

  private void saveCounters(StateWriter<K> to) {
    to.scope(SCOPE).putOperatorState(CountsCodec.INSTANCE.encode(new Counts(scored, anomalies)));
  }

  @Override
  public void restore(StateReader<K> shard) {
    byte[] bytes = shard.scope(SCOPE).operatorState();
    Counts counts = bytes == null ? new Counts(0, 0) : CountsCodec.INSTANCE.decode(bytes);
    window.restore(shard); // last of what can be refused
    if (shard.ownsCounters()) {
      scored += counts.scored;
      anomalies += counts.anomalies;
    }
  }

  /** {@code scored} values and {@code anomalies} so far; then the counters of the window inside. */
  @Override
  public void counters(ObjLongConsumer<String> each) {
    each.accept("scored", scored);
    each.accept("anomalies", anomalies);
    window.counters(each);
  }

  private record Counts(long scored, long anomalies) {}

  private static final class CountsCodec implements Codec<Counts> {

    static final CountsCodec INSTANCE = new CountsCodec();

    @Override
    public String name() {
      return "thalweg.zscore.counts";
    }

    @Override
    public void write(Counts value, DataOutput out) throws IOException {
      out.writeLong(value.scored);
      out.writeLong(value.anomalies);
    }

    @Override
    public Counts read(DataInput in, int version) throws IOException {
      return new Counts(in.readLong(), in.readLong());
    }
  }
}
