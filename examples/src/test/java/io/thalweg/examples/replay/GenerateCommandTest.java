package io.thalweg.examples.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.examples.runtime.CommandLines;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateCommandTest {

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(Object... arguments) {
    List<String> texts = new ArrayList<>();
    for (Object argument : arguments) {
      texts.add(argument.toString());
    }
    return CommandLines.of(new ReplayCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(texts.toArray(String[]::new));
  }

  @Test
  void call_equalOptions_giveEqualFilesThatCanBeScored() throws IOException {
    Path first = folder.resolve("a.csv");
    Path second = folder.resolve("b.csv");
    for (Path file : List.of(first, second)) {
      assertThat(run("generate", "--output", file, "--kind=level_shift", "--rows=1000", "--seed=3"))
          .isZero();
    }
    assertThat(first).hasSameTextualContentAs(second);
    List<String> lines = Files.readAllLines(first);
    assertThat(lines).hasSize(1_001).first().isEqualTo("timestamp,value,label");
    assertThat(lines.get(1)).startsWith("2024-01-01T00:00:00Z,");
    assertThat(lines).filteredOn(line -> line.endsWith(",1")).hasSizeGreaterThanOrEqualTo(6);

    Path scored = folder.resolve("scored.csv");
    assertThat(run("detect", "--input", first, "--output", scored)).isZero();
    assertThat(run("evaluate", "--input", scored, "--labels", first)).as("%s", err).isZero();
    assertThat(out.toString()).contains("1,000 rows").contains("| event F1 ");
  }

  @Test
  void call_kindWithoutEffect_isRefused() {
    assertThat(run("generate", "--output=x.csv", "--background=gaussian", "--kind=phase_shift"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("PHASE_SHIFT makes no difference on GAUSSIAN");
  }
}
