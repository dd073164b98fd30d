package io.thalweg.examples.leaderboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.examples.readings.Detector;
import io.thalweg.examples.readings.Reading;
import io.thalweg.examples.runtime.RunSettings;
import io.thalweg.rank.Standings;
import io.thalweg.storm.StateStore;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.testing.Faults;
import io.thalweg.storm.testing.Outcome;
import io.thalweg.storm.testing.Simulation;
import io.thalweg.storm.testing.TopicRecord;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.storm.topology.TopologyBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The two bolts of the topology under failure, with seeded readings, against standings worked out
 * from the readings alone.
 */
class LeaderboardTopologyTest {

  private static final long START = 1_795_000_000_000L;

  /** The start of a window in which nobody speaks. */
  private static final long SILENCE = 1_795_000_500_000L;

  private static final int TIME_LAPSE = 300;
  private static final int DISORDER = 2_000;

  /** A reading on its way: when it is sent, in event time. */
  private record Sent(long at, Reading reading) {}

  /**
   * Bursts of readings of six devices over twenty minutes, in one window of which all are silent.
   * Names are what they can be.
   */
  private static List<Sent> stream(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> devices =
        List.of("a", "b", "quoted \"c\" 'c'", "two\nlines", "\ud83d\ude00", "x".repeat(256));
    List<Sent> stream = new ArrayList<>();
    for (int burst = 0; burst < 20; burst++) {
      for (int d = 0; d < devices.size(); d++) {
        long time = START + 60_000L * burst + random.nextInt(40_000);
        if (time < SILENCE + 300_000 && time + 4_000 >= SILENCE) {
          continue;
        }
        for (int i = 0; i < 13; i++) {
          time += 1 + random.nextInt(300);
          double value = 50 + random.nextDouble(-5, 5) + (i > 10 ? random.nextInt(2) * 60 : 0);
          Reading reading = new Reading(devices.get(d), Math.round(value * 100) / 100.0, time);
          long delay = random.nextInt(10) == 0 ? random.nextInt(DISORDER) : 0;
          stream.add(new Sent(time + delay, reading));
        }
      }
    }
    stream.sort(Comparator.comparingLong(Sent::at));
    return stream;
  }

  private static List<TopicRecord> arrivals(List<Sent> stream) {
    long[] offsets = new long[2];
    List<TopicRecord> arrivals = new ArrayList<>();
    for (Sent sent : stream) {
      Reading reading = sent.reading;
      int partition = Math.floorMod(reading.deviceId().hashCode(), offsets.length);
      arrivals.add(
          new TopicRecord(
              (sent.at - START) / TIME_LAPSE,
              partition,
              offsets[partition]++,
              reading.deviceId(),
              reading.timestamp(),
              reading.toJson()));
    }
    return arrivals;
  }

  private static LeaderboardTopology topology(int detectorTasks, Path database, Duration tick) {
    return new LeaderboardTopology(
        new RunSettings(
            "localhost:1",
            "group",
            database,
            StateStore.inMemory(), // the simulation has its own
            "simulated"),
        new Detector(Detector.Preset.DEFAULT, 2.0),
        detectorTasks,
        tick);
  }

  private static Simulation simulation(TopologyBuilder topology, List<Sent> stream) {
    return Simulation.of(topology)
        .records(arrivals(stream))
        .disorderMillis(DISORDER)
        .idleMillis(60_000);
  }

  private static Map<Long, Standings<String, Long>> expected(List<Sent> stream) {
    return NaiveStandings.of(stream.stream().map(Sent::reading).toList());
  }

  private static Map<Long, Standings<String, Long>> standings(Outcome outcome) {
    Map<Long, Standings<String, Long>> standings = new TreeMap<>();
    outcome
        .rows()
        .values()
        .forEach(
            row -> {
              assertThat(row.get(TupleFields.KEY)).isEqualTo("all");
              assertThat(row.get(TupleFields.TIMING)).isEqualTo("ON_TIME");
              assertThat(row.get(TupleFields.LAST)).isEqualTo(true);
              standings.put(
                  (Long) row.get(TupleFields.WINDOW_START),
                  new Standings<>(
                      StandingsTable.fromJson((String) row.get(StandingsTable.TOP)),
                      (Long) row.get(StandingsTable.DEVICES)));
            });
    return standings;
  }

