package io.thalweg.window;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregate;
import io.thalweg.Aggregates;
import io.thalweg.Codec;
import io.thalweg.Fifo;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Snapshot;
import io.thalweg.sketch.DistinctCount;
import io.thalweg.stats.Moments;
import io.thalweg.testing.RecordedResult;
import io.thalweg.testing.Recording;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class TrailingWindowTest {

  private record Event(double value) {}

  /** Call of an output, comparable bit for bit. */
  private record Call(String method, String key, Pane pane, Object value) {}

  private static final class Recorder implements Output<String, Moments> {
    final List<Call> calls = new ArrayList<>();

    @Override
    public void emit(String key, Moments value) {
      throw new AssertionError("a trailing window must emit with a pane");
    }

    @Override
    public void emit(String key, Pane at, Moments value) {
      calls.add(new Call("value", key, at, value));
    }

    @Override
    public void late(String key, Object event, long timestamp, long watermark) {
      calls.add(new Call("late", key, null, timestamp + " < " + watermark));
    }

    @Override
    public void reject(String key, Object event, long timestamp, String reason) {
      calls.add(new Call("rejected", key, null, reason));
    }
  }

  /** Kind of the values in a buffer. */
  private enum Held {
    STATES,
    DOUBLES,
    VALUES
  }

  private static final Codec<Double> BOXED =
      new Codec<>() {
        @Override
        public String name() {
          return "test.boxed";
        }

        @Override
        public void write(Double value, DataOutput out) throws IOException {
          out.writeDouble(value);
        }

        @Override
        public Double read(DataInput in, int version) throws IOException {
          return in.readDouble();
        }
      };

  private record Shape(long size, long n, long lateness, boolean includes, Held held) {
    static Shape random(SplittableRandom random) {
      boolean byTime = random.nextBoolean();
      return new Shape(
          byTime ? 1 + random.nextInt(random.nextInt(3) == 0 ? 900 : 60) : 0,
          byTime ? 0 : 1 + random.nextInt(random.nextInt(3) == 0 ? 90 : 9),
          byTime && random.nextBoolean() ? random.nextInt(40) : 0,
          random.nextBoolean(),
          Held.values()[random.nextInt(Held.values().length)]);
    }

    TrailingWindow<String, Event, Moments> create() {
      TrailingWindow.Builder<Event, Moments> builder =
          switch (held) {
            case STATES -> TrailingWindow.over(Moments.over(Event::value));
            case DOUBLES -> TrailingWindow.over(Event::value, Moments::fifo);
            case VALUES -> TrailingWindow.over(Event::value, BOXED, Moments::fifo);
          };
      builder = n > 0 ? builder.last(n) : builder.last(Duration.ofMillis(size));
      if (!includes) {
        builder.excludingEvent();
      }
      return builder.lateness(Duration.ofMillis(lateness)).build();
    }
  }

  private record Step(String key, long time, double value, boolean advance) {}

  private static List<Step> steps(SplittableRandom random, int length) {
    List<Step> steps = new ArrayList<>();
    long now = random.nextInt(-500, 500);
    for (int i = 0; i < length; i++) {
      now += random.nextInt(8) == 0 ? random.nextInt(90) : random.nextInt(4);
      if (random.nextInt(6) == 0) {
        steps.add(new Step(null, now - random.nextInt(70), 0, true));
      } else {
        long time = random.nextInt(3) == 0 ? now - random.nextInt(60) : now;
        steps.add(
            new Step("key" + random.nextInt(3), time, random.nextInt(-1000, 1000) / 8.0, false));
      }
    }
    return steps;
  }

  private static void apply(
      TrailingWindow<String, Event, Moments> operator, Step step, Recorder out) {
    if (step.advance) {
      operator.advance(step.time, out);
    } else {
      operator.process(step.key, new Event(step.value), step.time, out);
    }
  }

  /** Implementation of the documented rules over lists. */
  private static final class Naive {
    final Shape shape;
    final Map<String, List<Step>> arrived = new HashMap<>();
    long watermark = Long.MIN_VALUE;

    Naive(Shape shape) {
      this.shape = shape;
    }

    /** The values of the window of an event; null if the event is late. */
    List<Double> window(Step step) {
      if (step.advance) {
        watermark = Math.max(watermark, step.time);
        arrived
            .values()
            .removeIf(
                all ->
                    shape.n == 0
                        && all.stream().mapToLong(Step::time).max().orElseThrow()
                                + shape.size
                                + shape.lateness
                            <= watermark);
        return List.of();
      }
      List<Step> all = arrived.computeIfAbsent(step.key, k -> new ArrayList<>());
      if (shape.n == 0) {
        long newest = all.stream().mapToLong(Step::time).max().orElse(Long.MIN_VALUE + 1000);
        if (step.time < newest - shape.lateness
            || watermark != Long.MIN_VALUE && step.time + shape.lateness < watermark) {
          if (all.isEmpty()) {
            arrived.remove(step.key);
          }
          return null;
        }
      }
      List<Step> before = new ArrayList<>(all);
      all.add(step);
      List<Step> candidates = shape.includes ? all : before;
      if (shape.n > 0) {
        int from = (int) Math.max(0, candidates.size() - shape.n);
        return candidates.subList(from, candidates.size()).stream().map(Step::value).toList();
      }
      return candidates.stream()
          .filter(e -> step.time - shape.size < e.time && e.time <= step.time)
          .map(Step::value)
          .toList();
    }
  }

  @Property(tries = 500)
  void process_anyDisorder_equalsTheModel(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Shape shape = Shape.random(random);
    TrailingWindow<String, Event, Moments> operator = shape.create();
    Naive naive = new Naive(shape);
    for (Step step : steps(random, 150)) {
      Recorder out = new Recorder();
      apply(operator, step, out);
      List<Double> window = naive.window(step);
      String about = "seed " + seed + ", " + shape + ", " + step;
      if (window == null) {
        assertThat(out.calls).as(about).extracting(Call::method).containsExactly("late");
      } else if (window.isEmpty()) {
        assertThat(out.calls).as(about).isEmpty();
      } else {
        assertThat(out.calls).as(about).extracting(Call::method).containsExactly("value");
        Moments actual = (Moments) out.calls.get(0).value;
        double mean = window.stream().mapToDouble(v -> v).sum() / window.size();
        double m2 = window.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
        assertThat(actual.count()).as(about).isEqualTo(window.size());
        assertThat(Math.abs(actual.mean() - mean)).as(about).isLessThanOrEqualTo(1e-10);
        assertThat(Math.abs(actual.sumOfSquaredDeviations() - m2))
            .as(about)
            .isLessThanOrEqualTo(1e-9 * Math.max(1, m2));
      }
    }
    operator.advance(Long.MAX_VALUE, new Recorder());
    if (shape.n == 0) {
      assertThat(counters(operator)).containsEntry("keys", 0L).containsEntry("states", 0L);
    }
  }

  @Property(tries = 300)
  void restore_savedAnywhere_resultsAreEqualBitForBit(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Shape shape = Shape.random(random);
    TrailingWindow<String, Event, Moments> undisturbed = shape.create();
    TrailingWindow<String, Event, Moments> operator = shape.create();
    Codec<Snapshot<String>> codec = Snapshot.codec(Codec.STRING);
    Snapshot<String> kept = new Snapshot<>();
    Recorder expected = new Recorder();
    Recorder actual = new Recorder();
    for (Step step : steps(random, 300)) {
      apply(undisturbed, step, expected);
      apply(operator, step, actual);
      int dice = random.nextInt(12);
      if (dice == 0) {
        operator.saveChanges(kept);
        Snapshot<String> full = new Snapshot<>();
        operator.save(full);
        operator = shape.create();
        operator.restore(codec.decode(codec.encode(random.nextBoolean() ? kept : full)));
      } else if (dice == 1) {
        operator.saveChanges(kept);
      } else if (dice == 2) {
        operator.save(new Snapshot<>());
      }
    }
    assertThat(actual.calls).as("seed %d, %s", seed, shape).isEqualTo(expected.calls);
    assertThat(counters(operator)).isEqualTo(counters(undisturbed));
  }

  private static Map<String, Long> counters(TrailingWindow<String, Event, Moments> operator) {
    Map<String, Long> counters = new HashMap<>();
    operator.counters(counters::put);
    return counters;
  }

  /** The keys of a window by count expire; their newest timestamps are saved. */
  @Test
  void advance_idleKeyByCount_isRemovedAndStartsAnew() {
    Supplier<TrailingWindow<String, Object, Long>> create =
        () -> TrailingWindow.over(Aggregates.count()).last(5).idle(ofMillis(10)).build();
    TrailingWindow<String, Object, Long> window = create.get();
    Recording<String, Long> out = new Recording<>();
    window.process("a", "event", 3, out);
    window.process("a", "event", 1, out);
    window.advance(12, out);
    Snapshot<String> saved = new Snapshot<>();
    window.save(saved);
    for (TrailingWindow<String, Object, Long> each : List.of(window, create.get())) {
      if (each != window) {
        each.restore(saved);
      }
      assertThat(keys(each)).isOne();
      each.advance(13, out); // newest 3, idle 10
      assertThat(keys(each)).isZero();
      out.drain();
      each.process("a", "event", 13, out);
      assertThat(out.drain())
          .containsExactly(
              new RecordedResult.Answer<>(
                  "a", new Pane(0, 0, 1, Pane.Timing.ON_TIME, 0, true), 1L));
    }
    assertThatThrownBy(
            () ->
                TrailingWindow.over(Aggregates.count())
                    .last(ofMillis(5))
                    .idle(ofMillis(10))
                    .build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("idle is for last(n)");
  }

  private static long keys(TrailingWindow<?, ?, ?> window) {
    long[] keys = new long[1];
    window.counters(
        (name, value) -> {
          if (name.equals("keys")) {
            keys[0] = value;
          }
        });
    return keys[0];
  }

  @Test
  void process_timesNearTheEndsOfLong_doNotWrap() {
    TrailingWindow<String, Event, Moments> operator =
        TrailingWindow.over(Event::value, Moments::fifo)
            .last(Duration.ofMillis(Long.MAX_VALUE))
            .build();
    Recorder out = new Recorder();
    operator.process("k", new Event(1), Long.MIN_VALUE + 1, out);
    operator.process("k", new Event(3), -5, out);
    operator.process("k", new Event(5), Long.MAX_VALUE - 1, out);
    assertThat(out.calls)
        .extracting(s -> ((Moments) s.value).mean())
        .containsExactly(1.0, 2.0, 5.0);
    assertThat(out.calls.get(0).pane.start()).isEqualTo(Long.MIN_VALUE);
  }

  @Test
  void restore_otherWindow_isRefusedAndChangesNothing() {
    TrailingWindow<String, Event, Moments> ten =
        TrailingWindow.over(Event::value, Moments::fifo).last(10).build();
    Recorder out = new Recorder();
    ten.process("k", new Event(1), 0, out);
    Snapshot<String> saved = new Snapshot<>();
    ten.save(saved);
    TrailingWindow<String, Event, Moments> twenty =
        TrailingWindow.over(Event::value, Moments::fifo).last(20).build();
    assertThatThrownBy(() -> twenty.restore(saved))
        .hasMessage(
            "thalweg.trailing: the window must be as saved, since its events are gone otherwise; keep it,"
                + " or start the operator without the saved state: saved last 10, lateness 0 ms, now"
                + " last 20, lateness 0 ms");
    assertThat(counters(twenty)).containsEntry("keys", 0L);
    TrailingWindow<String, Event, Moments> other =
        TrailingWindow.over(Moments.over(Event::value)).last(10).build();
    assertThatThrownBy(() -> other.restore(saved))
        .hasMessageContaining("this is a record of something else: thalweg.trailing of double");
    TrailingWindow<String, Event, Moments> boxed =
        TrailingWindow.over(Event::value, BOXED, Moments::fifo).last(10).build();
    assertThatThrownBy(() -> boxed.restore(saved))
        .hasMessage(
            "thalweg.trailing of test.boxed: this is a record of something else:"
                + " thalweg.trailing of double");
    assertThat(counters(boxed)).containsEntry("keys", 0L);
  }

  @Test
  void build_badOptions_refusedWithTheValue() {
    TrailingWindow.Builder<Event, Moments> builder =
        TrailingWindow.over(Event::value, Moments::fifo);
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a trailing window needs last(size) or last(n), but neither was called");
    assertThatThrownBy(() -> builder.last(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("size must be positive: 0");
    assertThatThrownBy(() -> builder.last(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("n must be positive: 0");
    assertThatThrownBy(() -> builder.lateness(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("lateness must not be negative: PT-0.001S");
    assertThatThrownBy(() -> builder.maxKeys(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxKeys must be positive: 0");
    assertThatThrownBy(() -> TrailingWindow.over((Aggregate<Event, ?, Moments>) null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("aggregate");
  }

  @Test
  void counters_knownStream_countEventsKeysAndStates() {
    TrailingWindow<String, Event, Moments> operator =
        TrailingWindow.over(Event::value, Moments::fifo)
            .last(Duration.ofMillis(10))
            .lateness(Duration.ofMillis(5))
            .build();
    Recorder out = new Recorder();
    for (long time : new long[] {0, 1, 20, 16, 14}) {
      operator.process("a", new Event(1), time, out); // events up to 5 are removed, 14 is late
    }
    operator.process("b", new Event(Double.NaN), 20, out);
    operator.process("b", new Event(1), Long.MIN_VALUE, out);
    operator.process("b", new Event(1), 21, out);
    operator.advance(7, out);
    operator.advance(6, out);
    assertThat(counters(operator))
        .isEqualTo(
            Map.of(
                "offered", 8L,
                "admitted", 5L,
                "late", 1L,
                "rejected", 2L,
                "keys", 2L,
                "states", 3L,
                "watermark", 7L,
                "backwardAdvances", 1L));
    assertThat(out.calls)
        .filteredOn(call -> call.method.equals("rejected"))
        .extracting(Call::value)
        .containsExactly("value must be finite: NaN", "timestamp is reserved: " + Long.MIN_VALUE);
    operator.advance(35, out); // newest of a + size + lateness
    assertThat(counters(operator)).containsEntry("keys", 1L).containsEntry("states", 1L);
  }

  /** Moments that throw, against their contract, for one value. */
  private static final class Throwing implements Fifo.OfDouble<Moments> {
    private final Fifo.OfDouble<Moments> moments = Moments.fifo();

    @Override
    public void add(double value) {
      if (value == 13) {
        throw new UnsupportedOperationException("not thirteen");
      }
      moments.add(value);
    }

    @Override
    public void evict() {
      moments.evict();
    }

    @Override
    public int size() {
      return moments.size();
    }

    @Override
    public Moments result() {
      return moments.result();
    }

    @Override
    public void clear() {
      moments.clear();
    }
  }

  @Test
  void process_statisticThrows_endsTheOperator() {
    TrailingWindow<String, Event, Moments> operator =
        TrailingWindow.over(Event::value, Throwing::new).last(3).build();
    Recorder out = new Recorder();
    operator.saveChanges(new Snapshot<>());
    operator.process("k", new Event(1), 0, out);
    assertThatThrownBy(() -> operator.process("k", new Event(13), 1, out))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage("not thirteen");
    // The content of the statistic is unknown: it must not be read or saved.
    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            () -> operator.process("k", new Event(1), 2, out),
            () -> operator.advance(5, out),
            () -> operator.save(new Snapshot<>()),
            () -> operator.saveChanges(new Snapshot<>()),
            () -> operator.restore(new Snapshot<>()))) {
      assertThatThrownBy(call)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("the operator has ended");
    }
    assertThat(out.calls).hasSize(1);
  }

  @Test
  void process_distinctByTimeAndByCount_isExact() {
    record Visit(String customer, long time) {}
    TrailingWindow<String, Visit, Long> hour =
        TrailingWindow.over(Visit::customer, Codec.STRING, DistinctCount::<String>exactFifo)
            .last(Duration.ofHours(1))
            .build();
    TrailingWindow<String, Visit, Long> three =
        TrailingWindow.over(Visit::customer, Codec.STRING, DistinctCount::<String>exactFifo)
            .last(3)
            .build();
    List<Long> byTime = new ArrayList<>();
    List<Long> byCount = new ArrayList<>();
    long minute = 60_000;
    for (Visit visit :
        List.of(
            new Visit("a", 0),
            new Visit("b", minute),
            new Visit("a", 30 * minute),
            new Visit("a", 60 * minute),
            new Visit("c", 61 * minute))) {
      hour.process("shop", visit, visit.time(), (key, count) -> byTime.add(count));
      three.process("shop", visit, visit.time(), (key, count) -> byCount.add(count));
    }
    assertThat(byTime).containsExactly(1L, 2L, 2L, 2L, 2L);
    assertThat(byCount).containsExactly(1L, 2L, 2L, 2L, 2L);
    List<String> reasons = new ArrayList<>();
    hour.process(
        "shop",
        new Visit(null, 62 * minute),
        62 * minute,
        new Output<>() {
          @Override
          public void emit(String key, Long value) {
            throw new AssertionError("rejected, and answered: " + value);
          }

          @Override
          public void reject(String key, Object event, long timestamp, String reason) {
            reasons.add(reason);
          }
        });
    assertThat(reasons).containsExactly("value must not be null");
  }

  @Test
  void process_moreKeysThanAllowed_areRejected() {
    TrailingWindow<String, Event, Moments> operator =
        TrailingWindow.over(Event::value, Moments::fifo).last(3).maxKeys(2).build();
    Recorder out = new Recorder();
    for (String key : List.of("a", "b", "c", "a")) {
      operator.process(key, new Event(1), 0, out);
    }
    assertThat(out.calls)
        .extracting(Call::method)
        .containsExactly("value", "value", "rejected", "value");
    assertThat(out.calls.get(2).value).isEqualTo("at most 2 keys are held: c");
  }
}
