package io.thalweg;

/**
 * Statistic of a first-in-first-out window: events are added as the newest, evicted as the oldest,
 * and the result over the events inside is available at any time.
 *
 * <p>No implementation subtracts floating-point numbers to evict an event. {@link #of} makes a FIFO
 * from any aggregate by merging alone; extrema, quantiles and moments have faster, unboxed ones.
 *
 * <p>The last bits of a merged floating-point result depend on the events that the last flip
 * merged. Their number is {@link #flipped}, and it is saved with the events: a FIFO to which the
 * oldest {@code flipped} events are added, then {@link #flip} is called, then the other events are
 * added, equals the original bit for bit.
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
   * Removes the oldest event.
   *
   * @throws IllegalStateException if there is none
   */
  void evict();

  /**
   * Returns the number of events inside.
   *
   * @return the number of events added and not evicted
   */
  int size();

  /**
   * Returns the result over the events inside. It is detached unless the implementation documents
   * otherwise.
   *
   * @return the result; each statistic documents the result of an empty FIFO
   */
  R result();

  /** Removes all events. Storage is kept for reuse. */
  void clear();

  /**
   * Returns the number of the oldest events that the last flip merged and that are still inside.
   *
   * @return from 0 to {@link #size}; always 0, the default, for results that do not depend on it
   */
  default int flipped() {
    return 0;
  }

  /**
   * Merges all events inside into partial results from each event to the newest. The default does
   * nothing.
   */
  default void flip() {}

  /**
   * Returns a FIFO over any aggregate, by the two-stacks algorithm. For each event of the front
   * stack there is a state with that event and all newer ones of the front stack; the events of the
   * back stack are folded into one state. When the front stack is empty, the back stack is flipped
   * onto it.
   *
   * <p>Cost: O(1) amortised an event, at most three merges; one eviction in n costs O(n). Memory:
   * two references an event and one state for each event of the front stack; states are reused.
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
   * FIFO of doubles, unboxed.
   *
   * @param <R> the result
   */
  interface OfDouble<R> extends Fifo<Double, R> {

    /**
     * Adds a value as the newest.
     *
     * @param value the value
     */
    void add(double value);

    @Override
    default void add(Double event) {
      add(event.doubleValue());
    }
  }
}
