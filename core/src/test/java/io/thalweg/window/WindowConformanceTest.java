package io.thalweg.window;

import static io.thalweg.testing.ConformanceFiles.integer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.thalweg.Pane;
import io.thalweg.Processor;
import io.thalweg.Snapshot;
import io.thalweg.testing.ConformanceCases;
import io.thalweg.testing.ConformanceCases.Subject;
import io.thalweg.testing.ConformanceFiles;
import io.thalweg.testing.RecordedResult;
import io.thalweg.testing.Recording;
import io.thalweg.testing.ResultComparison;
import io.thalweg.testing.Sample;
import io.thalweg.testing.SampleAggregates;
import io.thalweg.testing.SnapshotLaws;
import io.thalweg.testing.WindowingConfig;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The window operator gives the answers of every worked case. */
class WindowConformanceTest {

  @TestFactory
  List<DynamicTest> assignment() {
    return ConformanceFiles.tests("assignment.jsonl", WindowConformanceTest::checkAssignment);
  }

  @TestFactory
  List<DynamicTest> calendar() {
    return ConformanceFiles.tests("calendar.jsonl", WindowConformanceTest::checkAssignment);
  }

  /** An operator shows the windows of an event by what it gives for it at the end of the stream. */
  private static void checkAssignment(JsonNode testCase) {
    JsonNode described = testCase.get("windows");
    if (testCase.path("invalid").asBoolean()) {
      assertThatThrownBy(() -> operator(described)).isInstanceOf(IllegalArgumentException.class);
      return;
    }
    for (JsonNode step : testCase.get("steps")) {
      Processor<String, Sample, Object> operator = operator(described);
      Recording<String, Object> out = new Recording<>();
      operator.process("k", new Sample(1, 1), integer(step.get("assign")), out);
      operator.advance(Long.MAX_VALUE, out);
      List<List<Long>> assigned = new ArrayList<>();
      for (RecordedResult<String, Object> result : out.drain()) {
        Pane at = ResultComparison.pane(result);
        assigned.add(List.of(at.start(), at.end()));
      }
      assertThat(assigned).as(step.toString()).isEqualTo(ConformanceCases.bounds(step));
    }
  }

  private static Processor<String, Sample, Object> operator(JsonNode described) {
    List<WindowSpec<? super Sample>> windows = ConformanceCases.windows(described);
    return new WindowingConfig(
            windows, 0, AccumulationMode.ACCUMULATING, SampleAggregates.named("count"))
        .operator();
  }

  @TestFactory
  List<DynamicTest> windows() {
    return ConformanceFiles.tests(
        "windows.jsonl", testCase -> ConformanceCases.run(testCase, new Restarted()));
  }

  /** As {@link #windows}, but thrown away and restored from bytes at every step. */
  @TestFactory
  List<DynamicTest> windowsRestoredAlways() {
    return ConformanceFiles.tests(
        "windows.jsonl",
        testCase -> {
          JsonNode more = ConformanceCases.withSnapshots(testCase);
          ConformanceCases.run(more, new Restarted());
        });
  }

  private static final class Restarted implements Subject {
    @Override
    public Processor<String, Sample, Object> create(WindowingConfig config) {
      return config.operator();
    }

    @Override
    public Processor<String, Sample, Object> restored(
        Processor<String, Sample, Object> operator, WindowingConfig config) {
      Snapshot<String> saved = new Snapshot<>();
      operator.save(saved);
      WindowedAggregator<String, Sample, Object> next = config.operator();
      next.restore(SnapshotLaws.copy(saved));
      return next;
    }
  }
}
