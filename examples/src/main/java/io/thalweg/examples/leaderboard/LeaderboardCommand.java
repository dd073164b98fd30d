package io.thalweg.examples.leaderboard;

import io.thalweg.examples.demo.CommandLines;
import io.thalweg.examples.demo.Seconds;
import io.thalweg.examples.demo.StopSignal;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
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
    },
    sortOptions = false,
    usageHelpAutoWidth = true,
    mixinStandardHelpOptions = true,
    versionProvider = CommandLines.Version.class)
public final class LeaderboardCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      converter = Seconds.class,
      description = "How long the sensors speak: 90, 90s, 5m or 1h (default: 60s).")
  private Duration duration = Duration.ofSeconds(60);

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

  @Option(
      names = "--devices",
      paramLabel = "N",
      description = "How many sensors (default: ${DEFAULT-VALUE}).")
  private int devices = 20;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Decides every value and every anomaly (default: ${DEFAULT-VALUE}).")
  private long seed = 42;

  @Option(
      names = "--database",
      paramLabel = "FILE",
      description =
          "SQLite file for the standings, kept from run to run (default: ${DEFAULT-VALUE}).")
  private Path database = Path.of("leaderboard.db");

  @Option(
      names = "--bootstrap-servers",
      paramLabel = "HOST:PORT",
      description = "A Kafka that is already running (default: an embedded one).")
  private String bootstrapServers;

  @Option(names = "--create-topics", description = "Create the topics there that are missing.")
  private boolean createTopics;

  @Option(
      names = "--group-id",
      paramLabel = "NAME",
      description =
          "Consumer group: a new one reads the topic from its beginning, a known one goes on"
              + " where it ended (default: ${DEFAULT-VALUE}).")
  private String groupId = "thalweg-leaderboard";

  @Option(names = "--verbose", description = "Show the logs of Kafka and Storm, and stack traces.")
  private boolean verbose;

  @Override
  public Integer call() {
    check(timeLapse >= 1 && timeLapse <= 300, "--time-lapse must be 1 to 300: " + timeLapse);
    check(
        rate >= 1 && (long) rate * timeLapse <= 20_000,
        "--rate times --time-lapse must be 1 to 20000: " + rate + " times " + timeLapse);
    check(devices >= 1 && devices <= 100_000, "--devices must be 1 to 100000: " + devices);
    check(!groupId.isBlank(), "--group-id must not be empty");
    check(
        bootstrapServers == null || !bootstrapServers.isBlank(),
        "--bootstrap-servers must not be empty");
    if (verbose) {
      System.setProperty("thalweg.log", "info"); // read when the first logger is made
    }
    LeaderboardRun.Options options =
        new LeaderboardRun.Options(
            duration,
            timeLapse,
            rate,
            devices,
            seed,
            database,
            bootstrapServers,
            createTopics || bootstrapServers == null,
            groupId);
    PrintWriter out = command.commandLine().getOut();
    try (StopSignal stop = StopSignal.install(out)) {
      return new LeaderboardRun(options, out, stop).call();
    }
  }

  private void check(boolean holds, String message) {
    CommandLines.check(command, holds, message);
  }
}
