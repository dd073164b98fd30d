package io.thalweg.examples.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.examples.runtime.CommandLines;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateCommandTest {

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int evaluate(Object... options) {
    List<String> arguments = new ArrayList<>(List.of("evaluate"));
    for (Object option : options) {
      arguments.add(option.toString());
    }
    return CommandLines.of(new ReplayCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments.toArray(String[]::new));
  }

  /** Writes 1,000 rows; the rows 400 to 409 are labelled. */
  private void write(String name) throws IOException {
    StringBuilder scores = new StringBuilder("timestamp,value,score,probability,alert\n");
    StringBuilder labels = new StringBuilder("Time,Value,Label\n");
    for (int i = 0; i < 1_000; i++) {
      Instant time = Instant.ofEpochSecond(60L * i);
      boolean alert = i == 402 || i == 700;
      double score = i == 402 ? 9 : i == 700 ? 5 : i % 3;
      scores.append(time).append(",1,").append(score).append(',');
      scores.append(Math.pow(10, -score)).append(',').append(alert ? 1 : 0).append('\n');
      labels.append(time).append(",1,").append(i >= 400 && i < 410 ? "1" : "0").append('\n');
    }
    Files.createDirectories(folder.resolve("out"));
    Files.createDirectories(folder.resolve("in"));
    Files.writeString(folder.resolve("out").resolve(name), scores);
    Files.writeString(
        folder.resolve("in").resolve(name), labels.toString().replace("Time", "timestamp"));
  }

  @Test
  void call_labelColumn_countsByHand() throws IOException {
    write("a.csv");
    Path scores = folder.resolve("out");
    assertThat(evaluate("--input", scores, "--labels", folder.resolve("in")))
        .as("%s", err)
        .isZero();
    // of the 850 rows after the probation, two alert; the event of 10 rows is found by its third
    assertThat(out.toString())
        .containsPattern("a.csv +\\| +850 \\| +2.35 \\| +1 \\| +1 \\| +2 \\| ")
        .containsPattern("event F1 +\\| 0.667 +\\| 1.000, score ≥ 9.000 ");
    StringWriter first = new StringWriter();
    first.append(out.toString().replace("score ≥ 5.000", "").replaceAll("score ≥ \\S+", ""));
    out.getBuffer().setLength(0);
    assertThat(evaluate("--input", scores, "--labels", folder.resolve("in"), "--score=probability"))
        .isZero();
    assertThat(out.toString().replaceAll("score ≥ \\S+", "")).isEqualTo(first.toString());
  }

  @Test
  void call_windows_giveTheNabScore() throws IOException {
    write("a.csv");
    Path labels =
        Files.writeString(
            folder.resolve("windows.json"),
            "{\"a.csv\": [[\"1970-01-01 06:40:00.000000\", \"1970-01-01 06:49:00.000000\"]]}");
    assertThat(evaluate("--input", folder.resolve("out/a.csv"), "--labels", labels)).isZero();
    // row 402: position -8/10, its value σ(-0.8) / σ(-1); row 700 is far behind: 0.11
    double sigma = 2 / (1 + Math.exp(-4)) - 1;
    double score = 100 * (sigma / (2 / (1 + Math.exp(-5)) - 1) + 1 - 0.11) / 2;
    assertThat(out.toString())
        .contains(String.format(java.util.Locale.ROOT, "| NAB                    | %.1f ", score))
        .contains("| NAB, few missed ");
  }

  @Test
  void call_otherLabels_areRefused() throws IOException {
    write("a.csv");
    Files.writeString(folder.resolve("in/a.csv"), "timestamp,value,label\n1,1,0\n");
    assertThat(evaluate("--input", folder.resolve("out"), "--labels", folder.resolve("in")))
        .isEqualTo(1);
    assertThat(err.toString())
        .contains("labels must have as many rows as scores")
        .contains("1, 1,000");
    Path labels = Files.writeString(folder.resolve("w.json"), "{\"b.csv\": []}");
    assertThat(evaluate("--input", folder.resolve("out"), "--labels", labels)).isEqualTo(1);
    assertThat(err.toString()).contains("--labels must name each file of the input");
    assertThat(evaluate("--input", folder.resolve("none"), "--labels", labels)).isEqualTo(1);
    assertThat(err.toString()).contains("--input and --labels must exist: ");
    assertThat(evaluate("--input", folder.resolve("in"), "--labels", folder.resolve("in")))
        .isEqualTo(1);
    assertThat(err.toString()).contains("the header must have the column score");
  }
}
