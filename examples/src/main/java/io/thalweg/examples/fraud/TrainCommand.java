package io.thalweg.examples.fraud;

import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.examples.runtime.DemoException;
import io.thalweg.model.Model;
import io.thalweg.model.TreeEnsemble;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a model with the rows that were logged with decisions. */
@Command(
    name = "train",
    description = {
      "Trains boosted trees with the features that were logged with decisions, and the fraud"
          + " reports of the week after them; writes the model as LightGBM does.",
      ""
    })
final class TrainCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(
      names = "--database",
      paramLabel = "FILE",
      description = "SQLite file with decisions and reports (default: ${DEFAULT-VALUE}).")
  private Path database = Path.of("fraud-decisions.db");

  @Option(
      names = "--from",
      required = true,
      paramLabel = "DATE",
      description = "First day of the decisions.")
  private LocalDate from;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "DATE",
      description = "Day after the last one; the reports of the seven days from then on count.")
  private LocalDate to;

  @Option(names = "--output", required = true, paramLabel = "FILE", description = "The model.")
  private Path output;

  @Override
  public Integer call() {
    CommandLines.check(command, from.isBefore(to), "--from must be before --to: " + from);
    Decisions.prepare(database);
    List<Decisions.Decision> decisions = Decisions.read(database, null, millis(from), millis(to));
    Map<Long, Long> reports = ReportFilter.read(database);
    long known = millis(to) + FraudSimulation.REPORT_DELAY.toMillis();
    double[][] rows = new double[decisions.size()][FraudFeatures.SCHEMA.size()];
    boolean[] labels = new boolean[rows.length];
    int frauds = 0;
    for (int i = 0; i < rows.length; i++) {
      Decisions.VECTORS.decode(decisions.get(i).features()).copyNumbers(rows[i]);
      labels[i] = reports.getOrDefault(decisions.get(i).transaction().id(), known) < known;
      frauds += labels[i] ? 1 : 0;
    }
    if (frauds == 0) {
      throw new DemoException(
          database
              + " must have decisions from "
              + from
              + " to "
              + to
              + " with reported frauds: let the fraud command run over those days and the week"
              + " after them",
          null);
    }
    PrintWriter out = command.commandLine().getOut();
    out.printf(Locale.ROOT, "%,d rows, %,d frauds%n", rows.length, frauds);
    out.printf(Locale.ROOT, "%s%n", threshold(decisions, rows, labels));
    long begin = System.nanoTime();
    String model = TreeTraining.CHOSEN.train(FraudFeatures.SCHEMA.names(), rows, labels);
    try {
      Files.writeString(output, model);
    } catch (IOException e) {
      throw new DemoException("cannot write the model: " + e + ": choose another --output", e);
    }
    out.printf(
        Locale.ROOT,
        "%s: %,d bytes, trained in %.1f s%n",
        output,
        model.length(),
        (System.nanoTime() - begin) / 1e9);
    out.flush();
    return 0;
  }

  private static long millis(LocalDate date) {
    return 1_000 * date.toEpochSecond(LocalTime.MIDNIGHT, ZoneOffset.UTC);
  }

  /**
   * Returns the threshold that saves most on the last third of the rows, with a model of the rows
   * before them.
   */
  private static String threshold(
      List<Decisions.Decision> decisions, double[][] rows, boolean[] labels) {
    int cut = rows.length * 2 / 3;
    Model model =
        TreeEnsemble.lightGbm(
            TreeTraining.CHOSEN.train(
                FraudFeatures.SCHEMA.names(),
                Arrays.copyOf(rows, cut),
                Arrays.copyOf(labels, cut)));
    List<Integer> rest = new ArrayList<>(IntStream.range(cut, rows.length).boxed().toList());
    double[] scores = new double[rows.length];
    rest.forEach(i -> scores[i] = model.score(rows[i]));
    rest.sort((a, b) -> Double.compare(scores[b], scores[a]));
    double saved = 0;
    double best = 0;
    double threshold = 1;
    for (int i : rest) {
      saved += (labels[i] ? decisions.get(i).transaction().amount() : 0) - FraudSummary.CHECK_COST;
      if (saved > best) {
        best = saved;
        threshold = scores[i];
      }
    }
    return String.format(
        Locale.ROOT,
        "threshold %.3f saves most on the last third of the rows, which are held out: %,.0f",
        threshold,
        best);
  }
}
