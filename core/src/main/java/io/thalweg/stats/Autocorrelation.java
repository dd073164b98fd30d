package io.thalweg.stats;

import io.thalweg.Aggregate;
import io.thalweg.NonFinite;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Autocorrelation coefficients of a sequence of values at given lags.
 *
 * <p>Read from an {@link AutocorrelationAccumulator}. The coefficient at lag k is {@code Σ (x_i -
 * mean)(x_{i+k} - mean) / Σ (x_i - mean)²}, as in the NIST/SEMATECH e-Handbook (1.3.5.12). It is
 * NaN for at most k values and where all values are equal.
 *
 * @param moments count, mean and sum of squared deviations of all values
 * @param lags the lags, as given
 * @param coefficients for each lag its coefficient, from -1 to 1
 */
public record Autocorrelation(Moments moments, List<Integer> lags, List<Double> coefficients) {

  /**
   * Makes an immutable value.
   *
   * @param moments count, mean and sum of squared deviations of all values
   * @param lags the lags
   * @param coefficients for each lag its coefficient
   */
  public Autocorrelation {
    lags = List.copyOf(lags);
    coefficients = List.copyOf(coefficients);
  }

  /**
   * An aggregate of the autocorrelation of a field of the events. NaN and infinite values are
   * rejected by {@link Aggregate#check}. It is not commutative: the order of the events matters,
   * and the target of a merge must be the part directly before its source.
   *
   * @param field reads the value from an event
   * @param lags the lags, positive, each once
   * @param <E> the events
   * @return a mergeable aggregate of about {@code 300 + 40 lags + 16 largest lag} bytes a state
   * @throws IllegalArgumentException if there is no lag, or one that is not from 1 to 65,536, or
   *     one twice
   */
  public static <E> Aggregate<E, AutocorrelationAccumulator, Autocorrelation> over(
      ToDoubleFunction<? super E> field, int... lags) {
    return over(field, NonFinite.REJECT, lags);
  }

  /**
   * An aggregate of the autocorrelation of a field of the events. It is not commutative, as above.
   * The values before and after a skipped value become adjacent.
   *
   * @param field reads the value from an event
   * @param policy the handling of NaN and infinite values
   * @param lags the lags, positive, each once
   * @param <E> the events
   * @return a mergeable aggregate of about {@code 300 + 40 lags + 16 largest lag} bytes a state
   * @throws IllegalArgumentException if there is no lag, or one that is not from 1 to 65,536, or
   *     one twice
   */
  public static <E> Aggregate<E, AutocorrelationAccumulator, Autocorrelation> over(
      ToDoubleFunction<? super E> field, NonFinite policy, int... lags) {
    int[] copy = lags.clone();
    new AutocorrelationAccumulator(copy); // fails here, not at the first event
    return AutocorrelationAccumulator.methods(copy)
        .aggregate(AutocorrelationAccumulator::add, field, policy);
  }

  /**
   * The coefficient at one of the lags.
   *
   * @param lag the lag
   * @return its coefficient
   * @throws IllegalArgumentException if there is no coefficient of this lag
   */
  public double at(int lag) {
    int index = lags.indexOf(lag);
    if (index < 0) {
      throw new IllegalArgumentException("lag must be one of " + lags + ": " + lag);
    }
    return coefficients.get(index);
  }

  static Autocorrelation of(Moments moments, int[] lags, double[] coefficients) {
    return new Autocorrelation(
        moments,
        Arrays.stream(lags).boxed().toList(),
        Arrays.stream(coefficients).boxed().toList());
  }
}
