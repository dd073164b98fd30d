package io.thalweg.sketch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.Aggregate;
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

  /** Of 1000 questions to 1000 sketches, each of its own seed, 1 % may miss the bound. */
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
    double bound = new QuantileSketch(k, 0).rankError();
    assertThat(bound).isEqualTo(2.296 / Math.pow(k, 0.9723));
    double[] questions = {0.05, 0.25, 0.5, 0.75, 0.95};
    int misses = 0;
    double squares = 0;
    for (int run = 0; run < 1000; run++) {
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
      // the values are 0 to n - 1, so the rank of x is (x + 1) / n
      double q = questions[run % 5];
      double error = quantiles.rank(q * n - 1) - q;
      squares += error * error;
      if (Math.abs(error) > bound) {
        misses++;
      }
    }
    assertThat(misses).as("misses of 1000, bound %s", bound).isLessThanOrEqualTo(10);
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
  }

  @Test
  void quantile_productRoundsUp_keepsItsContract() {
    for (int n = 1; n <= 400; n++) {
      QuantileSketch sketch = new QuantileSketch(400, 0);
      for (int i = 1; i <= n; i++) {
        sketch.add(i);
      }
      Quantiles quantiles = sketch.toQuantiles();
      for (int percent = 1; percent < 100; percent++) {
        double at = quantiles.quantile(percent / 100.0);
        assertThat(quantiles.rank(at)).isGreaterThanOrEqualTo(percent / 100.0);
        assertThat(at == 1 || quantiles.rank(at - 1) < percent / 100.0).isTrue();
      }
    }
  }

  @Test
  void merge_unequalSizes_keepsTheErrorOfTheLower() {
    for (int seed = 0; seed < 100; seed++) {
      QuantileSketch fine = new QuantileSketch(400, seed);
      QuantileSketch coarse = new QuantileSketch(50, seed);
      for (int i = 0; i < 20_000; i++) {
        (i % 3 == 0 ? coarse : fine).add(i * 7919L % 20_000);
      }
      QuantileSketch target = new QuantileSketch(seed % 2 == 0 ? 400 : 50, seed);
      target.merge(fine);
      target.merge(coarse);
      assertThat(target.rankError()).isEqualTo(new QuantileSketch(50, 0).rankError());
      assertThat(target.count()).isEqualTo(20_000);
      assertThat(target.toQuantiles().rank(9_999)).isCloseTo(0.5, within(0.052));
      assertThat(QuantileSketch.codec(50, seed).encode(target)).hasSizeLessThan(2500);
      Codec<QuantileSketch> codec = QuantileSketch.codec(50, seed);
      assertThat(codec.decode(codec.encode(target)).toQuantiles()).isEqualTo(target.toQuantiles());
      target.clear();
      assertThat(target.rankError())
          .isEqualTo(new QuantileSketch(seed % 2 == 0 ? 400 : 50, 0).rankError());
    }
  }

  @Property(tries = 100)
  void add_weighted_equalsRepetition(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    QuantileSketch few = new QuantileSketch(200, seed);
    QuantileSketch repeated = new QuantileSketch(4000, seed);
    QuantileSketch many = new QuantileSketch(200, seed);
    for (int i = 0; i < 40; i++) {
      double value = random.nextInt(-20, 20);
      int weight = random.nextInt(16);
      few.add(value, weight);
      add(repeated, weight, value);
      many.add(value, 1L << random.nextInt(31));
    }
    Quantiles weighted = few.toQuantiles();
    Quantiles exact = repeated.toQuantiles();
    assertThat(weighted.count()).isEqualTo(exact.count());
    double[] edges = {-15, -1, 0, 7, 30};
    assertThat(weighted.cumulativeDistribution(edges))
        .isEqualTo(exact.cumulativeDistribution(edges));
    assertThat(weighted.histogram(edges)).isEqualTo(exact.histogram(edges));
    assertThat(weighted.quantile(0.3)).isEqualTo(exact.quantile(0.3));
    Codec<QuantileSketch> codec = QuantileSketch.codec(200, seed);
    assertThat(codec.decode(codec.encode(many)).toQuantiles()).isEqualTo(many.toQuantiles());
  }

  @Test
  void add_weightedBeyondK_keepsTheStatedError() {
    int misses = 0;
    double bound = new QuantileSketch(200, 0).rankError();
    for (int seed = 0; seed < 500; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      QuantileSketch sketch = new QuantileSketch(200, seed);
      long upTo = 0;
      long total = 0;
      for (int i = 0; i < 10_000; i++) {
        double value = random.nextDouble();
        long weight = random.nextInt(1000);
        sketch.add(value, weight);
        total += weight;
        upTo += value <= 0.6 ? weight : 0;
      }
      double error = sketch.toQuantiles().rank(0.6) - (double) upTo / total;
      misses += Math.abs(error) > bound ? 1 : 0;
    }
    assertThat(misses).isLessThanOrEqualTo(5);
  }

  @Test
  void histogram_edges_countTheValuesUpToEach() {
    QuantileSketch sketch = new QuantileSketch(200, 0);
    for (int i = 1; i <= 100; i++) {
      sketch.add(i);
    }
    Quantiles quantiles = sketch.toQuantiles();
    assertThat(quantiles.histogram(10, 50.5, 200)).containsExactly(10, 40, 50, 0);
    assertThat(quantiles.histogram()).containsExactly(100);
    assertThat(quantiles.cumulativeDistribution(10, 0, 200)).containsExactly(0.1, 0, 1);
    assertThat(new QuantileSketch(8, 0).toQuantiles().histogram(1)).containsExactly(0, 0);
    assertThat(new QuantileSketch(8, 0).toQuantiles().cumulativeDistribution(1))
        .containsExactly(Double.NaN);
    assertThatThrownBy(() -> quantiles.histogram(1, 1)).hasMessage("edges must ascend: [1.0, 1.0]");
    assertThatThrownBy(() -> quantiles.histogram(Double.NaN))
        .hasMessage("edges must ascend: [NaN]");
    assertThatThrownBy(() -> sketch.add(1, -1)).hasMessage("weight must be from 0 to 2^31 - 1: -1");
  }

  @Test
  void over_withoutSeed_isDeterministic() {
    Aggregate<Double, QuantileSketch, Quantiles> unseeded = Quantiles.over(x -> x, 8);
    QuantileSketch one = unseeded.create();
    QuantileSketch other = new QuantileSketch(8, 0);
    for (int i = 0; i < 1000; i++) {
      one.add(i);
      other.add(i);
    }
    assertThat(unseeded.codec().encode(one)).isEqualTo(unseeded.codec().encode(other));
  }

  private static void add(QuantileSketch sketch, int times, double value) {
    for (int i = 0; i < times; i++) {
      sketch.add(value);
    }
  }
}
