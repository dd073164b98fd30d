package io.thalweg.examples;

import io.thalweg.examples.fraud.FraudCommand;
import io.thalweg.examples.leaderboard.LeaderboardCommand;
import io.thalweg.examples.network.NetworkCommand;
import io.thalweg.examples.pricing.PricingCommand;
import io.thalweg.examples.replay.ReplayCommand;
import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.examples.runtime.KafkaCommand;
import io.thalweg.examples.sensors.BookPace;
import io.thalweg.examples.sensors.SensorsCommand;
import picocli.CommandLine.Command;

/** Entry point of the examples; each is a subcommand. */
@Command(
    name = "thalweg-examples",
    description = "Runnable examples of Thalweg.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      SensorsCommand.class,
      LeaderboardCommand.class,
      NetworkCommand.class,
      PricingCommand.class,
      FraudCommand.class,
      BookPace.class,
      ReplayCommand.class,
      KafkaCommand.class
    })
public final class Main {

  private Main() {}

  /**
   * Runs a subcommand and ends the JVM with its exit code.
   *
   * @param args the subcommand and its options
   */
  public static void main(String[] args) {
    System.exit(CommandLines.of(new Main()).execute(args));
  }
}
