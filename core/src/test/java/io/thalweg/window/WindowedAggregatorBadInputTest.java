package io.thalweg.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.Snapshot;
import io.thalweg.testing.ConformanceCases;
import io.thalweg.testing.RecordedResult;
import io.thalweg.testing.Recording;
import io.thalweg.testing.ResultComparison;
import io.thalweg.testing.Sample;
import io.thalweg.testing.SampleAggregates;
import io.thalweg.testing.Script;
import io.thalweg.testing.SnapshotContent;
import io.thalweg.testing.WindowLaws;
import io.thalweg.testing.WindowingConfig;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** What must not be accepted, and what it must not harm. */
class WindowedAggregatorBadInputTest {

  private static final Sample EVENT = new Sample(3, 5);

  /** All that a snapshot can hold: several kinds of windows, results given, sessions forgotten. */
  private static WindowingConfig plan(String aggregate) {
    return new WindowingConfig(
        List.of(
            new WindowSpec.Sliding(10, 5, 0),
            new WindowSpec.Session(7),
            new WindowSpec.Count(4, 2),
            new WindowSpec.Trailing(10, true)),
        4,
        AccumulationMode.RETRACTING,
        SampleAggregates.named(aggregate));
  }

  private static Processor<String, Sample, Object> used(WindowingConfig config) {
    Processor<String, Sample, Object> operator = config.operator();
    Recording<String, Object> out = new Recording<>();
    for (long t : new long[] {1, 2, 9, 14, 15, 31}) {
      operator.process("k" + t % 2, EVENT, t, out);
    }
    operator.early(out);
    operator.advance(14, out);
    operator.process("k0", EVENT, 12, out);
    return operator;
  }

  private static Snapshot<String> saved(WindowingConfig config) {
    Snapshot<String> saved = new Snapshot<>();
    used(config).save(saved);
    return saved;
  }

  /** The operator must still be as new: it takes the sound snapshot and goes on from it. */
  private static void assertUntouched(
      Processor<String, Sample, Object> operator, WindowingConfig config) {
    assertThat(ConformanceCases.counters(operator))
        .isEqualTo(ConformanceCases.counters(config.operator()));
    operator.restore(saved(config));
    Processor<String, Sample, Object> other = used(config);
    Recording<String, Object> expected = new Recording<>();
    Recording<String, Object> actual = new Recording<>();
    other.advance(100, expected);
    operator.advance(100, actual);
    assertThat(
            ResultComparison.difference(
                expected.drain(), actual.drain(), ResultComparison.Values.SAME))
        .isEmpty();
  }

  @Test
  void restore_anyBitOfAnyRecordFlipped_rejectedAndUntouched() {
    WindowingConfig config = plan("sum");
    Map<String, String> sound = SnapshotContent.of(saved(config));
    Processor<String, Sample, Object> operator = config.operator();
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
    assertUntouched(operator, config);
  }

  @Test
  void restore_anyRecordCutShort_rejectedAndUntouched() {
    WindowingConfig config = plan("sum");
    Map<String, String> sound = SnapshotContent.of(saved(config));
    Processor<String, Sample, Object> operator = config.operator();
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
    assertUntouched(operator, config);
  }

  private interface Edit {
    void in(Map<String, String> content);
  }

  /** Numbers written over those in a record, under a new checksum. */
  private static Edit write(String address, int at, int length, long value) {
    return content -> {
      byte[] bytes = HexFormat.of().parseHex(content.get(address));
      ByteBuffer record = ByteBuffer.wrap(bytes);
      int body = 2 + 2 + record.getShort(2) + 4;
      int from = at >= 0 ? body + at : bytes.length - 4 + at; // from the start or from the end
      if (length == 8) {
        record.putLong(from, value);
      } else {
        record.putInt(from, (int) value);
      }
      CRC32C sum = new CRC32C();
      sum.update(bytes, 0, bytes.length - 4);
      record.putInt(bytes.length - 4, (int) sum.getValue());
      content.put(address, HexFormat.of().formatHex(bytes));
    };
  }

  private static Edit move(String from, String to) {
    return content -> content.put(to, content.remove(from));
  }

  private static Edit watermark(long watermark) {
    return write("|shared", -7 * 8, 8, watermark);
  }

