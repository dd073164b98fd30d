package io.thalweg.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Codec;
import io.thalweg.Ordered;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.Snapshot;
import io.thalweg.StateReader;
import io.thalweg.feature.FeatureOracle.Expected;
import io.thalweg.feature.FeatureOracle.Outcome;
import io.thalweg.feature.FeatureStream.Event;
import io.thalweg.testing.ProcessorLaws;
import io.thalweg.testing.RecordedResult;
import io.thalweg.testing.Recording;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Predicate;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Laws of features: each vector equals the naive recomputation from the full history. */
class FeatureOracleTest {

  /** The outcomes of events, by their number. */
  private static final class Outcomes implements Output<String, FeatureRow<Act>> {
    private FeatureVector vector;
    private Outcome outcome = Outcome.NOT_ASKED;

    @Override
    public void emit(String key, FeatureRow<Act> row) {
      assertThat(outcome).isEqualTo(Outcome.NOT_ASKED);
      outcome = Outcome.ANSWERED;
      vector = row.vector();
    }

    @Override
    public void late(String key, Object event, long timestamp, long watermark) {
      outcome = Outcome.LATE;
    }

    @Override
    public void reject(String key, Object event, long timestamp, String reason) {
      assertThat(reason).isNotBlank();
      outcome = Outcome.REJECTED;
    }

    Outcome take() {
      Outcome taken = outcome;
      outcome = Outcome.NOT_ASKED;
      return taken;
    }
  }

  private static void playAndCompare(
      long seed, FeatureStream stream, List<Event> arrivals, long watermarkBehind) {
    SplittableRandom random = new SplittableRandom(seed ^ 0x5eed);
    FeatureOperator<String, Act> operator = stream.set().operator();
    FeatureOracle oracle = stream.oracle();
    Outcomes out = new Outcomes();
    long newest = Long.MIN_VALUE;
    for (Event event : arrivals) {
      String as = "seed %d, %s".formatted(seed, event);
      Outcome expected = oracle.outcome(event.key(), event.act(), event.time());
      List<Expected> answers =
          expected == Outcome.ANSWERED
              ? oracle.answers(event.key(), event.act(), event.time())
              : List.of();
      FeatureStream.process(operator, event, out);
      assertThat(out.take()).as(as).isEqualTo(expected);
      if (expected == Outcome.ANSWERED) {
        assertThat(stream.wrong(answers, out.vector)).as(as).isEmpty();
      }
      if (expected == Outcome.ANSWERED || expected == Outcome.NOT_ASKED) {
        oracle.add(event.key(), event.act(), event.time());
        newest = Math.max(newest, event.time());
      }
      if (newest > Long.MIN_VALUE && random.nextInt(6) == 0) {
        long watermark = newest - random.nextLong(watermarkBehind + 1);
        operator.advance(watermark, out);
        oracle.advance(watermark);
      }
    }
  }

  @Property(tries = 250, shrinking = ShrinkingMode.OFF)
  void vectors_inOrder_equalTheOracle(@ForAll long seed) {
    FeatureStream stream = FeatureStream.draw(seed, false, true);
    playAndCompare(seed, stream, stream.events(), 50);
  }

  @Property(tries = 250, shrinking = ShrinkingMode.OFF)
  void vectors_unreadableEventsAndReservedTimes_equalTheOracleOfTheOthers(@ForAll long seed) {
    FeatureStream stream = FeatureStream.draw(seed, true, true);
    playAndCompare(seed, stream, stream.events(), 50);
  }

  @Property(tries = 250, shrinking = ShrinkingMode.OFF)
  void vectors_keysExpire_equalTheOracle(@ForAll long seed) {
    FeatureStream stream = FeatureStream.draw(seed, false, false);
    playAndCompare(seed, stream, stream.events(), 0);
  }

  /** State that expires with the longest window changes no answer. */
  @Property(tries = 250, shrinking = ShrinkingMode.OFF)
  void vectors_featuresBoundedInTime_equalTheOracleThatKeepsAll(@ForAll long seed) {
    FeatureStream stream = FeatureStream.bounded(seed);
    playAndCompare(seed, stream, stream.events(), 0);
  }

  @Property(tries = 250, shrinking = ShrinkingMode.OFF)
  void vectors_exactWindowsOutOfOrder_equalTheOracleOfTheArrived(@ForAll long seed) {
    FeatureStream drawn = FeatureStream.draw(seed, false, true);
    List<Declared> exact = drawn.features().stream().filter(Declared::isExactOutOfOrder).toList();
    if (exact.isEmpty()) {
      return;
    }
    FeatureStream stream = new FeatureStream(exact, drawn.idle(), drawn.events());
    List<Event> arrivals = stream.shuffled(new SplittableRandom(seed), 60);
    playAndCompare(seed, stream, arrivals, 40);
  }

