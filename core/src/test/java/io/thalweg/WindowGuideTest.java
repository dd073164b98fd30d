package io.thalweg;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.thalweg.anomaly.ZScore;
import io.thalweg.runner.RunSummary;
import io.thalweg.runner.Runner;
import io.thalweg.stats.Moments;
import io.thalweg.testing.RecordedResult;
import io.thalweg.testing.Recording;
import io.thalweg.window.AccumulationMode;
import io.thalweg.window.TrailingWindow;
import io.thalweg.window.WatermarkEstimator;
import io.thalweg.window.Watermarks;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The code that docs/windows.md shows. */
class WindowGuideTest {

  private record Reading(String device, double value, long time, long receivedAt) {
    Reading(String device, double value, long time) {
      this(device, value, time, time);
    }
  }

  @Test
  void operator_severalWindows_emitsResultsOfEach() {
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      readings.add(new Reading("pump-" + i % 2, i, 250L * i));
    }
    List<String> lines = new ArrayList<>();
    // region operator
    WindowedAggregator<String, Reading, Moments> operator =
        WindowedAggregator.of(
                Moments.over(Reading::value),
                Windows.tumbling(ofSeconds(10)),
                Windows.sliding(ofSeconds(10), ofSeconds(1)),
                Windows.session(ofSeconds(3)))
            .lateness(ofSeconds(5))
            .build();
    // endregion
    // region drive
    Output<String, Moments> results =
        Output.of(
            Output.ofWindows(
                (device, window, m) ->
                    lines.add(
                        device
                            + " query "
                            + window.query()
                            + " until "
                            + window.end()
                            + ": "
                            + m.mean())),
            (device, reading, time, watermark) -> lines.add(device + " is late: " + reading),
            (device, reading, time, reason) -> lines.add(device + " is rejected: " + reason));
    WatermarkEstimator watermarks = Watermarks.lagging(ofSeconds(2)); // up to 2 s of disorder
    for (Reading r : readings) {
      operator.process(r.device(), r, r.time(), results);
      operator.advance(watermarks.observe(r.time()), results);
    }
    operator.advance(Long.MAX_VALUE, results); // the stream ends
    // endregion
    assertThat(lines)
        .contains("pump-0 query 0 until 10000: 19.0", "pump-1 query 2 until 27750: 50.0")
        .noneMatch(line -> line.contains("is late") || line.contains("is rejected"));
  }

  @Test
  void runner_disorderedReadings_countsEachOnce() {
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      readings.add(new Reading("pump-" + i % 2, i == 7 ? Double.NaN : i, 250L * (i ^ 3)));
    }
    readings.add(new Reading("pump-1", 1, 500));
    List<String> lines = new ArrayList<>();
    // region runner
    RunSummary summary =
        Runner.of(Reading::device, Reading::time, ofSeconds(2))
            .add(
                ZScore.trailing(ofSeconds(10), Reading::value),
                (device, anomaly) -> lines.add(device + " is odd: " + anomaly))
            .add(
                WindowedAggregator.of(Moments.over(Reading::value), Windows.tumbling(ofSeconds(5)))
                    .build(),
                Output.ofWindows(
                    (device, window, m) -> lines.add(device + " until " + window.end())))
            .run(readings);
    // endregion
    assertThat(summary.toString().lines().limit(3))
        .containsExactly(
            "101 events: 99 processed, 1 late, 1 rejected",
            "  late: the timestamp must not be behind the watermark 22750: 500: "
                + readings.get(100),
            "  rejected: value must be finite: NaN: " + readings.get(7));
    assertThat(lines).contains("pump-1 until 25000");
  }

  @Test
  void runner_live_closesWindowsWhileIdle() {
    List<String> lines = new ArrayList<>();
    List<Reading> readings = List.of(new Reading("pump-1", 1, 1_000));
    // region live
    Runner<String, Reading> runner =
        Runner.of(Reading::device, Reading::time, ofSeconds(2))
            .add(perMinute(), Output.strict((device, n) -> lines.add(device + ": " + n)));
    for (Reading r : readings) {
      runner.accept(r);
    }
    runner.advance(60_000); // nothing has arrived for long enough
    RunSummary summary = runner.finish();
    // endregion
    assertThat(lines).containsExactly("pump-1: 1");
    assertThat(summary.processed()).isEqualTo(1);
  }

  @Test
  void counters_intoAMap_holdAllCounts() {
    WindowedAggregator<String, Reading, Long> operator =
        WindowedAggregator.of(Aggregates.<Reading>count(), Windows.tumbling(ofSeconds(10))).build();
    operator.process("a", new Reading("a", 1, 500), 500, (device, count) -> {});
    // region counters
    Map<String, Long> counters = new LinkedHashMap<>();
    operator.counters(counters::put);
    // endregion
    assertThat(counters).containsEntry("offered", 1L).containsEntry("admitted", 1L);
  }

  @Test
  void restore_ofASnapshot_continues() {
    WindowedAggregator<String, Reading, Long> operator = perMinute();
    operator.process("a", new Reading("a", 1, 500), 500, (device, count) -> {});
    // region snapshot
    Snapshot<String> saved = new Snapshot<>();
    operator.save(saved);
    byte[] file = Snapshot.codec(Codec.STRING).encode(saved);

    WindowedAggregator<String, Reading, Long> another = perMinute();
    another.restore(Snapshot.codec(Codec.STRING).decode(file));
    // endregion
    Recording<String, Long> out = new Recording<>();
    another.advance(60_000, out);
    assertThat(out.drain()).hasSize(1);
  }

  private static WindowedAggregator<String, Reading, Long> perMinute() {
    return WindowedAggregator.of(
            Aggregates.<Reading>count(), Windows.tumbling(Duration.ofMinutes(1)))
        .build();
  }

  @Test
  void maxKeys_furtherKey_isRejected() {
    // region limits
    WindowedAggregator<String, Reading, Long> operator =
        WindowedAggregator.of(Aggregates.<Reading>count(), Windows.session(ofSeconds(30)))
            .lateness(ofSeconds(5))
            .mode(AccumulationMode.RETRACTING)
            .maxKeys(2)
            .build();
    // endregion
    Recording<String, Long> out = new Recording<>();
    for (String key : List.of("a", "b", "c")) {
      operator.process(key, new Reading(key, 1, 90_000), 90_000, out);
    }
    assertThat(out.drain()).hasSize(1).first().isInstanceOf(RecordedResult.Rejection.class);
  }

  /** Every reading but the one from the future is counted, and none is late. */
  @Test
  void observe_readingFromTheFuture_isRejectedBeforeTheWatermark() {
    WindowedAggregator<String, Reading, Long> operator = perMinute();
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      readings.add(new Reading("pump-" + i % 7, 1, 1_000L * i, 1_000L * i));
    }
    readings.set(100, new Reading("fast", 1, 86_500_000, 100_000));
    List<Reading> rejected = new ArrayList<>();
    Recording<String, Long> results = new Recording<>();
    // region future
    WatermarkEstimator watermarks = Watermarks.lagging(ofSeconds(2), ofSeconds(60));
    for (Reading r : readings) {
      if (watermarks.observe(r.time(), r.receivedAt())) {
        operator.process(r.device(), r, r.time(), results);
        operator.advance(watermarks.watermark(), results);
      } else {
        rejected.add(r); // the clock of the device is wrong
      }
    }
    // endregion
    assertThat(rejected).containsExactly(readings.get(100));
    Map<String, Long> counters = new LinkedHashMap<>();
    operator.counters(counters::put);
    assertThat(counters).containsEntry("admitted", 999L).containsEntry("late", 0L);
  }

  @Test
  void trailing_eachEvent_isAnswered() {
    List<String> lines = new ArrayList<>();
    // region trailing
    TrailingWindow<String, Reading, Moments> before =
        TrailingWindow.over(Moments.over(Reading::value))
            .last(ofSeconds(10))
            .excludingEvent()
            .lateness(ofSeconds(2))
            .build();
    before.process(
        "pump-1", new Reading("pump-1", 51, 1_000), 1_000, (device, m) -> lines.add("first"));
    before.process(
        "pump-1",
        new Reading("pump-1", 53, 2_000),
        2_000,
        (device, m) -> lines.add(device + " had " + m.mean() + " before"));
    // endregion
    assertThat(lines).containsExactly("pump-1 had 51.0 before");
  }

  @Test
  void errors_each_areListedInTheGuide() throws IOException {
    List<String> messages = new ArrayList<>();
    messages.add(thrown(() -> Windows.tumbling(Duration.ZERO)));
    messages.add(thrown(() -> Windows.cumulative(ofSeconds(10), ofSeconds(3))));
    messages.add(thrown(() -> Windows.tumbling(Duration.ofNanos(1_500))));
    WindowedAggregator.Builder<Reading, Moments> sessions =
        WindowedAggregator.of(
                Moments.over(Reading::value),
                Windows.<Reading>session(r -> (long) r.value(), ofSeconds(60)))
            .maxKeys(1);
    messages.add(thrown(() -> sessions.lateness(ofSeconds(-1))));

    WindowedAggregator<String, Reading, Moments> operator = sessions.build();
    Recording<String, Moments> out = new Recording<>();
    for (Reading r :
        List.of(
            new Reading("pump-1", 5, Long.MAX_VALUE),
            new Reading("pump-1", 0, 1_000),
            new Reading("pump-1", 5, 1_000),
            new Reading("pump-2", 5, 1_000))) {
      operator.process(r.device(), r, r.time(), out);
    }
    WindowedAggregator<String, Reading, Moments> means =
        WindowedAggregator.of(Moments.over(Reading::value), Windows.global()).build();
    means.process("pump-1", new Reading("pump-1", Double.NaN, 1_000), 1_000, out);
    for (RecordedResult<String, Moments> each : out.drain()) {
      messages.add(((RecordedResult.Rejection<String, Moments>) each).reason());
    }

    Snapshot<String> saved = new Snapshot<>();
    operator.save(saved);
    WindowedAggregator<String, Reading, Moments> another =
        WindowedAggregator.of(Moments.over(Reading::value), Windows.global()).build();
    messages.add(thrown(() -> another.restore(saved)));
    Snapshot<String> counts = new Snapshot<>();
    perMinute().save(counts);
    messages.add(thrown(() -> another.restore(counts)));
    byte[] file = Snapshot.codec(Codec.STRING).encode(saved);
    file[file.length / 2] ^= 1;
    messages.add(
        thrown(() -> Snapshot.codec(Codec.STRING).decode(file)).replaceAll(" in \\d+ bytes", ""));

    assertThat(messages).doesNotHaveDuplicates().hasSize(11);
    assertThat(Path.of("../docs/windows.md")).content().contains(messages);
  }

  private static String thrown(Executable call) {
    return assertThrows(IllegalArgumentException.class, call).getMessage();
  }
}
