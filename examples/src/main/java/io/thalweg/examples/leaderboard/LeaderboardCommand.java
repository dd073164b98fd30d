package io.thalweg.examples.leaderboard;

import io.thalweg.anomaly.ZScore;
import io.thalweg.examples.readings.Detector;
import io.thalweg.examples.readings.Readings;
import io.thalweg.examples.readings.SimulatorOptions;
import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.examples.runtime.LocalRun;
import io.thalweg.examples.runtime.StopSignal;
import io.thalweg.rank.Standing;
import io.thalweg.storm.ErrorText;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the leaderboard example: the devices with most anomalies in five minutes. */
@Command(
    name = "leaderboard",
    description = {
      "Simulated sensors write readings to Kafka; on Storm a detector finds the anomalies among"
          + " them, and a leaderboard ranks the sensors by theirs over five minutes of event time:"
          + " so far with every tick, and finally when the window closes. Kafka and Storm run in"
          + " this process.",
      ""
    })
public final class LeaderboardCommand implements Callable<Integer> {

  private static final int DETECTOR_TASKS = 2;

  @Spec private CommandSpec command;

  @Mixin
  private LocalRun.Options options =
      new LocalRun.Options(Path.of("leaderboard.db"), "thalweg-leaderboard");

  @Mixin private SimulatorOptions simulator = new SimulatorOptions(20);

  @Option(
      names = "--time-lapse",
      paramLabel = "N",
      description =
          "Speed of event time, 1 to 300: at 30, a window of five minutes takes ten seconds"
              + " (default: ${DEFAULT-VALUE}).")
  private int timeLapse = 1;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description =
          "Readings of all devices in a second of event time; times --time-lapse, at most 20000"
              + " (default: ${DEFAULT-VALUE}).")
  private int rate = 40;

  @Override
  public Integer call() {
    CommandLines.check(
        command, timeLapse >= 1 && timeLapse <= 300, "--time-lapse must be 1 to 300: " + timeLapse);
    CommandLines.check(
        command,
        rate >= 1 && (long) rate * timeLapse <= 20_000,
        "--rate times --time-lapse must be 1 to 20000: " + rate + " times " + timeLapse);
    simulator.check();
    return options.run(this::run);
  }

  int run(PrintWriter out, StopSignal stop) {
    long started = System.currentTimeMillis();
    StandingsTable.prepare(options.database());
    Duration tick = TimeLapse.of(options.duration(), timeLapse).shortened(LeaderboardTopology.TICK);
    try (LocalRun run = LocalRun.open(options, Readings.TOPIC, out, stop)) {
      Readings.prepareTopics(run.topics(), run.createsTopics());
      LeaderboardTopology topology =
          new LeaderboardTopology(
              run.settings(null),
              new Detector(Detector.Preset.DEFAULT, ZScore.THRESHOLD),
              DETECTOR_TASKS,
              tick);
      if (!run.process("leaderboard", topology.build(), () -> generate(run, tick))) {
        return 0;
      }
      summarize(run, started);
      return run.isDrained() ? 0 : 1;
    }
  }

  private void generate(LocalRun run, Duration tick) {
    Duration duration = options.duration();
    String pace =
        String.format(
            Locale.ROOT,
            "%d s, %,d readings a second%s; the standings so far every %d s",
            duration.toSeconds(),
            rate * timeLapse,
            timeLapse == 1 ? "" : "; event time runs " + timeLapse + " times as fast",
            tick.toSeconds());
    Readings.generate(
        run,
        simulator,
        rate * timeLapse,
        TimeLapse.of(duration, timeLapse),
        duration,
        pace,
        () -> {});
    run.drain(true);
  }

  private void summarize(LocalRun run, long started) {
    run.print(
        "%n%,d readings; %,d late, %,d dead-lettered",
        run.readings(), run.progress().late(), run.progress().deadLetters());
    Path database = options.database();
    // the epoch of a row is when its task began
    List<StandingsTable.Row> finished =
        StandingsTable.rows(database).stream()
            .filter(row -> row.isFinal() && row.epoch() >= started)
            .toList();
    run.print("%d finished windows:", finished.size());
    for (StandingsTable.Row row : finished) {
      StringBuilder places = new StringBuilder();
      for (Standing<String, Long> each : row.standings().top()) {
        places.append(
            String.format(
                Locale.ROOT,
                "   %d. %-12s %,4d",
                each.rank(),
                ErrorText.ofName(each.member()),
                each.score()));
      }
      run.print(
          "%s%s   of %,d devices, %,d versions",
          StandingsLog.window(row.start(), row.end(), ZoneId.systemDefault()),
          places,
          row.standings().members(),
          row.version() + 1);
    }
    run.print(
        "database: %s, table leaderboard, one row for each window of each run",
        database.toAbsolutePath());
  }
}
