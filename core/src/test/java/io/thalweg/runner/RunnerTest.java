package io.thalweg.runner;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregates;
import io.thalweg.Codec;
import io.thalweg.CountingOutput;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.anomaly.Anomaly;
import io.thalweg.anomaly.ZScore;
import io.thalweg.stats.Moments;
import io.thalweg.testing.RecordedResult;
import io.thalweg.testing.Recording;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RunnerTest {

  private record Reading(String device, double value, long time) {}

  private static ZScore<String, Reading> detector() {
    return ZScore.<Reading>over(Reading::value).last(ofSeconds(1)).minValues(3).build();
  }

  private static WindowedAggregator<String, Reading, Moments> windows() {
    return WindowedAggregator.of(
            Moments.over(Reading::value),
            Windows.tumbling(ofMillis(500)),
            Windows.session(ofMillis(90)))
        .build();
  }

  /** A processor whose results depend on the order of the events. */
  private static Processor<String, Reading, String> sequence() {
    return Processor.keyed(
        StringBuilder::new,
        Codec.of(
            "test.text",
            (text, out) -> out.writeUTF(text.toString()),
            in -> new StringBuilder(in.readUTF())),
        ofSeconds(60),
        (text, key, reading, time, out) -> out.emit(key, text.append(' ').append(time).toString()));
  }

  private static Runner<String, Reading> runner(Duration disorder) {
    return Runner.of(Reading::device, Reading::time, disorder);
  }

  /** Readings in the order of their timestamps, and of their arrival for equal ones. */
  private static List<Reading> ordered(List<Reading> arrived) {
    List<Reading> sorted = new ArrayList<>(arrived);
    sorted.sort(Comparator.comparingLong(Reading::time));
    return sorted;
  }

  /** Readings that are at most {@code disorder} behind the largest timestamp before them. */
  private static List<Reading> disordered(SplittableRandom random, int length, int disorder) {
    List<Reading> readings = new ArrayList<>();
    long largest = 0;
    for (int i = 0; i < length; i++) {
      long time = largest + random.nextInt(-disorder, 60);
      readings.add(new Reading("d" + random.nextInt(4), random.nextInt(100), time));
      largest = Math.max(largest, time);
    }
    return readings;
  }

  private static <O> List<RecordedResult<String, O>> direct(
      Processor<String, Reading, O> processor, List<Reading> readings) {
    Recording<String, O> out = new Recording<>();
    for (Reading r : readings) {
      processor.process(r.device, r, r.time, out);
      processor.advance(r.time, out);
    }
    processor.advance(Long.MAX_VALUE, out);
    return out.drain();
  }

  @Property(tries = 200)
  void run_disorderWithinTheBound_equalsDirectCallsInOrder(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int disorder = 1 + random.nextInt(400);
    List<Reading> arrived = disordered(random, 300, disorder);
    Recording<String, Anomaly> anomalies = new Recording<>();
    Recording<String, Moments> moments = new Recording<>();
    Recording<String, String> texts = new Recording<>();
    RunSummary summary =
        runner(ofMillis(disorder))
            .add(detector(), anomalies)
            .add(windows(), moments)
            .add(sequence(), texts)
            .run(arrived);
    assertThat(anomalies.drain())
        .as("seed %d", seed)
        .isEqualTo(direct(detector(), ordered(arrived)));
    assertThat(moments.drain()).as("seed %d", seed).isEqualTo(direct(windows(), ordered(arrived)));
    assertThat(texts.drain()).as("seed %d", seed).isEqualTo(direct(sequence(), ordered(arrived)));
    assertThat(List.of(summary.processed(), summary.late(), summary.rejected(), summary.waiting()))
        .containsExactly(300L, 0L, 0L, 0L);
  }

  /** Nothing waits if no processor needs an order. */
  @Property(tries = 100)
  void run_windowsAlone_equalsDirectCallsInOrder(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int disorder = 1 + random.nextInt(400);
    List<Reading> arrived = disordered(random, 300, disorder);
    Recording<String, Long> counts = new Recording<>();
    Runner<String, Reading> runner = runner(ofMillis(disorder)).add(counts(Duration.ZERO), counts);
    arrived.forEach(runner::accept);
    assertThat(runner.summary().waiting()).isZero();
    assertThat(runner.finish().late()).isZero();
    assertThat(counts.drain())
        .as("seed %d", seed)
        .containsExactlyInAnyOrderElementsOf(direct(counts(Duration.ZERO), ordered(arrived)));
  }

  private static WindowedAggregator<String, Reading, Long> counts(Duration lateness) {
    return WindowedAggregator.of(Aggregates.<Reading>count(), Windows.tumbling(ofMillis(500)))
        .lateness(lateness)
        .build();
  }

  /** Every kind of refusal, and disorder beyond the bound. */
  @Property(tries = 200)
  void accept_anyEvents_areAllAccountedFor(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Reading> arrived = disordered(random, 300, 400);
    for (int i = 0; i < 30; i++) {
      int at = random.nextInt(arrived.size());
      Reading r = arrived.get(at);
      arrived.set(
          at,
          switch (random.nextInt(4)) {
            case 0 -> null;
            case 1 -> new Reading(null, 1, 5);
            case 2 -> new Reading("d1", Double.NaN, r == null ? 7 : r.time);
            default -> new Reading("d1", 1, random.nextBoolean() ? Long.MAX_VALUE : Long.MIN_VALUE);
          });
    }
    long disorder = random.nextInt(300);
    long unreadable = 0;
    long behind = 0;
    long notFinite = 0;
    long largest = Long.MIN_VALUE + disorder;
    for (Reading r : arrived) {
      if (r == null || r.device == null || r.time == Long.MAX_VALUE || r.time == Long.MIN_VALUE) {
        unreadable++;
      } else if (r.time < largest - disorder) {
        behind++;
      } else {
        notFinite += Double.isNaN(r.value) ? 1 : 0;
        largest = Math.max(largest, r.time);
      }
    }
    List<Object> handled = new ArrayList<>();
    CountingOutput<String, Anomaly> anomalies = new CountingOutput<>((key, a) -> {});
    Runner<String, Reading> runner =
        runner(ofMillis(disorder))
            .onUnreadable((event, reason) -> handled.add(event))
            .add(detector(), anomalies)
            .add(counts(ofMillis(100)), (key, n) -> {});
    for (Reading r : arrived) {
      runner.accept(r);
      assertAccounted(runner.summary());
    }
    RunSummary summary = runner.finish();
    assertAccounted(summary);
    assertThat(summary.events()).isEqualTo(300);
    assertThat(summary.rejected()).as("seed %d", seed).isEqualTo(unreadable + notFinite);
    assertThat(summary.late()).as("seed %d", seed).isEqualTo(behind);
    assertThat(handled).hasSize((int) unreadable);
    RunSummary.OfProcessor scored = summary.processors().get(0);
    assertThat(scored.events()).isEqualTo(300 - unreadable);
    assertThat(scored.late()).isEqualTo(behind).isEqualTo(anomalies.lateEvents());
    assertThat(scored.rejected()).isEqualTo(notFinite);
    RunSummary.OfProcessor counted = summary.processors().get(1);
    assertThat(counted.events()).isEqualTo(counted.counters().get("offered"));
    assertThat(counted.late()).isEqualTo(counted.counters().get("late"));
  }

  private static void assertAccounted(RunSummary s) {
    assertThat(s.processed() + s.late() + s.rejected() + s.waiting()).isEqualTo(s.events());
  }

  /** The detector and the disorder of the guide: nothing is late, and no idle key is held. */
  @Test
  void run_readingsWithHalfASecondOfDisorder_noneIsLate() {
    SplittableRandom random = new SplittableRandom(11);
    List<Reading> readings = new ArrayList<>();
    Map<Reading, Long> arrival = new HashMap<>();
    for (int i = 0; i < 10_000; i++) {
      Reading reading = new Reading("pump-" + i / 20, i, 100L * i);
      readings.add(reading);
      arrival.put(reading, reading.time + random.nextInt(500));
    }
    readings.sort(Comparator.comparing(arrival::get));
    Runner<String, Reading> runner =
        runner(ofMillis(500)).add(ZScore.trailing(ofSeconds(10), Reading::value), (key, a) -> {});
    readings.forEach(runner::accept);
    assertThat(runner.summary().processors().get(0).counters().get("keys")).isLessThan(20);
    RunSummary summary = runner.finish();
    assertThat(summary.processed()).isEqualTo(10_000);
    assertThat(summary.toString())
        .isEqualTo(
            "10,000 events: 10,000 processed, 0 late, 0 rejected%nZScore: 0 results, 0 late, 0 rejected"
                .formatted());
    assertThat(summary.processors().get(0).counters().get("keys")).isZero();
  }

  @Test
  void toString_lateAndRejectedEvents_areShownAlsoForALambda() {
    RunSummary summary =
        runner(ofSeconds(1))
            .add(detector(), (key, a) -> {})
            .run(
                List.of(
                    new Reading("a", 1, 5_000),
                    new Reading("a", Double.NaN, 5_001),
                    new Reading("a", 1, 3_000)));
    assertThat(summary.toString().lines())
        .containsExactly(
            "3 events: 1 processed, 1 late, 1 rejected",
            "  late: the timestamp must not be behind the watermark 4001: 3000: Reading[device=a, value=1.0, time=3000]",
            "  rejected: value must be finite: NaN: Reading[device=a, value=NaN, time=5001]",
            "ZScore: 0 results, 1 late, 1 rejected");
    assertThat(summary.firstLate()).hasSize(1);
  }

  @Test
  void toString_manyRefusals_showsTheFirstAndTheNumberOfTheOthers() {
    Runner<String, Reading> runner = runner(Duration.ZERO);
    for (int i = 0; i < 1_200; i++) {
      runner.reject("line " + i, "must be a number");
    }
    assertThat(runner.finish().toString().lines())
        .hasSize(7)
        .contains("  rejected: must be a number: line 4", "  rejected: 1,195 more");
  }

  /** A late event of a window within its lateness corrects the result at once. */
  @Test
  void accept_lateEventWithinTheLateness_correctsTheResult() {
    List<String> lines = new ArrayList<>();
    Runner<String, Reading> runner =
        runner(Duration.ZERO)
            .add(
                counts(ofSeconds(1)),
                Output.ofWindows((key, window, n) -> lines.add(window.timing() + " " + n)));
    runner.accept(new Reading("a", 1, 100));
    runner.accept(new Reading("a", 1, 600));
    runner.accept(new Reading("a", 1, 200));
    assertThat(lines).containsExactly("ON_TIME 1", "LATE 2");
    assertThat(runner.finish().late()).isZero();
  }

  @Test
  void accept_eventFromTheFuture_isRejectedAndLeavesTheWatermark() {
    RunSummary summary =
        Runner.of(Reading::device, Reading::time, ofSeconds(1))
            .maxFuture(r -> 10_000, ofSeconds(60))
            .add(counts(Duration.ZERO), (key, n) -> {})
            .run(Stream.of(new Reading("a", 1, 90_000), new Reading("a", 1, 10_000)));
    assertThat(summary.rejected()).isEqualTo(1);
    assertThat(summary.processed()).isEqualTo(1);
    assertThat(summary.firstRejected().get(0).reason()).endsWith("bound on the future: 90000");
  }

  @Test
  void accept_readerThrows_rejectsTheEventAndGoesOn() {
    RunSummary summary =
        Runner.<String, String>of(s -> s.substring(0, 1), Long::parseLong, Duration.ZERO)
            .add(Processor.stateless((key, s, time, out) -> out.emit(key, s)), (key, s) -> {})
            .run(List.of("12", "", "x", "13"));
    assertThat(summary.processed()).isEqualTo(2);
    assertThat(summary.firstRejected())
        .extracting(RunSummary.Refusal::reason)
        .satisfiesExactly(
            reason -> assertThat(reason).startsWith("key must be readable: "),
            reason ->
                assertThat(reason).startsWith("event time must be readable: ").contains("\"x\""));
  }

  @Test
  void advance_whileIdle_emitsDueResultsAndMakesEarlierEventsLate() {
    List<String> lines = new ArrayList<>();
    Runner<String, Reading> runner =
        runner(ofSeconds(5)).add(counts(Duration.ZERO), (key, n) -> lines.add(key + " " + n));
    runner.accept(new Reading("a", 1, 100));
    runner.early();
    assertThat(lines).containsExactly("a 1");
    runner.advance(600);
    runner.advance(300);
    assertThat(lines).containsExactly("a 1", "a 1");
    runner.accept(new Reading("a", 1, 400));
    assertThat(runner.summary().late()).isEqualTo(1);
    runner.accept(new Reading("a", 1, 700));
    assertThat(runner.finish().processed()).isEqualTo(2);
  }

  @Test
  void run_sourceWithUnreadableRecords_countsThemAsRejected() throws IOException {
    Source<Reading> source =
        (events, rejected) -> {
          events.accept(new Reading("a", 1, 1));
          rejected.accept("???", "line 2: must be a number");
        };
    RunSummary summary = runner(Duration.ZERO).add(detector(), (key, a) -> {}).run(source);
    assertThat(summary.events()).isEqualTo(2);
    assertThat(summary.firstRejected())
        .containsExactly(new RunSummary.Refusal("???", "line 2: must be a number"));
  }

  @Test
  void run_streamAndItsEnd_closesTheStreamAndRefusesFurtherEvents() {
    boolean[] closed = {false};
    Runner<String, Reading> runner = runner(Duration.ZERO);
    runner.run(Stream.of(new Reading("a", 1, 1)).parallel().onClose(() -> closed[0] = true));
    assertThat(closed[0]).isTrue();
    assertThatThrownBy(() -> runner.accept(new Reading("a", 1, 1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the stream has ended");
    assertThatThrownBy(() -> runner.add(detector(), (key, a) -> {}))
        .hasMessageContaining("complete before its first event");
  }

  @Test
  void accept_outputThrows_endsTheRunner() {
    Runner<String, Reading> runner =
        runner(Duration.ZERO).add(counts(Duration.ZERO), Output.strict((key, n) -> {}));
    runner.accept(new Reading("a", 1, 5_000));
    assertThatThrownBy(() -> runner.accept(new Reading("a", 1, 100)))
        .hasMessageContaining("no event must be late");
    assertThatThrownBy(runner::finish)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has ended");
    assertThat(runner.summary().events()).isEqualTo(2);
  }

  @Test
  void accept_withinAnOutput_isRefused() {
    List<Runner<String, Reading>> self = new ArrayList<>();
    Runner<String, Reading> runner =
        runner(Duration.ZERO)
            .add(counts(Duration.ZERO), (key, n) -> self.get(0).accept(new Reading("b", 1, 1)));
    self.add(runner);
    runner.accept(new Reading("a", 1, 1));
    assertThatThrownBy(runner::finish).hasMessageContaining("must not call its own operator");
  }
}
