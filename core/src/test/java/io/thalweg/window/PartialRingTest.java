package io.thalweg.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PartialRingTest {

  private final PartialRing ring = new PartialRing();

  private void insert(long start, Object state) {
    ring.insert(ring.lowerBound(start), start, state);
  }

  private List<Object> states() {
    List<Object> states = new ArrayList<>();
    for (long i = ring.first(); i < ring.end(); i++) {
      states.add(ring.state(i));
    }
    return states;
  }

  @Test
  void insert_anyOrder_keepsOrderOfStarts() {
    insert(20, "b");
    insert(30, "c");
    insert(10, "a");
    assertThat(states()).containsExactly("a", "b", "c");
    assertThat(ring.startsAt(ring.lowerBound(20), 20)).isTrue();
    assertThat(ring.startsAt(ring.lowerBound(25), 25)).isFalse();
    assertThat(ring.lowerBound(31)).isEqualTo(ring.end());
  }

  @Test
  void removeFirst_others_keepTheirPositions() {
    insert(10, "a");
    insert(20, "b");
    long position = ring.lowerBound(20);
    assertThat(ring.removeFirst()).isEqualTo("a");
    assertThat(ring.first()).isEqualTo(position);
    assertThat(ring.state(position)).isEqualTo("b");
  }

  @Test
  void insert_beforeMarkedEntry_movesTheMark() {
    insert(20, "b");
    ring.mark(ring.first(), PartialRing.SAVED);
    insert(10, "a");
    assertThat(ring.isMarked(ring.lowerBound(10), PartialRing.SAVED)).isFalse();
    assertThat(ring.isMarked(ring.lowerBound(20), PartialRing.SAVED)).isTrue();
    assertThat(ring.isMarked(ring.lowerBound(20), PartialRing.IN_EARLY_RESULT)).isFalse();
    ring.unmark(ring.lowerBound(20), PartialRing.SAVED);
    assertThat(ring.isMarked(ring.lowerBound(20), PartialRing.SAVED)).isFalse();
  }

  @Test
  void operations_random_agreeWithATreeMap() {
    for (long seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      PartialRing ring = new PartialRing();
      TreeMap<Long, Object> expected = new TreeMap<>();
      for (int step = 0; step < 300; step++) {
        long start = random.nextLong(-50, 50);
        if (random.nextInt(3) > 0 && !expected.containsKey(start)) {
          expected.put(start, step);
          ring.insert(ring.lowerBound(start), start, step);
        } else if (!expected.isEmpty() && random.nextBoolean()) {
          assertThat(ring.removeFirst()).isEqualTo(expected.pollFirstEntry().getValue());
        }
        long probe = random.nextLong(-60, 60);
        assertThat(ring.lowerBound(probe) - ring.first())
            .as("seed %d, step %d", seed, step)
            .isEqualTo(expected.headMap(probe).size());
        assertThat(ring.isEmpty()).isEqualTo(expected.isEmpty());
        long position = ring.first();
        for (Map.Entry<Long, Object> entry : expected.entrySet()) {
          assertThat(ring.start(position)).isEqualTo(entry.getKey());
          assertThat(ring.state(position++)).isEqualTo(entry.getValue());
        }
        assertThat(position).isEqualTo(ring.end());
      }
    }
  }
}
