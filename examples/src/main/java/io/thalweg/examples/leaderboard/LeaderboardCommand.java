package io.thalweg.examples.leaderboard;

import io.thalweg.examples.demo.CommandLines;
import io.thalweg.examples.demo.StopSignal;
import io.thalweg.examples.sensors.LocalRun;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Which devices alerted most in five minutes: two stateful bolts in a row, ticking results. */
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

  @Spec private CommandSpec command;

  @Mixin
  private LocalRun.Options options =
      new LocalRun.Options(20, Path.of("leaderboard.db"), "thalweg-leaderboard");

  @Option(
      names = "--time-lapse",
      paramLabel = "N",
      description =
          "How many times as fast event time runs, 1 to 300: at 30 a window of five minutes takes"
              + " ten seconds (default: ${DEFAULT-VALUE}).")
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
    return options.run(this::run);
  }

  int run(PrintWriter out, StopSignal stop) {
    return new LeaderboardRun(options, timeLapse, rate, out, stop).call();
  }
}
