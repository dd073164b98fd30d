package io.thalweg.stats;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.NonFinite;
import java.util.function.ToDoubleFunction;

/**
 * Mean and variances of weighted values.
 *
 * <p>Read from a {@link WeightedMomentsAccumulator}, which documents the errors. Empty: count,
 * weight and divisor 0, the rest NaN. The right variance depends on the meaning of the weights, so
 * each variance has a name.
 *
 * @param count the number of values with positive weight
 * @param weight {@code Σ w}
 * @param reliabilityDivisor {@code Σ w - Σ w² / Σ w}; 0 for less than two values
 * @param effectiveCount the effective sample size {@code (Σ w)² / Σ w²}: the number of values of
 *     equal weight with the same information (Kish 1965, Survey Sampling); NaN when empty
 * @param mean {@code Σ wx / Σ w}; NaN when empty
 * @param sumOfSquaredDeviations {@code Σ w (x - mean)²}; NaN when empty, never negative
 */
public record WeightedMoments(
    long count,
    double weight,
    double reliabilityDivisor,
    double effectiveCount,
    double mean,
    double sumOfSquaredDeviations) {

  /**
   * An aggregate of the weighted moments of a field of the events. Values that are not finite are
   * rejected by {@link Aggregate#check}, and so are weights that are not finite or negative.
   *
   * @param field reads the value from an event
   * @param weight reads its weight
   * @param <E> the events
   * @return a mergeable, commutative aggregate of 272 bytes a state
   */
  public static <E> Aggregate<E, WeightedMomentsAccumulator, WeightedMoments> over(
      ToDoubleFunction<? super E> field, ToDoubleFunction<? super E> weight) {
    return over(field, weight, NonFinite.REJECT);
  }

  /**
   * An aggregate of the weighted moments of a field of the events. Weights that are not finite or
   * negative are rejected by {@link Aggregate#check}, whatever the policy.
   *
   * @param field reads the value from an event
   * @param weight reads its weight
   * @param policy the handling of NaN and infinite values
   * @param <E> the events
   * @return a mergeable, commutative aggregate of 272 bytes a state
   */
  public static <E> Aggregate<E, WeightedMomentsAccumulator, WeightedMoments> over(
      ToDoubleFunction<? super E> field, ToDoubleFunction<? super E> weight, NonFinite policy) {
    requireNonNull(field, "field");
    requireNonNull(weight, "weight");
    requireNonNull(policy, "policy");
    return WeightedMomentsAccumulator.METHODS.aggregate(
        event -> {
          policy.check(field.applyAsDouble(event));
          WeightedMomentsAccumulator.checkWeight(weight.applyAsDouble(event));
        },
        (state, event) -> {
          double value = field.applyAsDouble(event);
          if (policy.accepts(value)) {
            state.add(value, weight.applyAsDouble(event));
          }
        });
  }

  /**
   * The variance of the weighted values as the whole population.
   *
   * @return {@code Σ w (x - mean)² / Σ w}; NaN when empty
   */
  public double populationVariance() {
    return sumOfSquaredDeviations / weight;
  }

  /**
   * The unbiased variance if a weight is the frequency of a value.
   *
   * @return {@code Σ w (x - mean)² / (Σ w - 1)}; NaN for a total weight of at most 1
   */
  public double frequencyVariance() {
    return weight > 1 ? sumOfSquaredDeviations / (weight - 1) : Double.NaN;
  }

  /**
   * The unbiased variance if a weight is the reliability of a value, its inverse variance.
   *
   * @return {@code Σ w (x - mean)² / (Σ w - Σ w² / Σ w)}; NaN for less than two values
   */
  public double reliabilityVariance() {
    return count < 2 ? Double.NaN : sumOfSquaredDeviations / reliabilityDivisor;
  }
}
