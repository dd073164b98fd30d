package io.thalweg.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.thalweg.Aggregate;
import io.thalweg.Aggregates;
import io.thalweg.Codec;
import io.thalweg.Fifo;
import io.thalweg.NonFinite;
import io.thalweg.rank.ApproximateStandings;
import io.thalweg.rank.Standings;
import io.thalweg.rank.TopK;
import io.thalweg.sketch.DistinctCount;
import io.thalweg.sketch.Frequencies;
import io.thalweg.sketch.HeavyHitters;
import io.thalweg.sketch.Quantiles;
import io.thalweg.stats.Autocorrelation;
import io.thalweg.stats.Covariance;
import io.thalweg.stats.DecayedMoments;
import io.thalweg.stats.EventDecayedMomentsAccumulator;
import io.thalweg.stats.Extrema;
import io.thalweg.stats.ExtremaAccumulator;
import io.thalweg.stats.HigherMoments;
import io.thalweg.stats.LastSeen;
import io.thalweg.stats.LongSum;
import io.thalweg.stats.Moments;
import io.thalweg.stats.MomentsAccumulator;
import io.thalweg.stats.OrderStatistics;
import io.thalweg.stats.Rate;
import io.thalweg.stats.Sum;
import io.thalweg.stats.UncompensatedMomentsAccumulator;
import io.thalweg.stats.WeightedMoments;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests of every aggregate of the library: the laws, the handling of NaN and infinities, the result
 * of an empty state, allocation and footprint. A factory that is not listed here fails the test.
 */
class EveryAggregateTest {

  /** The fields are boxed, so that each can be null. */
  private record Event(Double x, Double y, Double weight, Long time, String key) {

    Event(double x, double y, double weight, long time, String key) {
      this((Double) x, (Double) y, (Double) weight, (Long) time, key);
    }

    static Event drawWithNulls(RandomGenerator random) {
      Event event = draw(random);
      return switch (random.nextInt(20)) {
        case 0 -> new Event(null, event.y, event.weight, event.time, event.key);
        case 1 -> new Event(event.x, null, event.weight, event.time, event.key);
        case 2 -> new Event(event.x, event.y, null, event.time, event.key);
        case 3 -> new Event(event.x, event.y, event.weight, null, event.key);
        case 4 -> new Event(event.x, event.y, event.weight, event.time, null);
        default -> event;
      };
    }

    static final Codec<Event> CODEC =
        new Codec<>() {
          @Override
          public String name() {
            return "test.event";
          }

          @Override
          public void write(Event event, DataOutput out) throws IOException {
            writeNumber(event.x, out);
            writeNumber(event.y, out);
            writeNumber(event.weight, out);
            out.writeBoolean(event.time == null);
            out.writeLong(event.time == null ? 0 : event.time);
            out.writeBoolean(event.key == null);
            out.writeUTF(event.key == null ? "" : event.key);
          }

          @Override
          public Event read(DataInput in, int version) throws IOException {
            Double x = readNumber(in);
            Double y = readNumber(in);
            Double weight = readNumber(in);
            boolean noTime = in.readBoolean();
            long time = in.readLong();
            boolean noKey = in.readBoolean();
            String key = in.readUTF();
            return new Event(x, y, weight, noTime ? null : (Long) time, noKey ? null : key);
          }

          private static void writeNumber(Double value, DataOutput out) throws IOException {
            out.writeBoolean(value == null);
            out.writeDouble(value == null ? 0 : value);
          }

          private static Double readNumber(DataInput in) throws IOException {
            boolean isNull = in.readBoolean();
            double value = in.readDouble();
            return isNull ? null : (Double) value;
          }
        };

    static Event draw(RandomGenerator random) {
      double x = 1000 + random.nextGaussian();
      return new Event(
          finiteOrNot(random, x),
          finiteOrNot(random, x / 2 + random.nextGaussian()),
          random.nextInt(20) - 1, // -1 is refused
          random.nextInt(-600_000, 600_000),
          "k" + (int) Math.exp(4 * random.nextDouble()));
    }

