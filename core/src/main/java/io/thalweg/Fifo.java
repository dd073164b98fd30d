package io.thalweg;

/**
 * A statistic of "the last …": events enter at one end, leave at the other, and the result over
 * those inside is always at hand.
 *
 * <p>The oldest event is dropped by identity, never by arithmetic: no implementation subtracts
 * floating-point numbers. {@link #of} makes one from any aggregate by merging alone; extrema,
 * quantiles and moments bring faster, unboxed ones.
 *
 * <p>The last bits of a merged floating-point result depend on where the structure last folded its
 * content together. That point is {@link #flipped}, and part of what is saved: a FIFO into which
 * the oldest {@code folded} events are added, then {@link #flip} called, then the rest added,
 * equals the one it was read from bit for bit.
 *
 * <p>Not thread-safe.
 *
 * @param <E> the events
 * @param <R> the result
 */
public interface Fifo<E, R> {

  /**
   * Adds an event as the newest.
   *
   * @param event the event
   */
  void add(E event);

  /**
   * Drops the oldest event.
   *
   * @throws IllegalStateException if there is none
   */
  void evict();

  /**
   * How many events are inside.
   *
   * @return the number of events added and not evicted
   */
  int size();

  /**
   * The result over the events inside. Unless an implementation says otherwise it is detached.
   *
   * @return the result; what an empty FIFO gives is the statistic's to document
   */
  R result();

  /** Drops all events. Storage is kept for reuse. */
  void clear();

  /**
   * How many of the oldest events are folded together.
   *
   * @return from 0 to {@link #size}; always 0, the default, where the result does not depend on it
   */
  default int flipped() {
    return 0;
  }

  /** Folds all events inside together. The default, which has nothing to fold, does nothing. */
  default void flip() {}

  /**
   * A FIFO over any aggregate, by two stacks: the older events hold, each, the fold of themselves
   * and all newer ones in their stack; the newer events are folded into one state. When the older
   * stack runs dry the newer one is turned over.
   *
   * <p>Cost: O(1) amortised an event, at most three merges; one eviction in n costs O(n). Memory:
   * two references an event and one state for each event of the older stack; states are reused.
   *
   * @see <a href="https://doi.org/10.1007/s00778-021-00668-3">Tangwongsan, Hirzel, Schneider:
   *     In-order sliding-window aggregation in worst-case constant time, VLDB Journal 30 (2021)</a>
   * @param aggregate the statistic; it need not be commutative
   * @param <E> the events; they are kept while they are inside
   * @param <A> the state
   * @param <R> the result
   * @return an empty FIFO
   */
  static <E, A, R> Fifo<E, R> of(Aggregate<E, A, R> aggregate) {
    return new TwoStacks<>(aggregate);
  }

  /**
   * A FIFO of numbers, unboxed.
   *
   * @param <R> the result
   */
  interface OfDouble<R> extends Fifo<Double, R> {

    /**
     * Adds a number as the newest.
     *
     * @param value the number
     */
    void add(double value);

    @Override
    default void add(Double event) {
      add(event.doubleValue());
    }
  }
}
