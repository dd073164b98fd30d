package io.thalweg.examples.sensors;

import io.thalweg.examples.readings.Detector;
import io.thalweg.examples.readings.PlantedAnomalies;
import io.thalweg.examples.readings.ReadingGenerator;
import io.thalweg.examples.readings.Readings;
import io.thalweg.examples.readings.SimulatorOptions;
import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.examples.runtime.LocalRun;
import io.thalweg.examples.runtime.Progress;
import io.thalweg.examples.runtime.SqliteFile;
import io.thalweg.examples.runtime.StopSignal;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the sensor example: readings from Kafka, a detector on Storm, alerts in a database. */
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
      new LocalRun.Options(Path.of("sensor-alerts.db"), "thalweg-sensors");

  @Mixin private SimulatorOptions simulator = new SimulatorOptions(5);

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Readings a second of all devices, 1 to 20000 (default: ${DEFAULT-VALUE}).")
  private int rate = 100;

  @Option(
      names = "--book-pace",
      description = "0.5 to 2 s from reading to reading, instead of a rate.")
  private boolean bookPace;

  @Mixin private DetectorOptions detector = new DetectorOptions();

  @Option(
      names = "--state",
      paramLabel = "FILE",
      description =
          "SQLite file for the detectors' state, so that the next run of the same consumer group"
              + " continues exactly where this one ended (default: a file deleted after the run).")
  private Path state;

  @Option(
      names = "--no-generate",
      description =
          "Only read the records of the topic: until its present end, or for --duration; with"
              + " --bootstrap-servers.")
  private boolean noGenerate;

  private long started;
  private double reached;
  private PlantedAnomalies truth;
  private long reported;

  @Override
  public Integer call() {
    CommandLines.check(
        command,
        !bookPace || !command.commandLine().getParseResult().hasMatchedOption("--rate"),
        "--book-pace and --rate exclude each other: use one of them");
    CommandLines.check(command, rate >= 1 && rate <= 20_000, "--rate must be 1 to 20000: " + rate);
    CommandLines.check(
        command,
        !noGenerate || !options.embedded(),
        "--no-generate needs --bootstrap-servers: an embedded kafka is empty");
    CommandLines.check(
        command,
        state == null || !options.embedded(),
        "--state needs --bootstrap-servers: an embedded kafka is deleted after the run");
    simulator.check();
    return options.run(this::run);
  }

  int run(PrintWriter out, StopSignal stop) {
    Detector formula = detector.detector(); // refused before anything is started
    AlertTable.prepare(options.database());
    if (state != null) {
      new SqliteFile(state).check("--state");
    }
    long rowsBefore = AlertTable.rows(options.database());
    try (LocalRun run = LocalRun.open(options, Readings.TOPIC, out, stop)) {
      Readings.prepareTopics(run.topics(), run.createsTopics(), SensorTopology.ALERTS);
      Progress progress = run.progress();
      SensorTopology topology = new SensorTopology(run.settings(state), formula);
      Runnable work = noGenerate ? () -> listen(run) : () -> generate(run);
      if (!run.process("sensors", topology.build(), work)) {
        return 0;
      }
      long rows = AlertTable.rows(options.database());
      new RunSummary(
              run.readings(),
              reached,
              progress.late(),
              progress.deadLetters(),
              rows - rowsBefore,
              rows,
              truth == null
                  ? null
                  : RunSummary.Score.of(
                      options.database(),
                      topology.detectorId(),
                      run.topics().id(Readings.TOPIC).toString(),
                      truth),
              progress.latencies(),
              progress.secondsToFirstRow())
          .print(out, options.database());
      return run.isDrained() ? 0 : 1;
    }
  }

  private void generate(LocalRun run) {
    Duration duration = options.duration();
    int pace = bookPace ? 0 : rate;
    Duration warmUp = ReadingGenerator.warmUp(pace);
    String description =
        String.format(
            Locale.ROOT,
            bookPace ? "%d s, 0.5 to 2 s from reading to reading" : "%d s, %,d readings a second",
            duration.toSeconds(),
            rate);
    started = System.nanoTime();
    ReadingGenerator generator =
        Readings.generate(
            run,
            simulator,
            pace,
            System::currentTimeMillis,
            warmUp.plus(duration),
            warmUp.isZero()
                ? description
                : description + " after " + warmUp.toSeconds() + " s of warm-up",
            () -> report(run));
    reached = generator.rate();
    truth = generator.truth();
    run.drain(state == null);
  }

  private void listen(LocalRun run) {
    started = System.nanoTime();
    if (options.hasDuration()) {
      run.print("listening for %d s; Ctrl-C stops the run cleanly", options.duration().toSeconds());
      run.pass(
          options.duration(),
          () -> {
            report(run);
            return true;
          });
    } else {
      run.print("reading the topic to its present end; Ctrl-C stops the run cleanly");
      run.drain(state == null);
    }
    reached = run.readings() / ((System.nanoTime() - started) / 1e9);
  }

  private void report(LocalRun run) {
    Progress progress = run.progress();
    Histogram latencies = progress.recentLatencies();
    long readings = run.readings();
    run.print(
        "%4d s %,9d readings %,7d/s %,8d alerts   latency %s   %,d late   %,d dead-lettered",
        Math.round((System.nanoTime() - started) / 1e9),
        readings,
        readings - reported,
        progress.alerts(),
        latencies.getTotalCount() == 0
            ? "-"
            : String.format(
                Locale.ROOT,
                "p50 %,d ms p99 %,d ms",
                latencies.getValueAtPercentile(50),
                latencies.getValueAtPercentile(99)),
        progress.late(),
        progress.deadLetters());
    reported = readings;
  }
}