    private static double finiteOrNot(RandomGenerator random, double value) {
      return switch (random.nextInt(80)) {
        case 0 -> Double.NaN;
        case 1 -> Double.POSITIVE_INFINITY;
        case 2 -> Double.NEGATIVE_INFINITY;
        default -> value;
      };
    }

    Event withX(double other) {
      return new Event((Double) other, y, weight, time, key);
    }

    boolean isFinite() {
      return Double.isFinite(x) && Double.isFinite(y) && weight >= 0;
    }

    /** A coarse time, to make equal times frequent. */
    long minute() {
      return time / 60_000;
    }

    long id() {
      return Double.doubleToRawLongBits(x) ^ time;
    }
  }

  /** An aggregate by its factory, under a policy if it takes one, and how exactly it merges. */
  private record Listed<R>(
      String factory,
      boolean takesPolicy,
      Function<NonFinite, Aggregate<Event, ?, R>> aggregate,
      BiPredicate<R, R> agree) {

    Listed<R> agreeing(BiPredicate<R, R> other) {
      return new Listed<>(factory, takesPolicy, aggregate, other);
    }

    @Override
    public String toString() {
      return factory;
    }
  }

  private static <R> Listed<R> numbers(
      String factory,
      Function<NonFinite, Aggregate<Event, ?, R>> aggregate,
      BiPredicate<R, R> agree) {
    return new Listed<>(factory, true, aggregate, agree);
  }

