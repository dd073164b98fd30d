package io.thalweg.window;

import io.thalweg.testing.OperatorLifecycle;
import io.thalweg.testing.RandomCase;
import io.thalweg.testing.Sample;
import io.thalweg.testing.SampleAggregates;
import io.thalweg.testing.Script;
import io.thalweg.testing.WindowLaws;
import io.thalweg.testing.WindowingConfig;
import io.thalweg.testing.WindowingConfig.Kinds;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.state.ActionChain;

/**
 * Laws of the semantics page for the window operator, and equality with the oracle: all kinds of
 * windows and modes, several queries and keys, any origin of time. For more tries use {@code
 * -Djqwik.tries.default=100000}.
 */
class WindowedAggregatorLawsTest {

  private final WindowLaws laws = new WindowLaws(WindowingConfig::operator);

  @Property(shrinking = ShrinkingMode.OFF)
  void law1_eventsBetweenAdvancesPermuted_sameResults(@ForAll long seed) {
    laws.law1(RandomCase.of(seed, Kinds.EVENT_TIME));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law2_savedAtAnyMoment_continuesBitForBit(@ForAll long seed) {
    laws.law2(RandomCase.of(seed, Kinds.ALL));
  }

  /** The last bits of uncompensated sums of fractions show the order of merging. */
  @Property(shrinking = ShrinkingMode.OFF)
  void law2_sumsThatRound_continueBitForBit(@ForAll long seed) {
    RandomCase randomCase = RandomCase.of(seed, Kinds.ALL);
    randomCase
        .with(
            config ->
                new WindowingConfig(
                    config.windows(),
                    config.lateness(),
                    config.mode(),
                    SampleAggregates.named("sum")))
        .withScript(WindowedAggregatorLawsTest::withFractions);
    laws.law2(randomCase);
  }

  private static Script withFractions(Script script) {
    List<Script.Step> steps = new ArrayList<>();
    for (Script.Step step : script.steps()) {
      steps.add(
          step instanceof Script.Process p
              ? new Script.Process(
                  p.key(), new Sample(Math.sin(steps.size()), p.event().gap()), p.timestamp())
              : step);
    }
    return new Script(steps);
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law3_timeShifted_resultsShifted(@ForAll long seed) {
    laws.law3(RandomCase.inMidRange(seed, Kinds.ALL));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law4_severalQueries_asSeparateOperators(@ForAll long seed) {
    laws.law4(RandomCase.of(seed, Kinds.ALL));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law5_otherKeysInterleaved_nothingChanges(@ForAll long seed) {
    laws.law5(RandomCase.of(seed, Kinds.ALL));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law6_atEveryMoment_accountingAddsUp(@ForAll long seed) {
    laws.law6(RandomCase.of(seed, Kinds.ALL));
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
  void law9_anyScript_asTheOracle(@ForAll long seed) {
    laws.law9(RandomCase.of(seed, Kinds.ALL));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law9_withLimits_asTheOracle(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    RandomCase randomCase = RandomCase.of(seed, Kinds.ALL);
    randomCase.with(
        config ->
            new WindowingConfig(
                config.windows(),
                config.lateness(),
                config.mode(),
                config.aggregate(),
                random.nextBoolean() ? Long.MAX_VALUE : 1 + random.nextInt(4)));
    laws.law9(randomCase);
  }

  /**
   * Few keys with gaps between their slices, events that come long after their windows were final,
   * and in between, early results.
   */
  private static RandomCase disordered(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<WindowSpec<? super Sample>> windows = new ArrayList<>();
    do {
      long slide = 4 + random.nextInt(17);
      windows.add(
          switch (random.nextInt(5)) {
            case 0 -> new WindowSpec.Cumulative(slide * (1 + random.nextInt(5)), slide, 0);
            case 1 -> new WindowSpec.Session(5 + random.nextInt(20));
            case 2 -> new WindowSpec.EventSession<Sample>(Sample::gap, 10 + random.nextInt(40));
            default -> new WindowSpec.Sliding(1 + random.nextInt(90), slide, random.nextInt(9));
          });
    } while (random.nextInt(3) == 0);
    AccumulationMode mode =
        AccumulationMode.values()[random.nextInt(AccumulationMode.values().length)];
    int lateness = random.nextInt(150);
    List<Script.Step> steps = new ArrayList<>();
    long now = 0;
    for (int i = 0; i < 80; i++) {
      now += random.nextInt(12);
      switch (random.nextInt(10)) {
        case 0 -> steps.add(new Script.Early());
        case 1, 2, 3 -> steps.add(new Script.Advance(now - random.nextInt(40)));
        default -> {
          long delay = random.nextInt(3) == 0 ? random.nextInt(lateness + 60) : 0;
          Sample sample = new Sample(random.nextInt(-9, 10), 1 + random.nextInt(30));
          steps.add(new Script.Process("k" + random.nextInt(2), sample, now - delay));
        }
      }
    }
    return RandomCase.of(seed, Kinds.ALL)
        .with(config -> new WindowingConfig(windows, lateness, mode, SampleAggregates.named("sum")))
        .withScript(script -> new Script(steps));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law9_muchDisorder_asTheOracle(@ForAll long seed) {
    laws.law9(disordered(seed));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law2_muchDisorder_continuesBitForBit(@ForAll long seed) {
    laws.law2(disordered(seed).withScript(WindowedAggregatorLawsTest::withFractions));
  }

  /**
   * A key has events in some slices, then is idle until these have left every window. Reused
   * results must have the same last bits as recomputed ones.
   */
  @Property(shrinking = ShrinkingMode.OFF)
  void law2_silentKey_continuesBitForBit(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long slide = 5;
    long size = slide * (4 + random.nextInt(9)) - random.nextInt(2);
    List<Script.Step> steps = new ArrayList<>();
    long now = 0;
    for (int i = 0; i < 6; i++) {
      for (int cells = random.nextInt(7); cells > 0; cells--) {
        steps.add(new Script.Process("k", new Sample(1, 1), now));
        now += slide;
        steps.add(new Script.Advance(now - random.nextInt(3)));
      }
      for (int windows = random.nextInt(14); windows > 0; windows--) {
        now += slide;
        steps.add(new Script.Advance(now));
      }
    }
    laws.law2(
        RandomCase.of(seed, Kinds.ALL)
            .with(
                config ->
                    new WindowingConfig(
                        List.of(new WindowSpec.Sliding(size, slide, 0)),
                        0,
                        config.mode(),
                        SampleAggregates.named("sum")))
            .withScript(script -> withFractions(new Script(steps))));
  }

  /** Early results are removed from existing folds in discarding mode. */
  @Property(shrinking = ShrinkingMode.OFF)
  void law9_discardingWithManyEarlyResults_asTheOracle(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Script.Step> steps = new ArrayList<>();
    for (long now = 0; now < 400; now += 1 + random.nextInt(10)) {
      steps.add(new Script.Process("k", new Sample(random.nextInt(1, 10), 1), now));
      if (random.nextInt(3) == 0) {
        steps.add(new Script.Advance(now - random.nextInt(5)));
      }
      if (random.nextInt(6) == 0) {
        steps.add(new Script.Early());
      }
    }
    laws.law9(
        RandomCase.of(seed, Kinds.ALL)
            .with(
                config ->
                    new WindowingConfig(
                        List.of(new WindowSpec.Sliding(20 + random.nextInt(80), 10, 0)),
                        random.nextInt(30),
                        AccumulationMode.DISCARDING,
                        SampleAggregates.named("sum")))
            .withScript(script -> new Script(steps)));
  }

  /** More keys than the initial capacity of any list or table. */
  @Property(shrinking = ShrinkingMode.OFF, tries = 200)
  void law9_manyKeys_asTheOracle(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    laws.law9(
        RandomCase.of(seed, Kinds.ALL)
            .withScript(
                script ->
                    new Script(
                        script.steps().stream()
                            .flatMap(step -> ofSomeKeys(step, random))
                            .toList())));
  }

  private static Stream<Script.Step> ofSomeKeys(Script.Step step, SplittableRandom random) {
    return step instanceof Script.Process p
        ? IntStream.range(0, random.nextInt(8))
            .mapToObj(i -> new Script.Process("k" + random.nextInt(60), p.event(), p.timestamp()))
        : Stream.of(step);
  }

  @Provide
  Arbitrary<ActionChain<OperatorLifecycle>> lives() {
    return OperatorLifecycle.lifecycles(Kinds.ALL, WindowingConfig::operator);
  }

  @Property
  void lifecycle_anySequence_asTheOracleAndNothingIsLeft(
      @ForAll("lives") ActionChain<OperatorLifecycle> lifecycle) {
    lifecycle.run().end();
  }
}
