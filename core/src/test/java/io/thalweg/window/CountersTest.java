package io.thalweg.window;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Aggregates;
import io.thalweg.Output;
import io.thalweg.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What an operator says of a stream that is known, of each kind of window alone. */
class CountersTest {

  private static final Output<String, Long> NOWHERE = (key, value) -> {};

  private static WindowedAggregator<String, String, Long> after(WindowSpec<Object> window) {
    WindowedAggregator<String, String, Long> operator =
        WindowedAggregator.of(Aggregates.<String>count(), window).lateness(ofMillis(5)).build();
    for (long time : new long[] {1, 2, 13, 21}) {
      operator.process("a", "event", time, NOWHERE);
    }
    operator.process("b", "event", 22, NOWHERE);
    operator.process("b", "event", Long.MAX_VALUE, NOWHERE);
    operator.advance(12, NOWHERE);
    operator.advance(11, NOWHERE);
    return operator;
  }

  private static Map<String, Long> counters(WindowedAggregator<String, String, Long> operator) {
    Map<String, Long> counters = new TreeMap<>();
    operator.counters(counters::put);
    return counters;
  }

  @Test
  void counters_knownStream_countEvents() {
    WindowedAggregator<String, String, Long> operator = after(Windows.tumbling(ofMillis(10)));
    operator.process("a", "event", 4, NOWHERE); // its window is final, and not forgotten
    operator.advance(16, NOWHERE);
    operator.process("a", "event", 4, NOWHERE);
    Map<String, Long> counters = counters(operator);
    counters.keySet().removeAll(List.of("states", "slices", "timers", "openWindows"));
    assertThat(counters)
        .isEqualTo(
            Map.of(
                "offered", 8L,
                "admitted", 6L,
                "late", 1L,
                "partiallyLate", 0L,
                "unassigned", 0L,
                "rejected", 1L,
                "keys", 2L,
                "watermark", 16L,
                "backwardAdvances", 1L));
  }

  private record Held(long states, long slices, long openWindows, long timers) {
    static Held of(WindowedAggregator<String, String, Long> operator) {
      Map<String, Long> counters = counters(operator);
      return new Held(
          counters.get("states"),
          counters.get("slices"),
          counters.get("openWindows"),
          counters.get("timers"));
    }
  }

  @Test
  void counters_knownStream_reportHeldState() {
    Map<WindowSpec<Object>, Held> expected =
        Map.of(
            // [0, 10), [10, 20), [20, 30): three of a and one of b; the first is final
            Windows.tumbling(ofMillis(10)), new Held(4, 3, 2, 0),
            // the same slices of ten, and [10, 30), [20, 40)
            Windows.sliding(ofMillis(20), ofMillis(10)), new Held(4, 3, 3, 0),
            Windows.global(), new Held(2, 1, 1, 0),
            // [1, 9) final, [13, 20), [21, 28) and [22, 29), each with a timer
            Windows.session(ofMillis(7)), new Held(4, 0, 3, 4),
            // two slices of two of a, of which the last began at its second result; one of b
            Windows.count(4, 2), new Held(2, 0, 0, 0),
            // those later than 21 - 10 - 5, and that of b; a timer for each key
            Windows.trailing(ofMillis(10)), new Held(3, 0, 0, 2),
            Windows.trailingCount(3), new Held(4, 0, 0, 0));
    expected.forEach(
        (window, held) -> {
          WindowedAggregator<String, String, Long> operator = after(window);
          assertThat(Held.of(operator)).as("%s", window).isEqualTo(held);
          Snapshot<String> saved = new Snapshot<>();
          operator.save(saved);
          WindowedAggregator<String, String, Long> restored =
              WindowedAggregator.of(Aggregates.<String>count(), window)
                  .lateness(ofMillis(5))
                  .build();
          restored.restore(saved);
          assertThat(Held.of(restored)).as("%s, restored", window).isEqualTo(held);
        });
  }
}