  private static <R> Listed<R> exact(String factory, Aggregate<Event, ?, R> aggregate) {
    return new Listed<>(factory, false, policy -> aggregate, Object::equals);
  }

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static Stream<Listed<?>> listed() {
    return Stream.of(
        numbers(
            "Autocorrelation.over",
            policy -> Autocorrelation.over(Event::x, policy, 3, 1),
            (merged, whole) ->
                merged.moments().count() == whole.moments().count()
                    && close(merged.moments().mean(), whole.moments().mean(), 1e-15)
                    && Math.abs(merged.at(3) - whole.at(3)) <= 1e-14
                    && Math.abs(merged.at(1) - whole.at(1)) <= 1e-14),
        numbers(
            "Covariance.over",
            policy -> Covariance.over(Event::x, Event::y, policy),
            (merged, whole) ->
                merged.count() == whole.count()
                    && close(merged.meanX(), whole.meanX(), ulps(3))
                    && close(merged.meanY(), whole.meanY(), ulps(3))
                    && close(merged.m2X(), whole.m2X(), ulps(3))
                    && close(merged.m2Y(), whole.m2Y(), ulps(3))
                    && close(merged.codeviation(), whole.codeviation(), ulps(3))),
        numbers(
            "DecayedMoments.over",
            policy -> DecayedMoments.over(Event::x, Event::time, MINUTE, policy),
            (merged, whole) ->
                merged.count() == whole.count()
                    && close(merged.weight(), whole.weight(), 1e-12)
                    && close(merged.mean(), whole.mean(), 1e-12)
                    && close(merged.variance(), whole.variance(), 1e-12)),
        exact(
                "DecayedMoments.timeWeighted",
                DecayedMoments.timeWeighted(Event::x, Event::time, MINUTE))
            .agreeing((merged, whole) -> merged.count() == whole.count()), // in order: its own test
        numbers("Extrema.over", policy -> Extrema.over(Event::x, policy), Object::equals),
        exact("LongSum.over", LongSum.over(Event::time)),
        numbers(
            "Moments.over",
            policy -> Moments.over(Event::x, policy),
            (merged, whole) -> agree(merged, whole, ulps(3))),
        numbers(
            "UncompensatedMomentsAccumulator.over",
            policy -> UncompensatedMomentsAccumulator.over(Event::x, policy),
            (merged, whole) ->
                agree(merged, whole, 1e-10)
                    || merged.count() == whole.count() && !Double.isFinite(merged.mean())
                    || !Double.isFinite(whole.sumOfSquaredDeviations())),
        exact("Rate.over", Rate.over(Event::time, MINUTE))
            .agreeing(
                (merged, whole) ->
                    merged.count() == whole.count()
                        && merged.first() == whole.first()
                        && merged.newest() == whole.newest()
                        && close(merged.weight(), whole.weight(), 1e-12)),
        numbers(
            "HigherMoments.over",
            policy -> HigherMoments.over(Event::x, policy),
            (merged, whole) ->
                agree(merged.moments(), whole.moments(), 1e-13)
                    && near(merged.populationSkewness(), whole.populationSkewness(), 1e-12)
                    && near(
                        merged.populationExcessKurtosis(),
                        whole.populationExcessKurtosis(),
                        1e-12 * (3 + Math.abs(whole.populationExcessKurtosis())))),
        numbers(
            "Sum.over",
            policy -> Sum.over(Event::x, policy),
            (merged, whole) ->
                merged.count() == whole.count() && close(merged.value(), whole.value(), ulps(1))),
        exact("LastSeen.over", LastSeen.over(Event::time)),
        numbers(
            "WeightedMoments.over",
            policy -> WeightedMoments.over(Event::x, Event::weight, policy),
            (merged, whole) ->
                merged.count() == whole.count()
                    && close(merged.weight(), whole.weight(), ulps(3))
                    && close(merged.mean(), whole.mean(), ulps(3))
                    && close(
                        merged.sumOfSquaredDeviations(), whole.sumOfSquaredDeviations(), ulps(3))),
        exact("DistinctCount.ofLongs", DistinctCount.ofLongs(Event::time, 5, 3)),
        exact("DistinctCount.ofTexts", DistinctCount.ofTexts(Event::key, 4, 3)),
        exact("Frequencies.ofLongs", Frequencies.ofLongs(Event::time, 16, 3, 5)),
        exact("Frequencies.ofTexts", Frequencies.ofTexts(Event::key, 10, 2, 5)),
        exact("HeavyHitters.over", HeavyHitters.over(Event::key, Codec.STRING, 8))
            .agreeing(EveryAggregateTest::agree),
        numbers(
            "Quantiles.over",
            policy -> Quantiles.over(Event::x, policy, 16, 7),
            EveryAggregateTest::agree),
        numbers(
            "Quantiles.over",
            policy -> Quantiles.over(Event::x, event -> event.weight().longValue(), policy, 16, 7),
            EveryAggregateTest::agree),
        numbers(
            "Quantiles.relative",
            policy -> Quantiles.relative(Event::x, policy, 0.01, 2048),
            Object::equals),
        numbers(
            "Quantiles.relative",
            policy ->
                Quantiles.relative(
                    Event::x, event -> event.weight().longValue(), policy, 0.001, 16),
            Object::equals),
        exact("Sample.uniform", io.thalweg.sketch.Sample.uniform(Event::id, Event.CODEC, 20, 3)),
        exact(
            "Sample.decayed",
            io.thalweg.sketch.Sample.decayed(Event::id, Event::time, MINUTE, Event.CODEC, 20, 3)),
        exact("Aggregates.count", Aggregates.count(event -> event.time() > 0)),
        exact("Aggregates.first", Aggregates.first(Event::minute, Event::y)),
        exact("Aggregates.first", Aggregates.first(Event::minute, Event::key, Codec.STRING)),
        exact("Aggregates.last", Aggregates.last(Event::minute, Event::y)),
        exact("Aggregates.last", Aggregates.last(Event::minute, Event::key, Codec.STRING)),
        exact("Aggregates.maxBy", Aggregates.maxBy(Event::weight, Event::key, Codec.STRING)),
        exact("Aggregates.minBy", Aggregates.minBy(Event::x, Event::key, Codec.STRING)),
        exact("Aggregates.collect", Aggregates.collect(20, Event::key, Codec.STRING)),
        exact(
            "Aggregates.reduce",
            Aggregates.reduce(Event::key, (a, b) -> b.length() > a.length() ? b : a, Codec.STRING)),
        exact(
            "Aggregates.fold",
            Aggregates.fold(
                0L, (Long bits, Event e) -> bits | e.time() & 127, (a, b) -> a | b, Codec.LONG)),
        exact(
            "Aggregates.all",
            Aggregates.all(Aggregates.count(), LastSeen.over(Event::time), List::of)),
        exact(
            "Aggregates.all",
            Aggregates.all(
                Aggregates.count(),
                LastSeen.over(Event::time),
                Aggregates.first(Event::minute, Event::y),
                (a, b, c) -> Arrays.asList(a, b, c))),
        exact(
            "Aggregates.all",
            Aggregates.all(
                Aggregates.count(),
                LastSeen.over(Event::time),
                Aggregates.first(Event::minute, Event::y),
                LongSum.over(Event::time),
                (a, b, c, d) -> Arrays.asList(a, b, c, d))),
        exact(
            "Aggregates.all",
            Aggregates.all(
                Aggregates.count(),
                LastSeen.over(Event::time),
                Aggregates.first(Event::minute, Event::y),
                LongSum.over(Event::time),
                Aggregates.last(Event::minute, Event::key, Codec.STRING),
                (a, b, c, d, e) -> Arrays.asList(a, b, c, d, e))),
        exact(
            "Aggregates.all",
            Aggregates.all(
                Aggregates.count(),
                LastSeen.over(Event::time),
                Aggregates.first(Event::minute, Event::y),
                LongSum.over(Event::time),
                Aggregates.last(Event::minute, Event::key, Codec.STRING),
                Extrema.over(Event::x, NonFinite.SKIP),
                (a, b, c, d, e, f) -> Arrays.asList(a, b, c, d, e, f))),
        exact(
            "Aggregates.all",
            Aggregates.all(List.of(LongSum.over(Event::time), Aggregates.<Event>count()))),
        exact("NonFinite.count", NonFinite.count(Event::x)),
        exact("TopK.of", TopK.of(5, Comparator.comparingDouble(Event::weight), Event.CODEC)),
        exact("Standings.counts", Standings.counts(3, Event::key, Codec.STRING)),
        exact("Standings.sums", Standings.sums(3, Event::key, Codec.STRING, Event::weight)),
        exact(
            "Standings.by",
            Standings.by(
                3, Event::key, Codec.STRING, LongSum.over(Event::time).map(LongSum::value))),
        exact(
                "Standings.decayed",
                Standings.decayed(
                    3, Event::key, Codec.STRING, event -> 1, Event::time, Duration.ofHours(1)))
            .agreeing(EveryAggregateTest::agree),
        exact(
                "ApproximateStandings.counts",
                ApproximateStandings.counts(3, Event::key, Codec.STRING, 8))
            .agreeing((merged, whole) -> merged.total() == whole.total()));
  }

