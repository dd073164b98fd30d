package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.net.URI;
import java.util.List;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compiles statements as a user writes them: types are inferred, and errors are at their line. */
class TypeInferenceTest {

  private static final String BEFORE =
      """
      import static java.time.Duration.ofSeconds;

      import io.thalweg.*;
      import io.thalweg.anomaly.*;
      import io.thalweg.rank.*;
      import io.thalweg.sketch.*;
      import io.thalweg.stats.*;
      import io.thalweg.window.*;
      import java.util.*;

      class Program {
        record Reading(String device, double value, long time) {}
        record Hot(String device, double value, long time) {}
        record Summary(Moments moments, long count, Double last) {}
        record Bar(Double open, Extrema range, Double close) {}

        static Output<String, Moments> moments;
        static Output<String, Long> counts;
        static Output<String, Anomaly> anomalies;

        static void run(Reading reading) {
      """;

  private static final int FIRST_LINE = (int) BEFORE.lines().count() + 1;

  @TempDir java.nio.file.Path classes;

  @ParameterizedTest
  @ValueSource(
      strings = {
        """
        var op = WindowedAggregator.of(Moments.over(Reading::value), Windows.tumbling(ofSeconds(1)))
            .lateness(ofSeconds(5)).build(String.class);
        op.process("a", reading, 1, moments);
        WindowedAggregator<String, Reading, Moments> exactly = op;
        """,
        """
        WindowedAggregator.of(Moments.over(Reading::value), Windows.count(9)).build(String.class)
            .process("a", reading, 1, (key, value) -> key.concat("" + value.mean()));
        """,
        """
        var op = WindowedAggregator.of(Moments.over(Reading::value), Windows.count(9))
            .build(Long.class);
        op.process(7L, reading, 1, (key, value) -> Math.addExact(key, value.count()));
        """,
        """
        WindowedAggregator<String, Reading, Moments> op =
            WindowedAggregator.of(Moments.over(Reading::value), Windows.count(9)).build();
        """,
        """
        Processor<String, Reading, Moments> op =
            WindowedAggregator.of(Moments.over(Reading::value), Windows.count(9)).maxKeys(3).build();
        """,
        """
        ProcessorFactory<String, Reading, Moments> factory =
            () -> WindowedAggregator.of(Moments.over(Reading::value), Windows.count(9)).build();
        """,
        """
        WindowedAggregator<String, Reading, Long> op =
            WindowedAggregator.of(Aggregates.count(), Windows.tumbling(ofSeconds(1))).build();
        TrailingWindow<String, Reading, Long> last =
            TrailingWindow.over(Aggregates.count()).last(5).build();
        """,
        """
        var op = WindowedAggregator.of(Aggregates.count(), Windows.count(9)).build(String.class);
        op.process("a", reading, 1, counts);
        """,
        """
        var op = WindowedAggregator.of(
            Aggregates.all(Moments.over(Reading::value), Aggregates.count(),
                Aggregates.last(Reading::time, Reading::value), Summary::new),
            Windows.tumbling(ofSeconds(1))).build(String.class);
        WindowedAggregator<String, Reading, Summary> exactly = op;
        """,
        """
        var bar = Aggregates.all(Aggregates.first(Reading::time, Reading::value),
            Extrema.over(Reading::value), Aggregates.last(Reading::time, Reading::value), Bar::new);
        Aggregate<Reading, ?, Bar> exactly = bar;
        """,
        """
        var hottest = Aggregates.maxBy(Reading::value, Reading::device, Codec.STRING);
        Aggregate<Reading, ?, String> exactly = hottest;
        var times = Aggregates.collect(100, Reading::time, Codec.LONG);
        Aggregate<Reading, ?, Collected<Long>> collected = times;
        """,
        """
        var latest = Aggregates.reduce(Reading::time, Math::max, Codec.LONG);
        Aggregate<Reading, ?, Long> exactly = latest;
        var sum = Aggregates.fold(0L, (Long n, Reading r) -> n + r.time(), Long::sum, Codec.LONG);
        Aggregate<Reading, ?, Long> exactSum = sum;
        Aggregate<Reading, ?, Long> implied =
            Aggregates.fold(0L, (n, r) -> n + r.time(), Long::sum, Codec.LONG);
        """,
        """
        var recent = TrailingWindow.over(Moments.over(Reading::value)).last(ofSeconds(9))
            .build(String.class);
        recent.process("a", reading, 1, moments);
        TrailingWindow<String, Reading, Moments> explicit =
            TrailingWindow.over(Moments.over(Reading::value)).last(9).build();
        """,
        """
        var detector = ZScore.over(Reading::value).last(ofSeconds(9)).build(String.class);
        detector.process("a", reading, 1, anomalies);
        ZScore<String, Reading> explicit = ZScore.over(Reading::value).last(9).build();
        ZScore<String, Reading> trailing = ZScore.trailing(ofSeconds(9), Reading::value);
        """,
        """
        var board = Leaderboard.named("all", WindowedAggregator
            .of(Standings.counts(3, Reading::device, Codec.STRING), Windows.count(9)).build());
        board.process("a", reading, 1, (name, standings) -> name.concat("" + standings.members()));
        """
      })
  void statements_natural_infer(String statements) {
    assertThat(compile(statements)).isEmpty();
  }

