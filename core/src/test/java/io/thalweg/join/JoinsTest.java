package io.thalweg.join;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Codec;
import io.thalweg.Ordered;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Processor;
import io.thalweg.Snapshot;
import io.thalweg.StateWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Joins and deduplication against nested loops over all events. */
class JoinsTest {

  /** Event of either stream, or a step of the watermark. */
  private record Step(boolean isLeft, String key, long time, String name, long watermark) {
    boolean isEvent() {
      return key != null;
    }
  }

  /** Results of a run in order, and the names of the late events. */
  private record Run(List<String> results, List<String> late) {}

  private static final class Recorder<O> implements Output<String, O> {
    final Run run = new Run(new ArrayList<>(), new ArrayList<>());

    @Override
    public void emit(String key, O value) {
      run.results.add(key + ":" + value);
    }

    @Override
    public void update(String key, Pane at, O value, O previous) {
      run.results.add(key + ":" + value);
    }

    @Override
    public void late(String key, Object event, long timestamp, long watermark) {
      run.late.add(event.toString());
    }

    @Override
    public void reject(String key, Object event, long timestamp, String reason) {
      throw new AssertionError(reason);
    }
  }

  /** Events in random order up to a disorder, with a watermark that some events are behind. */
  private static List<Step> steps(Random random) {
    int n = random.nextInt(60);
    List<Step> events = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      boolean isLeft = random.nextBoolean();
      String key = "k" + random.nextInt(2);
      events.add(new Step(isLeft, key, random.nextInt(80), (isLeft ? "l" : "r") + i, 0));
    }
    int disorder = random.nextInt(30);
    Map<Step, Integer> arrival = new HashMap<>();
    events.forEach(e -> arrival.put(e, (int) e.time + random.nextInt(disorder + 1)));
    events.sort((a, b) -> Integer.compare(arrival.get(a), arrival.get(b)));
    List<Step> steps = new ArrayList<>();
    long newest = 0;
    for (Step event : events) {
      steps.add(event);
      newest = Math.max(newest, event.time);
      if (random.nextInt(3) == 0) {
        steps.add(new Step(false, null, 0, null, newest - random.nextInt(disorder + 3)));
      }
    }
    return steps;
  }

  private static JoinInput<String, String> input(Step step) {
    return step.isLeft ? JoinInput.left(step.name) : JoinInput.right(step.name);
  }

  /** Runs a processor, which is saved and restored before some steps. */
  private static <E, O> Run run(
      Supplier<? extends Processor<String, E, O>> create,
      List<Step> steps,
      java.util.function.Function<Step, E> event,
      Random restarts) {
    Recorder<O> out = new Recorder<>();
    Processor<String, E, O> processor = create.get();
    Snapshot<String> saved = new Snapshot<>();
    for (Step step : steps) {
      if (restarts != null && restarts.nextInt(4) == 0) {
        processor.saveChanges(saved);
        Snapshot<String> whole = new Snapshot<>();
        processor.save(whole);
        Codec<Snapshot<String>> codec = Snapshot.codec(Codec.STRING);
        if (restarts.nextBoolean()) {
          processor = create.get();
          processor.restore(codec.decode(codec.encode(restarts.nextBoolean() ? saved : whole)));
          saved = new Snapshot<>();
        }
      }
      if (step.isEvent()) {
        processor.process(step.key, event.apply(step), step.time, out);
      } else {
        processor.advance(step.watermark, out);
      }
    }
    processor.advance(Long.MAX_VALUE, out);
    return out.run;
  }

  private static List<Step> admitted(List<Step> steps, Run run) {
    return steps.stream()
        .filter(Step::isEvent)
        .filter(step -> run.late.stream().noneMatch(late -> late.contains(step.name + "]")))
        .toList();
  }

  private static long events(Processor<?, ?, ?> processor) {
    long[] events = {-1};
    processor.counters(
        (name, value) -> {
          if (name.equals("events")) {
            events[0] = value;
          }
        });
    return events[0];
  }

  @Property(tries = 500)
  void intervalJoin_anyOrder_emitsThePairsOfANestedLoop(
      @ForAll long seed,
      @ForAll @IntRange(min = -20, max = 20) int lower,
      @ForAll @IntRange(min = 0, max = 30) int width,
      @ForAll @IntRange(min = 0, max = 10) int lateness,
      @ForAll boolean outer) {
    Supplier<IntervalJoin<String, String, String, String>> create =
        () ->
            (outer
                    ? IntervalJoin.leftOuter(
                        Codec.STRING, Codec.STRING, (l, r) -> l + "+" + r.orElse("-"))
                    : IntervalJoin.inner(Codec.STRING, Codec.STRING, (l, r) -> l + "+" + r))
                .between(ofMillis(lower), ofMillis(lower + width))
                .lateness(ofMillis(lateness))
                .build();
    List<Step> steps = steps(new Random(seed));
    Run run = run(create, steps, JoinsTest::input, null);
    List<String> expected = new ArrayList<>();
    List<Step> admitted = admitted(steps, run);
    for (Step l : admitted) {
      boolean matched = false;
      for (Step r : admitted) {
        long distance = r.time - l.time;
        if (l.isLeft
            && !r.isLeft
            && l.key.equals(r.key)
            && distance >= lower
            && distance <= lower + width) {
          expected.add(l.key + ":" + l.name + "+" + r.name);
          matched = true;
        }
      }
      if (outer && l.isLeft && !matched) {
        expected.add(l.key + ":" + l.name + "+-");
      }
    }
    assertThat(run.results).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(run(create, steps, JoinsTest::input, new Random(seed))).isEqualTo(run);
  }

  @Property(tries = 500)
  void asOfJoin_anyOrder_answersWithTheLastValueThatHasArrived(
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 30) int validity,
      @ForAll @IntRange(min = 0, max = 10) int lateness,
      @ForAll boolean outer) {
    Supplier<AsOfJoin<String, String, String, String>> create =
        () -> {
          AsOfJoin.Builder<String, String, String> builder =
              outer
                  ? AsOfJoin.leftOuter(Codec.STRING, (l, r) -> l + "+" + r.orElse("-"))
                  : AsOfJoin.inner(Codec.STRING, (l, r) -> l + "+" + r);
          if (validity > 0) {
            builder.validity(ofMillis(validity));
          }
          return builder.lateness(ofMillis(lateness)).build();
        };
    List<Step> steps = steps(new Random(seed));
    Run run = run(create, steps, JoinsTest::input, null);
    List<String> expected = new ArrayList<>();
    List<Step> arrived = new ArrayList<>();
    for (Step step : admitted(steps, run)) {
      if (!step.isLeft) {
        arrived.add(step);
        continue;
      }
      Step valid = null;
      for (Step value : arrived) {
        if (value.key.equals(step.key)
            && value.time <= step.time
            && (valid == null || value.time >= valid.time)) {
          valid = value;
        }
      }
      if (valid != null && validity > 0 && step.time >= valid.time + validity) {
        valid = null;
      }
      if (outer || valid != null) {
        expected.add(step.key + ":" + step.name + "+" + (valid == null ? "-" : valid.name));
      }
    }
    assertThat(run.results).isEqualTo(expected);
    assertThat(run(create, steps, JoinsTest::input, new Random(seed))).isEqualTo(run);
  }

  /** Disorder up to the lag of the watermark; right events before left ones of the same time. */
  @Property(tries = 500)
  void asOfJoin_inOrder_answersFromTheCompleteData(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int validity) {
    Random random = new Random(seed);
    int disorder = random.nextInt(30);
    List<Step> events = new ArrayList<>();
    Map<Step, Integer> arrival = new HashMap<>();
    for (int i = 0; i < 60; i++) {
      boolean isLeft = random.nextBoolean();
      Step event =
          new Step(
              isLeft, "k" + random.nextInt(2), random.nextInt(80), (isLeft ? "l" : "r") + i, 0);
      events.add(event);
      arrival.put(event, (int) event.time + random.nextInt(disorder + 1));
    }
    List<String> expected = new ArrayList<>();
    for (Step left : events) {
      Step valid = null;
      for (Step value : events) {
        if (!value.isLeft
            && value.key.equals(left.key)
            && value.time <= left.time
            && left.time < value.time + validity
            && (valid == null || value.time >= valid.time)) {
          valid = value;
        }
      }
      if (left.isLeft) {
        expected.add(left.key + ":" + left.name + "+" + (valid == null ? "-" : valid.name));
      }
    }
    Map<Step, Integer> sources = new HashMap<>();
    events.forEach(event -> sources.put(event, sources.size()));
    List<String> first = null;
    for (int run = 0; run < 2; run++) {
      Ordered<String, JoinInput<String, String>, String> ordered =
          new Ordered<>(
              AsOfJoin.<String, String, String>leftOuter(
                      Codec.STRING, (l, r) -> l + "+" + r.orElse("-"))
                  .validity(ofMillis(validity))
                  .build(),
              JoinInput.codec(Codec.STRING, Codec.STRING));
      Recorder<String> out = new Recorder<>();
      List<Step> arriving = new ArrayList<>(events);
      Collections.shuffle(arriving, random);
      arriving.sort((a, b) -> Integer.compare(arrival.get(a), arrival.get(b)));
      long newest = 0;
      for (Step event : arriving) {
        byte[] source = {(byte) (event.isLeft ? 1 : 0), sources.get(event).byteValue()};
        ordered.process(event.key, input(event), event.time, source, out);
        newest = Math.max(newest, event.time);
        ordered.advance(newest - disorder, out);
      }
      ordered.advance(Long.MAX_VALUE, out);
      assertThat(out.run.late).isEmpty();
      assertThat(out.run.results).containsExactlyInAnyOrderElementsOf(expected);
      assertThat(first == null ? out.run.results : first).isEqualTo(out.run.results);
      first = out.run.results;
    }
  }

  @Example
  void asOfJoin_valueFromTheBeginningOfTime_isValidForEver() {
    AsOfJoin<String, String, String, String> join =
        AsOfJoin.inner(Codec.STRING, (String l, String r) -> l + r).build(String.class);
    Recorder<String> out = new Recorder<>();
    join.process("k", JoinInput.right("r"), Long.MIN_VALUE + 1, out);
    join.advance(1_700_000_000_000L, out);
    join.process("k", JoinInput.left("l"), 1_700_000_000_000L, out);
    assertThat(out.run.results).containsExactly("k:lr");
  }

  /** A value that another one replaces leaves no timer until the end of its validity. */
  @Example
  void asOfJoin_longValidity_holdsOneTimerOfEachKey() {
    AsOfJoin<String, String, String, String> join =
        AsOfJoin.inner(Codec.STRING, (String l, String r) -> l + r)
            .validity(java.time.Duration.ofDays(1))
            .build(String.class);
    Recorder<String> out = new Recorder<>();
    for (int i = 0; i < 10_000; i++) {
      join.process("k", JoinInput.right("r"), i, out);
      join.advance(i, out);
    }
    assertThat(join.timers()).isEqualTo(1);
    join.advance(9_999 + 86_400_000 - 1, out);
    assertThat(events(join)).isEqualTo(1);
    join.advance(9_999 + 86_400_000, out);
    assertThat(events(join)).isZero();
    assertThat(join.timers()).isZero();
  }

  @Property
  void codec_anyInput_isReadAgain(@ForAll String event, @ForAll boolean isLeft) {
    Codec<JoinInput<String, String>> codec = JoinInput.codec(Codec.STRING, Codec.STRING);
    JoinInput<String, String> input = isLeft ? JoinInput.left(event) : JoinInput.right(event);
    assertThat(codec.decode(codec.encode(input))).isEqualTo(input);
  }

  @Property(tries = 500)
  void deduplicated_anyOrder_emitsTheFirstOfEachIdWithinTheTime(
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 20) int within,
      @ForAll @IntRange(min = 0, max = 10) int lateness) {
    Supplier<Deduplicated<String, Step, String>> create =
        () ->
            Deduplicated.by(JoinsTest::id, Codec.STRING, ofMillis(within))
                .lateness(ofMillis(lateness))
                .build();
    List<Step> steps = steps(new Random(seed));
    Run run = run(create, steps, step -> step, null);
    List<Step> emitted = new ArrayList<>();
    for (Step step : steps) {
      if (step.isEvent()
          && !run.late.contains(step.toString())
          && emitted.stream()
              .noneMatch(
                  other ->
                      other.key.equals(step.key)
                          && id(other).equals(id(step))
                          && Math.abs(other.time - step.time) <= within)) {
        emitted.add(step);
      }
    }
    assertThat(run.results).isEqualTo(emitted.stream().map(e -> e.key + ":" + e).toList());
    assertThat(run(create, steps, step -> step, new Random(seed))).isEqualTo(run);
  }

  private static String id(Step step) {
    return "id" + step.name.charAt(step.name.length() - 1) % 4;
  }

  @Property(tries = 300)
  void state_afterTheWatermark_holdsOnlyEventsThatCanMatch(@ForAll long seed) {
    IntervalJoin<String, String, String, String> join =
        IntervalJoin.inner(Codec.STRING, Codec.STRING, (l, r) -> l + r)
            .between(ofMillis(-5), ofMillis(10))
            .lateness(ofMillis(3))
            .build();
    Random random = new Random(seed);
    long watermark = Long.MIN_VALUE;
    List<Step> steps = steps(random);
    Recorder<String> out = new Recorder<>();
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      if (step.isEvent()) {
        join.process(step.key, input(step), step.time, out);
      } else {
        watermark = Math.max(watermark, step.watermark);
        join.advance(step.watermark, out);
        long bound = watermark;
        assertThat(events(join))
            .isLessThanOrEqualTo(
                steps.subList(0, i).stream()
                    .filter(Step::isEvent)
                    .filter(e -> e.time + (e.isLeft ? 10 : 5) + 3 >= bound)
                    .count());
      }
    }
    join.advance(Long.MAX_VALUE, out);
    assertThat(events(join)).isZero();
  }

  @Example
  void asOfJoin_valuesReplaced_keepsOneOfEachKey() {
    AsOfJoin<String, String, String, String> join =
        AsOfJoin.inner(Codec.STRING, (String l, String r) -> l + r).build(String.class);
    for (int i = 0; i < 1_000; i++) {
      join.process("k", JoinInput.right("r" + i), i, new Recorder<>());
      join.advance(i, new Recorder<>());
    }
    assertThat(events(join)).isEqualTo(1);
  }

  @Example
  void asOfJoin_validityOver_keepsNothing() {
    AsOfJoin<String, String, String, String> join =
        AsOfJoin.inner(Codec.STRING, (String l, String r) -> l + r).validity(ofMillis(100)).build();
    join.process("k", JoinInput.right("r"), 0, new Recorder<>());
    join.advance(99, new Recorder<>());
    assertThat(events(join)).isEqualTo(1);
    join.advance(100, new Recorder<>());
    assertThat(events(join)).isZero();
  }

  @Example
  void process_moreThanMaxEvents_rejects() {
    IntervalJoin<String, String, String, String> join =
        IntervalJoin.inner(Codec.STRING, Codec.STRING, (l, r) -> l + r)
            .between(ofMillis(0), ofMillis(10))
            .maxEvents(1)
            .build();
    List<String> reasons = new ArrayList<>();
    Output<String, String> out =
        new Output<>() {
          @Override
          public void emit(String key, String value) {}

          @Override
          public void reject(String key, Object event, long timestamp, String reason) {
            reasons.add(reason);
          }
        };
    join.process("k", JoinInput.left("a"), 1, out);
    join.process("k", JoinInput.left("b"), 2, out);
    assertThat(reasons).containsExactly("at most 1 events are held: key k");
  }

  @Example
  void deduplicated_idIsNullOrThrows_rejects() {
    List<String> reasons = new ArrayList<>();
    Output<String, Object> out =
        new Output<>() {
          @Override
          public void emit(String key, Object value) {}

          @Override
          public void reject(String key, Object event, long timestamp, String reason) {
            reasons.add(reason);
          }
        };
    Deduplicated<String, Object, String> orders =
        Deduplicated.by((Object e) -> e.equals("x") ? null : (String) e, Codec.STRING, ofMillis(5))
            .build();
    orders.process("k", "x", 1, out);
    orders.process("k", 7, 1, out);
    orders.process("k", "y", 1, out);
    assertThat(reasons).hasSize(2);
    assertThat(reasons.get(0)).isEqualTo("id must not be null: event of key k");
    assertThat(reasons.get(1)).startsWith("event of key k must be readable: ");
  }

  @Example
  void restore_otherParametersOrSharedKey_isRefused() {
    Supplier<IntervalJoin<String, String, String, String>> create =
        () ->
            IntervalJoin.inner(Codec.STRING, Codec.STRING, (l, r) -> l + r)
                .between(ofMillis(0), ofMillis(10))
                .build();
    IntervalJoin<String, String, String, String> join = create.get();
    join.process("k", JoinInput.left("a"), 1, new Recorder<>());
    Snapshot<String> saved = new Snapshot<>();
    join.save(saved);
    assertThatThrownBy(
            () ->
                IntervalJoin.inner(Codec.STRING, Codec.STRING, (l, r) -> l + r)
                    .between(ofMillis(0), ofMillis(11))
                    .build(String.class)
                    .restore(saved))
        .hasMessageContaining("between 0 and 10 ms, lateness 0 ms, now");
    IntervalJoin<String, String, String, String> twice = create.get();
    twice.restore(saved);
    assertThatThrownBy(() -> twice.restore(saved))
        .hasMessage("shards must have no key in common, but both have one: k");
    assertThat(events(twice)).isEqualTo(1);
  }

  @Example
  void restore_stateOfAnotherProcessor_isRefused() {
    Deduplicated<String, String, String> join =
        Deduplicated.by((String e) -> e, Codec.STRING, ofMillis(5)).build();
    Processor<String, String, String> ordered = new Ordered<>(join, Codec.STRING);
    ordered.process("k", "a", 1, new Recorder<>());
    Snapshot<String> saved = new Snapshot<>();
    ordered.save(saved);
    Deduplicated<String, String, String> plain =
        Deduplicated.by((String e) -> e, Codec.STRING, ofMillis(5)).build();
    assertThatThrownBy(() -> plain.restore(saved))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("of another processor");
    plain.restore(new Snapshot<>());
    assertThat(events(plain)).isZero();
  }

  @Example
  void saveChanges_writerThrows_writesTheChangesAgain() {
    for (int calls = 0; calls < 8; calls++) {
      IntervalJoin<String, String, String, String> join =
          IntervalJoin.inner(Codec.STRING, Codec.STRING, (l, r) -> l + r)
              .between(ofMillis(0), ofMillis(10))
              .build();
      Snapshot<String> saved = new Snapshot<>();
      join.saveChanges(saved);
      join.process("k", JoinInput.left("a"), 1, new Recorder<>());
      join.process("m", JoinInput.right("b"), 2, new Recorder<>());
      try {
        join.saveChanges(new FailingWriter(calls));
      } catch (IllegalStateException e) {
        assertThat(e).hasMessage("full");
        join.saveChanges(saved);
        Snapshot<String> whole = new Snapshot<>();
        join.save(whole);
        Codec<Snapshot<String>> codec = Snapshot.codec(Codec.STRING);
        assertThat(codec.encode(saved)).isEqualTo(codec.encode(whole));
      }
    }
  }

  /** Writer that throws at a given call. */
  private static final class FailingWriter implements StateWriter<String> {
    private int left;

    FailingWriter(int calls) {
      left = calls;
    }

    private void count() {
      if (left-- == 0) {
        throw new IllegalStateException("full");
      }
    }

    @Override
    public StateWriter<String> scope(String scope) {
      return this;
    }

    @Override
    public void put(String key, long part, byte[] state) {
      count();
    }

    @Override
    public void remove(String key, long part) {
      count();
    }

    @Override
    public void remove(String key) {
      count();
    }

    @Override
    public void removeBefore(long part) {
      count();
    }

    @Override
    public void putOperatorState(byte[] state) {
      count();
    }

    @Override
    public void clear() {
      count();
    }
  }

  @Example
  void process_pairsOfOneEvent_areInOrderOfTime() {
    IntervalJoin<String, String, String, String> join =
        IntervalJoin.inner(Codec.STRING, Codec.STRING, (l, r) -> l + "+" + r)
            .between(ofMillis(-10), ofMillis(10))
            .build();
    Recorder<String> out = new Recorder<>();
    List<Integer> times = new ArrayList<>(List.of(3, 1, 2));
    Collections.reverse(times);
    times.forEach(t -> join.process("k", JoinInput.right("r" + t), t, out));
    join.process("k", JoinInput.left("l"), 2, out);
    assertThat(out.run.results).containsExactly("k:l+r1", "k:l+r2", "k:l+r3");
  }
}
