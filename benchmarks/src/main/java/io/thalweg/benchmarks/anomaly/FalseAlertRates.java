package io.thalweg.benchmarks.anomaly;

import io.thalweg.testing.SeriesGenerator;
import io.thalweg.testing.SeriesGenerator.Background;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * Prints the rate of false alerts that a policy promises beside the measured one, on series without
 * anomalies of each background.
 *
 * <p>{@code java -cp benchmarks/target/thalweg-benchmarks.jar
 * io.thalweg.benchmarks.anomaly.FalseAlertRates [--quick] [--detectors=NAME,…]}: by default of the
 * standard detector alone. 10 million readings for each background and rate, in 10 series; with
 * {@code --quick} 1 million. No data are needed.
 */
public final class FalseAlertRates {

  private static final double[] RATES = {1e-3, 1e-4, 1e-5};
  private static final int SERIES = 10;

  private FalseAlertRates() {}

  /**
   * Prints the tables.
   *
   * @param args the options
   */
  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Progress progress = new Progress();
    long length = Candidates.quick(args) ? 100_000 : 1_000_000;
    List<String> names = Candidates.chosen(Candidates.names().subList(0, 1), args);
    for (String name : names) {
      out.printf(
          Locale.ROOT,
          "%n%s: anomalous readings, measured over promised, and (incidents over promised); %,d"
              + " readings in %d series%nfor each figure.%n%n",
          name,
          SERIES * length,
          SERIES);
      out.println("| background | 1e-3 | 1e-4 | 1e-5 | not judged |");
      out.println("|---|---|---|---|---|");
      for (Background background : Background.values()) {
        StringBuilder line =
            new StringBuilder("| ")
                .append(background.name().toLowerCase(Locale.ROOT).replace('_', ' '));
        long unjudged = 0;
        for (double rate : RATES) {
          long judged = 0;
          long anomalous = 0;
          long incidents = 0;
          for (int seed = 0; seed < SERIES; seed++) {
            AlertRun run = new AlertRun(Candidates.named(name), rate, false);
            run.run(SeriesGenerator.of(background, seed), length);
            judged += run.count("judged");
            anomalous += run.count("anomalous");
            incidents += run.count("incidents");
            progress.at(name + ": " + background + " at " + rate + ", series " + seed);
          }
          unjudged = SERIES * length - judged;
          line.append(
              String.format(
                  Locale.ROOT,
                  " | %.2f (%.2f)",
                  anomalous / (rate * judged),
                  incidents / (rate * judged)));
        }
        out.println(line.append(" | ").append(unjudged).append(" |"));
      }
    }
  }
}
