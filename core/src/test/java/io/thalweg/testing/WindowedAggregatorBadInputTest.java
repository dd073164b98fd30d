package io.thalweg.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.Processor;
import io.thalweg.Snapshot;
import io.thalweg.window.Window;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.WindowedAggregator.Mode;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What must not be accepted, and what it must not harm. */
class WindowedAggregatorBadInputTest {

  private static final Sample EVENT = new Sample(3, 5);

  /** All that a snapshot can hold: several kinds of windows, results given, sessions forgotten. */
  private static Plan plan(String aggregate) {
    return new Plan(
        List.of(
            new Window.Sliding(10, 5, 0),
            new Window.Session(7),
            new Window.Count(3, 2),
            new Window.Trailing(10, true)),
        4,
        Mode.RETRACTING,
        SampleAggregates.named(aggregate));
  }

  private static Processor<String, Sample, Object> used(Plan plan) {
    Processor<String, Sample, Object> operator = plan.operator();
    Recording<String, Object> out = new Recording<>();
    for (long t : new long[] {1, 2, 9, 14, 15, 31}) {
      operator.process("k" + t % 2, EVENT, t, out);
    }
    operator.early(out);
    operator.advance(14, out);
    operator.process("k0", EVENT, 12, out);
    return operator;
  }

  private static Snapshot<String> saved(Plan plan) {
    Snapshot<String> saved = new Snapshot<>();
    used(plan).save(saved);
    return saved;
  }

  /** The operator must still be as new: it takes the sound snapshot and goes on from it. */
  private static void assertUntouched(Processor<String, Sample, Object> operator, Plan plan) {
    assertThat(ConformanceCases.counters(operator))
        .isEqualTo(ConformanceCases.counters(plan.operator()));
    operator.restore(saved(plan));
    Processor<String, Sample, Object> other = used(plan);
    Recording<String, Object> expected = new Recording<>();
    Recording<String, Object> actual = new Recording<>();
    other.advance(100, expected);
    operator.advance(100, actual);
    assertThat(Said.difference(expected.take(), actual.take(), Said.Values.SAME)).isEmpty();
  }

  @Test
  void restore_anyBitOfAnyRecordFlipped_refusedAndUntouched() {
    Plan plan = plan("sum");
    Map<String, String> sound = SnapshotContent.of(saved(plan));
    Processor<String, Sample, Object> operator = plan.operator();
    sound.forEach(
        (address, hex) -> {
          byte[] bytes = HexFormat.of().parseHex(hex);
          for (int bit = 0; bit < 8 * bytes.length; bit++) {
            byte[] damaged = bytes.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            Map<String, String> content = new TreeMap<>(sound);
            content.put(address, HexFormat.of().formatHex(damaged));
            assertThatThrownBy(() -> operator.restore(SnapshotContent.snapshot(content)))
                .as("bit %d of %s", bit, address)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("damaged");
          }
        });
    assertUntouched(operator, plan);
  }

  @Test
  void restore_anyRecordCutShort_refusedAndUntouched() {
    Plan plan = plan("sum");
    Map<String, String> sound = SnapshotContent.of(saved(plan));
    Processor<String, Sample, Object> operator = plan.operator();
    sound.forEach(
        (address, hex) -> {
          for (int length = 0; length < hex.length(); length += 2) {
            Map<String, String> content = new TreeMap<>(sound);
            content.put(address, hex.substring(0, length));
            assertThatThrownBy(() -> operator.restore(SnapshotContent.snapshot(content)))
                .as("%s cut to %s digits", address, length)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("damaged");
          }
        });
    assertUntouched(operator, plan);
  }

