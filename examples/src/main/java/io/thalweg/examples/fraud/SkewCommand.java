package io.thalweg.examples.fraud;

import io.thalweg.examples.runtime.KafkaTopics;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares logged features with those of a replay. */
@Command(
    name = "skew",
    description = {
      "Replays the topics of transactions and reports through the feature sets, and compares the"
          + " features with those that were logged with the decisions, bit by bit.",
      ""
    })
final class SkewCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(
      names = "--bootstrap-servers",
      required = true,
      paramLabel = "HOST:PORT",
      description = "The brokers.")
  private String bootstrapServers;

  @Option(
      names = "--database",
      paramLabel = "FILE",
      description = "SQLite file with the decisions (default: ${DEFAULT-VALUE}).")
  private Path database = Path.of("fraud-decisions.db");

  @Option(
      names = "--from",
      paramLabel = "DATE",
      description = "First day whose transactions were decided on (default: ${DEFAULT-VALUE}).")
  private LocalDate from = LocalDate.of(2018, 8, 8);

  @Override
  public Integer call() {
    Decisions.prepare(database);
    try (KafkaTopics topics = KafkaTopics.of(bootstrapServers)) {
      FraudTopology.prepareTopics(topics, false);
      Skew skew =
          Skew.of(
              bootstrapServers,
              topics.id(FraudStream.TRANSACTIONS).toString(),
              database,
              FraudSimulation.time((int) ChronoUnit.DAYS.between(FraudSimulation.START, from)));
      PrintWriter out = command.commandLine().getOut();
      skew.print((format, values) -> out.println(String.format(Locale.ROOT, format, values)));
      out.flush();
      return skew.mismatches() + skew.unlogged() == 0 ? 0 : 1;
    }
  }
}
