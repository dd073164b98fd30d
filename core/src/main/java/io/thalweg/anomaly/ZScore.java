package io.thalweg.anomaly;

import static java.util.Objects.requireNonNull;

import io.thalweg.ForwardingProcessor;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.stats.MomentsAccumulator;
import io.thalweg.window.TrailingWindow;
import java.time.Duration;
import java.util.function.ObjLongConsumer;
import java.util.function.ToDoubleFunction;

/**
 * Detector by z-score: the distance of a value from the mean of the recent values of its key, in
 * units of their standard deviation.
 *
 * <p>By default a value is scored against the window before it, {@code z = |value - mean| / max(s,
 * floor)} with the sample standard deviation {@code s}, and then enters the window. Nothing is
 * scored until the window holds {@value #MIN_VALUES} values. In an {@link Anomaly}, {@code score}
 * is {@code z}, {@code expected} the mean, and {@code scale} the denominator.
 *
 * <p>If a window includes the value that is scored, {@code z} is at most {@code √(n - 1)} with the
 * population standard deviation (Samuelson 1968, <a
 * href="https://doi.org/10.1080/01621459.1968.10480944">doi:10.1080/01621459.1968.10480944</a>):
 * for five values it never exceeds 2. {@link #bookCompatible} is such a detector, for comparison.
 *
 * <p>Values that are not finite are rejected. Events are late as in a {@link TrailingWindow}: if
 * they are behind the newest value of their key by more than the size of the window, by default.
 * Cost: O(1) amortised for an event in order, O(n) for one behind it; only anomalies allocate.
 * Memory: about 64 bytes for each value in a window, and 16 for each that is held for late events.
 * Sensitive to order; not thread-safe.
 *
 * @param <K> the keys
 * @param <E> the events
 */
public final class ZScore<K, E> extends ForwardingProcessor<K, E, Anomaly> {

  /** The default threshold, in standard deviations. */
  public static final double THRESHOLD = 2.0;

  /** The default of {@link Builder#minValues}. */
  public static final int MIN_VALUES = 10;

  /** The number of recent values in an anomaly. */
  public static final int RECENT = ScoringProcessor.RECENT;

  private final Processor<K, E, Anomaly> scoring;

  private ZScore(Processor<K, E, Anomaly> scoring) {
    super(scoring);
    this.scoring = scoring;
  }

  /** The formula. Without a floor, values are not scored if their window has no deviation. */
  private record Formula(boolean population, double floor)
      implements ScoreFunction<MomentsAccumulator> {

    @Override
    public boolean score(double value, MomentsAccumulator window, WindowScore score) {
      double deviation =
          population ? window.populationStandardDeviation() : window.sampleStandardDeviation();
      double scale = Math.max(deviation, floor);
      if (scale == 0) {
        return false;
      }
      double mean = window.mean();
      score.set(Math.abs(value - mean) / scale, mean, scale);
      return true;
    }
  }

  /**
   * Returns the default detector over a period before each event.
   *
   * @param size the length of the window
   * @param field reads the value of an event
   * @param <K> the keys
   * @param <E> the events
   * @return a detector without state
   */
  public static <K, E> ZScore<K, E> trailing(Duration size, ToDoubleFunction<? super E> field) {
    return ZScore.<E>over(field).last(size).build();
  }

  /**
   * Returns a detector with the formula of a well-known sensor example: see {@link
   * Builder#bookCompatible}.
   *
   * @param size the length of the window
   * @param field reads the value of an event
   * @param <K> the keys
   * @param <E> the events
   * @return a detector without state
   */
  public static <K, E> ZScore<K, E> bookCompatible(
      Duration size, ToDoubleFunction<? super E> field) {
    return ZScore.<E>over(field).last(size).bookCompatible().build();
  }

  /**
   * Returns a builder of a detector.
   *
   * @param field reads the value of an event
   * @param <E> the events
   * @return a builder without a window
   */
  public static <E> Builder<E> over(ToDoubleFunction<? super E> field) {
    return new Builder<>(field);
  }

  /**
   * Builder of a detector.
   *
   * @param <E> the events
   */
  public static final class Builder<E> {
    private final ToDoubleFunction<? super E> field;
    private final TrailingWindow.Builder<E, ScoringWindow.View<MomentsAccumulator>> window;
    private Duration size;
    private boolean includesEvent;
    private boolean closed;
    private boolean population;
    private int minValues = MIN_VALUES;
    private double threshold = THRESHOLD;
    private double floor = 1e-9;

    private Builder(ToDoubleFunction<? super E> field) {
      this.field = requireNonNull(field, "field");
      this.window =
          TrailingWindow.over(field, () -> new ScoringWindow<>(MomentsAccumulator.fifo()));
    }

    /**
     * Sets the length of the window, by time.
     *
     * @param size the length in whole milliseconds, positive
     * @return this builder
     */
    public Builder<E> last(Duration size) {
      window.last(size);
      this.size = size;
      return this;
    }

    /**
     * Sets the number of values in the window, the last of the key by arrival.
     *
     * @param n the number of values, positive
     * @return this builder
     */
    public Builder<E> last(long n) {
      window.last(n);
      this.size = null;
      return this;
    }

