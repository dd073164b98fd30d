package io.thalweg.benchmarks.anomaly;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Prints time, allocation and memory of detectors: a score and a learnt value each, on daily
 * seasonal readings.
 *
 * <p>{@code java -Xmx1g -cp benchmarks/target/thalweg-benchmarks.jar
 * io.thalweg.benchmarks.anomaly.DetectorCost [--quick] [--detectors=NAME,…]}. {@link
 * DetectorBenchmark} measures the time by JMH.
 */
public final class DetectorCost {

  private DetectorCost() {}

  /**
   * Prints the table.
   *
   * @param args the options
   * @throws IOException never
   */
  public static void main(String[] args) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Progress progress = new Progress();
    out.println(
        "| detector | ns, least | ns, median | bytes allocated | bytes a key | bytes saved |");
    out.println("|---|---|---|---|---|---|");
    for (String name : Candidates.chosen(args)) {
      boolean slow = name.startsWith("rcf");
      int batch = slow ? 1_000 : Candidates.quick(args) ? 50_000 : 200_000;
      Costs costs = Costs.of(Candidates.named(name), batch, slow ? 5 : 50);
      out.printf(
          Locale.ROOT,
          "| %s | %.1f | %.1f | %.2f | %,.0f | %s |%n",
          name,
          costs.nanos(),
          costs.medianNanos(),
          costs.allocated(),
          costs.heap(),
          costs.saved() < 0 ? "–" : String.format(Locale.ROOT, "%,d", costs.saved()));
      progress.at(name);
    }
  }
}