  private static double ulps(int ulps) {
    return ulps * 0x1p-52;
  }

  private static boolean close(double actual, double expected, double relative) {
    return Double.compare(actual, expected) == 0
        || Math.abs(actual - expected) <= relative * Math.abs(expected);
  }

  private static boolean near(double actual, double expected, double error) {
    return Double.compare(actual, expected) == 0 || Math.abs(actual - expected) <= error;
  }

  private static boolean agree(Moments merged, Moments whole, double relative) {
    return merged.count() == whole.count()
        && close(merged.mean(), whole.mean(), relative)
        && close(merged.sumOfSquaredDeviations(), whole.sumOfSquaredDeviations(), relative);
  }

  /** Two summaries of the same events contradict each other nowhere. */
  private static boolean agree(HeavyHitters<String> one, HeavyHitters<String> other) {
    Map<String, HeavyHitters.Counter<String>> there = new HashMap<>();
    other.counters().forEach(counter -> there.put(counter.key(), counter));
    return one.total() == other.total()
        && one.counters().stream()
            .allMatch(
                counter -> {
                  HeavyHitters.Counter<String> same = there.get(counter.key());
                  return same == null
                      ? counter.least() <= other.maxUntracked()
                      : counter.least() <= same.most() && same.least() <= counter.most();
                });
  }

  /** Of scores that are nearly equal either may come first. */
  private static boolean agree(Standings<String, Double> merged, Standings<String, Double> whole) {
    boolean agree =
        merged.members() == whole.members() && merged.top().size() == whole.top().size();
    for (int i = 0; agree && i < merged.top().size(); i++) {
      agree = close(merged.top().get(i).score(), whole.top().get(i).score(), 1e-12);
    }
    return agree;
  }

