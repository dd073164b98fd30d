package io.thalweg.examples.sensors;

import io.thalweg.examples.demo.DemoException;
import io.thalweg.examples.demo.StopSignal;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** One run of the example, with a line of progress every second and a summary. */
final class SensorRun {

  private final LocalRun.Options options;
  private final int rate;
  private final Detector detector;
  private final Path state;
  private final boolean generate;
  private final PrintWriter out;
  private final StopSignal stop;

  private Progress progress;
  private long started;
  private double reached;
  private GroundTruth truth;

  /**
   * A run that has not begun.
   *
   * @param options what every run is asked for
   * @param rate readings a second; 0 for the book's pace
   * @param detector the formula
   * @param state the SQLite file of the detectors' state, kept for the next run; null for one that
   *     goes with this run, which then ends the stream
   * @param generate whether to write readings, or only to read
   * @param out where to speak to the user
   * @param stop ends it in good order
   */
  SensorRun(
      LocalRun.Options options,
      int rate,
      Detector detector,
      Path state,
      boolean generate,
      PrintWriter out,
      StopSignal stop) {
    this.options = options;
    this.rate = rate;
    this.detector = detector;
    this.state = state;
    this.generate = generate;
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
    AlertTable.prepare(options.database());
    long rowsBefore = AlertTable.rows(options.database());
    try (LocalRun run = LocalRun.open(options, out, stop, SensorTopology.ALERTS)) {
      progress = run.progress();
      SensorTopology topology = new SensorTopology(run.deployment(state), detector);
      Runnable work = generate ? () -> generate(run) : () -> listen(run);
      if (!run.process("sensors", topology.build(), work)) {
        return 0;
      }
      long rows = AlertTable.rows(options.database());
      new Outcome(
              run.readings(),
              reached,
              progress.late(),
              progress.deadLetters(),
              rows - rowsBefore,
              rows,
              truth == null
                  ? null
                  : Outcome.Score.of(
                      options.database(),
                      topology.detectorId(),
                      run.topics().id(Readings.TOPIC).toString(),
                      truth),
              progress.latencies(),
              progress.secondsToFirstRow())
          .print(out, options.database());
      return run.isHome() ? 0 : 1;
    }
  }

  private void generate(LocalRun run) {
    Duration duration = options.duration();
    Duration warmUp = Generator.warmUp(rate);
    String pace =
        String.format(
            Locale.ROOT,
            rate == 0 ? "%d s, 0.5 to 2 s from reading to reading" : "%d s, %,d readings a second",
            duration.toSeconds(),
            rate);
    started = System.nanoTime();
    Generator generator =
        run.generate(
            rate,
            System::currentTimeMillis,
            warmUp.plus(duration),
            warmUp.isZero()
                ? pace
                : pace + " after " + warmUp.toSeconds() + " s to come up to speed",
            () -> report(run));
    reached = generator.rate();
    truth = generator.truth();
    run.drain(state == null);
  }

  private void listen(LocalRun run) {
    started = System.nanoTime();
    if (options.hasDuration()) {
      run.say("listening for %d s; Ctrl-C ends it in good order", options.duration().toSeconds());
      run.pass(
          options.duration(),
          () -> {
            report(run);
            return true;
          });
    } else {
      run.say("reading the topic to its present end; Ctrl-C ends it in good order");
      run.drain(state == null);
    }
    reached = progress.readings() / ((System.nanoTime() - started) / 1e9);
  }

  private void report(LocalRun run) {
    Histogram latencies = progress.recentLatencies();
    run.say(
        "%4d s %,9d readings %,7d/s %,8d alerts   latency %s   %,d late   %,d dead-lettered",
        Math.round((System.nanoTime() - started) / 1e9),
        progress.readings(),
        progress.recentReadings(),
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
  }
}