  @Test
  void build_otherEventType_failsAtItsLine() {
    assertError(
        """
        WindowedAggregator<String, Hot, Moments> op =
            WindowedAggregator.of(Moments.over(Reading::value), Windows.count(9)).build();
        """,
        2,
        "Hot",
        "Reading");
  }

  @Test
  void build_otherKeyType_failsAtItsLine() {
    assertError(
        """
        WindowedAggregator<String, Reading, Moments> op = WindowedAggregator
            .of(Moments.over(Reading::value), Windows.count(9)).build(Long.class);
        """,
        2,
        "String",
        "Long");
  }

  @Test
  void process_otherKeyTypeThanBuilt_failsAtItsLine() {
    assertError(
        """
        var op = WindowedAggregator.of(Aggregates.count(), Windows.count(9)).build(String.class);
        op.process(7L, reading, 1, counts);
        """,
        2,
        "long",
        "String");
  }

  @Test
  void process_keyTypeLeftOpen_failsWhereItIsNeeded() {
    assertError(
        """
        var op = WindowedAggregator.of(Moments.over(Reading::value), Windows.count(9)).build();
        op.process("a", reading, 1, moments);
        """,
        2,
        "Output<java.lang.String,",
        "Output<java.lang.Object,");
  }

  @Test
  void all_constructorOfOtherTypes_failsAtItsLine() {
    assertError(
        """
        Aggregate<Reading, ?, Bar> bar = Aggregates.all(
            Aggregates.first(Reading::time, Reading::value), Aggregates.count(),
            Aggregates.last(Reading::time, Reading::value), Bar::new);
        """,
        1,
        "all");
  }

  private void assertError(String statements, int line, String... named) {
    List<Diagnostic<? extends JavaFileObject>> errors = compile(statements);

    assertThat(errors).hasSize(1);
    assertThat(errors.get(0).getLineNumber() - FIRST_LINE + 1).isEqualTo(line);
    assertThat(errors.get(0).getMessage(null)).contains(named);
  }

  /** Compiles statements and returns the errors and warnings. */
  private List<Diagnostic<? extends JavaFileObject>> compile(String statements) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    List<String> options =
        List.of(
            "-Xlint:all",
            "-proc:none",
            "-d",
            classes.toString(),
            "-cp",
            Processor.class.getProtectionDomain().getCodeSource().getLocation().getPath());
    compiler
        .getTask(
            new StringWriter(),
            null,
            found,
            options,
            null,
            List.of(new Source(BEFORE + statements + "  }\n}\n")))
        .call();
    return found.getDiagnostics().stream()
        .filter(diagnostic -> diagnostic.getKind() != Diagnostic.Kind.NOTE)
        .toList();
  }

  private static final class Source extends SimpleJavaFileObject {

    private final String text;

    Source(String text) {
      super(URI.create("string:///Program.java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
