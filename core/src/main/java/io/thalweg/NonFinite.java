package io.thalweg;

import static java.util.Objects.requireNonNull;

import java.util.function.ToDoubleFunction;

/**
 * What an aggregate does with NaN and with infinite values. Every statistic of numbers takes it,
 * and means the same by it; {@link #REJECT} is what they do unless told otherwise. An aggregate of
 * your own asks {@link #check} in its {@code check} and {@link #accepts} in its {@code add}.
 */
public enum NonFinite {

  /**
   * Left out, as if the event had not come. {@link #count} beside the statistic says how often:
   *
   * <pre>{@code
   * Aggregates.both(
   *     Moments.over(Trade::price, NonFinite.SKIP), NonFinite.count(Trade::price), Quality::new)
   * }</pre>
   */
  SKIP,

  /**
   * Taken into the state, where it makes NaN or infinite whatever depends on it: each statistic
   * says what. A window recovers as soon as the value has left it, because windows merge and never
   * subtract.
   */
  PROPAGATE,

  /** Refused by {@link Aggregate#check}: an operator counts and reports the event as rejected. */
  REJECT;

  /**
   * How many values were not finite.
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
   * Whether a value goes into the state.
   *
   * @param value the value
   * @return false for a value to be left out
   */
  public boolean accepts(double value) {
    return this != SKIP || Double.isFinite(value);
  }

  /**
   * Judges a value.
   *
   * @param value the value
   * @throws IllegalArgumentException if it is refused
   */
  public void check(double value) {
    if (this == REJECT && !Double.isFinite(value)) {
      throw new IllegalArgumentException("value must be finite: " + value);
    }
  }
}
