package io.thalweg.window;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Snapshot;
import io.thalweg.stats.LongSum;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Examples of windowed aggregation, each with few events. The aggregate is the sum of the events.
 * Times are in milliseconds.
 */
class WindowedAggregatorTest {

  private static final Aggregate<Long, ?, Long> SUM =
      LongSum.<Long>over(event -> event).map(sum -> sum.value().longValueExact());

  private final Recorder out = new Recorder();

  /** Output that records each call as a line. */
  private static final class Recorder implements Output<String, Long> {
    private List<String> lines = new ArrayList<>();

    private static String bounds(Pane pane) {
      return " [" + pane.start() + ", " + pane.end() + ")";
    }

    @Override
    public void emit(String key, Long value) {
      throw new AssertionError("each result has a window");
    }

    @Override
    public void emit(String key, Pane pane, Long value) {
      lines.add(key + bounds(pane) + ": " + value);
    }

    @Override
    public void update(String key, Pane pane, Long value, Long previous) {
      lines.add(
          key
              + bounds(pane)
              + " "
              + pane.timing()
              + " #"
              + pane.index()
              + ": "
              + value
              + (previous == null ? "" : " replaces " + previous));
    }

    @Override
    public void retract(String key, Pane pane, Long previous) {
      lines.add(key + bounds(pane) + " retracted: " + previous);
    }

    @Override
    public void late(String key, Object event, long timestamp, long watermark) {
      lines.add(key + " late: " + event + " at " + timestamp + ", watermark " + watermark);
    }

    @Override
    public void reject(String key, Object event, long timestamp, String reason) {
      lines.add(key + " rejected: " + reason);
    }

    /** Returns the lines since the last call. */
    List<String> lines() {
      List<String> recorded = lines;
      lines = new ArrayList<>();
      return recorded;
    }
  }

  @Test
  void advance_tumblingWindows_emitsOneResultPerKeyAndWindow() {
    WindowedAggregator<String, Long, Long> operator =
        WindowedAggregator.of(SUM, Windows.tumbling(ofMillis(10))).build();
    operator.process("a", 1L, 2, out);
    operator.process("b", 5L, 4, out);
    operator.process("a", 2L, 9, out);
    operator.process("a", 4L, 10, out);
    assertThat(out.lines()).isEmpty();

    operator.advance(10, out);
    assertThat(out.lines())
        .containsExactlyInAnyOrder("a [0, 10) ON_TIME #0: 3", "b [0, 10) ON_TIME #0: 5");
    operator.advance(20, out);
    assertThat(out.lines()).containsExactly("a [10, 20) ON_TIME #0: 4");
  }

  @Test
  void advance_slidingWindows_addsAnEventToEachOverlappingWindow() {
    WindowedAggregator<String, Long, Long> operator =
        WindowedAggregator.of(SUM, Windows.sliding(ofMillis(10), ofMillis(5))).build();
    operator.process("a", 1L, 7, out); // in [0, 10) and [5, 15)
    operator.process("a", 2L, 12, out); // in [5, 15) and [10, 20)
    operator.advance(20, out);
    assertThat(out.lines())
        .containsExactly(
            "a [0, 10) ON_TIME #0: 1", "a [5, 15) ON_TIME #0: 3", "a [10, 20) ON_TIME #0: 2");
  }

  @Test
  void advance_cumulativeWindows_emitsInOrderOfTheirEnds() {
    WindowedAggregator<String, Long, Long> operator =
        WindowedAggregator.of(SUM, Windows.cumulative(ofMillis(15), ofMillis(5))).build();
    operator.process("a", 4L, 13, out);
    operator.process("a", 2L, 7, out);
    operator.process("a", 1L, 2, out);
    operator.advance(15, out);
    assertThat(out.lines())
        .containsExactly(
            "a [0, 5) ON_TIME #0: 1", "a [0, 10) ON_TIME #0: 3", "a [0, 15) ON_TIME #0: 7");
  }

  @Test
  void process_eventBetweenTwoSessions_mergesThem() {
    WindowedAggregator<String, Long, Long> operator =
        WindowedAggregator.of(SUM, Windows.session(ofMillis(5))).build();
    operator.process("a", 1L, 0, out); // [0, 5)
    operator.process("a", 2L, 8, out); // [8, 13)
    operator.process("a", 4L, 4, out); // [4, 9) overlaps both
    operator.process("a", 9L, 13, out); // [13, 18) only touches the session before
    operator.advance(18, out);
    assertThat(out.lines()).containsExactly("a [0, 13) ON_TIME #0: 7", "a [13, 18) ON_TIME #0: 9");
  }

