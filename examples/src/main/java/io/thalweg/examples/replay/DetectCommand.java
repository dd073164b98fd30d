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
import java.util.Locale;
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

  private static final List<String> COLUMNS =
      List.of("timestamp", "value", "score", "probability", "alert");

  private static final List<String> WITH_KEY =
      List.of("timestamp", "value", "score", "probability", "alert", "key");

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
        end(replay, report);
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
    List<String> columns = readings.hasKeys() ? WITH_KEY : COLUMNS;
    RowWriter out = RowWriter.csv(to, columns);
    replay.run(
        readings.file(file.input()).onNotice(report::notice),
        row -> {
          report.record();
          if (row.reason() != null) {
            report.refuse(row.reason());
          }
          try {
            if (strict && isFault(row.outcome())) {
              throw new IOException(row.reason() + " (--strict)");
            }
            write(row, out);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static boolean isFault(Outcome outcome) {
    return outcome == Outcome.UNREADABLE || outcome == Outcome.LATE || outcome == Outcome.REJECTED;
  }

  private void write(ScoredReading row, RowWriter out) throws IOException {
    Score score = row.score();
    Double raw = score == null ? null : (Double) score.score();
    Double probability = score == null ? null : (Double) score.probability();
    String alert = row.isAlert() ? "1" : "0";
    String time = row.reading().time();
    String value = row.reading().value();
    if (readings.hasKeys()) {
      out.write(time, value, raw, probability, alert, row.reading().key());
    } else {
      out.write(time, value, raw, probability, alert);
    }
  }

  private static void end(Replay replay, ReplayReport report) {
    report.end(
        new ReplayReport.Counts()
            .add(replay.count(Outcome.JUDGED), "judged")
            .add(replay.count(Outcome.LEARNING), "before the first probability")
            .add(replay.count(Outcome.NOT_FINITE), "without a value")
            .add(replay.count(Outcome.LATE), "late")
            .add(replay.count(Outcome.REJECTED), "rejected")
            .add(replay.count(Outcome.UNREADABLE), "unreadable"),
        String.format(Locale.ROOT, "alerts: %,d", replay.alerts()));
    if (replay.records() > 0 && replay.count(Outcome.UNREADABLE) == replay.records()) {
      report.fail("no record can be read; --time, --value and --format choose the columns");
    }
  }
}
