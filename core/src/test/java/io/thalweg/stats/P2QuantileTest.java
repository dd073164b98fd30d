package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.Codec;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class P2QuantileTest {

  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.25, 0.5, 0.9, 0.99})
  void value_smoothDistributions_hasSmallRankError(double q) {
    check(q, SplittableRandom::nextDouble);
    check(q, SplittableRandom::nextGaussian);
    check(q, random -> Math.exp(random.nextGaussian()));
  }

  private static void check(double q, ToDoubleFunction<SplittableRandom> draw) {
    SplittableRandom random = new SplittableRandom(12);
    P2Quantile estimate = new P2Quantile(q);
    OrderStatistics exact = new OrderStatistics();
    for (int i = 0; i < 50_000; i++) {
      double value = draw.applyAsDouble(random);
      estimate.add(value);
      exact.add(value);
    }
    assertThat(exact.countBelow(estimate.value()) / 50_000.0).isCloseTo(q, within(0.01));
    assertThat(estimate.count()).isEqualTo(50_000);
  }

  /** The worked example of the paper: twenty values, their median estimated as 4.44. */
  @Test
  void value_exampleOfThePaper_isReproduced() {
    double[] values = {
      0.02, 0.15, 0.74, 3.39, 0.83, 22.37, 10.15, 15.43, 38.62, 15.92, 34.60, 10.28, 1.47, 0.40,
      0.05, 11.39, 0.27, 0.42, 0.09, 11.37
    };
    P2Quantile median = new P2Quantile(0.5);
    for (double value : values) {
      median.add(value);
    }
    assertThat(median.value()).isCloseTo(4.44, within(0.005));
  }

  @Test
  void value_fewValues_isExact() {
    SplittableRandom random = new SplittableRandom(4);
    for (int run = 0; run < 200; run++) {
      P2Quantile estimate = new P2Quantile(0.3);
      OrderStatistics exact = new OrderStatistics();
      for (int i = 0; i < 5; i++) {
        double value = random.nextInt(10);
        estimate.add(value);
        exact.add(value);
        assertThat(estimate.value()).isCloseTo(exact.quantile(0.3), within(1e-14));
      }
    }
  }

  @Test
  void value_degenerate_isDocumented() {
    P2Quantile median = new P2Quantile(0.5);
    assertThat(median.value()).isNaN();
    for (int i = 0; i < 1000; i++) {
      median.add(5);
      assertThat(median.value()).isEqualTo(5);
    }
    median.clear();
    assertThat(median.value()).isNaN();
    for (int i = 0; i < 100; i++) {
      median.add(i % 2 == 0 ? Double.MAX_VALUE : -Double.MAX_VALUE);
      assertThat(median.value()).isFinite();
    }
    for (int nanAt : new int[] {0, 3, 20}) {
      median.clear();
      for (int i = 0; i < 100; i++) {
        median.add(i == nanAt ? Double.NEGATIVE_INFINITY : i);
        if (i >= nanAt) {
          assertThat(median.value()).isNaN();
        }
      }
    }
    assertThatThrownBy(() -> new P2Quantile(1)).hasMessage("quantile must be between 0 and 1: 1.0");
  }

  @Test
  void codec_anyPoint_goesOnTheSame() {
    SplittableRandom random = new SplittableRandom(9);
    Codec<P2Quantile> codec = P2Quantile.codec(0.9);
    P2Quantile estimate = new P2Quantile(0.9);
    for (int i = 0; i < 300; i++) {
      P2Quantile read = codec.decode(codec.encode(estimate));
      double value = random.nextGaussian();
      estimate.add(value);
      read.add(value);
      assertThat(codec.encode(read)).isEqualTo(codec.encode(estimate));
      assertThat(read.value()).isEqualTo(estimate.value());
    }
    byte[] bytes = codec.encode(estimate);
    assertThatThrownBy(() -> P2Quantile.codec(0.5).decode(bytes))
        .hasMessageContaining("quantile must be 0.5, as configured: 0.9");
  }
}
