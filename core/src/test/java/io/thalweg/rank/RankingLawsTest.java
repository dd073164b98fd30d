package io.thalweg.rank;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.stats.LongSum;
import io.thalweg.testing.RandomCase;
import io.thalweg.testing.Sample;
import io.thalweg.testing.SampleAggregates;
import io.thalweg.testing.WindowLaws;
import io.thalweg.testing.WindowingConfig;
import io.thalweg.testing.WindowingConfig.Kinds;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * Laws of rankings over all kinds of windows, and equality with a naive ranking that sorts all
 * members.
 */
class RankingLawsTest {

  private static final int K = 3;

  private static final Aggregate<Sample, ?, Object> RANKING =
      Standings.by(
              K,
              RankingLawsTest::member,
              Codec.STRING,
              LongSum.<Sample>over(RankingLawsTest::amount).map(LongSum::value))
          .map(standings -> (Object) standings);

  private static String member(Sample sample) {
    return "m" + Math.floorMod((long) sample.value(), 23);
  }

  /** Small numbers of both signs, so that there are ties and changes of the leader. */
  private static long amount(Sample sample) {
    return Math.floorMod((long) sample.value(), 5) - 1;
  }

  /** Naive aggregate: keeps all values and sorts the scores. */
  private static final Aggregate<Sample, ?, Object> NAIVE =
      SampleAggregates.named("list").map(values -> sorted((List<?>) values));

  private static Object sorted(List<?> values) {
    TreeMap<String, BigInteger> sums = new TreeMap<>();
    for (Object value : values) {
      Sample sample = new Sample((Double) value, 1);
      sums.merge(member(sample), BigInteger.valueOf(amount(sample)), BigInteger::add);
    }
    List<Map.Entry<String, BigInteger>> all = new ArrayList<>(sums.entrySet());
    all.sort(Map.Entry.<String, BigInteger>comparingByValue().reversed()); // stable
    List<Standing<String, BigInteger>> top = new ArrayList<>();
    for (Map.Entry<String, BigInteger> each : all.subList(0, Math.min(K, all.size()))) {
      int better =
          (int) sums.values().stream().filter(s -> s.compareTo(each.getValue()) > 0).count();
      top.add(new Standing<>(better + 1, each.getKey(), each.getValue()));
    }
    return new Standings<>(top, sums.size());
  }

  private static WindowingConfig by(
      Aggregate<Sample, ?, Object> aggregate, WindowingConfig config) {
    return new WindowingConfig(
        config.windows(), config.lateness(), config.mode(), aggregate, config.maxKeys());
  }

  private final WindowLaws laws = new WindowLaws(config -> by(RANKING, config).operator());

  @Property(shrinking = ShrinkingMode.OFF)
  void law1_eventsBetweenAdvancesPermuted_sameResults(@ForAll long seed) {
    laws.law1(RandomCase.of(seed, Kinds.EVENT_TIME));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law2_savedAtAnyMoment_continuesBitForBit(@ForAll long seed) {
    laws.law2(RandomCase.of(seed, Kinds.ALL));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law4_severalQueries_asSeparateOperators(@ForAll long seed) {
    laws.law4(RandomCase.of(seed, Kinds.ALL));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law7_watermarkPassedEverything_nothingIsLeft(@ForAll long seed) {
    laws.law7(RandomCase.of(seed, Kinds.ENDING));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law8_earlyResults_changeNothingButThePaneIndex(@ForAll long seed) {
    laws.law8(RandomCase.of(seed, Kinds.ALL));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law9_anyScript_asSortingEverything(@ForAll long seed) {
    laws.law9(RandomCase.of(seed, Kinds.ALL).with(config -> by(NAIVE, config)));
  }
}
