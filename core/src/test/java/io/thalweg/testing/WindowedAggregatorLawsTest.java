package io.thalweg.testing;

import io.thalweg.testing.Plan.Kinds;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.state.ActionChain;

/**
 * The window operator, held to the laws of the semantics page and to the oracle: all window kinds
 * and modes, several queries and keys, every axis of time. More tries by {@code
 * -Djqwik.tries.default=100000}.
 */
class WindowedAggregatorLawsTest {

  private final Laws laws = new Laws(Plan::operator);

  @Property(shrinking = ShrinkingMode.OFF)
  void law1_eventsBetweenAdvancesPermuted_sameResults(@ForAll long seed) {
    laws.law1(Trial.of(seed, Kinds.EVENT_TIME));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law2_savedAtAnyMoment_goesOnBitForBit(@ForAll long seed) {
    laws.law2(Trial.of(seed, Kinds.ALL));
  }

  /** Plain sums of fractions tell by their last bits in which order parts were merged. */
  @Property(shrinking = ShrinkingMode.OFF)
  void law2_sumsThatRound_goOnBitForBit(@ForAll long seed) {
    Trial trial = Trial.of(seed, Kinds.ALL);
    trial
        .with(
            plan ->
                new Plan(
                    plan.windows(), plan.lateness(), plan.mode(), SampleAggregates.named("sum")))
        .withScript(WindowedAggregatorLawsTest::withFractions);
    laws.law2(trial);
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
    laws.law3(Trial.midway(seed, Kinds.ALL));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law4_severalQueries_asSeparateOperators(@ForAll long seed) {
    laws.law4(Trial.of(seed, Kinds.ALL));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law5_otherKeysInterleaved_nothingChanges(@ForAll long seed) {
    laws.law5(Trial.of(seed, Kinds.ALL));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law6_atEveryMoment_accountingAddsUp(@ForAll long seed) {
    laws.law6(Trial.of(seed, Kinds.ALL));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law7_watermarkPassedEverything_nothingIsLeft(@ForAll long seed) {
    laws.law7(Trial.of(seed, Kinds.ENDING));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law8_earlyResults_changeNothingButThePaneIndex(@ForAll long seed) {
    laws.law8(Trial.of(seed, Kinds.ALL));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law9_anyScript_asTheOracle(@ForAll long seed) {
    laws.law9(Trial.of(seed, Kinds.ALL));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law9_withLimits_asTheOracle(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Trial trial = Trial.of(seed, Kinds.ALL);
    trial.with(
        plan ->
            new Plan(
                plan.windows(),
                plan.lateness(),
                plan.mode(),
                plan.aggregate(),
                random.nextBoolean() ? Long.MAX_VALUE : 1 + random.nextInt(4),
                random.nextBoolean() ? Long.MAX_VALUE : random.nextLong(1000)));
    laws.law9(trial);
  }

  @Provide
  Arbitrary<ActionChain<Life>> lives() {
    return Life.lives(Kinds.ALL, Plan::operator);
  }

  @Property
  void life_anySequence_asTheOracleAndNothingIsLeft(@ForAll("lives") ActionChain<Life> life) {
    life.run().end();
  }
}
