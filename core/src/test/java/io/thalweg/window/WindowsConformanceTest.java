package io.thalweg.window;

import static io.thalweg.testing.ConformanceFiles.integer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.thalweg.testing.ConformanceCases;
import io.thalweg.testing.ConformanceFiles;
import io.thalweg.testing.Sample;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** {@link Windows#assign} lists the windows of every worked case. */
class WindowsConformanceTest {

  private static final Sample SAMPLE = new Sample(0, 1);

  @TestFactory
  List<DynamicTest> assignment() {
    return ConformanceFiles.tests("assignment.jsonl", WindowsConformanceTest::checkAssignment);
  }

  private static void checkAssignment(JsonNode testCase) {
    JsonNode described = testCase.get("windows");
    if (testCase.path("invalid").asBoolean()) {
      assertThatThrownBy(() -> ConformanceCases.windows(described))
          .isInstanceOf(IllegalArgumentException.class);
      return;
    }
    List<WindowSpec<? super Sample>> windows = ConformanceCases.windows(described);
    for (JsonNode step : testCase.get("steps")) {
      List<List<Long>> assigned =
          windows.stream()
              .flatMap(w -> Windows.assign(w, SAMPLE, integer(step.get("assign"))).stream())
              .map(bounds -> List.of(bounds.start(), bounds.end()))
              .toList();
      assertThat(assigned).as(step.toString()).isEqualTo(ConformanceCases.bounds(step));
    }
  }
}
