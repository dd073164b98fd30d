package io.thalweg.examples.leaderboard;

import io.thalweg.anomaly.ZScore;
import io.thalweg.examples.demo.DemoException;
import io.thalweg.examples.demo.StopSignal;
import io.thalweg.examples.sensors.Detector;
import io.thalweg.examples.sensors.LocalRun;
import io.thalweg.rank.Standing;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;

/** One run of the example: its summary shows every window that was finished in it. */
final class LeaderboardRun {

  private static final int DETECTOR_TASKS = 2;

  private final LocalRun.Options options;
  private final int timeLapse;
  private final int rate;
  private final PrintWriter out;
  private final StopSignal stop;
  private final long started = System.currentTimeMillis();

  /**
   * A run that has not begun.
   *
   * @param options what every run is asked for
   * @param timeLapse how many times as fast event time runs
   * @param rate readings in a second of event time
   * @param out where to speak to the user
   * @param stop ends it in good order
   */
  LeaderboardRun(
      LocalRun.Options options, int timeLapse, int rate, PrintWriter out, StopSignal stop) {
    this.options = options;
    this.timeLapse = timeLapse;
    this.rate = rate;
    this.out = out;
    this.stop = stop;
  }

  /**
   * Runs it.
   *
   * @return the exit code
   * @throws DemoException if it cannot run; the message is for the user
   */
  int call() {
    StandingsTable.prepare(options.database());
    Duration tick = TimeLapse.of(options.duration(), timeLapse).shortened(LeaderboardTopology.TICK);
    try (LocalRun run = LocalRun.open(options, out, stop)) {
      LeaderboardTopology topology =
          new LeaderboardTopology(
              run.deployment(null),
              new Detector(Detector.Preset.DEFAULT, ZScore.THRESHOLD),
              DETECTOR_TASKS,
              tick);
      if (!run.process("leaderboard", topology.build(), () -> generate(run, tick))) {
        return 0;
      }
      summarize(run);
      return run.isHome() ? 0 : 1;
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
    run.generate(rate * timeLapse, TimeLapse.of(duration, timeLapse), duration, pace, () -> {});
    run.drain(true);
  }

  private void summarize(LocalRun run) {
    run.say(
        "%n%,d readings; %,d late, %,d dead-lettered",
        run.readings(), run.progress().late(), run.progress().deadLetters());
    Path database = options.database();
    // the epoch of a row is when its task began
    List<StandingsTable.Row> finished =
        StandingsTable.rows(database).stream()
            .filter(row -> row.isFinal() && row.epoch() >= started)
            .toList();
    run.say("%d finished windows:", finished.size());
    for (StandingsTable.Row row : finished) {
      StringBuilder places = new StringBuilder();
      for (Standing<String, Long> each : row.standings().top()) {
        places.append(
            String.format(
                Locale.ROOT,
                "   %d. %-12s %,4d",
                each.rank(),
                StandingsLog.shown(each.member()),
                each.score()));
      }
      run.say(
          "%s%s   of %,d devices, %,d versions",
          StandingsLog.window(row.start(), row.end(), ZoneId.systemDefault()),
          places,
          row.standings().members(),
          row.version() + 1);
    }
    run.say("database: %s, table leaderboard, one row for each window", database.toAbsolutePath());
  }
}
