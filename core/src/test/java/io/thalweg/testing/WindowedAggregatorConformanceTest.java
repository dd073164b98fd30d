package io.thalweg.testing;

import static io.thalweg.testing.ConformanceFiles.integer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.thalweg.Codec;
import io.thalweg.Processor;
import io.thalweg.Snapshot;
import io.thalweg.testing.ConformanceCases.Setup;
import io.thalweg.testing.ConformanceCases.Subject;
import io.thalweg.window.Window;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.WindowedAggregator.Mode;
import io.thalweg.window.Windows;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The operator gives the answers of every worked case. */
class WindowedAggregatorConformanceTest {

  private static final Sample SAMPLE = new Sample(0, 1);

  @TestFactory
  List<DynamicTest> assignment() {
    return ConformanceFiles.tests(
        "assignment.jsonl", WindowedAggregatorConformanceTest::checkAssignment);
  }

  private static void checkAssignment(JsonNode testCase) {
    JsonNode described = testCase.get("windows");
    if (testCase.path("invalid").asBoolean()) {
      assertThatThrownBy(() -> ConformanceCases.windows(described))
          .isInstanceOf(IllegalArgumentException.class);
      return;
    }
    List<Window<? super Sample>> windows = ConformanceCases.windows(described);
    for (JsonNode step : testCase.get("steps")) {
      List<List<Long>> assigned =
          windows.stream()
              .flatMap(w -> Windows.assign(w, SAMPLE, integer(step.get("assign"))).stream())
              .map(bounds -> List.of(bounds.start(), bounds.end()))
              .toList();
      assertThat(assigned).as(step.toString()).isEqualTo(ConformanceCases.bounds(step));
    }
  }

  @TestFactory
  List<DynamicTest> windows() {
    return ConformanceFiles.tests(
        "windows.jsonl", testCase -> ConformanceCases.run(testCase, new Operator()));
  }

  /** As {@link #windows}, but thrown away and restored from bytes at every step. */
  @TestFactory
  List<DynamicTest> windowsRestoredAlways() {
    return ConformanceFiles.tests(
        "windows.jsonl",
        testCase -> ConformanceCases.run(testCase, new RestoredAlways(new Operator())));
  }

  private static final class Operator implements Subject {
    @Override
    public Processor<String, Sample, Object> create(Setup setup) {
      return WindowedAggregator.of(setup.aggregate(), setup.windows())
          .lateness(Duration.ofMillis(setup.lateness()))
          .mode(Mode.valueOf(setup.mode().toUpperCase(Locale.ROOT)))
          .build();
    }

    @Override
    public Processor<String, Sample, Object> restored(
        Processor<String, Sample, Object> operator, Setup setup) {
      Snapshot<String> saved = new Snapshot<>();
      operator.save(saved);
      byte[] bytes = Snapshot.codec(Codec.STRING).encode(saved);
      Processor<String, Sample, Object> another = create(setup);
      another.restore(Snapshot.codec(Codec.STRING).decode(bytes));
      return another;
    }
  }
}
