package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.examples.leaderboard.SubmitLeaderboard;
import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.examples.sensors.SubmitSensors;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Error messages of the commands for a cluster. */
class SubmitTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --name=                | --name must not be empty
          --group-id=            | --group-id must not be empty
          --bootstrap-servers=   | --bootstrap-servers must not be empty
          --database=a.db        | --database must be an absolute path: a.db
          --state=/a?b           | --state must not contain ?: /a?b
          """)
  void call_invalidCommonOption_printsErrorInOneLine(String option, String message) {
    assertRefused(new SubmitSensors(), option, message);
    assertRefused(new SubmitLeaderboard(), option, message);
  }

  @ParameterizedTest
  @CsvSource({"NaN", "Infinity", "0.0", "-1.0"})
  void call_invalidThreshold_printsErrorInOneLine(String threshold) {
    assertRefused(
        new SubmitSensors(),
        "--threshold=" + threshold,
        "--threshold must be above 0 and finite: " + threshold);
  }

  @ParameterizedTest
  @CsvSource({"0", "1001"})
  void call_invalidDetectorTasks_printsErrorInOneLine(String tasks) {
    assertRefused(
        new SubmitLeaderboard(),
        "--detector-tasks=" + tasks,
        "--detector-tasks must be 1 to 1000: " + tasks);
  }

  private static void assertRefused(Object command, String option, String message) {
    List<String> arguments =
        new ArrayList<>(List.of("--bootstrap-servers=x:1", "--database=/a", "--state=/b"));
    String name = option.substring(0, option.indexOf('=') + 1);
    arguments.removeIf(other -> other.startsWith(name));
    arguments.add(option);
    StringWriter err = new StringWriter();
    int code =
        CommandLines.of(command)
            .setErr(new PrintWriter(err))
            .execute(arguments.toArray(String[]::new));
    assertThat(code).isEqualTo(2);
    assertThat(err.toString()).startsWith("error: " + message + " (").hasLineCount(1);
  }
}
