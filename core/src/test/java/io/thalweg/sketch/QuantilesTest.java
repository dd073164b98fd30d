package io.thalweg.sketch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Codec;
import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantilesTest {

  @Property(tries = 100)
  void results_upToK_areExact(@ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int n) {
    SplittableRandom random = new SplittableRandom(seed);
    QuantileSketch sketch = new QuantileSketch(200, seed);
    QuantileSketch half = new QuantileSketch(200, seed);
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextInt(50);
      (i < n / 2 ? sketch : half).add(values[i]);
    }
    sketch.merge(half);
    Quantiles quantiles = sketch.toQuantiles();
    Arrays.sort(values);
    for (int i = 0; i < 20; i++) {
      double q = random.nextDouble();
      assertThat(quantiles.quantile(q)).isEqualTo(values[Math.max(0, (int) Math.ceil(q * n) - 1)]);
      double at = random.nextInt(50);
      assertThat(quantiles.rank(at))
          .isEqualTo(Arrays.stream(values).filter(v -> v <= at).count() / (double) n);
    }
    assertThat(quantiles.count()).isEqualTo(n);
    assertThat(quantiles.min()).isEqualTo(values[0]);
    assertThat(quantiles.max()).isEqualTo(values[n - 1]);
  }

  /** Of 1000 questions, each to a sketch of its own seed, at most 2 % may miss the 99 % bound. */
  @ParameterizedTest
  @CsvSource({
    "200, random, 1",
    "200, sorted, 1",
    "200, zigzag, 1",
    "200, random, 64",
    "50, random, 1"
  })
  void rank_manySeeds_keepsTheStatedError(int k, String order, int parts) {
    int n = 30_000;
    double bound = 2.296 / Math.pow(k, 0.9021);
    int misses = 0;
    double squares = 0;
    for (int run = 0; run < 1000 / 5; run++) {
      SplittableRandom random = new SplittableRandom(run);
      QuantileSketch whole = new QuantileSketch(k, run);
      QuantileSketch part = new QuantileSketch(k, run);
      double[] values = values(order, n, random);
      for (int i = 0; i < n; i++) {
        part.add(values[i]);
        if ((i + 1) % (n / parts) == 0 || i == n - 1) {
          whole.merge(part);
          part.clear();
        }
      }
      assertThat(whole.count()).isEqualTo(n);
      Quantiles quantiles = whole.toQuantiles();
      for (double q : new double[] {0.05, 0.25, 0.5, 0.75, 0.95}) {
        // the values are 0 to n - 1, so the rank of x is (x + 1) / n
        double error = quantiles.rank(q * n - 1) - q;
        squares += error * error;
        if (Math.abs(error) > bound) {
          misses++;
        }
      }
    }
    assertThat(misses).as("misses of 1000, bound %s", bound).isLessThanOrEqualTo(20);
    assertThat(Math.sqrt(squares / 1000)).isGreaterThan(bound / 50); // the test can fail
  }

  private static double[] values(String order, int n, SplittableRandom random) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = order.equals("zigzag") ? (i % 2 == 0 ? i / 2 : n - 1 - i / 2) : i;
    }
    if (order.equals("random")) {
      for (int i = n - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        double swapped = values[i];
        values[i] = values[j];
        values[j] = swapped;
      }
    }
    return values;
  }

  @Test
  void quantile_knownSets_givesTheExactValues() {
    QuantileSketch sketch = new QuantileSketch(200, 1); // ClickHouse 22408
    add(sketch, 26, 1000);
    add(sketch, 11, 3000);
    add(sketch, 2, 9000);
    assertThat(sketch.toQuantiles().quantile(0.9)).isEqualTo(3000);
    assertThat(sketch.toQuantiles().quantile(0.95)).isEqualTo(9000);
    sketch.clear();
    add(sketch, 999, 5); // t-digest 89
    add(sketch, 1, 100);
    assertThat(sketch.toQuantiles().quantile(0.99)).isEqualTo(5);
    assertThat(sketch.toQuantiles().quantile(0.5)).isEqualTo(5);
    assertThat(sketch.toQuantiles().quantile(1)).isEqualTo(100);
    sketch.clear();
    for (double value : new double[] {0, 1, 2, 3, 4}) {
      sketch.add(value);
    }
    assertThat(sketch.toQuantiles().quantile(0.25)).isEqualTo(1);
    assertThat(sketch.toQuantiles().quantile(1)).isEqualTo(4);
  }

  @Test
  void results_emptyNaNAndInfinite_areDocumented() {
    QuantileSketch sketch = new QuantileSketch(8, 1);
    Quantiles empty = sketch.toQuantiles();
    assertThat(empty.count()).isZero();
    assertThat(empty.quantile(0.5)).isNaN();
    assertThat(empty.quantile(0)).isNaN();
    assertThat(empty.rank(0)).isNaN();
    sketch.add(3);
    sketch.add(Double.NaN);
    Quantiles broken = sketch.toQuantiles();
    assertThat(broken.count()).isEqualTo(2);
    assertThat(broken.quantile(0)).isNaN();
    assertThat(broken.quantile(0.5)).isNaN();
    assertThat(broken.rank(3)).isNaN();
    assertThat(broken.max()).isNaN();
    Codec<QuantileSketch> codec = QuantileSketch.codec(8, 1);
    assertThat(codec.decode(codec.encode(sketch)).toQuantiles()).isEqualTo(broken);
    sketch.clear();
    assertThatThrownBy(() -> empty.quantile(-0.1)).hasMessage("quantile must be from 0 to 1: -0.1");
    for (int i = 0; i < 1000; i++) {
      sketch.add(i % 2 == 0 ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
    }
    assertThat(sketch.toQuantiles().quantile(0.01)).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(sketch.toQuantiles().quantile(0.99)).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(sketch.toQuantiles())
        .hasToString(
            "Quantiles[count=1000, min=-Infinity, median="
                + sketch.toQuantiles().quantile(0.5)
                + ", max=Infinity]");
  }

  @Test
  void add_millions_staysSmall() {
    QuantileSketch sketch = new QuantileSketch(200, 1);
    for (int i = 0; i < 3_000_000; i++) {
      sketch.add(i);
    }
    assertThat(QuantileSketch.codec(200, 1).encode(sketch)).hasSizeLessThan(6000);
  }

  @Test
  void codec_otherConfigurationOrDamage_isRejected() {
    QuantileSketch sketch = new QuantileSketch(8, 1);
    add(sketch, 100, 3);
    Codec<QuantileSketch> codec = QuantileSketch.codec(8, 1);
    byte[] bytes = codec.encode(sketch);
    assertThatThrownBy(() -> QuantileSketch.codec(9, 1).decode(bytes))
        .hasMessageContaining("k must be 9, as configured: 8");
    assertThatThrownBy(() -> QuantileSketch.codec(8, 2).decode(bytes))
        .hasMessageContaining("seed must be 2, as configured: 1");
    assertThatThrownBy(() -> new QuantileSketch(7, 1)).hasMessage("k must be from 8 to 65535: 7");
    assertThatThrownBy(() -> sketch.merge(new QuantileSketch(9, 1)))
        .hasMessage("sketches must be of one size, 8: 9");
  }

  private static void add(QuantileSketch sketch, int times, double value) {
    for (int i = 0; i < times; i++) {
      sketch.add(value);
    }
  }
}
