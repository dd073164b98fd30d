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
import org.awaitility.core.ConditionTimeoutException;

/**
 * Separate JVM with an embedded Storm cluster that runs a {@link Pipeline}. Tests can kill it, and
 * Storm may end it: a worker ends its JVM when a component throws.
 */
final class WorkerProcess implements AutoCloseable {

  /** Time limit of each operation. */
  static final Duration LIMIT = Duration.ofSeconds(60);

  private static final String READY = "ready";
  private static final String END = "end";
  private static final String REACHED = "reached";
  private static final String STOP = "stop";

  private final Process process;
  private final PrintStream in;
  private final Path out;
  private final Path err;

  private WorkerProcess(Process process, Path out, Path err) {
    this.process = process;
    this.in = new PrintStream(process.getOutputStream(), true, UTF_8);
    this.out = out;
    this.err = err;
  }

  /** Starts a process that submits the pipeline. */
  static WorkerProcess start(Pipeline pipeline) {
    try {
      Path out = Files.createTempFile(pipeline.folder(), pipeline.name(), ".out");
      Path err = Files.createTempFile(pipeline.folder(), pipeline.name(), ".err");
      List<String> command =
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx512m",
              "-XX:TieredStopAtLevel=1",
              "-Dlog4j2.configurationFile=log4j2.xml", // the configuration of a run: the cause of
              // the end is logged
              // a process that is killed does not delete its native libraries
              "-Djava.io.tmpdir=" + pipeline.folder(),
              "-cp",
              System.getProperty("java.class.path"),
              WorkerProcess.class.getName(),
              pipeline.bootstrapServers(),
              pipeline.topic(),
              pipeline.name(),
              pipeline.folder().toString(),
              Integer.toString(pipeline.tasks()));
      return new WorkerProcess(
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

  /** Waits until all spouts and bolts run. */
  WorkerProcess awaitReady() {
    return awaitOutput(READY);
  }

  private WorkerProcess awaitOutput(String line) {
    awaitWhileAlive(() -> Files.readAllLines(out).contains(line));
    return this;
  }

  /** Waits until the tables have more results than the given number. */
  void awaitCountAbove(ResultTables tables, int count) {
    awaitWhileAlive(() -> tables.count() > count);
  }

  /** Waits for a condition. Fails if the process ends before. */
  void awaitWhileAlive(Callable<Boolean> condition) {
    await()
        .atMost(LIMIT)
        .until(
            () -> {
              assertThat(process.isAlive()).as("worker process is alive: %s", log()).isTrue();
              return condition.call();
            });
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Kills the process without a shutdown. */
  void kill() {
    process.destroyForcibly();
    awaitExit();
  }

  /** Kills the topology with the Storm command, and ends the process. */
  void stop() {
    in.println(STOP);
    awaitExit();
  }

  /** Waits until the process has ended. If it does not end, the error shows its threads. */
  void awaitExit() {
    try {
      await().atMost(LIMIT).until(() -> !process.isAlive());
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("worker process must end: " + threads() + log(), e);
    }
  }

  private String threads() {
    Path jstack = Path.of(System.getProperty("java.home"), "bin", "jstack");
    try {
      Process dump =
          new ProcessBuilder(jstack.toString(), Long.toString(process.pid()))
              .redirectErrorStream(true)
              .start();
      return new String(dump.getInputStream().readAllBytes(), UTF_8);
    } catch (IOException e) {
      return "no thread dump: " + e.getMessage() + "\n";
    }
  }

  /** Announces the end of the stream, and waits until all results have been written. */
  void finish() {
    in.println(END);
    awaitOutput(REACHED);
  }

  /** Returns the error log. */
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

  /** Runs the pipeline and obeys the commands on standard input. */
  public static void main(String[] args) throws IOException {
    Pipeline pipeline =
        new Pipeline(args[0], args[1], args[2], Path.of(args[3]), Integer.parseInt(args[4]));
    EmbeddedStorm storm = EmbeddedStorm.start();
    storm.submit(pipeline.name(), pipeline.config(), pipeline.topology().createTopology());
    await().atMost(LIMIT).until(() -> storm.running(pipeline.name()));
    System.out.println(READY);
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String command = commands.readLine(); command != null; command = commands.readLine()) {
      if (command.equals(END)) {
        pipeline.announceEnd();
        await().forever().until(EndOfRun.of(pipeline.name())::isReached);
        System.out.println(REACHED);
      } else if (command.equals(STOP)) {
        storm.close();
        Runtime.getRuntime().halt(0);
      }
    }
    Runtime.getRuntime().halt(1); // the parent process has ended
  }
}
