package io.thalweg.benchmarks.anomaly;

import io.thalweg.anomaly.DetectorSpec;
import io.thalweg.evaluation.AlertSummary;
import io.thalweg.evaluation.ScoredSeries;
import io.thalweg.testing.SeriesGenerator;
import io.thalweg.testing.SeriesGenerator.Anomalies;
import io.thalweg.testing.SeriesGenerator.Background;
import io.thalweg.testing.SeriesGenerator.Kind;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Prints which kinds of anomalies the detectors find on which backgrounds, with the median delay
 * and the false alerts, at one false alert in 10,000 readings; and contextual anomalies apart.
 *
 * <p>{@code java -cp benchmarks/target/thalweg-benchmarks.jar
 * io.thalweg.benchmarks.anomaly.AnomalyKinds [--quick] [--detectors=NAME,…]}. No data are needed.
 */
public final class AnomalyKinds {

  private static final int LEARNT = 14 * SeriesGenerator.DAY;
  private static final Set<Kind> LASTING = EnumSet.of(Kind.LEVEL_SHIFT, Kind.PHASE_SHIFT);
  private static final double[] DISPLACEMENTS = {8, 12, 16};
  private static final double RATE = AlertRun.standardRate();

  private final PrintStream out;
  private final Progress progress = new Progress();
  private final int rows;
  private final int seeds;

  private AnomalyKinds(PrintStream out, boolean quick) {
    this.out = out;
    rows = quick ? 12_000 : 40_000;
    seeds = quick ? 5 : 20;
  }

