package io.thalweg.examples.replay;

import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.testing.SeriesGenerator;
import io.thalweg.testing.SeriesGenerator.Anomalies;
import io.thalweg.testing.SeriesGenerator.Background;
import io.thalweg.testing.SeriesGenerator.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Writes a series with labelled anomalies, to try the other commands with. */
@Command(
    name = "generate",
    description = {
      "Writes a series of readings, 5 minutes apart, with labelled anomalies of one kind: a CSV file"
          + " with the columns timestamp, value and label. Equal options give equal files.",
      ""
    })
final class GenerateCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "CSV file to write.")
  private Path output;

  @Option(
      names = "--background",
      paramLabel = "NAME",
      description = "Process without anomalies: ${COMPLETION-CANDIDATES} (default: daily).")
  private Background background = Background.DAILY;

  @Option(
      names = "--kind",
      paramLabel = "NAME",
      description = "Kind of the anomalies: ${COMPLETION-CANDIDATES} (default: none).")
  private Kind kind;

  @Option(
      names = "--strength",
      paramLabel = "N",
      description = "Strength of the anomalies, in standard deviations (default: 12).")
  private double strength = 12;

  @Option(
      names = "--length",
      paramLabel = "N",
      description = "Readings of an anomaly (default: ${DEFAULT-VALUE}).")
  private int length = 6;

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "Number of readings (default: ${DEFAULT-VALUE}: two weeks).")
  private int rows = 14 * SeriesGenerator.DAY;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the series (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Override
  public Integer call() throws IOException {
    CommandLines.check(
        command, rows >= 1 && rows <= 100_000_000, "--rows must be 1 to 100000000: " + rows);
    SeriesGenerator series = series();
    long[] labelled = {0};
    ReplayFiles.write(
        output,
        to -> {
          RowWriter out = RowWriter.csv(to, List.of("timestamp", "value", "label"));
          for (int i = 0; i < rows; i++) {
            series.next();
            labelled[0] += series.anomalous() ? 1 : 0;
            out.write(
                Instant.ofEpochMilli(series.timestamp()),
                series.value(),
                series.anomalous() ? "1" : "0");
          }
        });
    command
        .commandLine()
        .getOut()
        .printf(Locale.ROOT, "%s: %,d rows, %,d labelled%n", output, rows, labelled[0]);
    command.commandLine().getOut().flush();
    return 0;
  }

  private SeriesGenerator series() {
    try {
      return kind == null
          ? SeriesGenerator.of(background, seed)
          : SeriesGenerator.of(
              background, new Anomalies(kind, strength, length, rows / 3, rows / 8 + 1), seed);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }
}