  /** Rows of a run, encoded, by the number of the event. */
  private static final class Log implements Output<String, FeatureRow<Act>> {
    private final FeatureSet<Act> set;
    private final Map<String, List<byte[]>> rows = new TreeMap<>();
    private final Map<String, List<FeatureVector>> vectors = new HashMap<>();
    private int late;

    Log(FeatureSet<Act> set) {
      this.set = set;
    }

    @Override
    public void emit(String key, FeatureRow<Act> row) {
      rows.computeIfAbsent(key, k -> new ArrayList<>())
          .add(FeatureRow.codec(Act.CODEC, set.schema()).encode(row));
      vectors.computeIfAbsent(key, k -> new ArrayList<>()).add(row.vector());
    }

    @Override
    public void late(String key, Object event, long timestamp, long watermark) {
      late++;
    }

    void assertSameAs(Log expected, String as) {
      assertThat(rows.keySet()).as(as).isEqualTo(expected.rows.keySet());
      rows.forEach(
          (key, mine) -> {
            List<byte[]> theirs = expected.rows.get(key);
            assertThat(mine).as(as).hasSameSizeAs(theirs);
            for (int i = 0; i < mine.size(); i++) {
              assertThat(mine.get(i)).as("%s, key %s, row %d", as, key, i).isEqualTo(theirs.get(i));
            }
          });
    }
  }

  private static Ordered<String, Act, FeatureRow<Act>> ordered(FeatureSet<Act> set) {
    return new Ordered<>(set.<String>operator(), Act.CODEC);
  }

  private static Log replay(FeatureStream stream, FeatureSet<Act> set) {
    Log log = new Log(set);
    Ordered<String, Act, FeatureRow<Act>> operator = ordered(set);
    for (Event event : stream.events()) {
      operator.process(event.key(), event.act(), event.time(), event.source(), log);
    }
    operator.advance(Long.MAX_VALUE, log);
    return log;
  }

  @Property(tries = 250, shrinking = ShrinkingMode.OFF)
  void vectors_behindOrdered_equalTheOracleWhateverTheArrival(@ForAll long seed) {
    FeatureStream stream = FeatureStream.draw(seed, false, true);
    FeatureSet<Act> set = stream.set();
    SplittableRandom random = new SplittableRandom(seed);
    Ordered<String, Act, FeatureRow<Act>> operator = ordered(set);
    Log log = new Log(set);
    long newest = Long.MIN_VALUE;
    for (Event event : stream.shuffled(random, 30)) {
      operator.process(event.key(), event.act(), event.time(), event.source(), log);
      newest = Math.max(newest, event.time());
      if (random.nextInt(4) == 0) {
        operator.advance(newest - 31, log);
      }
    }
    operator.advance(Long.MAX_VALUE, log);
    assertThat(log.late).isZero();
    FeatureOracle oracle = stream.oracle();
    Map<String, Integer> places = new HashMap<>();
    for (Event event : stream.events()) {
      Outcome outcome = oracle.outcome(event.key(), event.act(), event.time());
      if (outcome == Outcome.ANSWERED) {
        List<Expected> answers = oracle.answers(event.key(), event.act(), event.time());
        FeatureVector actual =
            log.vectors.get(event.key()).get(places.merge(event.key(), 1, Integer::sum) - 1);
        assertThat(stream.wrong(answers, actual)).as("seed %d, %s", seed, event).isEmpty();
      }
      if (outcome != Outcome.REJECTED) {
        oracle.add(event.key(), event.act(), event.time());
      }
    }
  }

  /** The law of training rows: a replay of the log gives the bytes that were served. */
  @Property(tries = 250, shrinking = ShrinkingMode.OFF)
  void rows_killedAndRestored_equalByteForByteTheReplay(@ForAll long seed) {
    FeatureStream stream = FeatureStream.draw(seed, false, true);
    FeatureSet<Act> set = stream.set();
    SplittableRandom random = new SplittableRandom(seed);
    List<Event> arrivals = stream.shuffled(random, 30);
    Ordered<String, Act, FeatureRow<Act>> operator = ordered(set);
    Snapshot<String> store = new Snapshot<>();
    operator.saveChanges(store);
    byte[] durable = bytes(store);
    Log log = new Log(set);
    Log pending = new Log(set);
    int committed = 0;
    for (int i = 0; i < arrivals.size(); i++) {
      Event event = arrivals.get(i);
      operator.process(event.key(), event.act(), event.time(), event.source(), pending);
      if (random.nextInt(3) == 0) {
        operator.advance(newest(arrivals, i) - 31, pending);
      }
      int next = random.nextInt(8);
      if (next == 0) {
        operator.saveChanges(store);
        durable = bytes(store);
        committed = i + 1;
        move(pending, log);
      } else if (next == 1) {
        // Killed: outputs and state since the commit are lost, and the input is read again.
        pending = new Log(set);
        i = committed - 1;
        operator = ordered(random.nextBoolean() ? set : stream.set());
        store = Snapshot.codec(Codec.STRING).decode(durable);
        operator.restore(store);
        operator.saveChanges(store);
        durable = bytes(store);
      }
    }
    operator.advance(Long.MAX_VALUE, pending);
    move(pending, log);
    log.assertSameAs(replay(stream, set), "seed " + seed);
  }

