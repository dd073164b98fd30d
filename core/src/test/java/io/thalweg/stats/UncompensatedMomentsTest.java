package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class UncompensatedMomentsTest {

  @Property(tries = 200)
  void add_anyValues_hasTheStatedError(@ForAll("finite") double[] values) {
    UncompensatedMomentsAccumulator plain = new UncompensatedMomentsAccumulator();
    double largest = 0;
    for (double value : values) {
      plain.add(value);
      largest = Math.max(largest, Math.abs(value));
    }
    Moments moments = plain.toMoments();
    double exact = Exact.m2(values).doubleValue();
    // the stated relative error, 1 + how many spreads the largest value is, times what is exact
    double allowed = 1e-14 * (exact + largest * Math.sqrt(exact * values.length));
    assertThat(moments.count()).isEqualTo(values.length);
    assertThat(moments.sumOfSquaredDeviations()).isNotNegative();
    assertThat(Math.abs(moments.sumOfSquaredDeviations() - exact)).isLessThanOrEqualTo(allowed);
  }

  @Test
  void add_numAcc4_hasTenDigitsAndEightMerged() {
    double[] data = Nist.of("NumAcc4").data();
    UncompensatedMomentsAccumulator streaming = new UncompensatedMomentsAccumulator();
    UncompensatedMomentsAccumulator merged = new UncompensatedMomentsAccumulator();
    UncompensatedMomentsAccumulator block = new UncompensatedMomentsAccumulator();
    for (int i = 0; i < data.length; i++) {
      streaming.add(data[i]);
      block.add(data[i]);
      if (i % 16 == 15 || i == data.length - 1) {
        merged.merge(block);
        block.clear();
      }
    }
    assertThat(Exact.relativeError(streaming.toMoments().sumOfSquaredDeviations(), Exact.m2(data)))
        .isLessThan(1e-10);
    assertThat(Exact.relativeError(merged.toMoments().sumOfSquaredDeviations(), Exact.m2(data)))
        .isBetween(1e-12, 1e-8);
    assertThat(new UncompensatedMomentsAccumulator().toMoments().mean()).isNaN();
    assertThat(streaming.count()).isEqualTo(1001);
  }

  @Provide
  Arbitrary<double[]> finite() {
    return Sequences.finite(2);
  }
}
