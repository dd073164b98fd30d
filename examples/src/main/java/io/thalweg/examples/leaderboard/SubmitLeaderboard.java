package io.thalweg.examples.leaderboard;

import io.thalweg.anomaly.ZScore;
import io.thalweg.examples.demo.CommandLines;
import io.thalweg.examples.demo.KafkaTopics;
import io.thalweg.examples.sensors.Detector;
import io.thalweg.examples.sensors.Readings;
import io.thalweg.storm.JdbcStateStore;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.storm.StormSubmitter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Submits the topology to a Storm cluster. */
@Command(
    name = "submit",
    description = "Submits the leaderboard topology to a Storm cluster.",
    sortOptions = false,
    usageHelpAutoWidth = true,
    mixinStandardHelpOptions = true,
    versionProvider = CommandLines.Version.class)
public final class SubmitLeaderboard implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(
      names = "--bootstrap-servers",
      required = true,
      paramLabel = "HOST:PORT",
      description = "The brokers, as the workers reach them.")
  private String bootstrapServers;

  @Option(names = "--name", description = "The name of the topology (default: ${DEFAULT-VALUE}).")
  private String name = "leaderboard";

  @Option(names = "--group-id", description = "The consumer group (default: ${DEFAULT-VALUE}).")
  private String groupId = "thalweg-leaderboard";

  @Option(
      names = "--database",
      required = true,
      paramLabel = "FILE",
      description = "SQLite file for the standings, on the worker's machine.")
  private Path database;

  @Option(
      names = "--state",
      required = true,
      paramLabel = "FILE",
      description = "SQLite file for the state of both bolts, on the worker's machine.")
  private Path state;

  @Option(
      names = "--detector-tasks",
      paramLabel = "N",
      description = "How many detectors share the devices (default: ${DEFAULT-VALUE}).")
  private int detectorTasks = 2;

  @Option(names = "--create-topics", description = "Create the topics that are missing.")
  private boolean createTopics;

  @Override
  public Integer call() throws Exception {
    CommandLines.check(
        command,
        detectorTasks >= 1 && detectorTasks <= 1000,
        "--detector-tasks must be 1 to 1000: " + detectorTasks);
    LeaderboardTopology topology =
        new LeaderboardTopology(
            bootstrapServers,
            groupId,
            database,
            new JdbcStateStore("jdbc:sqlite:" + state),
            new Detector(Detector.Preset.DEFAULT, ZScore.THRESHOLD),
            detectorTasks,
            LeaderboardTopology.TICK,
            name);
    try (KafkaTopics topics = KafkaTopics.of(bootstrapServers)) {
      if (createTopics) {
        Readings.createTopics(topics);
      }
      topics.require(List.of(Readings.TOPIC, Readings.DEAD_LETTERS));
    }
    StormSubmitter.submitTopology(
        name, LeaderboardTopology.config(), topology.build().createTopology());
    return 0;
  }

  /**
   * Submits the topology. Ends the JVM if that fails; otherwise leaves it to {@code storm}, which
   * in local mode has yet to run the topology in it.
   *
   * @param args the options
   */
  public static void main(String[] args) {
    int code = CommandLines.of(new SubmitLeaderboard()).execute(args);
    if (code != 0) {
      System.exit(code);
    }
  }
}
