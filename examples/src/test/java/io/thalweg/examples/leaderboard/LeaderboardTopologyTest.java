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
 * Simulation of the topology with faults and seeded readings. The rows must equal {@link
 * NaiveStandings}.
 */
class LeaderboardTopologyTest {

  private static final long START = 1_795_000_000_000L;

  /** Start of a window without readings. */
  private static final long EMPTY_WINDOW = 1_795_000_500_000L;

  private static final int TIME_LAPSE = 300;
  private static final int DISORDER = 2_000;

  /** Reading with the event time at which it is sent. */
  private record SentReading(long at, Reading reading) {}

  /**
   * Returns bursts of readings of six devices over twenty minutes. One window has no readings.
   * Device names contain quotes, line breaks and supplementary characters.
   */
  private static List<SentReading> stream(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> devices =
        List.of("a", "b", "quoted \"c\" 'c'", "two\nlines", "\ud83d\ude00", "x".repeat(256));
    List<SentReading> stream = new ArrayList<>();
    for (int burst = 0; burst < 20; burst++) {
      for (int d = 0; d < devices.size(); d++) {
        long time = START + 60_000L * burst + random.nextInt(40_000);
        if (time < EMPTY_WINDOW + 300_000 && time + 4_000 >= EMPTY_WINDOW) {
          continue;
        }
        for (int i = 0; i < 13; i++) {
          time += 1 + random.nextInt(300);
          double value = 50 + random.nextDouble(-5, 5) + (i > 10 ? random.nextInt(2) * 60 : 0);
          Reading reading = new Reading(devices.get(d), Math.round(value * 100) / 100.0, time);
          long delay = random.nextInt(10) == 0 ? random.nextInt(DISORDER) : 0;
          stream.add(new SentReading(time + delay, reading));
        }
      }
    }
    stream.sort(Comparator.comparingLong(SentReading::at));
    return stream;
  }

  private static List<TopicRecord> arrivals(List<SentReading> stream) {
    long[] offsets = new long[2];
    List<TopicRecord> arrivals = new ArrayList<>();
    for (SentReading sent : stream) {
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
            StateStore.inMemory(), // the simulation replaces it
            "simulated"),
        new Detector(Detector.Preset.DEFAULT, 2.0),
        detectorTasks,
        tick);
  }

  private static Simulation simulation(TopologyBuilder topology, List<SentReading> stream) {
    return Simulation.of(topology)
        .records(arrivals(stream))
        .disorderMillis(DISORDER)
        .idleMillis(60_000);
  }

  private static Map<Long, Standings<String, Long>> expected(List<SentReading> stream) {
    return NaiveStandings.of(stream.stream().map(SentReading::reading).toList());
  }

  private static Map<Long, Standings<String, Long>> standings(Outcome outcome) {
    Map<Long, Standings<String, Long>> standings = new TreeMap<>();
    outcome
        .rows()
        .values()
        .forEach(
            row -> {
              // rows of another run have other ids
              assertThat((String) row.get(TupleFields.ID)).startsWith("leaderboard/simulated/");
              assertThat(row.get(TupleFields.KEY)).isEqualTo("simulated");
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

  private static void assertStandings(
      Outcome outcome, List<SentReading> stream, String description) {
    assertThat(outcome.settled()).as("%s%n%s", description, outcome.trace()).isTrue();
    assertThat(outcome.late()).as("%s%n%s", description, outcome.trace()).isEmpty();
    assertThat(outcome.deadLetters()).as(description).isEmpty();
    Map<Long, Standings<String, Long>> expected = expected(stream);
    assertThat(expected).hasSize(4).doesNotContainKey(EMPTY_WINDOW);
    assertThat(standings(outcome)).as("%s%n%s", description, outcome.trace()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void rows_randomFaults_equalNaiveStandings(int detectorTasks) {
    int ties = 0;
    for (long seed = 1; seed <= 15; seed++) {
      List<SentReading> stream = stream(seed);
      TopologyBuilder topology = new TopologyBuilder();
      topology(detectorTasks, null, Duration.ofMillis(300)).compute(topology);
      Outcome outcome = simulation(topology, stream).randomFaults(5).seed(seed).run();
      assertStandings(outcome, stream, "seed " + seed);
      for (Standings<String, Long> each : expected(stream).values()) {
        ties += each.top().stream().mapToInt(place -> place.rank()).distinct().count() < 3 ? 1 : 0;
      }
    }
    assertThat(ties).as("windows with ties").isPositive();
  }

  @Test
  void rows_bothBoltsKilledWithinWindows_equalNaiveStandings() {
    List<SentReading> stream = stream(7);
    TopologyBuilder topology = new TopologyBuilder();
    topology(2, null, Duration.ofMillis(300)).compute(topology);
    Faults faults =
        new Faults()
            .kill(LeaderboardTopology.LEADERBOARD, 0, 500, 200, 1)
            .kill(LeaderboardTopology.DETECTOR, 1, 1_400, 300, 0)
            .kill(LeaderboardTopology.LEADERBOARD, 0, 2_600, 100, 0)
            .sinkFails(300, 3_000, 0.5);
    assertStandings(simulation(topology, stream).faults(faults).run(), stream, faults.toString());
  }

  @Test
  void rows_sinkKilled_equalNaiveStandings(@TempDir Path folder) {
    for (long seed = 1; seed <= 3; seed++) {
      List<SentReading> stream = stream(seed);
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
  void earlyResults_eachTick_updateChangedWindows() {
    List<SentReading> stream = stream(3);
    TopologyBuilder topology = new TopologyBuilder();
    topology(1, null, Duration.ofMillis(1_000)).compute(topology);
    Outcome outcome = simulation(topology, stream).run();
    Pattern version =
        Pattern.compile("^(\\d+) ms .*row leaderboard/simulated/.*timing=EARLY", Pattern.DOTALL);
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
      // A tick comes with the first heartbeat after its second, with a variable network delay. A
      // tick without a change emits nothing.
      assertThat(ticks.get(i) - ticks.get(i - 1)).isBetween(900L, 2_500L);
    }
  }
}