  @Test
  void restore_ofAnotherAggregate_refusedByNameAndUntouched() {
    Processor<String, Sample, Object> operator = plan("sum").operator();
    assertThatThrownBy(() -> operator.restore(saved(plan("max"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sum")
        .hasMessageContaining("max");
    assertUntouched(operator, plan("sum"));
  }

  @Test
  void restore_ofOtherWindows_refusedWithTheReasonAndUntouched() {
    Plan plan = plan("sum");
    for (List<Window<? super Sample>> windows :
        List.<List<Window<? super Sample>>>of(
            List.of(new Window.Sliding(10, 5, 0)),
            List.of(
                new Window.Sliding(10, 5, 1),
                new Window.Session(7),
                new Window.Count(3, 2),
                new Window.Trailing(10, true)),
            List.of(
                new Window.Sliding(10, 5, 0),
                new Window.Session(8),
                new Window.Count(3, 2),
                new Window.Trailing(10, true)),
            List.of(
                new Window.Sliding(10, 5, 0),
                new Window.Session(7),
                new Window.Count(3, 3),
                new Window.Trailing(10, true)),
            List.of(
                new Window.Sliding(10, 5, 0),
                new Window.Session(7),
                new Window.Count(3, 2),
                new Window.Trailing(10, false)))) {
      Processor<String, Sample, Object> operator = plan.operator();
      assertThatThrownBy(() -> operator.restore(saved(plan.with(windows))))
          .as("%s", windows)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("windows");
      assertUntouched(operator, plan);
    }
  }

  @Test
  void restore_ofOtherLatenessOrMode_refusedWithTheReason() {
    Plan plan = plan("sum");
    assertThatThrownBy(() -> plan.operator().restore(saved(plan.with(Mode.DISCARDING))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("discarding")
        .hasMessageContaining("retracting");
    Plan patient = new Plan(plan.windows(), 5, plan.mode(), plan.aggregate());
    assertThatThrownBy(() -> plan.operator().restore(saved(patient)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the lateness must be as saved, 5: 4");
  }

  @Test
  void build_badOptions_refusedWithTheValue() {
    WindowedAggregator.Builder<Sample, Object> builder =
        WindowedAggregator.of(SampleAggregates.named("sum"), new Window.Session(5));
    assertThatThrownBy(() -> builder.lateness(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("lateness must not be negative: PT-0.001S");
    assertThatThrownBy(() -> builder.maxKeys(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxKeys must be positive: 0");
    assertThatThrownBy(() -> builder.futureGuard(sample -> 0, Duration.ofMillis(-7)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("bound must not be negative: PT-0.007S");
    assertThatThrownBy(() -> WindowedAggregator.of(SampleAggregates.named("sum"), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one window");
    assertThatThrownBy(() -> builder.mode(null)).isInstanceOf(NullPointerException.class);
  }

  @Test
  void process_nullKeyOrEvent_throwsAndChangesNothing() {
    Plan plan = plan("sum");
    Processor<String, Sample, Object> operator = plan.operator();
    Recording<String, Object> out = new Recording<>();
    assertThatThrownBy(() -> operator.process(null, EVENT, 1, out))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> operator.process("k", null, 1, out))
        .isInstanceOf(NullPointerException.class);
    assertThat(out.take()).isEmpty();
    assertUntouched(operator, plan);
  }

  @Test
  void process_aggregateRefuses_rejectedWithItsReasonAndNothingElse() {
    Plan plan = plan("mean");
    Processor<String, Sample, Object> operator = plan.operator();
    Recording<String, Object> out = new Recording<>();
    operator.process("k", new Sample(Double.NaN, 1), 1, out);
    assertThat(out.take())
        .hasSize(1)
        .first()
        .isInstanceOfSatisfying(
            Emission.Rejection.class, rejection -> assertThat(rejection.reason()).contains("NaN"));
    assertThat(ConformanceCases.counters(operator))
        .containsEntry("rejected", 1L)
        .containsEntry("keys", 0L);
    operator.advance(1000, out);
    assertThat(out.take()).isEmpty();
  }

  @Test
  void process_beyondTheFutureGuard_rejectedAndTheBoundItselfNot() {
    Plan plan =
        new Plan(
            List.of(new Window.Sliding(10, 10, 0)),
            0,
            Mode.ACCUMULATING,
            SampleAggregates.named("sum"),
            Long.MAX_VALUE,
            100);
    Processor<String, Sample, Object> operator = plan.operator();
    Recording<String, Object> out = new Recording<>();
    operator.process("k", EVENT, 100, out);
    assertThat(out.take()).isEmpty();
    operator.process("k", EVENT, 101, out);
    assertThat(out.take()).hasSize(1).first().isInstanceOf(Emission.Rejection.class);
    assertThat(ConformanceCases.counters(operator))
        .containsEntry("rejected", 1L)
        .containsEntry("admitted", 1L);
  }

  /** A sum whose {@code add} throws, against its contract, for one value. */
  private record Throwing(Aggregate<Sample, double[], Object> sum)
      implements Aggregate<Sample, double[], Object> {
    @Override
    public double[] create() {
      return sum.create();
    }

    @Override
    public void add(double[] state, Sample event) {
      if (event.value() == 13) {
        throw new UnsupportedOperationException("not thirteen");
      }
      sum.add(state, event);
    }

    @Override
    public void merge(double[] target, double[] source) {
      sum.merge(target, source);
    }

    @Override
    public void clear(double[] state) {
      sum.clear(state);
    }

    @Override
    public Object result(double[] state) {
      return sum.result(state);
    }

    @Override
    public Codec<double[]> codec() {
      return sum.codec();
    }
  }

  @Test
  void process_aggregateThrowsInAdd_endsTheOperatorWithAClearMessage() {
    for (Window<? super Sample> window :
        List.<Window<? super Sample>>of(
            new Window.Sliding(10, 5, 0),
            new Window.Session(7),
            new Window.Count(3, 2),
            new Window.Trailing(10, true))) {
      WindowedAggregator<String, Sample, Object> operator =
          WindowedAggregator.of(new Throwing(SampleAggregates.sum()), window).build();
      Recording<String, Object> out = new Recording<>();
      operator.process("k", new Sample(1, 1), 1, out);
      out.take();
      assertThatThrownBy(() -> operator.process("k", new Sample(13, 1), 2, out))
          .as("%s", window)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("an aggregate must not throw")
          .hasRootCauseMessage("not thirteen");
      // What the state holds now nobody knows: nothing may be read from it or saved.
      assertThatThrownBy(() -> operator.process("k", new Sample(1, 1), 3, out))
          .as("%s", window)
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> operator.advance(100, out))
          .as("%s", window)
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> operator.early(out))
          .as("%s", window)
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> operator.save(new Snapshot<>()))
          .as("%s", window)
          .isInstanceOf(IllegalStateException.class);
      assertThat(out.take()).isEmpty();
    }
  }
}
