package io.thalweg.rank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.rank.ApproximateStandings.CountBounds;
import io.thalweg.sketch.HeavyHittersSketch;
import io.thalweg.testing.AggregateLaws;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ApproximateStandingsTest {

  private static Aggregate<String, HeavyHittersSketch<String>, ApproximateStandings<String>> counts(
      int k, int capacity) {
    return ApproximateStandings.counts(k, (String name) -> name, Codec.STRING, capacity);
  }

  @Test
  void counts_moreMembersThanCapacity_keepTheLaws() {
    AggregateLaws.of(counts(3, 8), random -> "k" + (int) Math.exp(4 * random.nextDouble()))
        .cutsAgree((a, b) -> a.total() == b.total()) // the bounds are held to the truth below
        .check(1);
  }

  @Property
  void counts_anyCut_containTheTruth(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 40) int capacity,
      @ForAll @IntRange(min = 1, max = 400) int run) {
    SplittableRandom random = new SplittableRandom(seed);
    int k = 1 + random.nextInt(capacity);
    var aggregate = counts(k, capacity);
    HeavyHittersSketch<String> whole = aggregate.create();
    HeavyHittersSketch<String> part = aggregate.create();
    Map<String, Long> exact = new HashMap<>();
    int n = 2000;
    for (int i = 0; i < n; i++) {
      String member = "m" + (random.nextInt(4) == 0 ? i : (int) Math.exp(5 * random.nextDouble()));
      exact.merge(member, 1L, Long::sum);
      aggregate.add(part, member);
      if (i % run == run - 1) {
        aggregate.merge(whole, part);
        aggregate.clear(part);
      }
    }
    aggregate.merge(whole, part);
    ApproximateStandings<String> standings = aggregate.result(whole);
    assertThat(standings.total()).isEqualTo(n);
    assertThat(standings.top()).hasSizeLessThanOrEqualTo(k);
    Map<String, Long> left = new HashMap<>(exact);
    for (int i = 0; i < standings.top().size(); i++) {
      Standing<String, CountBounds> standing = standings.top().get(i);
      CountBounds bounds = standing.score();
      long truth = left.remove(standing.member());
      assertThat(truth).isBetween(bounds.least(), bounds.most());
      assertThat(bounds.most() - bounds.least()).isLessThanOrEqualTo(n / capacity);
      assertThat(standing.rank()).isLessThanOrEqualTo(i + 1);
      if (i < standings.certain()) {
        assertThat(left.values()).allMatch(other -> other <= truth);
      }
    }
    assertThat(left.values()).allMatch(truth -> truth <= standings.unlisted());
  }

  @Test
  void counts_upToTheCapacity_areThoseOfTheExactRanking() {
    var aggregate = counts(3, 5);
    HeavyHittersSketch<String> state = aggregate.create();
    List.of("b", "d", "c", "a", "b", "c", "e").forEach(name -> aggregate.add(state, name));
    assertThat(aggregate.result(state))
        .isEqualTo(
            new ApproximateStandings<>(
                List.of(
                    new Standing<>(1, "b", new CountBounds(2, 2)),
                    new Standing<>(1, "c", new CountBounds(2, 2)),
                    new Standing<>(3, "a", new CountBounds(1, 1))),
                3,
                1,
                7));
    assertThat(aggregate.result(aggregate.create()))
        .isEqualTo(new ApproximateStandings<>(List.of(), 0, 0, 0));
  }

  @Test
  void counts_aMillionMembers_takeNoMoreThanTheCapacity() {
    var aggregate = counts(10, 1000);
    HeavyHittersSketch<String> state = aggregate.create();
    for (int i = 0; i < 1_000_000; i++) {
      aggregate.add(state, "member " + i);
      if (i % 100 == 0) {
        aggregate.add(state, "leader");
      }
    }
    assertThat(aggregate.codec().encode(state).length).isLessThan(1000 * 64);
    assertThat(aggregate.result(state).top().get(0).member()).isEqualTo("leader");
    assertThat(aggregate.result(state).certain()).isEqualTo(1);
  }

  @Test
  void configuration_outOfRange_isRejected() {
    assertThatThrownBy(() -> counts(9, 8)).hasMessage("k must be from 1 to the capacity, 8: 9");
    assertThatThrownBy(() -> counts(0, 8)).hasMessage("k must be from 1 to the capacity, 8: 0");
    assertThatThrownBy(() -> counts(1, 0)).hasMessage("capacity must be from 1 to 1048576: 0");
  }
}
