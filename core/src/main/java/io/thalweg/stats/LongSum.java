package io.thalweg.stats;

import io.thalweg.Aggregate;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.function.ToLongFunction;

/**
 * Count and exact sum of longs.
 *
 * <p>Read from a {@link LongSumAccumulator}. The sum has 128 bits, so that the sum of fewer than
 * 2^63 longs does not overflow. Empty: count 0, sum 0, mean NaN.
 *
 * @param count the number of values
 * @param value the sum of the values
 */
public record LongSum(long count, BigInteger value) {

  /**
   * An aggregate of the sum of a field of the events.
   *
   * @param field reads the value from an event
   * @param <E> the events
   * @return an exact, mergeable, commutative aggregate of 40 bytes a state
   */
  public static <E> Aggregate<E, LongSumAccumulator, LongSum> over(
      ToLongFunction<? super E> field) {
    return LongSumAccumulator.METHODS.aggregate(LongSumAccumulator::add, field);
  }

  /**
   * The mean of the values, rounded once.
   *
   * @return the double next to sum / count; NaN when empty
   */
  public double mean() {
    if (count == 0) {
      return Double.NaN;
    }
    BigInteger divisor = BigInteger.valueOf(count);
    // 60 digits, and a tie can only be hit exactly: a quotient by less than 2^63 that is not a
    // tie differs from one by more than 1e-36 of itself.
    return new BigDecimal(value).divide(new BigDecimal(divisor), new MathContext(60)).doubleValue();
  }
}
