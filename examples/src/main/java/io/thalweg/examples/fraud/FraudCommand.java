package io.thalweg.examples.fraud;

import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.examples.runtime.LocalRun;
import io.thalweg.examples.runtime.Progress;
import io.thalweg.examples.runtime.StopSignal;
import io.thalweg.model.ModelRelease;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the fraud example: transactions from Kafka, features and a model on Storm, decisions. */
@Command(
    name = "fraud",
    description = {
      "Simulated card transactions flow through Kafka; on Storm features by customer and by terminal"
          + " are computed, and a model decides on each transaction. Kafka and Storm run in this"
          + " process.",
      ""
    },
    subcommands = {EvaluateCommand.class, TrainCommand.class, SkewCommand.class})
public final class FraudCommand implements Callable<Integer> {

  /** Days of history before the first decision: the longest window, and the delay of reports. */
  private static final int HISTORY_DAYS = 37;

  /** Days from the first decision to the first one by the second model. */
  private static final int SWAP_DAYS = 7;

  private static final long DAY = 86_400_000;

  @Spec private CommandSpec command;

  @Mixin
  private LocalRun.Options options =
      new LocalRun.Options(Path.of("fraud-decisions.db"), "thalweg-fraud");

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Transactions a second, 1 to 50000 (default: ${DEFAULT-VALUE}).")
  private int rate = 5_000;

  @Option(
      names = "--from",
      paramLabel = "DATE",
      description =
          "First day whose transactions are decided on; the 37 days before are history, from"
              + " 2018-05-08 to 2018-09-30 (default: ${DEFAULT-VALUE}).")
  private LocalDate from = LocalDate.of(2018, 8, 8);

  @Option(
      names = "--emission",
      paramLabel = "MODE",
      description =
          "at-once or effectively-once: decide in the order of arrival and at once, or in the order"
              + " of event time and after the commit (default: ${DEFAULT-VALUE}).")
  private FraudTopology.Mode mode = FraudTopology.Mode.AT_ONCE;

  @Option(
      names = "--threshold",
      paramLabel = "SCORE",
      description = "Smallest score of an alert, 0 to 1 (default: ${DEFAULT-VALUE}).")
  private double threshold = FraudModels.THRESHOLD;

  @Option(
      names = "--customers",
      paramLabel = "N",
      description =
          "Number of customers, 100 to 5000, of twice as many terminals (default:"
              + " ${DEFAULT-VALUE}).")
  private int customers = FraudSimulation.Size.FULL.customers();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the simulation (default: ${DEFAULT-VALUE}).")
  private long seed = FraudSimulation.SEED;

  private FraudSimulation simulation;
  private TransactionSource source;
  private long started;
  private long reported;

  @Override
  public Integer call() {
    CommandLines.check(command, rate >= 1 && rate <= 50_000, "--rate must be 1 to 50000: " + rate);
    CommandLines.check(
        command,
        day(from) >= HISTORY_DAYS && day(from) < FraudSimulation.Size.FULL.days(),
        "--from must be from 2018-05-08 to 2018-09-30: " + from);
    CommandLines.check(
        command,
        customers >= 100 && customers <= 5_000,
        "--customers must be 100 to 5000: " + customers);
    CommandLines.check(
        command, threshold >= 0 && threshold <= 1, "--threshold must be 0 to 1: " + threshold);
    return options.run(this::run);
  }

  private static int day(LocalDate date) {
    return (int) ChronoUnit.DAYS.between(FraudSimulation.START, date);
  }

