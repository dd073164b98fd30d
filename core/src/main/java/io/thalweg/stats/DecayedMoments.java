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
 * half-life of event time, from an {@link EventDecayedMomentsAccumulator}, in which it loses a
 * fixed share with each later value, or from a {@link TimeWeightedMomentsAccumulator}, in which a
 * value counts by the time it lasts. Empty: count and weight 0, the rest NaN. One value: variance
 * 0.
 *
 * @param count the number of values added, whatever their weight now
 * @param weight the sum of the weights: with decay by time, in which the newest value has weight 1,
 *     the equivalent number of newest values; with decay by event always 1; time-weighted, the
 *     decayed milliseconds
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
   * @throws IllegalArgumentException if the half-life is not a positive whole number of
   *     milliseconds
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
   * @throws IllegalArgumentException if the half-life is not a positive whole number of
   *     milliseconds
   */
  public static <E> Aggregate<E, DecayedMomentsAccumulator, DecayedMoments> over(
      ToDoubleFunction<? super E> field,
      ToLongFunction<? super E> timestamp,
      Duration halfLife,
      NonFinite policy) {
    new DecayedMomentsAccumulator(halfLife); // fails here, not at the first event
    return timed(
        DecayedMomentsAccumulator.methods(halfLife),
        DecayedMomentsAccumulator::add,
        field,
        timestamp,
        policy);
  }

  /**
   * An aggregate of the moments of a field of the events, in which a value counts by the time it
   * lasts, and times decay. NaN and infinite values are rejected by {@link Aggregate#check}. It is
   * not commutative: the events should come in the order of their timestamps.
   *
   * @param field reads the value from an event
   * @param timestamp reads the event's time in milliseconds
   * @param halfLife the age at which a time counts half
   * @param <E> the events
   * @return a mergeable aggregate of 192 bytes a state
   * @throws IllegalArgumentException if the half-life is not a positive whole number of
   *     milliseconds
   */
  public static <E> Aggregate<E, TimeWeightedMomentsAccumulator, DecayedMoments> timeWeighted(
      ToDoubleFunction<? super E> field, ToLongFunction<? super E> timestamp, Duration halfLife) {
    return timeWeighted(field, timestamp, halfLife, NonFinite.REJECT);
  }

  /**
   * An aggregate of the moments of a field of the events, in which a value counts by the time it
   * lasts, and times decay. It is not commutative, as above. The value before a skipped one lasts
   * on.
   *
   * @param field reads the value from an event
   * @param timestamp reads the event's time in milliseconds
   * @param halfLife the age at which a time counts half
   * @param policy the handling of NaN and infinite values
   * @param <E> the events
   * @return a mergeable aggregate of 192 bytes a state
   * @throws IllegalArgumentException if the half-life is not a positive whole number of
   *     milliseconds
   */
  public static <E> Aggregate<E, TimeWeightedMomentsAccumulator, DecayedMoments> timeWeighted(
      ToDoubleFunction<? super E> field,
      ToLongFunction<? super E> timestamp,
      Duration halfLife,
      NonFinite policy) {
    new TimeWeightedMomentsAccumulator(halfLife); // fails here, not at the first event
    return timed(
        TimeWeightedMomentsAccumulator.methods(halfLife),
        TimeWeightedMomentsAccumulator::add,
        field,
        timestamp,
        policy);
  }

  private interface TimedAdd<A> {
    void add(A state, double value, long timestamp);
  }

  private static <E, A> Aggregate<E, A, DecayedMoments> timed(
      AccumulatorMethods<A, DecayedMoments> methods,
      TimedAdd<A> add,
      ToDoubleFunction<? super E> field,
      ToLongFunction<? super E> timestamp,
      NonFinite policy) {
    requireNonNull(field, "field");
    requireNonNull(timestamp, "timestamp");
    requireNonNull(policy, "policy");
    return methods.aggregate(
        event -> {
          policy.check(field.applyAsDouble(event));
          timestamp.applyAsLong(event);
        },
        (state, event) -> {
          double value = field.applyAsDouble(event);
          if (policy.accepts(value)) {
            add.add(state, value, timestamp.applyAsLong(event));
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
