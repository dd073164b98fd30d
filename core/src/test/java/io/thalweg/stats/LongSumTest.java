package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.testing.AggregateLaws;
import java.math.BigDecimal;
import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class LongSumTest {

  @Test
  void over_extremeLongs_keepsTheLawsExactly() {
    AggregateLaws.of(
            LongSum.over(Long::longValue),
            random ->
                switch (random.nextInt(4)) {
                  case 0 -> Long.MIN_VALUE;
                  case 1 -> Long.MAX_VALUE;
                  case 2 -> (long) random.nextInt(-5, 5);
                  default -> random.nextLong();
                })
        .check(7);
  }

  @Property(tries = 300)
  void add_anyLongs_isExact(@ForAll long[] values) {
    LongSumAccumulator sum = new LongSumAccumulator();
    BigInteger exact = BigInteger.ZERO;
    for (long value : values) {
      sum.add(value);
      exact = exact.add(BigInteger.valueOf(value));
    }
    assertThat(sum.toLongSum()).isEqualTo(new LongSum(values.length, exact));
    if (values.length > 0) {
      BigDecimal mean =
          new BigDecimal(exact).divide(BigDecimal.valueOf(values.length), Exact.DIGITS);
      assertThat(sum.toLongSum().mean()).isEqualTo(mean.doubleValue());
    }
  }

  @Test
  void mean_empty_isNaN() {
    assertThat(new LongSumAccumulator().toLongSum().mean()).isNaN();
    assertThat(new LongSumAccumulator().count()).isZero();
  }

  @Test
  void mean_beyondLong_isRoundedOnce() {
    LongSumAccumulator sum = new LongSumAccumulator();
    sum.add(Long.MAX_VALUE);
    sum.add(Long.MAX_VALUE);
    sum.add(Long.MAX_VALUE - 1);
    assertThat(sum.toLongSum().value()).isEqualTo(new BigInteger("27670116110564327420"));
    assertThat(sum.toLongSum().mean()).isEqualTo(9.223372036854775807e18);
  }
}
