package io.thalweg.window;

import static java.time.Duration.ofMillis;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregates;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Restore of several saved operators into one, as when the number of tasks changes. */
class ShardsTest {

  private final List<String> lines = new ArrayList<>();

  private final Output<String, Long> out =
      new Output<>() {
        @Override
        public void emit(String key, Long value) {
          throw new AssertionError(key);
        }

        @Override
        public void update(String key, Pane at, Long value, Long previous) {
          lines.add(key + " until " + at.end() + ": " + value);
        }
      };

  private static WindowedAggregator<String, String, Long> operator() {
    return WindowedAggregator.of(
            Aggregates.<String>count(),
            Windows.tumbling(ofMillis(10)),
            Windows.session(ofMillis(7)))
        .build();
  }

  private Snapshot<String> shard(String key, long watermark, long... timestamps) {
    WindowedAggregator<String, String, Long> operator = operator();
    for (long timestamp : timestamps) {
      operator.process(key, "event", timestamp, out);
    }
    operator.advance(watermark, out);
    lines.clear();
    Snapshot<String> saved = new Snapshot<>();
    operator.save(saved);
    return saved;
  }

  private static Map<String, Long> counters(WindowedAggregator<String, String, Long> of) {
    Map<String, Long> counters = new TreeMap<>();
    of.counters(counters::put);
    return counters;
  }

  @Test
  void restore_twoShardsOfOneWatermark_continueAsOne() {
    WindowedAggregator<String, String, Long> united = operator();
    united.restore(shard("a", 12, 1, 13, 14));
    united.restore(shard("b", 12, 15));
    assertThat(counters(united))
        .containsEntry("admitted", 4L)
        .containsEntry("keys", 2L)
        .containsEntry("watermark", 12L);
    united.advance(100, out);
    assertThat(lines)
        .containsExactlyInAnyOrder(
            "a until 20: 2", "b until 20: 1", "a until 21: 2", "b until 22: 1");
  }

  /** The results of many keys at equal window ends. */
  @Test
  void restore_manyKeysAtOneWindowEnd_keepsTheOrderOfEachKey() {
    WindowedAggregator<String, String, Long> saved = operator();
    Snapshot<String> changes = new Snapshot<>();
    for (int i = 0; i < 300; i++) {
      saved.process("key " + i * 7 % 43, "event", i * 11 % 31, out);
      if (i % 40 == 0) {
        saved.saveChanges(changes);
      }
    }
    saved.saveChanges(changes);
    WindowedAggregator<String, String, Long> restored = operator();
    restored.restore(changes);
    saved.advance(100, out);
    List<String> expected = List.copyOf(lines);
    lines.clear();
    restored.advance(100, out);
    assertThat(lines).hasSizeGreaterThan(2 * 43);
    assertThat(byKey(lines)).isEqualTo(byKey(expected));
    assertThat(lines.stream().map(ShardsTest::end)).isSorted();
  }

  private static long end(String line) {
    return Long.parseLong(line.replaceFirst(".* until (\\d+):.*", "$1"));
  }

  private static Map<String, List<String>> byKey(List<String> lines) {
    return lines.stream().collect(groupingBy(line -> line.substring(0, line.indexOf(" until"))));
  }

  @Test
  void restore_shardOfAnotherWatermark_throwsAndChangesNothing() {
    WindowedAggregator<String, String, Long> united = operator();
    united.restore(shard("a", 12, 13));
    Map<String, Long> before = counters(united);
    for (long other : new long[] {11, 13}) {
      assertThatThrownBy(() -> united.restore(shard("b", other, 15)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("shards must be of one watermark;")
          .hasMessageEndingWith(": 12 and " + other);
    }
    assertThat(counters(united)).isEqualTo(before);
  }

  @Test
  void restore_shardBehindTheWatermark_throws() {
    WindowedAggregator<String, String, Long> ahead = operator();
    ahead.restore(shard("b", 20));
    assertThatThrownBy(() -> ahead.restore(shard("a", 12, 13)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith(": 20 and 12");
  }

  /** A shard without keys has nothing that could be late: the largest watermark holds. */
  @Test
  void restore_shardsWithoutKeys_keepLargestWatermark() {
    WindowedAggregator<String, String, Long> united = operator();
    united.restore(shard("a", 12));
    united.restore(shard("a", 30, 13));
    united.restore(shard("a", 20));
    assertThat(counters(united)).containsEntry("watermark", 30L).containsEntry("admitted", 1L);
  }

  @Test
  void saveChanges_firstCall_clearsPreviousState() {
    Snapshot<String> changes = new Snapshot<>();
    changes.scope("slices").put("ghost", 0, new byte[] {1});
    WindowedAggregator<String, String, Long> operator = operator();
    operator.process("a", "event", 3, out);
    operator.saveChanges(changes);
    changes.scope("slices").forEach((key, part, state) -> assertThat(key).isEqualTo("a"));
  }

  @Test
  void orderSensitive_countOrTrailingWindows_true() {
    assertThat(operator().orderSensitive()).isFalse();
    for (WindowSpec<Object> window :
        List.<WindowSpec<Object>>of(
            Windows.count(3), Windows.trailing(ofMillis(5)), Windows.trailingCount(2))) {
      assertThat(WindowedAggregator.of(Aggregates.count(), window).build().orderSensitive())
          .as("%s", window)
          .isTrue();
    }
  }
}
