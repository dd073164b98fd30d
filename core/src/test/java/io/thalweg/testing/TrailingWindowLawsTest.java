package io.thalweg.testing;

import io.thalweg.Processor;
import io.thalweg.testing.Plan.Kinds;
import io.thalweg.window.TrailingWindow;
import io.thalweg.window.WindowSpec;
import java.time.Duration;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.state.ActionChain;

/** The trailing window on its own, held to the laws and to the oracle. */
class TrailingWindowLawsTest {

  private final Laws laws = new Laws(TrailingWindowLawsTest::create);

  /** The trailing window of a plan with one query. */
  static Processor<String, Sample, Object> create(Plan plan) {
    TrailingWindow.Builder<Sample, Object> builder =
        TrailingWindow.over(plan.aggregate()).lateness(Duration.ofMillis(plan.lateness()));
    boolean includesEvent;
    if (plan.windows().get(0) instanceof WindowSpec.Trailing trailing) {
      builder.last(Duration.ofMillis(trailing.size()));
      includesEvent = trailing.includesEvent();
    } else {
      WindowSpec.TrailingCount count = (WindowSpec.TrailingCount) plan.windows().get(0);
      builder.last(count.n());
      includesEvent = count.includesEvent();
    }
    if (!includesEvent) {
      builder.excludingEvent();
    }
    return builder.build();
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law2_savedAtAnyMoment_goesOnBitForBit(@ForAll long seed) {
    laws.law2(Trial.of(seed, Kinds.TRAILING));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law3_timeShifted_resultsShifted(@ForAll long seed) {
    laws.law3(Trial.midway(seed, Kinds.TRAILING));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law5_otherKeysInterleaved_nothingChanges(@ForAll long seed) {
    laws.law5(Trial.of(seed, Kinds.TRAILING));
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law7_watermarkPassedEverything_nothingIsLeft(@ForAll long seed) {
    Trial trial = Trial.of(seed, Kinds.TRAILING);
    if (trial.plan().windows().get(0) instanceof WindowSpec.Trailing) {
      laws.law7(trial);
    }
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law9_anyScript_asTheOracle(@ForAll long seed) {
    laws.law9(Trial.of(seed, Kinds.TRAILING));
  }

  @Provide
  Arbitrary<ActionChain<Life>> lives() {
    return Life.lives(Kinds.TRAILING, TrailingWindowLawsTest::create);
  }

  @Property
  void life_anySequence_asTheOracleAndNothingIsLeft(@ForAll("lives") ActionChain<Life> life) {
    life.run().end();
  }
}
