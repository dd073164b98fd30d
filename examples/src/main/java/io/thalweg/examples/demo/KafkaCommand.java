package io.thalweg.examples.demo;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A Kafka to try things on: empty, and gone when it is stopped. */
@Command(
    name = "kafka",
    description =
        "Runs an empty Kafka broker on 127.0.0.1 until Ctrl-C, then deletes its data: a place for"
            + " several runs of an example, by --bootstrap-servers.",
    mixinStandardHelpOptions = true)
public final class KafkaCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(names = "--port", description = "Where it listens (default: ${DEFAULT-VALUE}).")
  private int port = 9092;

  @Override
  public Integer call() {
    PrintWriter out = command.commandLine().getOut();
    try (StopSignal stop = StopSignal.install();
        EmbeddedKafka kafka = EmbeddedKafka.start(port)) {
      out.println("kafka runs at " + kafka.bootstrapServers() + "; Ctrl-C stops it");
      out.flush();
      while (!stop.await(Duration.ofHours(1))) {
        // still wanted
      }
      return 0;
    } catch (DemoException e) {
      command.commandLine().getErr().println("error: " + e.getMessage());
      return 1;
    }
  }
}