  /** Sound by their checksums, and impossible all the same. */
  @Test
  void restore_recordsThatNoOperatorWrites_rejectedWithTheReasonAndUntouched() {
    WindowingConfig config = plan("sum");
    Map<String, String> sound = SnapshotContent.of(saved(config));
    Edit withoutSessions =
        content -> content.keySet().removeIf(address -> address.startsWith("/sessions1"));
    Edit forgottenTrail =
        content -> {
          withoutSessions.in(content);
          watermark(28).in(content); // 14, the newest of k0, and size and lateness
        };
    Edit noArrivals = content -> content.remove("/arrivals2|k0|0");
    Edit zeroArrivals =
        content -> content.put("/arrivals2|k0|0", HexFormat.of().formatHex(Codec.LONG.encode(0L)));
    Map<Edit, String> refused =
        Map.ofEntries(
            Map.entry(
                move("/slices|k0|10", "/slices|k0|11"), "no slice of these windows begins at 11"),
            Map.entry(write("/slices|k0|10", 1, 4, 2), "sum: version must be from 1 to 1: 2"),
            Map.entry(write("/slices|k0|10", 1, 4, 0), "sum: version must be from 1 to 1: 0"),
            Map.entry(write("/results0|k0|15", 0, 8, 6), "no window of these is [6, 15)"),
            Map.entry(write("/results0|k0|15", 8, 8, 14), "no window of these is [5, 14)"),
            Map.entry(write("/results0|k0|15", 8, 8, Long.MAX_VALUE), "no window of these is [5, "),
            Map.entry(write("/results0|k0|15", 8, 8, Long.MIN_VALUE), "no window of these is [5, "),
            Map.entry(
                move("/sessions1|k1|31", "/sessions1|k1|38"), "no session is held over [38, 38)"),
            Map.entry(watermark(25), "no session is held over [12, 21) at watermark 25"),
            Map.entry(
                write("/sessions1|k1|31", -4, 4, -1), "a number of sessions must not be negative"),
            Map.entry(move("/count2|k0|0", "/count2|k0|1"), "no slice begins at 1"),
            Map.entry(move("/count2|k0|0", "/count2|k0|-2"), "no slice begins at -2"),
            Map.entry(noArrivals, "a slice without arrivals of key k0"),
            Map.entry(zeroArrivals, "arrivals must be positive: 0"),
            Map.entry(
                forgottenTrail, "a buffer that expires at 28 must not be saved at watermark 28"),
            Map.entry(
                write("/trailing3|k0|0", 0, 8, 3), "the oldest event must be in the chunks: 3"),
            Map.entry(
                write("/trailing3|k0|0", 0, 8, -1), "the oldest event must be in the chunks: -1"),
            Map.entry(
                write("/trailing3|k0|0", 8, 4, 4),
                "the FIFO must not hold more than the 3 events of the buffer"),
            Map.entry(write("/trailing3|k0|0", 12, 4, 1), "the FIFO must not hold more than the"),
            Map.entry(write("/trailing3|k0|0", 16, 8, -1), "chunks must follow each other"),
            Map.entry(write("/trailing3|k0|0", 24, 4, 0), "chunks must follow each other"),
            Map.entry(write("/trailing3|k0|0", 24, 4, 65), "chunks must follow each other"),
            Map.entry(write("/trailing3|k0|0", 28, 4, 2), "version must be from 1 to 1: 2"),
            Map.entry(write("/trailing3|k0|0", 28, 4, 0), "version must be from 1 to 1: 0"),
            Map.entry(write("/trailing3|k0|0", 32, 8, 99), "timestamps must ascend"));
    Processor<String, Sample, Object> operator = config.operator();
    refused.forEach(
        (edit, message) -> {
          Map<String, String> content = new TreeMap<>(sound);
          edit.in(content);
          assertThatThrownBy(() -> operator.restore(SnapshotContent.snapshot(content)))
              .as(message)
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining(message);
        });
    assertUntouched(operator, config);
  }

