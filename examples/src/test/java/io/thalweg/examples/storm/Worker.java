package io.thalweg.examples.storm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.examples.runtime.EmbeddedStorm;
import io.thalweg.examples.runtime.EndOfRun;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * A JVM of its own with a Storm cluster that runs a {@link Pipeline}, to be killed: a worker of
 * Storm ends its JVM when something in it throws, and here it may.
 */
final class Worker implements AutoCloseable {

  /** How long anything may take. */
  static final Duration LIMIT = Duration.ofSeconds(60);

  private static final String READY = "ready";
  private static final String END = "end";
  private static final String REACHED = "reached";
  private static final String STOP = "stop";

  private final Process process;
  private final PrintStream in;
  private final Path out;
  private final Path err;

  private Worker(Process process, Path out, Path err) {
    this.process = process;
    this.in = new PrintStream(process.getOutputStream(), true, UTF_8);
    this.out = out;
    this.err = err;
  }

  /** Starts a worker, which submits the pipeline. */
  static Worker start(Pipeline pipeline) {
    try {
      Path out = Files.createTempFile(pipeline.folder(), pipeline.name(), ".out");
      Path err = Files.createTempFile(pipeline.folder(), pipeline.name(), ".err");
      List<String> command =
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx512m",
              "-XX:TieredStopAtLevel=1",
              "-Dlog4j2.configurationFile=log4j2.xml", // a run's own: what ends a worker is said
              "-cp",
              System.getProperty("java.class.path"),
              Worker.class.getName(),
              pipeline.bootstrapServers(),
              pipeline.topic(),
              pipeline.name(),
              pipeline.folder().toString(),
              Integer.toString(pipeline.tasks()));
      return new Worker(
          new ProcessBuilder(command)
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start(),
          out,
          err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until all its spouts and bolts are up. */
  Worker ready() {
    return says(READY);
  }

  private Worker says(String word) {
    awaitAlive(() -> Files.readAllLines(out).contains(word));
    return this;
  }

  /** Waits until there are more results than so many. */
  void awaitMore(Rows rows, int than) {
    awaitAlive(() -> rows.count() > than);
  }

  /** Waits for something that happens while it lives. */
  void awaitAlive(Callable<Boolean> something) {
    await()
        .atMost(LIMIT)
        .until(
            () -> {
              assertThat(process.isAlive()).as("worker lives: %s", log()).isTrue();
              return something.call();
            });
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Kills it as a machine that loses its power does. */
  void kill() {
    process.destroyForcibly();
    awaitDeath();
  }

  /** Kills the topology as an operator does, and ends. */
  void stop() {
    in.println(STOP);
    awaitDeath();
  }

  /** Waits until it has ended by itself. */
  void awaitDeath() {
    await().atMost(LIMIT).until(() -> !process.isAlive());
  }

  /** Says that nothing more will be written, and waits until everything has arrived. */
  void end() {
    in.println(END);
    says(REACHED);
  }

  /** What it said of its troubles. */
  String log() {
    try {
      return Files.readString(err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** The other side. */
  public static void main(String[] args) throws IOException {
    Pipeline pipeline =
        new Pipeline(args[0], args[1], args[2], Path.of(args[3]), Integer.parseInt(args[4]));
    EmbeddedStorm storm = EmbeddedStorm.start();
    storm.submit(pipeline.name(), pipeline.config(), pipeline.topology().createTopology());
    await().atMost(LIMIT).until(() -> storm.running(pipeline.name()));
    System.out.println(READY);
    BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      if (order.equals(END)) {
        pipeline.announceEnd();
        await().forever().until(EndOfRun.of(pipeline.name())::isReached);
        System.out.println(REACHED);
      } else if (order.equals(STOP)) {
        storm.close();
        Runtime.getRuntime().halt(0);
      }
    }
    Runtime.getRuntime().halt(1); // whoever started this is gone
  }
}
