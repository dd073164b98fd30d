package io.thalweg.benchmarks.anomaly;

import io.thalweg.anomaly.Detector;
import io.thalweg.anomaly.TailProbability;
import io.thalweg.evaluation.RowRange;
import io.thalweg.evaluation.ScoredSeries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A file of a corpus: rows with the anomalies that others labelled. */
record LabelledSeries(String name, long[] times, double[] values, List<RowRange> anomalies) {

  /** Reads the files of the Numenta Anomaly Benchmark that are present, by name. */
  static List<LabelledSeries> nab(Path folder) throws IOException {
    String windows = Files.readString(folder.resolve("windows.json"));
    return read(
        folder,
        rows -> {
          Matcher file =
              Pattern.compile(
                      "\""
                          + Pattern.quote(rows.name)
                          + "\"\\s*:\\s*\\[((?:\\s|,|\\[[^\\]]*\\])*)\\]")
                  .matcher(windows);
          if (!file.find()) {
            throw new IllegalStateException("windows.json has no file " + rows.name);
          }
          List<RowRange> ranges = new ArrayList<>();
          Matcher window =
              Pattern.compile("\\[\\s*\"([^\"]*)\",\\s*\"([^\"]*)\"\\s*\\]").matcher(file.group(1));
          while (window.find()) {
            ranges.add(new RowRange(rows.at(window.group(1)), rows.at(window.group(2))));
          }
          return ranges;
        });
  }

  /** Reads the files of the cloud monitoring set that are present, by name. */
  static List<LabelledSeries> cloudMonitoring(Path folder) throws IOException {
    return read(folder, rows -> ScoredSeries.of(new double[rows.size], rows.labels()).anomalies());
  }

  private static List<LabelledSeries> read(Path folder, Function<Rows, List<RowRange>> anomalies)
      throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(folder)) {
      files = walk.filter(file -> file.toString().endsWith(".csv")).sorted().toList();
    }
    List<LabelledSeries> series = new ArrayList<>();
    for (Path file : files) {
      Rows rows = new Rows(folder.relativize(file).toString().replace('\\', '/'), file);
      series.add(
          new LabelledSeries(
              rows.name,
              Arrays.copyOf(rows.times, rows.size),
              Arrays.copyOf(rows.values, rows.size),
              anomalies.apply(rows)));
    }
    return series;
  }

  /** The rows of a file: time, value, and maybe a label. */
  private static final class Rows {
    final String name;
    final long[] times;
    final double[] values;
    final boolean[] labelled;
    int size;

    Rows(String name, Path file) throws IOException {
      this.name = name;
      List<String> lines = Files.readAllLines(file);
      times = new long[lines.size()];
      values = new double[lines.size()];
      labelled = new boolean[lines.size()];
      for (String line : lines.subList(1, lines.size())) {
        String[] columns = line.replace("\"", "").split(",");
        if (columns.length >= 2 && !columns[1].isBlank()) {
          times[size] = time(columns[0]);
          values[size] = Double.parseDouble(columns[1]);
          labelled[size] = columns.length > 2 && columns[2].trim().equals("1");
          size++;
        }
      }
    }

    private static long time(String text) {
      String seconds = text.trim().replace(' ', 'T').replaceAll("\\.\\d+$|Z$", "");
      return LocalDateTime.parse(seconds).toEpochSecond(ZoneOffset.UTC) * 1000;
    }

    /** Returns the first row at a time. */
    int at(String text) {
      long time = time(text);
      for (int row = 0; row < size; row++) {
        if (times[row] == time) {
          return row;
        }
      }
      throw new IllegalStateException(name + " has no row at " + text);
    }

    boolean[] labels() {
      return Arrays.copyOf(labelled, size);
    }
  }

  /**
   * Scores each row before it is learnt.
   *
   * @param detector a detector without state
   * @param calibration makes a score {@code -log10} of its tail probability; null for raw scores
   */
  ScoredSeries scored(Detector detector, TailProbability calibration) {
    double[] scores = new double[values.length];
    long time = Long.MIN_VALUE;
    for (int row = 0; row < scores.length; row++) {
      time = Math.max(time, times[row]); // a few rows of the files are behind
      double score = detector.score(values[row], time);
      detector.learn(values[row], time);
      if (calibration == null) {
        scores[row] = score;
      } else {
        scores[row] = -Math.log10(calibration.probability(score));
        calibration.learn(score);
      }
    }
    return ScoredSeries.of(scores, anomalies);
  }
}
