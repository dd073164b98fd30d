package io.thalweg.anomaly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Runs every line of {@code book.jsonl} on the book-compatible detector. */
class BookConformanceTest {

  private record Reading(double value) {}

  private record Alert(int reading, Anomaly anomaly) {}

  @TestFactory
  Stream<DynamicTest> everyLine() throws IOException {
    String dir = System.getProperty("conformance.dir", "");
    Path file = Path.of(dir.isEmpty() ? "src/test/resources/conformance" : dir, "book.jsonl");
    if (!Files.exists(file)) {
      return Stream.empty(); // a directory may hold some of the files only
    }
    ObjectMapper json = new ObjectMapper();
    List<DynamicTest> tests = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      if (!line.isBlank()) {
        JsonNode example = json.readTree(line);
        tests.add(
            dynamicTest(
                example.get("id").asText() + ": " + example.path("about").asText(),
                () -> run(example)));
      }
    }
    return tests.stream();
  }

  private static void run(JsonNode example) {
    ZScore<String, Reading> detector =
        ZScore.bookCompatible(Duration.ofMillis(example.get("size").longValue()), Reading::value);
    List<Alert> alerts = new ArrayList<>();
    int[] reading = {0};
    for (JsonNode each : example.get("readings")) {
      detector.process(
          each.get(0).asText(),
          new Reading(each.get(2).doubleValue()),
          each.get(1).longValue(),
          (key, anomaly) -> alerts.add(new Alert(reading[0], anomaly)));
      reading[0]++;
    }
    JsonNode expected = example.get("alerts");
    assertThat(alerts).as("alerts").hasSize(expected.size());
    for (int i = 0; i < alerts.size(); i++) {
      Alert alert = alerts.get(i);
      JsonNode expect = expected.get(i);
      assertThat(alert.reading).isEqualTo(expect.get("reading").intValue());
      near("mean", alert.anomaly.expected(), expect.get("mean").doubleValue());
      near("sd", alert.anomaly.scale(), expect.get("sd").doubleValue());
      near("z", alert.anomaly.score(), expect.get("z").doubleValue());
    }
  }

  private static void near(String what, double actual, double expected) {
    assertThat(Math.abs(actual - expected))
        .as("%s: %s should be %s", what, actual, expected)
        .isLessThanOrEqualTo(1e-9 * Math.max(1, Math.abs(expected)));
  }
}
