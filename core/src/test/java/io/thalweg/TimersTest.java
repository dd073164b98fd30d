package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

class TimersTest {

  private static List<String> advance(Timers<String> timers, long watermark) {
    List<String> expired = new ArrayList<>();
    timers.advance(watermark, (deadline, item) -> expired.add(item + " at " + deadline));
    return expired;
  }

  @Test
  void advance_toTheDeadline_expires() {
    Timers<String> timers = new Timers<>(Long.MIN_VALUE);
    timers.add(10, "a");
    timers.add(11, "b");
    assertThat(advance(timers, 9)).isEmpty();
    assertThat(advance(timers, 10)).containsExactly("a at 10");
    assertThat(timers.size()).isEqualTo(1);
    assertThat(advance(timers, Long.MAX_VALUE)).containsExactly("b at 11");
    assertThat(timers.size()).isZero();
  }

  @Test
  void advance_overdueTimer_expiresAtTheSameWatermark() {
    Timers<String> timers = new Timers<>(100);
    timers.add(100, "now");
    timers.add(-5, "before");
    timers.add(101, "after");
    assertThat(advance(timers, 100)).containsExactlyInAnyOrder("now at 100", "before at -5");
    assertThat(advance(timers, 101)).containsExactly("after at 101");
  }

  @Test
  void advance_below_doesNothing() {
    Timers<String> timers = new Timers<>(100);
    timers.add(7, "overdue");
    assertThat(advance(timers, 99)).isEmpty();
    assertThat(timers.size()).isEqualTo(1);
  }

  @Test
  void advance_handlerAddsTimers_theyExpireLater() {
    Timers<Integer> timers = new Timers<>(0);
    List<Long> expired = new ArrayList<>();
    timers.add(1, 0);
    for (long watermark = 1; watermark <= 40; watermark++) {
      long now = watermark;
      timers.advance(
          now,
          (deadline, item) -> {
            expired.add(now);
            timers.add(now + 10, item + 1);
          });
    }
    assertThat(expired).containsExactly(1L, 11L, 21L, 31L);
    assertThat(timers.size()).isEqualTo(1);
  }

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void advance_anyDeadlines_expiresThoseOfAnOrderedMap(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int bits = 1 + random.nextInt(63);
    TreeMap<Long, Integer> expected = new TreeMap<>();
    long watermark = random.nextBoolean() ? Long.MIN_VALUE : -random.nextInt(100);
    Timers<Object> timers = new Timers<>(watermark);
    for (int step = 0; step < 200; step++) {
      if (random.nextInt(3) > 0) {
        long deadline = random.nextLong() >> bits;
        timers.add(deadline, "item");
        expected.merge(deadline, 1, Integer::sum);
      } else {
        watermark = Math.max(watermark, random.nextLong() >> bits);
        TreeMap<Long, Integer> expired = new TreeMap<>();
        timers.advance(watermark, (deadline, item) -> expired.merge(deadline, 1, Integer::sum));
        Map<Long, Integer> due = expected.headMap(watermark, true);
        assertThat(expired).as("seed %d", seed).isEqualTo(due);
        due.clear();
      }
      assertThat(timers.size()).isEqualTo(expected.values().stream().mapToInt(n -> n).sum());
    }
  }
}