  /** k = 16 has an error of 0.19 with probability 0.99, and here are two of them. */
  private static boolean agree(Quantiles merged, Quantiles whole) {
    if (merged.count() != whole.count()
        || Double.compare(merged.min(), whole.min()) != 0
        || Double.compare(merged.max(), whole.max()) != 0) {
      return false;
    }
    for (double q = 0.1; q < 1; q += 0.2) {
      double at = whole.quantile(q);
      if (Math.abs(merged.rank(at) - whole.rank(at)) > 0.5) {
        return false;
      }
    }
    return true;
  }

  private static Stream<Listed<?>> listedNumbers() {
    return listed().filter(Listed::takesPolicy);
  }

  @Test
  void factories_each_areListed() {
    List<String> factories =
        new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.thalweg")
                .stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(type -> !type.isEquivalentTo(Aggregate.class)) // makes a user's own
                .flatMap(type -> type.getMethods().stream())
                .filter(method -> method.getRawReturnType().isEquivalentTo(Aggregate.class))
                .filter(method -> method.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(method -> method.getModifiers().contains(JavaModifier.STATIC))
                .map(EveryAggregateTest::name)
                .distinct()
                .toList();
    assertThat(listed().map(Listed::factory).distinct())
        .containsExactlyInAnyOrderElementsOf(factories);
  }

  private static String name(JavaMethod method) {
    return method.getOwner().getSimpleName() + "." + method.getName();
  }

  @ParameterizedTest
  @MethodSource("listed")
  <R> void laws_underEachPolicy_hold(Listed<R> listed) {
    for (NonFinite policy : NonFinite.values()) {
      AggregateLaws.of(listed.aggregate.apply(policy), Event::draw)
          .cutsAgree(listed.agree)
          .sequences(listed.takesPolicy ? 60 : 100, 300)
          .check(1);
    }
  }

  /** Each field of some events is null, so that one reader or another throws or returns null. */
  @ParameterizedTest
  @MethodSource("listed")
  <R> void check_fieldThatCannotBeRead_coversAdd(Listed<R> listed) {
    for (NonFinite policy : NonFinite.values()) {
      AggregateLaws.of(listed.aggregate.apply(policy), Event::drawWithNulls)
          .cutsAgree(listed.agree)
          .sequences(10, 60)
          .check(1);
    }
  }

  @ParameterizedTest
  @MethodSource("listed")
  <R> void process_fieldThatCannotBeRead_rejectsTheEventAndGoesOn(Listed<R> listed) {
    WindowedAggregator<String, Event, R> operator =
        WindowedAggregator.of(listed.aggregate.apply(NonFinite.REJECT), Windows.tumbling(MINUTE))
            .build();
    Recording<String, R> out = new Recording<>();
    Event good = new Event(1, 2, 3, 4, "k");
    operator.process("device", good, 1, out);
    operator.process("device", new Event(null, null, null, null, null), 2, out);
    operator.process("device", good, 3, out);
    assertThat(out.drain())
        .hasSize(1)
        .allSatisfy(
            each ->
                assertThat(((RecordedResult.Rejection<String, R>) each).reason())
                    .containsPattern("event of key device must be readable: .*Exception|member"));
    assertThat(ConformanceCases.counters(operator))
        .containsEntry("admitted", 2L)
        .containsEntry("rejected", 1L);
  }

  @ParameterizedTest
  @MethodSource("listedNumbers")
  <R> void skip_nonFinite_equalsTheResultWithoutIt(Listed<R> listed) {
    Aggregate<Event, ?, R> aggregate = listed.aggregate.apply(NonFinite.SKIP);
    List<Event> all = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(5);
    while (all.size() < 300) {
      Event event = Event.draw(random);
      if (event.weight() >= 0) {
        all.add(event);
      }
    }
    boolean both = listed.factory.startsWith("Covariance");
    List<Event> finite =
        all.stream().filter(e -> both ? e.isFinite() : Double.isFinite(e.x())).toList();
    assertThat(finite).hasSizeBetween(250, 299);
    assertThat(fold(aggregate, all)).isEqualTo(fold(aggregate, finite));
  }

  @ParameterizedTest
  @MethodSource("listedNumbers")
  <R> void reject_nonFinite_namesTheRuleAndTheValue(Listed<R> listed) {
    Event event = new Event(1, 2, 3, 4, "k");
    for (double x : new double[] {Double.NaN, Double.POSITIVE_INFINITY, -1 / 0.0}) {
      Event strange = event.withX(x);
      assertThatThrownBy(() -> listed.aggregate.apply(NonFinite.REJECT).check(strange))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("value must be finite: " + x);
      listed.aggregate.apply(NonFinite.SKIP).check(strange);
      listed.aggregate.apply(NonFinite.PROPAGATE).check(strange);
    }
    listed.aggregate.apply(NonFinite.REJECT).check(event);
  }

  @Test
  void check_withoutPolicy_rejects() {
    Event strange = new Event(Double.NaN, 2, 3, 4, "k");
    List<Aggregate<Event, ?, ?>> defaults =
        List.of(
            Autocorrelation.over(Event::x, 1),
            Covariance.over(Event::y, Event::x),
            DecayedMoments.over(Event::x, Event::time, MINUTE),
            Extrema.over(Event::x),
            Moments.over(Event::x),
            Quantiles.over(Event::x),
            Quantiles.relative(Event::x),
            HigherMoments.over(Event::x),
            Sum.over(Event::x),
            WeightedMoments.over(Event::x, Event::weight));
    for (Aggregate<Event, ?, ?> aggregate : defaults) {
      assertThatThrownBy(() -> aggregate.check(strange)).hasMessage("value must be finite: NaN");
    }
  }

  @ParameterizedTest
  @MethodSource("listedNumbers")
  <R> void propagate_nanThatLeftTheWindow_leavesNoTrace(Listed<R> listed) {
    Aggregate<Event, ?, R> aggregate = listed.aggregate.apply(NonFinite.PROPAGATE);
    Fifo<Event, R> fifo = Fifo.of(aggregate);
    SplittableRandom random = new SplittableRandom(9);
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      Event event = new Event(random.nextInt(100), i, 1, 1000 + i, "k");
      events.add(i == 20 ? event.withX(Double.NaN) : event);
      fifo.add(events.get(i));
      if (fifo.size() > 10) {
        fifo.evict();
      }
      R result = fifo.result();
      if (i >= 20 && i < 30) {
        assertThat(result.toString()).contains("NaN");
      } else if (i >= 10) {
        R again = fold(aggregate, events.subList(i - 9, i + 1));
        assertThat(result.equals(again) || listed.agree.test(result, again))
            .as("event %d: %s, expected %s", i, result, again)
            .isTrue();
      }
    }
  }

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  /**
   * Returns the bytes allocated in a step, rounded down, as counted by the virtual machine.
   * Occasional allocation, such as a sketch that grows when the count doubles, or recompilation,
   * rounds to nothing.
   */
  private static long bytesEach(IntConsumer step) {
    int steps = 20_000;
    for (int i = 0; i < steps; i++) {
      step.accept(i);
    }
    long before = THREADS.getCurrentThreadAllocatedBytes();
    for (int i = steps; i < 2 * steps; i++) {
      step.accept(i);
    }
    return (THREADS.getCurrentThreadAllocatedBytes() - before) / steps;
  }

