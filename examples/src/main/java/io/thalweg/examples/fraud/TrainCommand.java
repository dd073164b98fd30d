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

  @Option(
      names = "--simulated",
      description =
          "Train with the rows of the simulation instead, which the same feature sets compute"
              + " without Kafka and Storm: the rows that a run logs.")
  private boolean simulated;

  /**
   * Rows of a training.
   *
   * @param amounts the amounts of the transactions
   * @param rows the features
   * @param labels the frauds
   */
  private record Rows(double[] amounts, double[][] rows, boolean[] labels) {

    int frauds() {
      int frauds = 0;
      for (boolean each : labels) {
        frauds += each ? 1 : 0;
      }
      return frauds;
    }
  }

  @Override
  public Integer call() {
    CommandLines.check(command, from.isBefore(to), "--from must be before --to: " + from);
    Rows rows = simulated ? simulatedRows() : loggedRows();
    if (rows.frauds() == 0) {
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
    out.printf(Locale.ROOT, "%,d rows, %,d frauds%n", rows.rows.length, rows.frauds());
    out.printf(Locale.ROOT, "%s%n", threshold(rows));
    out.flush();
    long begin = System.nanoTime();
    String model = TreeTraining.CHOSEN.train(FraudFeatures.SCHEMA.names(), rows.rows, rows.labels);
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

  private Rows loggedRows() {
    Decisions.prepare(database);
    List<Decisions.Decision> decisions = Decisions.read(database, null, millis(from), millis(to));
    Map<Long, Long> reports = ReportFilter.read(database);
    long known = millis(to) + FraudSimulation.REPORT_DELAY.toMillis();
    int count = decisions.size();
    Rows rows =
        new Rows(
            new double[count], new double[count][FraudFeatures.SCHEMA.size()], new boolean[count]);
    for (int i = 0; i < count; i++) {
      Transaction transaction = decisions.get(i).transaction();
      rows.amounts[i] = transaction.amount();
      Decisions.VECTORS.decode(decisions.get(i).features()).copyNumbers(rows.rows[i]);
      rows.labels[i] = reports.getOrDefault(transaction.id(), known) < known;
    }
    return rows;
  }

  private Rows simulatedRows() {
    FraudSimulation simulation =
        FraudSimulation.of(FraudSimulation.Size.FULL, FraudSimulation.SEED);
    List<FraudRows.Row> rows = new ArrayList<>();
    FraudRows.compute(
        simulation,
        row -> {
          long time = row.transaction().timestamp();
          if (time >= millis(from) && time < millis(to)) {
            rows.add(row);
          }
        });
    FraudRows all = new FraudRows(rows);
    return new Rows(
        rows.stream().mapToDouble(row -> row.transaction().amount()).toArray(),
        all.matrix(FraudFeatures.SCHEMA.names()),
        all.labels());
  }

  private static long millis(LocalDate date) {
    return 1_000 * date.toEpochSecond(LocalTime.MIDNIGHT, ZoneOffset.UTC);
  }

  /**
   * Returns the threshold that saves most on the last third of the rows, with a model of the rows
   * before them.
   */
  private static String threshold(Rows all) {
    int cut = all.rows.length * 2 / 3;
    Model model =
        TreeEnsemble.lightGbm(
            TreeTraining.CHOSEN.train(
                FraudFeatures.SCHEMA.names(),
                Arrays.copyOf(all.rows, cut),
                Arrays.copyOf(all.labels, cut)));
    double[] scores = new double[all.rows.length];
    Integer[] rest = new Integer[scores.length - cut];
    for (int i = cut; i < scores.length; i++) {
      rest[i - cut] = i;
      scores[i] = model.score(all.rows[i]);
    }
    Arrays.sort(rest, (a, b) -> Double.compare(scores[b], scores[a]));
    double saved = 0;
    double best = 0;
    double threshold = 1;
    for (int i : rest) {
      saved += (all.labels[i] ? all.amounts[i] : 0) - FraudSummary.CHECK_COST;
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