  /**
   * Prints the tables.
   *
   * @param args the options
   */
  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    AnomalyKinds kinds = new AnomalyKinds(out, Candidates.quick(args));
    List<String> names = Candidates.chosen(args);
    kinds.contextual(names);
    for (String name : names) {
      kinds.table(name);
    }
  }

  private static Anomalies plan(Kind kind) {
    return switch (kind) {
      case SPIKE, DIP -> new Anomalies(kind, 8, 1, LEARNT, 600);
      case LEVEL_SHIFT -> new Anomalies(kind, 8, 20, LEARNT, 1200);
      case VARIANCE -> new Anomalies(kind, 5, 50, LEARNT, 600);
      case FREQUENCY -> new Anomalies(kind, 3, 96, LEARNT, 1200);
      case TREND -> new Anomalies(kind, 10, 100, LEARNT, 600);
      case PLATFORM -> new Anomalies(kind, 3, 50, LEARNT, 600);
      case MISSING_PERIOD -> new Anomalies(kind, 1, 288, LEARNT, 1200);
      case PHASE_SHIFT -> new Anomalies(kind, 0.25, 144, LEARNT, 2400);
      case MISSING_PATTERN -> new Anomalies(kind, 1, 12, LEARNT, 1200);
      case CONTEXTUAL -> new Anomalies(kind, 8, 1, LEARNT, 600);
      case FLAT_LINE -> new Anomalies(kind, 1, 200, LEARNT, 600);
      case SILENCE -> new Anomalies(kind, 1, 48, LEARNT, 600);
    };
  }

  private void table(String name) {
    out.printf(
        Locale.ROOT,
        "%n%s: events found of all, @ median delay in readings, and / false readings in 10,000.%n%n",
        name);
    StringBuilder head = new StringBuilder("| |");
    for (Background background : Background.values()) {
      head.append(' ').append(text(background)).append(" |");
    }
    out.println(head);
    out.println("|---|" + "---|".repeat(Background.values().length));
    DetectorSpec spec = Candidates.named(name);
    for (Kind kind : Kind.values()) {
      StringBuilder line = new StringBuilder("| ").append(text(kind)).append(" |");
      for (Background background : Background.values()) {
        line.append(kind.appliesTo(background) ? cell(spec, kind, background) : "").append(" |");
        progress.at(name + ": " + text(kind) + " on " + text(background));
      }
      out.println(line);
    }
  }

  private String cell(DetectorSpec spec, Kind kind, Background background) {
    List<ScoredSeries> alerts = new ArrayList<>();
    if (LASTING.contains(kind)) { // one in each series, since the way back is known afterwards
      for (int seed = 0; seed < seeds; seed++) {
        alerts.add(alerts(spec, background, plan(kind), seed, LEARNT + 1_000));
      }
    } else {
      alerts.add(alerts(spec, background, plan(kind), 7, rows));
    }
    AlertSummary summary = AlertSummary.of(alerts, 1);
    return String.format(
        Locale.ROOT,
        " %d of %d%s / %.1f",
        summary.found(),
        summary.events(),
        summary.found() == 0 ? "" : String.format(Locale.ROOT, " @%.0f", summary.medianDelay()),
        1e4 * summary.falseRows() / summary.rows());
  }

  private static ScoredSeries alerts(
      DetectorSpec spec, Background background, Anomalies plan, int seed, int rows) {
    SeriesGenerator series = SeriesGenerator.of(background, plan, seed);
    return new AlertRun(spec, RATE, true).run(series, rows, LEARNT).alerts();
  }

  private static String text(Enum<?> name) {
    return name.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private void contextual(List<String> names) {
    out.printf(
        Locale.ROOT,
        "%nContextual anomalies: one reading that is displaced towards the mean at a peak or trough"
            + " of a daily%nseason with an amplitude of 10 standard deviations, in %d series. Found"
            + " at the threshold of the score%nthat one ordinary reading in 10,000 reaches; found by"
            + " the standard policy / its false readings in 10,000.%n%n",
        seeds);
    out.print("| detector |");
    for (double strength : DISPLACEMENTS) {
      out.printf(Locale.ROOT, " %.0f sd, by score | by policy |", strength);
    }
    out.printf("%n|---|%s%n", "---|---|".repeat(DISPLACEMENTS.length));
    for (String name : names) {
      StringBuilder line = new StringBuilder("| ").append(name);
      for (double strength : DISPLACEMENTS) {
        line.append(contextual(name, new Anomalies(Kind.CONTEXTUAL, strength, 1, LEARNT, 600)));
      }
      out.println(line.append(" |"));
    }
  }

  private String contextual(String name, Anomalies plan) {
    List<ScoredSeries> scores = new ArrayList<>();
    List<ScoredSeries> alerts = new ArrayList<>();
    for (int seed = 0; seed < seeds; seed++) {
      SeriesGenerator series = SeriesGenerator.of(Background.DAILY, plan, seed);
      AlertRun.Result result =
          new AlertRun(Candidates.named(name), RATE, true).run(series, rows, LEARNT);
      scores.add(result.scores());
      alerts.add(result.alerts());
      progress.at(name + ": contextual, series " + seed);
    }
    AlertSummary byScore = AlertSummary.of(scores, threshold(scores));
    AlertSummary byPolicy = AlertSummary.of(alerts, 1);
    return String.format(
        Locale.ROOT,
        " | %.1f %% | %.1f %% / %.2f",
        100.0 * byScore.found() / byScore.events(),
        100.0 * byPolicy.found() / byPolicy.events(),
        1e4 * byPolicy.falseRows() / byPolicy.rows());
  }

  /**
   * The score that a share of {@link #RATE} of the ordinary rows exceeds. The ten rows after an
   * event are none: alerts in them are merged with that of the event.
   */
  private static double threshold(List<ScoredSeries> corpus) {
    double[] ordinary = new double[corpus.stream().mapToInt(ScoredSeries::size).sum()];
    int n = 0;
    for (ScoredSeries series : corpus) {
      for (int row = series.probation(); row < series.size(); row++) {
        int at = row;
        boolean labelled =
            series.anomalies().stream()
                .anyMatch(event -> event.first() <= at && at <= event.last() + 10);
        if (!labelled && !Double.isNaN(series.score(row))) {
          ordinary[n++] = series.score(row);
        }
      }
    }
    if (n == 0) {
      return Double.POSITIVE_INFINITY;
    }
    Arrays.sort(ordinary, 0, n);
    return Math.nextUp(ordinary[n - 1 - (int) (RATE * n)]);
  }
}