  @ParameterizedTest
  @MethodSource("listed")
  <R> void add_steadyState_allocatesNothing(Listed<R> listed) {
    assertThat(bytesEachAdd(listed.aggregate.apply(NonFinite.SKIP))).isZero();
  }

  private static <A, R> long bytesEachAdd(Aggregate<Event, A, R> aggregate) {
    A state = aggregate.create();
    Event[] events = drawn();
    return bytesEach(i -> aggregate.add(state, events[i & 1023]));
  }

  private static Event[] drawn() {
    SplittableRandom random = new SplittableRandom(8);
    List<Event> events = new ArrayList<>();
    while (events.size() < 1024) {
      Event event = Event.draw(random);
      if (event.isFinite()) {
        events.add(event);
      }
    }
    return events.toArray(Event[]::new);
  }

  /** A state's bytes on a virtual machine with compressed references, as each factory states. */
  @ParameterizedTest
  @CsvSource({
    "Covariance.over, 384",
    "DecayedMoments.over, 112",
    "DistinctCount.ofLongs, 352", // 2^5 + 320
    "Extrema.over, 40",
    "Frequencies.ofLongs, 440", // 8 * 16 * 3, and the object
    "HeavyHitters.over, 760", // 70 * 8, and the objects
    "LongSum.over, 40",
    "Moments.over, 56",
    "UncompensatedMomentsAccumulator.over, 40",
    "Quantiles.relative, 920", // empty: 64 slots of 12 bytes, and the object
    "Rate.over, 96",
    "HigherMoments.over, 72",
    "Sum.over, 56",
    "LastSeen.over, 32",
    "WeightedMoments.over, 272",
    "DecayedMoments.timeWeighted, 192"
  })
  void create_state_hasTheStatedFootprint(String factory, long stated) {
    Listed<?> listed = listed().filter(each -> each.factory.equals(factory)).findFirst().get();
    Aggregate<Event, ?, ?> aggregate = listed.aggregate.apply(NonFinite.REJECT);
    Object[] states = new Object[64];
    assertThat(bytesEach(i -> states[i & 63] = aggregate.create())).isBetween(stated / 2, stated);
  }

