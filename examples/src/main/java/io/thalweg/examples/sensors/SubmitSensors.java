package io.thalweg.examples.sensors;

import io.thalweg.anomaly.ZScore;
import io.thalweg.examples.demo.DemoException;
import io.thalweg.examples.demo.KafkaTopics;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.storm.StormSubmitter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Submits the topology to a Storm cluster. */
@Command(
    name = "storm jar thalweg-examples-topology.jar io.thalweg.examples.sensors.SubmitSensors",
    description = "Submits the sensor topology to a Storm cluster.",
    sortOptions = false,
    usageHelpAutoWidth = true,
    mixinStandardHelpOptions = true)
public final class SubmitSensors implements Callable<Integer> {

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
    SensorTopology topology;
    try (KafkaTopics topics = KafkaTopics.of(bootstrapServers)) {
      topology =
          new SensorTopology(
              bootstrapServers, groupId, database, new Detector(detector, threshold), name);
      SensorTopology.prepareTopics(topics, createTopics);
    } catch (DemoException | IllegalArgumentException e) {
      System.err.println("error: " + e.getMessage());
      return 1;
    }
    StormSubmitter.submitTopology(name, topology.config(), topology.build().createTopology());
    return 0;
  }

  /**
   * Submits the topology and ends the JVM with an exit code.
   *
   * @param args the options
   */
  public static void main(String[] args) {
    System.exit(
        new CommandLine(new SubmitSensors())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(args));
  }
}