  private static void assertRight(Outcome outcome, List<Sent> stream, String about) {
    assertThat(outcome.settled()).as("%s%n%s", about, outcome.trace()).isTrue();
    assertThat(outcome.late()).as("%s%n%s", about, outcome.trace()).isEmpty();
    assertThat(outcome.deadLetters()).as(about).isEmpty();
    Map<Long, Standings<String, Long>> expected = expected(stream);
    assertThat(expected).hasSize(4).doesNotContainKey(SILENCE);
    assertThat(standings(outcome)).as("%s%n%s", about, outcome.trace()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void rows_whateverFails_areThoseOfTheReadings(int detectorTasks) {
    int ties = 0;
    for (long seed = 1; seed <= 15; seed++) {
      List<Sent> stream = stream(seed);
      TopologyBuilder topology = new TopologyBuilder();
      topology(detectorTasks, null, Duration.ofMillis(300)).compute(topology);
      Outcome outcome = simulation(topology, stream).randomFaults(5).seed(seed).run();
      assertRight(outcome, stream, "seed " + seed);
      for (Standings<String, Long> each : expected(stream).values()) {
        ties += each.top().stream().mapToInt(place -> place.rank()).distinct().count() < 3 ? 1 : 0;
      }
    }
    assertThat(ties).as("windows with ties").isPositive();
  }

  @Test
  void rows_bothBoltsDieInTheMiddleOfWindows_areThoseOfTheReadings() {
    List<Sent> stream = stream(7);
    TopologyBuilder topology = new TopologyBuilder();
    topology(2, null, Duration.ofMillis(300)).compute(topology);
    Faults faults =
        new Faults()
            .kill(LeaderboardTopology.LEADERBOARD, 0, 500, 200, 1)
            .kill(LeaderboardTopology.DETECTOR, 1, 1_400, 300, 0)
            .kill(LeaderboardTopology.LEADERBOARD, 0, 2_600, 100, 0)
            .sinkFails(300, 3_000, 0.5);
    assertRight(simulation(topology, stream).faults(faults).run(), stream, faults.toString());
  }

  @Test
  void table_sinkDiesToo_holdsTheRowsOfTheReadings(@TempDir Path folder) {
    for (long seed = 1; seed <= 3; seed++) {
      List<Sent> stream = stream(seed);
      Path database = folder.resolve(seed + ".db");
      TopologyBuilder topology = new TopologyBuilder();
      topology(2, database, Duration.ofMillis(300)).compute(topology);
      topology
          .setBolt("standings-table", StandingsTable.sink(database))
          .globalGrouping(LeaderboardTopology.LEADERBOARD)
          .globalGrouping(LeaderboardTopology.LEADERBOARD, Streams.WATERMARK);
      Faults faults =
          new Faults()
              .kill("standings-table", 0, 900, 400, 0)
              .kill(LeaderboardTopology.LEADERBOARD, 0, 1_500, 100, 0)
              .kill("standings-table", 0, 2_500, 400, 0);
      Outcome outcome = simulation(topology, stream).faults(faults).seed(seed).run();
      assertThat(outcome.settled()).as("seed %d%n%s", seed, outcome.trace()).isTrue();
      Map<Long, Standings<String, Long>> rows = new TreeMap<>();
      for (StandingsTable.Row row : StandingsTable.rows(database)) {
        assertThat(row.isFinal()).isTrue();
        assertThat(row.end()).isEqualTo(row.start() + 300_000);
        rows.put(row.start(), row.standings());
      }
      assertThat(rows).as("seed %d", seed).isEqualTo(expected(stream));
    }
  }

  @Test
  void early_everyTick_aVersionOfEachOpenWindowThatChanged() {
    List<Sent> stream = stream(3);
    TopologyBuilder topology = new TopologyBuilder();
    topology(1, null, Duration.ofMillis(1_000)).compute(topology);
    Outcome outcome = simulation(topology, stream).run();
    Pattern version =
        Pattern.compile("^(\\d+) ms .*row leaderboard/all/.*timing=EARLY", Pattern.DOTALL);
    List<Long> ticks = new ArrayList<>();
    for (String line : outcome.trace()) {
      Matcher matcher = version.matcher(line);
      if (matcher.find()) {
        long at = Long.parseLong(matcher.group(1));
        if (ticks.isEmpty() || at > ticks.get(ticks.size() - 1) + 100) {
          ticks.add(at); // versions of two windows may come with one tick
        }
      }
    }
    assertThat(ticks).as("%s", outcome.trace()).hasSizeGreaterThan(4);
    for (int i = 1; i < ticks.size(); i++) {
      // A tick comes with the first heartbeat after its second, and the network delays some more
      // than others; a tick without a change is silent.
      assertThat(ticks.get(i) - ticks.get(i - 1)).isBetween(900L, 2_500L);
    }
  }
}
