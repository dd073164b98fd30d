package io.thalweg.examples.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.testing.AggregateLaws;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Output of the programs that use the core alone. */
class CoreExamplesTest {

  private static List<String> output(Consumer<String[]> main) {
    PrintStream before = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, UTF_8));
    try {
      main.accept(new String[0]);
    } finally {
      System.setOut(before);
    }
    return bytes.toString(UTF_8).lines().toList();
  }

  @Test
  void firstWindow_main_printsMeansOfEachRoom() {
    assertThat(output(FirstWindow::main))
        .containsExactlyInAnyOrder(
            "[0, 10000) ms  kitchen mean 20.50 of 2 readings",
            "[0, 10000) ms  hall    mean 18.00 of 1 readings",
            "[10000, 20000) ms  hall    mean 17.50 of 1 readings",
            "[10000, 20000) ms  kitchen mean 24.00 of 1 readings",
            "[20000, 30000) ms  kitchen mean 25.00 of 1 readings");
  }

  @Test
  void lateEvents_main_printsTimingsAndLateEvent() {
    assertThat(output(LateEvents::main))
        .startsWith(
            "event at 1000",
            "event at 4000",
            "event at 3000",
            "event at 12000",
            "  window [0, 10000): 3 events, ON_TIME",
            "event at 8000",
            "  window [0, 10000): 4 events, LATE",
            "event at 14000",
            "event at 9000",
            "  window [0, 10000): 5 events, LATE",
            "event at 27000",
            "  window [10000, 20000): 2 events, ON_TIME",
            "event at 2000",
            "  late: event at 2000, watermark 25000",
            "end of the stream",
            "  window [20000, 30000): 1 events, ON_TIME")
        .contains("offered          9", "admitted         8", "late             1");
  }

  @Test
  void ownAggregate_main_printsLongestWordOfEachWindow() {
    assertThat(output(OwnAggregate::main))
        .containsExactly(
            "[-5000, 5000) ms  line",
            "[0, 10000) ms  deepest",
            "[5000, 15000) ms  swiftest",
            "[10000, 20000) ms  swiftest",
            "[15000, 25000) ms  stream");
  }

  @Test
  void ownAggregate_randomWords_satisfiesAggregateLaws() {
    AggregateLaws.of(OwnAggregate.LONGEST_WORD, random -> "w".repeat(random.nextInt(20))).check(42);
  }

  @Test
  void ownDetector_main_printsTheAnomaly() {
    assertThat(output(OwnDetector::main))
        .singleElement()
        .asString()
        .startsWith("Anomaly[timestamp=6000, value=27.5, score=43.8")
        .endsWith("recent=[]]");
  }
}
