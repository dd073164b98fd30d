package io.thalweg.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class WatermarksTest {

  @Test
  void observe_lagging_returnsLargestMinusLag() {
    WatermarkEstimator watermarks = Watermarks.lagging(Duration.ofSeconds(2));
    assertThat(watermarks.watermark()).isEqualTo(Long.MIN_VALUE);
    assertThat(LongStream.of(10_000, 9_000, 12_000).map(watermarks::observe).toArray())
        .containsExactly(8_000, 8_000, 10_000);
  }

  @Test
  void observe_nearTheEndsOfTime_saturates() {
    WatermarkEstimator watermarks = Watermarks.lagging(Duration.ofMillis(100));
    assertThat(watermarks.observe(Long.MIN_VALUE + 5)).isEqualTo(Long.MIN_VALUE);
    assertThat(watermarks.observe(Long.MAX_VALUE - 1)).isEqualTo(Long.MAX_VALUE - 101);
  }

  @Test
  void observe_beyondTheBoundOnTheFuture_isRejectedAndMovesNothing() {
    WatermarkEstimator watermarks = Watermarks.lagging(Duration.ofMillis(2), Duration.ofMillis(10));
    assertThat(watermarks.observe(110, 100)).isTrue();
    assertThat(watermarks.observe(111, 100)).isFalse();
    assertThat(watermarks.observe(Long.MAX_VALUE, Long.MAX_VALUE - 11)).isFalse();
    assertThat(watermarks.observe(Long.MAX_VALUE - 1, Long.MIN_VALUE)).isFalse();
    assertThat(watermarks.watermark()).isEqualTo(108);
    assertThat(watermarks.rejected()).isEqualTo(3);
    assertThatThrownBy(() -> watermarks.observe(100))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "a reference time must be given, because the estimator has a bound on the future: 10");
  }

  @Test
  void observe_reservedTimestamp_doesNotEndTheStream() {
    WatermarkEstimator watermarks = Watermarks.lagging(Duration.ofMillis(2));
    watermarks.observe(110);
    assertThat(watermarks.observe(Long.MAX_VALUE)).isEqualTo(108);
    assertThat(watermarks.observe(Long.MIN_VALUE)).isEqualTo(108);
  }

  @Test
  void observe_monotonous_returnsLargest() {
    WatermarkEstimator watermarks = Watermarks.monotonous();
    assertThat(LongStream.of(-3, -3, 7, 5).map(watermarks::observe).toArray())
        .containsExactly(-3, -3, 7, 7);
  }

  @Test
  void factories_invalidDurations_throwWithTheValue() {
    assertThatThrownBy(() -> Watermarks.lagging(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("lag must not be negative: PT-0.001S");
    assertThatThrownBy(() -> Watermarks.lagging(Duration.ZERO, Duration.ofMillis(-7)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxFuture must not be negative: PT-0.007S");
    assertThatThrownBy(() -> Watermarks.ofSources(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("idleAfter must be positive: PT0S");
  }

  @Test
  void watermark_severalSources_isTheSmallest() {
    WatermarkTracker<String> tracker = Watermarks.ofSources();
    tracker.add("a", 0);
    tracker.add("b", 0);
    tracker.report("a", 10, 0);
    assertThat(tracker.watermark(0)).as("b has not reported").isEqualTo(Long.MIN_VALUE);
    tracker.report("b", 5, 0);
    assertThat(tracker.watermark(0)).isEqualTo(5);
    tracker.report("b", 3, 0);
    assertThat(tracker.watermark(0)).isEqualTo(5);
    tracker.report("b", 20, 0);
    assertThat(tracker.watermark(0)).isEqualTo(10);
  }

  @Test
  void watermark_sourceWithoutReport_isIdleUntilItReports() {
    WatermarkTracker<String> tracker = Watermarks.ofSources(Duration.ofMillis(100));
    tracker.add("a", 0);
    tracker.add("b", 0);
    tracker.report("a", 10, 99);
    assertThat(tracker.watermark(99)).isEqualTo(Long.MIN_VALUE);
    assertThat(tracker.watermark(100)).as("b is idle").isEqualTo(10);
    tracker.report("b", 4, 120);
    assertThat(tracker.watermark(120)).as("b is behind, and back").isEqualTo(10);
    tracker.report("a", 50, 130);
    assertThat(tracker.watermark(130)).as("b counts").isEqualTo(10);
    tracker.report("b", 30, 140);
    assertThat(tracker.watermark(140)).isEqualTo(30);
  }

  @Test
  void watermark_allIdle_stays() {
    WatermarkTracker<Integer> tracker = Watermarks.ofSources();
    tracker.add(1, 0);
    tracker.report(1, 10, 0);
    assertThat(tracker.watermark(0)).isEqualTo(10);
    tracker.report(1, 11, 0);
    tracker.idle(1);
    assertThat(tracker.watermark(1_000)).isEqualTo(10);
    tracker.report(1, 12, 1_001);
    assertThat(tracker.watermark(1_001)).isEqualTo(12);
  }

  @Test
  void watermark_allSourcesDone_endsTheStream() {
    WatermarkTracker<Integer> tracker = Watermarks.ofSources();
    assertThat(tracker.watermark(0)).as("no source").isEqualTo(Long.MIN_VALUE);
    tracker.add(1, 0);
    tracker.add(2, 0);
    tracker.report(1, 10, 0);
    tracker.report(2, 20, 0);
    tracker.done(1);
    assertThat(tracker.watermark(0)).isEqualTo(20);
    tracker.idle(2);
    assertThat(tracker.watermark(0)).isEqualTo(20);
    tracker.done(2);
    assertThat(tracker.watermark(0)).isEqualTo(Long.MAX_VALUE);
    assertThatThrownBy(() -> tracker.report(1, 30, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a source that is done must not report: 1");
  }

  @Test
  void add_twiceOrReportUnknown_throws() {
    WatermarkTracker<String> tracker = Watermarks.ofSources();
    tracker.add("a", 0);
    assertThatThrownBy(() -> tracker.add("a", 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a source must be added once: a");
    assertThatThrownBy(() -> tracker.report("b", 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a source must be added first: b");
  }
}
