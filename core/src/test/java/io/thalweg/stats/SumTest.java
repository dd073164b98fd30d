package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.testing.AggregateLaws;
import java.math.BigDecimal;
import java.util.Arrays;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SumTest {

  @Test
  void over_cancellingValues_keepsTheLaws() {
    AggregateLaws.of(
            Sum.over(Double::doubleValue),
            random ->
                random.nextInt(10) == 0
                    ? Double.NaN
                    : random.nextGaussian() * Math.pow(10, random.nextInt(8)))
        .cutsAgree(
            (merged, whole) ->
                merged.count() == whole.count()
                    && Math.abs(merged.value() - whole.value()) <= Math.ulp(whole.value()))
        .check(1);
  }

  @Property(tries = 300)
  void add_anyCut_isWithinTheStatedErrorOfExact(
      @ForAll("finite") double[] values, @ForAll @IntRange(min = 1, max = 50) int run) {
    SumAccumulator sum = new SumAccumulator();
    for (int from = 0; from < values.length; from += run) {
      SumAccumulator part = new SumAccumulator();
      for (int i = from; i < Math.min(from + run, values.length); i++) {
        part.add(values[i]);
      }
      sum.merge(part);
    }
    BigDecimal exact = Exact.sum(values);
    double absolute = Arrays.stream(values).map(Math::abs).sum();
    double bound = (double) values.length * values.length * 0x1p-106 * absolute;
    assertThat(exact.subtract(new BigDecimal(sum.value())).abs().doubleValue())
        .isLessThanOrEqualTo(0.5000001 * Math.ulp(sum.value()) + bound);
    assertThat(sum.count()).isEqualTo(values.length);
  }

  @Test
  void value_cancellation_keepsTheSmall() {
    assertThat(sum(1e16, 1, -1e16)).isEqualTo(new Sum(3, 1));
    assertThat(sum(1, 1e100, 1, -1e100)).isEqualTo(new Sum(4, 2));
    assertThat(sum(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1)).isEqualTo(new Sum(10, 1));
    assertThat(sum(1, 1e100, 1, -1e100).mean()).isEqualTo(0.5);
  }

  @Test
  void value_emptyAndBeyondTheDoubles_isDocumented() {
    assertThat(sum()).isEqualTo(new Sum(0, 0));
    assertThat(sum().mean()).isNaN();
    double inf = Double.POSITIVE_INFINITY;
    assertThat(sum(Double.MAX_VALUE, Double.MAX_VALUE, -Double.MAX_VALUE).value()).isEqualTo(inf);
    assertThat(sum(1, inf, 2).value()).isEqualTo(inf);
    assertThat(sum(1, -inf, 2).value()).isEqualTo(-inf);
    assertThat(sum(inf, -inf).value()).isNaN();
    assertThat(sum(Double.NaN, 1).value()).isNaN();
  }

  @Provide
  Arbitrary<double[]> finite() {
    return Sequences.finite(1);
  }

  private static Sum sum(double... values) {
    SumAccumulator sum = new SumAccumulator();
    for (double value : values) {
      sum.add(value);
    }
    return sum.toSum();
  }
}
