package io.thalweg.examples.sensors;

import io.thalweg.anomaly.ZScore;
import io.thalweg.examples.demo.CommandLines;
import io.thalweg.examples.demo.KafkaTopics;
import io.thalweg.storm.JdbcStateStore;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.storm.StormSubmitter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Submits the topology to a Storm cluster. */
@Command(
    name = "storm jar thalweg-examples-topology.jar io.thalweg.examples.sensors.SubmitSensors",
    description = "Submits the sensor topology to a Storm cluster.",
    sortOptions = false,
    usageHelpAutoWidth = true,
    mixinStandardHelpOptions = true,
    versionProvider = CommandLines.Version.class)
public final class SubmitSensors implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(
      names = "--bootstrap-servers",
      required = true,
      paramLabel = "HOST:PORT",
      description = "The brokers, as the workers reach them.")
  private String bootstrapServers;

  @Option(names = "--name", description = "The name of the topology (default: ${DEFAULT-VALUE}).")
  private String name = "sensors";

  @Option(names = "--group-id", description = "The consumer group (default: ${DEFAULT-VALUE}).")
  private String groupId = "thalweg-sensors";

  @Option(
      names = "--database",
      required = true,
      paramLabel = "FILE",
      description = "SQLite file for the alerts, on the worker's machine.")
  private Path database;

  @Option(
      names = "--state",
      required = true,
      paramLabel = "FILE",
      description = "SQLite file for the detectors' state, on the worker's machine.")
  private Path state;

  @Option(names = "--detector", description = "default or book (default: ${DEFAULT-VALUE}).")
  private Detector.Preset detector = Detector.Preset.DEFAULT;

  @Option(
      names = "--threshold",
      description = "Standard deviations that make an anomaly (default: ${DEFAULT-VALUE}).")
  private double threshold = ZScore.THRESHOLD;

  @Option(names = "--create-topics", description = "Create the topics that are missing.")
  private boolean createTopics;

  @Override
  public Integer call() throws Exception {
    CommandLines.check(
        command,
        threshold > 0 && Double.isFinite(threshold),
        "--threshold must be above 0 and finite: " + threshold);
    SensorTopology topology =
        new SensorTopology(
            bootstrapServers,
            groupId,
            database,
            new JdbcStateStore("jdbc:sqlite:" + state),
            new Detector(detector, threshold),
            name);
    try (KafkaTopics topics = KafkaTopics.of(bootstrapServers)) {
      SensorTopology.prepareTopics(topics, createTopics);
    }
    StormSubmitter.submitTopology(name, topology.config(), topology.build().createTopology());
    return 0;
  }

  /**
   * Submits the topology. Ends the JVM if that fails; otherwise leaves it to {@code storm}, which
   * in local mode has yet to run the topology in it.
   *
   * @param args the options
   */
  public static void main(String[] args) {
    int code = CommandLines.of(new SubmitSensors()).execute(args);
    if (code != 0) {
      System.exit(code);
    }
  }
}
