package io.thalweg.testing;

import io.thalweg.testing.WindowingConfig.Kinds;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** The oracle keeps the laws that it is used to check. */
class OracleLawsTest {

  private final WindowLaws laws = new WindowLaws(WindowingConfig::oracle);

  @Property(shrinking = ShrinkingMode.OFF)
  void law1_eventsBetweenAdvancesPermuted_sameResults(@ForAll long seed) {
    laws.law1(RandomCase.of(seed, Kinds.EVENT_TIME));
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
  void law8_earlyResults_changeNothingButThePaneIndex(@ForAll long seed) {
    laws.law8(RandomCase.of(seed, Kinds.ALL));
  }
}
