package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.guide.PumpMonitor;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Tests that the program in the README prints the output in the README. */
class GuideTest {

  @Test
  void pumpMonitor_main_printsTheOutputOfTheReadme() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream console = System.out;
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      PumpMonitor.main(new String[0]);
    } finally {
      System.setOut(console);
    }
    String printed = bytes.toString(StandardCharsets.UTF_8);
    assertThat(printed)
        .contains("pump-1: alert on 90.0")
        .contains("pump-1: mean 52.0 until 5000 ms");
    assertThat(Files.readString(Path.of("../README.md"))).contains(printed.strip());
  }
}
