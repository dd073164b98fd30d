package io.thalweg.sketch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Codec;
import io.thalweg.sketch.HeavyHitters.Counter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class HeavyHittersTest {

  @Property(tries = 150)
  void counts_anyCut_keepTheStatedBounds(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 40) int capacity,
      @ForAll @IntRange(min = 1, max = 400) int run) {
    SplittableRandom random = new SplittableRandom(seed);
    int n = 2000;
    Map<Long, Long> exact = new HashMap<>();
    HeavyHittersSketch<Long> whole = new HeavyHittersSketch<>(capacity);
    HeavyHittersSketch<Long> part = new HeavyHittersSketch<>(capacity);
    for (int i = 0; i < n; i++) {
      long key = random.nextInt(4) == 0 ? i : (long) Math.exp(5 * random.nextDouble());
      exact.merge(key, 1L, Long::sum);
      part.add(key);
      if (i % run == run - 1) {
        whole.merge(part);
        part.clear();
      }
    }
    whole.merge(part);
    HeavyHitters<Long> result = whole.toHeavyHitters();
    assertThat(result.total()).isEqualTo(n);
    assertThat(result.maxUntracked()).isLessThanOrEqualTo(n / capacity);
    Map<Long, Long> left = new HashMap<>(exact);
    long before = Long.MAX_VALUE;
    for (Counter<Long> counter : result.counters()) {
      long truth = left.remove(counter.key());
      assertThat(truth).isBetween(counter.least(), counter.most());
      assertThat(counter.error()).isBetween(0L, (long) n / capacity);
      assertThat(counter.most()).isLessThanOrEqualTo(before);
      before = counter.most();
    }
    assertThat(left.values()).allMatch(truth -> truth <= result.maxUntracked());
    // the certain places are those of the true ranking
    for (int i = 0; i < result.certainPlaces(); i++) {
      long truth = exact.remove(result.counters().get(i).key());
      assertThat(exact.values()).allMatch(other -> other <= truth);
    }
    if (exact.size() <= capacity && run >= n) {
      assertThat(result.counters()).allMatch(counter -> counter.error() == 0);
    }
  }

  @Test
  void counts_upToCapacity_areExact() {
    HeavyHittersSketch<String> sketch = new HeavyHittersSketch<>(3);
    for (String key : "a b a c a b".split(" ")) {
      sketch.add(key);
    }
    HeavyHitters<String> result = sketch.toHeavyHitters();
    assertThat(result.counters())
        .isEqualTo(
            List.of(new Counter<>("a", 3, 0), new Counter<>("b", 2, 0), new Counter<>("c", 1, 0)));
    assertThat(result.certainPlaces()).isEqualTo(3);
    sketch.add("d");
    assertThat(sketch.toHeavyHitters().counters())
        .isEqualTo(
            List.of(new Counter<>("a", 3, 0), new Counter<>("b", 2, 0), new Counter<>("d", 2, 1)));
    assertThat(sketch.toHeavyHitters().maxUntracked()).isEqualTo(2);
    assertThat(sketch.toHeavyHitters().certainPlaces()).isEqualTo(2);
  }

  @Test
  void add_hotKey_isFoundAmongMany() {
    SplittableRandom random = new SplittableRandom(5);
    HeavyHittersSketch<String> sketch = new HeavyHittersSketch<>(100);
    for (int i = 0; i < 100_000; i++) {
      sketch.add(random.nextInt(20) == 0 ? "hot" : "cold" + random.nextInt(50_000));
    }
    HeavyHitters<String> result = sketch.toHeavyHitters();
    assertThat(result.counters().get(0).key()).isEqualTo("hot");
    assertThat(result.certainPlaces()).isEqualTo(1);
  }

  @Test
  void configuration_badOrDifferent_isRejected() {
    assertThatThrownBy(() -> new HeavyHittersSketch<String>(0))
        .hasMessage("capacity must be from 1 to 1048576: 0");
    HeavyHittersSketch<String> sketch = new HeavyHittersSketch<>(2);
    assertThatThrownBy(() -> sketch.merge(new HeavyHittersSketch<>(3)))
        .hasMessage("sketches must be of one capacity, 2: 3");
    byte[] bytes = HeavyHittersSketch.codec(Codec.STRING, 2).encode(sketch);
    assertThatThrownBy(() -> HeavyHittersSketch.codec(Codec.STRING, 3).decode(bytes))
        .hasMessageContaining("capacity must be 3, as configured: 2");
    assertThatThrownBy(() -> HeavyHittersSketch.codec(Codec.LONG, 2).decode(bytes))
        .hasMessageContaining("this is a record of something else");
  }
}