  @Test
  void restore_statesOfAnEarlierVersion_readAsThatAndOfALaterOneRejected() {
    for (WindowSpec<? super Sample> window : plan("sum").windows()) {
      List<Integer> read = new ArrayList<>();
      WindowedAggregator<String, Sample, Object> first =
          WindowedAggregator.of(new Versioned(1, read), window).build();
      WindowedAggregator<String, Sample, Object> second =
          WindowedAggregator.of(new Versioned(2, read), window).build();
      first.process("k", EVENT, 1, new Recording<>());
      Snapshot<String> ofFirst = new Snapshot<>();
      first.save(ofFirst);
      second.restore(ofFirst);
      assertThat(read).as("%s", window).containsExactly(1);
      Snapshot<String> ofSecond = new Snapshot<>();
      second.save(ofSecond);
      assertThatThrownBy(
              () ->
                  WindowedAggregator.of(new Versioned(1, read), window)
                      .build(String.class)
                      .restore(ofSecond))
          .as("%s", window)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("sum: version must be from 1 to 1: 2");
    }
  }

  /** A sum whose form has a version, and that tells which versions it read. */
  private record Versioned(int version, List<Integer> read)
      implements Aggregate<Sample, double[], Object> {
    private static final Aggregate<Sample, double[], Object> SUM = SampleAggregates.sum();

    @Override
    public double[] create() {
      return SUM.create();
    }

    @Override
    public void add(double[] state, Sample event) {
      SUM.add(state, event);
    }

    @Override
    public void merge(double[] target, double[] source) {
      SUM.merge(target, source);
    }

    @Override
    public void clear(double[] state) {
      SUM.clear(state);
    }

    @Override
    public Object result(double[] state) {
      return SUM.result(state);
    }

    @Override
    public Codec<double[]> codec() {
      return new Codec<>() {
        @Override
        public String name() {
          return "sum";
        }

        @Override
        public int version() {
          return version;
        }

        @Override
        public void write(double[] value, DataOutput out) throws IOException {
          SUM.codec().write(value, out);
        }

        @Override
        public double[] read(DataInput in, int writtenBy) throws IOException {
          read.add(writtenBy);
          return SUM.codec().read(in, writtenBy);
        }
      };
    }
  }

