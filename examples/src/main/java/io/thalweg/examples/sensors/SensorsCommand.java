package io.thalweg.examples.sensors;

import io.thalweg.anomaly.ZScore;
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

/** Sensor readings flow through Kafka into a detector on Storm; anomalies land in a database. */
@Command(
    name = "sensors",
    description = {
      "Simulated sensors write readings to Kafka; a detector on Storm finds the anomalies among"
          + " them and stores them in a SQLite database. Kafka and Storm run in this process.",
      ""
    },
    sortOptions = false,
    usageHelpAutoWidth = true,
    mixinStandardHelpOptions = true,
    versionProvider = CommandLines.Version.class)
public final class SensorsCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      converter = Seconds.class,
      description =
          "How long the sensors speak: 90, 90s, 5m or 1h (default: 60s). With --no-generate: how"
              + " long to listen, by default until the topic's present end.")
  private Duration duration;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Readings a second of all devices, 1 to 20000 (default: ${DEFAULT-VALUE}).")
  private int rate = 100;

  @Option(
      names = "--book-pace",
      description = "0.5 to 2 s from reading to reading, instead of a rate.")
  private boolean bookPace;

  @Option(
      names = "--devices",
      paramLabel = "N",
      description = "How many sensors (default: ${DEFAULT-VALUE}).")
  private int devices = 5;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Decides every value and every anomaly (default: ${DEFAULT-VALUE}).")
  private long seed = 42;

  @Option(
      names = "--detector",
      paramLabel = "NAME",
      description = {
        "default: a reading against the ten seconds before it, sample standard deviation;",
        "book: the book's formula, the reading in its own window (default: default)."
      })
  private Detector.Preset detector = Detector.Preset.DEFAULT;

  @Option(
      names = "--threshold",
      paramLabel = "Z",
      description = "Standard deviations that make an anomaly (default: ${DEFAULT-VALUE}).")
  private double threshold = ZScore.THRESHOLD;

  @Option(
      names = "--database",
      paramLabel = "FILE",
      description = "SQLite file for the alerts, kept from run to run (default: ${DEFAULT-VALUE}).")
  private Path database = Path.of("sensor-alerts.db");

  @Option(
      names = "--state",
      paramLabel = "FILE",
      description =
          "SQLite file for the detectors' state, so that the next run of the same consumer group"
              + " goes on exactly where this one ended (default: one that goes with the run).")
  private Path state;

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
  private String groupId = "thalweg-sensors";

  @Option(
      names = "--no-generate",
      description = "Only read what the topic holds; with --bootstrap-servers.")
  private boolean noGenerate;

  @Option(names = "--verbose", description = "Show the logs of Kafka and Storm, and stack traces.")
  private boolean verbose;

  @Override
  public Integer call() {
    check(rate >= 1 && rate <= 20_000, "--rate must be 1 to 20000: " + rate);
    check(devices >= 1 && devices <= 100_000, "--devices must be 1 to 100000: " + devices);
    check(
        threshold > 0 && Double.isFinite(threshold),
        "--threshold must be above 0 and finite: " + threshold);
    check(!groupId.isBlank(), "--group-id must not be empty");
    check(
        bootstrapServers == null || !bootstrapServers.isBlank(),
        "--bootstrap-servers must not be empty");
    check(
        bootstrapServers != null || !noGenerate,
        "--no-generate needs --bootstrap-servers: an embedded kafka is empty");
    check(
        bootstrapServers != null || state == null,
        "--state needs --bootstrap-servers: an embedded kafka forgets what the state counts on");
    if (verbose) {
      System.setProperty("thalweg.log", "info"); // read when the first logger is made
    }
    SensorRun.Options options =
        new SensorRun.Options(
            duration,
            bookPace ? 0 : rate,
            devices,
            seed,
            new Detector(detector, threshold),
            database,
            state,
            bootstrapServers,
            createTopics || bootstrapServers == null,
            groupId,
            !noGenerate);
    PrintWriter out = command.commandLine().getOut();
    try (StopSignal stop = StopSignal.install(out)) {
      return new SensorRun(options, out, stop).call();
    }
  }

  private void check(boolean holds, String message) {
    CommandLines.check(command, holds, message);
  }
}
