package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.util.function.ToDoubleFunction;

/**
 * Handling of NaN and infinite values by an aggregate. Every statistic of numbers has it as an
 * option, with the same meaning; the default is {@link #REJECT}. A user's own aggregate calls
 * {@link #check} in its {@code check} and {@link #accepts} in its {@code add}.
 */
public enum NonFinite {

  /**
   * Ignores the value, as if there were no such event. {@link #count} beside the statistic counts
   * ignored values:
   *
   * <pre>{@code
   * Aggregates.all(
   *     Moments.over(Trade::price, NonFinite.SKIP), NonFinite.count(Trade::price), Quality::new)
   * }</pre>
   */
  SKIP,

  /**
   * Adds the value to the state. Results that depend on it become NaN or infinite, as each
   * statistic documents. A window recovers as soon as the value has left it, because windows merge
   * and never subtract.
   */
  PROPAGATE,

  /**
   * Rejects the value in {@link Aggregate#check}. An operator counts and reports the event as
   * rejected.
   */
  REJECT;

  /**
   * Returns an aggregate that counts the values that are not finite.
   *
   * @param field reads the value from an event
   * @param <E> the events
   * @return an exact, mergeable, commutative aggregate; 0 when empty
   */
  public static <E> Aggregate<E, ?, Long> count(ToDoubleFunction<? super E> field) {
    requireNonNull(field, "field");
    return Aggregates.count(event -> !Double.isFinite(field.applyAsDouble(event)));
  }

  /**
   * Returns whether a value is added to the state.
   *
   * @param value the value
   * @return false if the value is to be ignored
   */
  public boolean accepts(double value) {
    return this != SKIP || Double.isFinite(value);
  }

  /**
   * Throws an exception if a value is to be rejected.
   *
   * @param value the value
   * @throws IllegalArgumentException if the value is not finite and this is {@link #REJECT}
   */
  public void check(double value) {
    if (this == REJECT && !Double.isFinite(value)) {
      throw new IllegalArgumentException("value must be finite: " + value);
    }
  }
}
