package io.thalweg.sketch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FrequenciesTest {

  @Test
  void upperBound_manySeeds_keepsTheStatedBound() {
    int n = 5000;
    int width = 128;
    int depth = 3;
    long questions = 0;
    long misses = 0;
    long inexact = 0;
    for (int seed = 0; seed < 100; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      FrequencySketch sketch = new FrequencySketch(width, depth, seed);
      Map<String, Long> exact = new HashMap<>();
      for (int i = 0; i < n; i++) {
        String key = "key " + (int) Math.exp(8 * random.nextDouble());
        sketch.add(key, 1);
        exact.merge(key, 1L, Long::sum);
      }
      Frequencies frequencies = sketch.toFrequencies();
      assertThat(frequencies.total()).isEqualTo(n);
      for (Map.Entry<String, Long> entry : exact.entrySet()) {
        long error = frequencies.upperBound(entry.getKey()) - entry.getValue();
        assertThat(error).isNotNegative();
        questions++;
        inexact += error > 0 ? 1 : 0;
        misses += error > Math.E * n / width ? 1 : 0;
      }
    }
    assertThat((double) misses / questions).isLessThan(Math.exp(-depth));
    assertThat(inexact).isPositive();
  }

  @Test
  void upperBound_weightsAndUnseen_areBounded() {
    FrequencySketch sketch = new FrequencySketch(1000, 4, 1);
    sketch.add(7, 5);
    sketch.add(8, 0);
    assertThat(sketch.upperBound(7)).isEqualTo(5);
    assertThat(sketch.upperBound(8)).isBetween(0L, 5L);
    assertThat(sketch.total()).isEqualTo(5);
    Frequencies before = sketch.toFrequencies();
    sketch.add("seven", 2);
    assertThat(before.upperBound("seven")).isZero();
    assertThat(sketch.upperBound("seven")).isEqualTo(2);
    assertThat(before).isNotEqualTo(sketch.toFrequencies()).hasToString("Frequencies[total=5]");
    assertThatThrownBy(() -> sketch.add(7, -1)).hasMessage("times must not be negative: -1");
  }

  @Test
  void configuration_badOrDifferent_isRejected() {
    assertThatThrownBy(() -> new FrequencySketch(1, 1, 0))
        .hasMessage("width must be from 2 to 16777216: 1");
    assertThatThrownBy(() -> new FrequencySketch(2, 17, 0))
        .hasMessage("depth must be from 1 to 16: 17");
    FrequencySketch sketch = new FrequencySketch(3, 1, 0);
    assertThatThrownBy(() -> sketch.merge(new FrequencySketch(5, 1, 0)))
        .hasMessage("sketches must be of one width, depth and seed, 4, 1 and 0: 8, 1 and 0");
    byte[] bytes = FrequencySketch.codec(3, 1, 0).encode(sketch);
    assertThat(FrequencySketch.codec(4, 1, 0).decode(bytes).total()).isZero();
    assertThatThrownBy(() -> FrequencySketch.codec(4, 2, 0).decode(bytes))
        .hasMessageContaining("depth must be 2, as configured: 1");
  }
}
