package io.thalweg.examples.sensors;

import io.thalweg.examples.demo.CommandLines;
import io.thalweg.examples.demo.StopSignal;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
    })
public final class SensorsCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin
  private LocalRun.Options options =
      new LocalRun.Options(5, Path.of("sensor-alerts.db"), "thalweg-sensors");

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Readings a second of all devices, 1 to 20000 (default: ${DEFAULT-VALUE}).")
  private int rate = 100;

  @Option(
      names = "--book-pace",
      description = "0.5 to 2 s from reading to reading, instead of a rate.")
  private boolean bookPace;

  @Mixin private Detector.Options detector = new Detector.Options();

  @Option(
      names = "--state",
      paramLabel = "FILE",
      description =
          "SQLite file for the detectors' state, so that the next run of the same consumer group"
              + " goes on exactly where this one ended (default: one that goes with the run).")
  private Path state;

  @Option(
      names = "--no-generate",
      description =
          "Only read what the topic holds: until its present end, or for --duration; with"
              + " --bootstrap-servers.")
  private boolean noGenerate;

  @Override
  public Integer call() {
    CommandLines.check(command, rate >= 1 && rate <= 20_000, "--rate must be 1 to 20000: " + rate);
    CommandLines.check(
        command,
        !noGenerate || !options.embedded(),
        "--no-generate needs --bootstrap-servers: an embedded kafka is empty");
    CommandLines.check(
        command,
        state == null || !options.embedded(),
        "--state needs --bootstrap-servers: an embedded kafka forgets what the state counts on");
    return options.run(this::run);
  }

  int run(PrintWriter out, StopSignal stop) {
    return new SensorRun(
            options, bookPace ? 0 : rate, detector.detector(), state, !noGenerate, out, stop)
        .call();
  }
}
