package io.thalweg.anomaly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.Codec;
import io.thalweg.Output;
import io.thalweg.Snapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ZScoreTest {

  private record Reading(double value) {}

  private record Event(String key, double value, long time) {}

  private static List<Event> stream(long seed, int length) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Event> events = new ArrayList<>();
    long time = 1_700_000_000_000L;
    for (int i = 0; i < length; i++) {
      time += random.nextInt(200);
      double value =
          random.nextInt(20) == 0 ? 50 + random.nextInt(20, 50) : 45 + random.nextDouble() * 10;
      events.add(new Event("device_" + random.nextInt(4), value, time));
    }
    return events;
  }

  private static List<Anomaly> run(ZScore<String, Reading> detector, List<Event> events) {
    List<Anomaly> anomalies = new ArrayList<>();
    events.forEach(
        e ->
            detector.process(
                e.key, new Reading(e.value), e.time, (key, anomaly) -> anomalies.add(anomaly)));
    return anomalies;
  }

  /** Recomputes every window in two passes. */
  private static List<Anomaly> recomputed(List<Event> events, long size, double threshold) {
    List<Anomaly> anomalies = new ArrayList<>();
    Map<String, List<Event>> before = new HashMap<>();
    for (Event e : events) {
      List<Event> seen = before.computeIfAbsent(e.key, k -> new ArrayList<>());
      List<Event> window = seen.stream().filter(b -> b.time > e.time - size).toList();
      if (window.size() >= 10) {
        double mean = window.stream().mapToDouble(Event::value).sum() / window.size();
        double squares =
            window.stream().mapToDouble(b -> (b.value - mean) * (b.value - mean)).sum();
        double sd = Math.sqrt(squares / (window.size() - 1));
        double z = Math.abs(e.value - mean) / sd;
        if (z > threshold) {
          List<Double> recent = new ArrayList<>();
          seen.subList(seen.size() - 4, seen.size()).forEach(b -> recent.add(b.value));
          recent.add(e.value);
          anomalies.add(new Anomaly(e.time, e.value, z, mean, sd, recent));
        }
      }
      seen.add(e);
    }
    return anomalies;
  }

  @Property(tries = 50)
  void process_randomReadings_equalsRecomputation(@ForAll long seed) {
    List<Event> events = stream(seed, 400);
    List<Anomaly> actual = run(ZScore.trailing(Duration.ofSeconds(10), Reading::value), events);
    List<Anomaly> expected = recomputed(events, 10_000, 2.0);
    assertThat(actual).as("seed %d", seed).hasSameSizeAs(expected);
    for (int i = 0; i < actual.size(); i++) {
      Anomaly a = actual.get(i);
      Anomaly e = expected.get(i);
      assertThat(a.timestamp()).isEqualTo(e.timestamp());
      assertThat(a.recent()).isEqualTo(e.recent());
      assertThat(a.expected()).isCloseTo(e.expected(), within(1e-9));
      assertThat(a.scale()).isCloseTo(e.scale(), within(1e-9));
      assertThat(a.score()).isCloseTo(e.score(), within(1e-9));
    }
  }

  @Property(tries = 30)
  void restore_savedAnywhere_resultsAreEqual(@ForAll long seed) {
    List<Event> events = stream(seed, 300);
    for (boolean book : new boolean[] {false, true}) {
      ZScore<String, Reading> whole = detector(book);
      List<Anomaly> expected = run(whole, events);
      Snapshot<String> saved = new Snapshot<>();
      ZScore<String, Reading> restarted = detector(book);
      List<Anomaly> actual = new ArrayList<>();
      SplittableRandom random = new SplittableRandom(seed);
      for (int from = 0; from < events.size(); ) {
        int to = Math.min(events.size(), from + 1 + random.nextInt(60));
        actual.addAll(run(restarted, events.subList(from, to)));
        restarted.saveChanges(saved);
        Codec<Snapshot<String>> codec = Snapshot.codec(Codec.STRING);
        restarted = detector(book);
        restarted.restore(codec.decode(codec.encode(saved)));
        from = to;
      }
      assertThat(actual).as("seed %d", seed).isEqualTo(expected);
      assertThat(counters(restarted)).isEqualTo(counters(whole));
    }
  }

  private static ZScore<String, Reading> detector(boolean book) {
    return book
        ? ZScore.bookCompatible(Duration.ofSeconds(10), Reading::value)
        : ZScore.trailing(Duration.ofSeconds(10), Reading::value);
  }

  private static Map<String, Long> counters(ZScore<String, Reading> detector) {
    Map<String, Long> counters = new HashMap<>();
    detector.counters(counters::put);
    return counters;
  }

  @Test
  void process_valueInItsOwnWindow_cannotExceedRootOfNMinusOne() {
    for (int n = 5; n <= 12; n++) {
      ZScore<String, Reading> book =
          ZScore.<Reading>over(Reading::value)
              .last(Duration.ofSeconds(10))
              .bookCompatible()
              .threshold(1e-6)
              .build();
      List<Event> events = new ArrayList<>();
      for (int i = 1; i < n; i++) {
        events.add(new Event("d", 50, i));
      }
      events.add(new Event("d", 1e12, n));
      List<Anomaly> anomalies = run(book, events);
      assertThat(anomalies).hasSize(1);
      assertThat(anomalies.get(0).score()).isCloseTo(Math.sqrt(n - 1), within(1e-9));
    }
  }

  @Test
  void process_constantThenStep_scaleIsFloor() {
    ZScore<String, Reading> detector =
        ZScore.<Reading>over(Reading::value).last(20).floor(0.5).build();
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      events.add(new Event("d", 7.5, i));
    }
    events.add(new Event("d", 8.0, 20));
    events.add(new Event("d", 9.0, 21));
    List<Anomaly> anomalies = run(detector, events);
    assertThat(anomalies).hasSize(1);
    assertThat(anomalies.get(0).scale()).isEqualTo(0.5);
  }

  @Test
  void process_badValues_areRejectedAndChangeNothing() {
    List<Event> good = stream(7, 200);
    List<Event> mixed = new ArrayList<>();
    for (Event e : good) {
      mixed.add(new Event(e.key, Double.NaN, e.time));
      mixed.add(e);
      mixed.add(new Event(e.key, Double.NEGATIVE_INFINITY, e.time));
      mixed.add(new Event(e.key, 50, Long.MAX_VALUE));
    }
    List<String> reasons = new ArrayList<>();
    ZScore<String, Reading> detector = detector(false);
    List<Anomaly> anomalies = new ArrayList<>();
    Output<String, Anomaly> out =
        new Output<>() {
          @Override
          public void emit(String key, Anomaly value) {
            anomalies.add(value);
          }

          @Override
          public void reject(String key, Object event, long timestamp, String reason) {
            reasons.add(reason);
          }
        };
    mixed.forEach(e -> detector.process(e.key, new Reading(e.value), e.time, out));
    assertThat(anomalies).isEqualTo(run(detector(false), good));
    assertThat(reasons).hasSize(3 * good.size());
    assertThat(reasons)
        .contains("value must be finite: NaN", "timestamp is reserved: 9223372036854775807");
    assertThat(counters(detector)).containsEntry("rejected", 3L * good.size());
  }

  @Test
  void build_badOptions_areRefused() {
    ZScore.Builder<Reading> builder = ZScore.over(Reading::value);
    assertThatThrownBy(builder::build).hasMessageContaining("last(size) or last(n)");
    assertThatThrownBy(() -> builder.threshold(0))
        .hasMessage("threshold must be above 0 and finite: 0.0");
    assertThatThrownBy(() -> builder.floor(Double.NaN)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> builder.floor(-1)).hasMessageContaining("-1.0");
    assertThatThrownBy(() -> builder.minValues(1)).hasMessageContaining("at least 2");
    assertThatThrownBy(() -> builder.last(0)).hasMessage("n must be positive: 0");
    assertThatThrownBy(() -> builder.last(Duration.ZERO)).hasMessage("size must be positive: 0");
    assertThatThrownBy(() -> builder.last(3).bookCompatible().build())
        .hasMessageContaining("goes by time");
  }

  @Test
  void bookCompatible_isTheCombinationOfItsOptions() {
    List<Event> events = stream(11, 500);
    ZScore<String, Reading> options =
        ZScore.<Reading>over(Reading::value)
            .last(Duration.ofSeconds(10))
            .includingEvent()
            .closedWindow()
            .populationDeviation()
            .minValues(5)
            .floor(0)
            .build();
    ZScore<String, Reading> book = detector(true);
    assertThat(run(options, events)).isEqualTo(run(book, events)).isNotEmpty();
    assertThat(counters(options)).isEqualTo(counters(book));
  }

  @Test
  void process_eachOption_changesTheScoreAsDocumented() {
    double[] values = {1, 2, 3, 4, 100};
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      events.add(new Event("d", values[i], 10 * i));
    }
    assertThat(score(events, options().last(100))).isEqualTo(97.5 / Math.sqrt(5.0 / 3));
    assertThat(score(events, options().last(100).populationDeviation()))
        .isEqualTo(97.5 / Math.sqrt(5.0 / 4));
    assertThat(score(events, options().last(100).includingEvent()))
        .isCloseTo(78 / Math.sqrt(7610.0 / 4), within(1e-12));
    assertThat(score(events, options().last(Duration.ofMillis(20))))
        .as("20 < timestamp < 40, too few")
        .isNaN();
    assertThat(score(events, options().last(Duration.ofMillis(20)).closedWindow()))
        .as("values 3 and 4")
        .isEqualTo(96.5 / Math.sqrt(0.5));
    assertThat(score(events, options().last(100).minValues(5))).isNaN();
  }

  private static ZScore.Builder<Reading> options() {
    return ZScore.<Reading>over(Reading::value).minValues(2);
  }

  /** The score of the last event, NaN if it is no anomaly. */
  private static double score(List<Event> events, ZScore.Builder<Reading> builder) {
    List<Anomaly> anomalies = run(builder.threshold(1.5).build(), events);
    long last = events.get(events.size() - 1).time;
    return anomalies.stream()
        .filter(a -> a.timestamp() == last)
        .mapToDouble(Anomaly::score)
        .findAny()
        .orElse(Double.NaN);
  }

  @Test
  void process_noDeviationAndNoFloor_isNotScored() {
    ZScore<String, Reading> detector = options().last(20).floor(0).build();
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      events.add(new Event("d", 7.5, i));
    }
    events.add(new Event("d", 8.0, 5));
    assertThat(run(detector, events)).isEmpty();
    assertThat(counters(detector)).containsEntry("scored", 0L);
  }

  /** A reading every 100 ms, each up to half a second out of order. */
  private static List<Event> disordered(int length) {
    SplittableRandom random = new SplittableRandom(5);
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      events.add(new Event("d", random.nextDouble(), 100L * i));
    }
    Map<Event, Long> arrival = new HashMap<>();
    events.forEach(e -> arrival.put(e, e.time + random.nextInt(500)));
    events.sort(Comparator.comparing(arrival::get));
    return events;
  }

  @Test
  void process_disorderByDefault_isNotLate() {
    ZScore<String, Reading> detector = detector(false);
    for (Event e : disordered(10_000)) {
      run(detector, List.of(e));
      detector.advance(e.time - 500, (key, anomaly) -> {});
    }
    assertThat(counters(detector)).containsEntry("late", 0L).containsEntry("admitted", 10_000L);
  }

  @Test
  void process_latenessZero_eventBehindItsKeyIsLate() {
    ZScore<String, Reading> detector =
        ZScore.<Reading>over(Reading::value)
            .last(Duration.ofSeconds(10))
            .lateness(Duration.ZERO)
            .build();
    run(detector, List.of(new Event("d", 1, 200), new Event("d", 1, 199)));
    assertThat(counters(detector)).containsEntry("late", 1L).containsEntry("admitted", 1L);
  }

  /** States of earlier releases have the lateness zero. */
  @Test
  void restore_otherLatenessThanTheDefault_isKept() {
    ZScore<String, Reading> saved =
        ZScore.<Reading>over(Reading::value)
            .last(Duration.ofSeconds(10))
            .lateness(Duration.ZERO)
            .build();
    List<Event> events = disordered(400);
    run(saved, events.subList(0, 200));
    Snapshot<String> snapshot = new Snapshot<>();
    saved.save(snapshot);

    ZScore<String, Reading> restored = detector(false);
    restored.restore(snapshot);

    assertThat(run(restored, events.subList(200, 400)))
        .isEqualTo(run(saved, events.subList(200, 400)));
    assertThat(counters(restored)).isEqualTo(counters(saved));
    ZScore<String, Reading> given =
        ZScore.<Reading>over(Reading::value)
            .last(Duration.ofSeconds(10))
            .lateness(Duration.ofSeconds(1))
            .build();
    assertThatThrownBy(() -> given.restore(snapshot))
        .hasMessageContaining("saved last 10000 ms excluding the event, lateness 0 ms")
        .hasMessageContaining("now last 10000 ms excluding the event, lateness 1000 ms");
  }
}
