package io.thalweg.testing;

import static io.thalweg.testing.ConformanceFiles.integer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.Pane;
import io.thalweg.Processor;
import io.thalweg.window.AccumulationMode;
import io.thalweg.window.WindowSpec;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Runner of the cases of {@code windows.jsonl} on an implementation of the semantics. */
public final class ConformanceCases {

  private ConformanceCases() {}

  /** Implementation of the semantics. */
  public interface Subject {
    /**
     * Builds an operator.
     *
     * @param config the configuration
     * @return an operator that has seen nothing
     */
    Processor<String, Sample, Object> create(WindowingConfig config);

    /**
     * Takes a snapshot and restores it into a new operator.
     *
     * @param operator the operator, not used afterwards
     * @param config the configuration of the new operator
     * @return the new one
     */
    Processor<String, Sample, Object> restored(
        Processor<String, Sample, Object> operator, WindowingConfig config);
  }

  /**
   * The queries of a case.
   *
   * @param windows the JSON array
   * @return descriptions
   * @throws IllegalArgumentException if one is not allowed
   */
  public static List<WindowSpec<? super Sample>> windows(JsonNode windows) {
    List<WindowSpec<? super Sample>> queries = new ArrayList<>();
    windows.forEach(window -> queries.add(window(window)));
    return queries;
  }

  private static WindowSpec<? super Sample> window(JsonNode window) {
    String type = window.get("type").asText();
    long offset = window.has("offset") ? integer(window.get("offset")) : 0;
    return switch (type) {
      case "tumbling" -> {
        long size = integer(window.get("size"));
        yield new WindowSpec.Sliding(size, size, offset);
      }
      case "sliding" ->
          new WindowSpec.Sliding(integer(window.get("size")), integer(window.get("slide")), offset);
      case "cumulative" ->
          new WindowSpec.Cumulative(
              integer(window.get("max")), integer(window.get("step")), offset);
      case "calendar" ->
          new WindowSpec.Calendar(
              WindowSpec.Calendar.Unit.valueOf(
                  window.get("unit").asText().toUpperCase(Locale.ROOT)),
              ZoneId.of(window.get("zone").asText()));
      case "session" ->
          window.get("gap").isTextual()
              ? new WindowSpec.EventSession<>(Sample::gap, Long.MAX_VALUE)
              : new WindowSpec.Session(integer(window.get("gap")));
      case "global" -> new WindowSpec.Global();
      case "count" -> {
        long n = integer(window.get("n"));
        yield new WindowSpec.Count(n, window.has("step") ? integer(window.get("step")) : n);
      }
      case "trailing" ->
          window.has("n")
              ? new WindowSpec.TrailingCount(
                  integer(window.get("n")), window.get("includeSelf").asBoolean())
              : new WindowSpec.Trailing(
                  integer(window.get("size")), window.get("includeSelf").asBoolean());
      default -> throw new AssertionError("no such window: " + type);
    };
  }

  /**
   * The windows that a step of {@code assignment.jsonl} expects.
   *
   * @param step the step
   * @return start and end of each
   */
  public static List<List<Long>> bounds(JsonNode step) {
    List<List<Long>> bounds = new ArrayList<>();
    step.get("expect")
        .forEach(pair -> bounds.add(List.of(integer(pair.get(0)), integer(pair.get(1)))));
    return bounds;
  }

  /**
   * The case with a snapshot taken before every step.
   *
   * @param testCase a case
   * @return a copy with more steps
   */
  public static JsonNode withSnapshots(JsonNode testCase) {
    ObjectNode more = testCase.deepCopy();
    ArrayNode steps = more.putArray("steps");
    for (JsonNode step : testCase.get("steps")) {
      steps.addObject().put("snapshot", true);
      steps.add(step);
    }
    return more;
  }

  /**
   * Runs a case and fails where an answer differs.
   *
   * @param testCase the case
   * @param subject the implementation
   */
  public static void run(JsonNode testCase, Subject subject) {
    String aggregate = testCase.get("aggregate").asText();
    WindowingConfig config =
        new WindowingConfig(
            windows(testCase.get("windows")),
            integer(testCase.get("lateness")),
            AccumulationMode.valueOf(testCase.get("mode").asText().toUpperCase(Locale.ROOT)),
            SampleAggregates.named(aggregate));
    Processor<String, Sample, Object> operator = subject.create(config);
    Recording<String, Object> out = new Recording<>();
    List<RecordedResult.Late<String, Object>> late = new ArrayList<>();
    int number = 0;
    for (JsonNode step : testCase.get("steps")) {
      String where = "step " + number++ + " " + step;
      if (step.has("add")) {
        JsonNode add = step.get("add");
        long gap = add.size() > 3 ? integer(add.get(3)) : 1;
        operator.process(
            add.get(0).asText(),
            new Sample(add.get(2).doubleValue(), gap),
            integer(add.get(1)),
            out);
      } else if (step.has("advance")) {
        operator.advance(integer(step.get("advance")), out);
      } else if (step.has("early")) {
        operator.early(out);
      } else {
        assertThat(step.has("snapshot")).as(where).isTrue();
        operator = subject.restored(operator, config);
      }
      List<RecordedResult<String, Object>> results = new ArrayList<>();
      for (RecordedResult<String, Object> result : out.drain()) {
        if (result instanceof RecordedResult.Late<String, Object> tooLate) {
          late.add(tooLate);
        } else if (!(result instanceof RecordedResult.Rejection)) {
          results.add(result);
        }
      }
      compare(where, aggregate, step.path("expect"), results);
      assertAddsUp(where, counters(operator));
    }
    assertLate(testCase.get("late"), late);
    Map<String, Long> counters = counters(operator);
    for (Map.Entry<String, JsonNode> count : testCase.get("counts").properties()) {
      assertThat(counters.get(count.getKey()))
          .as(count.getKey())
          .isEqualTo(integer(count.getValue()));
    }
  }