  int run(PrintWriter out, StopSignal stop) {
    Decisions.prepare(options.database());
    long firstDecision = FraudSimulation.time(day(from));
    try (LocalRun run = LocalRun.open(options, FraudStream.TRANSACTIONS, out, stop)) {
      FraudTopology.prepareTopics(run.topics(), run.createsTopics());
      simulation =
          FraudSimulation.of(
              new FraudSimulation.Size(customers, 2 * customers, FraudSimulation.Size.FULL.days()),
              seed);
      Iterator<CardEvent> events = FraudStream.of(simulation, firstDecision - HISTORY_DAYS * DAY);
      List<FraudStream.Message> history = new ArrayList<>();
      CardEvent first = events.next();
      for (; first.timestamp() < firstDecision; first = events.next()) {
        history.add(FraudStream.Message.of(first));
      }
      source =
          new TransactionSource(
              run.topics().bootstrapServers(), new Live(first, events, firstDecision), rate);
      FraudTopology topology =
          new FraudTopology(run.settings(null), mode, firstDecision, threshold);
      if (!run.process("fraud", topology.build(), () -> generate(run, history))) {
        return 0;
      }
      FraudSummary summary =
          FraudSummary.of(
              simulation,
              Decisions.read(
                  options.database(),
                  run.topics().id(FraudStream.TRANSACTIONS).toString(),
                  firstDecision,
                  Long.MAX_VALUE),
              day(from));
      summary.print(run::print, threshold);
      print(run);
      Skew skew =
          Skew.of(
              run.topics().bootstrapServers(),
              run.topics().id(FraudStream.TRANSACTIONS).toString(),
              options.database(),
              firstDecision);
      skew.print(run::print);
      return run.isDrained() ? 0 : 1;
    }
  }

  /** Messages after the history: events, and the release of the second model a day ahead. */
  private static final class Live implements Iterator<FraudStream.Message> {
    private final Iterator<CardEvent> events;
    private final long releasedAt;
    private final ModelRelease release;
    private CardEvent next;
    private boolean released;

    Live(CardEvent first, Iterator<CardEvent> events, long firstDecision) {
      this.next = first;
      this.events = events;
      this.releasedAt = firstDecision + (SWAP_DAYS - 1) * DAY;
      this.release = FraudModels.release(FraudModels.SECOND, firstDecision + SWAP_DAYS * DAY);
    }

    @Override
    public boolean hasNext() {
      return next != null;
    }

    @Override
    public FraudStream.Message next() {
      if (!released && next.timestamp() >= releasedAt) {
        released = true;
        return new FraudStream.Message(
            FraudStream.MODELS, release.version(), ModelRelease.CODEC.encode(release), releasedAt);
      }
      FraudStream.Message message = FraudStream.Message.of(next);
      next = events.hasNext() ? events.next() : null;
      return message;
    }
  }

  private void generate(LocalRun run, List<FraudStream.Message> history) {
    long transactions =
        history.stream().filter(m -> m.topic().equals(FraudStream.TRANSACTIONS)).count();
    run.print("writing %,d events of %d days as history", history.size(), HISTORY_DAYS);
    long begin = System.nanoTime();
    source.writeAll(history);
    // Its last hours suffice: the sources are not at the same time.
    long reached = FraudSimulation.time(day(from)) - DAY / 2;
    run.pass(Duration.ofMinutes(10), () -> run.watermark() < reached);
    run.print(
        "%,d transactions of history written and processed in %.0f s",
        transactions, (System.nanoTime() - begin) / 1e9);
    started = System.nanoTime();
    Duration duration = options.hasDuration() ? options.duration() : Duration.ofSeconds(30);
    run.write(
        source,
        duration,
        String.format(
            Locale.ROOT,
            "%d s, %,d transactions a second from %s on, %s",
            duration.toSeconds(),
            rate,
            from,
            mode),
        () -> report(run));
    run.drain(true);
  }

  private void report(LocalRun run) {
    Progress progress = run.progress();
    Histogram latencies = progress.recentLatencies();
    long decisions = progress.latencies().getTotalCount();
    run.print(
        "%4d s %,9d decisions %,7d/s %,7d alerts   latency p50 %,d ms p99 %,d ms   %,d late   %,d"
            + " dead-lettered",
        Math.round((System.nanoTime() - started) / 1e9),
        decisions,
        decisions - reported,
        progress.alerts(),
        latencies.getValueAtPercentile(50),
        latencies.getValueAtPercentile(99),
        progress.late(),
        progress.deadLetters());
    reported = decisions;
  }

  private void print(LocalRun run) {
    Progress progress = run.progress();
    Histogram latencies = progress.latencies();
    run.print(
        "%-18s  %,d, %,.0f a second; %,d late, %,d dead-lettered",
        "decisions",
        latencies.getTotalCount(),
        source.rate(),
        progress.late(),
        progress.deadLetters());
    run.print(
        "%-18s  p50 %,d ms, p99 %,d ms, max %,d ms, from Kafka's timestamp to the decision, %s",
        "latency",
        latencies.getValueAtPercentile(50),
        latencies.getValueAtPercentile(99),
        latencies.getMaxValue(),
        mode);
  }
}
