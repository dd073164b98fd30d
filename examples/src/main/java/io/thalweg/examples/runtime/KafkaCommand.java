package io.thalweg.examples.runtime;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs an empty Kafka broker until it is stopped. */
@Command(
    name = "kafka",
    description =
        "Runs an empty Kafka broker on 127.0.0.1 until Ctrl-C, then deletes its data. Several runs of"
            + " an example can share it with --bootstrap-servers.")
public final class KafkaCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Port to listen on, 0 for a free one (default: ${DEFAULT-VALUE}).")
  private int port = 9092;

  @Override
  public Integer call() {
    CommandLines.check(command, port >= 0 && port <= 65_535, "--port must be 0 to 65535: " + port);
    PrintWriter out = command.commandLine().getOut();
    out.println("starting kafka");
    out.flush();
    try (StopSignal stop = StopSignal.install(out);
        EmbeddedKafka kafka = EmbeddedKafka.start(port)) {
      out.println("kafka runs at " + kafka.bootstrapServers() + "; Ctrl-C stops it");
      out.flush();
      while (!stop.await(Duration.ofHours(1))) {
        // still wanted
      }
      return 0;
    }
  }
}
