package io.thalweg.sketch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.Codec;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RelativeQuantileSketchTest {

  @Property(tries = 200)
  void quantile_anyValues_keepsTheStatedError(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 3000) int n,
      @ForAll @IntRange(min = 16, max = 300) int buckets,
      @ForAll @IntRange(min = 0, max = 4) int kind) {
    SplittableRandom random = new SplittableRandom(seed);
    RelativeQuantileSketch sketch =
        new RelativeQuantileSketch(random.nextDouble(0.00001, 0.3), buckets);
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = value(random, kind);
      sketch.add(values[i]);
    }
    Arrays.sort(values);
    double error = sketch.relativeError();
    Quantiles quantiles = sketch.toQuantiles();
    for (int i = 0; i < 50; i++) {
      double q = random.nextInt(4) == 0 ? random.nextInt(2) : random.nextDouble();
      double exact = values[Math.max(0, (int) Math.ceil(q * n) - 1)];
      double actual = quantiles.quantile(q);
      if (Double.isInfinite(exact)) {
        assertThat(actual).isEqualTo(exact);
      } else {
        assertThat(Math.abs(actual - exact))
            .as("%s, exact %s, error %s", actual, exact, error)
            .isLessThanOrEqualTo(error * Math.abs(exact) * (1 + 1e-12) + 0x1p-1021);
      }
    }
    assertThat(quantiles.count()).isEqualTo(n);
    assertThat(quantiles.min()).isEqualTo(values[0]);
    assertThat(quantiles.max()).isEqualTo(values[n - 1]);
    assertThat(quantiles.histogram(-1, 0, 1)).matches(bins -> Arrays.stream(bins).sum() == n);
  }

  private static double value(SplittableRandom random, int kind) {
    double sign = random.nextBoolean() ? 1 : -1;
    return switch (kind) {
      case 0 -> Math.exp(random.nextGaussian());
      case 1 -> random.nextInt(-5, 6);
      case 2 -> sign * Math.exp(random.nextDouble(-700, 700));
      case 3 -> Double.longBitsToDouble(random.nextLong() & ~(1L << 62));
      default ->
          switch (random.nextInt(8)) {
            case 0 -> sign * Double.MAX_VALUE;
            case 1 -> sign * Double.MIN_VALUE;
            case 2 -> sign * Double.MIN_NORMAL;
            case 3 -> sign / 0.0;
            case 4 -> sign * 0.0;
            default -> sign * Math.scalb(random.nextDouble(), random.nextInt(-1000, 1000));
          };
    };
  }

  /** Merging is exact: any order, any error and limit. */
  @Property(tries = 100)
  void merge_anyOrderAndSizes_equalsTheWhole(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 4) int kind) {
    SplittableRandom random = new SplittableRandom(seed);
    RelativeQuantileSketch forward = new RelativeQuantileSketch(0.01, 100);
    RelativeQuantileSketch backward = new RelativeQuantileSketch(0.001, 200);
    RelativeQuantileSketch whole = new RelativeQuantileSketch(0.1, 50);
    RelativeQuantileSketch[] parts = {
      new RelativeQuantileSketch(0.001, 200),
      new RelativeQuantileSketch(0.1, 60),
      new RelativeQuantileSketch(0.02, 50)
    };
    for (int i = random.nextInt(2000); i >= 0; i--) {
      double value = value(random, kind);
      parts[random.nextInt(3)].add(value);
      whole.add(value);
    }
    for (int i = 0; i < 3; i++) {
      forward.merge(parts[i]);
      backward.merge(parts[2 - i]);
    }
    assertThat(forward.toQuantiles()).isEqualTo(whole.toQuantiles());
    assertThat(backward.toQuantiles()).isEqualTo(whole.toQuantiles());
    assertThat(backward.relativeError()).isEqualTo(whole.relativeError());
  }

  /** A sketch with an error of the rank is up to 48 % off there. */
  @ParameterizedTest
  @ValueSource(doubles = {1, 2})
  void quantile_tailOfLogNormal_isWithinOnePercent(double sigma) {
    for (int seed = 0; seed < 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      RelativeQuantileSketch sketch = new RelativeQuantileSketch(0.01, 2048);
      double[] values = new double[50_000];
      for (int i = 0; i < values.length; i++) {
        values[i] = Math.exp(sigma * random.nextGaussian());
        sketch.add(values[i]);
      }
      Arrays.sort(values);
      for (double q : new double[] {0.5, 0.9, 0.99, 0.999, 0.9999}) {
        double exact = values[(int) Math.ceil(q * values.length) - 1];
        assertThat(sketch.toQuantiles().quantile(q) / exact).isBetween(0.99, 1.01);
      }
      assertThat(sketch.relativeError()).isCloseTo(1 / 129.0, within(1e-15));
    }
  }

  @Test
  void add_moreBucketsThanTheLimit_joinsThem() {
    RelativeQuantileSketch sketch = new RelativeQuantileSketch(0.01, 16);
    for (int i = 0; i < 16; i++) {
      sketch.add(1 + i / 64.0);
    }
    assertThat(sketch.relativeError()).isLessThan(0.01);
    sketch.add(1e-300);
    assertThat(sketch.relativeError()).isBetween(0.015, 0.016);
    sketch.clear();
    assertThat(sketch.relativeError()).isLessThan(0.01);
  }

  @Test
  void add_weighted_equalsRepetition() {
    RelativeQuantileSketch weighted = new RelativeQuantileSketch(0.01, 64);
    RelativeQuantileSketch repeated = new RelativeQuantileSketch(0.01, 64);
    for (double value : new double[] {-3, -0.0, 0, 2, 1e9, 1 / 0.0, -1 / 0.0}) {
      for (int i = 0; i < 5; i++) {
        repeated.add(value);
      }
      weighted.add(value, 5);
      weighted.add(Double.NaN, 0);
    }
    assertThat(weighted.toQuantiles()).isEqualTo(repeated.toQuantiles());
    assertThat(weighted.toQuantiles().histogram(-3, 0, 5)).containsExactly(10, 10, 5, 10);
    assertThatThrownBy(() -> weighted.add(1, 1L << 31))
        .hasMessage("weight must be from 0 to 2^31 - 1: 2147483648");
  }

  @Test
  void results_emptyAndNaN_areDocumented() {
    RelativeQuantileSketch sketch = new RelativeQuantileSketch(0.01, 64);
    assertThat(sketch.toQuantiles().count()).isZero();
    assertThat(sketch.toQuantiles().quantile(0.5)).isNaN();
    sketch.add(7);
    assertThat(sketch.toQuantiles().quantile(0.5)).isEqualTo(7);
    sketch.add(Double.NaN);
    assertThat(sketch.toQuantiles().count()).isEqualTo(2);
    assertThat(sketch.toQuantiles().quantile(0.5)).isNaN();
    assertThat(sketch.toQuantiles().max()).isNaN();
    assertThat(sketch.toQuantiles().histogram(1)).containsExactly(0, 0);
  }

  @Test
  void configuration_badOrDifferent_isRejected() {
    assertThatThrownBy(() -> new RelativeQuantileSketch(0, 64))
        .hasMessage("relative error must be from 0.00001 to 0.3: 0.0");
    assertThatThrownBy(() -> new RelativeQuantileSketch(0.01, 15))
        .hasMessage("buckets must be from 16 to 1048576: 15");
    byte[] bytes =
        RelativeQuantileSketch.codec(0.01, 64).encode(new RelativeQuantileSketch(0.01, 64));
    assertThatThrownBy(() -> RelativeQuantileSketch.codec(0.1, 64).decode(bytes))
        .hasMessageContaining("precision must be 3, as configured: 6");
    assertThatThrownBy(() -> RelativeQuantileSketch.codec(0.01, 65).decode(bytes))
        .hasMessageContaining("buckets must be 65, as configured: 64");
  }

  @Test
  void codec_statesThatCannotBe_areRejected() {
    Codec<RelativeQuantileSketch> codec = RelativeQuantileSketch.codec(0.01, 64);
    RelativeQuantileSketch sketch = new RelativeQuantileSketch(0.01, 64);
    sketch.add(1);
    sketch.add(2);
    byte[] bytes = codec.encode(sketch);
    int end = bytes.length - 4;
    int extremes = end - 24 - 4 - 16;
    assertDamage(bytes, b -> b.putDouble(extremes, 1.5), "minimum and maximum must be in");
    assertDamage(bytes, b -> b.putDouble(extremes, Double.NaN), "minimum and maximum must be in");
    assertDamage(bytes, b -> b.putDouble(extremes + 8, 3), "minimum and maximum must be in");
    assertDamage(bytes, b -> b.putLong(end - 8, 0), "count of a bucket must be at least 1: 0");
    assertDamage(bytes, b -> b.putLong(end - 8, Long.MAX_VALUE), "total count must be below 2^63");
    assertDamage(bytes, b -> b.putInt(end - 12, 1), "buckets must ascend");
    assertDamage(bytes, b -> b.putInt(extremes + 16, 65), "buckets must be from 0 to 64: 65");
    assertDamage(bytes, b -> b.putInt(extremes - 36, 7), "precision must be from -10 to 6: 7");
    assertDamage(bytes, b -> b.putLong(extremes - 8, -1), "count of Infinity must be at least 0");
  }

  private static void assertDamage(byte[] bytes, Consumer<ByteBuffer> damage, String message) {
    byte[] damaged = bytes.clone();
    damage.accept(ByteBuffer.wrap(damaged));
    CRC32C sum = new CRC32C();
    sum.update(damaged, 0, damaged.length - 4);
    ByteBuffer.wrap(damaged).putInt(damaged.length - 4, (int) sum.getValue());
    assertThatThrownBy(() -> RelativeQuantileSketch.codec(0.01, 64).decode(damaged))
        .hasMessageContaining(message);
  }
}
