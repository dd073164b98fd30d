package io.thalweg.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class TimersTest {

  private static List<Long> expired(Timers<Long> timers, long watermark) {
    List<Long> expired = new ArrayList<>();
    timers.advance(
        watermark,
        (deadline, item) -> {
          assertThat(item).isEqualTo(deadline);
          expired.add(deadline);
        });
    return expired;
  }

  @Test
  void advance_reachesDeadline_expiresTheTimerOnce() {
    Timers<Long> timers = new Timers<>(0);
    timers.add(10, 10L);
    timers.add(20, 20L);
    assertThat(expired(timers, 9)).isEmpty();
    assertThat(expired(timers, 10)).containsExactly(10L);
    assertThat(expired(timers, 10)).isEmpty();
    assertThat(timers.size()).isEqualTo(1);
    assertThat(expired(timers, Long.MAX_VALUE)).containsExactly(20L);
    assertThat(timers.size()).isZero();
  }

  @Test
  void advance_backwards_expiresNothing() {
    Timers<Long> timers = new Timers<>(5);
    timers.add(6, 6L);
    assertThat(expired(timers, Long.MIN_VALUE)).isEmpty();
    assertThat(expired(timers, 6)).containsExactly(6L);
  }

  @Test
  void add_byTheHandler_setsTheTimerAgain() {
    Timers<String> timers = new Timers<>(0);
    timers.add(4, "session");
    List<Long> deadlines = new ArrayList<>();
    timers.advance(
        5,
        (deadline, item) -> {
          deadlines.add(deadline);
          timers.add(7, item);
        });
    timers.advance(7, (deadline, item) -> deadlines.add(deadline));
    assertThat(deadlines).containsExactly(4L, 7L);
  }

  @Test
  void advance_randomDeadlinesOverTheWholeRange_expiresExactlyThoseReached() {
    for (long seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long now = Long.MIN_VALUE;
      Timers<Long> timers = new Timers<>(now);
      TreeSet<Long> pending = new TreeSet<>();
      for (int step = 0; step < 200; step++) {
        for (int i = random.nextInt(4); i > 0; i--) {
          long deadline = later(now, random);
          if (deadline > now && pending.add(deadline)) {
            timers.add(deadline, deadline);
          }
        }
        now = later(now, random);
        List<Long> reached = new ArrayList<>(pending.headSet(now, true));
        assertThat(expired(timers, now))
            .as("seed %d, step %d", seed, step)
            .containsExactlyInAnyOrderElementsOf(reached);
        pending.removeAll(reached);
        assertThat(timers.size()).isEqualTo(pending.size());
      }
    }
  }

  /** Returns a time after the given one, at a distance of any order of magnitude. */
  private static long later(long time, SplittableRandom random) {
    return WindowCursor.plus(time, random.nextLong() >>> random.nextInt(1, 64));
  }
}
