package io.thalweg;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutputTest {

  private final List<String> lines = new ArrayList<>();

  private static WindowedAggregator<String, Long, Long> counts() {
    return WindowedAggregator.of(Aggregates.<Long>count(), Windows.tumbling(ofSeconds(10))).build();
  }

  @Test
  void of_lateAndRejectedEvents_reachTheirHandlers() {
    Output<String, Long> out =
        Output.of(
            Output.ofWindows(
                (key, window, n) -> lines.add(key + " until " + window.end() + ": " + n)),
            (key, event, timestamp, watermark) -> lines.add("late " + event + " " + watermark),
            (key, event, timestamp, reason) -> lines.add("rejected " + event + " " + reason));
    WindowedAggregator<String, Long, Long> counts = counts();
    counts.process("a", 1L, 1, out);
    counts.advance(10_000, out);
    counts.process("a", 2L, 2, out);
    counts.process("a", 3L, Long.MAX_VALUE, out);
    assertThat(lines)
        .containsExactly(
            "a until 10000: 1",
            "late 2 10000",
            "rejected 3 timestamp is reserved: 9223372036854775807");
  }

  @Test
  void strict_lateOrRejectedEvent_throwsWithTheEvent() {
    Output<String, Long> out = Output.strict((key, n) -> lines.add(key + ": " + n));
    WindowedAggregator<String, Long, Long> counts = counts();
    counts.process("a", 1L, 1, out);
    counts.advance(10_000, out);
    assertThat(lines).containsExactly("a: 1");
    assertThatThrownBy(() -> out.late("a", 7L, 2, 10_000))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("7 of key a at 2, watermark 10000");
    assertThatThrownBy(() -> out.reject("a", 8L, 3, "value must be finite: NaN"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("8 of key a at 3: value must be finite: NaN");
  }

  @Test
  void ofWindows_retractionsAndAnswers_arriveWithTheirWindows() {
    Output<String, Long> out =
        Output.ofWindows(
            (key, window, n) -> lines.add("result " + window.start()),
            (key, window, n) -> lines.add("retraction " + window.start()));
    Pane pane = new Pane(0, 5, 9, Pane.Timing.ON_TIME, 0, true);
    out.emit("a", pane, 1L);
    out.update("a", pane, 2L, 1L);
    out.retract("a", pane, 2L);
    assertThat(lines).containsExactly("result 5", "result 5", "retraction 5");
    assertThatThrownBy(() -> out.emit("a", 1L))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("must have a window");
  }

  @Test
  void countingOutput_eachCall_isCountedAndForwarded() {
    CountingOutput<String, Long> out =
        new CountingOutput<>(
            Output.of(
                (key, n) -> lines.add("result"),
                (key, event, timestamp, watermark) -> lines.add("late"),
                (key, event, timestamp, reason) -> lines.add("rejected")));
    Pane pane = new Pane(0, 5, 9, Pane.Timing.ON_TIME, 0, true);
    out.emit("a", 1L);
    out.emit("a", pane, 1L);
    out.update("a", pane, 2L, 1L);
    out.retract("a", pane, 2L);
    out.late("a", 1L, 1, 2);
    out.reject("a", 1L, 1, "reason");
    out.reject("a", 1L, 1, "reason");
    assertThat(lines).containsExactly("result", "result", "result", "late", "rejected", "rejected");
    assertThat(out.results()).isEqualTo(3);
    assertThat(out.retractions()).isEqualTo(1);
    assertThat(out.lateEvents()).isEqualTo(1);
    assertThat(out.rejectedEvents()).isEqualTo(2);
  }
}