  @Test
  void fifo_steadyState_allocatesNothing() {
    Event[] events = drawn();
    for (Fifo.OfDouble<?> fifo :
        List.of(MomentsAccumulator.fifo(), ExtremaAccumulator.fifo(), new OrderStatistics())) {
      long bytes =
          bytesEach(
              i -> {
                if (fifo.size() == 700) {
                  fifo.evict();
                }
                fifo.add(events[i & 1023].x());
                fifo.result();
              });
      assertThat(bytes).as(fifo.getClass().getSimpleName()).isZero();
    }
    List<Fifo<Event, ?>> boxing =
        List.of(DistinctCount.exactFifo(), Fifo.of(Covariance.over(Event::x, Event::y)));
    for (Fifo<Event, ?> fifo : boxing) {
      long bytes =
          bytesEach(
              i -> {
                if (fifo.size() == 700) {
                  fifo.evict();
                }
                fifo.add(events[i & 1023]);
              });
      assertThat(bytes).as(fifo.getClass().getSimpleName()).isZero();
    }
  }

  @Test
  void add_decayedByEvent_allocatesNothing() {
    Event[] events = drawn();
    EventDecayedMomentsAccumulator decayed = new EventDecayedMomentsAccumulator(0.1);
    assertThat(bytesEach(i -> decayed.add(events[i & 1023].x()))).isZero();
  }

  private static <A, R> R fold(Aggregate<Event, A, R> aggregate, List<Event> events) {
    A state = aggregate.create();
    events.forEach(event -> aggregate.add(state, event));
    return aggregate.result(state);
  }

  @ParameterizedTest
  @MethodSource("listed")
  <R> void empty_result_answersEveryQuestion(Listed<R> listed) throws ReflectiveOperationException {
    R empty = fold(listed.aggregate.apply(NonFinite.REJECT), List.of());
    if (empty == null) { // as documented
      assertThat(listed.factory).matches("Aggregates.(first|last|maxBy|minBy|reduce)");
      return;
    }
    assertThat(empty).hasToString(empty.toString());
    for (Method question : empty.getClass().getDeclaredMethods()) {
      if (Modifier.isPublic(question.getModifiers())
          && Modifier.isPublic(empty.getClass().getModifiers())
          && empty.getClass().getPackageName().startsWith("io.thalweg")
          && question.getParameterCount() == 0) {
        Object answer = question.invoke(empty);
        if (question.getReturnType() == double.class) {
          assertThat((double) answer).as(question.getName()).matches(x -> !Double.isInfinite(x));
        }
        if (question.getName().matches("count|total")) {
          assertThat(answer).isEqualTo(0L);
        }
      }
    }
  }
}
