package io.thalweg.examples.network;

import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.examples.runtime.LocalRun;
import io.thalweg.examples.runtime.PacedWriter;
import io.thalweg.examples.runtime.StopSignal;
import io.thalweg.storm.ErrorText;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the network example: incidents of simulated cells. */
@Command(
    name = "network",
    description = {
      "Simulated radio cells report calls, dropped calls, throughput and latency every quarter of"
          + " an hour of event time; on Storm each report is compared with the history of its cell"
          + " at the same hour of the week, and incidents are stored in a SQLite database. Weeks"
          + " are written in ten seconds unless --duration is given. Kafka and Storm run in this"
          + " process.",
      ""
    })
public final class NetworkCommand implements Callable<Integer> {

  private static final Duration DURATION = Duration.ofSeconds(10);
  private static final int SHOWN = 12;

  @Spec private CommandSpec command;

  @Mixin
  private LocalRun.Options options =
      new LocalRun.Options(Path.of("network-incidents.db"), "thalweg-network");

  @Option(
      names = "--cells",
      paramLabel = "N",
      description = "Number of cells, 1 to 1000 (default: ${DEFAULT-VALUE}).")
  private int cells = 10;

  @Option(
      names = "--weeks",
      paramLabel = "N",
      description = "Weeks of event time, 5 to 52, until now (default: ${DEFAULT-VALUE}).")
  private int weeks = 6;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of every report and fault (default: ${DEFAULT-VALUE}).")
  private long seed = 42;

  @Override
  public Integer call() {
    CommandLines.check(command, cells >= 1 && cells <= 1000, "--cells must be 1 to 1000: " + cells);
    CommandLines.check(command, weeks >= 5 && weeks <= 52, "--weeks must be 5 to 52: " + weeks);
    return options.run(this::run);
  }

  int run(PrintWriter out, StopSignal stop) {
    IncidentTable.prepare(options.database());
    CellSimulator simulator = new CellSimulator(cells, weeks, System.currentTimeMillis(), seed);
    List<CellReport> reports = simulator.reports();
    try (LocalRun run = LocalRun.open(options, NetworkTopology.TOPIC, out, stop)) {
      NetworkTopology.prepareTopics(run.topics(), run.createsTopics());
      NetworkTopology topology = new NetworkTopology(run.settings(null));
      if (!run.process("network", topology.build(), () -> write(run, reports))) {
        return 0;
      }
      summarize(run, simulator, reports);
      return run.isDrained() ? 0 : 1;
    }
  }

  private void write(LocalRun run, List<CellReport> reports) {
    Duration duration = options.hasDuration() ? options.duration() : DURATION;
    List<PacedWriter.Message> messages =
        reports.stream()
            .map(report -> new PacedWriter.Message(report.cellId(), report.toJson()))
            .toList();
    run.write(
        new PacedWriter(run.topics().bootstrapServers(), NetworkTopology.TOPIC, messages, duration),
        duration,
        String.format(
            Locale.ROOT,
            "%,d reports of %d cells in %d weeks, written in %d s",
            reports.size(),
            cells,
            weeks,
            duration.toSeconds()),
        () -> {});
    run.drain(true);
  }

  private void summarize(LocalRun run, CellSimulator simulator, List<CellReport> reports) {
    List<IncidentTable.Row> rows =
        IncidentTable.rows(
            options.database(),
            reports.get(0).timestamp(),
            reports.get(reports.size() - 1).timestamp());
    run.print(
        "%n%,d reports; %d late, %d dead-lettered",
        run.readings(), run.progress().late(), run.progress().deadLetters());
    FaultScore score = FaultScore.of(simulator, rows);
    run.print(
        "planted faults: %d of %d found, after %d minutes at the median; other incidents: %d",
        score.found(), score.planted(), score.medianMinutes(), score.others());
    rows.stream()
        .filter(row -> !row.incident().open())
        .limit(SHOWN)
        .forEach(
            row ->
                run.print(
                    "%s  %-8s %4.1f h   %-10s %8.3f, usual %7.3f",
                    Instant.ofEpochMilli(row.incident().since()),
                    ErrorText.ofName(row.cell()),
                    (row.time() - row.incident().since()) / 3.6e6,
                    row.incident().kpi().feature(),
                    row.incident().value(),
                    row.incident().usual()));
    run.print("database: %s, table incidents", options.database().toAbsolutePath());
  }
}
