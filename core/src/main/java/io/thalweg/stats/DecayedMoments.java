package io.thalweg.stats;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.NonFinite;
import java.time.Duration;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Mean and variance of values with exponential decay.
 *
 * <p>Read from a {@link DecayedMomentsAccumulator}, in which a value loses half its weight each
 * half-life of event time, or from an {@link EventDecayedMomentsAccumulator}, in which it loses a
 * fixed share with each later value. Empty: count and weight 0, the rest NaN. One value: variance
 * 0.
 *
 * @param count the number of values added, whatever their weight now
 * @param weight the sum of the weights: with decay by time, in which the newest value has weight 1,
 *     the equivalent number of newest values; with decay by event always 1
 * @param mean the weighted mean; NaN when empty
 * @param variance the weighted mean of the squared deviations from it; NaN when empty, never
 *     negative
 */
public record DecayedMoments(long count, double weight, double mean, double variance) {

  /**
   * An aggregate of the moments of a field of the events, decayed by event time. NaN and infinite
   * values are rejected by {@link Aggregate#check}.
   *
   * @param field reads the value from an event
   * @param timestamp reads the event's time in milliseconds
   * @param halfLife the age at which a value counts half
   * @param <E> the events
   * @return a mergeable, commutative aggregate of 112 bytes a state
   * @throws IllegalArgumentException if the half-life is not at least a millisecond
   */
  public static <E> Aggregate<E, DecayedMomentsAccumulator, DecayedMoments> over(
      ToDoubleFunction<? super E> field, ToLongFunction<? super E> timestamp, Duration halfLife) {
    return over(field, timestamp, halfLife, NonFinite.REJECT);
  }

  /**
   * An aggregate of the moments of a field of the events, decayed by event time.
   *
   * @param field reads the value from an event
   * @param timestamp reads the event's time in milliseconds
   * @param halfLife the age at which a value counts half
   * @param policy the handling of NaN and infinite values
   * @param <E> the events
   * @return a mergeable, commutative aggregate of 112 bytes a state
   * @throws IllegalArgumentException if the half-life is not at least a millisecond
   */
  public static <E> Aggregate<E, DecayedMomentsAccumulator, DecayedMoments> over(
      ToDoubleFunction<? super E> field,
      ToLongFunction<? super E> timestamp,
      Duration halfLife,
      NonFinite policy) {
    requireNonNull(field, "field");
    requireNonNull(timestamp, "timestamp");
    requireNonNull(policy, "policy");
    new DecayedMomentsAccumulator(halfLife); // fails here, not at the first event
    return DecayedMomentsAccumulator.methods(halfLife)
        .aggregate(
            event -> {
              policy.check(field.applyAsDouble(event));
              timestamp.applyAsLong(event);
            },
            (state, event) -> {
              double value = field.applyAsDouble(event);
              if (policy.accepts(value)) {
                state.add(value, timestamp.applyAsLong(event));
              }
            });
  }

  /**
   * The decayed sum of the values, {@code Σ w x}, at the newest timestamp: with decay by time, the
   * sum in which the newest value counts whole and a value one half-life old counts half. {@link
   * DecayedMomentsAccumulator#sum} gives it at a later time.
   *
   * @return {@code weight · mean}; 0 when empty
   */
  public double sum() {
    return count == 0 ? 0 : weight * mean;
  }

  /**
   * The square root of the variance.
   *
   * @return the standard deviation, in the unit of the values
   */
  public double standardDeviation() {
    return Math.sqrt(variance);
  }
}