  private static long newest(List<Event> arrivals, int last) {
    return arrivals.subList(0, last + 1).stream().mapToLong(Event::time).max().orElseThrow();
  }

  private static byte[] bytes(Snapshot<String> store) {
    return Snapshot.codec(Codec.STRING).encode(store);
  }

  private static void move(Log from, Log to) {
    from.rows.forEach(
        (key, rows) -> to.rows.computeIfAbsent(key, k -> new ArrayList<>()).addAll(rows));
    from.rows.clear();
  }

  /** Without Ordered: a saved operator continues with the same bits, in any order of arrival. */
  @Property(tries = 250, shrinking = ShrinkingMode.OFF)
  void restore_atAnyMoment_continuesBitForBit(@ForAll long seed) {
    FeatureStream stream = FeatureStream.draw(seed, true, seed % 3 == 0);
    FeatureSet<Act> set = stream.set();
    SplittableRandom random = new SplittableRandom(seed);
    List<Event> arrivals =
        random.nextBoolean()
                || stream.events().stream().anyMatch(e -> Math.abs(e.time()) > 1L << 60)
            ? stream.events()
            : stream.shuffled(random, 40);
    Processor<String, Act, FeatureRow<Act>> whole = set.operator();
    Processor<String, Act, FeatureRow<Act>> restarted = set.operator();
    Snapshot<String> changes = new Snapshot<>();
    Recording<String, FeatureRow<Act>> expected = new Recording<>();
    Recording<String, FeatureRow<Act>> actual = new Recording<>();
    for (Event event : arrivals) {
      FeatureStream.process(whole, event, expected);
      FeatureStream.process(restarted, event, actual);
      assertThat(actual.drain()).as("seed %d, %s", seed, event).isEqualTo(expected.drain());
      if (random.nextInt(5) == 0 && Math.abs(event.time()) < 1L << 60) {
        long watermark = event.time() - random.nextInt(30);
        whole.advance(watermark, expected);
        restarted.advance(watermark, actual);
      }
      int next = random.nextInt(8);
      if (next < 3) {
        restarted.saveChanges(changes);
      }
      if (next == 0) {
        restarted = set.operator();
        restarted.restore(changes);
        if (random.nextBoolean()) {
          restarted.saveChanges(changes);
        } else {
          changes = new Snapshot<>();
        }
      } else if (next == 4) {
        Snapshot<String> saved = new Snapshot<>();
        restarted.save(saved);
        restarted = set.operator();
        restarted.restore(saved);
        changes = new Snapshot<>();
      }
    }
  }

  /** The records of some keys of a shard. */
  private record KeysOf(StateReader<String> shard, Predicate<String> keys, boolean ownsCounters)
      implements StateReader<String> {
    @Override
    public StateReader<String> scope(String scope) {
      return new KeysOf(shard.scope(scope), keys, ownsCounters);
    }

    @Override
    public byte[] operatorState() {
      return shard.operatorState();
    }

    @Override
    public void forEach(RecordVisitor<? super String> action) {
      shard.forEach(
          (key, part, state) -> {
            if (keys.test(key)) {
              action.accept(key, part, state);
            }
          });
    }

    @Override
    public boolean isEmpty() {
      return shard.isEmpty();
    }
  }

  private static int owner(String key, int tasks) {
    return Math.floorMod(key.hashCode() * 31 + 7, tasks);
  }

  private static List<Processor<String, Act, FeatureRow<Act>>> rescaled(
      FeatureSet<Act> set, List<Processor<String, Act, FeatureRow<Act>>> from, int tasks) {
    List<Snapshot<String>> shards = new ArrayList<>();
    for (Processor<String, Act, FeatureRow<Act>> each : from) {
      Snapshot<String> saved = new Snapshot<>();
      each.save(saved);
      shards.add(saved);
    }
    List<Processor<String, Act, FeatureRow<Act>>> to = new ArrayList<>();
    for (int task = 0; task < tasks; task++) {
      Processor<String, Act, FeatureRow<Act>> operator = ordered(set);
      for (int shard = 0; shard < shards.size(); shard++) {
        int own = task;
        operator.restore(
            new KeysOf(shards.get(shard), key -> owner(key, tasks) == own, shard % tasks == own));
      }
      to.add(operator);
    }
    return to;
  }

