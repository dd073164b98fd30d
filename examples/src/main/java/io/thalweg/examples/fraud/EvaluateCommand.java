package io.thalweg.examples.fraud;

import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.model.Model;
import io.thalweg.model.TreeEnsemble;
import java.io.PrintWriter;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares models on simulated transactions. */
@Command(
    name = "evaluate",
    description = {
      "Simulates half a year of transactions, computes their features, trains models on the week"
          + " from 2018-07-25 and tests them on the week from 2018-08-08, as the Fraud Detection"
          + " Handbook does; then with more features. Needs neither Kafka nor Storm.",
      ""
    })
final class EvaluateCommand implements Callable<Integer> {

  /** First day of the week of training. */
  private static final int TRAINING = day(LocalDate.of(2018, 7, 25));

  /** First day of the week of training with which settings are compared: two weeks earlier. */
  private static final int TRIAL = TRAINING - 14;

  private static final int WEEK = 7;

  @Spec private CommandSpec command;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the first simulation (default: ${DEFAULT-VALUE}).")
  private long seed = FraudSimulation.SEED;

  @Option(
      names = "--worlds",
      paramLabel = "N",
      description = "Number of simulations, 1 to 100 (default: ${DEFAULT-VALUE}).")
  private int worlds = 1;

  @Option(
      names = "--verify",
      description = "Compare all rows with a naive recomputation of their features.")
  private boolean verify;

  private PrintWriter out;

  private static int day(LocalDate date) {
    return (int) ChronoUnit.DAYS.between(FraudSimulation.START, date);
  }

  @Override
  public Integer call() {
    CommandLines.check(
        command, worlds >= 1 && worlds <= 100, "--worlds must be 1 to 100: " + worlds);
    out = command.commandLine().getOut();
    List<List<Ranking>> results = new ArrayList<>();
    for (int i = 0; i < worlds; i++) {
      FraudSimulation simulation = simulate(seed + i);
      FraudRows rows = rows(simulation);
      if (verify && !verify(simulation)) {
        return 1;
      }
      results.add(evaluate(simulation, rows));
    }
    printTable(results);
    return 0;
  }

  private void print(String format, Object... values) {
    out.printf(Locale.ROOT, format + "%n", values);
    out.flush();
  }

  private FraudSimulation simulate(long world) {
    long begin = System.nanoTime();
    FraudSimulation simulation = FraudSimulation.of(FraudSimulation.Size.FULL, world);
    print(
        "seed %d: %,d transactions, %,d, %,d and %,d frauds of scenarios 1, 2 and 3 (%.1f s)",
        world,
        simulation.transactions().size(),
        simulation.count(1),
        simulation.count(2),
        simulation.count(3),
        seconds(begin));
    return simulation;
  }

  /** Returns the rows of the weeks of training and test. */
  private FraudRows rows(FraudSimulation simulation) {
    long begin = System.nanoTime();
    List<FraudRows.Row> rows = new ArrayList<>();
    int[] count = {0};
    FraudRows.compute(
        simulation,
        row -> {
          if (row.day() >= TRIAL - 3 * WEEK && row.day() < TRAINING + 3 * WEEK) {
            rows.add(row);
          }
          if (++count[0] % 250_000 == 0) {
            print("  features of %,d transactions", count[0]);
          }
        });
    print(
        "  %d features of %,d transactions and their reports: %.1f s",
        FraudFeatures.SCHEMA.size(), count[0], seconds(begin));
    return new FraudRows(rows);
  }

