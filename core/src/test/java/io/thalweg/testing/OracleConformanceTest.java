package io.thalweg.testing;

import static io.thalweg.testing.ConformanceFiles.integer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.thalweg.Processor;
import io.thalweg.testing.ConformanceCases.Subject;
import io.thalweg.window.WindowSpec;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The oracle gives the answers of every worked case. */
class OracleConformanceTest {

  private static final Sample SAMPLE = new Sample(0, 1);

  @TestFactory
  List<DynamicTest> assignment() {
    return ConformanceFiles.tests("assignment.jsonl", OracleConformanceTest::checkAssignment);
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
              .flatMap(w -> WindowOracle.assign(w, SAMPLE, integer(step.get("assign"))).stream())
              .map(bounds -> List.of(bounds.start(), bounds.end()))
              .toList();
      assertThat(assigned).as(step.toString()).isEqualTo(ConformanceCases.bounds(step));
    }
  }

  @TestFactory
  List<DynamicTest> windows() {
    return ConformanceFiles.tests(
        "windows.jsonl",
        testCase ->
            ConformanceCases.run(
                testCase,
                new Subject() {
                  @Override
                  public Processor<String, Sample, Object> create(WindowingConfig config) {
                    return config.oracle();
                  }

                  @Override
                  public Processor<String, Sample, Object> restored(
                      Processor<String, Sample, Object> operator, WindowingConfig config) {
                    return operator; // a snapshot changes nothing: the page, law 2
                  }
                }));
  }
}