  @Property(tries = 250, shrinking = ShrinkingMode.OFF)
  void rows_numberOfTasksChanges_equalTheReplay(@ForAll long seed) {
    FeatureStream stream = FeatureStream.draw(seed, false, true);
    FeatureSet<Act> set = stream.set();
    SplittableRandom random = new SplittableRandom(seed);
    List<Processor<String, Act, FeatureRow<Act>>> tasks = List.of(ordered(set), ordered(set));
    Log log = new Log(set);
    List<Event> events = stream.events();
    for (int i = 0; i < events.size(); i++) {
      Event event = events.get(i);
      Processor<String, Act, FeatureRow<Act>> task = tasks.get(owner(event.key(), tasks.size()));
      ((Ordered<String, Act, FeatureRow<Act>>) task)
          .process(event.key(), event.act(), event.time(), event.source(), log);
      if (random.nextInt(4) == 0) {
        tasks.forEach(each -> each.advance(event.time(), log));
      }
      if (random.nextInt(10) == 0) {
        tasks = rescaled(set, tasks, tasks.size() == 2 ? 3 : 2);
      }
    }
    tasks.forEach(each -> each.advance(Long.MAX_VALUE, log));
    log.assertSameAs(replay(stream, set), "seed " + seed);
  }

  @Property(tries = 250, shrinking = ShrinkingMode.OFF)
  void keys_watermarkPassedEverything_areGone(@ForAll long seed) {
    FeatureStream stream =
        seed % 2 == 0 ? FeatureStream.draw(seed, false, false) : FeatureStream.bounded(seed);
    Processor<String, Act, FeatureRow<Act>> operator = stream.set().operator();
    Snapshot<String> changes = new Snapshot<>();
    Recording<String, FeatureRow<Act>> out = new Recording<>();
    for (Event event : stream.events()) {
      FeatureStream.process(operator, event, out);
      if (event.number() % 7 == 0) {
        operator.saveChanges(changes);
      }
    }
    operator.advance(stream.events().get(stream.events().size() - 1).time() + 10_000_000, out);
    operator.saveChanges(changes);
    Snapshot<String> saved = new Snapshot<>();
    operator.save(saved);
    for (Snapshot<String> each : List.of(saved, changes)) {
      List<String> left = new ArrayList<>();
      each.forEach((key, part, state) -> left.add(key));
      assertThat(left).as("seed %d", seed).isEmpty();
    }
    Map<String, Long> counters = new TreeMap<>();
    operator.counters(counters::put);
    assertThat(counters).as("seed %d", seed).containsEntry("keys", 0L);
  }

  @Property(tries = 250, shrinking = ShrinkingMode.OFF)
  void answer_anyStream_fillsTheRowOfProcess(@ForAll long seed) {
    FeatureStream stream = FeatureStream.draw(seed, true, true);
    FeatureSet<Act> set = stream.set();
    FeatureOperator<String, Act> answering = set.operator();
    FeatureOperator<String, Act> processing = set.operator();
    double[] row = new double[set.schema().size()];
    double[] expected = new double[set.schema().size()];
    Recording<String, FeatureRow<Act>> side = new Recording<>();
    Recording<String, FeatureRow<Act>> out = new Recording<>();
    for (Event event : stream.events()) {
      boolean answered = answering.answer(event.key(), event.act(), event.time(), side, row);
      FeatureStream.process(processing, event, out);
      List<RecordedResult<String, FeatureRow<Act>>> results = out.drain();
      if (answered) {
        assertThat(side.drain()).isEmpty();
        RecordedResult.Answer<String, FeatureRow<Act>> answer =
            (RecordedResult.Answer<String, FeatureRow<Act>>) results.get(0);
        answer.value().vector().copyNumbers(expected);
        assertThat(row).as("seed %d, %s", seed, event).isEqualTo(expected);
        assertThat(answer.value().event()).isSameAs(event.act());
      } else {
        assertThat(side.drain()).as("seed %d, %s", seed, event).isEqualTo(results);
      }
    }
  }

  @Property(tries = 40, shrinking = ShrinkingMode.OFF)
  void laws_anyFeatures_hold(@ForAll long seed) {
    FeatureStream stream = FeatureStream.draw(seed, true, seed % 2 == 0);
    FeatureSet<Act> set = stream.set();
    ProcessorLaws.<String, Act, FeatureRow<Act>>of(
            set::operator,
            random -> "key " + random.nextInt(3),
            random -> Act.draw(new SplittableRandom(random.nextLong()), 1, true))
        .spacing(Duration.ofMillis(20))
        .sequences(4, 40)
        .check(seed);
  }
}
