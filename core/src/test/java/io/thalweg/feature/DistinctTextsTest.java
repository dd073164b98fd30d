package io.thalweg.feature;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Snapshot;
import io.thalweg.testing.Recording;
import io.thalweg.testing.Sample;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DistinctTextsTest {

  private static final int HOP = 100;
  private static final int SIZE = 1000;

  private static FeatureSet<Sample> set() {
    return FeatureSet.<Sample>named("s")
        .feature("distinct")
        .last(ofMillis(SIZE))
        .tiled(ofMillis(HOP))
        .distinct(sample -> "text " + (long) sample.value())
        .build();
  }

  /** Returns the largest relative error, for a number of texts that is drawn from each event. */
  private static double error(int texts, int events, int quietAfter) {
    FeatureOperator<String, Sample> operator = set().operator();
    FeatureOperator<String, Sample> restored = null;
    Map<Long, Long> tiles = new HashMap<>();
    SplittableRandom random = new SplittableRandom(texts);
    double[] row = new double[1];
    double[] again = new double[1];
    double largest = 0;
    for (int i = 0; i < events; i++) {
      long time = i / 4;
      long value = random.nextInt(i < quietAfter ? texts : 300);
      Sample event = new Sample(value, 0);
      operator.answer("k", event, time, new Recording<>(), row);
      long start = time / HOP - SIZE / HOP;
      if (i % 97 == 0) {
        tiles.values().removeIf(tile -> tile < start);
        largest = Math.max(largest, Math.abs(row[0] - tiles.size()) / Math.max(1, tiles.size()));
      }
      if (restored != null) {
        restored.answer("k", event, time, new Recording<>(), again);
        assertThat(again).isEqualTo(row);
      }
      tiles.put(value, time / HOP);
      if (i == events / 3) {
        Snapshot<String> saved = new Snapshot<>();
        operator.save(saved);
        restored = set().operator();
        restored.restore(saved);
      }
    }
    return largest;
  }

  @Test
  void estimate_upTo1024Texts_isExact() {
    assertThat(error(1, 10_000, 10_000)).isZero();
    assertThat(error(1024, 30_000, 30_000)).isZero();
  }

  @Test
  void estimate_beyond_isWithinFourStandardErrors() {
    assertThat(error(50_000, 40_000, 40_000)).isBetween(1e-9, 4 / Math.sqrt(512));
  }

  @Test
  void estimate_afterTheTextsHaveLeft_isExactAgain() {
    FeatureOperator<String, Sample> operator = set().operator();
    double[] row = new double[1];
    for (int i = 0; i < 30_000; i++) {
      long value = i < 10_000 ? i : i % 200;
      operator.answer("k", new Sample(value, 0), i, new Recording<>(), row);
    }
    assertThat(row[0]).isEqualTo(200);
  }
}
