package io.thalweg.examples.replay;

import io.thalweg.evaluation.AlertSummary;
import io.thalweg.evaluation.AveragePrecision;
import io.thalweg.evaluation.Evaluation;
import io.thalweg.evaluation.Interval;
import io.thalweg.evaluation.NabProfile;
import io.thalweg.evaluation.RowRange;
import io.thalweg.evaluation.ScoredSeries;
import io.thalweg.evaluation.ThresholdSweep;
import io.thalweg.examples.runtime.DemoException;
import io.thalweg.file.Reading;
import io.thalweg.file.ReadingFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares the output of {@link DetectCommand} with labels. */
@Command(
    name = "evaluate",
    description = {
      "Compares scores and alerts, as detect writes them, with labels: alerts per 1,000 rows,"
          + " events found, delay, average precision, event F1, and the score of the Numenta"
          + " Anomaly Benchmark. The first 15 % of a series, at most 750 rows, are not judged.",
      ""
    })
final class EvaluateCommand implements Callable<Integer> {

  private static final int HALVES = 200;
  private static final int FEWEST_SERIES = 4;

  @Spec private CommandSpec command;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "FILE_OR_FOLDER",
      description = "Output of detect, or another CSV file with the columns.")
  private Path input;

  @Option(
      names = "--labels",
      required = true,
      paramLabel = "FILE_OR_FOLDER",
      description =
          "JSON file of windows in the format of the Numenta Anomaly Benchmark, or the file or"
              + " folder that detect has read, with a label column.")
  private Path labels;

  @Option(
      names = "--label",
      paramLabel = "COLUMN",
      description = "Column of the labels, 1 or true for an anomaly (default: ${DEFAULT-VALUE}).")
  private String label = "label";

  @Option(
      names = "--time",
      paramLabel = "COLUMN",
      description = "Column of the times (default: ${DEFAULT-VALUE}).")
  private String time = "timestamp";

  @Option(
      names = "--score",
      paramLabel = "COLUMN",
      description =
          "Column of the scores; probability is read as -log10 of it (default:"
              + " ${DEFAULT-VALUE}).")
  private String score = "score";

  @Option(
      names = "--alert",
      paramLabel = "COLUMN",
      description = "Column of the alerts, 1 for an alert (default: ${DEFAULT-VALUE}).")
  private String alert = "alert";

  @Override
  public Integer call() throws IOException {
    if (!Files.exists(input) || !Files.exists(labels)) {
      throw new DemoException(
          "--input and --labels must exist: " + (Files.exists(input) ? labels : input), null);
    }
    boolean hasWindows = labels.toString().toLowerCase(Locale.ROOT).endsWith(".json");
    Labels windows = hasWindows ? Labels.read(labels) : null;
    List<String> names = new ArrayList<>();
    List<ScoredSeries> scores = new ArrayList<>();
    List<ScoredSeries> alerts = new ArrayList<>();
    List<Path> files = Files.isDirectory(input) ? ReplayFiles.files(input) : List.of(input);
    for (Path file : files) {
      Rows rows = Rows.read(ReadingFile.csv(file).time(time).value(score).label(alert), file);
      List<RowRange> anomalies =
          hasWindows ? ranges(windows, file, rows) : labels(file, rows.size());
      names.add(Files.isDirectory(input) ? input.relativize(file).toString() : file.toString());
      double[] values = rows.values();
      if (score.equalsIgnoreCase("probability")) {
        Arrays.setAll(values, i -> -Math.log10(values[i]));
      }
      scores.add(ScoredSeries.of(values, anomalies));
      alerts.add(ScoredSeries.of(rows.flags(), anomalies));
    }
    if (files.isEmpty()) {
      throw new DemoException("--input must have .csv files: " + input, null);
    }
    PrintWriter out = command.commandLine().getOut();
    printFiles(out, names, scores, alerts);
    printScores(out, scores, alerts, hasWindows);
    out.flush();
    return 0;
  }

  /** Rows of a file: times, numbers, and the texts of a flag. */
  private record Rows(List<Reading> readings) {

    static Rows read(ReadingFile file, Path path) throws IOException {
      List<Reading> readings = new ArrayList<>();
      try {
        file.read(readings::add, (record, reason) -> readings.add((Reading) record));
      } catch (IOException e) {
        throw new DemoException(path + ": " + ReplayFiles.reason(e), e);
      }
      return new Rows(readings);
    }

    int size() {
      return readings.size();
    }

    double[] values() {
      return readings.stream().mapToDouble(Reading::number).toArray();
    }

    double[] flags() {
      return readings.stream().mapToDouble(row -> isFlagged(row) ? 1 : 0).toArray();
    }

    static boolean isFlagged(Reading row) {
      return PlotCommand.isAnomaly(row.label());
    }
  }

  private List<RowRange> ranges(Labels windows, Path file, Rows rows) {
    List<PlotSeries.Period> periods = windows.of(file.toAbsolutePath());
    if (periods == null) {
      throw new DemoException("--labels must name each file of the input: " + file, null);
    }
    List<RowRange> ranges = new ArrayList<>();
    for (PlotSeries.Period period : periods) {
      int first = -1;
      int last = -1;
      for (int i = 0; i < rows.size(); i++) {
        Reading row = rows.readings.get(i);
        if (!row.time().isEmpty()
            && period.start() <= row.timestamp()
            && row.timestamp() <= period.end()) {
          first = first < 0 ? i : first;
          last = i;
        }
      }
      if (first >= 0) {
        ranges.add(new RowRange(first, last));
      }
    }
    return ranges;
  }

  private List<RowRange> labels(Path file, int size) throws IOException {
    Path path = Files.isDirectory(labels) ? labels.resolve(input.relativize(file)) : labels;
    // any number serves as the value: the label is the only column that counts
    Rows rows = Rows.read(ReadingFile.of(path).time(time).value(label).label(label), path);
    if (rows.size() != size) {
      throw new DemoException(
          String.format(
              Locale.ROOT,
              "labels must have as many rows as scores: %s: %,d, %,d",
              file,
              rows.size(),
              size),
          null);
    }
    boolean[] flags = new boolean[size];
    for (int i = 0; i < size; i++) {
      flags[i] = Rows.isFlagged(rows.readings.get(i));
    }
    return ScoredSeries.of(new double[size], flags).anomalies();
  }

  private static void printFiles(
      PrintWriter out, List<String> names, List<ScoredSeries> scores, List<ScoredSeries> alerts) {
    print(
        out,
        "| %-55s | %7s | %8s | %6s | %5s | %6s | %5s |",
        "file",
        "rows",
        "alerts/k",
        "events",
        "found",
        "delay",
        "AP");
    print(out, "|%s|--------:|---------:|-------:|------:|-------:|------:|", "-".repeat(57));
    for (int i = 0; i < names.size(); i++) {
      print(out, names.get(i), alerts.subList(i, i + 1), AveragePrecision.of(scores.get(i)));
    }
    if (names.size() > 1) {
      print(out, "all", alerts, AveragePrecision.mean(scores));
    }
    print(out, "%nalerts/k: alerts per 1,000 judged rows; delay: median rows from the start of an");
    print(out, "event to the alert that finds it; AP: average precision of the rows by score.%n");
  }

  private static void print(
      PrintWriter out, String name, List<ScoredSeries> alerts, double precision) {
    AlertSummary summary = AlertSummary.of(alerts, 1);
    print(
        out,
        "| %-55s | %,7d | %8.2f | %,6d | %,5d | %6s | %5s |",
        name,
        summary.rows(),
        summary.alertsPerThousand(),
        summary.events(),
        summary.found(),
        number("%.0f", summary.medianDelay()),
        number("%.3f", precision));
  }

  private static String number(String format, double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, format, value);
  }

  private static void printScores(
      PrintWriter out, List<ScoredSeries> scores, List<ScoredSeries> alerts, boolean hasWindows) {
    print(
        out,
        "| %-22s | %-13s | %-29s | %-26s |",
        "score",
        "at the alerts",
        "at the best threshold",
        "random halves, 5 to 95 %");
    print(out, "|%s|%s|%s|%s|", "-".repeat(24), "-".repeat(15), "-".repeat(31), "-".repeat(28));
    print(
        out,
        "event F1",
        "%.3f",
        ThresholdSweep.eventF1(scores),
        ThresholdSweep.eventF1(alerts),
        scores.size());
    if (hasWindows) {
      printNab(out, "NAB", NabProfile.STANDARD, scores, alerts);
      printNab(out, "NAB, few false alerts", NabProfile.LOW_FALSE_POSITIVES, scores, alerts);
      printNab(out, "NAB, few missed", NabProfile.LOW_FALSE_NEGATIVES, scores, alerts);
    }
  }

  private static void printNab(
      PrintWriter out,
      String name,
      NabProfile profile,
      List<ScoredSeries> scores,
      List<ScoredSeries> alerts) {
    print(
        out,
        name,
        "%.1f",
        ThresholdSweep.nab(scores, profile),
        ThresholdSweep.nab(alerts, profile),
        scores.size());
  }

  private static void print(
      PrintWriter out,
      String name,
      String format,
      ThresholdSweep scores,
      ThresholdSweep alerts,
      int series) {
    Evaluation best = scores.best();
    String halves = "-";
    if (series >= FEWEST_SERIES) {
      Interval interval = scores.randomHalves(HALVES, 1);
      halves =
          String.format(
              Locale.ROOT,
              format + " [" + format + ", " + format + "]",
              interval.mean(),
              interval.low(),
              interval.high());
    }
    print(
        out,
        "| %-22s | %-13s | %-29s | %-26s |",
        name,
        number(format, alerts.at(1).score()),
        number(format, best.score())
            + String.format(Locale.ROOT, ", score ≥ %.4g", best.threshold()),
        halves);
  }

  private static void print(PrintWriter out, String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }
}
