package io.thalweg.window;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Output;
import io.thalweg.Processor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Aggregates the events of each key by windows.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <R> the results
 */
public final class WindowedAggregator<K, E, R> implements Processor<K, E, R> {

  private WindowedAggregator(Builder<E, R> options) {
    requireNonNull(options.aggregate);
  }

  /** What a result of a window says about the results that it gave before. */
  public enum Mode {
    /** Each result replaces the one before. */
    ACCUMULATING,
    /** Each result holds only what came since the one before; nothing new, no result. */
    DISCARDING,
    /**
     * As accumulating, and each result carries the one it replaces; a session that gave a result
     * and is absorbed by a larger one is retracted together with the larger one's first result.
     */
    RETRACTING
  }

  /**
   * Begins an operator.
   *
   * @param aggregate what is computed over each window
   * @param window a window query
   * @param more further queries on the same events; a result names its query by its place, from 0
   * @param <E> the events
   * @param <R> the results
   * @return a builder: accumulating, without lateness, guard or maximum
   */
  @SafeVarargs
  public static <E, R> Builder<E, R> of(
      Aggregate<E, ?, R> aggregate, Window<? super E> window, Window<? super E>... more) {
    List<Window<? super E>> windows = new ArrayList<>();
    windows.add(window);
    windows.addAll(List.of(more));
    return of(aggregate, windows);
  }

  /**
   * Begins an operator.
   *
   * @param aggregate what is computed over each window
   * @param windows the window queries, at least one
   * @param <E> the events
   * @param <R> the results
   * @return a builder: accumulating, without lateness, guard or maximum
   * @throws IllegalArgumentException if there is no query
   */
  public static <E, R> Builder<E, R> of(
      Aggregate<E, ?, R> aggregate, List<? extends Window<? super E>> windows) {
    return new Builder<>(aggregate, windows);
  }

  /**
   * Describes an operator.
   *
   * @param <E> the events
   * @param <R> the results
   */
  public static final class Builder<E, R> {
    private final Aggregate<E, ?, R> aggregate;
    private final List<Window<? super E>> windows;
    private long lateness;
    private Mode mode = Mode.ACCUMULATING;
    private boolean emptyWindows;
    private int maxKeys = Integer.MAX_VALUE;
    private ToLongFunction<? super E> reference;
    private long futureBound;

    private Builder(Aggregate<E, ?, R> aggregate, List<? extends Window<? super E>> windows) {
      this.aggregate = requireNonNull(aggregate, "aggregate");
      this.windows = List.copyOf(windows);
      if (windows.isEmpty()) {
        throw new IllegalArgumentException("an operator needs at least one window: []");
      }
    }

    /**
     * For how long after its end a window takes events. By default not at all.
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
     * What a result says about those before it. By default accumulating.
     *
     * @param mode the mode
     * @return this builder
     */
    public Builder<E, R> mode(Mode mode) {
      this.mode = requireNonNull(mode, "mode");
      return this;
    }

    /**
     * Sliding, tumbling and cumulative windows without an event give a result too, between a key's
     * first and last event.
     *
     * @return this builder
     */
    public Builder<E, R> emptyWindows() {
      this.emptyWindows = true;
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
     * Rejects events from the future: those with {@code timestamp > reference + bound}. One event
     * with a wrong date would otherwise carry the watermark with it. By default off.
     *
     * @param reference reads a reference time from an event, such as the time it was received
     * @param bound how far after its reference an event may be, in whole milliseconds, not negative
     * @return this builder
     * @throws IllegalArgumentException if the bound is negative
     */
    public Builder<E, R> futureGuard(ToLongFunction<? super E> reference, Duration bound) {
      if (bound.isNegative()) {
        throw new IllegalArgumentException("bound must not be negative: " + bound);
      }
      this.reference = requireNonNull(reference, "reference");
      this.futureBound = Windows.millis("bound", bound);
      return this;
    }

    /**
     * Makes the operator.
     *
     * @param <K> the keys
     * @return an operator without state
     */
    public <K> WindowedAggregator<K, E, R> build() {
      return new WindowedAggregator<>(this);
    }
  }

  @Override
  public void process(K key, E event, long timestamp, Output<K, R> out) {
    throw new UnsupportedOperationException("being written");
  }
}
