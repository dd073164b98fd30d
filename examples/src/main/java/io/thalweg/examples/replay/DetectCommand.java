package io.thalweg.examples.replay;

import io.thalweg.Processor;
import io.thalweg.anomaly.Detection;
import io.thalweg.anomaly.Score;
import io.thalweg.examples.runtime.DemoException;
import io.thalweg.file.Reading;
import io.thalweg.replay.Replay;
import io.thalweg.replay.ScoredReading;
import io.thalweg.replay.ScoredReading.Outcome;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Scores each reading of recorded files. */
@Command(
    name = "detect",
    description = {
      "Scores each reading of a file, or of all files below a folder, and marks the alerts. The"
          + " output has one row for each record of the input, in its order: timestamp, value,"
          + " score, probability, alert (1 where an incident opens), and the key if there is one.",
      ""
    })
final class DetectCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "FILE_OR_FOLDER",
      description = "File of readings, CSV or JSON lines, or a folder of such files.")
  private Path input;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE_OR_FOLDER",
      description = "CSV file to write, or a folder that mirrors the input; - for the console.")
  private Path output;

  @Mixin private DetectorOptions detector = new DetectorOptions();

  @Mixin private ReadingOptions readings = new ReadingOptions();

  @Option(
      names = "--strict",
      description = "Stops at the first record that cannot be read or is out of order.")
  private boolean strict;

  @Override
  public Integer call() throws IOException {
    Supplier<Processor<String, Reading, Detection>> detection = detector.detection();
    PrintWriter out = command.commandLine().getOut();
    PrintWriter err = command.commandLine().getErr();
    boolean toConsole = output.toString().equals("-");
    List<ReplayFiles.Pair> files =
        ReplayFiles.pairs(input, toConsole ? Path.of("console.csv") : output);
    if (toConsole && files.size() > 1) {
      throw new DemoException("--output must be a folder for the files of a folder: -", null);
    }
    ReplayReport report = new ReplayReport(toConsole ? err : out, err);
    for (ReplayFiles.Pair file : files) {
      Replay replay = Replay.of(detection.get());
      report.begin(file.name());
      try {
        if (toConsole) {
          detect(file, replay, report, out);
        } else {
          ReplayFiles.write(file.output(), to -> detect(file, replay, report, to));
        }
        report.end(replay);
      } catch (IOException e) {
        report.fail(ReplayFiles.reason(e));
      } catch (UncheckedIOException e) {
        report.fail(ReplayFiles.reason(e.getCause()));
      }
    }
    return report.finish();
  }

  private void detect(ReplayFiles.Pair file, Replay replay, ReplayReport report, Writer to)
      throws IOException {
    CsvWriter csv = new CsvWriter(to);
    csv.text("timestamp").text("value").text("score").text("probability").text("alert");
    if (readings.hasKeys()) {
      csv.text("key");
    }
    csv.end();
    replay.run(
        readings.file(file.input()).onNotice(report::notice),
        row -> {
          report.row(row);
          try {
            if (strict && isFault(row.outcome())) {
              throw new IOException(row.reason() + " (--strict)");
            }
            write(row, csv);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static boolean isFault(Outcome outcome) {
    return outcome == Outcome.UNREADABLE || outcome == Outcome.LATE || outcome == Outcome.REJECTED;
  }

  private void write(ScoredReading row, CsvWriter csv) throws IOException {
    Score score = row.score();
    csv.text(row.reading().time())
        .text(row.reading().value())
        .number(score == null ? Double.NaN : score.score())
        .number(score == null ? Double.NaN : score.probability())
        .text(row.isAlert() ? "1" : "0");
    if (readings.hasKeys()) {
      csv.text(row.reading().key());
    }
    csv.end();
  }
}
