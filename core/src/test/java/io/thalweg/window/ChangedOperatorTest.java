package io.thalweg.window;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregate;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Snapshot;
import io.thalweg.stats.LongSum;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Tests of a state that an operator with another configuration restores. */
class ChangedOperatorTest {

  private static final Aggregate<Long, ?, Long> SUM =
      LongSum.<Long>over(event -> event).map(sum -> sum.value().longValueExact());

  /** Output that holds the current row of each window, as a table does. */
  private static final class Rows implements Output<String, Long> {
    final Map<String, Long> rows = new TreeMap<>();
    final List<String> late = new ArrayList<>();

    private static String row(String key, Pane pane) {
      return key + " " + pane.query() + " [" + pane.start() + ", " + pane.end() + ")";
    }

    @Override
    public void emit(String key, Long value) {
      throw new AssertionError("each result has a window");
    }

    @Override
    public void update(String key, Pane pane, Long value, Long previous) {
      rows.put(row(key, pane), value);
    }

    @Override
    public void retract(String key, Pane pane, Long previous) {
      rows.remove(row(key, pane));
    }

    @Override
    public void late(String key, Object event, long timestamp, long watermark) {
      late.add(key + " " + timestamp);
    }
  }

  private static WindowedAggregator.Builder<Long, Long> of(WindowSpec<?>... windows) {
    List<WindowSpec<Object>> all = new ArrayList<>();
    for (WindowSpec<?> window : windows) {
      @SuppressWarnings("unchecked") // no window of these tests reads the event
      WindowSpec<Object> each = (WindowSpec<Object>) window;
      all.add(each);
    }
    return WindowedAggregator.of(SUM, all);
  }

  private static WindowedAggregator<String, Long, Long> restored(
      WindowedAggregator<String, Long, Long> from, WindowedAggregator.Builder<Long, Long> as) {
    Snapshot<String> saved = new Snapshot<>();
    from.save(saved);
    WindowedAggregator<String, Long, Long> operator = as.build();
    operator.restore(saved);
    return operator;
  }

  private static WindowedAggregator<String, Long, Long> run(
      WindowedAggregator<String, Long, Long> operator, Random random, int steps, Rows out) {
    long watermark = 0;
    for (int i = 0; i < steps; i++) {
      long t = Math.max(0, watermark + random.nextInt(40) - 20);
      operator.process("k" + random.nextInt(3), 1L + random.nextInt(9), t, out);
      if (random.nextInt(3) == 0) {
        watermark += random.nextInt(8);
        operator.advance(watermark, out);
      }
    }
    return operator;
  }

