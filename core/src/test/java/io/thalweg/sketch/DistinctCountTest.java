package io.thalweg.sketch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.Codec;
import io.thalweg.Fifo;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DistinctCountTest {

  /** Over 200 seeds the errors' mean is near 0 and their deviation near 1.04 / √m. */
  @ParameterizedTest
  @CsvSource({"10, 50", "10, 1000", "10, 3000", "10, 50000", "6, 20", "6, 20000"})
  void estimate_manySeeds_keepsTheStatedError(int precision, int n) {
    double stated = 1.04 / Math.sqrt(1 << precision);
    double sum = 0;
    double squares = 0;
    int seeds = 200;
    for (int seed = 0; seed < seeds; seed++) {
      DistinctSketch numbers = new DistinctSketch(precision, seed);
      for (int i = 0; i < n; i++) {
        numbers.add((long) i);
        numbers.add((long) i / 2);
      }
      double error = numbers.estimate() / n - 1;
      sum += error;
      squares += error * error;
    }
    assertThat(Math.sqrt(squares / seeds)).isLessThan(1.2 * stated);
    assertThat(Math.sqrt(squares / seeds)).isGreaterThan(stated / 20);
    assertThat(sum / seeds).isCloseTo(0, within(4 * stated / Math.sqrt(seeds)));
  }

  /** Without the correction at p = 4 the bias is 0.033 for one value and 0.072 for many. */
  @ParameterizedTest
  @CsvSource({"4, 0.005", "5, 0.004", "6, 0.004"})
  void estimate_smallPrecision_isUnbiased(int precision, double most) {
    double m = 1 << precision;
    for (int n : new int[] {1, 4, 16, 32, 64, 200, 1000}) {
      int seeds = 20_000;
      double sum = 0;
      double squares = 0;
      for (int seed = 0; seed < seeds; seed++) {
        DistinctSketch sketch = new DistinctSketch(precision, seed);
        for (int i = 0; i < n; i++) {
          sketch.add((long) i);
        }
        double error = sketch.estimate() / n - 1;
        sum += error;
        squares += error * error;
      }
      double stated = new DistinctSketch(precision, 0).toDistinctCount().relativeStandardError();
      assertThat(sum / seeds).as("bias of %s", n).isCloseTo(0, within(most));
      assertThat(Math.sqrt(squares / seeds)).as("error of %s", n).isLessThan(1.05 * stated);
    }
  }

  @Property(tries = 50)
  void merge_unequalPrecisions_equalsTheLower(
      @ForAll long seed,
      @ForAll @IntRange(min = 4, max = 12) int one,
      @ForAll @IntRange(min = 4, max = 12) int other) {
    SplittableRandom random = new SplittableRandom(seed);
    DistinctSketch target = new DistinctSketch(one, seed);
    DistinctSketch source = new DistinctSketch(other, seed);
    DistinctSketch whole = new DistinctSketch(Math.min(one, other), seed);
    for (int i = random.nextInt(3000); i > 0; i--) {
      long value = random.nextLong();
      (random.nextBoolean() ? target : source).add(value);
      whole.add(value);
    }
    target.merge(source);
    Codec<DistinctSketch> codec = DistinctSketch.codec(Math.min(one, other), seed);
    assertThat(codec.encode(target)).isEqualTo(codec.encode(whole));
    assertThat(target.toDistinctCount()).isEqualTo(whole.toDistinctCount());
    target.clear();
    codec = DistinctSketch.codec(one, seed);
    assertThat(codec.encode(target)).isEqualTo(codec.encode(new DistinctSketch(one, seed)));
  }

  @Test
  void estimate_texts_keepsTheStatedError() {
    double squares = 0;
    for (int seed = 0; seed < 50; seed++) {
      DistinctSketch texts = new DistinctSketch(10, seed);
      for (int i = 0; i < 20_000; i++) {
        texts.add("device_" + i);
      }
      double error = texts.estimate() / 20_000 - 1;
      squares += error * error;
    }
    assertThat(Math.sqrt(squares / 50)).isLessThan(1.3 * 1.04 / 32);
  }

  @Test
  void estimate_emptyAndFew_isNearExact() {
    DistinctSketch sketch = new DistinctSketch(12, 0);
    assertThat(sketch.toDistinctCount())
        .isEqualTo(new DistinctCount(0, (1 + 1.0 / 4096) * 1.04 / 64));
    for (int i = 1; i <= 20; i++) {
      sketch.add("a".repeat(i));
      sketch.add("a".repeat(i));
      assertThat(sketch.estimate()).isCloseTo(i, within(0.1 + 0.01 * i));
    }
    sketch.add("a\0");
    assertThat(sketch.estimate()).isCloseTo(21, within(0.3));
    sketch.clear();
    assertThat(sketch.estimate()).isZero();
  }

  @Test
  void estimate_allRegistersFull_isHuge() {
    DistinctSketch sketch = new DistinctSketch(4, 0);
    for (int i = 0; i < 3_000_000; i++) {
      sketch.add((long) i);
    }
    assertThat(sketch.estimate()).isCloseTo(3e6, within(3 * 0.26 * 3e6));
  }

  @Test
  void configuration_badOrDifferent_isRejected() {
    assertThatThrownBy(() -> DistinctCount.ofLongs(Long::longValue, 3, 0))
        .hasMessage("precision must be from 4 to 18: 3");
    DistinctSketch sketch = new DistinctSketch(4, 1);
    assertThatThrownBy(() -> sketch.merge(new DistinctSketch(4, 2)))
        .hasMessage("sketches must be of one seed, 1: 2");
    Codec<DistinctSketch> codec = DistinctSketch.codec(4, 1);
    byte[] bytes = codec.encode(sketch);
    assertThatThrownBy(() -> DistinctSketch.codec(4, 2).decode(bytes))
        .hasMessageContaining("seed must be 2, as configured: 1");
    assertThatThrownBy(() -> DistinctSketch.codec(5, 1).decode(bytes))
        .hasMessageContaining("precision must be 5, as configured: 4");
  }

  @Property(tries = 50)
  void fifo_anyAddsAndEvicts_isExact(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 300) int most) {
    SplittableRandom random = new SplittableRandom(seed);
    int kinds = random.nextBoolean() ? 20 : 2000;
    Fifo<String, Long> fifo = DistinctCount.exactFifo();
    ArrayDeque<String> inside = new ArrayDeque<>();
    for (int i = 0; i < 1500; i++) {
      if (random.nextInt(700) == 0) {
        fifo.clear();
        inside.clear();
      }
      if (!inside.isEmpty() && (inside.size() == most || random.nextInt(3) == 0)) {
        fifo.evict();
        inside.remove();
      } else {
        String event = "e" + random.nextInt(kinds);
        fifo.add(event);
        inside.add(event);
      }
      assertThat(fifo.size()).isEqualTo(inside.size());
      assertThat(fifo.result()).isEqualTo(new HashSet<>(inside).size());
    }
    fifo.clear();
    assertThat(fifo.result()).isZero();
    assertThatThrownBy(fifo::evict).isInstanceOf(IllegalStateException.class);
  }
}