  /**
   * The counters of a processor.
   *
   * @param processor any
   * @return name to value
   */
  public static Map<String, Long> counters(Processor<?, ?, ?> processor) {
    Map<String, Long> counters = new HashMap<>();
    processor.counters(counters::put);
    return counters;
  }

  private static void assertAddsUp(String where, Map<String, Long> counters) {
    assertThat(
            counters.get("admitted")
                + counters.get("late")
                + counters.get("unassigned")
                + counters.get("rejected"))
        .as("offered, after " + where)
        .isEqualTo(counters.get("offered"));
  }

  private static void assertLate(
      JsonNode expected, List<RecordedResult.Late<String, Object>> actual) {
    List<List<Object>> wanted = new ArrayList<>();
    expected.forEach(
        late ->
            wanted.add(
                List.of(late.get(0).asText(), integer(late.get(1)), late.get(2).doubleValue())));
    List<List<Object>> got = new ArrayList<>();
    actual.forEach(
        late -> got.add(List.of(late.key(), late.timestamp(), ((Sample) late.event()).value())));
    assertThat(got).as("late").isEqualTo(wanted);
  }

  /** One result, from either side. */
  private record Result(
      long query,
      String key,
      long start,
      long end,
      boolean retract,
      String timing,
      long index,
      boolean last,
      Object value,
      Object previous) {

    static final Comparator<Result> BY_WINDOW =
        Comparator.comparingLong(Result::end).thenComparingLong(Result::start);
    static final Comparator<Result> ANY =
        BY_WINDOW
            .thenComparingLong(Result::query)
            .thenComparing(Result::key)
            .thenComparing(Result::retract);

    static Result expected(JsonNode node) {
      boolean retract = node.path("retract").asBoolean();
      return new Result(
          integer(node.get("q")),
          node.get("key").asText(),
          integer(node.get("start")),
          integer(node.get("end")),
          retract,
          retract ? null : node.get("timing").asText(),
          retract ? 0 : integer(node.get("index")),
          !retract && node.get("last").asBoolean(),
          retract ? null : value(node.get("value")),
          value(node.get("previous")));
    }

    private static Object value(JsonNode node) {
      if (node == null || node.isNull()) {
        return null;
      }
      if (!node.isArray()) {
        return node.doubleValue();
      }
      List<Double> values = new ArrayList<>();
      node.forEach(each -> values.add(each.doubleValue()));
      return values;
    }

    static Result actual(RecordedResult<String, Object> result) {
      if (result instanceof RecordedResult.Retraction<String, Object> retraction) {
        Pane at = retraction.at();
        return new Result(
            at.query(),
            result.key(),
            at.start(),
            at.end(),
            true,
            null,
            0,
            false,
            null,
            retraction.previous());
      }
      if (result instanceof RecordedResult.Update<String, Object> update) {
        return of(result.key(), update.at(), update.value(), update.previous());
      }
      if (result instanceof RecordedResult.Answer<String, Object> answer && answer.at() != null) {
        return of(result.key(), answer.at(), answer.value(), null);
      }
      throw new AssertionError("not the result of a window: " + result);
    }

    private static Result of(String key, Pane at, Object value, Object previous) {
      return new Result(
          at.query(),
          key,
          at.start(),
          at.end(),
          false,
          at.timing().name(),
          at.index(),
          at.last(),
          value,
          previous);
    }

    Result with(UnaryOperator<Object> form) {
      return new Result(
          query,
          key,
          start,
          end,
          retract,
          timing,
          index,
          last,
          form.apply(value),
          form.apply(previous));
    }
  }

  private static void compare(
      String where,
      String aggregate,
      JsonNode expect,
      List<RecordedResult<String, Object>> emissions) {
    List<Result> expected = new ArrayList<>();
    expect.forEach(node -> expected.add(Result.expected(node)));
    List<Result> actual = new ArrayList<>(emissions.stream().map(Result::actual).toList());
    assertThat(actual).as("order, " + where).isSortedAccordingTo(Result.BY_WINDOW);
    expected.sort(Result.ANY);
    actual.sort(Result.ANY);
    if (aggregate.equals("mean") || aggregate.equals("stddev")) {
      assertThat(actual.stream().map(r -> r.with(ConformanceCases::presence)).toList())
          .as(where)
          .isEqualTo(expected.stream().map(r -> r.with(ConformanceCases::presence)).toList());
      for (int i = 0; i < expected.size(); i++) {
        assertNear(where, actual.get(i).value, expected.get(i).value);
        assertNear(where, actual.get(i).previous, expected.get(i).previous);
      }
    } else {
      assertThat(actual.stream().map(r -> r.with(ConformanceCases::canonical)).toList())
          .as(where)
          .isEqualTo(expected.stream().map(r -> r.with(ConformanceCases::canonical)).toList());
    }
  }

  private static Object presence(Object value) {
    return value == null ? null : "a number";
  }

  /** A list sorted, so that it compares as a bag; a number without the sign of zero. */
  private static Object canonical(Object value) {
    if (value instanceof List<?> list) {
      return list.stream().map(each -> (Double) each + 0.0).sorted().toList();
    }
    return value == null ? null : (Double) value + 0.0;
  }

  private static void assertNear(String where, Object actual, Object expected) {
    if (expected != null) {
      double wanted = (Double) expected;
      assertThat((Double) actual)
          .as(where)
          .isCloseTo(wanted, within(1e-9 * Math.max(1, Math.abs(wanted))));
    }
  }
}
