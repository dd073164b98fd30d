package io.thalweg.examples.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.examples.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills the broker of a run: the run must end with a sentence, and leave no files. */
class LostBrokerTest {

  /** Kafka's clients would go on for two minutes after the broker is lost. */
  private static final Duration LIMIT = Duration.ofSeconds(90);

  @Test
  void run_brokerIsKilled_endsWithTheReasonAndLeavesNoFiles(@TempDir Path folder) throws Exception {
    Path kafkaOut = folder.resolve("kafka.out");
    Path runOut = folder.resolve("run.out");
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Process kafka = start(folder, kafkaOut, "kafka", "--port", "0");
    Process run = null;
    try {
      String address = awaitMatch(kafkaOut, "kafka runs at (\\S+);");
      run =
          start(
              temporary,
              runOut,
              "sensors",
              "--bootstrap-servers",
              address,
              "--create-topics",
              "--duration",
              "10m",
              "--database",
              folder.resolve("results.db").toString());
      awaitMatch(runOut, "(readings/s|ALERT)");
      kafka.destroyForcibly();
      assertThat(run.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).as("the run ends").isTrue();
    } finally {
      kafka.destroyForcibly();
      if (run != null) {
        run.destroyForcibly();
      }
    }
    assertThat(run.exitValue()).isEqualTo(1);
    assertThat(Files.readString(runOut))
        .contains("no longer answers", "\nerror: ")
        .doesNotContain("\tat ");
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left).isEmpty();
    }
  }

  private static Process start(Path temporary, Path out, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dlog4j2.configurationFile=log4j2.xml",
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(out.toFile())
        .start();
  }

  private static String awaitMatch(Path out, String regex) {
    Pattern pattern = Pattern.compile(regex);
    return await(regex)
        .atMost(LIMIT)
        .until(
            () -> {
              Matcher matcher = pattern.matcher(Files.readString(out));
              return matcher.find() ? matcher.group(1) : null;
            },
            match -> match != null);
  }
}