  @Test
  void process_eventWithinLateness_correctsTheResult() {
    WindowedAggregator<String, Long, Long> operator = tumblingWithLateness();
    operator.process("a", 1L, 3, out);
    operator.advance(10, out);
    assertThat(out.lines()).containsExactly("a [0, 10) ON_TIME #0: 1");
    operator.process("a", 2L, 4, out);
    assertThat(out.lines()).as("corrections wait for the next advance").isEmpty();
    operator.advance(11, out);
    assertThat(out.lines()).containsExactly("a [0, 10) LATE #1: 3");
  }

  @Test
  void process_eventOfForgottenWindow_reportsItAsLate() {
    WindowedAggregator<String, Long, Long> operator = tumblingWithLateness();
    operator.process("a", 1L, 3, out);
    operator.advance(15, out);
    assertThat(out.lines()).containsExactly("a [0, 10) ON_TIME #0: 1");
    operator.process("a", 2L, 4, out);
    assertThat(out.lines()).containsExactly("a late: 2 at 4, watermark 15");
    operator.advance(30, out);
    assertThat(out.lines()).isEmpty();
  }

  private static WindowedAggregator<String, Long, Long> tumblingWithLateness() {
    return WindowedAggregator.of(SUM, Windows.tumbling(ofMillis(10))).lateness(ofMillis(5)).build();
  }

  @Test
  void early_openWindows_emitsThoseThatChanged() {
    WindowedAggregator<String, Long, Long> operator =
        WindowedAggregator.of(SUM, Windows.tumbling(ofMillis(10))).build();
    operator.process("a", 1L, 3, out);
    operator.early(out);
    assertThat(out.lines()).containsExactly("a [0, 10) EARLY #0: 1");
    operator.early(out);
    assertThat(out.lines()).as("no change since the last early result").isEmpty();
    operator.process("a", 2L, 4, out);
    operator.early(out);
    assertThat(out.lines()).containsExactly("a [0, 10) EARLY #1: 3");
    operator.advance(10, out);
    assertThat(out.lines()).containsExactly("a [0, 10) ON_TIME #2: 3");
  }

  @Test
  void mode_each_relatesACorrectionToThePreviousResult() {
    assertThat(correction(AccumulationMode.ACCUMULATING)).isEqualTo("a [0, 10) LATE #1: 3");
    assertThat(correction(AccumulationMode.DISCARDING)).isEqualTo("a [0, 10) LATE #1: 2");
    assertThat(correction(AccumulationMode.RETRACTING))
        .isEqualTo("a [0, 10) LATE #1: 3 replaces 1");
  }

  private String correction(AccumulationMode mode) {
    WindowedAggregator<String, Long, Long> operator =
        WindowedAggregator.of(SUM, Windows.tumbling(ofMillis(10)))
            .lateness(ofMillis(5))
            .mode(mode)
            .build();
    operator.process("a", 1L, 3, out);
    operator.advance(10, out);
    assertThat(out.lines()).containsExactly("a [0, 10) ON_TIME #0: 1");
    operator.process("a", 2L, 4, out);
    operator.advance(10, out);
    List<String> lines = out.lines();
    assertThat(lines).hasSize(1);
    return lines.get(0);
  }

  @Test
  void mode_retractingSessions_retractsTheResultOfAnExtendedSession() {
    WindowedAggregator<String, Long, Long> operator =
        WindowedAggregator.of(SUM, Windows.session(ofMillis(5)))
            .lateness(ofMillis(10))
            .mode(AccumulationMode.RETRACTING)
            .build();
    operator.process("a", 1L, 0, out);
    operator.advance(5, out);
    assertThat(out.lines()).containsExactly("a [0, 5) ON_TIME #0: 1");
    operator.process("a", 2L, 4, out); // the session becomes [0, 9): another window
    operator.advance(9, out);
    assertThat(out.lines()).containsExactly("a [0, 5) retracted: 1", "a [0, 9) ON_TIME #0: 3");
  }

  @Test
  void advance_severalQueries_mergesTheirResultsByEndThenStart() {
    WindowedAggregator<String, Long, Long> operator =
        WindowedAggregator.of(
                SUM,
                Windows.tumbling(ofMillis(10)),
                Windows.tumbling(ofMillis(20)),
                Windows.session(ofMillis(3)))
            .build();
    operator.process("a", 1L, 2, out);
    operator.process("a", 2L, 15, out);
    operator.advance(20, out);
    assertThat(out.lines())
        .containsExactly(
            "a [2, 5) ON_TIME #0: 1",
            "a [0, 10) ON_TIME #0: 1",
            "a [15, 18) ON_TIME #0: 2",
            "a [0, 20) ON_TIME #0: 3",
            "a [10, 20) ON_TIME #0: 2");
  }