    /**
     * Includes the value that is scored in its window. By default it is excluded.
     *
     * @return this builder
     */
    public Builder<E> includingEvent() {
      this.includesEvent = true;
      return this;
    }

    /**
     * Closes the window at both ends, {@code t - size <= timestamp <= t}. By default the start is
     * exclusive. Only by time.
     *
     * @return this builder
     */
    public Builder<E> closedWindow() {
      this.closed = true;
      return this;
    }

    /**
     * Uses the standard deviation of the population, with divisor n, instead of that of the sample,
     * with divisor n - 1.
     *
     * @return this builder
     */
    public Builder<E> populationDeviation() {
      this.population = true;
      return this;
    }

    /**
     * Sets the number of values that a window must hold for a value to be scored.
     *
     * @param values at least 2; by default {@value ZScore#MIN_VALUES}
     * @return this builder
     * @throws IllegalArgumentException if it is less than 2
     */
    public Builder<E> minValues(int values) {
      if (values < 2) {
        throw new IllegalArgumentException("minValues must be at least 2: " + values);
      }
      this.minValues = values;
      return this;
    }

    /**
     * Sets the smallest scale, such as the resolution of a sensor. It prevents anomalies at every
     * small step of a value that hardly varies. With 0, a value is not scored if its window has no
     * deviation.
     *
     * @param floor in the unit of the values, not negative; by default 1e-9
     * @return this builder
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public Builder<E> floor(double floor) {
      if (!(floor >= 0) || Double.isInfinite(floor)) {
        throw new IllegalArgumentException("floor must not be negative and be finite: " + floor);
      }
      this.floor = floor;
      return this;
    }

    /**
     * Sets the threshold: the score above which a value is an anomaly.
     *
     * @param threshold in standard deviations, above 0; by default {@value ZScore#THRESHOLD}
     * @return this builder
     * @throws IllegalArgumentException if it is not above 0 or not finite
     */
    public Builder<E> threshold(double threshold) {
      if (!(threshold > 0) || Double.isInfinite(threshold)) {
        throw new IllegalArgumentException("threshold must be above 0 and finite: " + threshold);
      }
      this.threshold = threshold;
      return this;
    }

    /**
     * Sets how far a value may be behind the newest value of its key, and behind the watermark. By
     * default the size of the window: see {@link TrailingWindow.Builder#lateness}.
     *
     * @param lateness in whole milliseconds, not negative
     * @return this builder
     */
    public Builder<E> lateness(Duration lateness) {
      window.lateness(lateness);
      return this;
    }

    /**
     * Sets the greatest number of keys at one time. An event of a further key is rejected.
     *
     * @param maxKeys the bound, positive; by default unbounded
     * @return this builder
     */
    public Builder<E> maxKeys(int maxKeys) {
      window.maxKeys(maxKeys);
      return this;
    }

    /**
     * Sets the formula of a well-known sensor example: {@link #includingEvent}, {@link
     * #closedWindow}, {@link #populationDeviation}, {@code minValues(5)} and {@code floor(0)}.
     *
     * @return this builder
     */
    public Builder<E> bookCompatible() {
      return includingEvent().closedWindow().populationDeviation().minValues(5).floor(0);
    }

    /**
     * Creates the detector. The type of the variable or parameter that receives it fixes the type
     * of the keys. Where there is none, as with {@code var} or in a chain of calls, the compiler
     * infers {@code Object}: use {@link #build(Class)} there.
     *
     * @param <K> the keys
     * @param <F> the events, of the type that the field reads or a subtype
     * @return a detector without state
     * @throws IllegalStateException if neither {@code last(size)} nor {@code last(n)} was called,
     *     or {@link #closedWindow} together with {@code last(n)}
     */
    public <K, F extends E> ZScore<K, F> build() {
      if (closed) {
        if (size == null) {
          throw new IllegalStateException(
              "a closed window goes by time: call last(size) instead of last(n)");
        }
        window.last(size.plusMillis(1)); // timestamps are whole milliseconds
      }
      if (!includesEvent) {
        window.excludingEvent();
      }
      return new ZScore<>(
          new ScoringProcessor<>(
              "thalweg.zscore",
              window.build(),
              field,
              new Formula(population, floor),
              new ScoringProcessor.Options(includesEvent, minValues, threshold)));
    }

    /**
     * Creates the detector for keys of a class, as in {@code var detector =
     * ZScore.over(Reading::value).last(ofSeconds(10)).build(String.class)}.
     *
     * @param keys the class of the keys
     * @param <K> the keys
     * @param <F> the events, of the type that the field reads or a subtype
     * @return a detector without state
     * @throws IllegalStateException as {@link #build()}
     */
    public <K, F extends E> ZScore<K, F> build(Class<K> keys) {
      requireNonNull(keys, "keys");
      return build();
    }
  }

  @Override
  protected void apply(K key, E event, long timestamp, Output<K, Anomaly> out) {
    scoring.process(key, event, timestamp, out);
  }

  /**
   * Reports {@code scored} values and {@code anomalies} so far, and the counters of the trailing
   * window.
   */
  @Override
  public void counters(ObjLongConsumer<String> each) {
    super.counters(each);
  }
}
