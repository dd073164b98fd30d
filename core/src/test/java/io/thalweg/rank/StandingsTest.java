package io.thalweg.rank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.stats.LongSum;
import io.thalweg.testing.AggregateLaws;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class StandingsTest {

  private record Goal(String player, double worth, long time) {}

  private static final Duration HALF_LIFE = Duration.ofSeconds(10);

  private static Goal goal(RandomGenerator random) {
    return new Goal(
        random.nextInt(40) == 0 ? null : "p" + random.nextInt(9),
        random.nextInt(50) == 0 ? Double.NaN : random.nextInt(-3, 20),
        random.nextInt(20) == 0 ? random.nextInt(-2_000_000, 2_000_000) : random.nextInt(60_000));
  }

  private static Aggregate<Goal, ?, Standings<String, Long>> counts() {
    return Standings.counts(3, Goal::player, Codec.STRING);
  }

  private static Aggregate<Goal, ?, Standings<String, Double>> decayed() {
    return Standings.decayed(4, Goal::player, Codec.STRING, Goal::worth, Goal::time, HALF_LIFE);
  }

  @Test
  void counts_anyGoals_keepTheLaws() {
    AggregateLaws.of(counts(), StandingsTest::goal).check(1);
  }

  @Test
  void sums_wholeNumbers_keepTheLawsExactly() {
    AggregateLaws.of(
            Standings.sums(3, Goal::player, Codec.STRING, Goal::worth), StandingsTest::goal)
        .check(2);
    AggregateLaws.of(
            Standings.by(
                2,
                Goal::player,
                Codec.STRING,
                LongSum.<Goal>over(goal -> (long) goal.worth()).map(LongSum::value)),
            StandingsTest::goal)
        .check(3);
  }

  @Test
  void decayed_anyGoals_keepTheLaws() {
    AggregateLaws.of(
            decayed(),
            random -> {
              Goal goal = goal(random);
              return new Goal(goal.player(), Math.abs(goal.worth()), goal.time());
            })
        .cutsAgree(StandingsTest::near)
        .check(4);
  }

  /** Equal but for rounding: of scores that are nearly equal either may come first. */
  private static boolean near(Standings<String, Double> a, Standings<String, Double> b) {
    boolean near = a.members() == b.members() && a.top().size() == b.top().size();
    for (int i = 0; near && i < a.top().size(); i++) {
      double x = a.top().get(i).score();
      double y = b.top().get(i).score();
      near = Math.abs(x - y) <= 0x1p-44 * Math.max(x, y); // 200 goals
    }
    return near;
  }

  @Test
  void result_ties_shareARankAndStandInNaturalOrder() {
    assertThat(standings(counts(), List.of("b", "d", "c", "a", "b", "c", "e")))
        .isEqualTo(
            new Standings<>(
                List.of(
                    new Standing<>(1, "b", 2L),
                    new Standing<>(1, "c", 2L),
                    new Standing<>(3, "a", 1L)),
                5));
  }

  @Test
  void result_nobody_isEmpty() {
    assertThat(standings(counts(), List.of())).isEqualTo(new Standings<>(List.of(), 0));
    assertThat(standings(decayed(), List.of())).isEqualTo(new Standings<>(List.of(), 0));
  }

  private static <A, S> Standings<String, S> standings(
      Aggregate<Goal, A, Standings<String, S>> aggregate, List<String> players) {
    A state = aggregate.create();
    players.forEach(player -> aggregate.add(state, new Goal(player, 1, 0)));
    return aggregate.result(state);
  }

  @Test
  void check_noMemberOrNoAmount_isRejected() {
    assertThatThrownBy(() -> counts().check(new Goal(null, 1, 0)))
        .hasMessage("an event must have a member: Goal[player=null, worth=1.0, time=0]");
    assertThatThrownBy(() -> decayed().check(new Goal("p", Double.POSITIVE_INFINITY, 0)))
        .hasMessage("amount must be finite: Infinity");
    assertThatThrownBy(
            () ->
                Standings.sums(1, Goal::player, Codec.STRING, Goal::worth)
                    .check(new Goal("p", Double.NaN, 0)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void configuration_outOfRangeOrDifferent_isRejected() {
    assertThatThrownBy(() -> Standings.counts(0, Goal::player, Codec.STRING))
        .hasMessage("k must be from 1 to 1048576: 0");
    assertThatThrownBy(
            () ->
                Standings.decayed(
                    1, Goal::player, Codec.STRING, Goal::worth, Goal::time, Duration.ofNanos(9)))
        .hasMessage("half-life must be a whole number of milliseconds: PT0.000000009S");
    byte[] bytes = encoded(decayed());
    assertThatThrownBy(
            () ->
                Standings.decayed(
                        4, Goal::player, Codec.STRING, Goal::worth, Goal::time, Duration.ofHours(1))
                    .codec()
                    .decode(bytes))
        .hasMessageContaining("this is a record of something else")
        .hasMessageContaining("10000 ms");
  }

  private static <A> byte[] encoded(Aggregate<?, A, ?> aggregate) {
    return aggregate.codec().encode(aggregate.create());
  }

  @Test
  void codec_namesFromAnywhere_stayApart() {
    List<String> names =
        List.of(
            "\"quoted\" 'twice'",
            "two\nlines",
            "",
            " ",
            "\0",
            "?",
            "\ud800",
            "\udfff",
            "ß",
            "\ud83d\ude00",
            "x".repeat(10_000),
            "x".repeat(10_001),
            "'; DROP TABLE standings; --");
    Aggregate<String, ?, Standings<String, Long>> aggregate =
        Standings.counts(100, (String name) -> name, Codec.STRING);
    assertThat(afterRoundTrip(aggregate, names))
        .isEqualTo(
            new Standings<>(
                names.stream().sorted().map(name -> new Standing<>(1, name, 1L)).toList(), 13));
  }

  private static <E, A, R> R afterRoundTrip(Aggregate<E, A, R> aggregate, List<E> events) {
    A state = aggregate.create();
    events.forEach(event -> aggregate.add(state, event));
    return aggregate.result(aggregate.codec().decode(aggregate.codec().encode(state)));
  }

  @Test
  void by_anyAggregate_ranksByItsResult() {
    Aggregate<Goal, ?, Standings<String, BigInteger>> smallestLosses =
        Standings.by(
            1,
            Goal::player,
            Codec.STRING,
            LongSum.<Goal>over(goal -> (long) goal.worth())
                .map((LongSum sum) -> sum.value().negate()));
    assertThat(
            afterRoundTrip(
                    smallestLosses,
                    List.of(new Goal("a", 5, 0), new Goal("b", 2, 0), new Goal("a", -4, 0)))
                .top())
        .containsExactly(new Standing<>(1, "a", BigInteger.ONE.negate()));
  }

  @Property
  void decayed_anyOrder_equalsTheDecayedSum(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int size) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Goal> goals = new ArrayList<>();
    long span = new long[] {1, 1_000, 50_000, 1_000_000, 1L << 50}[random.nextInt(5)];
    long origin = random.nextBoolean() ? 0 : random.nextLong(-1L << 60, 1L << 60);
    for (int i = 0; i < size; i++) {
      goals.add(
          new Goal(
              "p" + random.nextInt(12),
              random.nextInt(4) == 0 ? 1 : random.nextDouble(100),
              origin + random.nextLong(span)));
    }
    long now = goals.stream().mapToLong(Goal::time).max().getAsLong();
    long life = HALF_LIFE.toMillis();
    Map<String, Double> left = new HashMap<>();
    Map<String, Long> last = new HashMap<>();
    double mayBeOver = 0;
    for (Goal goal : goals) {
      long age = now - goal.time();
      // a power of a large number would be off by the rounding of that number
      double part = Math.pow(2, -(double) (age % life) / life);
      double amount = Math.scalb(goal.worth() * part, (int) -Math.min(age / life, 3000));
      left.merge(goal.player(), amount, Double::sum);
      if (age / life >= 64) {
        mayBeOver += amount; // forgotten or not, as the events happened to come
      }
      last.merge(goal.player(), goal.time(), Math::max);
    }
    left.keySet()
        .removeIf(player -> Math.floorDiv(now, life) - Math.floorDiv(last.get(player), life) > 64);
    List<Double> scores = new ArrayList<>(left.values());
    scores.sort(Collections.reverseOrder());

    Collections.shuffle(goals, new Random(seed));
    Standings<String, Double> standings = afterRoundTrip(decayed(), goals);
    assertThat(standings.members()).isEqualTo(left.size());
    assertThat(standings.top()).hasSize(Math.min(4, left.size()));
    for (int i = 0; i < standings.top().size(); i++) {
      Standing<String, Double> standing = standings.top().get(i);
      // the reference is itself a sum of as many rounded terms
      double tolerance = 2 * (size + 8) * 0x1p-53 * scores.get(i) + mayBeOver;
      assertThat(Math.abs(standing.score() - scores.get(i))).isLessThanOrEqualTo(tolerance);
      assertThat(Math.abs(standing.score() - left.get(standing.member())))
          .isLessThanOrEqualTo(tolerance);
    }
  }

  @Test
  void decayed_membersThatNeverComeBack_areDropped() {
    Aggregate<Goal, ?, Standings<String, Double>> aggregate = decayed();
    assertThat(bytesAfter(aggregate, 100_000)).isLessThan(bytesAfter(aggregate, 1_000) * 2);
  }

  /** The size of a state through which members passed, one a half-life. */
  private static <A> int bytesAfter(Aggregate<Goal, A, ?> aggregate, int members) {
    A state = aggregate.create();
    for (int i = 0; i < members; i++) {
      aggregate.add(state, new Goal("member " + i, 1, i * HALF_LIFE.toMillis()));
    }
    return aggregate.codec().encode(state).length;
  }
}