  /**
   * A window that a smaller lateness forgot stays forgotten: its events are gone, so that a late
   * one would replace its row by a part. All other windows are as with the larger lateness.
   */
  @Test
  void restore_largerLateness_onlyForgottenWindowsDiffer() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      int small = random.nextInt(6);
      int large = small + 1 + random.nextInt(15);
      WindowSpec<?>[] windows =
          random.nextBoolean()
              ? new WindowSpec<?>[] {new WindowSpec.Sliding(10, 4, 0)}
              : new WindowSpec<?>[] {
                new WindowSpec.Sliding(10, 10, 0), new WindowSpec.Cumulative(12, 4, 0)
              };
      Rows out = new Rows();
      Rows expected = new Rows();
      WindowedAggregator<String, Long, Long> before = of(windows).lateness(ofMillis(small)).build();
      WindowedAggregator<String, Long, Long> always = of(windows).lateness(ofMillis(large)).build();
      long watermark = 0;
      long forgotten = Long.MIN_VALUE;
      Map<String, Long> atChange = Map.of();
      for (int i = 0; i < 120; i++) {
        if (i == 60 || i == 70) { // the second restore keeps what the first one knew
          before = restored(before, of(windows).lateness(ofMillis(large)));
          forgotten = i == 60 ? watermark - small : forgotten;
          atChange = i == 60 ? new TreeMap<>(out.rows) : atChange;
        }
        String key = "k" + random.nextInt(2);
        long value = 1 + random.nextInt(9);
        long t = Math.max(0, watermark + random.nextInt(40) - 25);
        before.process(key, value, t, out);
        always.process(key, value, t, expected);
        watermark += random.nextInt(3) == 0 ? random.nextInt(6) : 0;
        before.advance(watermark, out);
        always.advance(watermark, expected);
      }
      before.advance(10_000, out);
      always.advance(10_000, expected);
      long bound = forgotten;
      Map<String, Long> rows = new TreeMap<>(expected.rows);
      rows.keySet().removeIf(row -> end(row) <= bound);
      atChange.forEach(
          (row, value) -> {
            if (end(row) <= bound) {
              rows.put(row, value);
            }
          });
      assertThat(out.rows).as("seed %d", seed).isEqualTo(rows);
    }
  }

  private static long end(String row) {
    return Long.parseLong(row.substring(row.lastIndexOf(' ') + 1, row.length() - 1));
  }

  @Test
  void restore_largerLateness_forgottenSessionsStayForgotten() {
    Rows out = new Rows();
    WindowedAggregator<String, Long, Long> operator = of(new WindowSpec.Session(5)).build();
    operator.process("k", 1L, 10, out);
    operator.process("k", 2L, 30, out);
    operator.advance(32, out);
    operator = restored(operator, of(new WindowSpec.Session(5)).lateness(ofMillis(100)));
    operator.process("k", 4L, 12, out);
    operator.process("k", 8L, 27, out); // its own session would end at 32
    operator.process("k", 16L, 28, out);
    operator.advance(40, out);
    operator.process("k", 32L, 29, out);
    operator.advance(41, out);
    assertThat(out.late).containsExactly("k 12", "k 27");
    assertThat(out.rows).isEqualTo(Map.of("k 0 [10, 15)", 1L, "k 0 [28, 35)", 50L));
  }

  @Test
  void restore_smallerLateness_pendingResultsFirst() {
    Rows out = new Rows();
    WindowSpec<?>[] windows = {new WindowSpec.Sliding(10, 10, 0), new WindowSpec.Session(5)};
    WindowedAggregator<String, Long, Long> operator = of(windows).lateness(ofMillis(50)).build();
    operator.process("k", 1L, 1, out);
    operator.advance(20, out);
    operator.process("k", 2L, 2, out);
    operator = restored(operator, of(windows).lateness(ofMillis(5)));
    operator.process("k", 4L, 3, out);
    operator.advance(20, out);
    assertThat(out.late).containsExactly("k 3");
    assertThat(out.rows).isEqualTo(Map.of("k 0 [0, 10)", 3L, "k 1 [1, 7)", 3L));
    operator.advance(1_000, out);
    Map<String, Long> counters = new TreeMap<>();
    operator.counters(counters::put);
    assertThat(counters).containsEntry("states", 0L).containsEntry("keys", 0L);
  }

  @Test
  void restore_withoutTheLastQueries_theOthersContinue() {
    WindowSpec<?>[] all = {
      new WindowSpec.Sliding(10, 10, 0),
      new WindowSpec.Session(4),
      new WindowSpec.Sliding(7, 3, 1),
      new WindowSpec.Session(9)
    };
    for (int kept = 1; kept < all.length; kept++) {
      WindowSpec<?>[] first = java.util.Arrays.copyOf(all, kept);
      for (int seed = 0; seed < 50; seed++) {
        Duration lateness = ofMillis(seed % 12);
        Rows out = new Rows();
        Rows expected = new Rows();
        WindowedAggregator<String, Long, Long> operator =
            run(of(all).lateness(lateness).build(), new Random(seed), 80, out);
        WindowedAggregator<String, Long, Long> few =
            run(
                of(first).lateness(lateness).mode(AccumulationMode.RETRACTING).build(),
                new Random(seed),
                80,
                expected);
        int queries = kept;
        out.rows.keySet().removeIf(row -> row.charAt(3) - '0' >= queries);
        operator =
            restored(operator, of(first).lateness(lateness).mode(AccumulationMode.RETRACTING));
        run(operator, new Random(-seed), 80, out);
        run(few, new Random(-seed), 80, expected);
        operator.advance(1_000, out);
        few.advance(1_000, expected);
        assertThat(out.rows).as("%d queries, seed %d", kept, seed).isEqualTo(expected.rows);
      }
    }
  }

  @Test
  void restore_accumulatingSessionsAsRetracting_absorbedRowsAreRetracted() {
    Rows out = new Rows();
    Duration lateness = ofMillis(50);
    WindowedAggregator<String, Long, Long> operator =
        of(new WindowSpec.Session(5))
            .lateness(lateness)
            .mode(AccumulationMode.ACCUMULATING)
            .build();
    operator.process("k", 1L, 10, out);
    operator.process("k", 2L, 17, out);
    operator.advance(30, out);
    assertThat(out.rows).hasSize(2);
    operator = restored(operator, of(new WindowSpec.Session(5)).lateness(lateness));
    operator.process("k", 4L, 13, out);
    operator.advance(30, out);
    assertThat(out.rows).isEqualTo(Map.of("k 0 [10, 22)", 7L));
  }

  @Test
  void sessions_modeNotSet_areRetractedWhenTheyMerge() {
    Rows out = new Rows();
    WindowedAggregator<String, Long, Long> operator =
        of(new WindowSpec.Session(2_000)).lateness(Duration.ofSeconds(60)).build();
    operator.process("a", 1L, 0, out);
    operator.process("a", 1L, 3_000, out);
    operator.advance(20_000, out);
    operator.process("a", 1L, 1_500, out);
    operator.advance(20_000, out);
    assertThat(out.rows.values().stream().mapToLong(n -> n).sum()).isEqualTo(3);
    assertThat(operator.replacesObsoleteResults()).isTrue();
    assertThat(of(new WindowSpec.Sliding(10, 10, 0)).build().replacesObsoleteResults()).isTrue();
    for (AccumulationMode mode :
        List.of(AccumulationMode.ACCUMULATING, AccumulationMode.DISCARDING)) {
      assertThat(of(new WindowSpec.Session(5)).mode(mode).build().replacesObsoleteResults())
          .isFalse();
    }
  }

  @Test
  void restore_otherWindowsOrMode_saysWhatDiffersAndTheRemedy() {
    WindowSpec.Sliding ten = new WindowSpec.Sliding(10, 10, 0);
    Rows out = new Rows();
    WindowedAggregator<String, Long, Long> operator = of(ten).lateness(ofMillis(5)).build();
    operator.process("k", 1L, 1, out);
    for (WindowedAggregator.Builder<Long, Long> other :
        List.of(of(ten, new WindowSpec.Session(5)), of(new WindowSpec.Sliding(20, 10, 0)))) {
      assertThatThrownBy(() -> restored(operator, other.lateness(ofMillis(5))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("the windows must be as saved, or lack the last of them")
          .hasMessageContaining("keep it, or start the operator without the saved state")
          .hasMessageContaining("add windows in an operator of their own: saved sliding 10 by 10 ");
    }
    assertThatThrownBy(
            () ->
                restored(operator, of(ten).lateness(ofMillis(5)).mode(AccumulationMode.DISCARDING)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the mode must be as saved; keep it, or start the operator without the saved state:"
                + " saved accumulating, now discarding");
    WindowSpec.Trailing last = new WindowSpec.Trailing(10, true);
    assertThatThrownBy(() -> restored(of(last).build(), of(last).lateness(ofMillis(5))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the lateness of trailing windows must be as saved; keep it, or start the operator"
                + " without the saved state: saved 0, now 5");
  }
}
