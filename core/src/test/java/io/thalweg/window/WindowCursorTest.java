package io.thalweg.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Milliseconds;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Window bounds in {@code long}, compared with the same arithmetic in {@code BigInteger}. */
class WindowCursorTest {

  private static final BigInteger LEAST = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

  private record Bounds(long start, long end) implements Comparable<Bounds> {
    @Override
    public int compareTo(Bounds other) {
      return Comparator.comparingLong(Bounds::end)
          .thenComparingLong(Bounds::start)
          .compare(this, other);
    }
  }

  /**
   * Windows by number, in the order of their ends; the numbers go on for ever, as time does here.
   *
   * @param period of the starts
   * @param step between two ends
   * @param size of the longest
   * @param offset a start
   */
  private record Exact(BigInteger period, BigInteger step, BigInteger size, BigInteger offset) {

    static Exact of(WindowSpec<?> window) {
      if (window instanceof WindowSpec.Sliding w) {
        return new Exact(big(w.slide()), big(w.slide()), big(w.size()), big(w.offset()));
      }
      WindowSpec.Cumulative w = (WindowSpec.Cumulative) window;
      return new Exact(big(w.max()), big(w.step()), big(w.max()), big(w.offset()));
    }

    boolean isSliding() {
      return period.equals(step);
    }

    BigInteger end(BigInteger number) {
      BigInteger end = offset.add(number.multiply(step));
      return isSliding() ? end.add(size) : end.add(step);
    }

    BigInteger start(BigInteger number) {
      BigInteger at = offset.add(number.multiply(step));
      return isSliding() ? at : offset.add(floor(at.subtract(offset), period).multiply(period));
    }

    Bounds bounds(BigInteger number) {
      return new Bounds(clamp(start(number)), clamp(end(number)));
    }

    /** The first window that ends after {@code time}. */
    BigInteger after(long time) {
      BigInteger firstEnd = end(BigInteger.ZERO);
      return floor(big(time).subtract(firstEnd), step).add(BigInteger.ONE);
    }

    boolean holdsAnInstant(BigInteger number) {
      return start(number).compareTo(MOST) < 0;
    }

    List<Bounds> holding(long time) {
      TreeSet<Bounds> holding = new TreeSet<>();
      BigInteger number = after(time);
      // Of cumulative windows all steps of one period may hold it, and no others.
      for (int i = 0; i < 100; i++, number = number.add(BigInteger.ONE)) {
        if (start(number).compareTo(big(time)) <= 0) {
          holding.add(bounds(number));
        }
      }
      return new ArrayList<>(holding);
    }

    long edgeUpTo(long time) {
      BigInteger latest = LEAST;
      for (BigInteger edge : edges()) {
        latest = latest.max(edge.add(floor(big(time).subtract(edge), step).multiply(step)));
      }
      return clamp(latest);
    }

    long edgeAfter(long time) {
      BigInteger first = MOST;
      for (BigInteger edge : edges()) {
        BigInteger steps = floor(big(time).subtract(edge), step).add(BigInteger.ONE);
        first = first.min(edge.add(steps.multiply(step)));
      }
      return clamp(first);
    }

    private List<BigInteger> edges() {
      return List.of(offset, end(BigInteger.ZERO));
    }
  }

  private static BigInteger big(long value) {
    return BigInteger.valueOf(value);
  }

