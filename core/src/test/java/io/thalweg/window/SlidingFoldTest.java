package io.thalweg.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SlidingFoldTest {

  /** The number of merges into states that are not empty. A merge into an empty one is a copy. */
  private int merges;

  /** Concatenation of strings: associative, not commutative. */
  private final Aggregate<String, StringBuilder, String> concatenation =
      Aggregate.of(
          StringBuilder::new,
          StringBuilder::append,
          (target, source) -> {
            merges += target.length() == 0 ? 0 : 1;
            target.append(source);
          },
          state -> state.setLength(0),
          StringBuilder::toString,
          Codec.of(
              "concatenation",
              (state, out) -> out.writeUTF(state.toString()),
              in -> new StringBuilder(in.readUTF())));

  private final StatePool<String, String> pool = new StatePool<>(concatenation);
  private final KeySlices<String> slices = new KeySlices<>(new KeyState<>(1), 1);
  private final SlidingFold<String, String, String> fold = new SlidingFold<>(slices);
  private final TreeMap<Long, String> expected = new TreeMap<>();

  /** The end of the last computed window. Later insertions before it invalidate the fold. */
  private long computedEnd = Long.MIN_VALUE;

  private void insert(long start, String text) {
    expected.put(start, text);
    Object state = pool.acquire();
    pool.add(state, text);
    long position = slices.partials.lowerBound(start);
    if (position < slices.partials.end()) {
      fold.partialsMoved(position, pool);
    }
    slices.partials.insert(position, start, state);
    if (start < computedEnd) {
      fold.invalidate(pool);
    }
  }

  private String compute(WindowCursor cursor) {
    fold.moveTo(cursor.start, cursor.end, pool);
    computedEnd = cursor.end;
    return fold.compute(cursor.pivot(), pool);
  }

  @Test
  void compute_windowSlides_mergesItsPartialsInOrder() {
    WindowCursor cursor = WindowCursor.of(new WindowSpec.Sliding(3, 1, 0));
    for (int i = 0; i < 5; i++) {
      insert(i, "" + i);
    }
    cursor.moveTo(0, 3);
    assertThat(compute(cursor)).isEqualTo("012");
    cursor.moveTo(1, 4);
    assertThat(compute(cursor)).isEqualTo("123");
    cursor.moveTo(2, 5);
    assertThat(compute(cursor)).isEqualTo("234");
  }

  @Test
  void compute_manySteps_mergesEachPartialAtMostThreeTimes() {
    int steps = 10_000;
    WindowCursor cursor = WindowCursor.of(new WindowSpec.Sliding(100, 1, 0));
    for (int i = 0; i < steps; i++) {
      insert(i, "x");
      cursor.moveTo(i - 99, i + 1);
      compute(cursor);
      if (i >= 99) {
        pool.release(slices.partials.removeFirst());
        fold.moveTo(cursor.start + 1, cursor.end, pool);
      }
    }
    assertThat(merges).isLessThanOrEqualTo(3 * steps);
  }

  @Test
  void compute_lateInsertionsAndRemovals_equalsTheRecomputation() {
    for (long seed = 0; seed < 30; seed++) {
      new SlidingFoldTest().runRandom(seed);
    }
  }

  private void runRandom(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long size = random.nextLong(1, 12);
    WindowCursor cursor =
        WindowCursor.of(new WindowSpec.Sliding(size, random.nextLong(1, size + 1), 0));
    cursor.moveToFirst(0);
    for (int step = 0; step < 300; step++) {
      for (int i = random.nextInt(4); i > 0; i--) {
        long start = random.nextLong(cursor.start, cursor.end);
        if (!expected.containsKey(start)) {
          insert(start, "(" + start + ")");
        }
      }
      Map<Long, String> inWindow = expected.subMap(cursor.start, cursor.end);
      fold.moveTo(cursor.start, cursor.end, pool);
      computedEnd = cursor.end;
      assertThat(fold.isEmpty()).isEqualTo(inWindow.isEmpty());
      if (!inWindow.isEmpty()) {
        String value = String.join("", inWindow.values());
        assertThat(compute(cursor)).as("seed %d, step %d", seed, step).isEqualTo(value);
        assertThat(fold.value(cursor.pivot())).isEqualTo(value);
        Object state = fold.computeState(cursor.pivot(), pool);
        assertThat(pool.result(state)).isEqualTo(value);
        pool.release(state);
      }
      cursor.moveToNext();
      fold.moveTo(cursor.start, computedEnd, pool);
      while (!expected.isEmpty() && expected.firstKey() < cursor.start) {
        expected.pollFirstEntry();
        pool.release(slices.partials.removeFirst());
      }
    }
    fold.release(pool);
    assertThat(pool.held()).isEqualTo(expected.size());
  }
}
