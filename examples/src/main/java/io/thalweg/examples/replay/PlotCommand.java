package io.thalweg.examples.replay;

import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.examples.runtime.DemoException;
import io.thalweg.file.ReadingFile;
import io.thalweg.replay.Replay;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Draws a recorded series with the answers of a detector. */
@Command(
    name = "plot",
    description = {
      "Runs a detector over a file and draws the values with their expected range, the surprise of"
          + " each reading, the alerts, and labelled periods, in one file without links: SVG, or"
          + " HTML with zoom.",
      ""
    })
final class PlotCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "FILE",
      description = "File of readings, CSV or JSON lines.")
  private Path input;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "File to write, .svg or .html.")
  private Path output;

  @Option(
      names = "--series",
      paramLabel = "KEY",
      description = "Key of the series to draw, with --key.")
  private String series;

  @Option(
      names = "--title",
      paramLabel = "TEXT",
      description = "Title (default: the name of the input and the detector).")
  private String title;

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description = "Labelled windows, in the format of the Numenta Anomaly Benchmark.")
  private Path labels;

  @Option(
      names = "--label",
      paramLabel = "COLUMN",
      description = "Column of the input with labels: 1 or true for an anomaly.")
  private String label;

  @Mixin private DetectorOptions detector = new DetectorOptions();

  @Mixin private ReadingOptions readings = new ReadingOptions();

  @Override
  public Integer call() {
    String name = output.toString().toLowerCase(Locale.ROOT);
    boolean isSvg = name.endsWith(".svg");
    CommandLines.check(
        command, isSvg || name.endsWith(".html"), "--output must end in .svg or .html: " + output);
    CommandLines.check(
        command,
        readings.hasKeys() == (series != null),
        "--key and --series must be given together: a plot has one series");
    Replay replay = Replay.of(detector.detection().get());
    PrintWriter out = command.commandLine().getOut();
    ReplayReport report = new ReplayReport(out, command.commandLine().getErr());
    report.begin(input.getFileName().toString());
    try {
      PlotSeries points = points(replay, report);
      String text = title == null ? input.getFileName() + ", " + detector.name() : title;
      double rate = detector.rate();
      ReplayFiles.write(
          output,
          to -> to.write(isSvg ? SvgPlot.of(points, text, rate) : HtmlPlot.of(points, text, rate)));
      report.end(
          new ReplayReport.Counts().add(points.size(), "drawn"),
          String.format(Locale.ROOT, "alerts: %,d", points.alerts().size()));
    } catch (IOException e) {
      report.fail(ReplayFiles.reason(e));
    }
    return report.finish();
  }

  private PlotSeries points(Replay replay, ReplayReport report) throws IOException {
    PlotSeries points = new PlotSeries();
    ReadingFile file = readings.file(input).onNotice(report::notice);
    replay.run(
        label == null ? file : file.label(label),
        row -> {
          report.record();
          if (row.reason() != null) {
            report.refuse(row.reason());
          }
          if (series == null || series.equals(row.reading().key())) {
            points.add(row, isAnomaly(row.reading().label()));
          }
        });
    if (points.size() == 0) {
      throw new DemoException(
          "--input must have a readable record"
              + (series == null ? "" : " of the key " + series)
              + ": "
              + input,
          null);
    }
    if (labels != null) {
      List<PlotSeries.Period> periods = Labels.read(labels).of(input.toAbsolutePath());
      if (periods == null) {
        throw new DemoException("--labels must name the input: " + input, null);
      }
      periods.forEach(points::addLabel);
    }
    return points;
  }

  /** Returns whether the text of a label stands for an anomaly. */
  static boolean isAnomaly(String label) {
    String text = label.strip();
    return text.equals("1") || text.equals("1.0") || text.equalsIgnoreCase("true");
  }
}