  @Test
  void process_keyBeyondTheMaximum_isRejectedUntilAKeyIsForgotten() {
    WindowedAggregator<String, Long, Long> operator =
        WindowedAggregator.of(SUM, Windows.tumbling(ofMillis(10))).maxKeys(1).build();
    operator.process("a", 1L, 3, out);
    operator.process("b", 2L, 3, out);
    assertThat(out.lines()).containsExactly("b rejected: at most 1 keys are held: b");
    operator.advance(10, out);
    assertThat(out.lines()).containsExactly("a [0, 10) ON_TIME #0: 1");
    operator.process("b", 2L, 13, out);
    operator.advance(20, out);
    assertThat(out.lines()).containsExactly("b [10, 20) ON_TIME #0: 2");
  }

  @Test
  void process_countWindows_emitsAfterEveryStepInOrderOfArrival() {
    WindowedAggregator<String, Long, Long> operator =
        WindowedAggregator.of(SUM, Windows.count(3, 2)).build();
    operator.process("a", 1L, 9, out);
    assertThat(out.lines()).isEmpty();
    operator.process("a", 2L, 3, out); // timestamps do not matter
    assertThat(out.lines()).containsExactly("a [0, 2): 3");
    operator.process("a", 4L, 7, out);
    operator.process("a", 8L, 1, out);
    assertThat(out.lines()).as("the last 3 events").containsExactly("a [1, 4): 14");
  }

  @Test
  void process_trailingWindow_emitsAResultForEachEvent() {
    WindowedAggregator<String, Long, Long> operator =
        WindowedAggregator.of(SUM, Windows.trailing(ofMillis(10))).build();
    operator.process("a", 1L, 0, out);
    operator.process("a", 2L, 5, out);
    operator.process("a", 4L, 10, out); // the event at 0 has left the window
    assertThat(out.lines()).containsExactly("a [-9, 1): 1", "a [-4, 6): 3", "a [1, 11): 6");
  }

  @Test
  void restore_savedState_continuesAsIfUninterrupted() {
    WindowedAggregator<String, Long, Long> operator = tumblingWithLateness();
    operator.process("a", 1L, 3, out);
    Snapshot<String> saved = new Snapshot<>();
    operator.save(saved);
    byte[] bytes = Snapshot.codec(Codec.STRING).encode(saved);

    WindowedAggregator<String, Long, Long> restored = tumblingWithLateness();
    restored.restore(Snapshot.codec(Codec.STRING).decode(bytes));
    restored.process("a", 2L, 4, out);
    restored.advance(10, out);
    assertThat(out.lines()).containsExactly("a [0, 10) ON_TIME #0: 3");
  }

  @Test
  void advance_backwards_isCountedAndChangesNothing() {
    WindowedAggregator<String, Long, Long> operator =
        WindowedAggregator.of(SUM, Windows.tumbling(ofMillis(10))).build();
    operator.advance(10, out);
    operator.advance(5, out);
    operator.process("a", 1L, 7, out);
    assertThat(out.lines()).containsExactly("a late: 1 at 7, watermark 10");
    assertThat(counters(operator)).containsEntry("backwardAdvances", 1L).containsEntry("late", 1L);
  }

  @Test
  void advance_endOfStream_emitsAllOpenWindowsAndHoldsNoState() {
    WindowedAggregator<String, Long, Long> operator =
        WindowedAggregator.of(SUM, Windows.global(), Windows.tumbling(ofMillis(10))).build();
    operator.process("a", 1L, 3, out);
    operator.process("a", 2L, 13, out);
    operator.advance(Long.MAX_VALUE, out);
    assertThat(out.lines())
        .containsExactly(
            "a [0, 10) ON_TIME #0: 1",
            "a [10, 20) ON_TIME #0: 2",
            "a [" + Long.MIN_VALUE + ", " + Long.MAX_VALUE + ") ON_TIME #0: 3");
    assertThat(counters(operator))
        .containsEntry("admitted", 2L)
        .containsEntry("keys", 0L)
        .containsEntry("states", 0L)
        .containsEntry("slices", 0L);
  }

  @Test
  void advance_emptyStream_emitsNothing() {
    WindowedAggregator<String, Long, Long> operator =
        WindowedAggregator.of(SUM, Windows.tumbling(ofMillis(10)), Windows.session(ofMillis(5)))
            .build();
    operator.advance(1_000, out);
    operator.early(out);
    operator.advance(Long.MAX_VALUE, out);
    assertThat(out.lines()).isEmpty();
    assertThat(counters(operator)).containsEntry("offered", 0L);
  }

  private static Map<String, Long> counters(WindowedAggregator<?, ?, ?> operator) {
    Map<String, Long> counters = new TreeMap<>();
    operator.counters(counters::put);
    return counters;
  }
}
