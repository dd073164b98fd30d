package io.thalweg.examples.runtime;

import io.thalweg.examples.readings.Readings;
import io.thalweg.storm.jdbc.JdbcStateStore;
import java.nio.file.Path;
import org.apache.storm.StormSubmitter;
import org.apache.storm.thrift.TException;
import org.apache.storm.topology.TopologyBuilder;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What a command that submits a topology to a Storm cluster is told, and how it does so. */
public final class Submission {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--bootstrap-servers",
      required = true,
      paramLabel = "HOST:PORT",
      description = "The brokers, as the workers reach them.")
  private String bootstrapServers;

  @Option(
      names = "--database",
      required = true,
      paramLabel = "FILE",
      description = "SQLite file for the results, on the worker's machine.")
  private Path database;

  @Option(
      names = "--state",
      required = true,
      paramLabel = "FILE",
      description = "SQLite file for the state of the bolts, on the worker's machine.")
  private Path state;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "The name of the topology (default: ${DEFAULT-VALUE}).")
  private String name;

  @Option(
      names = "--group-id",
      paramLabel = "NAME",
      description = "The consumer group (default: ${DEFAULT-VALUE}).")
  private String groupId;

  @Option(names = "--create-topics", description = "Create the topics that are missing.")
  private boolean createTopics;

  /**
   * The options with their defaults.
   *
   * @param name the name of the topology
   */
  public Submission(String name) {
    this.name = name;
    this.groupId = "thalweg-" + name;
  }

  /**
   * Where the topology will run.
   *
   * @return a deployment, its run named like the topology
   */
  public SubmitOptions deployment() {
    CommandLines.checkNotEmpty(command, "--bootstrap-servers", bootstrapServers);
    CommandLines.checkNotEmpty(command, "--name", name);
    CommandLines.checkNotEmpty(command, "--group-id", groupId);
    checkPath("--database", database);
    checkPath("--state", state);
    return new SubmitOptions(
        bootstrapServers, groupId, database, new JdbcStateStore("jdbc:sqlite:" + state), name);
  }

  private void checkPath(String option, Path path) {
    // a relative path would be relative to wherever the worker is started
    CommandLines.check(command, path.isAbsolute(), option + " must be an absolute path: " + path);
    CommandLines.check(
        command, !path.toString().contains("?"), option + " must not contain ?: " + path);
  }

  /**
   * Makes sure that the topics are there and submits a topology.
   *
   * @param topology what was built for the deployment
   * @param results the topics that it writes, beside dead letters
   * @return the exit code
   * @throws DemoException if Kafka or Storm refuses
   */
  public int submit(TopologyBuilder topology, String... results) {
    try (KafkaTopics topics = KafkaTopics.of(bootstrapServers)) {
      Readings.prepareTopics(topics, createTopics, results);
    }
    try {
      StormSubmitter.submitTopology(name, SubmitOptions.config(), topology.createTopology());
    } catch (TException | RuntimeException e) {
      throw new DemoException("topology " + name + " was not submitted: " + e.getMessage(), e);
    }
    return 0;
  }

  /**
   * Executes a command. Ends the JVM if that fails; otherwise leaves it to {@code storm}, which in
   * local mode has yet to run the topology in it.
   *
   * @param command the command
   * @param args its options
   */
  public static void execute(Object command, String[] args) {
    int code = CommandLines.of(command).execute(args);
    if (code != 0) {
      System.exit(code);
    }
  }
}
