package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AutocorrelationTest {

  private static final int[] LAGS = {7, 1, 3};

  private static double exact(int lag, double... values) {
    BigDecimal mean = Exact.mean(values);
    BigDecimal sum = BigDecimal.ZERO;
    for (int i = 0; i + lag < values.length; i++) {
      sum =
          sum.add(
              new BigDecimal(values[i])
                  .subtract(mean)
                  .multiply(new BigDecimal(values[i + lag]).subtract(mean)));
    }
    return sum.divide(Exact.deviations(2, values), Exact.DIGITS).doubleValue();
  }

  @Property(tries = 100)
  void add_anyCut_isWithinTheStatedErrorOfExact(
      @ForAll("finite") double[] values, @ForAll @IntRange(min = 1, max = 40) int run) {
    AutocorrelationAccumulator whole = new AutocorrelationAccumulator(LAGS);
    AutocorrelationAccumulator part = new AutocorrelationAccumulator(LAGS);
    for (int i = 0; i < values.length; i++) {
      part.add(values[i]);
      if (i % run == run - 1) {
        whole.merge(part);
        part.clear();
      }
    }
    whole.merge(part);
    Autocorrelation result = whole.toAutocorrelation();
    if (Exact.m2(values).signum() == 0) {
      assertThat(result.at(1)).isNaN();
      return;
    }
    for (int lag : LAGS) {
      assertThat(Math.abs(result.at(lag) - exact(lag, values))).as("lag %d", lag).isLessThan(1e-14);
    }
  }

  @ParameterizedTest
  @MethodSource("io.thalweg.stats.Nist#names")
  void lagOne_nistStreamingAndMerged_isExact(String name) {
    Nist set = Nist.of(name);
    double expected = exact(1, set.data());
    assertThat(Math.abs(expected - set.lag1())).isLessThan(1e-5);
    for (int size : new int[] {1, 16, 1000, set.data().length}) {
      SplittableRandom random = new SplittableRandom(size);
      AutocorrelationAccumulator whole = new AutocorrelationAccumulator(1);
      for (int from = 0; from < set.data().length; from += size) {
        AutocorrelationAccumulator block = new AutocorrelationAccumulator(1);
        for (int i = from; i < Math.min(from + size, set.data().length); i++) {
          block.add(set.data()[i]);
        }
        if (random.nextInt(3) == 0) {
          whole.merge(new AutocorrelationAccumulator(1));
        }
        whole.merge(block);
      }
      double actual = whole.toAutocorrelation().at(1);
      assertThat(Math.abs(actual - expected) / Math.abs(expected))
          .as("blocks of %d", size)
          .isLessThanOrEqualTo(1e-12);
    }
  }

  @Test
  void result_fewOrEqual_isNaN() {
    AutocorrelationAccumulator accumulator = new AutocorrelationAccumulator(1, 2);
    assertThat(accumulator.toAutocorrelation().at(1)).isNaN();
    assertThat(accumulator.toAutocorrelation().moments().mean()).isNaN();
    accumulator.add(1);
    accumulator.add(3);
    assertThat(accumulator.toAutocorrelation().at(1)).isEqualTo(-0.5);
    assertThat(accumulator.toAutocorrelation().at(2)).isNaN();
    assertThatThrownBy(() -> accumulator.toAutocorrelation().at(3))
        .hasMessage("lag must be one of [1, 2]: 3");
    accumulator.clear();
    accumulator.add(5);
    accumulator.add(5);
    accumulator.add(5);
    assertThat(accumulator.toAutocorrelation().at(1)).isNaN();
    assertThat(accumulator.toAutocorrelation().moments()).isEqualTo(new Moments(3, 5, 0));
  }

  @Test
  void lags_badOrDifferent_areRejected() {
    assertThatThrownBy(() -> new AutocorrelationAccumulator())
        .hasMessage("lags must be from 1 to 65536, each once: []");
    assertThatThrownBy(() -> Autocorrelation.over(Double::doubleValue, 1, 1))
        .hasMessage("lags must be from 1 to 65536, each once: [1, 1]");
    assertThatThrownBy(() -> new AutocorrelationAccumulator(0))
        .isInstanceOf(IllegalArgumentException.class);
    AutocorrelationAccumulator one = new AutocorrelationAccumulator(1);
    assertThatThrownBy(() -> one.merge(new AutocorrelationAccumulator(2)))
        .isInstanceOf(IllegalArgumentException.class);
    byte[] bytes = AutocorrelationAccumulator.methods(1).codec().encode(one);
    assertThatThrownBy(() -> AutocorrelationAccumulator.methods(2).codec().decode(bytes))
        .hasMessageContaining("lag must be 2, as configured: 1");
    assertThatThrownBy(() -> AutocorrelationAccumulator.methods(1, 2).codec().decode(bytes))
        .hasMessageContaining("lags must be 3 with 0: 2");
  }

  @Provide
  Arbitrary<double[]> finite() {
    return Sequences.finite(8);
  }
}