  private static BigInteger floor(BigInteger a, BigInteger b) {
    BigInteger[] parts = a.divideAndRemainder(b);
    return parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0];
  }

  private static long clamp(BigInteger value) {
    return value.max(LEAST).min(MOST).longValueExact();
  }

  private static long length(SplittableRandom random) {
    return switch (random.nextInt(8)) {
      case 0 -> 1;
      case 1 -> 1 + random.nextLong(Long.MAX_VALUE);
      case 2 -> Long.MAX_VALUE - random.nextInt(3);
      case 3 -> 1 + random.nextLong(1L << 40);
      default -> 1 + random.nextInt(40);
    };
  }

  private static WindowSpec<?> window(SplittableRandom random) {
    long offset = random.nextBoolean() ? random.nextInt(-50, 50) : random.nextLong();
    if (random.nextInt(3) == 0) {
      long steps = 1 + random.nextInt(30);
      long step = Math.max(1, length(random) / steps);
      return new WindowSpec.Cumulative(step * steps, step, offset);
    }
    long size = length(random);
    long slide = random.nextInt(4) == 0 ? length(random) : size / (1 + random.nextInt(40));
    return new WindowSpec.Sliding(size, Math.max(Math.max(1, size / 80), slide), offset);
  }

  private static long time(SplittableRandom random) {
    return switch (random.nextInt(5)) {
      case 0 -> Long.MIN_VALUE + 1 + random.nextInt(100);
      case 1 -> Long.MAX_VALUE - 1 - random.nextInt(100);
      case 2 -> random.nextLong(Long.MIN_VALUE + 1, Long.MAX_VALUE);
      default -> random.nextInt(-100, 100);
    };
  }

  private static Bounds at(WindowCursor cursor) {
    return new Bounds(cursor.start, cursor.end);
  }

  @Property
  void moveToFirstAndLast_anyInstant_findWindowsThatContainIt(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    WindowSpec<?> window = window(random);
    WindowCursor cursor = WindowCursor.of(window);
    for (int i = 0; i < 20; i++) {
      long t = time(random);
      List<Bounds> holding = Exact.of(window).holding(t);
      String about = "seed %dL, %s at %d".formatted(seed, window, t);
      assertThat(cursor.moveToFirst(t)).as(about).isEqualTo(!holding.isEmpty());
      if (!holding.isEmpty()) {
        assertThat(at(cursor)).as(about).isEqualTo(holding.get(0));
      }
      assertThat(cursor.moveToLast(t)).as(about).isEqualTo(!holding.isEmpty());
      if (!holding.isEmpty()) {
        assertThat(at(cursor)).as(about).isEqualTo(holding.get(holding.size() - 1));
      }
    }
  }

  @Property
  void moveToIfExists_anyBounds_acceptsWindowsOnly(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    WindowSpec<?> window = window(random);
    WindowCursor cursor = WindowCursor.of(window);
    for (int i = 0; i < 5; i++) {
      for (Bounds of : Exact.of(window).holding(time(random))) {
        assertThat(cursor.moveToIfExists(of.start, of.end))
            .as("seed %dL, %s: %s", seed, window, of)
            .isTrue();
        Bounds near =
            new Bounds(
                Milliseconds.plus(of.start, random.nextInt(-1, 2)),
                Milliseconds.plus(of.end, random.nextInt(-1, 2)));
        assertThat(cursor.moveToIfExists(near.start, near.end))
            .as("seed %dL, %s: %s", seed, window, near)
            .isEqualTo(Exact.of(window).holding(near.start).contains(near));
      }
    }
  }

  @Property
  void edges_anyInstant_areTheNearestOnBothSides(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    WindowSpec<?> window = window(random);
    WindowCursor cursor = WindowCursor.of(window);
    for (int i = 0; i < 20; i++) {
      long t = time(random);
      String about = "seed %dL, %s at %d".formatted(seed, window, t);
      assertThat(cursor.edgeUpTo(t)).as(about).isEqualTo(Exact.of(window).edgeUpTo(t));
      assertThat(cursor.edgeAfter(t)).as(about).isEqualTo(Exact.of(window).edgeAfter(t));
    }
  }

  @Property
  void moveToEndAfterAndNext_anyWatermark_visitEachWindow(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    WindowSpec<?> window = window(random);
    Exact exact = Exact.of(window);
    WindowCursor cursor = WindowCursor.of(window);
    for (int i = 0; i < 10; i++) {
      long w =
          switch (random.nextInt(8)) {
            case 0 -> Long.MIN_VALUE;
            case 1 -> Long.MAX_VALUE;
            default -> time(random);
          };
      String about = "seed %dL, %s at %d".formatted(seed, window, w);
      BigInteger number = exact.after(w);
      boolean there = w < Long.MAX_VALUE && exact.holdsAnInstant(number);
      assertThat(cursor.moveToEndAfter(w)).as(about).isEqualTo(there);
      Bounds from = at(cursor);
      for (int step = 1; there; step++) {
        assertThat(at(cursor)).as("%s, step %d", about, step).isEqualTo(exact.bounds(number));
        Bounds here = at(cursor);
        cursor.moveTo(from.start, from.end);
        assertThat(cursor.countTo(here.start, here.end))
            .as("%s, %d on", about, step)
            .isEqualTo(step);
        cursor.moveTo(here.start, here.end);
        BigInteger next = number.add(BigInteger.ONE);
        // Windows whose clamped bounds are the same are one window.
        boolean more =
            exact.holdsAnInstant(next) && !exact.bounds(next).equals(exact.bounds(number));
        assertThat(cursor.moveToNext()).as("%s, next of %s", about, here).isEqualTo(more);
        there = more && step < 50;
        number = next;
      }
    }
  }

  /** It stays while a window moves by less than its size, and lies within it. */
  @Property
  void pivot_slidingWindow_staysAsLongAsPossible(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    WindowSpec<?> window = window(random);
    WindowCursor cursor = WindowCursor.of(window);
    long w = time(random);
    BigInteger size = Exact.of(window).size;
    Long before = null;
    BigInteger stoodFrom = null;
    for (boolean more = cursor.moveToEndAfter(w); more; more = cursor.moveToNext()) {
      String about = "seed %dL, %s, window %s".formatted(seed, window, at(cursor));
      long pivot = cursor.pivot();
      assertThat(pivot).as(about).isBetween(cursor.start, cursor.end);
      if (before != null && pivot != before) {
        assertThat(pivot).as(about).isGreaterThan(before);
        // It moved since the window slid past it; where starts are clamped that does not show.
        assertThat(cursor.start == Long.MIN_VALUE || cursor.start > before).as(about).isTrue();
      }
      if (before == null || pivot != before) {
        stoodFrom = big(cursor.start);
      }
      assertThat(big(cursor.start).subtract(stoodFrom)).as(about).isLessThan(size);
      before = pivot;
      if (cursor.start > Long.MIN_VALUE && big(cursor.start).subtract(big(w)).compareTo(size) > 0) {
        break;
      }
    }
  }

  @Test
  void tiles_eachKind_trueIfAWindowIsOneSlice() {
    assertThat(WindowCursor.of(new WindowSpec.Sliding(10, 10, 3)).tiles()).isTrue();
    assertThat(WindowCursor.of(new WindowSpec.Sliding(10, 5, 0)).tiles()).isFalse();
    assertThat(WindowCursor.of(new WindowSpec.Sliding(10, 12, 0)).tiles()).isFalse();
    assertThat(WindowCursor.of(new WindowSpec.Cumulative(10, 10, 0)).tiles()).isTrue();
    assertThat(WindowCursor.of(new WindowSpec.Cumulative(10, 5, 0)).tiles()).isFalse();
    assertThat(WindowCursor.of(new WindowSpec.Global()).tiles()).isTrue();
    assertThat(WindowCursor.of(new WindowSpec.Session(10))).isNull();
  }

  @Test
  void global_anyInstant_isInTheOnlyWindow() {
    WindowCursor cursor = WindowCursor.of(new WindowSpec.Global());
    for (long t : new long[] {Long.MIN_VALUE + 1, 0, Long.MAX_VALUE - 1}) {
      assertThat(cursor.moveToFirst(t)).isTrue();
      assertThat(at(cursor)).isEqualTo(new Bounds(Long.MIN_VALUE, Long.MAX_VALUE));
      assertThat(cursor.moveToLast(t)).isTrue();
      assertThat(at(cursor)).isEqualTo(new Bounds(Long.MIN_VALUE, Long.MAX_VALUE));
      assertThat(cursor.moveToEndAfter(t)).isTrue();
      assertThat(cursor.moveToNext()).isFalse();
      assertThat(cursor.countTo(Long.MIN_VALUE, Long.MAX_VALUE)).isOne();
      assertThat(cursor.edgeUpTo(t)).isEqualTo(Long.MIN_VALUE);
      assertThat(cursor.edgeAfter(t)).isEqualTo(Long.MAX_VALUE);
    }
    assertThat(cursor.moveToEndAfter(Long.MIN_VALUE)).isTrue();
    assertThat(cursor.moveToEndAfter(Long.MAX_VALUE)).isFalse();
  }
}
