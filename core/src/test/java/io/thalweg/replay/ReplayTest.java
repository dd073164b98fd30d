package io.thalweg.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.anomaly.AnomalyDetection;
import io.thalweg.anomaly.Detection;
import io.thalweg.anomaly.Detectors;
import io.thalweg.anomaly.Incident;
import io.thalweg.anomaly.Score;
import io.thalweg.file.Reading;
import io.thalweg.file.ReadingFile;
import io.thalweg.replay.ScoredReading.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayTest {

  @TempDir private Path folder;

  private static Replay replay() {
    return Replay.of(AnomalyDetection.of(Detectors.decayedZ(0.01), Reading::number).build());
  }

  private static Reading reading(int line, String key, long time, double value) {
    return new Reading(line, "t" + time, "v" + value, key, "", time, value, null);
  }

  @Provide
  Arbitrary<List<Reading>> records() {
    Arbitrary<String> keys = Arbitraries.of("a", "b");
    Arbitrary<Long> times =
        Arbitraries.longs().between(0, 50_000_000).map(t -> t / 60_000 * 60_000);
    Arbitrary<Double> values =
        Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(8, Arbitraries.doubles().between(-100, 100)),
            net.jqwik.api.Tuple.of(1, Arbitraries.of(Double.NaN, Double.POSITIVE_INFINITY, 1e300)));
    Arbitrary<Reading> readable =
        Combinators.combine(keys, times, values)
            .as((key, time, value) -> reading(1, key, time, value));
    Arbitrary<Reading> broken =
        Arbitraries.strings()
            .ofMaxLength(3)
            .map(text -> new Reading(1, "", text, "", "", 0, Double.NaN, "broken"));
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(9, readable), net.jqwik.api.Tuple.of(1, broken))
        .list()
        .ofMaxSize(300);
  }

  @Property(tries = 200)
  void run_anyRecords_givesOneRowForEachInOrder(@ForAll("records") List<Reading> records)
      throws IOException {
    List<ScoredReading> rows = new ArrayList<>();
    Replay replay = replay();
    replay.run(
        (readings, rejected) ->
            records.forEach(
                each -> {
                  if (each.isReadable()) {
                    readings.accept(each);
                  } else {
                    rejected.accept(each, each.fault());
                  }
                }),
        rows::add);

    assertThat(rows).extracting(ScoredReading::reading).isEqualTo(records);
    assertThat(replay.records()).isEqualTo(records.size());
    assertThat(rows)
        .allSatisfy(
            row -> {
              boolean isScored = row.score() != null && !Double.isNaN(row.score().probability());
              assertThat(isScored).isEqualTo(row.outcome() == Outcome.JUDGED);
              assertThat(row.outcome() == Outcome.UNREADABLE)
                  .isEqualTo(!row.reading().isReadable());
              assertThat(row.reason() == null).isEqualTo(row.score() != null);
            });
  }

  @Test
  void run_spike_isAnAlertAtItsRow() throws IOException {
    StringBuilder csv = new StringBuilder("timestamp,value\n");
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 500; i++) {
      csv.append(i * 60).append(',').append(i == 400 ? 500 : random.nextInt(100)).append('\n');
    }
    Path file = Files.writeString(folder.resolve("a.csv"), csv);
    List<String> alerts = new ArrayList<>();
    // region replay
    Replay replay =
        Replay.of(AnomalyDetection.of(Detectors.decayedZ(0.01), Reading::number).build());
    replay.run(
        ReadingFile.of(file),
        row -> {
          if (row.isAlert()) {
            alerts.add(row.reading().time() + ' ' + row.incidents().get(0).summary());
          }
        });
    // endregion

    assertThat(alerts)
        .singleElement()
        .asString()
        .startsWith("24000 opened: ")
        .contains("standard deviations above the mean; value 500.000, expected ");
    assertThat(replay.records()).isEqualTo(500);
    assertThat(replay.alerts()).isEqualTo(1);
    assertThat(replay.count(Outcome.JUDGED)).isEqualTo(430);
    assertThat(replay.count(Outcome.LEARNING)).isEqualTo(70);
  }

  @Test
  void run_timesBackwardAndEqual_areAnsweredEach() throws IOException {
    List<ScoredReading> rows = new ArrayList<>();
    replay()
        .run(
            (readings, rejected) -> {
              readings.accept(reading(1, "", 10, 1));
              readings.accept(reading(2, "", 10, 2));
              readings.accept(reading(3, "", 5, 3));
              readings.accept(reading(4, "other", 5, 3));
              readings.accept(reading(5, "", 11, 4));
            },
            rows::add);
    assertThat(rows)
        .extracting(ScoredReading::outcome)
        .containsExactly(
            Outcome.LEARNING, Outcome.LEARNING, Outcome.LATE, Outcome.LEARNING, Outcome.LEARNING);
    assertThat(rows.get(2).reason())
        .isEqualTo("line 3: time must not be before that of an earlier record: t5");
  }

  @Test
  void run_silence_isAnAlertAtTheReadingThatEndsIt() throws IOException {
    List<ScoredReading> rows = new ArrayList<>();
    replay()
        .run(
            (readings, rejected) -> {
              long time = 0;
              for (int i = 0; i < 40; i++) {
                time += Duration.ofMinutes(i == 30 ? 240 : 5).toMillis();
                readings.accept(reading(i, "", time, i % 7));
              }
            },
            rows::add);
    assertThat(rows).filteredOn(ScoredReading::isAlert).singleElement().isSameAs(rows.get(30));
    assertThat(rows.get(30).incidents())
        .extracting(Incident::state)
        .containsExactly(Incident.State.OPENED, Incident.State.CLOSED);
  }

  @Test
  void run_sourceOfOtherRecords_keepsTheirTexts() throws IOException {
    List<ScoredReading> rows = new ArrayList<>();
    replay().run((readings, rejected) -> rejected.accept("text", "bad"), rows::add);
    assertThat(rows.get(0).reading().value()).isEqualTo("text");
    assertThat(rows.get(0).reason()).isEqualTo("bad");
  }

  @Test
  void run_sameAsProcessor_givesItsScores() throws IOException {
    List<Reading> readings = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 300; i++) {
      readings.add(reading(i, random.nextBoolean() ? "a" : "b", i, random.nextDouble()));
    }
    List<Score> expected = new ArrayList<>();
    AnomalyDetection<String, Reading> processor =
        AnomalyDetection.of(Detectors.decayedZ(0.01), Reading::number).build();
    for (Reading each : readings) {
      processor.process(
          each.key(),
          each,
          each.timestamp(),
          (String key, Detection value) -> {
            if (value instanceof Score score) {
              expected.add(score);
            }
          });
    }
    List<ScoredReading> rows = new ArrayList<>();
    replay().run((each, rejected) -> readings.forEach(each), rows::add);
    assertThat(rows).extracting(ScoredReading::score).isEqualTo(expected);
  }
}
