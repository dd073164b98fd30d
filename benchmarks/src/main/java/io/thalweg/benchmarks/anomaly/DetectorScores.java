package io.thalweg.benchmarks.anomaly;

import io.thalweg.anomaly.DetectorSpec;
import io.thalweg.anomaly.TailProbability;
import io.thalweg.evaluation.AveragePrecision;
import io.thalweg.evaluation.Evaluation;
import io.thalweg.evaluation.HeldOut;
import io.thalweg.evaluation.Interval;
import io.thalweg.evaluation.NabProfile;
import io.thalweg.evaluation.ScoredSeries;
import io.thalweg.evaluation.ThresholdSweep;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Prints the scores of detectors on the series of the Numenta Anomaly Benchmark and on the cloud
 * monitoring set, each with one threshold for all files, as far as the files are present.
 *
 * <p>{@code java -Dthalweg.data=DIR -cp benchmarks/target/thalweg-benchmarks.jar
 * io.thalweg.benchmarks.anomaly.DetectorScores [--quick] [--detectors=NAME,…]}: {@code DIR} has
 * {@code nab/windows.json} with the folders of the series beside it, and {@code cloud-monitoring}.
 * With {@code --quick}, 50 random halves instead of 200 and no forests.
 */
public final class DetectorScores {

  private static final long SEED = 42;

  private final PrintStream out;
  private final Progress progress = new Progress();
  private final List<String> names;
  private final int halves;

  private DetectorScores(PrintStream out, String... args) {
    this.out = out;
    names = Candidates.chosen(args);
    halves = Candidates.quick(args) ? 50 : 200;
  }

  /**
   * Prints the tables.
   *
   * @param args the options
   * @throws IOException if a file cannot be read
   */
  public static void main(String[] args) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    String data = System.getProperty("thalweg.data");
    if (data == null) {
      out.println("The data are absent: give their folder by -Dthalweg.data=DIR.");
      return;
    }
    DetectorScores scores = new DetectorScores(out, args);
    Path nab = Path.of(data, "nab");
    if (Files.exists(nab.resolve("windows.json"))) {
      scores.nab(LabelledSeries.nab(nab));
    } else {
      out.println("Absent: " + nab.resolve("windows.json"));
    }
    Path cloud = Path.of(data, "cloud-monitoring");
    if (Files.isDirectory(cloud)) {
      scores.cloudMonitoring(LabelledSeries.cloudMonitoring(cloud));
    } else {
      out.println("Absent: " + cloud);
    }
  }

  private interface Line {
    void print(String name, List<ScoredSeries> corpus, double nanos);
  }

  /** Scores the corpus with each detector, raw and calibrated. */
  private void each(List<LabelledSeries> series, Line line) {
    for (String name : names) {
      for (boolean calibrated : new boolean[] {false, true}) {
        List<ScoredSeries> corpus = new ArrayList<>();
        DetectorSpec spec = Candidates.named(name);
        long rows = 0;
        long start = Costs.cpuTime();
        for (LabelledSeries each : series) {
          corpus.add(each.scored(spec.newDetector(), calibrated ? new TailProbability() : null));
          rows += each.values().length;
          progress.at(name + ": " + each.name());
        }
        double nanos = (Costs.cpuTime() - start) / (double) rows;
        line.print(calibrated ? name + ", calibrated" : name, corpus, nanos);
      }
    }
  }

  private void nab(List<LabelledSeries> series) {
    long windows = series.stream().mapToInt(each -> each.anomalies().size()).sum();
    long rows = series.stream().mapToInt(each -> each.values().length).sum();
    out.printf(
        Locale.ROOT,
        "%nNumenta Anomaly Benchmark: %d files, %,d rows, %d windows. Score of 100 at the best"
            + " threshold;%nof the odd files at the threshold of the even ones, the reverse, and"
            + " both; mean and 5 to 95 %% of%n%d random halves; 5 to 95 %% of the files drawn with"
            + " replacement; CPU time of a cold run.%n%n",
        series.size(),
        rows,
        windows,
        halves);
    out.println(
        "| detector | standard | low FP | low FN | odd / even / both | random halves |"
            + " files drawn | windows | false rows | ns |");
    out.println("|---|---|---|---|---|---|---|---|---|---|");
    each(
        series,
        (name, corpus, nanos) -> {
          ThresholdSweep sweep = ThresholdSweep.nab(corpus, NabProfile.STANDARD);
          Evaluation best = sweep.best();
          HeldOut heldOut = sweep.heldOut(i -> i % 2 == 1);
          Interval half = sweep.randomHalves(halves, SEED);
          Interval drawn = sweep.bootstrap(1_000, SEED);
          out.printf(
              Locale.ROOT,
              "| %s | %.1f | %.1f | %.1f | %.1f / %.1f / %.1f | %.1f [%.1f, %.1f] | %.1f–%.1f |"
                  + " %d | %d | %.0f |%n",
              name,
              best.score(),
              ThresholdSweep.nab(corpus, NabProfile.LOW_FALSE_POSITIVES).best().score(),
              ThresholdSweep.nab(corpus, NabProfile.LOW_FALSE_NEGATIVES).best().score(),
              heldOut.first().score(),
              heldOut.second().score(),
              heldOut.together().score(),
              half.mean(),
              half.low(),
              half.high(),
              drawn.low(),
              drawn.high(),
              best.found(),
              best.falseAlerts(),
              nanos);
        });
  }

  private void cloudMonitoring(List<LabelledSeries> series) {
    out.printf(
        Locale.ROOT,
        "%nCloud monitoring: %d files, %,d rows. Event F1 at the best threshold, with precision and"
            + " recall;%nmean and 5 to 95 %% of %d random halves; mean average precision.%n%n",
        series.size(),
        series.stream().mapToInt(each -> each.values().length).sum(),
        halves);
    out.println(
        "| detector | event F1 | precision | recall | random halves | files drawn | mean AP | ns |");
    out.println("|---|---|---|---|---|---|---|---|");
    each(
        series,
        (name, corpus, nanos) -> {
          ThresholdSweep sweep = ThresholdSweep.eventF1(corpus);
          Evaluation best = sweep.best();
          Interval half = sweep.randomHalves(halves, SEED);
          Interval drawn = sweep.bootstrap(1_000, SEED);
          out.printf(
              Locale.ROOT,
              "| %s | %.3f | %.2f | %.2f | %.3f [%.3f, %.3f] | %.3f–%.3f | %.3f | %.0f |%n",
              name,
              best.score(),
              best.precision(),
              best.recall(),
              half.mean(),
              half.low(),
              half.high(),
              drawn.low(),
              drawn.high(),
              AveragePrecision.mean(corpus),
              nanos);
        });
  }
}