  @Test
  void restore_ofAnotherAggregate_rejectedByNameAndUntouched() {
    Processor<String, Sample, Object> operator = plan("sum").operator();
    assertThatThrownBy(() -> operator.restore(saved(plan("max"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sum")
        .hasMessageContaining("max");
    assertUntouched(operator, plan("sum"));
  }

  @Test
  void restore_ofOtherWindows_rejectedWithTheReasonAndUntouched() {
    WindowingConfig config = plan("sum");
    for (List<WindowSpec<? super Sample>> windows :
        List.<List<WindowSpec<? super Sample>>>of(
            List.of(new WindowSpec.Sliding(10, 5, 0)),
            List.of(
                new WindowSpec.Sliding(10, 5, 1),
                new WindowSpec.Session(7),
                new WindowSpec.Count(4, 2),
                new WindowSpec.Trailing(10, true)),
            List.of(
                new WindowSpec.Sliding(10, 5, 0),
                new WindowSpec.Session(8),
                new WindowSpec.Count(4, 2),
                new WindowSpec.Trailing(10, true)),
            List.of(
                new WindowSpec.Sliding(10, 5, 0),
                new WindowSpec.Session(7),
                new WindowSpec.Count(3, 3),
                new WindowSpec.Trailing(10, true)),
            List.of(
                new WindowSpec.Sliding(10, 5, 0),
                new WindowSpec.Session(7),
                new WindowSpec.Count(4, 2),
                new WindowSpec.Trailing(10, false)))) {
      Processor<String, Sample, Object> operator = config.operator();
      assertThatThrownBy(() -> operator.restore(saved(config.with(windows))))
          .as("%s", windows)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("windows");
      assertUntouched(operator, config);
    }
  }

  @Test
  void restore_ofOtherLatenessOrMode_rejectedWithTheReason() {
    WindowingConfig config = plan("sum");
    assertThatThrownBy(
            () -> config.operator().restore(saved(config.with(AccumulationMode.DISCARDING))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("discarding")
        .hasMessageContaining("retracting");
    WindowingConfig patient =
        new WindowingConfig(config.windows(), 5, config.mode(), config.aggregate());
    assertThatThrownBy(() -> config.operator().restore(saved(patient)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the lateness of trailing windows must be as saved")
        .hasMessageContaining("saved 5, now 4");
  }

  @Test
  void build_badOptions_rejectedWithTheValue() {
    WindowedAggregator.Builder<Sample, Object> builder =
        WindowedAggregator.of(SampleAggregates.named("sum"), new WindowSpec.Session(5));
    assertThatThrownBy(() -> builder.lateness(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("lateness must not be negative: PT-0.001S");
    assertThatThrownBy(() -> builder.maxKeys(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxKeys must be positive: 0");
    assertThatThrownBy(() -> WindowedAggregator.of(SampleAggregates.named("sum"), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one window");
    assertThatThrownBy(() -> builder.mode(null)).isInstanceOf(NullPointerException.class);
  }

  /** The configuration is written with each save, so that its limit holds from the start. */
  @Test
  void build_moreThanARecordHolds_refusedWithTheLimit() {
    List<WindowSpec<? super Sample>> windows =
        Collections.nCopies(2_500, Windows.sliding(Duration.ofDays(100), Duration.ofDays(1)));
    assertThatThrownBy(() -> WindowedAggregator.of(SampleAggregates.named("sum"), windows).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the description of 2500 windows must have at most 65,535 bytes")
        .hasMessageContaining("divide them among several operators");
    Aggregate<Sample, long[], Long> longName =
        Aggregate.of(
            () -> new long[1],
            (state, event) -> state[0]++,
            (state, other) -> state[0] += other[0],
            state -> state[0] = 0,
            state -> state[0],
            Codec.of("n".repeat(65_520), (state, out) -> {}, in -> new long[1]));
    assertThatThrownBy(() -> WindowedAggregator.of(longName, Windows.global()).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the name of the aggregate must have at most 65,535 bytes");
    assertThatThrownBy(() -> TrailingWindow.over(longName).last(3).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most 65,535 bytes");
  }

  @Test
  void process_nullKeyOrEvent_throwsAndChangesNothing() {
    WindowingConfig config = plan("sum");
    Processor<String, Sample, Object> operator = config.operator();
    Recording<String, Object> out = new Recording<>();
    assertThatThrownBy(() -> operator.process(null, EVENT, 1, out))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> operator.process("k", null, 1, out))
        .isInstanceOf(NullPointerException.class);
    assertThat(out.drain()).isEmpty();
    assertUntouched(operator, config);
  }

  @Test
  void process_aggregateRefuses_rejectedWithItsReasonAndNothingElse() {
    WindowingConfig config = plan("mean");
    Processor<String, Sample, Object> operator = config.operator();
    Recording<String, Object> out = new Recording<>();
    operator.process("k", new Sample(Double.NaN, 1), 1, out);
    assertThat(out.drain())
        .hasSize(1)
        .first()
        .isInstanceOfSatisfying(
            RecordedResult.Rejection.class,
            rejection -> assertThat(rejection.reason()).contains("NaN"));
    assertThat(ConformanceCases.counters(operator))
        .containsEntry("rejected", 1L)
        .containsEntry("keys", 0L);
    operator.advance(1000, out);
    assertThat(out.drain()).isEmpty();
  }

  @Test
  void process_reservedTimestampOrBadGap_rejectedWithTheReason() {
    WindowingConfig config =
        plan("sum")
            .with(
                List.of(
                    new WindowSpec.Sliding(10, 10, 0),
                    new WindowSpec.EventSession<>(Sample::gap, 20)));
    Processor<String, Sample, Object> operator = config.operator();
    Recording<String, Object> out = new Recording<>();
    operator.process("k", EVENT, Long.MIN_VALUE, out);
    operator.process("k", EVENT, Long.MAX_VALUE, out);
    operator.process("k", new Sample(1, 0), 5, out);
    operator.process("k", new Sample(1, 21), 5, out);
    assertThat(out.drain())
        .extracting(result -> ((RecordedResult.Rejection<String, Object>) result).reason())
        .containsExactly(
            "timestamp is reserved: " + Long.MIN_VALUE,
            "timestamp is reserved: " + Long.MAX_VALUE,
            "gap must be from 1 to 20: 0",
            "gap must be from 1 to 20: 21");
    assertThat(ConformanceCases.counters(operator))
        .containsEntry("rejected", 4L)
        .containsEntry("keys", 0L);
  }

  /**
   * It is late in time, and between two windows by count: no window shows it, its arrival counts.
   */
  @Test
  void process_lateEventThatOnlyArrives_countsButMakesNoKeyTooMany() {
    WindowingConfig config =
        new WindowingConfig(
            List.of(new WindowSpec.Sliding(10, 10, 0), new WindowSpec.Count(1, 3)),
            0,
            AccumulationMode.ACCUMULATING,
            SampleAggregates.named("sum"),
            1);
    Script script =
        new Script(
            List.of(
                new Script.Process("a", EVENT, 1),
                new Script.Advance(20),
                new Script.Process("a", EVENT, 2),
                new Script.Process("a", EVENT, 25),
                new Script.Process("b", EVENT, 3)));
    Processor<String, Sample, Object> operator = config.operator();
    Processor<String, Sample, Object> oracle = config.oracle();
    Recording<String, Object> actual = new Recording<>();
    Recording<String, Object> expected = new Recording<>();
    for (Script.Step step : script.steps()) {
      step.call(operator, actual);
      step.call(oracle, expected);
      assertThat(
              ResultComparison.difference(
                  expected.drain(), actual.drain(), ResultComparison.Values.SAME))
          .as("%s", step)
          .isEmpty();
    }
    assertThat(WindowLaws.differentCounters(oracle, operator)).isEmpty();
    assertThat(ConformanceCases.counters(operator))
        .containsEntry("admitted", 2L)
        .containsEntry("late", 1L)
        .containsEntry("rejected", 1L)
        .containsEntry("keys", 1L);
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
  void process_aggregateThrowsInAdd_endsTheOperator() {
    for (WindowSpec<? super Sample> window :
        List.<WindowSpec<? super Sample>>of(
            new WindowSpec.Sliding(10, 5, 0),
            new WindowSpec.Session(7),
            new WindowSpec.Count(4, 2),
            new WindowSpec.Trailing(10, true))) {
      WindowedAggregator<String, Sample, Object> operator =
          WindowedAggregator.of(new Throwing(SampleAggregates.sum()), window).build();
      Recording<String, Object> out = new Recording<>();
      operator.saveChanges(new Snapshot<>());
      operator.process("k", new Sample(1, 1), 1, out);
      out.drain();
      assertThatThrownBy(() -> operator.process("k", new Sample(13, 1), 2, out))
          .as("%s", window)
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessage("not thirteen");
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
      assertThatThrownBy(() -> operator.saveChanges(new Snapshot<>()))
          .as("%s", window)
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> operator.restore(new Snapshot<>()))
          .as("%s", window)
          .isInstanceOf(IllegalStateException.class);
      assertThat(out.drain()).isEmpty();
    }
  }

  /** Half of the results may be out: none is given twice, or to another key. */
  @Test
  void anyCall_outputThrowsAtAResult_endsTheOperator() {
    Output<String, Object> full =
        new Output<>() {
          @Override
          public void emit(String key, Object value) {
            throw new UnsupportedOperationException("the disk is full");
          }
        };
    Map<WindowSpec<? super Sample>, Consumer<Processor<String, Sample, Object>>> calls =
        Map.of(
            new WindowSpec.Count(2, 1), operator -> operator.process("k", EVENT, 2, full),
            new WindowSpec.Sliding(10, 10, 0), operator -> operator.advance(100, full),
            new WindowSpec.Session(10), operator -> operator.early(full));
    calls.forEach(
        (window, call) -> {
          WindowedAggregator<String, Sample, Object> operator =
              WindowedAggregator.of(SampleAggregates.sum(), window).build();
          Recording<String, Object> out = new Recording<>();
          operator.process("k", EVENT, 1, out);
          out.drain();
          assertThatThrownBy(() -> call.accept(operator))
              .as("%s", window)
              .isInstanceOf(UnsupportedOperationException.class);
          assertThatThrownBy(() -> operator.process("other", EVENT, 3, out))
              .as("%s", window)
              .isInstanceOf(IllegalStateException.class)
              .hasMessageContaining("the operator has ended")
              .hasRootCauseMessage("the disk is full");
          assertThat(out.drain()).isEmpty();
        });
  }
}
