package io.thalweg.examples.runtime;

import io.thalweg.storm.jdbc.JdbcStateStore;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import org.apache.storm.StormSubmitter;
import org.apache.storm.thrift.TException;
import org.apache.storm.topology.TopologyBuilder;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options of a command that submits a topology to a Storm cluster, and the submission. */
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
   * Creates the options with their defaults.
   *
   * @param name the name of the topology
   */
  public Submission(String name) {
    this.name = name;
    this.groupId = "thalweg-" + name;
  }

  /**
   * Returns the settings of the topology.
   *
   * @return the settings; the run has the name of the topology
   */
  public RunSettings settings() {
    CommandLines.checkNotEmpty(command, "--bootstrap-servers", bootstrapServers);
    CommandLines.checkNotEmpty(command, "--name", name);
    CommandLines.checkNotEmpty(command, "--group-id", groupId);
    checkPath("--database", database);
    checkPath("--state", state);
    return new RunSettings(
        bootstrapServers, groupId, database, new JdbcStateStore("jdbc:sqlite:" + state), name);
  }

  private void checkPath(String option, Path path) {
    // a relative path would be relative to wherever the worker is started
    CommandLines.check(command, path.isAbsolute(), option + " must be an absolute path: " + path);
    CommandLines.check(
        command, !path.toString().contains("?"), option + " must not contain ?: " + path);
  }

  /**
   * Prepares the topics and submits a topology.
   *
   * @param topology the topology, built with {@link #settings}
   * @param prepare receives the topics, and whether to create missing ones
   * @return the exit code
   * @throws DemoException if Kafka or Storm refuses
   */
  public int submit(TopologyBuilder topology, BiConsumer<KafkaTopics, Boolean> prepare) {
    try (KafkaTopics topics = KafkaTopics.of(bootstrapServers)) {
      prepare.accept(topics, createTopics);
    }
    try {
      StormSubmitter.submitTopology(name, RunSettings.config(), topology.createTopology());
    } catch (TException | RuntimeException e) {
      throw new DemoException("topology " + name + " was not submitted: " + e.getMessage(), e);
    }
    return 0;
  }

  /**
   * Executes a command. Exits the JVM only on failure: {@code storm local} runs the topology in
   * this JVM afterwards.
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
