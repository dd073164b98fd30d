package io.thalweg.examples.replay;

import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.file.Reading;
import io.thalweg.runner.RunSummary;
import io.thalweg.runner.Runner;
import io.thalweg.window.AccumulationMode;
import io.thalweg.window.WindowSpec;
import io.thalweg.window.WindowedAggregator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Computes aggregates over the windows of a recorded file. */
@Command(
    name = "windows",
    description = {
      "Computes aggregates over event-time windows of a file. The output has a row for each result:"
          + " query, key, start, end, timing (on_time; late: a correction by late readings;"
          + " retracted: no longer a window), and a column for each aggregate.",
      ""
    })
final class WindowsCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "FILE",
      description = "File of readings, CSV or JSON lines.")
  private Path input;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description =
          "File to write: JSON lines for .jsonl and .ndjson, else CSV; - for the console (default:"
              + " ${DEFAULT-VALUE}).")
  private Path output = Path.of("-");

  @Option(
      names = "--windows",
      required = true,
      split = ",",
      paramLabel = "WINDOW",
      description =
          "Windows, separated by commas: tumbling:5m, sliding:60s/1s, cumulative:1d/1h,"
              + " session:30s.")
  private List<String> windows;

  @Option(
      names = "--aggregate",
      split = ",",
      paramLabel = "NAME",
      description =
          "Aggregates, separated by commas: count, sum, mean, stddev, min, max, median, distinct,"
              + " and quantiles such as p99 (default: count,mean,stddev).")
  private List<String> aggregates = List.of("count", "mean", "stddev");

  @Option(
      names = "--delay",
      converter = TimeSpan.class,
      paramLabel = "TIME",
      description =
          "Bound on the disorder: the watermark follows the newest reading at this distance"
              + " (default: 0s).")
  private Duration delay = Duration.ZERO;

  @Option(
      names = "--lateness",
      converter = TimeSpan.class,
      paramLabel = "TIME",
      description =
          "Time after its end during which a window accepts late readings, and corrects its"
              + " result (default: 0s).")
  private Duration lateness = Duration.ZERO;

  @Mixin private ReadingOptions readings = new ReadingOptions();

  @Option(
      names = "--strict",
      description = "Stops at the first record that cannot be read or is late.")
  private boolean strict;

  private long missing;
  private long results;

  @Override
  public Integer call() {
    List<WindowSpec<Object>> specs =
        option("--windows", () -> windows.stream().map(WindowQueries::window).toList());
    WindowedAggregator<String, Reading, List<Number>> operator =
        WindowedAggregator.of(
                option("--aggregate", () -> WindowQueries.aggregates(aggregates)), specs)
            .lateness(lateness)
            .mode(AccumulationMode.RETRACTING)
            .build();
    PrintWriter out = command.commandLine().getOut();
    PrintWriter err = command.commandLine().getErr();
    boolean toConsole = output.toString().equals("-");
    CommandLines.check(
        command,
        toConsole || !output.toAbsolutePath().equals(input.toAbsolutePath()),
        "--output must be another file than the input: " + output);
    ReplayReport report = new ReplayReport(toConsole ? err : out, err);
    report.begin(input.getFileName().toString());
    try {
      if (toConsole) {
        run(operator, report, out);
        out.flush();
      } else {
        ReplayFiles.write(output, to -> run(operator, report, to));
      }
    } catch (IOException e) {
      report.fail(ReplayFiles.reason(e));
    } catch (UncheckedIOException e) {
      report.fail(ReplayFiles.reason(e.getCause()));
    }
    return report.finish();
  }

  private <T> T option(String name, Supplier<T> parsing) {
    try {
      return parsing.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), name + ": " + e.getMessage(), e);
    }
  }

  private void run(
      WindowedAggregator<String, Reading, List<Number>> operator, ReplayReport report, Writer to)
      throws IOException {
    List<String> columns = new ArrayList<>(List.of("query", "key", "start", "end", "timing"));
    columns.addAll(aggregates);
    RowWriter rows = RowWriter.of(output, to, columns);
    RunSummary summary =
        Runner.of(Reading::key, Reading::timestamp, delay)
            .onUnreadable((record, reason) -> refuse(report, reason))
            .add(operator, output(rows, report))
            .run(
                (events, rejected) ->
                    readings
                        .file(input)
                        .onNotice(report::notice)
                        .read(
                            reading -> {
                              report.record();
                              if (Double.isNaN(reading.number())) {
                                missing++;
                              } else {
                                events.accept(reading);
                              }
                            },
                            (record, reason) -> {
                              report.record();
                              rejected.accept(record, reason);
                            }));
    report.end(
        new ReplayReport.Counts()
            .add(summary.processed(), "in windows")
            .add(missing, "without a value")
            .add(summary.late(), "late")
            .add(summary.rejected(), "rejected"),
        String.format(Locale.ROOT, "results: %,d", results));
  }

  private Output<String, List<Number>> output(RowWriter rows, ReplayReport report) {
    return Output.of(
        Output.ofWindows(
            (key, window, values) ->
                write(rows, key, window, window.timing().name().toLowerCase(Locale.ROOT), values),
            (key, window, values) -> write(rows, key, window, "retracted", values)),
        (key, event, timestamp, watermark) ->
            refuse(report, line(event) + "all windows of the reading are closed"),
        (key, event, timestamp, reason) -> refuse(report, line(event) + reason));
  }

  private static String line(Object event) {
    return "line " + ((Reading) event).line() + ": ";
  }

  private void refuse(ReplayReport report, String reason) {
    report.refuse(reason);
    if (strict) {
      throw new UncheckedIOException(new IOException(reason + " (--strict)"));
    }
  }

  private void write(RowWriter rows, String key, Pane window, String timing, List<Number> values) {
    results++;
    List<Object> row = new ArrayList<>(values.size() + 5);
    row.add(windows.get(window.query()));
    row.add(key);
    row.add(Instant.ofEpochMilli(window.start()));
    row.add(Instant.ofEpochMilli(window.end()));
    row.add(timing);
    row.addAll(values);
    try {
      rows.write(row.toArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
