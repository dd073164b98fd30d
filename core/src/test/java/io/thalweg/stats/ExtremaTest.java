package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Fifo;
import io.thalweg.NonFinite;
import io.thalweg.testing.AggregateLaws;
import java.util.ArrayDeque;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ExtremaTest {

  private static final double[] STRANGE = {
    Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0, 0.0, Double.MIN_VALUE
  };

  @Test
  void over_strangeValues_keepsTheLawsExactly() {
    AggregateLaws.of(
            Extrema.over(Double::doubleValue, NonFinite.PROPAGATE),
            random ->
                random.nextInt(9) == 0
                    ? STRANGE[random.nextInt(STRANGE.length)]
                    : random.nextGaussian())
        .check(1);
  }

  @Test
  void result_emptyOneAndNegativeZero_isDocumented() {
    ExtremaAccumulator extrema = new ExtremaAccumulator();
    assertThat(extrema.toExtrema()).isEqualTo(new Extrema(0, Double.NaN, Double.NaN));
    assertThat(extrema.toExtrema().range()).isNaN();
    extrema.add(0.0);
    extrema.add(-0.0);
    assertThat(extrema.toExtrema()).isEqualTo(new Extrema(2, -0.0, 0.0));
    extrema.add(4);
    assertThat(extrema.toExtrema().range()).isEqualTo(4);
    assertThat(extrema.count()).isEqualTo(3);
    extrema.add(Double.NaN);
    assertThat(extrema.toExtrema()).isEqualTo(new Extrema(4, Double.NaN, Double.NaN));
  }

  @Property(tries = 200)
  void fifo_anyAddsAndEvicts_equalsRecomputation(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 80) int most) {
    SplittableRandom random = new SplittableRandom(seed);
    Fifo.OfDouble<Extrema> fifo = Extrema.fifo();
    ArrayDeque<Double> inside = new ArrayDeque<>();
    for (int i = 0; i < 500; i++) {
      if (!inside.isEmpty() && (inside.size() == most || random.nextInt(3) == 0)) {
        fifo.evict();
        inside.remove();
      } else {
        double value =
            random.nextInt(60) == 0
                ? STRANGE[random.nextInt(STRANGE.length)]
                : random.nextInt(1000);
        fifo.add(value);
        inside.add(value);
      }
      ExtremaAccumulator expected = new ExtremaAccumulator();
      inside.forEach(expected::add);
      assertThat(fifo.result()).isEqualTo(expected.toExtrema());
      assertThat(fifo.size()).isEqualTo(inside.size());
    }
    fifo.clear();
    assertThat(fifo.result()).isEqualTo(new Extrema(0, Double.NaN, Double.NaN));
    assertThatThrownBy(fifo::evict).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void fifo_live_overwritesItsResult() {
    Fifo.OfDouble<ExtremaAccumulator> fifo = ExtremaAccumulator.fifo();
    fifo.add(1);
    ExtremaAccumulator live = fifo.result();
    fifo.add(3);
    assertThat(fifo.result()).isSameAs(live);
    assertThat(live.toExtrema()).isEqualTo(new Extrema(2, 1, 3));
  }
}