  private boolean verify(FraudSimulation simulation) {
    long begin = System.nanoTime();
    long mismatches = NaiveFeatures.mismatches(simulation, this::print);
    print(
        "%,d of %,d rows differ from the naive recomputation (%.1f s)",
        mismatches, simulation.transactions().size(), seconds(begin));
    return mismatches == 0;
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  private static final List<String> NAMES =
      List.of(
          "handbook's features, logistic regression",
          "handbook's features, boosted trees",
          "all features, boosted trees",
          "all features, boosted trees, four weeks");

  private List<Ranking> evaluate(FraudSimulation simulation, FraudRows rows) {
    FraudRows training = rows.days(TRAINING, WEEK);
    FraudRows test = rows.test(TRAINING, new CompromisedCards(simulation, TRAINING));
    List<String> handbook = FraudFeatures.handbook();
    List<String> all = FraudFeatures.SCHEMA.names();
    List<Ranking> rankings = new ArrayList<>();
    rankings.add(
        rank(
            LogisticTraining.train(handbook, training.matrix(handbook), training.labels()),
            handbook,
            test));
    rankings.add(rank(trees(TreeTraining.XGBOOST_DEFAULTS, handbook, training), handbook, test));
    TreeTraining chosen = choose(simulation, rows, all);
    rankings.add(rank(trees(chosen, all, training), all, test));
    FraudRows month = rows.days(TRAINING - 3 * WEEK, 4 * WEEK);
    rankings.add(rank(trees(chosen, all, month), all, test));
    return rankings;
  }

  private static Model trees(TreeTraining settings, List<String> features, FraudRows rows) {
    return TreeEnsemble.lightGbm(settings.train(features, rows.matrix(features), rows.labels()));
  }

  private static Ranking rank(Model model, List<String> features, FraudRows test) {
    double[][] matrix = test.matrix(features);
    List<Ranking.Scored> scored = new ArrayList<>();
    for (int i = 0; i < matrix.length; i++) {
      FraudRows.Row row = test.rows().get(i);
      scored.add(new Ranking.Scored(row.transaction(), row.fraud(), model.score(matrix[i])));
    }
    return Ranking.of(scored);
  }

  /** Chooses settings by the average precision of a week before the training of the table. */
  private TreeTraining choose(FraudSimulation simulation, FraudRows rows, List<String> features) {
    FraudRows training = rows.days(TRIAL, WEEK);
    FraudRows validation = rows.test(TRIAL, new CompromisedCards(simulation, TRIAL));
    TreeTraining best = null;
    double highest = -1;
    for (TreeTraining each : TreeTraining.TRIALS) {
      Ranking ranking = rank(trees(each, features, training), features, validation);
      print(
          "  trial %d of %d: AUC %.3f, AP %.3f, CP@100 %.3f with %s",
          TreeTraining.TRIALS.indexOf(each) + 1,
          TreeTraining.TRIALS.size(),
          ranking.auc(),
          ranking.averagePrecision(),
          ranking.cardPrecision(),
          each);
      if (ranking.averagePrecision() > highest) {
        highest = ranking.averagePrecision();
        best = each;
      }
    }
    return best;
  }

  private void printTable(List<List<Ranking>> results) {
    print("%n| %-42s | %-15s | %-15s | %-15s |", "", "AUC", "AP", "CP@100");
    print("|%s|%s|%s|%s|", "-".repeat(44), "-".repeat(17), "-".repeat(17), "-".repeat(17));
    printPublished("logistic regression, published", .871, .606, .291);
    printPublished("XGBoost, published", .862, .639, .273);
    for (int k = 0; k < NAMES.size(); k++) {
      int row = k;
      List<Ranking> of = results.stream().map(each -> each.get(row)).toList();
      print(
          "| %-42s | %-15s | %-15s | %-15s |",
          NAMES.get(k),
          summary(of.stream().mapToDouble(Ranking::auc).toArray()),
          summary(of.stream().mapToDouble(Ranking::averagePrecision).toArray()),
          summary(of.stream().mapToDouble(Ranking::cardPrecision).toArray()));
    }
  }

  private void printPublished(String name, double auc, double precision, double cards) {
    print("| %-42s | %-15.3f | %-15.3f | %-15.3f |", name, auc, precision, cards);
  }

  /** Returns the mean, with the standard deviation over the simulations if there are several. */
  private static String summary(double[] values) {
    double mean = Arrays.stream(values).average().orElseThrow();
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return values.length == 1
        ? String.format(Locale.ROOT, "%.3f", mean)
        : String.format(Locale.ROOT, "%.3f ± %.3f", mean, Math.sqrt(squares / (values.length - 1)));
  }
}
